/* outfile.c - write(2) in pieces of 64 KiB, and ftruncate(2) where one fails. */
#include "outfile.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTFILE_BUFFER_BYTES (64u * 1024)
#define OUTFILE_ROW_MAX_BYTES 4096u

int outfile_open(struct outfile *file, int folder_fd, const char *name, const char *header)
{
    *file = (struct outfile){.fd = -1, .name = name};
    file->buffer = malloc(OUTFILE_BUFFER_BYTES);
    if (!file->buffer)
        return file->error = -ENOMEM;
    file->fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file->fd < 0)
        return file->error = -errno;
    const size_t size = strlen(header);
    memcpy(outfile_row(file, size + 1), header, size);
    file->buffer[file->used + size] = '\n';
    outfile_commit(file, size + 1);
    outfile_flush(file);
    return file->error;
}

char *outfile_row(struct outfile *file, size_t size)
{
    CHECK(size, <=, OUTFILE_ROW_MAX_BYTES);
    if (file->used + size > OUTFILE_BUFFER_BYTES)
        outfile_flush(file);
    return file->buffer + file->used;
}

void outfile_commit(struct outfile *file, size_t size)
{
    if (file->error != 0) {
        file->rows_lost++;
        return;
    }
    file->used += size;
}

/* A failed write may have left part of a row: the file is cut back to the whole rows before it. */
static void keep_whole_rows(struct outfile *file, size_t written, int error)
{
    while (written > 0 && file->buffer[written - 1] != '\n')
        written--;
    for (size_t i = written; i < file->used; i++)
        file->rows_lost += file->buffer[i] == '\n';
    file->bytes += written;
    file->error = error;
    if (ftruncate(file->fd, (off_t)file->bytes) < 0)
        file->error = -errno;
}

void outfile_flush(struct outfile *file)
{
    size_t written = 0;
    while (written < file->used) { /* a file with an error takes no row, so that none is left of it */
        const ssize_t done = write(file->fd, file->buffer + written, file->used - written);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            keep_whole_rows(file, written, -errno);
            file->used = 0;
            return;
        }
        written += (size_t)done;
    }
    file->bytes += written;
    file->used = 0;
}

int outfile_close(struct outfile *file)
{
    outfile_flush(file);
    if (file->fd >= 0 && close(file->fd) < 0 && file->error == 0)
        file->error = -errno;
    file->fd = -1;
    free(file->buffer);
    file->buffer = NULL;
    return file->error;
}
