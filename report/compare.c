/* compare.c - the figures of two variants, their differences and the answers. */
#include "compare.h"

#include "check.h"
#include "compare_parts.h"
#include "worth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum compare_unit unit;
    bool less_is_better;
    uint32_t ppm;          /* 0: no percentile */
    double margin_percent; /* changes below it do not matter */
} metrics[COMPARE_METRICS] = {
    [COMPARE_RATE] = {"throughput", COMPARE_PER_SECOND, false, 0, 3},
    [COMPARE_ERRORS] = {"errors", COMPARE_SHARE, true, 0, 0.1},
    [COMPARE_MEAN] = {"mean", COMPARE_NS, true, 0, COMPARE_SAME_PERCENT},
    [COMPARE_P50] = {"p50", COMPARE_NS, true, 500000, COMPARE_SAME_PERCENT},
    [COMPARE_P75] = {"p75", COMPARE_NS, true, 750000, COMPARE_SAME_PERCENT},
    [COMPARE_P90] = {"p90", COMPARE_NS, true, 900000, 7},
    [COMPARE_P95] = {"p95", COMPARE_NS, true, 950000, 7},
    [COMPARE_P99] = {"p99", COMPARE_NS, true, 990000, 10},
    [COMPARE_P99_9] = {"p99.9", COMPARE_NS, true, 999000, 20},
    [COMPARE_P99_99] = {"p99.99", COMPARE_NS, true, 999900, 20},
    [COMPARE_P99_999] = {"p99.999", COMPARE_NS, true, 999990, 20},
    [COMPARE_MAX] = {"max", COMPARE_NS, true, 0, 20}};

double compare_margin(enum compare_metric metric)
{
    CHECK(metric, <, COMPARE_METRICS);
    return metrics[metric].margin_percent;
}

double compare_margin_at(double p)
{
    double margin = metrics[COMPARE_P50].margin_percent;
    for (int i = COMPARE_P50; i <= COMPARE_P99_999; i++)
        margin = metrics[i].ppm / 1e6 <= p + 1e-12 ? metrics[i].margin_percent : margin;
    return margin;
}

const char *compare_answer_name(enum compare_answer answer)
{
    static const char *const names[] = {"unsure", "same", "better", "worse"};
    CHECK(answer, <, COMPARE_ANSWER_COUNT);
    return names[answer];
}

const char *compare_answer_words(const struct compare_row *row)
{
    static const char *const words[][COMPARE_ANSWER_COUNT] = {
        [COMPARE_PER_SECOND] = {"cannot tell", "about the same", "more", "less"},
        [COMPARE_SHARE] = {"cannot tell", "about the same", "fewer", "more"},
        [COMPARE_NS] = {"cannot tell", "about the same", "faster", "slower"}};
    CHECK(row->answer, <, COMPARE_ANSWER_COUNT);
    return words[row->unit][row->answer];
}

/* ---- figures ---- */

static struct side_figure percentile_of(double p)
{
    return (struct side_figure){.metric = SIDE_PERCENTILE, .series = -1, .p = p};
}

static struct side_figure figure_of(enum compare_metric metric)
{
    struct side_figure figure = percentile_of(metrics[metric].ppm / 1e6);
    if (metric == COMPARE_RATE)
        figure.metric = SIDE_THROUGHPUT;
    else if (metric == COMPARE_ERRORS)
        figure.metric = SIDE_ERRORS;
    else if (metric == COMPARE_MEAN)
        figure.metric = SIDE_MEAN;
    else if (metric == COMPARE_MAX)
        figure.metric = SIDE_MAX;
    return figure;
}

void compare_percentiles(struct contrast *contrast, const struct variant *base,
                         const struct variant *other, double p)
{
    struct interval worths[2];
    const struct side sides[] = {side_of_variant(base), side_of_variant(other)};
    const struct side_figure figure = percentile_of(p);
    side_contrast(contrast, &sides[0], &sides[1], &figure, worths);
}

double compare_error_share(const struct side *side)
{
    struct interval interval;
    const struct side_figure figure = {.metric = SIDE_ERRORS, .series = -1};
    side_worth(&interval, side, &figure);
    return isnan(interval.value) ? 0 : interval.value;
}

/* ---- rows ---- */

