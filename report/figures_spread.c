/* figures_spread.c - how latency is spread: by percentile with what is known of each, where variants
 * differ, and which share took at most so long. */
#include "figures_parts.h"

#include "gate_words.h"
#include "markup.h"
#include "worth.h"

#include <math.h>
#include <string.h>

#define SPREAD_PX 286
#define RATIO_PX 150
#define SHARE_PX 150
#define POINTS FIGURES_CURVE_POINTS
#define SHARE_POINTS 200
#define LIMIT_NEAR 10.0 /* a limit further off than this would press the curves flat */
#define BAND_NEAR 2.0   /* and a band's end further off than this from its curve */

/* The limits that the curve has to keep under, where they speak of it. */
static void add_limits(struct figure *figure, const struct report *report, double low, double high)
{
    for (size_t i = 0; i < report->gate_count; i++) {
        const struct gate *gate = &report->gates[i];
        struct chart *chart = &figure->chart;
        char text[GATE_WORDS_MAX];
        if (gate->metric != GATE_PERCENTILE || gate->is_regression || gate->target[0] ||
            (gate->series >= 0 && (enum series)gate->series != report->variants[0].latency) ||
            chart->mark_count == CHART_MARKS_MAX || (double)gate->limit_ns > high * LIMIT_NEAR ||
            (double)gate->limit_ns < low / LIMIT_NEAR)
            continue;
        gate_words_asked(gate, text);
        char *mark = figure->marks[chart->mark_count];
        snprintf(mark, FIGURES_TEXT_MAX, "SLO %.300s", text);
        const double x = axis_percentile(gate->ppm / 1e6);
        chart->marks[chart->mark_count++] =
            (struct chart_mark){x <= chart->x.high ? x : NAN, (double)gate->limit_ns, mark};
    }
}

/* A curve with its band, `POINTS` each. */
struct curve {
    double *y;
    double *low;
    double *high;
    size_t solid_from;
    size_t solid_to;
    size_t points;
};

static struct curve curve_at(double *numbers)
{
    return (struct curve){.y = numbers, .low = numbers + POINTS, .high = numbers + 2 * POINTS};
}

/* Notes that a point is there, and whether it can be relied on; the solid stretch is the longest. */
static void curve_note(struct curve *curve, size_t point, enum interval_quality quality)
{
    curve->points = point + 1;
    if (quality < INTERVAL_GOOD)
        return;
    if (curve->solid_to == 0)
        curve->solid_from = curve->solid_to = point;
    else if (curve->solid_to + 1 == point)
        curve->solid_to = point;
}

static void add_curve(struct chart *chart, const char *name, size_t run, const struct curve *curve)
{
    figures_add_line(chart, name, run, false, curve->y);
    struct chart_line *line = &chart->lines[chart->line_count - 1];
    line->low = curve->low;
    line->high = curve->high;
    line->has_doubt = true;
    line->solid_from = curve->solid_from;
    line->solid_to = curve->solid_to;
    chart->points = curve->points > chart->points ? curve->points : chart->points;
}

static double share_at(double at)
{
    return 1 - pow(10, -at);
}

/* The curve of a variant, as far as its percentiles are resolved. Where nothing is known of how it
 * scatters it is drawn as far as ten requests lie beyond, and all of it in dashes. */
static void fill_curve(struct curve *curve, const struct variant *variant, const double *at)
{
    struct interval worth;
    worth_percentile(&worth, &variant->total, variant->latency, 0.5);
    const bool is_blind = worth.quality == INTERVAL_NONE;
    curve->points = figures_fill_curve(variant_latency(variant), at, curve->y);
    const size_t most = curve->points;
    for (size_t i = 0; i < POINTS; i++) {
        curve->low[i] = curve->high[i] = NAN;
        if (is_blind || i >= most)
            continue;
        worth_percentile(&worth, &variant->total, variant->latency, share_at(at[i]));
        if (worth.quality < INTERVAL_FAIR) {
            curve->y[i] = NAN;
            continue;
        }
        curve->low[i] = worth.low;
        curve->high[i] = worth.high;
        curve_note(curve, i, worth.quality);
    }
    while (!is_blind && curve->points > 0 && isnan(curve->y[curve->points - 1]))
        curve->points--;
}

/* What must fit: the curves, their bands where they are near, the limits. */
static void find_room(const struct chart *chart, double *low, double *high)
{
    for (size_t i = 0; i < chart->line_count; i++) {
        const struct chart_line *line = &chart->lines[i];
        for (size_t k = 0; k < chart->points; k++) {
            if (isnan(line->low[k]) || isnan(line->high[k]))
                continue;
            *low = fmin(*low, fmax(line->low[k], line->y[k] / BAND_NEAR));
            *high = fmax(*high, fmin(line->high[k], line->y[k] * BAND_NEAR));
        }
    }
    for (size_t i = 0; i < chart->mark_count; i++) {
        *low = fmin(*low, chart->marks[i].y);
        *high = fmax(*high, chart->marks[i].y);
    }
}

