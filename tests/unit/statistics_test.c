/* Quantiles against published tables, and tests against cases counted by hand. */
#include "statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check_near(double is, double expected, double gap)
{
    if (!(fabs(is - expected) <= gap))
        fail_msg("%.12g instead of %.12g", is, expected);
}

/* Abramowitz, Stegun, table 26.10 (5 digits), and NIST's table of Student's t. */
static void student_agrees_with_tables(void **state)
{
    (void)state;
    static const struct {
        double degrees;
        double t90; /* two-sided 90, 95, 99, 99.9 % */
        double t95;
        double t99;
        double t999;
    } rows[] = {{1, 6.314, 12.706, 63.657, 636.619}, {2, 2.920, 4.303, 9.925, 31.599},
                {3, 2.353, 3.182, 5.841, 12.924},    {4, 2.132, 2.776, 4.604, 8.610},
                {5, 2.015, 2.571, 4.032, 6.869},     {8, 1.860, 2.306, 3.355, 5.041},
                {9, 1.833, 2.262, 3.250, 4.781},     {10, 1.812, 2.228, 3.169, 4.587},
                {19, 1.729, 2.093, 2.861, 3.883},    {30, 1.697, 2.042, 2.750, 3.646},
                {60, 1.671, 2.000, 2.660, 3.460},    {120, 1.658, 1.980, 2.617, 3.373}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_near(statistics_student_quantile(0.95, rows[i].degrees), rows[i].t90, 0.0005);
        check_near(statistics_student_quantile(0.975, rows[i].degrees), rows[i].t95, 0.0005);
        check_near(statistics_student_quantile(0.995, rows[i].degrees), rows[i].t99, 0.0005);
        check_near(statistics_student_quantile(0.9995, rows[i].degrees), rows[i].t999, 0.0005);
        check_near(statistics_student_quantile(0.025, rows[i].degrees), -rows[i].t95, 0.0005);
    }
    check_near(statistics_student_quantile(0.5, 7), 0, 0);
    /* One degree is Cauchy's distribution, two have a closed form. */
    check_near(statistics_student(1, 1), 0.75, 1e-13);
    check_near(statistics_student(2, 2), 0.5 + 2 / (2 * sqrt(2 + 4)), 1e-13);
    check_near(statistics_student(-3, 1), 0.5 + atan(-3) / M_PI, 1e-13);
    /* Degrees that are not whole, as Welch's: quantile and share are each other's inverse. */
    check_near(statistics_student(statistics_student_quantile(0.975, 5.37), 5.37), 0.975, 1e-12);
}

static void normal_agrees_with_tables(void **state)
{
    (void)state;
    check_near(statistics_normal(0), 0.5, 0);
    check_near(statistics_normal(1), 0.841344746068543, 1e-14);
    check_near(statistics_normal(-6), 9.865876450377e-10, 1e-21);
    check_near(statistics_normal_quantile(0.975), 1.959963984540054, 1e-13);
    check_near(statistics_normal_quantile(0.025), -1.959963984540054, 1e-13);
    check_near(statistics_normal_quantile(0.999), 3.090232306167813, 1e-12);
    check_near(statistics_normal_quantile(1e-9), -5.997807015008, 1e-9);
}

