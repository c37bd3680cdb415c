/* Rows of samples.csv, against text that snprintf(3) makes of the same sample. */
#include "random.h"
#include "row.h"

#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsprintf(text + strlen(text), format, arguments);
    va_end(arguments);
}

static void add_ns(char *text, int64_t ns)
{
    if (ns == SCHEMA_NS_NONE)
        add(text, ",");
    else
        add(text, "%" PRId64 ",", ns);
}

/* The row, written plainly. */
static void write_plainly(const struct sample *s, char *text)
{
    const int64_t times[] = {s->scheduled_ns, s->wait_ns,        s->send_lag_ns,
                             s->connect_ns,   s->tls_ns,         s->first_byte_ns,
                             s->service_ns,   s->receive_lag_ns, s->server_ns};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        add_ns(text, times[i]);
    if (s->status)
        add(text, "%u", s->status);
    add(text, ",%s,%u,", outcome_name((enum outcome)s->outcome), s->target);
    if (s->has_connection)
        add(text, "%u", s->connection);
    add(text, ",%u,%s,%u,%" PRIu64 ",%s,%" PRIu64 ",%d,", s->attempt,
        schema_phase_name((enum phase)s->phase), s->bytes_out, s->bytes_in,
        schema_stamp_name((enum stamp)s->stamp), s->request, s->last);
    if (s->has_group)
        add(text, "%u", s->group);
    add(text, ",");
    if (s->send_path_ns != SCHEMA_NS_NONE)
        add(text, "%" PRId64, s->send_path_ns);
    add(text, "\n");
}

/* Alone, and behind the row that was checked before. */
static void check(const struct sample *sample)
{
    static struct row_common common;
    char plain[1024], text[2][ROW_MAX_BYTES + 1];
    memset(text, '#', sizeof text);
    write_plainly(sample, plain);
    const size_t sizes[] = {row_format(sample, text[0]), row_format_next(&common, sample, text[1])};
    for (int i = 0; i < 2; i++) {
        if (sizes[i] != strlen(plain) || memcmp(text[i], plain, sizes[i]) != 0)
            fail_msg("%.*s instead of %s", (int)sizes[i], text[i], plain);
        assert_true(sizes[i] < ROW_MAX_BYTES);
        assert_int_equal(text[i][ROW_MAX_BYTES], '#');
    }
}

static int count_commas(const char *text, size_t size)
{
    int commas = 0;
    for (size_t i = 0; i < size; i++)
        commas += text[i] == ',';
    return commas;
}

static struct sample empty_sample(void)
{
    const int64_t none = SCHEMA_NS_NONE;
    return (struct sample){.scheduled_ns = none,
                           .wait_ns = none,
                           .send_lag_ns = none,
                           .connect_ns = none,
                           .tls_ns = none,
                           .first_byte_ns = none,
                           .service_ns = none,
                           .receive_lag_ns = none,
                           .server_ns = none,
                           .send_path_ns = none,
                           .stamp = STAMP_NONE};
}

static void a_row_reads_as_it_should(void **state)
{
    (void)state;
    const struct sample sample = {.scheduled_ns = 1500000000,
                                  .wait_ns = 0,
                                  .send_lag_ns = 1234,
                                  .connect_ns = 0,
                                  .tls_ns = 0,
                                  .first_byte_ns = 27000,
                                  .service_ns = 28100,
                                  .receive_lag_ns = 99,
                                  .server_ns = SCHEMA_NS_NONE,
                                  .send_path_ns = 2900,
                                  .request = 30000,
                                  .bytes_in = 250,
                                  .bytes_out = 65,
                                  .connection = 7,
                                  .has_connection = true,
                                  .status = 200,
                                  .attempt = 1,
                                  .outcome = OUTCOME_OK,
                                  .phase = PHASE_MEASURE,
                                  .stamp = STAMP_EXACT,
                                  .last = true};
    char text[ROW_MAX_BYTES];
    text[row_format(&sample, text)] = '\0';
    assert_string_equal(text, "1500000000,0,1234,0,0,27000,28100,99,,200,ok,0,7,1,measure,65,250,"
                              "exact,30000,1,,2900\n");
    check(&sample);
}

static void each_field_is_empty_or_as_long_as_it_can_be(void **state)
{
    (void)state;
    static const int64_t extremes[] = {0,
                                       1,
                                       9,
                                       10,
                                       99,
                                       100,
                                       -1,
                                       -9,
                                       -10,
                                       -99,
                                       -100,
                                       INT64_MAX,
                                       INT64_MAX - 1,
                                       SCHEMA_NS_NONE,
                                       INT64_MIN + 1};
    const struct sample empty = empty_sample();
    check(&empty);
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        struct sample sample = empty;
        int64_t *const fields[] = {
            &sample.scheduled_ns, &sample.wait_ns,        &sample.send_lag_ns,
            &sample.connect_ns,   &sample.tls_ns,         &sample.first_byte_ns,
            &sample.service_ns,   &sample.receive_lag_ns, &sample.server_ns,
            &sample.send_path_ns};
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
            *fields[f] = extremes[i];
            check(&sample);
            *fields[f] = SCHEMA_NS_NONE;
        }
    }
}

