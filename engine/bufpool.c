/* bufpool.c - the shared ring of buffers; the only writer of its entries and its tail.
 * Written on the kernel's own structure (linux/io_uring.h), since liburing 2.3 lacks the set-up
 * helper and its add takes an offset that is easily held wrong (io_uring_buf_ring_add(3)). */
#include "bufpool.h"

#include "check.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *map_bytes(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1,
                0);
}

int bufpool_open(struct bufpool *pool, struct ring *ring, uint16_t group, uint32_t count,
                 uint32_t size)
{
    CHECK(count & (count - 1), ==, 0);
    CHECK(count, <=, 32768);
    int error = -ENOMEM;
    /* An odd number of cache lines apart: at a power of two, the heads of all buffers, which is all that
     * short answers use, would fall into the same few sets of the cache. */
    *pool = (struct bufpool){
        .count = count, .size = size, .group = group, .stride = ((size + 63) & ~63u) | 64u};
    pool->entries = map_bytes(count * sizeof(struct io_uring_buf));
    if (pool->entries == MAP_FAILED)
        goto fail;
    pool->bytes = map_bytes((size_t)count * pool->stride);
    if (pool->bytes == MAP_FAILED)
        goto fail_entries;
    pool->is_ours = malloc(count);
    if (!pool->is_ours)
        goto fail_bytes;
    memset(pool->is_ours, 1, count);
    error = ring_register_buffers(ring, pool->entries, count, group);
    if (error < 0)
        goto fail_flags;
    for (uint32_t i = 0; i < count; i++)
        bufpool_give(pool, (uint16_t)i);
    bufpool_publish(pool);
    return 0;

fail_flags:
    free(pool->is_ours);
fail_bytes:
    munmap(pool->bytes, (size_t)count * pool->stride);
fail_entries:
    munmap(pool->entries, count * sizeof(struct io_uring_buf));
fail:
    *pool = (struct bufpool){0};
    return error;
}

void bufpool_close(struct bufpool *pool, struct ring *ring)
{
    ring_unregister_buffers(ring, pool->group);
    free(pool->is_ours);
    munmap(pool->bytes, (size_t)pool->count * pool->stride);
    munmap(pool->entries, pool->count * sizeof(struct io_uring_buf));
}

const uint8_t *bufpool_take(struct bufpool *pool, uint16_t buffer)
{
    CHECK(buffer, <, pool->count);
    CHECK(pool->is_ours[buffer], ==, 0);
    pool->is_ours[buffer] = 1;
    return pool->bytes + (size_t)buffer * pool->stride;
}

void bufpool_give(struct bufpool *pool, uint16_t buffer)
{
    CHECK(buffer, <, pool->count);
    CHECK(pool->is_ours[buffer], ==, 1);
    pool->is_ours[buffer] = 0;
    struct io_uring_buf *entry = &pool->entries->bufs[pool->tail++ & (pool->count - 1)];
    entry->addr = (uint64_t)(uintptr_t)(pool->bytes + (size_t)buffer * pool->stride);
    entry->len = pool->size;
    entry->bid = buffer;
}

void bufpool_publish(struct bufpool *pool)
{
    __atomic_store_n(&pool->entries->tail, pool->tail, __ATOMIC_RELEASE);
}
