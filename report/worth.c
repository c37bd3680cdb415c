/* worth.c - from targets to interval.h. */
#include "worth.h"

#include <math.h>

static const struct scatter nothing;

static const struct scatter *scatter_of(const struct target *target, enum series series)
{
    return target->scatter[series] ? target->scatter[series] : &nothing;
}

void worth_percentile(struct interval *interval, const struct target *target, enum series series,
                      double p)
{
    interval_of_percentile(interval, scatter_of(target, series), &target->series[series], p, false);
}

void worth_percentile_of_all(struct interval *interval, const struct target *target,
                             enum series series, double p)
{
    interval_of_percentile(interval, scatter_of(target, series), &target->series[series], p, true);
}

void worth_mean(struct interval *interval, const struct target *target, enum series series)
{
    interval_of_mean(interval, scatter_of(target, series));
    interval->value = distribution_count(&target->series[series]) > 0
                          ? distribution_mean_ns(&target->series[series])
                          : NAN;
}

void worth_rate(struct interval *interval, const struct variant *variant,
                const struct target *target)
{
    interval_of_rate(interval, scatter_of(target, variant->latency),
                     variant_rate_per_s(variant, target));
}

void worth_errors(struct interval *interval, const struct variant *variant,
                  const struct target *target)
{
    interval_of_failures(interval, scatter_of(target, variant->latency));
    interval->value = target->requests > 0 ? target_error_share(target) : NAN;
}
