/* ownbuf.h - receive buffers of a connection's own, for responses that are large or of unknown size.
 *
 * The pool that the kernel picks from (bufpool.h) is for many short responses. A connection with a
 * buffer of its own receives once at a time, as much as fits what comes: a head, a piece of content, or
 * content to be thrown away. So one connection can never use up the buffers of the others.
 * All memory is mapped at the start, and the kernel brings its pages in when they are first used: the
 * heads' together, the large pieces' only where content has to be looked at. Of one thread. */
#ifndef TARE_OWNBUF_H
#define TARE_OWNBUF_H

#include "ring.h"

#include <stdbool.h>
#include <stdint.h>

#define OWNBUF_NONE UINT16_MAX
#define OWNBUF_HEAD_BYTES 896u /* of a response: a head, and what comes with it */
#define OWNBUF_LARGE_BYTES 65536u

/* One of them. */
struct ownbuf {
    struct ring_once once;
    uint8_t head[OWNBUF_HEAD_BYTES];
};

struct ownbuf_pool {
    struct ownbuf *buffers;
    uint8_t *large; /* OWNBUF_LARGE_BYTES for each */
    uint16_t *free; /* indices of those that nobody has */
    uint32_t free_count;
    uint32_t count;
};

/* Maps `count` buffers, at most OWNBUF_NONE; none is in use. Returns 0; or -errno, and a pool of zeros,
 * which may be closed. */
int ownbuf_open(struct ownbuf_pool *pool, uint32_t count);
void ownbuf_close(struct ownbuf_pool *pool);

/* The index of a buffer that nobody has, OWNBUF_NONE where all are in use. */
uint16_t ownbuf_take(struct ownbuf_pool *pool);
void ownbuf_give(struct ownbuf_pool *pool, uint16_t index);

/* Makes a buffer ready for ring_receive_once(): what comes next is `content_left` bytes of content (0:
 * none), behind which something else may follow. inside: in the middle of a response. may_discard:
 * content need not be looked at. */
struct ring_once *ownbuf_prepare(struct ownbuf_pool *pool, uint16_t index, bool inside,
                                 uint64_t content_left, bool may_discard);

#endif
