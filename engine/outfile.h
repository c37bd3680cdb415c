/* outfile.h - a file that only ever holds whole rows, also on a full disk.
 * Rows are gathered in a buffer and written in large pieces; where a write fails, the file is cut back
 * to its last whole row and takes no more. Of one thread. */
#ifndef TARE_OUTFILE_H
#define TARE_OUTFILE_H

#include <stddef.h>
#include <stdint.h>

struct outfile {
    int fd; /* -1: not open */
    int error; /* -errno of the first failure; 0 */
    const char *name; /* for messages; static storage */
    char *buffer;
    size_t used;
    uint64_t bytes;     /* that stand in the file */
    uint64_t rows_lost; /* that a failed write did not bring into the file, or that came after it */
};

/* Creates `name` in the folder and writes the header line. Returns 0 or -errno. */
int outfile_open(struct outfile *file, int folder_fd, const char *name, const char *header);

/* Room for a row of up to `size` bytes (at most 4096): the place to write it to. */
char *outfile_row(struct outfile *file, size_t size);

/* The row at the last place is whole and has `size` bytes, its line end included. */
void outfile_commit(struct outfile *file, size_t size);

/* Hands the gathered rows to the kernel. */
void outfile_flush(struct outfile *file);

/* Flushes and closes. Returns 0, or the first error since it was opened. */
int outfile_close(struct outfile *file);

#endif
