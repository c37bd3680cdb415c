/* template_render.c - pieces to bytes, on the hot path: no allocation, no formatting by printf. */
#include "random.h"
#include "template.h"

#include <string.h>

#define NUMBER_MAX 20 /* digits of 64 bits */
#define UUID_BYTES 36
#define LENGTH_NAME "Content-Length: "
#define LENGTH_END "\r\n\r\n"
#define LENGTH_MAX (sizeof LENGTH_NAME - 1 + NUMBER_MAX + sizeof LENGTH_END - 1)

/* Writes the digits so that they end before `end`; returns where they begin. */
static uint8_t *write_digits(uint64_t number, uint8_t *end)
{
    do {
        *--end = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

static size_t write_uuid(uint64_t *random, uint8_t out[UUID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    const uint64_t high = (random_next(random) & ~0xf000ull) | 0x4000;               /* version 4 */
    const uint64_t low = (random_next(random) & ~(3ull << 62)) | 1ull << 63;         /* variant */
    size_t at = 0;
    for (unsigned digit = 0; digit < 32; digit++) {
        const uint64_t half = digit < 16 ? high : low;
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20)
            out[at++] = '-';
        out[at++] = (uint8_t)digits[half >> (60 - digit % 16 * 4) & 15];
    }
    return at;
}

/* Is the byte one that ends no line, and no word of the request line? */
static bool byte_fits(uint8_t byte, enum template_place place)
{
    if (place == TEMPLATE_IN_BODY)
        return true;
    return (byte > 0x20 && byte != 0x7f) ||
           (place == TEMPLATE_IN_FIELDS && (byte == ' ' || byte == '\t'));
}

/* RFC 3986 section 2.3. */
static bool is_unreserved(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

/* Writes a byte as the escape wants it: 1 to 6 bytes. Returns how many. */
static size_t write_escaped(uint8_t byte, enum template_escape escape, uint8_t out[6])
{
    static const char upper[] = "0123456789ABCDEF";
    out[0] = byte;
    if (escape == TEMPLATE_URL && !is_unreserved(byte)) {
        memcpy(out, (const uint8_t[]){'%', (uint8_t)upper[byte >> 4], (uint8_t)upper[byte & 15]}, 3);
        return 3;
    }
    if (escape == TEMPLATE_JSON && (byte == '"' || byte == '\\')) {
        out[0] = '\\';
        out[1] = byte;
        return 2;
    }
    if (escape == TEMPLATE_JSON && byte < 0x20) {
        memcpy(out, "\\u00", 4);
        out[4] = (uint8_t)upper[byte >> 4];
        out[5] = (uint8_t)upper[byte & 15];
        return 6;
    }
    return 1;
}

/* A value as it stands where it is not to be escaped: most are. */
static enum template_result put_as_is(const struct template_piece *piece,
                                      const struct template_text *text, uint8_t *out, size_t room,
                                      size_t *size)
{
    if (text->size > room)
        return TEMPLATE_NO_ROOM;
    if (piece->place != TEMPLATE_IN_BODY)
        for (size_t i = 0; i < text->size; i++)
            if (!byte_fits(text->bytes[i], piece->place))
                return TEMPLATE_BAD_VALUE;
    if (text->size > 0)
        memcpy(out, text->bytes, text->size);
    *size = text->size;
    return TEMPLATE_OK;
}

static enum template_result put_escaped(const struct template_piece *piece,
                                        const struct template_text *text, uint8_t *out, size_t room,
                                        size_t *size)
{
    size_t at = 0;
    for (size_t i = 0; i < text->size; i++) {
        uint8_t escaped[6];
        const size_t count = write_escaped(text->bytes[i], piece->escape, escaped);
        if (count == 1 && !byte_fits(text->bytes[i], piece->place))
            return TEMPLATE_BAD_VALUE;
        if (count > room - at)
            return TEMPLATE_NO_ROOM;
        memcpy(out + at, escaped, count);
        at += count;
    }
    *size = at;
    return TEMPLATE_OK;
}

static enum template_result put_bytes(const uint8_t *bytes, size_t count, uint8_t *out, size_t room,
                                      size_t *size)
{
    if (count > room)
        return TEMPLATE_NO_ROOM;
    memcpy(out, bytes, count);
    *size = count;
    return TEMPLATE_OK;
}

static enum template_result put_number(uint64_t number, uint8_t *out, size_t room, size_t *size)
{
    uint8_t digits[NUMBER_MAX];
    const uint8_t *begin = write_digits(number, digits + NUMBER_MAX);
    return put_bytes(begin, (size_t)(digits + NUMBER_MAX - begin), out, room, size);
}

/* Uniform from low to high by the high half of a product, whose bias is below span / 2^64
 * (Lemire, Fast Random Integer Generation in an Interval, ACM TOMACS 2019, section 3). */
static uint64_t draw(const struct template_piece *piece, uint64_t *random)
{
    const uint64_t span = piece->high - piece->low;
    const uint64_t number = random_next(random);
    if (span == UINT64_MAX)
        return number;
    __extension__ typedef unsigned __int128 wide;
    return piece->low + (uint64_t)(((wide)number * ((wide)span + 1)) >> 64);
}

static enum template_result put_piece(const struct template_piece *piece,
                                      const struct template_values *values, uint8_t *out, size_t room,
                                      size_t *size)
{
    uint8_t uuid[UUID_BYTES];
    switch (piece->source) {
    case TEMPLATE_BYTES: return put_bytes(piece->bytes, piece->size, out, room, size);
    case TEMPLATE_VALUE:
        return piece->escape == TEMPLATE_AS_IS
                   ? put_as_is(piece, &values->texts[piece->slot], out, room, size)
                   : put_escaped(piece, &values->texts[piece->slot], out, room, size);
    case TEMPLATE_COUNTER: return put_number(values->counter, out, room, size);
    case TEMPLATE_USER: return put_number(values->user, out, room, size);
    case TEMPLATE_RANDOM: return put_number(draw(piece, values->random), out, room, size);
    case TEMPLATE_UUID:
        return put_bytes(uuid, write_uuid(values->random, uuid), out, room, size);
    case TEMPLATE_TIME: return put_number((uint64_t)values->wall_ms, out, room, size);
    }
    return TEMPLATE_BAD_VALUE;
}

enum template_result template_render(const struct template *template,
                                     const struct template_values *values, uint8_t *out, size_t room,
                                     size_t *size)
{
    size_t at = 0, written = 0;
    for (uint32_t i = 0; i < template->count; i++) {
        const enum template_result result =
            put_piece(&template->pieces[i], values, out + at, room - at, &written);
        if (result != TEMPLATE_OK)
            return result;
        at += written;
    }
    *size = at;
    return TEMPLATE_OK;
}

/* Writes "Content-Length: N" and the empty line so that they end before `end`; returns where they
 * begin. */
static uint8_t *write_length(size_t body_bytes, uint8_t *end)
{
    end -= sizeof LENGTH_END - 1;
    memcpy(end, LENGTH_END, sizeof LENGTH_END - 1);
    end = write_digits(body_bytes, end) - (sizeof LENGTH_NAME - 1);
    memcpy(end, LENGTH_NAME, sizeof LENGTH_NAME - 1);
    return end;
}

/* The head first, then the body behind room for the longest length there is; the length goes before
 * the body, and the head, which is short, moves up to it. */
enum template_result template_request_render(const struct template_request *request,
                                             const struct template_values *values, uint8_t *out,
                                             size_t room, size_t *begin, size_t *size)
{
    const size_t gap = request->has_length ? LENGTH_MAX : 0;
    size_t head_bytes, body_bytes;
    enum template_result result = template_render(&request->head, values, out, room, &head_bytes);
    if (result != TEMPLATE_OK)
        return result;
    if (gap > room - head_bytes)
        return TEMPLATE_NO_ROOM;
    uint8_t *body = out + head_bytes + gap;
    result = template_render(&request->body, values, body, room - head_bytes - gap, &body_bytes);
    if (result != TEMPLATE_OK)
        return result;
    const uint8_t *length = request->has_length ? write_length(body_bytes, body) : body;
    *begin = (size_t)(length - out) - head_bytes;
    memmove(out + *begin, out, head_bytes);
    *size = (size_t)(body - out) + body_bytes - *begin;
    return TEMPLATE_OK;
}