static void the_longest_row_fits(void **state)
{
    (void)state;
    struct sample sample = {.scheduled_ns = INT64_MIN + 1,
                            .wait_ns = INT64_MIN + 1,
                            .send_lag_ns = INT64_MIN + 1,
                            .connect_ns = INT64_MIN + 1,
                            .tls_ns = INT64_MIN + 1,
                            .first_byte_ns = INT64_MIN + 1,
                            .service_ns = INT64_MIN + 1,
                            .receive_lag_ns = INT64_MIN + 1,
                            .server_ns = INT64_MIN + 1,
                            .send_path_ns = INT64_MIN + 1,
                            .request = UINT64_MAX,
                            .bytes_in = UINT64_MAX,
                            .bytes_out = UINT32_MAX,
                            .connection = UINT32_MAX,
                            .has_connection = true,
                            .group = UINT32_MAX,
                            .has_group = true,
                            .target = UINT16_MAX,
                            .status = UINT16_MAX,
                            .attempt = UINT16_MAX};
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        for (int p = 0; p < PHASE_COUNT; p++) {
            for (int s = 0; s < STAMP_COUNT; s++) {
                sample.outcome = (uint8_t)o;
                sample.phase = (uint8_t)p;
                sample.stamp = (uint8_t)s;
                check(&sample);
            }
        }
    }
}

/* As many fields as the header has, in whatever row. */
static void fields_are_as_many_as_columns(void **state)
{
    (void)state;
    const struct sample empty = empty_sample();
    char text[ROW_MAX_BYTES];
    const int commas = count_commas(SCHEMA_HEADER_SAMPLES, strlen(SCHEMA_HEADER_SAMPLES));
    assert_int_equal(commas, COLUMN_COUNT - 1);
    assert_int_equal(count_commas(text, row_format(&empty, text)), commas);
}

static void random_samples_read_as_snprintf_writes_them(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 100000; i++) {
        struct sample sample;
        uint64_t words[sizeof sample / sizeof(uint64_t)];
        static_assert(sizeof words == sizeof sample, "whole words");
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            words[w] = random_next(&seed) >> random_next(&seed) % 64;
        memcpy(&sample, words, sizeof sample);
        const uint64_t dice = random_next(&seed);
        sample.outcome = (uint8_t)(dice % OUTCOME_COUNT);
        sample.phase = (uint8_t)((dice >> 8) % PHASE_COUNT);
        sample.stamp = (uint8_t)((dice >> 16) % STAMP_COUNT);
        const bool flags[] = {dice >> 24 & 1, dice >> 25 & 1, dice >> 26 & 1};
        memcpy(&sample.last, &flags[0], 1); /* random bytes are no bools */
        memcpy(&sample.has_group, &flags[1], 1);
        memcpy(&sample.has_connection, &flags[2], 1);
        check(&sample);
    }
}

/* What rows have in common comes and goes, one field at a time. */
static void a_row_is_the_same_whatever_came_before(void **state)
{
    (void)state;
    uint64_t seed = 9;
    struct sample sample = empty_sample();
    for (int i = 0; i < 100000; i++) {
        const uint64_t value = random_next(&seed) >> random_next(&seed) % 64;
        switch (random_next(&seed) % 16) {
        case 0: sample.status = (uint16_t)value; break;
        case 1: sample.outcome = (uint8_t)(value % OUTCOME_COUNT); break;
        case 2: sample.target = (uint16_t)value; break;
        case 3: sample.attempt = (uint16_t)value; break;
        case 4: sample.phase = (uint8_t)(value % PHASE_COUNT); break;
        case 5: sample.bytes_out = (uint32_t)value; break;
        case 6: sample.bytes_in = value; break;
        case 7: sample.stamp = (uint8_t)(value % STAMP_COUNT); break;
        case 8: sample.last = !sample.last; break;
        case 9: sample.has_group = !sample.has_group; break;
        case 10: sample.has_connection = !sample.has_connection; break;
        case 11: sample.first_byte_ns = (int64_t)value; break;
        case 12: sample.service_ns = sample.first_byte_ns; break;
        case 13: sample.scheduled_ns = (int64_t)value; break;
        default: sample.scheduled_ns += (int64_t)(value % 100000000); break;
        }
        check(&sample);
    }
}

static void integers_read_as_snprintf_writes_them(void **state)
{
    (void)state;
    char text[ROW_INTEGER_MAX_BYTES], plain[24];
    for (int bits = 0; bits <= 64; bits++) {
        for (int by = -2; by <= 2; by++) {
            const uint64_t power = bits < 64 ? (uint64_t)1 << bits : 0;
            const uint64_t value = power + (uint64_t)by;
            snprintf(plain, sizeof plain, "%" PRIu64, value);
            *row_format_u64(value, text) = '\0';
            assert_string_equal(text, plain);
            snprintf(plain, sizeof plain, "%" PRId64, (int64_t)value);
            *row_format_i64((int64_t)value, text) = '\0';
            assert_string_equal(text, plain);
        }
    }
    uint64_t power = 1;
    for (int digits = 1; digits <= 20; digits++, power *= 10) {
        snprintf(plain, sizeof plain, "%" PRIu64, power - 1);
        *row_format_u64(power - 1, text) = '\0';
        assert_string_equal(text, plain);
    }
    *row_format_i64(INT64_MIN, text) = '\0';
    assert_string_equal(text, "-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_reads_as_it_should),
        cmocka_unit_test(each_field_is_empty_or_as_long_as_it_can_be),
        cmocka_unit_test(the_longest_row_fits),
        cmocka_unit_test(fields_are_as_many_as_columns),
        cmocka_unit_test(random_samples_read_as_snprintf_writes_them),
        cmocka_unit_test(a_row_is_the_same_whatever_came_before),
        cmocka_unit_test(integers_read_as_snprintf_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
