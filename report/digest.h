/* digest.h - which files a report rests on: the size and the SHA-256 of each file of a run. */
#ifndef TARE_DIGEST_H
#define TARE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

/* Larger files are not hashed: at 1.6 GB/s on one core this is 40 ms, and a file of ten million rows
 * would take as long again as reading it. sha256sum(1) does it for those who need it. */
#define DIGEST_BYTES_MAX (64ull << 20)
#define DIGEST_FILES 5
#define DIGEST_HEX_SIZE 65

struct digest_file {
    const char *name; /* static storage */
    bool is_there;    /* it is a regular file and was read to its end; else the two below are empty */
    uint64_t bytes;
    char sha256[DIGEST_HEX_SIZE]; /* in lower case; "" where it is larger than DIGEST_BYTES_MAX */
};

/* Reads a run folder's files: run.json and the four of schema.h. Takes no memory; what cannot be read is
 * left out. */
void digest_folder(const char *folder, struct digest_file files[DIGEST_FILES]);

#endif
