/* Differences against cases worked out by hand: Welch's t on logarithms, one run against a group,
 * MOVER, and what has no interval. */
#include "contrast.h"

#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct contrast contrast;

static void check_near(double is, double expected, double gap)
{
    if (!(fabs(is - expected) <= gap))
        fail_msg("%.10g instead of %.10g", is, expected);
}

static struct contrast_side group(const double *values, size_t runs)
{
    return (struct contrast_side){.values = values, .runs = runs};
}

static struct contrast_side one(double value, double low, double high)
{
    return (struct contrast_side){
        .interval = {.quality = INTERVAL_GOOD, .value = value, .low = low, .high = high},
        .values = NULL,
        .runs = 1};
}

/* exp(0, 1, 2) against exp(3, 4, 5): a gap of 3, an error of sqrt(2 / 3), 4 degrees. */
static void groups_are_compared_by_welch_on_logarithms(void **state)
{
    (void)state;
    const double base[] = {1, exp(1), exp(2)};
    const double other[] = {exp(3), exp(4), exp(5)};
    const struct contrast_side sides[] = {group(base, 3), group(other, 3)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_int_equal(contrast.basis, CONTRAST_GROUPS);
    assert_int_equal(contrast.quality, INTERVAL_FAIR); /* three runs a side are few */
    const double error = sqrt(2.0 / 3);
    check_near(contrast.change, exp(3), 1e-9);
    check_near(contrast.degrees, 4, 1e-9);
    check_near(contrast.low, exp(3 - 2.7764451052 * error), 1e-6);
    check_near(contrast.high, exp(3 + 2.7764451052 * error), 1e-5);
    check_near(contrast.p, 2 * statistics_student(-3 / error, 4), 1e-12);
    check_near(contrast.p_rank, 0.1, 1e-12);
    assert_true(contrast_is_clear(&contrast, CONTRAST_RATIO));
    assert_false(contrast.is_doubted); /* no ranks of three and three are below 5 % */
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, 1), contrast.p / 2, 1e-9);
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, exp(3)), 0.5, 1e-9);
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, exp(6)), 1 - contrast.p / 2, 1e-9);
}

static void shares_differ_by_points(void **state)
{
    (void)state;
    const double base[] = {0, 0, 0, 0};
    const double other[] = {0.01, 0.03, 0.01, 0.03};
    const struct contrast_side sides[] = {group(base, 4), group(other, 4)};
    contrast_find(&contrast, CONTRAST_DIFFERENCE, &sides[0], &sides[1]);
    check_near(contrast.change, 0.02, 1e-12);
    check_near(contrast.degrees, 3, 1e-9);
    check_near(contrast.low, 0.02 - 3.1824463053 * 0.01 / sqrt(3), 1e-9);
    assert_true(contrast_is_clear(&contrast, CONTRAST_DIFFERENCE));
}

/* One outlier among five makes t doubt what ranks see. */
static void an_outlier_is_doubted(void **state)
{
    (void)state;
    const double base[] = {1, 1.01, 1.02, 1.03, 1.04};
    const double other[] = {1.1, 1.11, 1.12, 1.13, 9};
    const struct contrast_side sides[] = {group(base, 5), group(other, 5)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_true(contrast.p > 0.05 && contrast.p_rank < 0.01 && contrast.is_doubted);
    assert_false(contrast_is_clear(&contrast, CONTRAST_RATIO));
    assert_int_equal(contrast.quality, INTERVAL_GOOD);
}

/* t of these is 2.44 with 7.8 degrees, once in 24; but of the 252 ways to deal the ten runs to two
 * groups 18 are as unlike, once in 14. */
static void what_dealing_the_runs_leaves_open_is_not_clear(void **state)
{
    (void)state;
    const double base[] = {100, 101, 107, 108, 115};
    const double other[] = {106, 114, 116, 123, 125};
    const struct contrast_side sides[] = {group(base, 5), group(other, 5)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_false(contrast_is_clear(&contrast, CONTRAST_RATIO));
    assert_true(contrast.low < 1 && contrast.low > 0.99 && contrast.p > 0.05 && contrast.p < 0.1);
    check_near(2 * contrast_p_above(&contrast, CONTRAST_RATIO, 1), contrast.p, 1e-9);
    /* The other way round it is the same. */
    const double high = 1 / contrast.low;
    contrast_find(&contrast, CONTRAST_RATIO, &sides[1], &sides[0]);
    check_near(contrast.high, high, 1e-12);
}

/* A group of logarithms 0, 1, 2 predicts the next run within sqrt(1 + 1 / 3) of its deviation. */
static void one_run_is_held_against_the_scatter_of_a_group(void **state)
{
    (void)state;
    const double base[] = {1, exp(1), exp(2)};
    const double next = exp(2.5);
    const struct contrast_side sides[] = {group(base, 3), group(&next, 1)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_int_equal(contrast.basis, CONTRAST_ONE_RUN);
    check_near(contrast.degrees, 2, 0);
    check_near(log(contrast.high / contrast.change), 4.3026527297 * sqrt(4.0 / 3), 1e-6);
    assert_true(isnan(contrast.p_rank));
    assert_false(contrast_is_clear(&contrast, CONTRAST_RATIO));
    contrast_find(&contrast, CONTRAST_RATIO, &sides[1], &sides[0]);
    check_near(contrast.change, exp(-1.5), 1e-9);
}

/* MOVER by hand: each end takes the far end of one and the near end of the other. */
static void two_runs_are_compared_by_their_intervals(void **state)
{
    (void)state;
    const struct contrast_side sides[] = {one(1, exp(-0.3), exp(0.4)),
                                          one(exp(1), exp(0.9), exp(1.2))};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_int_equal(contrast.basis, CONTRAST_TWO_RUNS);
    check_near(log(contrast.low), 1 - hypot(0.1, 0.4), 1e-12);
    check_near(log(contrast.high), 1 + hypot(0.2, 0.3), 1e-12);
    check_near(contrast.p, 2 * statistics_normal(-1.959963985 / hypot(0.1, 0.4)), 1e-9);
    assert_true(isnan(contrast.degrees));
    assert_int_equal(contrast.quality, INTERVAL_GOOD);
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, 1), contrast.p / 2, 1e-9);
}

static void an_end_that_was_not_seen_is_open(void **state)
{
    (void)state;
    struct contrast_side sides[] = {one(1, 0.9, 1.1), one(2, 1.8, 2.2)};
    sides[1].interval.is_open = true;
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_true(isinf(contrast.high) && contrast.low > 1.5);
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, 3), 0.5, 1e-9); /* it may well be */
    contrast_find(&contrast, CONTRAST_RATIO, &sides[1], &sides[0]);
    check_near(contrast.low, 0, 0);
    assert_true(contrast_is_clear(&contrast, CONTRAST_RATIO));
    sides[0].interval.quality = INTERVAL_UNRESOLVED;
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_int_equal(contrast.quality, INTERVAL_UNRESOLVED);
}

