/* The run folder's contract: headers, closed lists, and the arithmetic of a row. */
#include "limits.h"
#include "schema.h"

#include "dies.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void columns_are_those_of_the_header(void **state)
{
    (void)state;
    char header[1024] = "";
    for (int i = 0; i < COLUMN_COUNT; i++) {
        strcat(header, i > 0 ? "," : "");
        strcat(header, schema_column_name((enum schema_column)i));
    }
    assert_string_equal(header, SCHEMA_HEADER_SAMPLES);
}

static void names_of_closed_lists_stay(void **state)
{
    (void)state;
    static const char *const phases[] = {"warmup", "measure", "grace"};
    static const char *const stamps[] = {"exact", "shared", "engine", ""};
    static const char *const series[] = {"service", "response",   "wait",     "connect",
                                         "tls",     "first_byte", "send_lag", "receive_lag",
                                         "send_path", "wire"};
    static_assert(sizeof phases / sizeof phases[0] == PHASE_COUNT, "all of them");
    static_assert(sizeof stamps / sizeof stamps[0] == STAMP_COUNT, "all of them");
    static_assert(sizeof series / sizeof series[0] == SERIES_COUNT, "all of them");
    for (int i = 0; i < PHASE_COUNT; i++) {
        enum phase found;
        assert_string_equal(schema_phase_name((enum phase)i), phases[i]);
        assert_true(schema_phase_parse(phases[i], strlen(phases[i]), &found));
        assert_int_equal(found, i);
    }
    for (int i = 0; i < STAMP_COUNT; i++) {
        enum stamp found;
        assert_string_equal(schema_stamp_name((enum stamp)i), stamps[i]);
        assert_true(schema_stamp_parse(stamps[i], strlen(stamps[i]), &found));
        assert_int_equal(found, i);
    }
    for (int i = 0; i < SERIES_COUNT; i++) {
        enum series found;
        assert_string_equal(schema_series_name((enum series)i), series[i]);
        assert_true(schema_series_parse(series[i], strlen(series[i]), &found));
        assert_int_equal(found, i);
    }
}

static void other_names_are_refused(void **state)
{
    (void)state;
    enum phase phase = PHASE_GRACE;
    enum stamp stamp = STAMP_SHARED;
    enum series series = SERIES_TLS;
    assert_false(schema_phase_parse("measured", 8, &phase));
    assert_false(schema_phase_parse("", 0, &phase));
    assert_false(schema_stamp_parse("none", 4, &stamp));
    assert_false(schema_series_parse("Service", 7, &series));
    assert_false(schema_series_parse("service", 6, &series));
    assert_int_equal(phase, PHASE_GRACE);
    assert_int_equal(stamp, STAMP_SHARED);
    assert_int_equal(series, SERIES_TLS);
}

static void response_is_the_sum_of_what_is_known(void **state)
{
    (void)state;
    struct sample sample = {.wait_ns = 1,
                            .connect_ns = 20,
                            .tls_ns = 300,
                            .send_lag_ns = 4000,
                            .service_ns = 50000,
                            .first_byte_ns = 7,
                            .receive_lag_ns = 600000};
    assert_int_equal(schema_response_ns(&sample), 54321);
    assert_int_equal(schema_series_ns(&sample, SERIES_RESPONSE), 54321);
    sample.service_ns = SCHEMA_NS_NONE;
    assert_int_equal(schema_response_ns(&sample), 4321);
    sample.send_lag_ns = sample.tls_ns = sample.connect_ns = SCHEMA_NS_NONE;
    assert_int_equal(schema_response_ns(&sample), 1);
    sample.wait_ns = SCHEMA_NS_NONE;
    assert_int_equal(schema_response_ns(&sample), 0);
}

