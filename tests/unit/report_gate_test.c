/* Gates hold when at most floor((1-p) n) requests are above, failed and censored ones included. */
#include "report.h"

#include "limits.h"
#include "random.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fault fault;

static struct gate parsed(const char *text)
{
    struct gate gate;
    if (gate_parse(&gate, text, &fault) != 0)
        fail_msg("%s", fault.text);
    return gate;
}

static void texts_are_taken_apart(void **state)
{
    (void)state;
    struct gate gate = parsed("p95<=800ms");
    assert_int_equal(gate.metric, GATE_PERCENTILE);
    assert_int_equal(gate.ppm, 950000);
    assert_int_equal(gate.limit_ns, 800 * NS_PER_MS);
    assert_int_equal(gate.series, -1);
    assert_string_equal(gate.target, "");
    gate = parsed("  GET /users:service.p99.9 < 2 s ");
    assert_string_equal(gate.text, "GET /users:service.p99.9 < 2 s");
    assert_string_equal(gate.target, "GET /users");
    assert_int_equal(gate.series, SERIES_SERVICE);
    assert_int_equal(gate.ppm, 999000);
    assert_int_equal(gate.limit_ns, 2 * NS_PER_S - 1);
    gate = parsed("GET /a:b<c>d:max<=1m");
    assert_string_equal(gate.target, "GET /a:b<c>d");
    assert_int_equal(gate.metric, GATE_MAX);
    gate = parsed("send_lag.mean<=10us");
    assert_int_equal(gate.series, SERIES_SEND_LAG);
    assert_int_equal(gate.metric, GATE_MEAN);
    gate = parsed("/x:rate>=1.5k");
    assert_true(gate.limit > 1499 && gate.limit < 1501);
    assert_int_equal(gate.relation, GATE_AT_LEAST);
    gate = parsed("rate>50/s");
    assert_true(gate.limit > 49 && gate.limit < 51);
    gate = parsed("errors<=0.1%");
    assert_true(gate.limit_is_share);
    assert_int_equal(gate.limit_ppb, 1000000);
    gate = parsed("errors<5");
    assert_false(gate.limit_is_share);
}

