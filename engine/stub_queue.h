/* stub_queue.h - a queue with a known capacity: N servers, each busy with one request at a time,
 * and one line before them all, first come, first served. Where every request keeps its server busy
 * for the same time, exactly N / that time requests a second get through, and above it the line
 * grows without bound (D. G. Kendall's notation: G/D/N).
 *
 * All threads of the stub share one such queue. When a request begins is decided when it is read,
 * from what was read before it, so that no answer that is sent late takes anything of the capacity
 * away. A request keeps its server busy whether its client stays or not. Reads no clock. */
#ifndef TARE_STUB_QUEUE_H
#define TARE_STUB_QUEUE_H

#include <pthread.h>
#include <stdint.h>

struct stub_queue {
    pthread_mutex_t lock;
    uint32_t servers; /* 0: no queue, everything begins at once */
    int64_t *free_ns; /* when each server is free; a heap, the first of them on top */
};

/* Makes a queue of so many servers, all free, or none at all where it is 0. Returns 0 or -ENOMEM.
 */
int stub_queue_init(struct stub_queue *queue, uint32_t servers);
void stub_queue_free(struct stub_queue *queue);

/* Puts a request in: it arrived at arrived_ns and keeps a server busy for busy_ns. Returns when
 * that is over, never before arrived_ns + busy_ns. Times are of one clock, whichever. Any thread.
 */
int64_t stub_queue_enter(struct stub_queue *queue, int64_t arrived_ns, int64_t busy_ns);

#endif
