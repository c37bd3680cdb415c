/* stub_log.h - what the stub saw and did, a line of JSON for each request:
 *
 *   {"n":0,"connection":1,"method":"POST","path":"/orders","body":"{\"id\":7}","body_bytes":8,
 *    "request":7,"status":200,"latency_ns":479830000,"received_ns":1700000000000000000,
 *    "sent_ns":1700000000479831000}
 *
 * n counts the requests in the order in which they were read, connection the connections, both from
 * 0. path is the target as it came. body is its text; where that is not UTF-8, body_base64 stands
 * in its place; of a body above 4 KiB only the first 4 KiB are kept (less an UTF-8 character cut in
 * two), and body_bytes is its true size. request is the number that the latency was drawn from,
 * null where none was (/health, a refusal). latency_ns is what was given; received_ns is the
 * kernel's stamp of the request's last byte and sent_ns the moment before its answer was sent, both
 * CLOCK_REALTIME; sent_ns is null where the connection ended first.
 *
 * Lines are gathered and written whole; logs of several threads may share a file opened with
 * O_APPEND. */
#ifndef TARE_STUB_LOG_H
#define TARE_STUB_LOG_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stub_log_line {
    uint64_t n;
    uint64_t connection;
    uint64_t request;    /* where has_request */
    uint64_t body_bytes; /* as received */
    int64_t latency_ns;
    int64_t received_ns;
    int64_t sent_ns; /* 0: never */
    int status;
    const uint8_t *method;
    const uint8_t *target;
    const uint8_t *body;
    uint32_t method_size;
    uint32_t target_size;
    uint32_t body_size; /* of what was kept */
    bool has_request;
};

/* A line is never longer: each byte of a text may become six, and the numbers are short. */
#define STUB_LOG_LINE_MAX                                                                          \
    (6u * (LIMIT_STUB_METHOD_MAX_BYTES + LIMIT_URL_MAX_BYTES + LIMIT_STUB_LOG_BODY_BYTES) + 512u)
static_assert(2 * STUB_LOG_LINE_MAX <= LIMIT_STUB_LOG_BUFFER_BYTES, "the buffer holds lines");

/* Writes a line with its end; returns its size. Pure. */
size_t stub_log_format(const struct stub_log_line *line, char text[STUB_LOG_LINE_MAX]);

/* The lines of one thread on their way to a file. */
struct stub_log {
    int fd;
    int error;   /* -errno of the first write that failed; nothing is written after it */
    size_t used; /* bytes gathered */
    char *bytes; /* LIMIT_STUB_LOG_BUFFER_BYTES */
};

/* fd: borrowed; negative: no log, and adding to it does nothing. Returns 0 or -ENOMEM. */
int stub_log_init(struct stub_log *log, int fd);
void stub_log_free(struct stub_log *log);

/* Adds a line; writes first where there is no room. */
void stub_log_add(struct stub_log *log, const struct stub_log_line *line);

/* Writes what is gathered. */
void stub_log_flush(struct stub_log *log);

#endif
