/* output.c - temporary files and their renaming. */
#include "output.h"

#include "check.h"
#include "folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes one folder; one that stands already is fine. */
static int make_folder(const char *path, bool *is_new)
{
    struct stat status;
    *is_new = mkdir(path, 0777) == 0;
    if (*is_new)
        return 0;
    const int error = errno;
    if (error == EEXIST && stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        return -ENOTDIR;
    return error == EEXIST ? 0 : -error;
}

/* Makes a folder and those above it. path: changed meanwhile, and back as it was at the end. */
static int make_folders(char *path, bool *is_new)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const int result = make_folder(path, is_new);
        *slash = '/';
        if (result != 0)
            return result;
    }
    return make_folder(path, is_new);
}

int output_init(struct output *output, const char *directory, struct fault *fault)
{
    memset(output, 0, sizeof *output);
    output->directory = strdup(*directory ? directory : ".");
    if (!output->directory)
        return fault_set_errno(fault, ENOMEM, "cannot write %s", directory);
    const int result = make_folders(output->directory, &output->is_new);
    if (result != 0)
        return fault_set_errno(fault, -result, "cannot make the folder %s", directory);
    return 0;
}

FILE *output_begin(struct output *output, const char *name, struct fault *fault)
{
    CHECK(output->file_count, <, OUTPUT_FILES_MAX);
    CHECK(output->open == NULL, ==, true);
    struct output_file *file = &output->files[output->file_count++];
    file->path = folder_file_path(output->directory, name);
    char *temporary = NULL;
    if (!file->path || asprintf(&temporary, "%s/.%s.XXXXXX", output->directory, name) < 0) {
        fault_set_errno(fault, ENOMEM, "cannot write %s", name);
        return NULL;
    }
    const int fd = mkstemp(temporary);
    if (fd < 0) {
        fault_set_errno(fault, errno, "cannot write %s", file->path);
        free(temporary);
        return NULL;
    }
    file->temporary = temporary;
    /* mkstemp(3) makes files that only their owner reads; reports are for showing. */
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) == 0)
        output->open = fdopen(fd, "w");
    if (!output->open) {
        fault_set_errno(fault, errno, "cannot write %s", file->path);
        close(fd);
    }
    return output->open;
}

int output_end(struct output *output, struct fault *fault)
{
    const struct output_file *file = &output->files[output->file_count - 1];
    errno = 0;
    const bool is_bad = fflush(output->open) != 0 || ferror(output->open);
    int error = is_bad ? (errno != 0 ? errno : EIO) : 0;
    if (fclose(output->open) != 0 && error == 0)
        error = errno;
    output->open = NULL;
    return error == 0 ? 0 : fault_set_errno(fault, error, "cannot write %s", file->path);
}

int output_commit(struct output *output, struct fault *fault)
{
    for (size_t i = 0; i < output->file_count; i++) {
        struct output_file *file = &output->files[i];
        if (rename(file->temporary, file->path) != 0)
            return fault_set_errno(fault, errno, "cannot write %s", file->path);
        output->is_new = false;
        free(file->temporary);
        file->temporary = NULL;
    }
    return 0;
}

void output_free(struct output *output)
{
    if (output->open)
        fclose(output->open);
    for (size_t i = 0; i < output->file_count; i++) {
        if (output->files[i].temporary)
            unlink(output->files[i].temporary);
        free(output->files[i].temporary);
        free(output->files[i].path);
    }
    if (output->is_new)
        rmdir(output->directory);
    free(output->directory);
    memset(output, 0, sizeof *output);
}
