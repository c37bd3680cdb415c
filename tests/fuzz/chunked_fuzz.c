/* chunked_fuzz.c - a chunked body comes to the same however it is cut, and what it comes to is what
 * a reader of the whole text, written with other means, makes of it. */
#include "chunked.h"
#include "limits.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ending {
    enum chunked_result result;
    enum framing_error error;
    size_t consumed;
    uint64_t body_bytes;
};

static struct ending feed(const uint8_t *data, size_t size, size_t step)
{
    struct ending o = {.result = CHUNKED_MORE, .error = FRAMING_OK};
    struct chunked c;
    chunked_start(&c);
    while (o.consumed < size && o.result == CHUNKED_MORE) {
        const size_t piece = step < size - o.consumed ? step : size - o.consumed;
        uint8_t *copy = malloc(piece);
        size_t consumed = SIZE_MAX;
        memcpy(copy, data + o.consumed, piece);
        o.result = chunked_feed(&c, copy, piece, &consumed, &o.body_bytes, &o.error);
        free(copy);
        if (consumed > piece || (o.result == CHUNKED_MORE && consumed != piece))
            abort();
        o.consumed += consumed;
    }
    return o;
}

/* A size line from `at` on, taken as text: its CRLF is looked for first. Returns what follows it,
 * or 0 where the line is not whole or not good. */
static size_t read_line(const uint8_t *data, size_t size, size_t at, uint64_t *chunk)
{
    const uint8_t *lf = memchr(data + at, '\n', size - at);
    size_t digits = 0;
    *chunk = 0;
    if (!lf || lf == data + at || lf[-1] != '\r')
        return 0;
    const size_t end = (size_t)(lf - data) - 1;
    for (; at + digits < end && strchr("0123456789abcdefABCDEF", data[at + digits]) &&
           data[at + digits];
         digits++) {
        const char text[2] = {(char)data[at + digits], 0};
        if (*chunk >> 59)
            return 0;
        *chunk = *chunk * 16 + strtoul(text, NULL, 16);
    }
    size_t rest = at + digits;
    while (rest < end && (data[rest] == ' ' || data[rest] == '\t'))
        rest++;
    if (digits == 0 || (rest < end ? data[rest] != ';' : rest > at + digits) ||
        end + 2 - at > LIMIT_RESPONSE_LINE_MAX_BYTES)
        return 0;
    for (; rest < end; rest++)
        if ((data[rest] < 0x20 && data[rest] != '\t') || data[rest] == 0x7f)
            return 0;
    return end + 2;
}

/* Is the whole input, up to `end`, a good body of so many bytes? */
static bool is_good(const uint8_t *data, size_t size, size_t *end, uint64_t *body_bytes)
{
    size_t at = 0;
    *body_bytes = 0;
    for (;;) {
        uint64_t chunk;
        at = read_line(data, size, at, &chunk);
        if (at == 0)
            return false;
        *end = at;
        if (chunk == 0)
            return true;
        if (chunk + 2 > size - at || memcmp(data + at + chunk, "\r\n", 2) != 0)
            return false;
        *body_bytes += chunk;
        at += (size_t)chunk + 2;
        if (at == size)
            return false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t end;
    uint64_t body_bytes;
    const struct ending whole = feed(data, size, size);
    for (size_t step = 1; step <= 3; step++) {
        const struct ending cut = feed(data, size, step);
        if (cut.result != whole.result || cut.error != whole.error ||
            cut.consumed != whole.consumed || cut.body_bytes != whole.body_bytes)
            abort();
    }
    const bool good = size > 0 && is_good(data, size, &end, &body_bytes);
    if (good != (whole.result == CHUNKED_LAST))
        abort();
    if (good && (end != whole.consumed || body_bytes != whole.body_bytes))
        abort();
    return 0;
}