static void beta_agrees_with_closed_forms(void **state)
{
    (void)state;
    check_near(statistics_beta(1, 1, 0.3), 0.3, 1e-14);
    check_near(statistics_beta(2, 1, 0.3), 0.09, 1e-14);
    check_near(statistics_beta(1, 3, 0.3), 1 - pow(0.7, 3), 1e-14);
    check_near(statistics_beta(0.5, 0.5, 0.5), 0.5, 1e-14);
    check_near(statistics_beta(3, 4, 0), 0, 0);
    check_near(statistics_beta(3, 4, 1), 1, 0);
    /* The binomial sum that it stands for: P(X >= 3) of 10 at 0.2. */
    check_near(statistics_beta(3, 8, 0.2), 0.3222004736, 1e-10);
    /* The rule of three: none of 100 seen, at most this many with 97.5 %. */
    check_near(statistics_beta_quantile(0.975, 1, 100), 1 - pow(0.025, 0.01), 1e-12);
    check_near(statistics_beta_quantile(0.025, 100, 1), pow(0.025, 0.01), 1e-12);
    /* Clopper and Pearson's interval of 10 among 100: 0.0490 to 0.1762. */
    check_near(statistics_beta_quantile(0.025, 10, 91), 0.0490047, 1e-6);
    check_near(statistics_beta_quantile(0.975, 11, 90), 0.1762226, 1e-6);
    /* Of many requests, and of a tail that is not whole. */
    for (double a = 0.4; a < 2e7; a *= 7.3) {
        const double b = a / 90 + 1;
        check_near(statistics_beta(a, b, statistics_beta_quantile(0.025, a, b)), 0.025, 1e-8);
        check_near(statistics_beta(a, b, statistics_beta_quantile(0.975, a, b)), 0.975, 1e-8);
    }
}

static void welch_has_the_degrees_of_its_parts(void **state)
{
    (void)state;
    check_near(statistics_welch_degrees(1, 5, 1, 5), 8, 1e-12);
    check_near(statistics_welch_degrees(1, 5, 0, 5), 4, 1e-12);
    check_near(statistics_welch_degrees(0, 3, 2, 7), 6, 1e-12);
    check_near(statistics_welch_degrees(1, 5, 3, 10), 16 / (1.0 / 4 + 1), 1e-12);
    assert_true(isnan(statistics_welch_degrees(0, 5, 0, 5)));
}

/* The published critical values: 5 against 5 need U = 2 for 5 %, 4 against 4 need 0. */
static void ranks_agree_with_counts_by_hand(void **state)
{
    (void)state;
    const double low[] = {1, 2, 3, 4, 5};
    const double high[] = {6, 7, 8, 9, 10};
    const double near[] = {4.5, 7, 8, 9, 10}; /* U = 1 */
    const double mixed[] = {3.5, 4.5, 8, 9, 10}; /* U = 3 */
    check_near(statistics_rank_test(low, 5, high, 5), 2 / 252.0, 1e-12);
    check_near(statistics_rank_test(high, 5, low, 5), 2 / 252.0, 1e-12);
    check_near(statistics_rank_test(low, 4, high, 4), 2 / 70.0, 1e-12);
    check_near(statistics_rank_test(low, 3, high, 3), 0.1, 1e-12);
    check_near(statistics_rank_test(low, 5, near, 5), 4 / 252.0, 1e-12);
    check_near(statistics_rank_test(low, 5, mixed, 5), 14 / 252.0, 1e-12);
    check_near(statistics_rank_test(low, 5, low, 5), 1, 0);
    check_near(statistics_rank_test(low, 0, low, 5), 1, 0);
}

/* Exact and approximate are near where one gives over to the other. */
static void many_ranks_are_approximated(void **state)
{
    (void)state;
    double left[STATISTICS_RANKS_MAX + 1];
    double right[STATISTICS_RANKS_MAX + 1];
    for (size_t i = 0; i <= STATISTICS_RANKS_MAX; i++) {
        left[i] = (double)i;
        right[i] = (double)i + 8.5;
    }
    const double exact =
        statistics_rank_test(left, STATISTICS_RANKS_MAX, right, STATISTICS_RANKS_MAX);
    const double near =
        statistics_rank_test(left, STATISTICS_RANKS_MAX + 1, right, STATISTICS_RANKS_MAX + 1);
    assert_true(exact > 0 && near > 0.5 * exact && near < 1.5 * exact);
}

/* How many of all ways to deal ten values to two sets of five have a second mean above the first by as
 * much as these do, or more, with `shift` taken off the second set. */
