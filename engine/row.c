/* row.c - integers to decimal text, eight digits at once, and the text that rows have in common.
 * Eight bytes are stored whatever a value's number of digits, and the next field begins where this one
 * ends: a branch on that number would be guessed wrong every few fields. */
#include "row.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define EIGHT_DIGITS 100000000u
#define ASCII_ZEROS 0x3030303030303030u

/* ---- integers ---- */

/* The digits of a value below 10^8 with their leading zeros, the first in the lowest byte. The parts are
 * divided all at once, by reciprocals that are exact in their range: by 10000, then both halves by 100,
 * then four pairs by 10. What a quotient leaves goes above it: (value << n) - quotient * ((divisor << n) - 1)
 * (P. Khuong, "How to print integers really fast", 2017). */
static inline uint64_t eight_digits(uint32_t value)
{
    const uint64_t high = value / 10000;
    const uint64_t halves = ((uint64_t)value << 32) - high * ((10000ull << 32) - 1);
    const uint64_t hundreds = (halves * 10486 >> 20) & 0x0000007f0000007f;
    const uint64_t pairs = (halves << 16) - hundreds * ((100 << 16) - 1);
    const uint64_t tens = (pairs * 103 >> 10) & 0x000f000f000f000f;
    return (pairs << 8) - tens * ((10 << 8) - 1);
}

static inline void store(uint64_t text, char *at)
{
    const uint64_t bytes = htole64(text);
    memcpy(at, &bytes, sizeof bytes);
}

/* A value below 10^8; writes eight bytes. */
static inline char *put_short(uint32_t value, char *at)
{
    const uint64_t digits = eight_digits(value);
    const int blank_bits = __builtin_ctzll(digits | 1ull << 56) & 56; /* 0 has one digit */
    store((digits | ASCII_ZEROS) >> blank_bits, at);
    return at + 8 - blank_bits / 8;
}

static char *put_long(uint64_t value, char *at)
{
    const uint64_t high = value / EIGHT_DIGITS;
    at = high < EIGHT_DIGITS ? put_short((uint32_t)high, at) : put_long(high, at);
    store(eight_digits((uint32_t)(value % EIGHT_DIGITS)) | ASCII_ZEROS, at);
    return at + 8;
}

static inline char *put_u64(uint64_t value, char *at)
{
    return __builtin_expect(value < EIGHT_DIGITS, 1) ? put_short((uint32_t)value, at)
                                                     : put_long(value, at);
}

char *row_format_u64(uint64_t value, char *at)
{
    return put_u64(value, at);
}

char *row_format_i64(int64_t value, char *at)
{
    if (value < 0) {
        *at++ = '-';
        return put_u64(0 - (uint64_t)value, at);
    }
    return put_u64((uint64_t)value, at);
}

/* ---- fields ---- */

static inline char *put_comma(char *at)
{
    *at = ',';
    return at + 1;
}

static inline char *put_count(uint64_t value, char *at)
{
    return put_comma(put_u64(value, at));
}

static inline char *put_ns(int64_t ns, char *at)
{
    if (__builtin_expect((uint64_t)ns < EIGHT_DIGITS, 1))
        at = put_short((uint32_t)ns, at);
    else if (ns != SCHEMA_NS_NONE)
        at = row_format_i64(ns, at);
    return put_comma(at);
}

/* A time that is 0 in nearly every row. */
static inline char *put_rare_ns(int64_t ns, char *at)
{
    if (__builtin_expect(ns != 0, 0))
        return put_ns(ns, at);
    memcpy(at, "0,", 2);
    return at + 2;
}

static char *put_name(const char *name, char *at)
{
    return put_comma(mempcpy(at, name, strlen(name)));
}

/* ---- what rows have in common ---- */

/* The fields from bytes_in on stand side by side in a sample, and a run has few combinations of them. */
#define COMMON_FIRST offsetof(struct sample, bytes_in)
#define COMMON_BYTES (sizeof(struct sample) - COMMON_FIRST)
static_assert(COMMON_BYTES == 8 + 4 + 3 * 2 + 6, "nothing else, and no byte between them");

