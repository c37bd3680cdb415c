/* response.c - one state machine over bytes for heads and trailers, with a way around it for lines
 * that lie whole in the received bytes. Both hand values to field.c and meet in the same states, so
 * that a cut changes nothing; bodies are skipped by arithmetic. */
#include "response.h"

#include "check.h"
#include "limits.h"
#include "scan.h"
#include "schema.h"

#include <string.h>

enum state {
    STATE_VERSION,    /* "HTTP/1.x " */
    STATE_STATUS,     /* three digits */
    STATE_STATUS_END, /* the space behind them, or the line's end */
    STATE_REASON,
    STATE_REASON_LF,
    STATE_LINE, /* a field line's first byte, or the empty line's CR */
    STATE_NAME,
    STATE_VALUE,
    STATE_VALUE_LF,
    STATE_HEAD_LF,     /* the last state of a head */
    STATE_BODY_LENGTH, /* fields.length bytes are still to come */
    STATE_BODY_CHUNKED,
    STATE_BODY_CLOSE,
    STATE_OVER /* done or bad */
};

#define VERSION_BYTES 9 /* "HTTP/1.1 " */
#define STATUS_BYTES (VERSION_BYTES + 3)

void response_start(struct response *r, bool to_head)
{
    *r = (struct response){.server_ns = SCHEMA_NS_NONE, .state = STATE_VERSION, .to_head = to_head};
    fields_start(&r->fields);
}

/* Another head follows an interim one on the same request. */
static enum framing_error interim_end(struct response *r)
{
    if (r->interim_count == LIMIT_INTERIM_MAX)
        return FRAMING_INTERIM_LIMIT;
    r->interim_count++;
    r->status = 0;
    r->head_bytes = 0;
    r->line_bytes = 0;
    r->state = STATE_VERSION;
    fields_start(&r->fields);
    return FRAMING_OK;
}

/* Persistence by version and Connection (RFC 9112 section 9.3). After 101 the connection speaks
 * another protocol (RFC 9110 section 15.2.2). */
static bool keeps_alive(const struct response *r)
{
    if (r->fields.has_close || r->status == 101)
        return false;
    return r->minor == 1 || r->fields.has_keep_alive;
}

/* What follows the final head (RFC 9112 section 6.3). */
static void body_start(struct response *r)
{
    const struct fields *f = &r->fields;
    const bool has_none = r->to_head || r->status < 200 || r->status == 204 || r->status == 304;
    r->head_seen = true;
    r->server_ns = f->server_ns;
    r->keep_alive = keeps_alive(r);
    if (has_none || (f->has_length && f->length == 0)) {
        r->state = STATE_OVER;
    } else if (f->is_chunked) {
        r->state = STATE_BODY_CHUNKED;
        chunked_start(&r->chunked);
    } else if (f->has_length) {
        r->state = STATE_BODY_LENGTH;
    } else {
        r->state = STATE_BODY_CLOSE;
        r->keep_alive = false;
    }
}

/* The LF of the empty line came. */
static enum framing_error head_end(struct response *r)
{
    const struct fields *f = &r->fields;
    if (r->in_trailers) {
        r->server_ns = f->server_ns;
        r->state = STATE_OVER;
        return FRAMING_OK;
    }
    if (f->has_coding && r->minor == 0)
        return FRAMING_CODING_VERSION;
    if (f->has_coding && f->has_length)
        return FRAMING_LENGTH_AND_CODING;
    if (r->status < 200 && r->status != 101)
        return interim_end(r);
    body_start(r);
    return FRAMING_OK;
}

/* Which field a value is of: in trailers nothing can change the framing (RFC 9110 section 6.5.1).
 */
static enum field field_here(const struct response *r, enum field field)
{
    return r->in_trailers && field != FIELD_SERVER_TIMING ? FIELD_OTHER : field;
}

