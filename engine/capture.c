/* capture.c - lines, names and values; the first field of a name counts. */
#include "capture.h"

#include <string.h>

enum state { STATE_STATUS, STATE_LINE, STATE_NAME, STATE_BLANK, STATE_VALUE, STATE_SKIP, STATE_DONE };
enum field { FIELD_NONE, FIELD_RETRY_AFTER, FIELD_LOCATION };

#define STATUS_AT 9 /* behind "HTTP/1.1 " */

void capture_start(struct capture *c)
{
    c->state = STATE_STATUS;
    c->line_size = 0;
    c->retry_after_size = c->location_size = 0;
}

/* Behind an interim head another one follows (RFC 9110 section 15.2). */
static void end_head(struct capture *c)
{
    const bool is_interim = c->status[0] == '1' && memcmp(c->status, "101", 3) != 0;
    if (is_interim)
        capture_start(c);
    else
        c->state = STATE_DONE;
}

static void end_name(struct capture *c)
{
    c->field = FIELD_NONE;
    if (c->name_size == 11 && memcmp(c->name, "retry-after", 11) == 0 && c->retry_after_size == 0)
        c->field = FIELD_RETRY_AFTER;
    if (c->name_size == 8 && memcmp(c->name, "location", 8) == 0 && c->location_size == 0)
        c->field = FIELD_LOCATION;
    c->state = c->field == FIELD_NONE ? STATE_SKIP : STATE_BLANK;
}

static void put(char *value, uint16_t *size, uint16_t most, char byte)
{
    if (*size < most)
        value[*size] = byte;
    *size = (uint16_t)(*size + (*size <= most));
}

static void value_byte(struct capture *c, char byte)
{
    if (byte == '\r')
        return;
    if (c->field == FIELD_LOCATION)
        put(c->location, &c->location_size, sizeof c->location, byte);
    else
        put(c->retry_after, &c->retry_after_size, sizeof c->retry_after, byte);
}

static void trim(const char *value, uint16_t *size, uint16_t most)
{
    while (*size > 0 && *size <= most && (value[*size - 1] == ' ' || value[*size - 1] == '\t'))
        (*size)--;
}

static void line_byte(struct capture *c, char byte)
{
    const char lower = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    switch ((enum state)c->state) {
    case STATE_STATUS:
        if (c->line_size - STATUS_AT < sizeof c->status)
            c->status[c->line_size - STATUS_AT] = byte;
        c->line_size++;
        break;
    case STATE_LINE:
        c->name_size = 0;
        c->state = STATE_NAME;
        __attribute__((fallthrough));
    case STATE_NAME:
        if (byte == ':')
            end_name(c);
        else if (c->name_size < sizeof c->name)
            c->name[c->name_size++] = lower;
        break;
    case STATE_BLANK:
        if (byte == ' ' || byte == '\t')
            break;
        c->state = STATE_VALUE;
        __attribute__((fallthrough));
    case STATE_VALUE: value_byte(c, byte); break;
    case STATE_SKIP:
    case STATE_DONE: break;
    }
}

static void end_line(struct capture *c)
{
    const bool is_empty = c->state == STATE_LINE ||
                          (c->state == STATE_NAME && c->name_size == 1 && c->name[0] == '\r');
    trim(c->retry_after, &c->retry_after_size, sizeof c->retry_after);
    trim(c->location, &c->location_size, sizeof c->location);
    c->state = STATE_LINE;
    if (is_empty)
        end_head(c);
}

void capture_feed(struct capture *c, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size && c->state != STATE_DONE; i++) {
        if (c->state == STATE_SKIP) {
            const uint8_t *end = memchr(bytes + i, '\n', size - i);
            if (!end)
                return;
            i = (size_t)(end - bytes);
        }
        if (bytes[i] == '\n')
            end_line(c);
        else
            line_byte(c, (char)bytes[i]);
    }
}
