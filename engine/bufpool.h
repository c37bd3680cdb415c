/* bufpool.h - receive buffers that the kernel picks from (io_uring provided-buffer ring).
 *
 * Invariants, checked in release too: a buffer is the kernel's or ours, never both; it is taken once
 * for each event that names it and given back once. Buffers that were given back are seen by the
 * kernel after bufpool_publish(). Of one thread, that of the ring. */
#ifndef TARE_BUFPOOL_H
#define TARE_BUFPOOL_H

#include "ring.h"

#include <stdint.h>

struct bufpool {
    struct io_uring_buf_ring *entries; /* shared with the kernel */
    uint8_t *bytes;
    uint8_t *is_ours; /* a flag a buffer */
    uint32_t count;   /* a power of two */
    uint32_t size;    /* bytes in a buffer */
    uint32_t stride;  /* from one buffer to the next */
    uint16_t tail;
    uint16_t group;
};

/* Maps and touches count buffers of size bytes and registers them under group. count: a power of two
 * up to 32768. Returns 0; or -errno, and a pool of zeros that is not to be closed. The pool is
 * storage of the caller's. */
int bufpool_open(struct bufpool *pool, struct ring *ring, uint16_t group, uint32_t count,
                 uint32_t size);
void bufpool_close(struct bufpool *pool, struct ring *ring);

/* The bytes of a buffer that an event named; ours until it is given back. */
const uint8_t *bufpool_take(struct bufpool *pool, uint16_t buffer);

/* Gives a buffer back; the kernel sees it after bufpool_publish(). */
void bufpool_give(struct bufpool *pool, uint16_t buffer);
void bufpool_publish(struct bufpool *pool);

#endif