static enum framing_error version_byte(struct response *r, uint8_t byte)
{
    static const char version[] = "HTTP/1.";
    const uint32_t at = r->line_bytes - 1;
    if (at < sizeof version - 1)
        return byte == (uint8_t)version[at] ? FRAMING_OK
               : at < sizeof "HTTP/" - 1    ? FRAMING_NOT_HTTP
                                            : FRAMING_VERSION;
    if (at == VERSION_BYTES - 1) {
        r->state = STATE_STATUS;
        return byte == ' ' ? FRAMING_OK : FRAMING_VERSION;
    }
    r->minor = (uint8_t)(byte - '0');
    return r->minor <= 1 ? FRAMING_OK : FRAMING_VERSION;
}

static enum framing_error status_byte(struct response *r, uint8_t byte)
{
    if (!scan_is_digit(byte) || (r->line_bytes == VERSION_BYTES + 1 && byte == '0'))
        return FRAMING_STATUS;
    r->status = (uint16_t)(r->status * 10 + (byte - '0'));
    if (r->line_bytes == STATUS_BYTES)
        r->state = STATE_STATUS_END;
    return FRAMING_OK;
}

static enum framing_error status_end_byte(struct response *r, uint8_t byte)
{
    r->state = byte == ' ' ? STATE_REASON : STATE_REASON_LF;
    return byte == ' ' || byte == '\r' ? FRAMING_OK : FRAMING_STATUS;
}

/* What a byte breaks that may not stand in text and is no CR. */
static enum framing_error text_error(uint8_t byte)
{
    return byte == '\n' ? FRAMING_LINE_END : FRAMING_CONTROL_BYTE;
}

static enum framing_error reason_byte(struct response *r, uint8_t byte)
{
    if (byte == '\r')
        r->state = STATE_REASON_LF;
    else if (!scan_is_text(byte))
        return text_error(byte);
    return FRAMING_OK;
}

/* The first byte of a line, or another of a name. */
static enum framing_error name_byte(struct response *r, uint8_t byte)
{
    if (scan_is_token(byte)) {
        if (r->state == STATE_LINE)
            fields_name_start(&r->fields);
        r->state = STATE_NAME;
        fields_name_byte(&r->fields, byte);
        return FRAMING_OK;
    }
    if (r->state == STATE_LINE) {
        r->state = STATE_HEAD_LF;
        return byte == '\r'          ? FRAMING_OK
               : byte == '\n'        ? FRAMING_LINE_END
               : scan_is_space(byte) ? FRAMING_FIELD_FOLD
                                     : FRAMING_FIELD_NAME;
    }
    if (byte != ':')
        return scan_is_space(byte)            ? FRAMING_FIELD_SPACE
               : byte == '\r' || byte == '\n' ? FRAMING_FIELD_COLON
                                              : FRAMING_FIELD_NAME;
    r->state = STATE_VALUE;
    fields_value_start(&r->fields, field_here(r, fields_name_end(&r->fields)));
    return FRAMING_OK;
}

static enum framing_error value_byte(struct response *r, uint8_t byte)
{
    if (scan_is_text(byte))
        return fields_value_byte(&r->fields, byte);
    r->state = STATE_VALUE_LF;
    return byte == '\r' ? fields_value_end(&r->fields) : text_error(byte);
}

static enum framing_error line_end_byte(struct response *r, uint8_t byte)
{
    r->state = STATE_LINE;
    r->line_bytes = 0;
    return byte == '\n' ? FRAMING_OK : FRAMING_LINE_END;
}

static enum framing_error head_end_byte(struct response *r, uint8_t byte)
{
    return byte == '\n' ? head_end(r) : FRAMING_LINE_END;
}

