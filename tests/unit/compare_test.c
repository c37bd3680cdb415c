/* Differences are figures of both, and sentences that claim no more than they show. */
#include "compare.h"

#include "limits.h"
#include "blocks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VARIANTS 3

static struct variant variants[VARIANTS];
static struct run runs[VARIANTS];
static struct comparison comparison;
static char names[VARIANTS][128];

/* Three variants of 1,000 requests at 1 ms, alike but for their names. */
static int set_up(void **state)
{
    (void)state;
    static const char *const called[VARIANTS] = {"baseline", "optimized", "third"};
    memset(variants, 0, sizeof variants);
    memset(runs, 0, sizeof runs);
    for (size_t i = 0; i < VARIANTS; i++) {
        strcpy(names[i], called[i]);
        runs[i].config.connections = 20;
        runs[i].machine.cpu_model = "c";
        runs[i].machine.kernel = "k";
        variants[i] = (struct variant){.name = names[i],
                                       .runs = &runs[i],
                                       .run_count = 1,
                                       .loop = RUN_LOOP_CLOSED,
                                       .latency = SERIES_SERVICE,
                                       .measure_ns = 10 * NS_PER_S};
        for (int s = 0; s < SERIES_COUNT; s++)
            distribution_init(&variants[i].total.series[s], 3, DISTRIBUTION_EXACT_MAX);
        blocks_finish(&variants[i].total, SERIES_SERVICE);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIANTS; i++) {
        for (int s = 0; s < SERIES_COUNT; s++)
            distribution_free(&variants[i].total.series[s]);
        blocks_free(&variants[i].total);
    }
    return 0;
}

static void add(size_t variant, int64_t ns, uint64_t count)
{
    struct target *total = &variants[variant].total;
    distribution_record_many(&total->series[SERIES_SERVICE], ns, count);
    distribution_finish(&total->series[SERIES_SERVICE]);
    total->requests += count;
    total->successes += count;
    total->done += count;
    total->done_ok += count;
    blocks_spread(total, SERIES_SERVICE, ns, count);
    blocks_finish(total, SERIES_SERVICE);
}

static void add_failures(size_t variant, uint64_t count)
{
    variants[variant].total.requests += count;
    variants[variant].total.failures += count;
    variants[variant].total.done += count;
    blocks_finish(&variants[variant].total, SERIES_SERVICE);
}

static void check_sentence(const char *expected)
{
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_string_equal(comparison.sentence, expected);
}

static void rows_have_both_figures_and_the_change(void **state)
{
    (void)state;
    add(0, 2 * NS_PER_MS, 1000);
    add(1, NS_PER_MS, 1980);
    add_failures(1, 20);
    compare_variants(&comparison, variants, 0, 1, 990000, false);
    assert_int_equal(comparison.base, 0);
    assert_int_equal(comparison.other, 1);
    assert_true(comparison.is_comparable);
    const struct compare_row *row = &comparison.rows[COMPARE_P99];
    assert_string_equal(row->name, "p99");
    assert_true(row->base > 1999999 && row->base < 2000001);
    assert_true(row->other > 999999 && row->other < 1000001);
    assert_true(row->has_change && row->less_is_better && row->is_resolved);
    assert_true(row->change_percent > -50.01 && row->change_percent < -49.99);
    assert_false(comparison.rows[COMPARE_P99_9].is_resolved);
    row = &comparison.rows[COMPARE_RATE];
    assert_false(row->less_is_better);
    assert_true(row->change_percent > 99.9 && row->change_percent < 100.1);
    assert_true(row->counts_failures); /* which is why twice as many are not called better */
    assert_false(comparison.rows[COMPARE_MAX].is_resolved); /* one request each */
    row = &comparison.rows[COMPARE_ERRORS];
    assert_true(row->has_change && row->change_percent > 0.99 && row->change_percent < 1.01);
    for (int i = 0; i < COMPARE_METRICS; i++)
        assert_int_equal(comparison.rows[i].metric, i);
}

