/* Gates hold when at most floor((1-p) n) requests are above, failed and censored ones included. */
#include "gates.h"

static void the_limit_itself_is_within(void **state)
{
    (void)state;
    assert_int_equal(judged("p50<=1ms", 10, 0, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("p50<1ms", 10, 0, 0, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("max<=3ms", 10, 1, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("max<3ms", 10, 1, 0, 0).verdict, GATE_FAIL);
}

static void percentiles_allow_the_floor_of_their_rest(void **state)
{
    (void)state;
    assert_int_equal(judged("p95<=2ms", 380, 20, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("p95<=2ms", 379, 21, 0, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("p95<=2ms", 19, 1, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("p95<=2ms", 18, 1, 0, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("p99.99<=2ms", 9999, 1, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("p99.99<=2ms", 9998, 1, 0, 0).verdict, GATE_FAIL);
}

static void failed_and_censored_are_above_every_limit(void **state)
{
    (void)state;
    struct gate_result result = judged("p95<=1h", 380, 0, 10, 10);
    assert_int_equal(result.verdict, GATE_PASS);
    assert_int_equal(result.above, 20);
    assert_int_equal(result.allowed, 20);
    assert_true(result.is_finite);
    result = judged("p95<=1h", 379, 0, 10, 11);
    assert_int_equal(result.verdict, GATE_FAIL);
    assert_false(result.is_finite);
    assert_non_null(strstr(result.sentence, "p95 is that of a failed request"));
    assert_int_equal(judged("p95<=1h", 0, 0, 1, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("mean<=1h", 1000, 0, 0, 1).verdict, GATE_FAIL);
    assert_int_equal(judged("max<=1h", 1000, 0, 1, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("mean<=1h", 1000, 0, 0, 0).verdict, GATE_PASS);
}

static void nothing_measured_fails(void **state)
{
    (void)state;
    static const char *const texts[] = {"p95<=1h", "mean<=1h", "max<=1h", "errors<=100%",
                                        "rate>=0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct gate_result result = judged(texts[i], 0, 0, 0, 0);
        assert_int_equal(result.verdict, GATE_FAIL);
        assert_non_null(strstr(result.sentence, "no request was measured"));
    }
}

static void response_of_a_closed_loop_fails(void **state)
{
    (void)state;
    const struct gate_result result = judged("response.p95<=1h", 10, 0, 0, 0);
    assert_int_equal(result.verdict, GATE_FAIL);
    assert_non_null(strstr(result.sentence, "a closed loop has no response time"));
}

/* The rule of counts and the rule of ranks are one: checked on every small case. */
static void counts_and_ranks_agree(void **state)
{
    (void)state;
    static const char *const texts[] = {"p50<=2ms", "p75<=2ms", "p90<=2ms", "p95<=2ms", "p99<=2ms"};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        for (uint64_t below = 0; below <= 30; below++)
            for (uint64_t above = 0; above <= 4; above++)
                for (uint64_t bad = 0; bad <= 3; bad++) {
                    if (below + above + bad == 0)
                        continue;
                    const struct gate_result result = judged(texts[t], below, above, bad, 0);
                    const bool within = result.is_finite && result.figure_ns <= 2 * NS_PER_MS;
                    assert_int_equal(result.verdict == GATE_PASS, within);
                }
}

static void buckets_leave_open_what_they_cannot_tell(void **state)
{
    (void)state;
    const struct gate gate = parsed("p90<=1000us");
    static const struct {
        uint64_t above;
        uint64_t maybe;
        enum gate_verdict verdict;
    } cases[] = {{0, 0, GATE_PASS},           {5, 5, GATE_PASS},  {5, 6, GATE_INCONCLUSIVE},
                 {10, 90, GATE_INCONCLUSIVE}, {11, 0, GATE_FAIL}, {11, 50, GATE_FAIL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        begin(&f, &gate);
        add(&f, 900000, 100);
        f.watch.above = cases[i].above;
        f.watch.maybe = cases[i].maybe;
        assert_int_equal(judge(&f, &gate).verdict, cases[i].verdict);
        end(&f);
    }
}

static void successes_without_a_value_are_open(void **state)
{
    (void)state;
    const struct gate gate = parsed("receive_lag.p90<=1ms");
    struct fixture f;
    begin(&f, &gate);
    add(&f, 900000, 100);
    f.watch.seen = 80;
    assert_int_equal(judge(&f, &gate).verdict, GATE_INCONCLUSIVE);
    f.watch.seen = 90;
    assert_int_equal(judge(&f, &gate).verdict, GATE_PASS);
    end(&f);
}

static void a_mean_of_buckets_is_open_near_its_limit(void **state)
{
    (void)state;
    const struct gate gate = parsed("mean<=1ms");
    static const struct {
        int64_t ns;
        enum gate_verdict verdict;
    } cases[] = {{900000, GATE_PASS}, {999000, GATE_INCONCLUSIVE}, {1100000, GATE_FAIL}};
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        begin(&f, &gate);
        struct histogram_bucket bucket = histogram_bucket_of(3, cases[i].ns);
        bucket.count = 100;
        distribution_record_bucket(&f.variant.total.series[SERIES_SERVICE], &bucket);
        f.variant.total.requests = f.variant.total.successes = 100;
        assert_int_equal(judge(&f, &gate).verdict, cases[i].verdict);
        end(&f);
    }
}

static void rates_are_of_successes(void **state)
{
    (void)state;
    assert_int_equal(judged("rate>=10", 100, 0, 900, 0).verdict, GATE_PASS);
    assert_int_equal(judged("rate>10", 100, 0, 900, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("rate<=10", 100, 0, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("rate<10", 100, 0, 0, 0).verdict, GATE_FAIL);
}

/* A mean has fractions: 799,999,999.5 ns are below 800 ms, though not at most 799,999,999 ns. */
static void means_are_compared_as_fractions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns[2];
        enum gate_verdict verdict;
    } cases[] = {{"mean<800ms", {799999999, 800000000}, GATE_PASS},
                 {"mean<800ms", {800000000, 800000000}, GATE_FAIL},
                 {"mean<=800ms", {800000000, 800000000}, GATE_PASS},
                 {"mean<=800ms", {800000000, 800000001}, GATE_FAIL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gate gate = parsed(cases[i].text);
        struct fixture f;
        begin(&f, &gate);
        add(&f, cases[i].ns[0], 1);
        add(&f, cases[i].ns[1], 1);
        assert_int_equal(judge(&f, &gate).verdict, cases[i].verdict);
        end(&f);
    }
}

/* Ten requests in 3 s are less than 3.334/s and more than 3.333/s, whatever a double makes of them. */
static void rates_are_compared_as_fractions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum gate_verdict verdict;
    } cases[] = {{"rate>=3.334", GATE_FAIL}, {"rate>=3.333", GATE_PASS}, {"rate<=3.333", GATE_FAIL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct gate gate = parsed(cases[i].text);
        struct fixture f;
        begin(&f, &gate);
        f.variant.measure_ns = 3 * NS_PER_S;
        add(&f, NS_PER_MS, 10);
        assert_int_equal(judge(&f, &gate).verdict, cases[i].verdict);
        end(&f);
    }
}

static void errors_are_counted_exactly(void **state)
{
    (void)state;
    assert_int_equal(judged("errors<=0.1%", 999, 0, 1, 0).verdict, GATE_PASS);
    assert_int_equal(judged("errors<0.1%", 999, 0, 1, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("errors<=0.1%", 998, 0, 0, 1).verdict, GATE_FAIL);
    assert_int_equal(judged("errors<=29%", 71, 0, 29, 0).verdict, GATE_PASS);
    assert_int_equal(judged("errors<=0", 71, 0, 0, 0).verdict, GATE_PASS);
    assert_int_equal(judged("errors<=0%", 71, 0, 1, 0).verdict, GATE_FAIL);
    assert_int_equal(judged("errors<=2", 71, 0, 1, 1).verdict, GATE_PASS);
    assert_int_equal(judged("errors<2", 71, 0, 1, 1).verdict, GATE_FAIL);
}

static void thin_and_near_verdicts_are_at_risk(void **state)
{
    (void)state;
    assert_false(judged("p95<=2ms", 400, 0, 0, 0).at_risk);
    assert_true(judged("p95<=2ms", 199, 0, 0, 0).at_risk);  /* nine may be above */
    assert_true(judged("p95<=2ms", 385, 15, 0, 0).at_risk); /* 15 of 20, sd 4.4 */
    assert_true(judged("p95<=2ms", 372, 28, 0, 0).at_risk); /* a failure that may be luck */
    assert_false(judged("p95<=2ms", 340, 60, 0, 0).at_risk);
    assert_true(judged("errors<=0.1%", 400, 0, 0, 0).at_risk);
    assert_false(judged("errors<=0%", 400, 0, 0, 0).at_risk);
    assert_true(judged("p99<=2ms", 39, 1, 0, 0).at_risk);   /* one too many of none, sd 0.6 */
    assert_true(judged("p99<=2ms", 0, 40, 0, 0).at_risk);   /* its p99 is one request */
    assert_false(judged("p95<=2ms", 0, 400, 0, 0).at_risk); /* far from what is allowed */
    assert_false(judged("errors<=0.1%", 0, 0, 1000, 0).at_risk);
    assert_false(judged("errors<=0.1%", 100000, 0, 0, 0).at_risk);
    assert_non_null(strstr(judged("p99<=2ms", 400, 0, 0, 0).sentence, "; at risk"));
}

static void sentences_have_their_numbers(void **state)
{
    (void)state;
    assert_string_equal(judged("p95<=2ms", 390, 10, 0, 0).sentence,
                        "p95 is 1.00 ms, within 2 ms: 10 of 400 requests are above, 20 are "
                        "allowed");
    assert_string_equal(judged("p95<=2ms", 340, 60, 0, 0).sentence,
                        "p95 is 3.00 ms, above 2 ms: 60 of 400 requests are above, 20 are "
                        "allowed");
    assert_string_equal(judged("errors<=1%", 9990, 0, 10, 0).sentence,
                        "errors: 10 of 10,000 requests (0.1 %) did not succeed, 100 are allowed");
    assert_string_equal(
        judged("max<=2ms", 9990, 0, 1, 0).sentence,
        "max is not within 2 ms: 1 request failed, which counts as above every limit");
}

/* The figure is a bucket's upper edge, and the verdict exact: they must not contradict each other.
 */
static void figures_agree_with_verdicts(void **state)
{
    (void)state;
    const struct gate gate = parsed("p50<=1000000ns");
    struct fixture f;
    begin(&f, &gate);
    add(&f, 999999, 40000);
    add(&f, 2000000, 1000);
    const struct gate_result result = judge(&f, &gate);
    assert_int_equal(result.verdict, GATE_PASS);
    assert_int_equal(result.figure_ns, 1000000);
    end(&f);
}

/* Times below zero, an error of stamping, have ranks below all others. */
static void negative_times_keep_their_rank(void **state)
{
    (void)state;
    const struct gate gate = parsed("p50<=1ms");
    struct fixture f;
    begin(&f, &gate);
    add(&f, -5, 6);
    add(&f, 3 * NS_PER_MS, 4);
    struct gate_result result = judge(&f, &gate);
    assert_int_equal(result.verdict, GATE_PASS);
    assert_int_equal(result.figure_ns, 0);
    add(&f, 3 * NS_PER_MS, 4);
    result = judge(&f, &gate);
    assert_int_equal(result.verdict, GATE_FAIL);
    assert_int_equal(result.figure_ns, 3 * NS_PER_MS);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_itself_is_within),
        cmocka_unit_test(percentiles_allow_the_floor_of_their_rest),
        cmocka_unit_test(failed_and_censored_are_above_every_limit),
        cmocka_unit_test(nothing_measured_fails),
        cmocka_unit_test(response_of_a_closed_loop_fails),
        cmocka_unit_test(counts_and_ranks_agree),
        cmocka_unit_test(buckets_leave_open_what_they_cannot_tell),
        cmocka_unit_test(successes_without_a_value_are_open),
        cmocka_unit_test(a_mean_of_buckets_is_open_near_its_limit),
        cmocka_unit_test(rates_are_of_successes),
        cmocka_unit_test(means_are_compared_as_fractions),
        cmocka_unit_test(rates_are_compared_as_fractions),
        cmocka_unit_test(errors_are_counted_exactly),
        cmocka_unit_test(thin_and_near_verdicts_are_at_risk),
        cmocka_unit_test(sentences_have_their_numbers),
        cmocka_unit_test(figures_agree_with_verdicts),
        cmocka_unit_test(negative_times_keep_their_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