static void each_series_is_its_column(void **state)
{
    (void)state;
    const struct sample sample = {.wait_ns = 1,
                                  .connect_ns = 2,
                                  .tls_ns = 3,
                                  .first_byte_ns = 4,
                                  .service_ns = 5,
                                  .send_lag_ns = 6,
                                  .receive_lag_ns = SCHEMA_NS_NONE,
                                  .send_path_ns = 3};
    assert_int_equal(schema_series_ns(&sample, SERIES_WAIT), 1);
    assert_int_equal(schema_series_ns(&sample, SERIES_CONNECT), 2);
    assert_int_equal(schema_series_ns(&sample, SERIES_TLS), 3);
    assert_int_equal(schema_series_ns(&sample, SERIES_FIRST_BYTE), 4);
    assert_int_equal(schema_series_ns(&sample, SERIES_SERVICE), 5);
    assert_int_equal(schema_series_ns(&sample, SERIES_SEND_LAG), 6);
    assert_true(schema_series_ns(&sample, SERIES_RECEIVE_LAG) == SCHEMA_NS_NONE);
    assert_int_equal(schema_series_ns(&sample, SERIES_SEND_PATH), 3);
    assert_int_equal(schema_series_ns(&sample, SERIES_WIRE), 2);
}

static void the_wire_takes_both_stamps(void **state)
{
    (void)state;
    assert_int_equal(schema_wire_ns(28100, 2900), 25200);
    assert_int_equal(schema_wire_ns(5, 0), 5);
    assert_true(schema_wire_ns(5, SCHEMA_NS_NONE) == SCHEMA_NS_NONE);
    assert_true(schema_wire_ns(SCHEMA_NS_NONE, 5) == SCHEMA_NS_NONE);
    assert_true(schema_wire_ns(SCHEMA_NS_NONE, SCHEMA_NS_NONE) == SCHEMA_NS_NONE);
}

static void slices_widen_at_a_minute_and_at_ten(void **state)
{
    (void)state;
    static const int64_t slices[][2] = {
        {-5, 0},
        {INT64_MIN, 0},
        {0, 0},
        {100 * NS_PER_MS - 1, 0},
        {100 * NS_PER_MS, 100 * NS_PER_MS},
        {59999999999, 59900 * NS_PER_MS},
        {60 * NS_PER_S, 60 * NS_PER_S},
        {61 * NS_PER_S - 1, 60 * NS_PER_S},
        {599999999999, 599 * NS_PER_S},
        {600 * NS_PER_S, 600 * NS_PER_S},
        {609999999999, 600 * NS_PER_S},
        {LIMIT_TIME_MAX_NS, LIMIT_TIME_MAX_NS},
    };
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
        assert_int_equal(schema_slice_ns(slices[i][0]), slices[i][1]);
    for (int64_t at_ns = 0; at_ns < 700 * NS_PER_S; at_ns += 33333333) {
        const int64_t slice_ns = schema_slice_ns(at_ns);
        assert_true(slice_ns <= at_ns && at_ns - slice_ns < 10 * NS_PER_S);
        assert_int_equal(schema_slice_ns(slice_ns), slice_ns);
        assert_true(at_ns < schema_slice_end_ns(slice_ns));
        assert_int_equal(schema_slice_ns(schema_slice_end_ns(slice_ns)), schema_slice_end_ns(slice_ns));
        assert_int_equal(schema_slice_ns(schema_slice_end_ns(slice_ns) - 1), slice_ns);
    }
}

static void series_of(void *series)
{
    const struct sample sample = {0};
    schema_series_ns(&sample, *(enum series *)series);
}

static void what_is_no_member_is_a_bug(void **state)
{
    (void)state;
    enum series none = SERIES_COUNT, one = SERIES_TLS;
    assert_true(dies(series_of, &none));
    assert_false(dies(series_of, &one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_those_of_the_header),
        cmocka_unit_test(names_of_closed_lists_stay),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(response_is_the_sum_of_what_is_known),
        cmocka_unit_test(each_series_is_its_column),
        cmocka_unit_test(the_wire_takes_both_stamps),
        cmocka_unit_test(slices_widen_at_a_minute_and_at_ten),
        cmocka_unit_test(what_is_no_member_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