/* Takes one byte of a head; line_bytes counts it already where the machine looks. */
static enum framing_error head_step(struct response *r, uint8_t byte)
{
    static enum framing_error (*const takers[])(struct response *, uint8_t) = {
        [STATE_VERSION] = version_byte,
        [STATE_STATUS] = status_byte,
        [STATE_STATUS_END] = status_end_byte,
        [STATE_REASON] = reason_byte,
        [STATE_REASON_LF] = line_end_byte,
        [STATE_LINE] = name_byte,
        [STATE_NAME] = name_byte,
        [STATE_VALUE] = value_byte,
        [STATE_VALUE_LF] = line_end_byte,
        [STATE_HEAD_LF] = head_end_byte,
    };
    if (r->line_bytes == LIMIT_RESPONSE_LINE_MAX_BYTES)
        return FRAMING_LINE_LIMIT;
    if (r->head_bytes == LIMIT_RESPONSE_HEAD_MAX_BYTES)
        return FRAMING_HEAD_LIMIT;
    r->line_bytes++;
    r->head_bytes++;
    return takers[r->state](r, byte);
}

/* How many of `size` bytes can be taken before a limit, of the line or the head, has to be looked
 * at. */
static size_t window(const struct response *r, size_t size)
{
    const size_t left = LIMIT_RESPONSE_HEAD_MAX_BYTES - r->head_bytes;
    const size_t limit =
        left < LIMIT_RESPONSE_LINE_MAX_BYTES ? left : LIMIT_RESPONSE_LINE_MAX_BYTES;
    return size < limit ? size : limit;
}

/* Takes a status line whose CRLF stands at `cr`. Returns false, and has changed nothing, where it
 * is not flawless. */
