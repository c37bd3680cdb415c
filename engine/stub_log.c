/* stub_log.c - JSON's strings (RFC 8259 section 7), base64 (RFC 4648) and whole lines. */
#include "stub_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of the UTF-8 character at a text's start, by RFC 3629's table: without overlong forms
 * and surrogates. 0: it is none. More than `size`: it may be one that was cut. */
static size_t character_size(const uint8_t *text, size_t size)
{
    const uint8_t first = text[0];
    const size_t need = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
    const uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < need && i < size; i++)
        if (text[i] < (i == 1 ? lowest : 0x80) || text[i] > (i == 1 ? highest : 0xbf))
            return 0;
    return need;
}

/* How much of a text is UTF-8, whole characters only. *is_text: out, whether nothing else follows
 * but a character that was cut at the text's end. */
static size_t utf8_size(const uint8_t *text, size_t size, bool *is_text)
{
    size_t at = 0;
    *is_text = true;
    while (at < size) {
        const size_t need = character_size(text + at, size - at);
        *is_text = need != 0;
        if (need == 0 || need > size - at)
            break;
        at += need;
    }
    return at;
}

static char *put_string(char *to, const uint8_t *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '"';
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = text[i];
        if (byte == '"' || byte == '\\') {
            *to++ = '\\';
            *to++ = (char)byte;
        } else if (byte >= ' ' && byte != 0x7f) {
            *to++ = (char)byte;
        } else {
            memcpy(to, "\\u00", 4);
            to[4] = digits[byte >> 4];
            to[5] = digits[byte & 15];
            to += 6;
        }
    }
    *to++ = '"';
    return to;
}

static char *put_base64(char *to, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    *to++ = '"';
    for (size_t i = 0; i < size; i += 3) {
        const uint32_t three = (uint32_t)bytes[i] << 16 |
                               (i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (i + 2 < size ? bytes[i + 2] : 0);
        *to++ = digits[three >> 18];
        *to++ = digits[three >> 12 & 63];
        *to++ = i + 1 < size ? digits[three >> 6 & 63] : '=';
        *to++ = i + 2 < size ? digits[three & 63] : '=';
    }
    *to++ = '"';
    return to;
}

static char *put_body(char *to, const struct stub_log_line *line)
{
    bool is_text;
    size_t size = utf8_size(line->body, line->body_size, &is_text);
    /* A cut character is forgiven only where the body was cut. */
    is_text = is_text && (size == line->body_size || line->body_bytes > line->body_size);
    if (is_text)
        return put_string(to + sprintf(to, ",\"body\":"), line->body, size);
    return put_base64(to + sprintf(to, ",\"body_base64\":"), line->body, line->body_size);
}

/* A number, or null where there is none. */
static char *put_number(char *to, const char *key, bool has_number, uint64_t number)
{
    if (!has_number)
        return to + sprintf(to, ",\"%s\":null", key);
    return to + sprintf(to, ",\"%s\":%" PRIu64, key, number);
}

size_t stub_log_format(const struct stub_log_line *line, char text[STUB_LOG_LINE_MAX])
{
    char *to = text;
    to += sprintf(to, "{\"n\":%" PRIu64 ",\"connection\":%" PRIu64 ",\"method\":", line->n,
                  line->connection);
    to = put_string(to, line->method, line->method_size);
    to = put_string(to + sprintf(to, ",\"path\":"), line->target, line->target_size);
    to = put_body(to, line);
    to = put_number(to, "body_bytes", true, line->body_bytes);
    to = put_number(to, "request", line->has_request, line->request);
    to = put_number(to, "status", true, (uint64_t)line->status);
    to = put_number(to, "latency_ns", true, (uint64_t)line->latency_ns);
    to = put_number(to, "received_ns", true, (uint64_t)line->received_ns);
    to = put_number(to, "sent_ns", line->sent_ns != 0, (uint64_t)line->sent_ns);
    memcpy(to, "}\n", 2);
    return (size_t)(to + 2 - text);
}

int stub_log_init(struct stub_log *log, int fd)
{
    *log = (struct stub_log){.fd = fd};
    if (fd < 0)
        return 0;
    log->bytes = malloc(LIMIT_STUB_LOG_BUFFER_BYTES);
    return log->bytes ? 0 : -ENOMEM;
}

void stub_log_free(struct stub_log *log)
{
    free(log->bytes);
    *log = (struct stub_log){.fd = -1};
}

void stub_log_add(struct stub_log *log, const struct stub_log_line *line)
{
    if (log->fd < 0)
        return;
    if (LIMIT_STUB_LOG_BUFFER_BYTES - log->used < STUB_LOG_LINE_MAX)
        stub_log_flush(log);
    log->used += stub_log_format(line, log->bytes + log->used);
}

void stub_log_flush(struct stub_log *log)
{
    size_t written = 0;
    while (written < log->used && log->error == 0) {
        const ssize_t count = write(log->fd, log->bytes + written, log->used - written);
        if (count > 0)
            written += (size_t)count;
        else if (count == 0 || errno != EINTR)
            log->error = count == 0 ? -EIO : -errno;
    }
    log->used = 0;
}