static void make_spread(struct figures *figures, const struct report *report, const double *at,
                        double *numbers)
{
    struct figure *figure = figures_add(figures, FIGURE_SPREAD, CHART_SPREAD, SPREAD_PX, "spread");
    struct chart *chart = &figure->chart;
    double low;
    double high;
    chart->at = at;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        struct curve curve = curve_at(numbers + i * 3 * POINTS);
        fill_curve(&curve, &report->variants[i], at);
        add_curve(chart, report->variants[i].name, i, &curve);
    }
    if (chart->points < 2 || !figures_find_range(chart, &low, &high)) {
        figures_drop(figures);
        return;
    }
    axis_set_percentile(&chart->x, chart->at[chart->points - 1]);
    add_limits(figure, report, low, high);
    find_room(chart, &low, &high);
    axis_set_latency_log(&chart->y, low, high);
    snprintf(figure->title, sizeof figure->title, "%s by percentile; both scales logarithmic",
             report_latency_name(report, figures_drawn(report)));
    snprintf(figure->label, sizeof figure->label, "%s by percentile, both scales logarithmic",
             report_latency_name(report, figures_drawn(report)));
}

/* The change of one variant against the base at each percentile, as far as it is resolved in both. */
static void fill_ratio(struct curve *curve, const struct report *report,
                       const struct comparison *comparison, const double *at)
{
    const struct variant *base = &report->variants[comparison->base];
    const struct variant *other = &report->variants[comparison->other];
    const size_t most = figures_fill_curve(variant_latency(base), at, curve->low);
    const size_t own = figures_fill_curve(variant_latency(other), at, curve->high);
    for (size_t i = 0; i < POINTS; i++) {
        struct contrast contrast = {.quality = INTERVAL_NONE};
        curve->y[i] = curve->low[i] = curve->high[i] = NAN;
        if (i < most && i < own)
            compare_percentiles(&contrast, base, other, share_at(at[i]));
        if (contrast.quality < INTERVAL_FAIR || !isfinite(contrast.change) || contrast.change <= 0 ||
            !isfinite(contrast.low) || !isfinite(contrast.high) || contrast.low <= 0)
            continue;
        curve->y[i] = contrast.change;
        curve->low[i] = contrast.low;
        curve->high[i] = contrast.high;
        curve_note(curve, i, contrast.quality);
    }
}

/* The largest change from the median on that its interval does not put in doubt: its point, and its ratio, which is 1 where there
 * is none. */
static size_t find_largest(const struct chart *chart, double *ratio)
{
    const struct chart_line *line = &chart->lines[0];
    size_t point = 0;
    *ratio = 1;
    for (size_t i = 0; i < chart->points; i++) {
        if (chart->at[i] < axis_percentile(0.5) - 1e-9 || isnan(line->y[i]) ||
            (line->low[i] <= 1 && line->high[i] >= 1))
            continue;
        if (fabs(log(line->y[i])) > fabs(log(*ratio))) {
            *ratio = line->y[i];
            point = i;
        }
    }
    return point;
}

static void name_ratio(struct figure *figure, const struct report *report)
{
    const struct chart *chart = &figure->chart;
    char text[MARKUP_TEXT_MAX];
    double ratio;
    const size_t point = find_largest(chart, &ratio);
    if (chart->line_count > 1)
        snprintf(figure->title, sizeof figure->title,
                 "change against %.100s at each percentile; grey: does not matter",
                 report->variants[0].name);
    else if (ratio == 1)
        snprintf(figure->title, sizeof figure->title,
                 "%.100s against %.100s: from p50 on the band never leaves the line; grey: does not matter",
                 chart->lines[0].name, report->variants[0].name);
    else
        snprintf(figure->title, sizeof figure->title,
                 "%.100s against %.100s at each percentile; the largest change is %s, at p%.*f; grey: "
                 "does not matter",
                 chart->lines[0].name, report->variants[0].name, markup_change(ratio, text),
                 chart->at[point] < 1 ? 0 : (int)chart->at[point], share_at(chart->at[point]) * 100);
    snprintf(figure->label, sizeof figure->label, "%.480s", figure->title);
}

/* Where a change does not matter: by the margin of each percentile, up to where the curves end. */
static void add_margins(struct chart *chart)
{
    const double end = chart->at[chart->points - 1];
    for (size_t i = 0; i < chart->points; i++) {
        const double near = 1 + compare_margin_at(share_at(chart->at[i])) / 100;
        struct chart_strip *last = chart->strip_count ? &chart->strips[chart->strip_count - 1] : NULL;
        if (last && last->high == near)
            continue;
        if (last)
            last->to = chart->at[i];
        if (chart->strip_count < CHART_STRIPS_MAX)
            chart->strips[chart->strip_count++] =
                (struct chart_strip){chart->at[i], end, 1 / near, near};
    }
}

