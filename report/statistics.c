/* statistics.c - incomplete beta by its continued fraction, quantiles by bisected Newton steps. */
#include "statistics.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

#define FRACTION_STEPS_MAX 5000
#define FRACTION_TINY 1e-300
#define FRACTION_PRECISION 1e-15
#define ROOT_STEPS_MAX 200
#define ROOT_PRECISION 1e-14

double statistics_normal(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* A monotone function, and what its value is wanted to be. */
struct root {
    double (*share)(double x, const double *parameters);
    double (*density)(double x, const double *parameters);
    const double *parameters;
};

/* Where the share is p, between low and high: Newton's steps, and halves where they leave the
 * bracket. */
static double find_root(const struct root *root, double p, double low, double high, double start)
{
    double x = start;
    for (int i = 0; i < ROOT_STEPS_MAX; i++) {
        const double gap = root->share(x, root->parameters) - p;
        if (gap > 0)
            high = x;
        else
            low = x;
        const double density = root->density(x, root->parameters);
        double next = density > 0 ? x - gap / density : low;
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        if (fabs(next - x) <= ROOT_PRECISION * fabs(next) || next == low || next == high)
            return next;
        x = next;
    }
    return x;
}

static double normal_share(double x, const double *parameters)
{
    (void)parameters;
    return statistics_normal(x);
}

static double normal_density(double x, const double *parameters)
{
    (void)parameters;
    return exp(-x * x / 2) / sqrt(2 * M_PI);
}

double statistics_normal_quantile(double p)
{
    const struct root root = {normal_share, normal_density, NULL};
    CHECK(p > 0 && p < 1, ==, 1);
    return p == 0.5 ? 0 : find_root(&root, p, -40, 40, p < 0.5 ? -1 : 1);
}

/* ---- beta ---- */

static double log_beta(double a, double b)
{
    int sign;
    return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

/* The continued fraction 26.5.8, by the method of Lentz. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
    double fraction = d;
    for (int m = 1; m <= FRACTION_STEPS_MAX; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        fraction *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        fraction *= d * c;
        if (fabs(d * c - 1) < FRACTION_PRECISION)
            break;
    }
    return fraction;
}

double statistics_beta(double a, double b, double x)
{
    CHECK(a > 0 && b > 0, ==, 1);
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    const double front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b));
    /* The fraction converges fast on this side of the mean alone. */
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_share(double x, const double *parameters)
{
    return statistics_beta(parameters[0], parameters[1], x);
}

static double beta_density(double x, const double *parameters)
{
    if (x <= 0 || x >= 1)
        return 0;
    return exp((parameters[0] - 1) * log(x) + (parameters[1] - 1) * log1p(-x) -
               log_beta(parameters[0], parameters[1]));
}

double statistics_beta_quantile(double p, double a, double b)
{
    const double parameters[] = {a, b};
    const struct root root = {beta_share, beta_density, parameters};
    CHECK(p > 0 && p < 1, ==, 1);
    const double mean = a / (a + b);
    const double start =
        mean + statistics_normal_quantile(p) * sqrt(mean * (1 - mean) / (a + b + 1));
    return find_root(&root, p, 0, 1, start > 0 && start < 1 ? start : mean);
}

/* ---- Student ---- */

double statistics_student(double t, double degrees)
{
    CHECK(degrees > 0, ==, 1);
    const double beyond = statistics_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
    return t > 0 ? 1 - beyond : beyond;
}

double statistics_student_quantile(double p, double degrees)
{
    CHECK(p > 0 && p < 1, ==, 1);
    if (p == 0.5)
        return 0;
    const double both = 2 * (p < 0.5 ? p : 1 - p);
    const double x = statistics_beta_quantile(both, degrees / 2, 0.5);
    const double t = sqrt(degrees * (1 - x) / x);
    return p < 0.5 ? -t : t;
}

double statistics_welch_degrees(double variance, size_t count, double other_variance,
                                size_t other_count)
{
    const double sum = variance + other_variance;
    const double parts = variance * variance / ((double)count - 1) +
                         other_variance * other_variance / ((double)other_count - 1);
    return sum > 0 ? sum * sum / parts : NAN;
}

/* ---- ranks ---- */

/* In how many ways `left` of left + right ranks have each sum, above the least possible: counts of
 * partitions, built up a rank at a time. ways: left * right + 1 of them; returns how many in all.
 */
static double count_ways(size_t left, size_t right, double *ways)
{
    const size_t sums = left * right + 1;
    double all = 0;
    for (size_t i = 0; i < sums; i++)
        ways[i] = i == 0;
    /* The product of (1 - x^(right + i)) / (1 - x^i) for i = 1 .. left. */
    for (size_t i = 1; i <= left; i++) {
        for (size_t k = sums; k-- > right + i;)
            ways[k] -= ways[k - right - i];
        for (size_t k = i; k < sums; k++)
            ways[k] += ways[k - i];
    }
    for (size_t i = 0; i < sums; i++)
        all += ways[i];
    return all;
}

static double rank_test_normal(double u, double left, double right)
{
    const double mean = left * right / 2;
    const double gap = fabs(u - mean) - 0.5; /* corrected for continuity */
    const double deviation = sqrt(left * right * (left + right + 1) / 12);
    return gap <= 0 ? 1 : 2 * statistics_normal(-gap / deviation);
}

double statistics_rank_test(const double *left, size_t left_count, const double *right,
                            size_t right_count)
{
    double ways[STATISTICS_RANKS_MAX * STATISTICS_RANKS_MAX + 1];
    double u = 0;
    for (size_t i = 0; i < left_count; i++)
        for (size_t k = 0; k < right_count; k++)
            u += left[i] > right[k] ? 1 : left[i] == right[k] ? 0.5 : 0;
    if (left_count == 0 || right_count == 0)
        return 1;
    if (left_count > STATISTICS_RANKS_MAX || right_count > STATISTICS_RANKS_MAX)
        return rank_test_normal(u, (double)left_count, (double)right_count);
    const double most = (double)(left_count * right_count);
    const double least = ceil(u < most - u ? u : most - u);
    const double all = count_ways(left_count, right_count, ways);
    double beyond = 0;
    for (size_t i = 0; (double)i <= least; i++)
        beyond += ways[i];
    return fmin(1, 2 * beyond / all);
}

/* ---- exchange ---- */

/* The mean of the values whose bits are set. */
static double mean_of_some(const double *values, unsigned some)
{
    double sum = 0;
    for (unsigned left = some; left != 0; left &= left - 1)
        sum += values[__builtin_ctz(left)];
    return sum / __builtin_popcount(some);
}

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* To exchange some values for as many of the other side makes the two more unlike where the means
 * of those exchanged differ by less than the shift. */
bool statistics_exchange(const double *left, size_t left_count, const double *right,
                         size_t right_count, double confidence, double *low, double *high)
{
    double shifts[STATISTICS_EXCHANGES_MAX];
    size_t count = 0;
    double ways = 1;
    if (left_count > STATISTICS_EXCHANGED_MAX || right_count > STATISTICS_EXCHANGED_MAX)
        return false;
    for (size_t i = 1; i <= left_count; i++)
        ways *= (double)(right_count + i) / (double)i;
    const double tail = floor((1 - confidence) / 2 * ways * (1 + 1e-12));
    if (tail < 1 || ways > STATISTICS_EXCHANGES_MAX)
        return false;
    for (unsigned l = 1; l < 1u << left_count; l++)
        for (unsigned r = 1; r < 1u << right_count; r++)
            if (__builtin_popcount(l) == __builtin_popcount(r))
                shifts[count++] = mean_of_some(right, r) - mean_of_some(left, l);
    qsort(shifts, count, sizeof *shifts, compare_doubles);
    *low = shifts[(size_t)tail - 1]; /* to exchange nothing is one way more */
    *high = shifts[count - (size_t)tail];
    return true;
}

void statistics_holm(const double *p, size_t count, double *adjusted)
{
    double level = 0; /* of those that stand before */
    for (size_t i = 0; i < count; i++)
        adjusted[i] = NAN;
    for (size_t done = 0; done < count; done++) {
        size_t least = count;
        for (size_t i = 0; i < count; i++)
            if (isnan(adjusted[i]) && (least == count || p[i] < p[least]))
                least = i;
        level = fmax(level, fmin(1, p[least] * (double)(count - done)));
        adjusted[least] = level;
    }
}
