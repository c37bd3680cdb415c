/* request.h - renders requests into the bytes that go on the wire, once, before the clock starts
 * (RFC 9112 section 3). Pure but for the memory it allocates. */
#ifndef TARE_REQUEST_H
#define TARE_REQUEST_H

#include "url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_ERROR_MAX 256 /* enough for any sentence written here, final zero included */

/* What a request is made of; all borrowed. */
struct request_parts {
    const char *method; /* NULL: GET, or POST where there is a body */
    const struct url *url;
    const char *const *headers; /* lines "Name: value" of the user's, without a line's end */
    size_t headers_count;
    const void *body; /* NULL: none */
    size_t body_bytes;
    bool is_proxied; /* to a proxy, which is asked for the whole URL (RFC 9112 section 3.2.2) */
    bool is_only; /* on its connection: says Connection: close (RFC 9112 section 9.6) */
};

/* Rendered requests, one or many in one block. Never written again: workers share it. */
struct request {
    uint8_t *bytes;    /* owned: heads and bodies, one after another */
    size_t *offsets;   /* owned: count + 1 of them, into bytes */
    size_t count;      /* 1, or one for each line */
    size_t head_bytes; /* of the first request's head */
    bool is_head;      /* the answers to these have no body */
    bool is_only;      /* each says Connection: close */
};

/* Renders one request. Adds Host and User-Agent, and Content-Length where there is a body or the
 * method expects one (POST, PUT, PATCH: RFC 9110 section 8.6), each unless the user's lines hold
 * it; a Transfer-Encoding of the user's suppresses Content-Length. Connection: close goes along where
 * parts->is_only, unless the user's lines hold a Connection. The user's lines follow in their
 * order. Returns 0 and a request for request_free(); or -EINVAL or -ENOMEM, a sentence with cause
 * and remedy in `error`, and nothing to free. -EINVAL: a method or name that is no token, a control
 * byte in a value, a line without a colon, two Hosts, a Content-Length that is not the body's,
 * CONNECT. */
int request_render(const struct request_parts *parts, struct request *request,
                   char error[REQUEST_ERROR_MAX]);

/* Renders a request for each line of `text`, with the line as its body; parts->body is not looked
 * at. A line ends at LF or CRLF; the last may lack its end; an empty line is an empty body. Results
 * as above; also -EINVAL for a text without a line, and above LIMIT_REQUESTS_MAX_BYTES. */
int request_render_lines(const struct request_parts *parts, const char *text, size_t text_bytes,
                         struct request *request, char error[REQUEST_ERROR_MAX]);

/* Frees what rendering allocated; the request is then empty. */
void request_free(struct request *request);

/* The bytes of request number i; the requests of a block are sent in turn. *size: out, in bytes. */
static inline const uint8_t *request_pick(const struct request *request, uint64_t i, size_t *size)
{
    const uint64_t at = request->count == 1 ? 0 : i % request->count;
    *size = request->offsets[at + 1] - request->offsets[at];
    return request->bytes + request->offsets[at];
}

#endif