static bool status_line(struct response *r, const uint8_t *line, const uint8_t *cr)
{
    const uint8_t *digits = line + VERSION_BYTES;
    if (cr - line < STATUS_BYTES || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
        (line[7] != '1' && line[7] != '0'))
        return false;
    if (digits[0] == '0' || !scan_is_digit(digits[0]) || !scan_is_digit(digits[1]) ||
        !scan_is_digit(digits[2]) || (digits[3] != ' ' && digits[3] != '\r'))
        return false;
    r->minor = (uint8_t)(line[7] - '0');
    r->status = (uint16_t)((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
    r->state = STATE_LINE;
    return true;
}

/* Takes a field line whose CRLF stands at *cr. Returns false, and has changed nothing, where its
 * name is not flawless. Where its value is not, *cr becomes the byte at fault. */
static bool field_line(struct response *r, const uint8_t *line, const uint8_t *end,
                       const uint8_t **cr, enum framing_error *error)
{
    const size_t colon = scan_name(line, (size_t)(end - line));
    if (line[colon] != ':' || colon == 0)
        return false;
    if (!field_has_size(colon))
        return true;
    const enum field field = field_here(r, field_of_name(line, colon));
    if (field == FIELD_OTHER)
        return true;
    const uint8_t *value = line + colon + 1;
    size_t consumed;
    *error = fields_value(&r->fields, field, value, (size_t)(*cr - value), &consumed);
    *cr = value + consumed;
    return true;
}

/* Takes lines while they are whole and flawless; what is left over is for head_step. */
static enum framing_error lines_feed(struct response *r, const uint8_t *bytes, size_t size,
                                     size_t *at)
{
    enum framing_error error = FRAMING_OK;
    const uint8_t *line = bytes + *at;
    struct scan scan = scan_start(line, window(r, size - *at));
    const uint8_t *cr = scan_line(&scan, line);
    while (cr && cr != line) {
        if (r->state == STATE_VERSION ? !status_line(r, line, cr)
                                      : !field_line(r, line, scan.end, &cr, &error))
            break;
        if (error != FRAMING_OK) {
            *at = (size_t)(cr - bytes);
            return error;
        }
        line = cr + 2;
        cr = scan_line(&scan, line);
    }
    r->head_bytes += (uint32_t)(line - bytes - (ptrdiff_t)*at);
    if (cr == line && r->state == STATE_LINE) {
        error = head_end(r);
        line += error == FRAMING_OK ? 2 : 1;
    }
    *at = (size_t)(line - bytes);
    return error;
}

static enum framing_error head_feed(struct response *r, const uint8_t *bytes, size_t size,
                                    size_t *at)
{
    enum framing_error error = FRAMING_OK;
    if (r->line_bytes == 0)
        error = lines_feed(r, bytes, size, at);
    if (error == FRAMING_OK && *at < size && r->state <= STATE_HEAD_LF) {
        error = head_step(r, bytes[*at]);
        *at += error == FRAMING_OK;
    }
    return error;
}

static void body_length_feed(struct response *r, const uint8_t *bytes, size_t size, size_t *at,
                             const struct sink *sink)
{
    const uint64_t left = r->fields.length - r->body_bytes;
    const size_t taken = left < size - *at ? (size_t)left : size - *at;
    if (__builtin_expect(sink != NULL, 0))
        sink->take(sink->context, bytes + *at, taken);
    *at += taken;
    r->body_bytes += taken;
    if (taken == left)
        r->state = STATE_OVER;
}

static enum framing_error body_chunked_feed(struct response *r, const uint8_t *bytes, size_t size,
                                            size_t *at, const struct sink *sink)
{
    enum framing_error error = FRAMING_OK;
    size_t consumed;
    if (chunked_feed_into(&r->chunked, bytes + *at, size - *at, &consumed, &r->body_bytes, &error,
                          sink) == CHUNKED_LAST) {
        r->in_trailers = true;
        r->state = STATE_LINE;
        r->head_bytes = 0;
        r->line_bytes = 0;
    }
    *at += consumed;
    return error;
}

/* Feeds what the state says comes now: a head or trailers, or a body. */
static enum framing_error part_feed(struct response *r, const uint8_t *bytes, size_t size,
                                    size_t *at, const struct sink *sink)
{
    if (r->state <= STATE_HEAD_LF)
        return head_feed(r, bytes, size, at);
    if (r->state == STATE_BODY_CHUNKED)
        return body_chunked_feed(r, bytes, size, at, sink);
    if (r->state == STATE_BODY_LENGTH) {
        body_length_feed(r, bytes, size, at, sink);
    } else {
        if (sink)
            sink->take(sink->context, bytes + *at, size - *at);
        r->body_bytes += size - *at;
        *at = size;
    }
    return FRAMING_OK;
}

enum response_result response_feed_into(struct response *r, const uint8_t *bytes, size_t size,
                                        size_t *consumed, const struct sink *sink)
{
    enum framing_error error = FRAMING_OK;
    size_t at = 0;
    CHECK(r->state, !=, STATE_OVER);
    while (at < size && r->state != STATE_OVER && error == FRAMING_OK)
        error = part_feed(r, bytes, size, &at, sink);
    *consumed = at;
    r->bytes += at;
    if (error != FRAMING_OK) {
        r->error = (uint8_t)error;
        r->keep_alive = false;
        r->state = STATE_OVER;
        return RESPONSE_BAD;
    }
    return r->state == STATE_OVER ? RESPONSE_DONE : RESPONSE_MORE;
}

uint64_t response_content_left(const struct response *r)
{
    if (r->state == STATE_BODY_LENGTH)
        return r->fields.length - r->body_bytes;
    if (r->state == STATE_BODY_CHUNKED)
        return chunked_data_left(&r->chunked);
    return r->state == STATE_BODY_CLOSE ? INT64_MAX : 0;
}

/* Content is skipped by arithmetic alone, so that no byte is read where there is none. */
enum response_result response_skip(struct response *r, uint64_t size)
{
    size_t consumed;
    CHECK(size, >, 0);
    CHECK(size, <=, response_content_left(r));
    const enum response_result result = response_feed(r, NULL, size, &consumed);
    CHECK(consumed, ==, size);
    return result;
}

enum response_result response_end(struct response *r)
{
    const bool is_done = r->state == STATE_BODY_CLOSE;
    CHECK(r->state, !=, STATE_OVER);
    r->state = STATE_OVER;
    if (is_done)
        return RESPONSE_DONE;
    r->keep_alive = false;
    r->error = response_begun(r) ? FRAMING_CLOSED_EARLY : FRAMING_CLOSED_UNANSWERED;
    return RESPONSE_BAD;
}
