/* response.h - strict, incremental framing of HTTP/1.x responses (RFC 9112, RFC 9110).
 * Bytes in, "where does this response end" out. It copies nothing, holds no line and allocates
 * nothing; a response may be cut anywhere, and the result is the same. Stricter than RFC 9112
 * demands of a user agent where leniency would hide a broken server: bare LF, folded lines and
 * Content-Length beside Transfer-Encoding are errors. Pure: no I/O, no clock. */
#ifndef TARE_RESPONSE_H
#define TARE_RESPONSE_H

#include "chunked.h"
#include "field.h"
#include "framing.h"
#include "sink.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One per connection. What is not named here is the parser's own. */
struct response {
    uint64_t bytes;      /* consumed for this response, interim ones included */
    uint64_t body_bytes; /* content without chunk sizes and trailers */
    int64_t server_ns;   /* Server-Timing: total's dur, else the first dur; else SCHEMA_NS_NONE */
    struct fields fields;
    struct chunked chunked;
    uint32_t head_bytes; /* of this head, or of the trailers */
    uint32_t line_bytes; /* of the line being read */
    uint16_t status;     /* from 100 on, valid once head_seen */
    uint8_t error;       /* enum framing_error, after BAD */
    uint8_t state;
    uint8_t interim_count; /* 1xx responses so far */
    uint8_t minor;         /* of the version: 0 or 1 */
    bool to_head : 1;      /* it answers a HEAD */
    bool head_seen : 1;    /* the final head is whole; status, keep_alive, server_ns are valid */
    bool keep_alive : 1;   /* the connection may carry another request (RFC 9112 section 9.3) */
    bool in_trailers : 1;
};
static_assert(sizeof(struct response) <= 96, "one per connection: small");

enum response_result {
    RESPONSE_MORE, /* all bytes were consumed, and the response goes on */
    RESPONSE_DONE, /* the response is whole */
    RESPONSE_BAD   /* a rule is broken: r->error names it */
};

/* Makes ready for a response. to_head: it answers a HEAD, and has no body (RFC 9110 section 9.3.2).
 */
void response_start(struct response *r, bool to_head);

/* Feeds `size` received bytes; stops at the end of one message (RFC 9112 sections 4, 6, 7).
 * bytes:    borrowed for the call; never written, never read beyond `size`.
 * consumed: out, <= size; the rest belongs to the next message (pipelining).
 * Interim responses (1xx but 101) are skipped; 101 is final and ends the connection's use.
 * Returns RESPONSE_MORE, RESPONSE_DONE or RESPONSE_BAD; on BAD r->error names the broken rule and
 * response_error_offset() the byte. To feed again after DONE or BAD, without a start, is a bug.
 * sink: gets the content of the final response, in pieces; NULL: nobody does. */
enum response_result response_feed_into(struct response *r, const uint8_t *bytes, size_t size,
                                        size_t *consumed, const struct sink *sink);

static inline enum response_result response_feed(struct response *r, const uint8_t *bytes, size_t size,
                                                 size_t *consumed)
{
    return response_feed_into(r, bytes, size, consumed, NULL);
}

/* How many of the bytes to come are surely content, which is not looked at: what is left of a body of
 * known length or of a chunk; INT64_MAX in a body that ends with the connection. 0 elsewhere. */
uint64_t response_content_left(const struct response *r);

/* The same as to feed `size` bytes of content, 1 to response_content_left(), that were thrown away
 * unseen. Returns RESPONSE_MORE or RESPONSE_DONE. */
enum response_result response_skip(struct response *r, uint64_t size);

/* The peer closed its side, after all it sent was fed. Returns RESPONSE_DONE where that is how the
 * response ends (RFC 9112 section 6.3, rule 8), else RESPONSE_BAD with the error
 * FRAMING_CLOSED_UNANSWERED (no byte of a response had come) or FRAMING_CLOSED_EARLY.
 * To call it after DONE or BAD is a bug. */
enum response_result response_end(struct response *r);

/* Has any byte of this response come? */
static inline bool response_begun(const struct response *r)
{
    return r->bytes > 0;
}

/* After BAD: where in the response, interim ones included, the byte at fault stands. It is the
 * first that was not consumed. */
static inline uint64_t response_error_offset(const struct response *r)
{
    return r->bytes;
}

#endif