/* Charts of percentiles stand above each other: on the longer scale, both. */
static void share_axis(struct figures *figures, struct axis *x)
{
    for (size_t i = 0; i + 1 < figures->count; i++) {
        struct figure *figure = &figures->list[i];
        if (figure->kind != FIGURE_SPREAD)
            continue;
        if (figure->chart.x.high < x->high)
            figure->chart.x = *x;
        else
            *x = figure->chart.x;
    }
}

static void make_ratio(struct figures *figures, const struct report *report, const double *at,
                       double *numbers)
{
    struct figure *figure = figures_add(figures, FIGURE_RATIO, CHART_RATIO, RATIO_PX, "ratio");
    struct chart *chart = &figure->chart;
    double most = 1;
    chart->at = at;
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct comparison *comparison = &report->comparisons[i];
        struct curve curve = curve_at(numbers + i * 3 * POINTS);
        if (!comparison->is_shown || comparison->other >= figures_drawn(report))
            continue;
        fill_ratio(&curve, report, comparison, at);
        if (curve.points < 2)
            continue;
        add_curve(chart, report->variants[comparison->other].name, comparison->other, &curve);
        for (size_t k = 0; k < POINTS; k++)
            if (!isnan(curve.y[k])) {
                const double far = fmax(curve.y[k], 1 / curve.y[k]);
                const double end = fmax(curve.high[k], 1 / curve.low[k]);
                most = fmax(most, fmin(end, far * BAND_NEAR));
            }
    }
    if (chart->line_count == 0) {
        figures_drop(figures);
        return;
    }
    axis_set_percentile(&chart->x, chart->at[chart->points - 1]);
    share_axis(figures, &chart->x);
    axis_set_ratio(&chart->y, most);
    add_margins(chart);
    name_ratio(figure, report);
}

/* The share of values at or below each of the rising places `at`, in one walk. */
static void fill_share(const struct distribution *values, const double *at, double *y)
{
    const double count = (double)distribution_count(values);
    struct histogram_bucket bucket;
    uint32_t cursor = 0;
    uint64_t below = 0;
    bool more = histogram_next(&values->histogram, &cursor, &bucket);
    for (size_t i = 0; i < SHARE_POINTS; i++) {
        for (; more && (double)bucket.low_ns <= at[i]; more = histogram_next(&values->histogram, &cursor, &bucket))
            below += bucket.count;
        y[i] = count > 0 ? (double)below / count : NAN;
    }
}

static void make_share(struct figures *figures, const struct report *report, double *numbers)
{
    struct figure *figure = figures_add(figures, FIGURE_SHARE, CHART_SHARE, SHARE_PX, "share");
    struct chart *chart = &figure->chart;
    double least = INFINITY;
    double most = 0;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const struct distribution *values = variant_latency(&report->variants[i]);
        if (distribution_count(values) < 2 * DISTRIBUTION_TAIL_MIN)
            continue;
        least = fmin(least, (double)distribution_min_ns(values));
        most = fmax(most, (double)distribution_max_ns(values));
    }
    if (most <= 0) {
        figures_drop(figures);
        return;
    }
    axis_set_latency_log(&chart->x, least, most);
    for (size_t i = 0; i < SHARE_POINTS; i++)
        numbers[i] = chart->x.low * pow(chart->x.high / chart->x.low, (double)i / (SHARE_POINTS - 1));
    chart->at = numbers;
    chart->points = SHARE_POINTS;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        double *y = numbers + (i + 1) * SHARE_POINTS;
        if (distribution_count(variant_latency(&report->variants[i])) < 2 * DISTRIBUTION_TAIL_MIN)
            continue;
        fill_share(variant_latency(&report->variants[i]), numbers, y);
        figures_add_line(chart, report->variants[i].name, i, false, y);
    }
    axis_set_share(&chart->y);
    snprintf(figure->title, sizeof figure->title,
             "share of successful requests that took at most so long; %s",
             report_latency_name(report, figures_drawn(report)));
    snprintf(figure->label, sizeof figure->label, "%.500s", figure->title);
}

size_t figures_spread_numbers(const struct report *report)
{
    const size_t variants = figures_drawn(report);
    return POINTS + (2 * variants) * 3 * POINTS + (1 + variants) * SHARE_POINTS;
}

void figures_spread_init(struct figures *figures, const struct report *report, double *numbers)
{
    const size_t variants = figures_drawn(report);
    double *curves = numbers + POINTS;
    double *ratios = curves + variants * 3 * POINTS;
    for (size_t i = 0; i < POINTS; i++)
        numbers[i] = i == 0 ? axis_percentile(0.01) : (double)i / FIGURES_CURVE_STEPS;
    make_spread(figures, report, numbers, curves);
    make_ratio(figures, report, numbers, ratios);
    make_share(figures, report, ratios + variants * 3 * POINTS);
}