static int count_dealings(const double left[5], const double right[5], double shift)
{
    double all[10];
    double wanted = 0;
    int count = 0;
    for (int i = 0; i < 5; i++) {
        all[i] = left[i];
        all[5 + i] = right[i] - shift;
        wanted += all[5 + i];
    }
    for (unsigned deal = 0; deal < 1u << 10; deal++) {
        double sum = 0;
        for (int i = 0; i < 10; i++)
            sum += deal >> i & 1 ? all[i] : 0;
        count += __builtin_popcount(deal) == 5 && sum >= wanted - 1e-9;
    }
    return count;
}

/* 2.5 % of 252 ways are 6. */
static void exchange_agrees_with_dealing_all_values(void **state)
{
    (void)state;
    const double left[] = {1.3, 2.9, 0.4, 7.7, 3.1};
    const double right[] = {5.2, 4.4, 9.8, 6.1, 2.2};
    double low;
    double high;
    assert_true(statistics_exchange(left, 5, right, 5, 0.95, &low, &high));
    assert_int_equal(count_dealings(left, right, low - 0.001), 6);
    assert_true(count_dealings(left, right, low + 0.001) > 6);
    assert_int_equal(count_dealings(right, left, -(high + 0.001)), 6);
    assert_true(count_dealings(right, left, -(high - 0.001)) > 6);
    /* Whole numbers, of which the smallest shift is that of two single values. */
    const double low_ones[] = {1, 2, 3, 4};
    const double high_ones[] = {11, 12, 13, 14};
    assert_true(statistics_exchange(low_ones, 4, high_ones, 4, 0.95, &low, &high));
    check_near(low, 11 - 4, 1e-12);
    check_near(high, 14 - 1, 1e-12);
}

static void exchange_needs_values_enough_and_not_too_many(void **state)
{
    (void)state;
    const double values[STATISTICS_EXCHANGED_MAX + 1] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    double low = 17;
    double high = 17;
    assert_false(statistics_exchange(values, 3, values, 3, 0.95, &low, &high)); /* 1 in 20 is 5 % */
    assert_true(statistics_exchange(values, 3, values, 5, 0.95, &low, &high));
    assert_true(statistics_exchange(values, 2, values, 12, 0.95, &low, &high));
    assert_true(statistics_exchange(values, 7, values, 7, 0.95, &low, &high));
    low = high = 17;
    assert_false(statistics_exchange(values, 7, values, 8, 0.95, &low, &high)); /* 6,435 ways */
    assert_false(statistics_exchange(values, 2, values, 13, 0.95, &low, &high));
    assert_false(statistics_exchange(values, 13, values, 2, 0.95, &low, &high));
    assert_true(low == 17 && high == 17);
}

static void holm_steps_down(void **state)
{
    (void)state;
    const double p[] = {0.01, 0.04, 0.03, 0.005};
    double adjusted[4];
    statistics_holm(p, 4, adjusted);
    check_near(adjusted[3], 0.02, 1e-15);
    check_near(adjusted[0], 0.03, 1e-15);
    check_near(adjusted[2], 0.06, 1e-15);
    check_near(adjusted[1], 0.06, 1e-15); /* never below one that comes before it */
    const double large[] = {0.6, 0, 0.7, 0};
    statistics_holm(large, 4, adjusted);
    check_near(adjusted[0], 1, 0);
    check_near(adjusted[1], 0, 0);
    check_near(adjusted[3], 0, 0);
    statistics_holm(p, 1, adjusted);
    check_near(adjusted[0], 0.01, 0);
    statistics_holm(p, 0, adjusted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(student_agrees_with_tables),
        cmocka_unit_test(normal_agrees_with_tables),
        cmocka_unit_test(beta_agrees_with_closed_forms),
        cmocka_unit_test(welch_has_the_degrees_of_its_parts),
        cmocka_unit_test(ranks_agree_with_counts_by_hand),
        cmocka_unit_test(many_ranks_are_approximated),
        cmocka_unit_test(exchange_agrees_with_dealing_all_values),
        cmocka_unit_test(exchange_needs_values_enough_and_not_too_many),
        cmocka_unit_test(holm_steps_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
