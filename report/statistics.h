/* statistics.h - the few functions of probability that intervals and comparisons rest on. Pure, and
 * exact to about ten digits: the same arguments give the same bytes.
 * Where no source is named: Abramowitz, Stegun, "Handbook of Mathematical Functions", chapter 26.
 */
#ifndef TARE_STATISTICS_H
#define TARE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* The share of a standard normal distribution below z, and where a share 0 < p < 1 lies below. */
double statistics_normal(double z);
double statistics_normal_quantile(double p);

/* The regularized incomplete beta function I_x(a, b): the share of a beta distribution below x.
 * a, b: above 0. */
double statistics_beta(double a, double b, double x);

/* Where a share 0 < p < 1 of a beta distribution lies below. a, b: above 0. */
double statistics_beta_quantile(double p, double a, double b);

/* The share of Student's t below t, and where a share 0 < p < 1 lies below. degrees: of freedom,
 * above 0, whole or not (Welch's are not). */
double statistics_student(double t, double degrees);
double statistics_student_quantile(double p, double degrees);

/* Welch's degrees of freedom for the difference of two means, of which each has a variance of its
 * own (the squared standard error) and `count` values. NAN where both variances are 0. */
double statistics_welch_degrees(double variance, size_t count, double other_variance,
                                size_t other_count);

/* The exact two-sided p of Mann, Whitney and Wilcoxon's rank test: how often two sets of the same
 * kind would be as unlike, or more. Ties count half; p is then that of the nearest less extreme
 * sum without ties. More values than STATISTICS_RANKS_MAX a side: by the normal approximation. */
#define STATISTICS_RANKS_MAX 32u
double statistics_rank_test(const double *left, size_t left_count, const double *right,
                            size_t right_count);

/* The interval of the shift from left to right that exchanging values between them leaves, whatever
 * their distribution: how far right has to be moved until no more than 1 - confidence of all ways to
 * deal the values to two such sets are as unlike, or more, by their means (Pitman 1937). Returns
 * false, and leaves low and high alone, where the values are too few for that, or more than
 * STATISTICS_EXCHANGES_MAX ways or STATISTICS_EXCHANGED_MAX values a side make it too long. */
#define STATISTICS_EXCHANGES_MAX 4096u
#define STATISTICS_EXCHANGED_MAX 12u
bool statistics_exchange(const double *left, size_t left_count, const double *right,
                         size_t right_count, double confidence, double *low, double *high);

/* Holm's step-down correction (1979): adjusted[i] is the smallest level at which test i stands,
 * when all of them are asked together. */
void statistics_holm(const double *p, size_t count, double *adjusted);

#endif
