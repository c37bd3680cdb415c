/* runfolder.c - mkdir(2) along a path, and a look at what is there already. */
#include "runfolder.h"

#include "clock.h"
#include "schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX_MAX 1000

int runfolder_make_path(const char *path)
{
    char part[RUNFOLDER_PATH_MAX];
    int result = -EEXIST;
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        result = mkdir(part, 0755) == 0 ? 0 : -errno;
        if (result < 0 && result != -EEXIST)
            return result;
    }
    return result;
}

static bool is_empty(int fd)
{
    bool empty = true;
    const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    for (struct dirent *entry; list && empty && (entry = readdir(list));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (list)
        closedir(list);
    return empty;
}

static int refuse(struct runfolder *folder, int failure, char error[RUNFOLDER_ERROR_MAX])
{
    if (failure == -EEXIST)
        snprintf(error, RUNFOLDER_ERROR_MAX,
                 "%s holds a run already\n      name another folder with -o, or remove that one",
                 folder->path);
    else if (failure == -ENOTEMPTY)
        snprintf(error, RUNFOLDER_ERROR_MAX,
                 "%s is not empty\n      name another folder with -o: a run has one of its own",
                 folder->path);
    else
        snprintf(error, RUNFOLDER_ERROR_MAX,
                 "the folder %s cannot be made: %s\n      name another with -o", folder->path,
                 strerror(-failure));
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
    return failure;
}

static int take(struct runfolder *folder, char error[RUNFOLDER_ERROR_MAX])
{
    const int made = runfolder_make_path(folder->path);
    if (made < 0 && made != -EEXIST)
        return refuse(folder, made, error);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return refuse(folder, -errno, error);
    if (faccessat(folder->fd, SCHEMA_FILE_RUN, F_OK, 0) == 0)
        return refuse(folder, -EEXIST, error);
    return is_empty(folder->fd) ? 0 : refuse(folder, -ENOTEMPTY, error);
}

int runfolder_open(struct runfolder *folder, const char *wanted, char error[RUNFOLDER_ERROR_MAX])
{
    char utc[21], name[32];
    folder->fd = -1;
    if (wanted) {
        if (snprintf(folder->path, sizeof folder->path, "%s", wanted) >= (int)sizeof folder->path)
            return refuse(folder, -ENAMETOOLONG, error);
        return take(folder, error);
    }
    clock_format_utc(clock_wall(), utc);
    snprintf(name, sizeof name, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", utc, utc + 5, utc + 8, utc + 11,
             utc + 14, utc + 17);
    snprintf(folder->path, sizeof folder->path, "results/%s", name);
    int result = runfolder_make_path(folder->path);
    for (int i = 2; result == -EEXIST && i < SUFFIX_MAX; i++) {
        snprintf(folder->path, sizeof folder->path, "results/%s-%d", name, i);
        result = runfolder_make_path(folder->path);
    }
    return result < 0 ? refuse(folder, result, error) : take(folder, error);
}

void runfolder_discard(struct runfolder *folder)
{
    static const char *const files[] = {SCHEMA_FILE_RUN, SCHEMA_FILE_SAMPLES, SCHEMA_FILE_HISTOGRAMS,
                                        SCHEMA_FILE_SECONDS, SCHEMA_FILE_RESOURCES};
    for (size_t i = 0; folder->fd >= 0 && i < sizeof files / sizeof files[0]; i++)
        unlinkat(folder->fd, files[i], 0);
    if (folder->fd >= 0)
        rmdir(folder->path);
}

void runfolder_remove(const char *path)
{
    struct runfolder folder = {.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    snprintf(folder.path, sizeof folder.path, "%s", path);
    runfolder_discard(&folder);
    runfolder_close(&folder);
}

void runfolder_close(struct runfolder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}
