/* stub_null.h - --null: a thread that answers at once and measures nothing, so that the client is
 * the limit. It still frames requests by the rules, wherever they are cut and however many come at
 * once: a request that is byte for byte the one before it, as a generator's are, is known by
 * comparing, and any other is read by stub_request. Answers wait their turn as counts, not as
 * bytes. */
#ifndef TARE_STUB_NULL_H
#define TARE_STUB_NULL_H

#include "stub_shared.h"

struct stub_null; /* opaque; of one thread */

/* Opens in the calling thread; listener_fd is borrowed. Returns NULL with cause and remedy in
 * `why`. */
struct stub_null *stub_null_open(const struct stub_shared *shared, int listener_fd, char *why,
                                 size_t why_size);

/* Serves until shared->stop is set and the listener is shut down. Returns 0, or -errno where the
 * ring failed. */
int stub_null_run(struct stub_null *null);

/* What was served so far. */
struct stub_counts stub_null_counts(const struct stub_null *null);

void stub_null_close(struct stub_null *null);

#endif