static enum contrast_scale scale_of(const struct compare_row *row)
{
    return row->unit == COMPARE_SHARE ? CONTRAST_DIFFERENCE : CONTRAST_RATIO;
}

/* A change on the contrast's scale in percent, or percentage points. */
static double percent_of(const struct compare_row *row, double change)
{
    return row->unit == COMPARE_SHARE ? 100 * change : 100 * (change - 1);
}

static void set_change(struct compare_row *row)
{
    const struct contrast *contrast = &row->contrast;
    const bool is_share = row->unit == COMPARE_SHARE;
    row->has_change = !isnan(row->base) && !isnan(row->other) && (is_share || row->base > 0);
    row->low_percent = percent_of(row, contrast->low);
    row->high_percent = percent_of(row, contrast->high);
    if (!row->has_change)
        return;
    row->change_percent =
        percent_of(row, is_share ? row->other - row->base : row->other / row->base);
    /* Of groups, the change that the interval belongs to: that of their runs' means. */
    if (contrast->basis != CONTRAST_TWO_RUNS && isfinite(contrast->change))
        row->change_percent = percent_of(row, contrast->change);
}

/* Whether the whole interval lies within the margin, which is as wide downwards as upwards: of
 * ratios as a ratio. */
static bool is_within_margin(const struct compare_row *row)
{
    const double margin = row->margin_percent;
    const double least = row->unit == COMPARE_SHARE ? -margin : 100 * (1 / (1 + margin / 100) - 1);
    return row->low_percent >= least && row->high_percent <= margin;
}

static void set_answer(struct compare_row *row)
{
    const struct contrast *contrast = &row->contrast;
    const bool is_small = row->unit == COMPARE_SHARE || row->change_percent >= 0
                              ? fabs(row->change_percent) < row->margin_percent
                              : 1 / (1 + row->change_percent / 100) < 1 + row->margin_percent / 100;
    row->answer = COMPARE_UNSURE;
    row->matters = row->has_change && !is_small;
    if (!row->has_change || isnan(row->low_percent) || !row->is_resolved)
        return;
    if (contrast->basis == CONTRAST_TWO_RUNS && contrast->quality < INTERVAL_FAIR &&
        row->unit != COMPARE_SHARE)
        return;
    if (!contrast_is_clear(contrast, scale_of(row)))
        row->answer = is_within_margin(row) ? COMPARE_SAME : COMPARE_UNSURE;
    else if (!row->counts_failures)
        row->answer =
            (row->change_percent < 0) == row->less_is_better ? COMPARE_BETTER : COMPARE_WORSE;
}

static void fill_row(struct compare_row *row, const struct side *base, const struct side *other,
                     const struct side_figure *figure)
{
    struct interval worths[2];
    side_contrast(&row->contrast, base, other, figure, worths);
    row->base_worth = worths[0];
    row->other_worth = worths[1];
    row->base = worths[0].value;
    row->other = worths[1].value;
    row->is_resolved = side_is_resolved(base, figure) && side_is_resolved(other, figure);
    set_change(row);
    set_answer(row);
}

static struct compare_row make_row(const struct side *base, const struct side *other,
                                   enum compare_metric metric)
{
    const struct side_figure figure = figure_of(metric);
    struct compare_row row = {.metric = metric,
                              .name = metrics[metric].name,
                              .unit = metrics[metric].unit,
                              .less_is_better = metrics[metric].less_is_better,
                              .margin_percent = metrics[metric].margin_percent};
    row.counts_failures =
        metric == COMPARE_RATE &&
        fabs(compare_error_share(other) - compare_error_share(base)) >= COMPARE_ERRORS_GAP;
    fill_row(&row, base, other, &figure);
    return row;
}

/* The row of the percentile that the sentence speaks of. */
static struct compare_row make_headline(const struct comparison *comparison,
                                        const struct side *base, const struct side *other,
                                        uint32_t ppm)
{
    enum compare_metric nearest = COMPARE_P50; /* whose margin it has */
    for (int i = 0; i < COMPARE_METRICS; i++) {
        if (metrics[i].ppm == ppm)
            return comparison->rows[i];
        if (metrics[i].ppm > 0 && metrics[i].ppm < ppm)
            nearest = (enum compare_metric)i;
    }
    const struct side_figure figure = percentile_of(ppm / 1e6);
    struct compare_row row = {.metric = COMPARE_METRICS,
                              .name = "",
                              .unit = COMPARE_NS,
                              .less_is_better = true,
                              .margin_percent = metrics[nearest].margin_percent};
    fill_row(&row, base, other, &figure);
    return row;
}

