/* worth.h - the intervals of a variant's figures: over time where it is one run, over its runs
 * where it is a group. Pure. */
#ifndef TARE_WORTH_H
#define TARE_WORTH_H

#include "dataset.h"
#include "drift.h"
#include "interval.h"

#include <stdbool.h>
#include <stddef.h>

/* The percentile p (0 < p < 1) of a latency of the target's successes. A latency whose scatter was
 * not kept has a figure without an interval. */
void worth_percentile(struct interval *interval, const struct target *target, enum series series,
                      double p);

/* The same among all requests, of which those that failed or are censored stand above every limit;
 * INFINITY where the percentile is one of those. */
void worth_percentile_of_all(struct interval *interval, const struct target *target,
                             enum series series, double p);

/* The same of one run of a group by itself, or of the one run: 0 to run_count - 1. NAN where it has
 * none, or its scatter was not kept. */
double worth_run_percentile(const struct target *target, enum series series, size_t run, double p);
double worth_run_percentile_of_all(const struct target *target, enum series series, size_t run,
                                   double p);
double worth_run_mean(const struct target *target, enum series series, size_t run);
double worth_run_rate(const struct variant *variant, const struct target *target, size_t run);
double worth_run_successes(const struct variant *variant, const struct target *target, size_t run);
double worth_run_errors(const struct target *target, size_t run);

/* The mean of a latency, in ns. */
void worth_mean(struct interval *interval, const struct target *target, enum series series);

/* Requests done per second, and the share that failed or is censored. */
void worth_rate(struct interval *interval, const struct variant *variant,
                const struct target *target);
void worth_errors(struct interval *interval, const struct variant *variant,
                  const struct target *target);

/* Whether the one run of a variant drifted (drift.h), in words: "rose by 23 % from its first half
 * to its second", "rose 16-fold from ...". text: WORTH_TEXT_MAX bytes; "" where it did not. */
#define WORTH_TEXT_MAX 96u
bool worth_drift(const struct variant *variant, char text[WORTH_TEXT_MAX]);

#endif
