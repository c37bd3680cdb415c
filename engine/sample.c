/* sample.c - indices run freely and wrap at 2^32; a record's place is its index modulo capacity. */
#include "sample.h"

#include "check.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 2u /* records: one is written every few microseconds */

static_assert(sizeof(struct sample_record) == 128, "two cache lines");

int sample_queue_init(struct sample_queue *q, uint32_t capacity)
{
    uint32_t rounded = 8; /* makes the size a multiple of 64, as aligned_alloc(3) demands */
    while (rounded < capacity)
        rounded *= 2;
    memset(q, 0, sizeof *q);
    q->records = aligned_alloc(64, (size_t)rounded * sizeof *q->records);
    if (!q->records)
        return -ENOMEM;
    memset(q->records, 0, (size_t)rounded * sizeof *q->records); /* touched before the clock starts */
    q->capacity = rounded;
    return 0;
}

void sample_queue_free(struct sample_queue *q)
{
    free(q->records);
    q->records = NULL;
}

uint32_t sample_room(struct sample_queue *q, uint32_t wanted)
{
    uint32_t room = q->capacity - (q->tail - q->head_seen);
    if (room < wanted) {
        q->head_seen = __atomic_load_n(&q->head, __ATOMIC_ACQUIRE);
        room = q->capacity - (q->tail - q->head_seen);
    }
    return room;
}

struct sample_record *sample_next(struct sample_queue *q)
{
    CHECK(sample_room(q, 1), >, 0);
    return &q->records[q->tail & (q->capacity - 1)];
}

void sample_push(struct sample_queue *q)
{
    /* The queue is larger than the near caches: without this a record's first bytes wait for memory, and
     * behind them all that is written after, 0.1 us. */
    const char *const ahead = (const char *)&q->records[(q->tail + AHEAD) & (q->capacity - 1)];
    __builtin_prefetch(ahead, 1);
    __builtin_prefetch(ahead + 64, 1);
    __atomic_store_n(&q->tail, q->tail + 1, __ATOMIC_RELEASE);
}

uint32_t sample_queued(const struct sample_queue *q)
{
    return q->tail - __atomic_load_n(&q->head, __ATOMIC_RELAXED);
}

uint32_t sample_ready(const struct sample_queue *q)
{
    return __atomic_load_n(&q->tail, __ATOMIC_ACQUIRE) - q->head;
}

const struct sample_record *sample_at(const struct sample_queue *q, uint32_t index)
{
    return &q->records[(q->head + index) & (q->capacity - 1)];
}

void sample_release(struct sample_queue *q, uint32_t count)
{
    __atomic_store_n(&q->head, q->head + count, __ATOMIC_RELEASE);
}
