/* digest.c - SHA-256 by libcrypto, a piece at a time. */
#include "digest.h"

#include "schema.h"

/* The digest by its old name takes no memory; by its new one OpenSSL 3.0 looks its provider up first,
 * and ends the program where there is none for that. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (64u << 10)
#define PATH_BYTES 4096u

/* Hashes to the file's end; returns false where reading failed. */
static bool hash(int fd, char hex[DIGEST_HEX_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char piece[PIECE_BYTES];
    SHA256_CTX state;
    SHA256_Init(&state);
    for (;;) {
        const ssize_t size = read(fd, piece, sizeof piece);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return false;
        if (size == 0)
            break;
        SHA256_Update(&state, piece, (size_t)size);
    }
    SHA256_Final(digest, &state);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return true;
}

static void digest_one(const char *folder, struct digest_file *file)
{
    char path[PATH_BYTES];
    struct stat status;
    if (snprintf(path, sizeof path, "%s/%s", folder, file->name) >= (int)sizeof path)
        return;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is not waited for */
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        file->bytes = (uint64_t)status.st_size;
        file->is_there = file->bytes > DIGEST_BYTES_MAX || hash(fd, file->sha256);
    }
    close(fd);
}

void digest_folder(const char *folder, struct digest_file files[DIGEST_FILES])
{
    static const char *const names[DIGEST_FILES] = {SCHEMA_FILE_RUN, SCHEMA_FILE_SAMPLES,
                                                    SCHEMA_FILE_HISTOGRAMS, SCHEMA_FILE_SECONDS,
                                                    SCHEMA_FILE_RESOURCES};
    for (int i = 0; i < DIGEST_FILES; i++) {
        files[i] = (struct digest_file){.name = names[i]};
        digest_one(folder, &files[i]);
    }
}