static inline bool is_common(const struct row_common *common, const struct sample *sample)
{
    return memcmp((const char *)&common->of + COMMON_FIRST, (const char *)sample + COMMON_FIRST,
                  COMMON_BYTES) == 0;
}

static __attribute__((noinline)) void write_common(struct row_common *common,
                                                   const struct sample *sample)
{
    char *at = common->answer;
    common->of = *sample;
    at = sample->status ? put_count(sample->status, at) : put_comma(at);
    at = put_name(outcome_name((enum outcome)sample->outcome), at);
    at = put_count(sample->target, at);
    common->answer_size = (uint8_t)(at - common->answer);
    at = common->transfer;
    at = put_count(sample->attempt, at);
    at = put_name(schema_phase_name((enum phase)sample->phase), at);
    at = put_count(sample->bytes_out, at);
    at = put_count(sample->bytes_in, at);
    at = put_name(schema_stamp_name((enum stamp)sample->stamp), at);
    common->transfer_size = (uint8_t)(at - common->transfer);
}

/* Scheduled times rise slowly: all but their last eight digits change every 0.1 s. */
static inline char *put_scheduled(struct row_common *common, int64_t ns, char *at)
{
    if (__builtin_expect(ns < (int64_t)EIGHT_DIGITS, 0))
        return put_ns(ns, at);
    const uint64_t high = (uint64_t)ns / EIGHT_DIGITS;
    if (__builtin_expect(high != common->scheduled_high, 0)) {
        common->scheduled_high = high;
        common->high_size = (uint8_t)(put_u64(high, common->high) - common->high);
    }
    memcpy(at, common->high, sizeof common->high);
    at += common->high_size;
    store(eight_digits((uint32_t)((uint64_t)ns - high * EIGHT_DIGITS)) | ASCII_ZEROS, at);
    return put_comma(at + 8);
}

/* A short answer comes in one piece, and its first byte with its last. */
static inline char *put_same_ns(int64_t ns, int64_t before_ns, const char *before, char *at)
{
    const ptrdiff_t size = at - before;
    char text[16];
    if (ns != before_ns || size > (ptrdiff_t)sizeof text)
        return put_ns(ns, at);
    memcpy(text, before, sizeof text);
    memcpy(at, text, sizeof text);
    return at + size;
}

size_t row_format_next(struct row_common *common, const struct sample *sample, char *text)
{
    char *at = put_scheduled(common, sample->scheduled_ns, text);
    if (__builtin_expect(common->answer_size == 0 || !is_common(common, sample), 0))
        write_common(common, sample);
    at = put_rare_ns(sample->wait_ns, at);
    at = put_ns(sample->send_lag_ns, at);
    at = put_rare_ns(sample->connect_ns, at);
    at = put_rare_ns(sample->tls_ns, at);
    const char *const first_byte = at;
    at = put_ns(sample->first_byte_ns, at);
    at = put_same_ns(sample->service_ns, sample->first_byte_ns, first_byte, at);
    at = put_ns(sample->receive_lag_ns, at);
    at = put_ns(sample->server_ns, at);
    memcpy(at, common->answer, sizeof common->answer);
    at += common->answer_size;
    at = sample->has_connection ? put_count(sample->connection, at) : put_comma(at);
    memcpy(at, common->transfer, sizeof common->transfer);
    at += common->transfer_size;
    at = put_count(sample->request, at);
    memcpy(at, sample->last ? "1," : "0,", 2);
    at += 2;
    if (sample->has_group)
        at = row_format_u64(sample->group, at);
    *at++ = ',';
    if (sample->send_path_ns != SCHEMA_NS_NONE)
        at = row_format_i64(sample->send_path_ns, at);
    *at++ = '\n';
    return (size_t)(at - text);
}

size_t row_format(const struct sample *sample, char *text)
{
    return row_format_next(&(struct row_common){0}, sample, text);
}
