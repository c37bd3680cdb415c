/* jsonfile.h - JSON documents that are written whole or not at all, and the objects that several of
 * them have. Objects are jansson's, new references of the caller's. */
#ifndef TARE_JSONFILE_H
#define TARE_JSONFILE_H

#include "config.h"
#include "environment.h"

#include <stdbool.h>

struct json_t; /* jansson's */

/* Before the first object of a document is made: from here on it is noted when memory is lacking. */
void jsonfile_begin(void);

/* Writes a document into the folder, in the place of a file of that name, by rename(2): who reads it
 * sees the one or the other. Returns 0 or -errno; then the old file stands.
 * -ENOMEM: a member may be missing for want of memory since jsonfile_begin() in this thread. */
int jsonfile_write(const struct json_t *document, int folder_fd, const char *name);

/* Text that may hold any bytes; what is no UTF-8 is replaced. */
struct json_t *jsonfile_text(const char *value);

/* The command line as it was typed, a list. */
struct json_t *jsonfile_command(const struct config *config);

/* The machine and its kernel. */
struct json_t *jsonfile_machine(const struct environment *environment);

/* liburing's version, and what of the ring is in use or not. features: of the ring. */
struct json_t *jsonfile_ring(const bool *features);

#endif
