/* Goals of --find-rate: how they are written, and how a run is held against them. */
#include "goal.h"
#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct goal parsed(const char *text)
{
    struct goal goal;
    char error[GOAL_ERROR_MAX] = "";
    if (!goal_parse(text, &goal, error))
        fail_msg("%s: %s", text, error);
    return goal;
}

static void goals_are_read_as_gates_are(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum series series;
        uint32_t ppm;
        int64_t limit_ns;
    } goals[] = {
        {"p99<=10ms", SERIES_RESPONSE, 990000, 10 * NS_PER_MS},
        {"p99<10ms", SERIES_RESPONSE, 990000, 10 * NS_PER_MS - 1},
        {" p99.9 <= 1.5 s ", SERIES_RESPONSE, 999000, 1500 * NS_PER_MS},
        {"service.p50<=250us", SERIES_SERVICE, 500000, 250 * NS_PER_US},
        {"response.p99.99<=2m", SERIES_RESPONSE, 999900, 120 * NS_PER_S},
        {"first_byte.p90<1ms", SERIES_FIRST_BYTE, 900000, NS_PER_MS - 1},
        {"wait.p99<=1ms", SERIES_WAIT, 990000, NS_PER_MS},
    };
    for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++) {
        const struct goal goal = parsed(goals[i].text);
        assert_ptr_equal(goal.text, goals[i].text);
        assert_int_equal(goal.series, goals[i].series);
        assert_int_equal(goal.ppm, goals[i].ppm);
        assert_int_equal(goal.limit_ns, goals[i].limit_ns);
    }
}

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } mistakes[] = {
        {"", "has no limit"},
        {"p99", "has no limit"},
        {"p99>=10ms", "from below"},
        {"p99<=", "no time"},
        {"p99<=10", "without a unit"},
        {"p99<=10.5", "without a unit"},
        {"p99<=10 apples", "no time"},
        {"p99<=0ms", "can never hold"},
        {"p99<0.0ms", "can never hold"},
        {"p100<=10ms", "names no percentile"},
        {"p0<=10ms", "names no percentile"},
        {"mean<=10ms", "names no percentile"},
        {"max<=10ms", "names no percentile"},
        {"<=10ms", "names no percentile"},
        {"latency.p99<=10ms", "names no percentile"},
        {"send_lag.p99<=10us", "the generator's own weight"},
        {"receive_lag.p99<=10us", "the generator's own weight"},
        {"send_path.p99<=10us", "the generator's own weight"},
        {"wire.p99<=10ms", "which few requests have"},
        {"p99<=1000000000000000000000000000000000000000000000000000000000000000ms", "too long"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct goal goal;
        char error[GOAL_ERROR_MAX] = "";
        assert_false(goal_parse(mistakes[i].text, &goal, error));
        if (!strstr(error, mistakes[i].expected) || !strstr(error, "\n      write it as"))
            fail_msg("%s: %s", mistakes[i].text, error);
    }
}

/* 1,000 requests: the fastest took 1 us, the next 2 us and so on; `slow` of them took 20 ms. */
static struct histogram thousand(unsigned slow)
{
    struct histogram times;
    histogram_init(&times, 3);
    for (unsigned i = 1; i <= 1000 - slow; i++)
        histogram_record(&times, i * NS_PER_US, 1);
    if (slow > 0)
        histogram_record(&times, 20 * NS_PER_MS, slow);
    return times;
}

static void as_many_may_be_above_as_the_percentile_leaves(void **state)
{
    (void)state;
    const struct goal goal = parsed("p99<=10ms");
    struct histogram ten = thousand(10), eleven = thousand(11);
    struct goal_result result = goal_judge(&goal, &ten, 1000);
    assert_true(result.holds);
    assert_int_equal(result.above, 10);
    assert_int_equal(result.allowed, 10);
    assert_in_range(result.figure_ns, 989 * NS_PER_US, 992 * NS_PER_US);
    result = goal_judge(&goal, &eleven, 1000);
    assert_false(result.holds);
    assert_int_equal(result.above, 11);
    assert_in_range(result.figure_ns, 19 * NS_PER_MS, 20 * NS_PER_MS);
    histogram_free(&ten);
    histogram_free(&eleven);
}

static void what_failed_is_above_every_limit(void **state)
{
    (void)state;
    const struct goal goal = parsed("p99<=10ms");
    struct histogram times = thousand(0);
    assert_true(goal_judge(&goal, &times, 1010).holds); /* 10 of 1,010 failed, 10 may */
    const struct goal_result result = goal_judge(&goal, &times, 1011);
    assert_false(result.holds);
    assert_int_equal(result.above, 11);
    assert_int_equal(result.figure_ns, -1);
    histogram_free(&times);
}

static void nothing_at_all_holds_nothing(void **state)
{
    (void)state;
    const struct goal goal = parsed("p99<=10ms");
    struct histogram none;
    histogram_init(&none, 3);
    assert_false(goal_judge(&goal, &none, 0).holds);
    assert_int_equal(goal_judge(&goal, &none, 0).figure_ns, -1);
    assert_false(goal_judge(&goal, &none, 5).holds);
}

/* Of 50 requests a p99 leaves none. */
static void few_requests_leave_no_room(void **state)
{
    (void)state;
    const struct goal goal = parsed("p99<=10ms");
    struct histogram times;
    histogram_init(&times, 3);
    histogram_record(&times, NS_PER_MS, 49);
    assert_int_equal(goal_judge(&goal, &times, 49).allowed, 0);
    assert_true(goal_judge(&goal, &times, 49).holds);
    assert_false(goal_judge(&goal, &times, 50).holds);
    histogram_free(&times);
}

/* What lies in the limit's own bucket is not known to be within it. */
static void the_limits_bucket_is_above(void **state)
{
    (void)state;
    const struct goal goal = parsed("p50<=10ms");
    struct histogram times;
    histogram_init(&times, 3);
    histogram_record(&times, 10 * NS_PER_MS, 10);
    assert_false(goal_judge(&goal, &times, 10).holds);
    histogram_clear(&times);
    histogram_record(&times, 10 * NS_PER_MS - 10 * NS_PER_US, 10); /* 0.1 % below */
    assert_true(goal_judge(&goal, &times, 10).holds);
    histogram_free(&times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goals_are_read_as_gates_are),
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
        cmocka_unit_test(as_many_may_be_above_as_the_percentile_leaves),
        cmocka_unit_test(what_failed_is_above_every_limit),
        cmocka_unit_test(nothing_at_all_holds_nothing),
        cmocka_unit_test(few_requests_leave_no_room),
        cmocka_unit_test(the_limits_bucket_is_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
