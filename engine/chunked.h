/* chunked.h - skips a chunked body: sizes, extensions, data (RFC 9112 section 7.1).
 * It ends behind the last chunk's size line; the trailers that follow are field lines, and are
 * read by response.c. Bytes may be cut anywhere. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_CHUNKED_H
#define TARE_CHUNKED_H

#include "framing.h"
#include "sink.h"

#include <stddef.h>
#include <stdint.h>

struct chunked {
    uint64_t left;       /* the size being read, then the data bytes still to come */
    uint32_t line_bytes; /* of the size line so far */
    uint8_t state;
};

enum chunked_result {
    CHUNKED_MORE, /* all bytes were consumed, and the body goes on */
    CHUNKED_LAST, /* the last chunk's line was read; trailers follow */
    CHUNKED_BAD   /* a rule is broken at bytes[*consumed] */
};

/* Makes ready for a body's first byte. */
void chunked_start(struct chunked *c);

/* Feeds `size` received bytes; stops behind the last chunk's size line.
 * bytes:      borrowed for the call; never written.
 * consumed:   out, <= size; on BAD the offset of the byte at fault.
 * body_bytes: increased by the bytes of chunk data among those consumed.
 * error:      written on BAD only, with the rule that is broken.
 * Strict: 1*HEXDIG, then CRLF or extensions after optional white space; no bare CR or LF; sizes up
 * to 2^63 - 1. Extensions are skipped, not understood; a size line holds
 * LIMIT_RESPONSE_LINE_MAX_BYTES at most, its CRLF included. To feed again after LAST or BAD is a
 * bug. sink: gets the chunk data, in pieces; NULL: nobody does. */
enum chunked_result chunked_feed_into(struct chunked *c, const uint8_t *bytes, size_t size,
                                      size_t *consumed, uint64_t *body_bytes,
                                      enum framing_error *error, const struct sink *sink);

static inline enum chunked_result chunked_feed(struct chunked *c, const uint8_t *bytes, size_t size,
                                               size_t *consumed, uint64_t *body_bytes,
                                               enum framing_error *error)
{
    return chunked_feed_into(c, bytes, size, consumed, body_bytes, error, NULL);
}

/* How many of the bytes to come are surely chunk data: 0 in a size line or behind a chunk. */
uint64_t chunked_data_left(const struct chunked *c);

#endif
