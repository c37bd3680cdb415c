/* chunked.c - a state machine over the bytes of a chunked body; data is skipped by arithmetic. */
#include "chunked.h"

#include "check.h"
#include "limits.h"
#include "scan.h"

enum state {
    STATE_SIZE_FIRST, /* a digit must come */
    STATE_SIZE,       /* another digit, or what ends the size */
    STATE_SPACE,      /* white space behind the size: only extensions may follow */
    STATE_EXTENSION,
    STATE_LINE_LF, /* the last state of a size line */
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_DATA,
    STATE_OVER
};

void chunked_start(struct chunked *c)
{
    *c = (struct chunked){.state = STATE_SIZE_FIRST};
}

/* The value of a hexadecimal digit, or -1. */
static int digit_of(uint8_t byte)
{
    const uint8_t letter = (uint8_t)((byte | 0x20) - 'a');
    if (scan_is_digit(byte))
        return byte - '0';
    return letter < 6 ? letter + 10 : -1;
}

static enum framing_error size_byte(struct chunked *c, uint8_t byte)
{
    const int digit = digit_of(byte);
    if (digit >= 0) {
        if (c->left > (uint64_t)INT64_MAX >> 4)
            return FRAMING_CHUNK_LIMIT;
        c->left = c->left << 4 | (uint64_t)digit;
        c->state = STATE_SIZE;
        return FRAMING_OK;
    }
    if (c->state == STATE_SIZE_FIRST)
        return FRAMING_CHUNK_SIZE;
    if (byte == '\r')
        c->state = STATE_LINE_LF;
    else if (byte == ';')
        c->state = STATE_EXTENSION;
    else if (scan_is_space(byte))
        c->state = STATE_SPACE;
    else
        return byte == '\n' ? FRAMING_LINE_END : FRAMING_CHUNK_SIZE;
    return FRAMING_OK;
}

/* White space is allowed before ';' and nowhere else (RFC 9112 section 7.1.1). */
static enum framing_error space_byte(struct chunked *c, uint8_t byte)
{
    if (byte == ';')
        c->state = STATE_EXTENSION;
    else if (!scan_is_space(byte))
        return FRAMING_CHUNK_SIZE;
    return FRAMING_OK;
}

static enum framing_error extension_byte(struct chunked *c, uint8_t byte)
{
    if (byte == '\r')
        c->state = STATE_LINE_LF;
    else if (!scan_is_text(byte))
        return byte == '\n' ? FRAMING_LINE_END : FRAMING_CHUNK_EXTENSION;
    return FRAMING_OK;
}

static enum framing_error line_lf_byte(struct chunked *c, uint8_t byte)
{
    c->state = c->left == 0 ? STATE_OVER : STATE_DATA;
    return byte == '\n' ? FRAMING_OK : FRAMING_LINE_END;
}

static enum framing_error data_cr_byte(struct chunked *c, uint8_t byte)
{
    c->state = STATE_DATA_LF;
    return byte == '\r' ? FRAMING_OK : FRAMING_CHUNK_END;
}

static enum framing_error data_lf_byte(struct chunked *c, uint8_t byte)
{
    c->state = STATE_SIZE_FIRST;
    c->line_bytes = 0;
    return byte == '\n' ? FRAMING_OK : FRAMING_CHUNK_END;
}

/* Takes a byte that is not chunk data. */
static enum framing_error byte_feed(struct chunked *c, uint8_t byte)
{
    static enum framing_error (*const takers[])(struct chunked *, uint8_t) = {
        [STATE_SIZE_FIRST] = size_byte, [STATE_SIZE] = size_byte,
        [STATE_SPACE] = space_byte,     [STATE_EXTENSION] = extension_byte,
        [STATE_LINE_LF] = line_lf_byte, [STATE_DATA_CR] = data_cr_byte,
        [STATE_DATA_LF] = data_lf_byte,
    };
    if (c->line_bytes == LIMIT_RESPONSE_LINE_MAX_BYTES && c->state <= STATE_LINE_LF)
        return FRAMING_LINE_LIMIT;
    c->line_bytes++;
    return takers[c->state](c, byte);
}

uint64_t chunked_data_left(const struct chunked *c)
{
    return c->state == STATE_DATA ? c->left : 0;
}

enum chunked_result chunked_feed_into(struct chunked *c, const uint8_t *bytes, size_t size,
                                      size_t *consumed, uint64_t *body_bytes,
                                      enum framing_error *error, const struct sink *sink)
{
    size_t at = 0;
    CHECK(c->state, !=, STATE_OVER);
    while (at < size) {
        if (c->state == STATE_DATA) { /* skipped by arithmetic: data is not looked at */
            const uint64_t skipped = c->left < size - at ? c->left : size - at;
            if (__builtin_expect(sink != NULL, 0))
                sink->take(sink->context, bytes + at, (size_t)skipped);
            c->left -= skipped;
            at += (size_t)skipped;
            *body_bytes += skipped;
            if (c->left == 0)
                c->state = STATE_DATA_CR;
            continue;
        }
        const enum framing_error broken = byte_feed(c, bytes[at]);
        if (broken != FRAMING_OK) {
            *consumed = at;
            *error = broken;
            return CHUNKED_BAD;
        }
        at++;
        if (c->state == STATE_OVER) {
            *consumed = at;
            return CHUNKED_LAST;
        }
    }
    *consumed = size;
    return CHUNKED_MORE;
}
