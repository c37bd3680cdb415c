/* vector.h - test vectors out of Markdown, and a place to feed bytes from that ends at a guard
 * page. The notation is described in tests/vectors/README.md. Header-only, since each test is one
 * file. */
#ifndef TARE_TESTS_VECTOR_H
#define TARE_TESTS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VECTOR_STOPS_MAX 8
#define VECTOR_BYTES_MAX (1u << 20)

struct vector {
    char name[160];   /* file and heading */
    char options[80]; /* what follows the kind on the fence */
    uint8_t *input;   /* owned */
    size_t size;
    size_t stops[VECTOR_STOPS_MAX]; /* where the input had \! */
    size_t stops_count;
    char *expected; /* owned; lines, each with its LF */
};

struct vectors {
    struct vector *list;
    size_t count;
};

static inline _Noreturn void vector_die(const char *path, int line, const char *why)
{
    fprintf(stderr, "%s:%d: %s\n", path, line, why);
    exit(99); /* no test result: the runner counts that as a failure */
}

static inline void vector_put(struct vector *v, const void *bytes, size_t size)
{
    if (v->size + size > VECTOR_BYTES_MAX)
        vector_die(v->name, 0, "a vector above 1 MiB");
    memcpy(v->input + v->size, bytes, size);
    v->size += size;
}

static inline const char *vector_escape(struct vector *v, const char *at);

/* Appends text up to `end`, or to its zero, and its escapes. */
static inline void vector_text(struct vector *v, const char *at, const char *end)
{
    while (at < end) {
        if (*at == '\\') {
            at = vector_escape(v, at + 1);
        } else {
            vector_put(v, at, 1);
            at++;
        }
    }
}

/* Appends what "\{COUNT:TEXT}" means; `at` stands behind the brace. Returns what follows. */
static inline const char *vector_repeat(struct vector *v, const char *at)
{
    char *text;
    const unsigned long count = strtoul(at, &text, 10);
    const char *end = strchr(text, '}');
    if (*text != ':' || !end)
        vector_die(v->name, 0, "\\{ is written \\{COUNT:TEXT}");
    for (unsigned long i = 0; i < count; i++)
        vector_text(v, text + 1, end);
    return end + 1;
}

/* Appends one escape; `at` stands behind the backslash. Returns what follows. */
static inline const char *vector_escape(struct vector *v, const char *at)
{
    static const char names[] = "rnt0\\";
    static const char values[] = "\r\n\t\0\\";
    const char *name = *at ? strchr(names, *at) : NULL;
    if (*at == '{')
        return vector_repeat(v, at + 1);
    if (*at == 'x') {
        const char digits[3] = {at[1], at[1] ? at[2] : '\0', '\0'};
        const uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        vector_put(v, &byte, 1);
        return at + 3;
    }
    if (*at == '!' && v->stops_count < VECTOR_STOPS_MAX)
        v->stops[v->stops_count++] = v->size;
    else if (name)
        vector_put(v, values + (name - names), 1);
    else
        vector_die(v->name, 0, "an escape that means nothing");
    return at + 1;
}

/* Appends a line of an input block; a lone backslash at its end takes the line's end away. */
static inline void vector_line(struct vector *v, const char *line, const char *line_end)
{
    const size_t size = strlen(line);
    size_t slashes = 0;
    while (slashes < size && line[size - 1 - slashes] == '\\')
        slashes++;
    vector_text(v, line, line + size - slashes % 2);
    if (slashes % 2 == 0)
        vector_put(v, line_end, strlen(line_end));
}

static inline void vector_expect(struct vector *v, const char *line)
{
    const size_t old = v->expected ? strlen(v->expected) : 0;
    const size_t size = strlen(line);
    v->expected = realloc(v->expected, old + size + 2);
    memcpy(v->expected + old, line, size);
    memcpy(v->expected + old + size, "\n", 2);
}

static inline struct vector *vectors_add(struct vectors *vectors, const char *file,
                                         const char *heading)
{
    struct vector *v;
    vectors->list = realloc(vectors->list, (vectors->count + 1) * sizeof *vectors->list);
    v = &vectors->list[vectors->count++];
    *v = (struct vector){.input = malloc(VECTOR_BYTES_MAX)};
    snprintf(v->name, sizeof v->name, "%s: %s", file, heading);
    return v;
}

/* Adds the vectors of a file whose input blocks begin with "```KIND"; each line of an input block
 * ends in line_end. A vector without both blocks, and a file without a vector, end the test. */
static inline void vectors_load(struct vectors *vectors, const char *path, const char *kind,
                                const char *line_end)
{
    enum { PROSE, INPUT, EXPECTED } place = PROSE;
    static char line[8192];
    char heading[128] = "";
    const char *slash = strrchr(path, '/');
    const size_t kind_size = strlen(kind);
    const size_t before = vectors->count;
    struct vector *v = NULL;
    int number = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        vector_die(path, 0, "cannot be opened: run the test from the top directory");
    while (fgets(line, sizeof line, file)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (place != PROSE && strcmp(line, "```") == 0) {
            place = PROSE;
        } else if (place == INPUT) {
            vector_line(v, line, line_end);
        } else if (place == EXPECTED) {
            vector_expect(v, line);
        } else if (strncmp(line, "## ", 3) == 0) {
            if (v && !v->expected)
                vector_die(path, number, "the vector before has no result");
            snprintf(heading, sizeof heading, "%.127s", line + 3);
            v = NULL;
        } else if (strncmp(line, "```", 3) == 0 && strncmp(line + 3, kind, kind_size) == 0) {
            v = vectors_add(vectors, slash ? slash + 1 : path, heading);
            snprintf(v->options, sizeof v->options, "%.79s", line + 3 + kind_size);
            place = INPUT;
        } else if (strcmp(line, "```result") == 0 && v) {
            place = EXPECTED;
        } else if (strncmp(line, "```", 3) == 0) {
            vector_die(path, number, "a block that is neither input nor result");
        }
    }
    fclose(file);
    if (vectors->count == before || !v || !v->expected)
        vector_die(path, number, "no vector, or none with a result, at the end");
}

static inline void vectors_free(struct vectors *vectors)
{
    for (size_t i = 0; i < vectors->count; i++) {
        free(vectors->list[i].input);
        free(vectors->list[i].expected);
    }
    free(vectors->list);
    *vectors = (struct vectors){0};
}

/* Memory whose end is the end of what may be read: a read one byte behind it is SIGSEGV. */
struct guard {
    uint8_t *base;
    size_t size; /* readable, in whole pages */
};

static inline struct guard guard_open(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guard g = {.size = (size + page - 1) / page * page};
    void *base =
        mmap(NULL, g.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        vector_die("guard", 0, "mmap failed");
    g.base = base;
    if (mprotect(g.base + g.size, page, PROT_NONE) != 0)
        vector_die("guard", 0, "mprotect failed");
    return g;
}

/* A copy of the bytes that ends where the guard page begins. */
static inline const uint8_t *guard_place(const struct guard *g, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = g->base + g->size - size;
    memcpy(copy, bytes, size);
    return copy;
}

static inline void guard_close(struct guard *g)
{
    munmap(g->base, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
