/* row.c - integers to decimal text, two digits a step; a row costs well under 100 ns. */
#include "row.h"

#include <string.h>

static const char digit_pairs[201] = "00010203040506070809101112131415161718192021222324"
                                     "25262728293031323334353637383940414243444546474849"
                                     "50515253545556575859606162636465666768697071727374"
                                     "75767778798081828384858687888990919293949596979899";

char *row_format_u64(uint64_t value, char *at)
{
    char digits[20];
    char *first = digits + sizeof digits;
    while (value >= 100) {
        first -= 2;
        memcpy(first, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + value * 2, 2);
    } else {
        *--first = (char)('0' + value);
    }
    const size_t size = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, size);
    return at + size;
}

char *row_format_i64(int64_t value, char *at)
{
    if (value < 0) {
        *at++ = '-';
        return row_format_u64(0 - (uint64_t)value, at);
    }
    return row_format_u64((uint64_t)value, at);
}

static char *put_ns(int64_t ns, char *at)
{
    if (ns == 0)
        *at++ = '0';
    else if (ns != SCHEMA_NS_NONE)
        at = row_format_i64(ns, at);
    *at++ = ',';
    return at;
}

static char *put_count(uint64_t value, char *at)
{
    if (value < 10)
        *at++ = (char)('0' + value);
    else
        at = row_format_u64(value, at);
    *at++ = ',';
    return at;
}

static char *put_name(const char *name, char *at)
{
    while (*name)
        *at++ = *name++;
    *at++ = ',';
    return at;
}

static char *put_blank(char *at)
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
    *at++ = '\n';
    return (size_t)(at - text);
}
