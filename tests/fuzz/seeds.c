/* seeds.c - writes the test vectors as files, for the fuzzers to begin with: seeds KIND DIR
 * FILE.md... */
#include "vector.h"

static void write_seed(const char *folder, size_t number, const struct vector *v,
                       const char *options)
{
    char path[512];
    snprintf(path, sizeof path, "%s/vector-%zu", folder, number);
    FILE *file = fopen(path, "wb");
    if (!file)
        vector_die(path, 0, "cannot be written");
    fwrite(options, 1, strlen(options), file);
    fwrite(v->input, 1, v->size, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    struct vectors vectors = {0};
    if (argc < 4)
        vector_die(argv[0], 0, "seeds KIND DIR FILE.md...");
    const bool is_response = strcmp(argv[1], "response") == 0;
    for (int i = 3; i < argc; i++)
        vectors_load(&vectors, argv[i], argv[1], strcmp(argv[1], "url") == 0 ? "" : "\r\n");
    for (size_t i = 0; i < vectors.count; i++) {
        const struct vector *v = &vectors.list[i];
        const char options[] = {(char)('@' + (strstr(v->options, "to-head") ? 1 : 0) +
                                       (strstr(v->options, "close") ? 2 : 0)),
                                (char)('A' + i % 26), '\0'};
        if (v->size <= 4096) /* long inputs only slow the fuzzer down */
            write_seed(argv[2], i, v, is_response ? options : "");
    }
    vectors_free(&vectors);
    return 0;
}