static void nothing_has_no_change(void **state)
{
    (void)state;
    add(0, NS_PER_MS, 1000);
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    for (int i = 0; i < COMPARE_METRICS; i++) {
        assert_false(comparison.rows[i].has_change);
        assert_false(comparison.rows[i].is_resolved);
        assert_true(isnan(comparison.rows[i].other)); /* which is not 0 ns */
    }
    assert_string_equal(comparison.sentence, "no request of optimized succeeded");
    compare_variants(&comparison, variants, 1, 0, 950000, false);
    assert_string_equal(comparison.sentence, "no request of optimized succeeded");
}

static void faster_and_slower_are_said(void **state)
{
    (void)state;
    add(0, 1099490000, 400);
    add(1, 490580000, 400);
    check_sentence("optimized is faster within these two runs: p95 491 ms, 55 % below baseline");
    compare_variants(&comparison, variants, 1, 0, 950000, false);
    assert_string_equal(comparison.sentence,
                        "baseline is slower within these two runs: p95 1.10 s, 2.2 times "
                        "optimized's");
}

static void small_changes_are_said_to_be_small(void **state)
{
    (void)state;
    add(0, 1000000, 400);
    add(1, 1040000, 400);
    check_sentence("optimized is slower within these two runs: p95 1.04 ms, 4.0 % above baseline, less than "
                   "the 7 % that matter");
    add(2, 1080000, 400);
    compare_variants(&comparison, variants, 0, 2, 950000, false);
    assert_string_equal(comparison.sentence, "third is slower within these two runs: p95 1.08 ms, 8.0 % above "
                                             "baseline");
    compare_variants(&comparison, variants, 0, 0, 950000, false);
    assert_string_equal(comparison.sentence,
                        "baseline is about as fast within these two runs: p95 1.00 ms, the same as baseline's");
}

static void failures_are_said_with_the_latency(void **state)
{
    (void)state;
    add(0, 2000000, 1000);
    add(1, 1000000, 980);
    add_failures(1, 20);
    check_sentence("optimized is faster within these two runs, but fails 2 % of its requests: p95 1.00 ms, "
                   "50 % below baseline");
    compare_variants(&comparison, variants, 1, 0, 950000, false);
    assert_string_equal(comparison.sentence, "baseline is slower within these two runs, but fails fewer "
                                             "requests: p95 2.00 ms, 2.0 times optimized's");
}

static void loops_are_not_comparable(void **state)
{
    (void)state;
    add(0, 1000000, 400);
    add(1, 1040000, 400);
    variants[1].loop = runs[1].config.loop = RUN_LOOP_OPEN;
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_false(comparison.is_comparable);
    assert_non_null(strstr(comparison.differences.list[0].text, "loop: closed and open"));
    assert_non_null(strstr(comparison.sentence, "optimized and baseline cannot be compared: loop"));
}

static void differences_of_the_set_up_are_noted(void **state)
{
    (void)state;
    add(0, 1000000, 400);
    add(1, 1040000, 400);
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_int_equal(comparison.differences.count, 0);
    runs[1].config.connections = 5000;
    runs[1].machine.kernel = "l";
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_int_equal(comparison.differences.count, 2);
    assert_string_equal(comparison.differences.list[0].text, "connections: 20 and 5,000");
    assert_string_equal(comparison.differences.list[1].text, "kernel: k and l");
    assert_false(comparison.is_comparable || comparison.is_shown); /* another load, another figure */
    assert_int_equal(comparison.refusal_count, 1);
    assert_string_equal(comparison.refusals[0].name, "connections");
    assert_string_equal(comparison.sentence,
                        "optimized and baseline cannot be compared: connections: 20 and 5,000");
    compare_variants(&comparison, variants, 0, 1, 950000, true);
    assert_true(!comparison.is_comparable && comparison.is_shown);
    assert_string_equal(comparison.sentence, "optimized is slower within these two runs: p95 1.04 ms, "
                                             "4.0 % above baseline, less than the 7 % that matter");
    runs[1].config.connections = 20;
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_true(comparison.is_comparable && comparison.is_shown); /* another kernel may be the point */
    runs[1].machine.cpu_model = "d";
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_string_equal(comparison.refusals[0].name, "machine");
    runs[1].machine.cpu_model = "c";
    variants[0].verdict = RUN_INVALID;
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_false(comparison.is_comparable);
    assert_string_equal(comparison.refusals[0].name, "invalid");
    assert_string_equal(comparison.refusals[0].sentence, "baseline is invalid");
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    add(0, 2000000, 400);
    add(1, 1000000, 400);
    strcpy(names[1], "x");
    for (int i = 0; i < 40; i++)
        strcat(names[1], "\xc3\xa9");
    strcpy(names[0], "x");
    compare_variants(&comparison, variants, 0, 1, 950000, false);
    assert_non_null(strstr(comparison.sentence, "\xc3\xa9 is faster within these two runs: p95"));
    assert_int_equal(strcspn(comparison.sentence, " "), 59);
}

