/* Gates and what came of them in words: limits as they were asked, figures that never look like a
 * limit that they miss, no exponent. */
#include "gate_words.h"

#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct gate gate;
static struct fault fault;

static void parse(const char *text)
{
    if (gate_parse(&gate, text, &fault) != 0)
        fail_msg("%s", fault.text);
}

static void check_asked(const char *given, const char *expected)
{
    char text[GATE_WORDS_MAX];
    parse(given);
    gate_words_asked(&gate, text);
    assert_string_equal(text, expected);
}

static void gates_are_written_as_people_do(void **state)
{
    (void)state;
    check_asked("p95<=800ms", "p95 ≤ 800 ms");
    check_asked("p99.99<1.5s", "p99.99 < 1.5 s");
    check_asked("p95<=100.5s", "p95 ≤ 100.5 s");
    check_asked("service.p50<=250us", "service p50 ≤ 250 us");
    check_asked("GET /users:p99<2s", "GET /users: p99 < 2 s");
    check_asked("errors<=0.1%", "errors ≤ 0.1 %");
    check_asked("errors<=0.0000125%", "errors ≤ 0.0000125 %");
    check_asked("errors<=10%", "errors ≤ 10 %");
    check_asked("errors<=5", "errors ≤ 5");
    check_asked("rate>=50", "successes ≥ 50/s");
    check_asked("rate>=1234567", "successes ≥ 1,234,567/s");
    check_asked("rate>0.125", "successes > 0.125/s");
    check_asked("mean<=300ms", "mean ≤ 300 ms");
    check_asked("max<1s", "max < 1 s");
}

static void check_told(const char *given, struct gate_result result, const char *expected)
{
    parse(given);
    gate_words_tell(&gate, &result);
    assert_string_equal(result.sentence, expected);
}

/* "p95 is 800 ms, above 800 ms" is what three digits made of it; and 1.2345 ms became 1.23 ms. */
static void a_figure_does_not_look_like_the_limit_that_it_misses(void **state)
{
    (void)state;
    struct gate_result result = {.verdict = GATE_FAIL,
                                 .is_finite = true,
                                 .figure_ns = 800200000,
                                 .requests = 400,
                                 .above = 21,
                                 .allowed = 20};
    check_told("p95<=800ms", result,
               "p95 is 800.2 ms, above 800 ms: 21 of 400 requests are above, 20 are allowed");
    result.figure_ns = 1240000;
    check_told("p95<=1.2345ms", result,
               "p95 is 1.24 ms, above 1.2345 ms: 21 of 400 requests are above, 20 are allowed");
    check_told("max<=1.239999ms", result, "max is 1.24 ms, above 1.239999 ms");
    result.figure = 49.99;
    check_told("rate>=50", result, "rate is 49.99/s of successes: at least 50/s is asked");
    result.figure = 1234567.4;
    check_told("rate<50", result, "rate is 1,234,567/s of successes: less than 50/s is asked");
}

static void failures_are_told_beside_the_figure(void **state)
{
    (void)state;
    struct gate_result result = {.verdict = GATE_PASS,
                                 .is_finite = true,
                                 .figure_ns = 5160000,
                                 .requests = 2460,
                                 .failed = 40,
                                 .above = 40,
                                 .allowed = 123};
    check_told(
        "p95<=800ms", result,
        "p95 is 5.16 ms with failures on top, within 800 ms: 40 of 2,460 requests are above, "
        "123 are allowed");
    result.verdict = GATE_FAIL;
    result.is_finite = false;
    result.failed = result.above = 200;
    check_told("p95<=800ms", result,
               "p95 is that of a failed request, above 800 ms: 200 of 2,460 requests are above, "
               "123 are allowed");
    result.figure = 200.0 / 2460;
    check_told("errors<=5%", result,
               "errors: 200 of 2,460 requests (8.13 %) did not succeed, 123 are allowed");
    result.figure = 1;
    check_told("errors<=5%", result,
               "errors: 200 of 2,460 requests (100 %) did not succeed, 123 are allowed");
}

/* A time that some successes have not is no failure of theirs. */
static void what_is_not_known_is_told_so(void **state)
{
    (void)state;
    const struct gate_result result = {
        .verdict = GATE_INCONCLUSIVE, .requests = 100, .maybe = 30, .allowed = 5};
    check_told(
        "receive_lag.p95<=1ms", result,
        "receive_lag p95 is not known, too near to tell from 1 ms: 0 of 100 requests are above "
        "and 30 more may be, 5 are allowed");
}

static void check_ratio(const char *given, double value, double base_value, const char *expected)
{
    struct gate_result result = {
        .value = value, .base_value = base_value, .figure = value / base_value};
    assert_int_equal(gate_parse_regression(&gate, given, &fault), 0);
    gate_words_tell(&gate, &result);
    assert_string_equal(result.sentence, expected);
}

static void ratios_have_both_values(void **state)
{
    (void)state;
    check_ratio("p95<=1.2x", 11600000, 22200000,
                "p95 is 11.6 ms, 0.523 times the base's 22.2 ms: at most 1.2 times is allowed");
    check_ratio("p95<2x", 20010000, 10000000,
                "p95 is 20.0 ms, 2.001 times the base's 10.0 ms: less than 2 times is allowed");
    check_ratio("p50<=2x", 2.0 * NS_PER_S, 1000,
                "p50 is 2.00 s, 2,000,000 times the base's 1.00 us: at most 2 times is allowed");
    check_ratio("rate>=90%", 800, 1000,
                "rate is 800/s, 0.8 times the base's 1,000/s: at least 0.9 times is asked");
}

static void labels_name_series_and_target(void **state)
{
    (void)state;
    struct gate_result result;
    parse("GET /users:service.p99.9<=2s");
    gate_words_tell_nothing(&gate, "no request was measured", &result);
    assert_string_equal(result.sentence, "service p99.9 of GET /users has no value: no request was "
                                         "measured");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gates_are_written_as_people_do),
        cmocka_unit_test(a_figure_does_not_look_like_the_limit_that_it_misses),
        cmocka_unit_test(failures_are_told_beside_the_figure),
        cmocka_unit_test(what_is_not_known_is_told_so),
        cmocka_unit_test(ratios_have_both_values),
        cmocka_unit_test(labels_name_series_and_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