/* ---- what is not comparable ---- */

static void refuse(struct comparison *comparison, const char *name, const char *sentence)
{
    if (comparison->refusal_count == COMPARE_REFUSALS_MAX)
        return;
    struct compare_refusal *refusal = &comparison->refusals[comparison->refusal_count++];
    snprintf(refusal->name, sizeof refusal->name, "%s", name);
    snprintf(refusal->sentence, sizeof refusal->sentence, "%s", sentence);
}

/* Another load, loop or machine makes another figure, whatever was changed; another kernel, URL or
 * tool may be the very thing that is compared. */
static bool forbids(const struct difference *difference)
{
    return difference->kind != DIFFERENCE_SETTING || strcmp(difference->name, "machine") == 0;
}

static void find_refusals(struct comparison *comparison, const struct side *base,
                          const struct side *other)
{
    char text[DIFFERENCES_TEXT_MAX];
    const struct side *const both[] = {base, other};
    for (size_t i = 0; i < comparison->differences.count; i++)
        if (forbids(&comparison->differences.list[i]))
            refuse(comparison, comparison->differences.list[i].name,
                   comparison->differences.list[i].text);
    for (size_t i = 0; i < 2; i++) {
        if (!both[i]->variant || both[i]->variant->verdict != RUN_INVALID)
            continue;
        snprintf(text, sizeof text, "%.200s is invalid", both[i]->name);
        refuse(comparison, "invalid", text);
    }
    comparison->is_comparable = comparison->refusal_count == 0;
}

void compare_sides(struct comparison *comparison, const struct side *base, const struct side *other,
                   uint32_t ppm, bool is_forced)
{
    memset(comparison, 0, sizeof *comparison);
    for (int i = 0; i < COMPARE_METRICS; i++)
        comparison->rows[i] = make_row(base, other, (enum compare_metric)i);
    comparison->headline = make_headline(comparison, base, other, ppm);
    differences_find(&comparison->differences, side_made(base), side_made(other), false);
    find_refusals(comparison, base, other);
    comparison->is_shown = comparison->is_comparable || is_forced;
    comparison->basis = comparison->headline.contrast.basis;
    comparison->answer = comparison->headline.answer;
    compare_say(comparison, base, other, ppm);
}

void compare_variants(struct comparison *comparison, const struct variant *variants, size_t base,
                      size_t other, uint32_t ppm, bool is_forced)
{
    const struct side sides[] = {side_of_variant(&variants[base]),
                                 side_of_variant(&variants[other])};
    compare_sides(comparison, &sides[0], &sides[1], ppm, is_forced);
    comparison->base = base;
    comparison->other = other;
}

/* Whether a percentile of a single run has an interval that says little. */
static bool is_thin(const struct variant *variant, uint32_t ppm)
{
    struct interval interval;
    worth_percentile(&interval, &variant->total, variant->latency, ppm / 1e6);
    return variant->run_count == 1 && interval.quality == INTERVAL_UNRESOLVED;
}

/* Whether all variants resolve a percentile; those without a success do not count, if there is
 * another. */
static bool all_resolve(const struct variant *variants, size_t count, uint32_t ppm, bool is_asked)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const struct distribution *latency = variant_latency(&variants[i]);
        if (distribution_count(latency) == 0)
            continue;
        any = true;
        if (!distribution_is_resolved(latency, ppm) || (!is_asked && is_thin(&variants[i], ppm)))
            return false;
    }
    return any;
}

uint32_t compare_percentile(const struct variant *variants, size_t count, uint32_t asked)
{
    const uint32_t candidates[] = {asked, 990000, 950000};
    for (size_t c = asked ? 0 : 1; c < sizeof candidates / sizeof candidates[0]; c++) {
        if (all_resolve(variants, count, candidates[c], asked && c == 0))
            return candidates[c];
    }
    return 500000;
}
