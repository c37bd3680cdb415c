/* A rate is over the part of a bin that a run lasted. */
#include "coverage.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A run of 2.5 s has a last bin of half a second; one of 2.1 s has none to speak of. */
static void a_rate_is_over_what_a_run_lasted(void **state)
{
    (void)state;
    const struct sample_plan plan = {"base", RUN_LOOP_CLOSED, 300, 0, 1e6, 0.3, 3, 0};
    struct report report;
    sample_fill(&report, &plan, 1);
    struct variant *variant = &report.variants[0];
    variant->runs[0].measure_ns = 2500 * NS_PER_MS;
    assert_true(coverage_rate(variant, 0, 100, true) == 100);
    assert_true(coverage_rate(variant, 2, 50, true) == 100);
    variant->runs[0].measure_ns = 2100 * NS_PER_MS;
    assert_true(isnan(coverage_rate(variant, 2, 50, true)));
    variant->runs[0].grace_ns = 900 * NS_PER_MS;
    assert_true(coverage_rate(variant, 2, 50, true) == 50);
    assert_true(isnan(coverage_rate(variant, 2, 50, false)));
    sample_free(&report);
}

static void a_killed_run_covers_the_bins_that_it_wrote(void **state)
{
    (void)state;
    const struct sample_plan plan = {"base", RUN_LOOP_CLOSED, 300, 0, 1e6, 0.3, 3, 0};
    struct report report;
    sample_fill(&report, &plan, 1);
    struct variant *variant = &report.variants[0];
    variant->runs[0].is_measured = false;
    variant->runs[0].measure_ns = 0;
    assert_int_equal(coverage_ns(variant, 2, true), NS_PER_S);
    assert_int_equal(coverage_end_ns(variant), 3 * NS_PER_S);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_over_what_a_run_lasted),
        cmocka_unit_test(a_killed_run_covers_the_bins_that_it_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