static void what_does_not_scatter_is_certain(void **state)
{
    (void)state;
    const double base[] = {5, 5};
    const double other[] = {6, 6};
    const struct contrast_side sides[] = {group(base, 2), group(other, 2)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    check_near(contrast.low, 1.2, 1e-12);
    check_near(contrast.high, 1.2, 1e-12);
    check_near(contrast.p, 0, 0);
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[0]);
    check_near(contrast.p, 1, 0);
    assert_false(contrast_is_clear(&contrast, CONTRAST_RATIO));
    check_near(contrast_p_above(&contrast, CONTRAST_RATIO, 1), 1, 0);
}

static void what_is_missing_has_no_interval(void **state)
{
    (void)state;
    struct contrast_side sides[] = {one(1, 0.9, 1.1), one(NAN, NAN, NAN)};
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_true(isnan(contrast.change) && isnan(contrast.p));
    assert_true(isnan(contrast_p_above(&contrast, CONTRAST_RATIO, 1)));
    assert_false(contrast_is_clear(&contrast, CONTRAST_RATIO));
    sides[1] = one(INFINITY, 2, INFINITY); /* a failed request's */
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    assert_int_equal(contrast.quality, INTERVAL_NONE);
    sides[0].interval.quality = INTERVAL_NONE;
    sides[1] = one(2, 1, 3);
    contrast_find(&contrast, CONTRAST_RATIO, &sides[0], &sides[1]);
    check_near(contrast.change, 2, 1e-12); /* the figures are there, their worth is not known */
    assert_true(isnan(contrast.low));
    /* A run of a group without a value does not count; two that are left say nothing. */
    const double base[] = {1, NAN, NAN};
    const double other[] = {2, INFINITY};
    const struct contrast_side groups[] = {group(base, 3), group(other, 2)};
    contrast_find(&contrast, CONTRAST_RATIO, &groups[0], &groups[1]);
    assert_true(isnan(contrast.low));
}

static void a_basis_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(contrast_basis_name(CONTRAST_TWO_RUNS), "two runs");
    assert_string_equal(contrast_basis_name(CONTRAST_ONE_RUN), "a run and a group");
    assert_string_equal(contrast_basis_name(CONTRAST_GROUPS), "groups");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_compared_by_welch_on_logarithms),
        cmocka_unit_test(shares_differ_by_points),
        cmocka_unit_test(an_outlier_is_doubted),
        cmocka_unit_test(what_dealing_the_runs_leaves_open_is_not_clear),
        cmocka_unit_test(one_run_is_held_against_the_scatter_of_a_group),
        cmocka_unit_test(two_runs_are_compared_by_their_intervals),
        cmocka_unit_test(an_end_that_was_not_seen_is_open),
        cmocka_unit_test(what_does_not_scatter_is_certain),
        cmocka_unit_test(what_is_missing_has_no_interval),
        cmocka_unit_test(a_basis_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
