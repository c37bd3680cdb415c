/* ownbuf.c - a stack of free indices, and the size of the next receive. */
#include "ownbuf.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Content shorter than this is copied with what follows it: to throw it away takes a receive of its own. */
#define DISCARD_MIN_BYTES 1024u
/* Thrown away at once: so many bytes take the kernel no longer than a few turns of the loop. */
#define DISCARD_MAX_BYTES (256u * 1024)

static void *map(size_t size)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE | MAP_NORESERVE,
                       -1, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

int ownbuf_open(struct ownbuf_pool *pool, uint32_t count)
{
    CHECK(count, <=, OWNBUF_NONE);
    *pool = (struct ownbuf_pool){.count = count};
    pool->buffers = map(count * sizeof *pool->buffers); /* of zeros */
    pool->large = map((size_t)count * OWNBUF_LARGE_BYTES);
    pool->free = malloc(count * sizeof *pool->free);
    if (!pool->buffers || !pool->large || !pool->free) {
        ownbuf_close(pool);
        return -ENOMEM;
    }
    while (pool->free_count < count) { /* the first are given out first */
        pool->free[pool->free_count] = (uint16_t)(count - 1 - pool->free_count);
        pool->free_count++;
    }
    return 0;
}

void ownbuf_close(struct ownbuf_pool *pool)
{
    if (pool->buffers)
        munmap(pool->buffers, pool->count * sizeof *pool->buffers);
    if (pool->large)
        munmap(pool->large, (size_t)pool->count * OWNBUF_LARGE_BYTES);
    free(pool->free);
    *pool = (struct ownbuf_pool){0};
}

uint16_t ownbuf_take(struct ownbuf_pool *pool)
{
    return pool->free_count > 0 ? pool->free[--pool->free_count] : OWNBUF_NONE;
}

void ownbuf_give(struct ownbuf_pool *pool, uint16_t index)
{
    CHECK(index, <, pool->count);
    CHECK(pool->free_count, <, pool->count);
    pool->free[pool->free_count++] = index;
}

struct ring_once *ownbuf_prepare(struct ownbuf_pool *pool, uint16_t index, bool inside,
                                 uint64_t content_left, bool may_discard)
{
    CHECK(index, <, pool->count);
    struct ownbuf *buffer = &pool->buffers[index];
    struct ring_once *once = &buffer->once;
    uint8_t *large = pool->large + (size_t)index * OWNBUF_LARGE_BYTES;
    once->discards = may_discard && content_left >= DISCARD_MIN_BYTES;
    if (once->discards)
        once->piece = (struct iovec){
            large, content_left < DISCARD_MAX_BYTES ? (size_t)content_left : DISCARD_MAX_BYTES};
    else if (inside)
        once->piece = (struct iovec){large, OWNBUF_LARGE_BYTES};
    else
        once->piece = (struct iovec){buffer->head, OWNBUF_HEAD_BYTES};
    return once;
}
