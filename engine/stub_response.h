/* stub_response.h - the bytes of the stub's answers. Bodies are made once and shared by all; a head
 * is written for each answer. The same question gets the same bytes: there is no Date. Pure but for
 * the memory that the bodies take. */
#ifndef TARE_STUB_RESPONSE_H
#define TARE_STUB_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* A head is never longer. */
#define STUB_RESPONSE_HEAD_MAX 320u

/* What an interim response says to a client that waits before its body (RFC 9110 section 15.2.1).
 */
#define STUB_RESPONSE_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* The body of all good answers, as it is and as chunks of 4 KiB each. */
struct stub_body {
    uint8_t *bytes;
    uint8_t *chunks; /* NULL: not asked for */
    size_t size;
    size_t chunks_size;
};

/* One answer. */
struct stub_answer {
    int status;
    int64_t latency_ns;  /* told by Server-Timing; negative: not told */
    const char *error;   /* the body of a refusal; NULL: the shared body */
    bool is_head_method; /* the body is left out */
    bool is_http_1_0;    /* which has no chunks, and keeps a connection only if told */
    bool keep_alive;
};

/* Makes a body of `size` bytes: "Hello, World!", cut or repeated. Returns 0 or -ENOMEM. */
int stub_body_init(struct stub_body *body, size_t size, bool chunked);
void stub_body_free(struct stub_body *body);

/* Writes an answer's head; returns its size. The body that follows is put into *rest, borrowed;
 * its length may be 0. */
size_t stub_response_head(const struct stub_answer *answer, const struct stub_body *body,
                          char head[STUB_RESPONSE_HEAD_MAX], struct iovec *rest);

/* The reason phrase of a status, "" where none is known. Static storage. */
const char *stub_response_reason(int status);

#endif
