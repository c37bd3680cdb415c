/* side.c - figures of variants by worth.h, of baselines by their names. */
#include "side.h"

#include "check.h"
#include "worth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct side side_of_variant(const struct variant *variant)
{
    return (struct side){.name = variant->name, .runs = variant->run_count, .variant = variant};
}

struct side side_of_baseline(const struct baseline *baseline)
{
    return (struct side){.name = "the baseline", .runs = baseline->run_count, .baseline = baseline};
}

enum series side_latency(const struct side *side)
{
    if (side->variant)
        return side->variant->latency;
    return side->baseline->made.config.loop == RUN_LOOP_OPEN ? SERIES_RESPONSE : SERIES_SERVICE;
}

static enum series series_of(const struct side *side, const struct side_figure *figure)
{
    return figure->series < 0 ? side_latency(side) : (enum series)figure->series;
}

const struct run *side_made(const struct side *side)
{
    return side->variant ? &side->variant->runs[0] : &side->baseline->made;
}

enum contrast_scale side_scale(const struct side_figure *figure)
{
    return figure->metric == SIDE_ERRORS ? CONTRAST_DIFFERENCE : CONTRAST_RATIO;
}

static const struct target *target_of(const struct side *side, const struct side_figure *figure)
{
    return variant_find_target(side->variant, figure->target);
}

/* ---- baselines ---- */

static const char *name_of(const struct side_figure *figure, char text[DISTRIBUTION_NAME_MAX + 16])
{
    char percentile[DISTRIBUTION_NAME_MAX];
    switch (figure->metric) {
    case SIDE_PERCENTILE:
    case SIDE_PERCENTILE_OF_ALL:
        snprintf(text, DISTRIBUTION_NAME_MAX + 16, "%s%s",
                 distribution_percentile_name((uint32_t)lround(figure->p * 1e6), percentile),
                 figure->metric == SIDE_PERCENTILE ? "" : BASELINE_OF_ALL);
        return text;
    case SIDE_MEAN: return BASELINE_MEAN;
    case SIDE_MAX: return BASELINE_MAX;
    case SIDE_THROUGHPUT: return BASELINE_THROUGHPUT;
    case SIDE_RATE: return BASELINE_RATE;
    case SIDE_ERRORS: return BASELINE_ERRORS;
    }
    check_failed(__FILE__, __LINE__, "metric is known", figure->metric, 0);
}

static bool has_series(const struct side_figure *figure)
{
    return figure->metric <= SIDE_MAX;
}

static const struct baseline_figure *find(const struct side *side, const struct side_figure *figure,
                                          size_t run)
{
    char text[DISTRIBUTION_NAME_MAX + 16];
    const char *target = figure->target ? figure->target : "";
    const char *series = has_series(figure) ? schema_series_name(series_of(side, figure)) : "";
    const struct baseline_figure *found =
        baseline_find(side->baseline, run, target, series, name_of(figure, text));
    /* Where nothing failed the two percentiles are the same, and it is written once. */
    if (!found && figure->metric == SIDE_PERCENTILE_OF_ALL) {
        struct side_figure successes = *figure;
        successes.metric = SIDE_PERCENTILE;
        return find(side, &successes, run);
    }
    /* So are the one target and the total. */
    if (!found && *target && side->baseline->made.target_count == 1 &&
        strcmp(side->baseline->made.targets[0].name, target) == 0) {
        struct side_figure total = *figure;
        total.target = "";
        return find(side, &total, run);
    }
    return found;
}

static void baseline_worth(struct interval *interval, const struct side *side,
                           const struct side_figure *figure)
{
    const bool is_ratio = side_scale(figure) == CONTRAST_RATIO;
    double sum = 0;
    *interval = (struct interval){.value = NAN, .low = NAN, .high = NAN};
    for (size_t i = 0; i < side->runs; i++) {
        const struct baseline_figure *found = find(side, figure, i);
        if (!found)
            return;
        if (side->runs == 1) {
            *interval = found->interval;
            return;
        }
        interval->count += found->interval.count;
        sum += is_ratio ? log(found->interval.value) : found->interval.value;
    }
    interval->are_runs = true;
    interval->blocks = (uint32_t)side->runs;
    interval->value = is_ratio ? exp(sum / (double)side->runs) : sum / (double)side->runs;
}

/* ---- variants ---- */

