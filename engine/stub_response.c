/* stub_response.c - heads, bodies and chunks (RFC 9112 sections 4, 6 and 7). */
#include "stub_response.h"

#include "check.h"
#include "limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 4096u
#define CHUNK_FRAME_MAX 16u /* a size line and the data's CRLF, for a size of up to 8 digits */

const char *stub_response_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } known[] = {{200, "OK"},
                 {201, "Created"},
                 {202, "Accepted"},
                 {204, "No Content"},
                 {301, "Moved Permanently"},
                 {302, "Found"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {413, "Content Too Large"},
                 {414, "URI Too Long"},
                 {417, "Expectation Failed"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {502, "Bad Gateway"},
                 {503, "Service Unavailable"},
                 {504, "Gateway Timeout"},
                 {505, "HTTP Version Not Supported"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].status == status)
            return known[i].reason;
    return "";
}

/* Writes a body as chunks and the last one; returns the size, bounded by the room made for it. */
static size_t write_chunks(uint8_t *to, const uint8_t *bytes, size_t size)
{
    uint8_t *const start = to;
    while (size > 0) {
        const size_t take = size < CHUNK_BYTES ? size : CHUNK_BYTES;
        to += sprintf((char *)to, "%zx\r\n", take);
        memcpy(to, bytes, take);
        memcpy(to + take, "\r\n", 2);
        to += take + 2;
        bytes += take;
        size -= take;
    }
    memcpy(to, "0\r\n\r\n", 5);
    return (size_t)(to + 5 - start);
}

int stub_body_init(struct stub_body *body, size_t size, bool chunked)
{
    static const char words[] = "Hello, World!";
    *body = (struct stub_body){.size = size};
    body->bytes = malloc(size + 1);
    if (!body->bytes)
        return -ENOMEM;
    for (size_t i = 0; i < size; i++)
        body->bytes[i] = (uint8_t)words[i % (sizeof words - 1)];
    if (!chunked)
        return 0;
    body->chunks = malloc(size + (size / CHUNK_BYTES + 2) * CHUNK_FRAME_MAX);
    if (!body->chunks) {
        stub_body_free(body);
        return -ENOMEM;
    }
    body->chunks_size = write_chunks(body->chunks, body->bytes, size);
    return 0;
}

void stub_body_free(struct stub_body *body)
{
    free(body->bytes);
    free(body->chunks);
    *body = (struct stub_body){0};
}

/* Appends to a head; that it fits is for this file to see to. */
static void __attribute__((format(printf, 3, 4)))
append(char *head, size_t *size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int count = vsnprintf(head + *size, STUB_RESPONSE_HEAD_MAX - *size, format, values);
    va_end(values);
    *size += (size_t)count;
    CHECK(*size, <, STUB_RESPONSE_HEAD_MAX);
}

/* 204 and 304 have no body and no length of one (RFC 9110 sections 8.6, 15.3.5, 15.4.5). */
static bool may_have_body(int status)
{
    return status != 204 && status != 304;
}

size_t stub_response_head(const struct stub_answer *answer, const struct stub_body *body,
                          char head[STUB_RESPONSE_HEAD_MAX], struct iovec *rest)
{
    size_t size = 0;
    *rest = (struct iovec){.iov_base = body->bytes, .iov_len = body->size};
    if (answer->error)
        *rest = (struct iovec){(void *)(uintptr_t)answer->error, strlen(answer->error)};
    append(head, &size, "HTTP/1.1 %d %s\r\nServer: tare-stub\r\n", answer->status,
           stub_response_reason(answer->status));
    if (!may_have_body(answer->status)) {
        rest->iov_len = 0;
    } else if (body->chunks && !answer->error && !answer->is_http_1_0) {
        *rest = (struct iovec){.iov_base = body->chunks, .iov_len = body->chunks_size};
        append(head, &size, "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n");
    } else {
        append(head, &size, "Content-Type: text/plain\r\nContent-Length: %zu\r\n", rest->iov_len);
    }
    if (answer->latency_ns >= 0)
        append(head, &size, "Server-Timing: total;dur=%.*f\r\n",
               answer->latency_ns % NS_PER_US == 0 ? 3 : 6, (double)answer->latency_ns / 1e6);
    if (!answer->keep_alive)
        append(head, &size, "Connection: close\r\n");
    else if (answer->is_http_1_0)
        append(head, &size, "Connection: keep-alive\r\n");
    append(head, &size, "\r\n");
    if (answer->is_head_method)
        rest->iov_len = 0;
    return size;
}