static void wrong_texts_are_refused_with_cause_and_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *cause;
    } cases[] = {{"", "has no limit"},
                 {"p95", "has no limit"},
                 {"p95<=", "has no limit"},
                 {"<=5ms", "has no limit"},
                 {"p95=5ms", "has no limit"},
                 {"p95<=800", "without a unit"},
                 {"p95<=fast", "no time"},
                 {"p95<=-5ms", "no time"},
                 {"p95<0ms", "can never hold"},
                 {"p95>=5ms", "from below"},
                 {"p100<=5ms", "that is max"},
                 {"p0<=5ms", "names no metric"},
                 {"p95.12345<=5ms", "names no metric"},
                 {"median<=5ms", "names no metric"},
                 {"latency.p95<=5ms", "names no metric"},
                 {"errors<=101%", "more than 100 %"},
                 {"errors<=0.5", "a part of a request"},
                 {"errors<=few", "neither a number nor"},
                 {"errors<0%", "can never hold"},
                 {"errors>=1", "from below"},
                 {"service.errors<=1", "names a series"},
                 {"rate>=fast", "no rate"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate gate;
        assert_int_equal(gate_parse(&gate, cases[i].text, &fault), -EINVAL);
        if (!strstr(fault.text, cases[i].cause))
            fail_msg("'%s': no \"%s\" in \"%s\"", cases[i].text, cases[i].cause, fault.text);
        assert_non_null(strstr(fault.text, "\n      write it as [TARGET:]"));
    }
    char text[2 * GATE_TEXT_MAX];
    struct gate gate;
    memset(text, 'p', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(gate_parse(&gate, text, &fault), -EINVAL);
    assert_non_null(strstr(fault.text, "longer than"));
}

static void regressions_are_ratios(void **state)
{
    (void)state;
    struct gate gate;
    assert_int_equal(gate_parse_regression(&gate, "p95<=2x", &fault), 0);
    assert_true(gate.is_regression && gate.limit > 1.999 && gate.limit < 2.001);
    assert_int_equal(gate_parse_regression(&gate, "p95<=120%", &fault), 0);
    assert_true(gate.limit > 1.199 && gate.limit < 1.201);
    assert_int_equal(gate_parse_regression(&gate, "rate>=0.9x", &fault), 0);
    assert_int_equal(gate_parse_regression(&gate, "rate<=2x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95>=2x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95<=2", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95<=0x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "errors<=2x", &fault), -EINVAL);
}

/* A closed loop variant, and the watch that reading it would have filled. */
struct fixture {
    struct variant variant;
    struct watch watch;
};

static void begin(struct fixture *f, const struct gate *gate)
{
    memset(f, 0, sizeof *f);
    f->variant.loop = RUN_LOOP_CLOSED;
    f->variant.latency = SERIES_SERVICE;
    f->variant.measure_ns = 10 * NS_PER_S;
    f->watch = gate_watch(gate);
    f->watch.is_found = true;
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_init(&f->variant.total.series[s], 3, DISTRIBUTION_EXACT_MAX);
}

static void add(struct fixture *f, int64_t ns, uint64_t count)
{
    distribution_record_many(&f->variant.total.series[SERIES_SERVICE], ns, count);
    f->variant.total.successes += count;
    f->variant.total.done += count;
    f->variant.total.done_ok += count;
    f->variant.total.requests += count;
    f->watch.seen += count;
    f->watch.above += ns > f->watch.limit_ns ? count : 0;
}

static void fail_requests(struct fixture *f, uint64_t failures, uint64_t censored)
{
    f->variant.total.failures += failures;
    f->variant.total.censored += censored;
    f->variant.total.requests += failures + censored;
}

static struct gate_result judge(struct fixture *f, const struct gate *gate)
{
    struct gate_result result;
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_finish(&f->variant.total.series[s]);
    gate_judge(gate, &f->variant, &f->watch, &result);
    return result;
}

static void end(struct fixture *f)
{
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_free(&f->variant.total.series[s]);
}

/* Judges `below` requests of 1 ms and `above` of 3 ms, failed and censored ones beside. */
static struct gate_result judged(const char *text, uint64_t below, uint64_t above,
                                 uint64_t failures, uint64_t censored)
{
    const struct gate gate = parsed(text);
    struct fixture f;
    begin(&f, &gate);
    add(&f, NS_PER_MS, below);
    add(&f, 3 * NS_PER_MS, above);
    fail_requests(&f, failures, censored);
    const struct gate_result result = judge(&f, &gate);
    end(&f);
    return result;
}

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

/* Of a closed loop there is no response time: a comparison of it once passed as inconclusive. */
static void judge_regression(const struct gate *gate, const struct variant *base,
                             const struct variant *variant, struct gate_result *result)
{
    const struct side side = side_of_variant(base);
    gate_judge_regression(gate, &side, variant, result);
    result->gate = 0;
    assert_int_equal(gate_settle(gate, result, 1), 0);
}

static void a_series_that_does_not_exist_fails_in_comparisons_too(void **state)
{
    (void)state;
    struct gate gate;
    struct fixture f;
    struct gate_result result;
    assert_int_equal(gate_parse_regression(&gate, "response.p50<=2x", &fault), 0);
    begin(&f, &gate);
    add(&f, NS_PER_MS, 1000);
    judge_regression(&gate, &f.variant, &f.variant, &result);
    assert_int_equal(result.verdict, GATE_FAIL);
    assert_string_equal(result.sentence, "response p50 has no value: a closed loop has no response "
                                         "time, ask for service");
    end(&f);
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

static void regressions_are_judged_against_the_base(void **state)
{
    (void)state;
    struct gate gate;
    struct fixture base;
    struct fixture other;
    struct gate_result result;
    assert_int_equal(gate_parse_regression(&gate, "p50<=2x", &fault), 0);
    begin(&base, &gate);
    begin(&other, &gate);
    add(&base, NS_PER_MS, 1000);
    add(&other, 2 * NS_PER_MS, 1000);
    judge_regression(&gate, &base.variant, &other.variant, &result);
    assert_int_equal(result.verdict, GATE_PASS);
    assert_string_equal(result.sentence,
                        "p50 is 2.00 ms, 2 times the base's 1.00 ms: at most 2 times is allowed");
    assert_int_equal(gate_parse_regression(&gate, "p50<=1.9x", &fault), 0);
    judge_regression(&gate, &base.variant, &other.variant, &result);
    assert_int_equal(result.verdict, GATE_FAIL);
    fail_requests(&other, 2000, 0);
    judge_regression(&gate, &base.variant, &other.variant, &result);
    assert_int_equal(result.verdict, GATE_FAIL);
    assert_false(result.is_finite);
    judge_regression(&gate, &other.variant, &base.variant, &result);
    assert_int_equal(result.verdict, GATE_INCONCLUSIVE);
    end(&base);
    end(&other);
}

/* Other metrics than percentiles: the ratio of what is in both. */
static void every_metric_has_a_ratio(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum gate_verdict verdict;
    } cases[] = {{"mean<=2x", GATE_PASS}, {"mean<=1.9x", GATE_FAIL}, {"max<=2x", GATE_PASS},
                 {"max<1.9x", GATE_FAIL}, {"rate>=50%", GATE_PASS},  {"rate>50%", GATE_FAIL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate gate;
        struct fixture base;
        struct fixture other;
        struct gate_result result;
        assert_int_equal(gate_parse_regression(&gate, cases[i].text, &fault), 0);
        begin(&base, &gate);
        begin(&other, &gate);
        add(&base, NS_PER_MS, 1000);
        add(&other, 2 * NS_PER_MS, 500);
        judge_regression(&gate, &base.variant, &other.variant, &result);
        if (result.verdict != cases[i].verdict)
            fail_msg("%s: %s", cases[i].text, result.sentence);
        end(&base);
        end(&other);
    }
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
        cmocka_unit_test(texts_are_taken_apart),
        cmocka_unit_test(wrong_texts_are_refused_with_cause_and_form),
        cmocka_unit_test(regressions_are_ratios),
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
        cmocka_unit_test(a_series_that_does_not_exist_fails_in_comparisons_too),
        cmocka_unit_test(errors_are_counted_exactly),
        cmocka_unit_test(thin_and_near_verdicts_are_at_risk),
        cmocka_unit_test(sentences_have_their_numbers),
        cmocka_unit_test(figures_agree_with_verdicts),
        cmocka_unit_test(regressions_are_judged_against_the_base),
        cmocka_unit_test(every_metric_has_a_ratio),
        cmocka_unit_test(negative_times_keep_their_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