static void the_percentile_is_the_deepest_that_all_resolve(void **state)
{
    (void)state;
    add(0, 1000000, 1100);
    assert_int_equal(compare_percentile(variants, 1, 0), 990000);
    assert_int_equal(compare_percentile(variants, 1, 900000), 900000);
    assert_int_equal(compare_percentile(variants, 1, 999000), 990000); /* one request is beyond */
    assert_int_equal(compare_percentile(variants, 2, 0), 990000); /* the second has no success */
    assert_int_equal(compare_percentile(&variants[1], 2, 990000), 500000); /* nor has the third */
    add(1, 1000000, 220);
    assert_int_equal(compare_percentile(variants, 2, 0), 950000);
    add(2, 1000000, 10);
    assert_int_equal(compare_percentile(variants, 3, 0), 500000);
}

static void the_headline_is_of_what_differs_most(void **state)
{
    (void)state;
    char text[COMPARE_TEXT_MAX];
    struct comparison comparisons[2];
    add(0, 1000000, 400);
    add(1, 900000, 400);
    add(2, 3000000, 400);
    compare_headline(variants, 1, NULL, 950000, text);
    assert_string_equal(text, "baseline: p95 1.00 ms at 40/s, no request failed");
    compare_variants(&comparisons[0], variants, 0, 1, 950000, false);
    compare_variants(&comparisons[1], variants, 0, 2, 950000, false);
    compare_headline(variants, 2, comparisons, 950000, text);
    assert_string_equal(text, "optimized is faster within these two runs: p95 900 us, 10 % below baseline");
    compare_headline(variants, 3, comparisons, 950000, text);
    assert_string_equal(text, "third is slower within these two runs: p95 3.00 ms, 3.0 times baseline's");
    /* What fails altogether was passed over for what is a little slower. */
    variants[1].total.successes = 0;
    variants[1].total.series[SERIES_SERVICE].histogram.count = 0;
    compare_variants(&comparisons[0], variants, 0, 1, 950000, false);
    compare_headline(variants, 3, comparisons, 950000, text);
    assert_string_equal(text, "no request of optimized succeeded");
}

static void one_run_has_its_failures_in_the_headline(void **state)
{
    (void)state;
    char text[COMPARE_TEXT_MAX];
    add_failures(0, 5);
    compare_headline(variants, 1, NULL, 950000, text);
    assert_string_equal(text, "baseline: none of 5 requests succeeded");
    add(0, 1000000, 995);
    compare_headline(variants, 1, NULL, 950000, text);
    assert_string_equal(text, "baseline: p95 1.00 ms at 100/s, 5 failed of 1,000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_have_both_figures_and_the_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_has_no_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faster_and_slower_are_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_changes_are_said_to_be_small, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_said_with_the_latency, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loops_are_not_comparable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(differences_of_the_set_up_are_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_names_are_cut_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_percentile_is_the_deepest_that_all_resolve, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_headline_is_of_what_differs_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_run_has_its_failures_in_the_headline, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
