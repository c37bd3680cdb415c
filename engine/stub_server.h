/* stub_server.h - a thread of the stub that reads each request, draws its latency and answers when
 * it is due: counted from the kernel's stamp of the request's last byte, and on time to a few us,
 * for the thread sleeps until shortly before and then watches the clock.
 *
 * Requests on a connection are answered in their order; each latency counts from its own receipt. A
 * client that closes before an answer is due does not get it, and the log says so. /health is
 * answered at once with 200 whatever the mode; it is counted and logged, and draws no number.
 * With --servers a latency begins when a server of the queue is free (stub_queue.h); Server-Timing
 * and the log's latency_ns tell it without the time in the queue. */
#ifndef TARE_STUB_SERVER_H
#define TARE_STUB_SERVER_H

#include "stub_shared.h"

struct stub_server; /* opaque; of one thread */

/* Opens in the calling thread; listener_fd is borrowed. Returns NULL with cause and remedy in
 * `why`. */
struct stub_server *stub_server_open(struct stub_shared *shared, int listener_fd, char *why,
                                     size_t why_size);

/* Serves until shared->stop is set and the listener is shut down; what is not due by then is
 * dropped. Returns 0, or -errno where the ring failed. */
int stub_server_run(struct stub_server *server);

/* What was served so far. */
struct stub_counts stub_server_counts(const struct stub_server *server);

/* -errno of the first write to the log that failed; 0 where none did. */
int stub_server_log_error(const struct stub_server *server);

void stub_server_close(struct stub_server *server);

#endif
