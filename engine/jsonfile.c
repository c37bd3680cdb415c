/* jsonfile.c - a new file beside the old one, then rename(2); objects by jansson. */
#include "jsonfile.h"

#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME_BYTES 256 /* NAME_MAX of Linux, with a final zero */

/* A member that could not be made is left out by jansson without a word, and its allocator knows no
 * context: hence a variable of the thread's, beside main.c's the only one. */
static _Thread_local bool is_memory_lacking;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    is_memory_lacking |= !memory;
    return memory;
}

void jsonfile_begin(void)
{
    json_set_alloc_funcs(allocate, free);
    is_memory_lacking = false;
}

static int dump(const json_t *document, int fd)
{
    FILE *file = fdopen(fd, "w");
    if (!file) {
        const int error = -errno;
        close(fd);
        return error;
    }
    errno = 0;
    const bool is_written =
        json_dumpf(document, file, JSON_INDENT(2)) == 0 && fputc('\n', file) == '\n';
    if (fclose(file) == 0 && is_written)
        return 0;
    return errno ? -errno : -EIO;
}

int jsonfile_write(const json_t *document, int folder_fd, const char *name)
{
    char temporary[NAME_BYTES];
    if (is_memory_lacking)
        return -ENOMEM;
    snprintf(temporary, sizeof temporary, "%s.new", name);
    const int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int error = dump(document, fd);
    if (error == 0 && renameat(folder_fd, temporary, folder_fd, name) < 0)
        error = -errno;
    if (error < 0)
        unlinkat(folder_fd, temporary, 0);
    return error;
}

json_t *jsonfile_text(const char *value)
{
    json_t *string = json_string(value);
    return string ? string : json_string("(not UTF-8)");
}

json_t *jsonfile_command(const struct config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < config->command_count; i++)
        json_array_append_new(list, jsonfile_text(config->command[i]));
    return list;
}

json_t *jsonfile_machine(const struct environment *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "host", jsonfile_text(e->host));
    json_object_set_new(o, "kernel", jsonfile_text(e->kernel));
    json_object_set_new(o, "architecture", jsonfile_text(e->architecture));
    json_object_set_new(o, "cpu_model", jsonfile_text(e->cpu_model));
    json_object_set_new(o, "cpus", json_integer((json_int_t)e->cpus));
    json_object_set_new(o, "cpus_allowed", json_integer((json_int_t)e->cpus_allowed));
    json_object_set_new(o, "memory_bytes", json_integer((json_int_t)e->memory_bytes));
    return o;
}

json_t *jsonfile_ring(const bool *features)
{
    json_t *used = json_array();
    json_t *disabled = json_array();
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        json_array_append_new(features[i] ? used : disabled,
                              json_string(ring_feature_name((enum ring_feature)i)));
    return json_pack("{s:s, s:o, s:o}", "liburing", ring_library_version(), "features", used,
                     "disabled", disabled);
}