/* A rate is worth what throughput is, as a share of it. */
static void successes_worth(struct interval *interval, const struct variant *variant,
                            const struct target *target)
{
    const double share = target->done > 0 ? (double)target->done_ok / (double)target->done : 0;
    worth_rate(interval, variant, target);
    interval->value = variant_success_rate_per_s(variant, target);
    interval->low *= share;
    interval->high *= share;
}

static void variant_worth(struct interval *interval, const struct side *side,
                          const struct side_figure *figure)
{
    const struct variant *variant = side->variant;
    const struct target *target = target_of(side, figure);
    const enum series series = series_of(side, figure);
    *interval = (struct interval){.value = NAN, .low = NAN, .high = NAN};
    switch (figure->metric) {
    case SIDE_PERCENTILE: worth_percentile(interval, target, series, figure->p); return;
    case SIDE_PERCENTILE_OF_ALL:
        worth_percentile_of_all(interval, target, series, figure->p);
        return;
    case SIDE_MEAN: worth_mean(interval, target, series); return;
    case SIDE_MAX:
        interval->count = distribution_count(&target->series[series]);
        if (interval->count > 0)
            interval->value = (double)distribution_max_ns(&target->series[series]);
        return;
    case SIDE_THROUGHPUT:
        if (target->requests > 0)
            worth_rate(interval, variant, target);
        return;
    case SIDE_RATE: successes_worth(interval, variant, target); return;
    case SIDE_ERRORS: worth_errors(interval, variant, target); return;
    }
}

static double run_max(const struct side *side, const struct target *target, enum series series,
                      size_t run)
{
    const struct scatter *scatter = target->scatter[series];
    if (side->runs == 1)
        return distribution_count(&target->series[series]) > 0
                   ? (double)distribution_max_ns(&target->series[series])
                   : NAN;
    return scatter && scatter->counts[run] > 0
               ? (double)scatter_value_at(scatter, run, scatter->counts[run])
               : NAN;
}

static double variant_run_value(const struct side *side, const struct side_figure *figure,
                                size_t run)
{
    const struct target *target = target_of(side, figure);
    const enum series series = series_of(side, figure);
    switch (figure->metric) {
    case SIDE_PERCENTILE: return worth_run_percentile(target, series, run, figure->p);
    case SIDE_PERCENTILE_OF_ALL: return worth_run_percentile_of_all(target, series, run, figure->p);
    case SIDE_MEAN: return worth_run_mean(target, series, run);
    case SIDE_MAX: return run_max(side, target, series, run);
    case SIDE_THROUGHPUT: return worth_run_rate(side->variant, target, run);
    case SIDE_RATE: return worth_run_successes(side->variant, target, run);
    case SIDE_ERRORS: return worth_run_errors(target, run);
    }
    check_failed(__FILE__, __LINE__, "metric is known", figure->metric, 0);
}

/* ---- both ---- */

void side_worth(struct interval *interval, const struct side *side,
                const struct side_figure *figure)
{
    if (side->baseline)
        baseline_worth(interval, side, figure);
    else
        variant_worth(interval, side, figure);
}

double side_run_value(const struct side *side, const struct side_figure *figure, size_t run)
{
    if (!side->baseline)
        return variant_run_value(side, figure, run);
    const struct baseline_figure *found = find(side, figure, run);
    return found ? found->interval.value : NAN;
}

bool side_is_resolved(const struct side *side, const struct side_figure *figure)
{
    struct interval interval;
    if (figure->metric == SIDE_MAX)
        return false;
    side_worth(&interval, side, figure);
    if (isnan(interval.value))
        return false;
    if (figure->metric != SIDE_PERCENTILE && figure->metric != SIDE_PERCENTILE_OF_ALL)
        return true;
    return interval.count - interval_rank(figure->p, interval.count) >= DISTRIBUTION_TAIL_MIN;
}

void side_contrast(struct contrast *contrast, const struct side *base, const struct side *other,
                   const struct side_figure *figure, struct interval worths[2])
{
    const struct side *const sides[] = {base, other};
    double values[2][VARIANT_RUNS_MAX];
    struct contrast_side both[2];
    for (size_t i = 0; i < 2; i++) {
        CHECK(sides[i]->runs, <=, VARIANT_RUNS_MAX);
        side_worth(&worths[i], sides[i], figure);
        for (size_t r = 0; r < sides[i]->runs && base->runs + other->runs > 2; r++)
            values[i][r] = side_run_value(sides[i], figure, r);
        both[i] = (struct contrast_side){
            .interval = worths[i], .values = values[i], .runs = sides[i]->runs};
    }
    contrast_find(contrast, side_scale(figure), &both[0], &both[1]);
}
