/* stub_queue.c - the servers as a heap by the moment when each is free. */
#include "stub_queue.h"

#include <errno.h>
#include <stdlib.h>

int stub_queue_init(struct stub_queue *queue, uint32_t servers)
{
    queue->servers = servers;
    queue->free_ns = NULL;
    if (servers > 0) {
        queue->free_ns = malloc(servers * sizeof *queue->free_ns);
        if (!queue->free_ns)
            return -ENOMEM;
    }
    for (uint32_t i = 0; i < servers; i++)
        queue->free_ns[i] = INT64_MIN;
    pthread_mutex_init(&queue->lock, NULL);
    return 0;
}

void stub_queue_free(struct stub_queue *queue)
{
    pthread_mutex_destroy(&queue->lock);
    free(queue->free_ns);
    queue->free_ns = NULL;
}

/* The server on top is now free later: lets it sink to its place. */
static void sink(struct stub_queue *queue, int64_t free_ns)
{
    int64_t *heap = queue->free_ns;
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < queue->servers && heap[child + 1] < heap[child])
            child++;
        if (child >= queue->servers || free_ns <= heap[child])
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = free_ns;
}

int64_t stub_queue_enter(struct stub_queue *queue, int64_t arrived_ns, int64_t busy_ns)
{
    if (queue->servers == 0)
        return arrived_ns + busy_ns;
    pthread_mutex_lock(&queue->lock);
    const int64_t first_ns = queue->free_ns[0];
    const int64_t end_ns = (first_ns > arrived_ns ? first_ns : arrived_ns) + busy_ns;
    sink(queue, end_ns);
    pthread_mutex_unlock(&queue->lock);
    return end_ns;
}
