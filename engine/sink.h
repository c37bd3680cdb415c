/* sink.h - who wants to see content while it is framed: a function and what it is called with.
 * Pure: framing calls it, and knows nothing of it. */
#ifndef TARE_SINK_H
#define TARE_SINK_H

#include <stddef.h>
#include <stdint.h>

/* Gets each piece of content once, in its order, without chunk sizes and trailers. The bytes are those
 * that were received, borrowed for the call. */
struct sink {
    void (*take)(void *context, const uint8_t *bytes, size_t size);
    void *context;
};

#endif
