/* worth.c - from targets to interval.h. */
#include "worth.h"

#include "limits.h"

#include <math.h>
#include <stdio.h>

static const struct scatter nothing;

static const struct scatter *scatter_of(const struct target *target, enum series series)
{
    return target->scatter[series] ? target->scatter[series] : &nothing;
}

void worth_percentile(struct interval *interval, const struct target *target, enum series series,
                      double p)
{
    interval_of_percentile(interval, scatter_of(target, series), &target->series[series], p, 0);
}

void worth_percentile_of_all(struct interval *interval, const struct target *target,
                             enum series series, double p)
{
    interval_of_percentile(interval, scatter_of(target, series), &target->series[series], p,
                           target_failed(target));
}

/* Whether the columns of a target's scatter are runs; else they are stretches of the one run. */
static bool has_runs(const struct target *target, enum series series)
{
    return scatter_of(target, series)->are_runs;
}

static double run_percentile(const struct target *target, enum series series, size_t run, double p,
                             bool is_of_all)
{
    const struct scatter *scatter = target->scatter[series];
    if (!scatter)
        return NAN;
    const uint64_t values = has_runs(target, series) ? scatter->counts[run]
                                                     : distribution_count(&target->series[series]);
    const uint64_t failed = is_of_all ? target->runs[run].failed : 0;
    if (values + failed == 0)
        return NAN;
    const uint64_t rank = interval_rank(p, values + failed);
    if (rank > values)
        return INFINITY;
    return has_runs(target, series) ? (double)scatter_value_at(scatter, run, rank)
                                    : (double)distribution_at_rank(&target->series[series], rank);
}

double worth_run_percentile(const struct target *target, enum series series, size_t run, double p)
{
    return run_percentile(target, series, run, p, false);
}

double worth_run_percentile_of_all(const struct target *target, enum series series, size_t run,
                                   double p)
{
    return run_percentile(target, series, run, p, true);
}

double worth_run_mean(const struct target *target, enum series series, size_t run)
{
    const struct scatter *scatter = scatter_of(target, series);
    if (has_runs(target, series))
        return scatter->counts[run] > 0 ? scatter->sums_ns[run] / (double)scatter->counts[run]
                                        : NAN;
    return distribution_count(&target->series[series]) > 0
               ? distribution_mean_ns(&target->series[series])
               : NAN;
}

static double run_rate(const struct variant *variant, size_t run, uint64_t count)
{
    const int64_t measure_ns = variant->runs[run].measure_ns;
    return measure_ns > 0 ? (double)count * (double)NS_PER_S / (double)measure_ns : NAN;
}

double worth_run_rate(const struct variant *variant, const struct target *target, size_t run)
{
    return run_rate(variant, run, target->runs[run].done);
}

double worth_run_successes(const struct variant *variant, const struct target *target, size_t run)
{
    return run_rate(variant, run, target->runs[run].done_ok);
}

double worth_run_errors(const struct target *target, size_t run)
{
    const struct target_run *own = &target->runs[run];
    return own->requests > 0 ? (double)own->failed / (double)own->requests : NAN;
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

#define DOUBLED_PERCENT 100.0 /* from here on a rise is told as a multiple */

bool worth_drift(const struct variant *variant, char text[WORTH_TEXT_MAX])
{
    struct drift drift;
    drift_find(&drift, scatter_of(&variant->total, variant->latency));
    text[0] = '\0';
    if (!drift.is_drifting)
        return false;
    if (drift.change_percent >= DOUBLED_PERCENT)
        snprintf(text, WORTH_TEXT_MAX, "rose %.*f-fold from its first half to its second",
                 drift.change_percent < 900 ? 1 : 0, 1 + drift.change_percent / 100);
    else
        snprintf(text, WORTH_TEXT_MAX, "%s by %.0f %% from its first half to its second",
                 drift.change_percent > 0 ? "rose" : "fell", fabs(drift.change_percent));
    return true;
}
