/* Gates that compare a run with its base. */
#include "gates.h"

#include <errno.h>

static void judge_regression(const struct gate *gate, const struct variant *base,
                             const struct variant *variant, struct gate_result *result)
{
    const struct side side = side_of_variant(base);
    gate_judge_regression(gate, &side, variant, result);
    result->gate = 0;
    assert_int_equal(gate_settle(gate, result, 1), 0);
}

/* Of a closed loop there is no response time: a comparison of it once passed as inconclusive. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_that_does_not_exist_fails_in_comparisons_too),
        cmocka_unit_test(regressions_are_judged_against_the_base),
        cmocka_unit_test(every_metric_has_a_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
