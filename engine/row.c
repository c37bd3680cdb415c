/* row.c - integers to decimal text, two digits a step, written where they will stand. */
#include "row.h"

#include <string.h>

static const char digit_pairs[201] = "00010203040506070809101112131415161718192021222324"
                                     "25262728293031323334353637383940414243444546474849"
                                     "50515253545556575859606162636465666768697071727374"
                                     "75767778798081828384858687888990919293949596979899";

static const uint64_t powers_of_ten[20] = {0,
                                           10,
                                           100,
                                           1000,
                                           10000,
                                           100000,
                                           1000000,
                                           10000000,
                                           100000000,
                                           1000000000,
                                           10000000000,
                                           100000000000,
                                           1000000000000,
                                           10000000000000,
                                           100000000000000,
                                           1000000000000000,
                                           10000000000000000,
                                           100000000000000000,
                                           1000000000000000000,
                                           10000000000000000000u};

/* log10 by log2: 1233 / 4096 is log10(2); one comparison sets it right (Warren, Hacker's Delight,
 * section 11-4). */
static inline uint32_t count_digits(uint64_t value)
{
    const uint32_t guess = (uint32_t)(64 - __builtin_clzll(value | 1)) * 1233 >> 12;
    return guess + (value >= powers_of_ten[guess]);
}

static inline char *put_u64(uint64_t value, char *at)
{
    char *const end = at + count_digits(value);
    char *place = end;
    while (value >= 100) {
        place -= 2;
        memcpy(place, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10)
        memcpy(place - 2, digit_pairs + value * 2, 2);
    else
        place[-1] = (char)('0' + value);
    return end;
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

static inline char *put_ns(int64_t ns, char *at)
{
    if (ns == 0)
        *at++ = '0';
    else if (__builtin_expect(ns > 0, 1))
        at = put_u64((uint64_t)ns, at);
    else if (ns != SCHEMA_NS_NONE)
        at = row_format_i64(ns, at);
    *at++ = ',';
    return at;
}

static inline char *put_count(uint64_t value, char *at)
{
    at = put_u64(value, at);
    *at++ = ',';
    return at;
}

static inline char *put_name(const char *name, char *at)
{
    while (*name)
        *at++ = *name++;
    *at++ = ',';
    return at;
}

static inline char *put_blank(char *at)
{
    *at++ = ',';
    return at;
}

size_t row_format(const struct sample *sample, char *text)
{
    char *at = text;
    at = put_ns(sample->scheduled_ns, at);
    at = put_ns(sample->wait_ns, at);
    at = put_ns(sample->send_lag_ns, at);
    at = put_ns(sample->connect_ns, at);
    at = put_ns(sample->tls_ns, at);
    at = put_ns(sample->first_byte_ns, at);
    at = put_ns(sample->service_ns, at);
    at = put_ns(sample->receive_lag_ns, at);
    at = put_ns(sample->server_ns, at);
    at = sample->status ? put_count(sample->status, at) : put_blank(at);
    at = put_name(outcome_name((enum outcome)sample->outcome), at);
    at = put_count(sample->target, at);
    at = sample->has_connection ? put_count(sample->connection, at) : put_blank(at);
    at = put_count(sample->attempt, at);
    at = put_name(schema_phase_name((enum phase)sample->phase), at);
    at = put_count(sample->bytes_out, at);
    at = put_count(sample->bytes_in, at);
    at = put_name(schema_stamp_name((enum stamp)sample->stamp), at);
    at = put_count(sample->request, at);
    *at++ = sample->last ? '1' : '0';
    *at++ = ',';
    if (sample->has_group)
        at = row_format_u64(sample->group, at);
    *at++ = ',';
    if (sample->send_path_ns != SCHEMA_NS_NONE)
        at = row_format_i64(sample->send_path_ns, at);
    *at++ = '\n';
    return (size_t)(at - text);
}
