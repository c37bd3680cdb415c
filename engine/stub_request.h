/* stub_request.h - reads HTTP/1.x requests as they come in: where each ends, whether the connection
 * stays, and the first number in its body (RFC 9110, RFC 9112). Strict: what breaks a rule is
 * refused with the status that the RFC names, for a server to test against must not forgive. It is
 * its own reader of chunks, so that a mistake in the engine's does not hide behind the same one
 * here. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_STUB_REQUEST_H
#define TARE_STUB_REQUEST_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stub_request_result { STUB_REQUEST_MORE, STUB_REQUEST_DONE, STUB_REQUEST_BAD };

/* The words of a request that are kept: method, target and body lie behind each other in `bytes`,
 * storage of the caller's. What does not fit its limit is counted by the request and left out. */
struct stub_request_text {
    uint32_t method_size;
    uint32_t target_size;
    uint32_t body_size;
    uint32_t target_max; /* how much of a target to keep */
    uint32_t body_max;   /* how much of a body */
    uint8_t bytes[];     /* LIMIT_STUB_METHOD_MAX_BYTES + target_max + body_max */
};

struct stub_request {
    struct stub_request_text *text; /* NULL: no words are kept */
    uint64_t left;                  /* of the body, or of the chunk */
    uint64_t body_bytes;            /* received so far, without the framing of chunks */
    uint64_t number;                /* where has_number: the body's first, modulo 2^64 */
    const char *error;              /* on BAD: the broken rule, a sentence in static storage */
    uint32_t head_bytes;            /* of the head so far; then of the size line, of the trailers */
    uint32_t target_bytes;
    uint16_t status; /* on BAD: what to answer */
    uint8_t state;
    uint8_t method_bytes;
    uint8_t word_bytes; /* of the version, or of the field's name */
    uint8_t value_bytes;
    uint8_t field; /* whose value is being read */
    uint8_t hosts; /* Host fields seen */
    bool in_number : 1;
    bool has_number : 1;
    bool is_head_method : 1; /* HEAD: its response has no body */
    bool is_http_1_0 : 1;
    bool keep_alive : 1;   /* once the head is read */
    bool continue_due : 1; /* the client waits for 100 Continue; the server clears it */
    bool has_length : 1;
    bool has_chunked : 1;
    bool has_close : 1;
    bool has_keep_alive : 1;
    bool has_expect : 1;
    char word[20]; /* a field's name in lower case */
    char value[LIMIT_STUB_VALUE_MAX_BYTES];
};

/* Makes ready for the first byte of a request. text: NULL, or emptied and borrowed until the next.
 */
void stub_request_start(struct stub_request *r, struct stub_request_text *text);

/* Has any byte of a request been read (empty lines before it do not count)? */
bool stub_request_is_begun(const struct stub_request *r);

/* Feeds `size` received bytes; stops at the end of one request.
 * bytes:    borrowed for the call; never written.
 * consumed: out, <= size; the rest belongs to the next request (pipelining).
 * On BAD, r->status and r->error say what is broken, and the connection's framing is lost. To feed
 * again after DONE or BAD, without a start, is a bug. */
enum stub_request_result stub_request_feed(struct stub_request *r, const uint8_t *bytes,
                                           size_t size, size_t *consumed);

#endif
