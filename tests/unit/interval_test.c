/* Intervals against cases that can be worked out by hand: independent blocks, whole blocks that are
 * alike, one bucket, failures, and what is kept of too little. */
#include "interval.h"

#include "limits.h"
#include "random.h"
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCKS SCATTER_BLOCKS

static struct scatter_blocks blocks;
static struct distribution values;
static struct scatter scatter;
static struct interval interval;

static int set_up(void **state)
{
    (void)state;
    scatter_blocks_init(&blocks, 3);
    distribution_init(&values, 3, DISTRIBUTION_EXACT_MAX);
    memset(&scatter, 0, sizeof scatter);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scatter_free(&scatter);
    scatter_blocks_free(&blocks);
    distribution_free(&values);
    return 0;
}

static void put(size_t block, int64_t ns)
{
    assert_int_equal(histogram_record(&blocks.blocks[block], ns, 1), 0);
    assert_int_equal(distribution_record(&values, ns), 0);
}

static void finish(size_t count, bool are_runs)
{
    distribution_finish(&values);
    scatter_free(&scatter);
    assert_int_equal(scatter_make(&scatter, blocks.blocks, blocks.failed, count, are_runs), 0);
}

static void check_near(double is, double expected, double gap)
{
    if (!(fabs(is - expected) <= gap))
        fail_msg("%.10g instead of %.10g", is, expected);
}

/* Every block has the same values: they scatter less than independent ones, and are taken as those.
 * The interval is then Clopper and Pearson's of n requests, with t for z. */
static void even_blocks_are_as_independent_requests(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        for (int i = 1; i <= 100; i++)
            put(b, i * 10);
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.9, 0);
    const double price = 1.959963985 / statistics_student_quantile(0.975, BLOCKS - 1);
    const double effective = 6400 * price * price;
    check_near(interval.value, 900, 0);
    check_near(interval.design_effect, 1, 0);
    check_near(interval.effective, effective, 1e-5);
    check_near(interval.tail, effective / 10, 1e-5);
    assert_int_equal(interval.quality, INTERVAL_GOOD);
    assert_int_equal(interval.blocks, BLOCKS);
    const double low = statistics_beta_quantile(0.025, 0.9 * effective, 0.1 * effective + 1);
    const double high = statistics_beta_quantile(0.975, 0.9 * effective + 1, 0.1 * effective);
    check_near(interval.low, 10 * ceil(low * 100), 0);
    check_near(interval.high, 10 * ceil(high * 100), 0);
    assert_false(interval.is_open || interval.are_runs || interval.is_correlated);
}

/* Each block has one value of its own, drawn anew: n requests are worth as many as there are blocks. */
static void blocks_of_one_value_count_once(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (size_t b = 0; b < BLOCKS; b++) {
        const int64_t ns = 1000 + (int64_t)(random_next(&random) % 1000);
        for (int i = 0; i < 50; i++)
            put(b, ns);
    }
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    /* The variance of a share over K blocks of one value is K / (K - 1) times that of K requests;
     * what neighbours share by chance is added. */
    assert_true(interval.design_effect >= 50.0 * BLOCKS / (BLOCKS - 1));
    assert_true(interval.effective < BLOCKS && interval.effective > 0.7 * BLOCKS);
    assert_int_equal(interval.quality, INTERVAL_FAIR); /* half of 63 lie beyond, of 36 that are asked */
    interval_of_percentile(&interval, &scatter, &values, 0.95, 0);
    assert_int_equal(interval.quality, INTERVAL_UNRESOLVED);
    assert_true(interval.tail < 5);
}

/* Half of every block lies above its median, so that this is known well; but what lies next above comes
 * in two blocks alone, so that it could as well be missing. */
static void an_upper_end_is_found_by_what_lies_above_it(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        for (int i = 0; i < 50; i++) {
            put(b, 500);
            put(b, b % 32 == 0 ? 600 : 2000);
        }
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    check_near(interval.design_effect, 1, 0);
    check_near(interval.low, 500, 0);
    check_near(interval.high, 2000, 0);
    finish(BLOCKS, true); /* runs are too few to tell of an end */
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    check_near(interval.high, 600, 0);
}

/* Stretches of eight blocks that are alike: pairs of them still are, and are told. */
static void long_stretches_are_correlated(void **state)
{
    (void)state;
    uint64_t random = 7;
    int64_t ns = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        if (b % 8 == 0)
            ns = 1000 + (int64_t)(random_next(&random) % 1000);
        for (int i = 0; i < 50; i++)
            put(b, ns);
    }
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_true(interval.is_correlated);
    assert_int_equal(interval.blocks, BLOCKS / 2);
    assert_true(interval.design_effect > 150); /* 100 for pairs, and more for what they share */
}

/* Ninety-nine in a hundred lie in quiet blocks: the scatter of p99 rests on the few that do not. */
static void few_stalls_have_few_degrees(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        for (int i = 0; i < 100; i++)
            put(b, b == 9 || b == 40 ? 100000 + i * 100 : 1000 + i);
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.98, 0);
    assert_true(interval.degrees < 5);
    assert_int_equal(interval.quality, INTERVAL_UNRESOLVED);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_true(interval.degrees > 3 && interval.low >= 1000 && interval.high < 1100);
}

static void the_upper_end_may_be_unseen(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        put(b, 1000 + (int64_t)(b * 29 % 64));
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.99, 0);
    assert_true(interval.is_open);
    check_near(interval.high, 1063, 0);
    assert_int_equal(interval.quality, INTERVAL_UNRESOLVED);
}

static void values_of_one_bucket_have_a_narrow_interval(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        for (int i = 0; i < 20; i++)
            put(b, 5000000);
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    check_near(interval.low, 5000000, 0);
    check_near(interval.high, 5000000, 0);
    assert_int_equal(interval.quality, INTERVAL_GOOD);
}

static void nothing_has_no_interval(void **state)
{
    (void)state;
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_int_equal(interval.quality, INTERVAL_NONE);
    assert_true(isnan(interval.value) && isnan(interval.low));
    put(3, 77);
    finish(BLOCKS, false);
    interval_of_percentile(&interval, NULL, &values, 0.5, 0);
    assert_int_equal(interval.quality, INTERVAL_NONE);
    check_near(interval.value, 77, 0);
    finish(1, false); /* one block scatters over nothing */
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_int_equal(interval.quality, INTERVAL_NONE);
}

/* Failures stand above every value, and their share has an interval of its own. */
static void failures_count_where_they_are_asked_for(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++) {
        for (int i = 1; i <= 9; i++)
            put(b, i * 100);
        blocks.failed[b] = 1;
    }
    finish(BLOCKS, false);
    interval_of_percentile(&interval, &scatter, &values, 0.5, BLOCKS);
    check_near(interval.value, 500, 0);
    assert_int_equal(interval.count, 640);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_int_equal(interval.count, 576);
    interval_of_percentile(&interval, &scatter, &values, 0.95, BLOCKS);
    assert_true(isinf(interval.value) && isinf(interval.high));
    interval_of_failures(&interval, &scatter);
    check_near(interval.value, 0.1, 1e-12);
    assert_true(interval.low > 0.07 && interval.low < 0.1 && interval.high < 0.13);
    assert_int_equal(interval.quality, INTERVAL_GOOD);
}

/* None failed: the rule of three says how many may. */
static void no_failure_has_an_upper_end(void **state)
{
    (void)state;
    for (size_t b = 0; b < BLOCKS; b++)
        put(b, 100 + (int64_t)b);
    finish(BLOCKS, false);
    interval_of_failures(&interval, &scatter);
    check_near(interval.value, 0, 0);
    check_near(interval.low, 0, 0);
    check_near(interval.high, 1 - pow(0.025, 1 / interval.effective), 1e-12);
}

/* The mean of K block means that differ: t over blocks, as in any textbook. */
static void a_mean_is_bounded_by_t(void **state)
{
    (void)state;
    double squares = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        const int64_t ns = b * 37 % 64 < 32 ? 1000 : 1200; /* exactly, in buckets of their own */
        put(b, ns);
        put(b, ns);
        squares += (double)((ns - 1100) * (ns - 1100));
    }
    finish(BLOCKS, false);
    interval_of_mean(&interval, &scatter);
    check_near(interval.value, 1100, 1e-9);
    const double error = sqrt(squares / (BLOCKS - 1) / BLOCKS);
    const double reach = (interval.high - interval.low) / 2;
    assert_true(reach >= error * 1.99 && reach < error * 2.6); /* and more, where neighbours agree */
    interval_of_rate(&interval, &scatter, 500);
    check_near(interval.low, 500, 1e-9); /* each block has two */
    check_near(interval.high, 500, 1e-9);
}

/* Of a group the runs are the blocks: five of them have four degrees of freedom. */
static void runs_are_blocks_of_a_group(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (size_t run = 0; run < 5; run++)
        for (int i = 0; i < 2000; i++)
            put(run, 1000 + (int64_t)(random_next(&random) % 1000));
    finish(5, true);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_true(interval.are_runs);
    assert_int_equal(interval.blocks, 5);
    check_near(interval.degrees, 4, 1e-9);
    assert_int_equal(interval.quality, INTERVAL_GOOD);
    finish(2, true);
    interval_of_percentile(&interval, &scatter, &values, 0.5, 0);
    assert_true(interval.quality < INTERVAL_GOOD); /* two runs say little of a third */
}

static void ranks_are_nearest(void **state)
{
    (void)state;
    assert_int_equal(interval_rank(0.95, 400), 380);
    assert_int_equal(interval_rank(0.951, 400), 381);
    assert_int_equal(interval_rank(0, 400), 1);
    assert_int_equal(interval_rank(1, 400), 400);
    assert_int_equal(interval_rank(0.999999, 1000000), 999999);
}

/* Found by fuzzing: a file may say any moment, and the difference of two overflows. */
static void any_moment_has_a_block(void **state)
{
    (void)state;
    struct scatter_clock clock;
    scatter_clock_set(&clock, 1000, 64000000, false);
    assert_int_equal(scatter_block_of(&clock, INT64_MIN), 0);
    assert_int_equal(scatter_block_of(&clock, 999), 0);
    assert_int_equal(scatter_block_of(&clock, INT64_MAX), clock.blocks - 1);
    scatter_clock_set(&clock, -1000, 64000000, false);
    assert_int_equal(scatter_block_of(&clock, INT64_MAX), clock.blocks - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(even_blocks_are_as_independent_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_of_one_value_count_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_upper_end_is_found_by_what_lies_above_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(long_stretches_are_correlated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(few_stalls_have_few_degrees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_upper_end_may_be_unseen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_of_one_bucket_have_a_narrow_interval, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_has_no_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_count_where_they_are_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(no_failure_has_an_upper_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mean_is_bounded_by_t, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_are_blocks_of_a_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ranks_are_nearest, set_up, tear_down),
        cmocka_unit_test(any_moment_has_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
