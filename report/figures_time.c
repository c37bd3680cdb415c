/* figures_time.c - the charts over time: rates, latencies, and what did not succeed. */
#include "figures_parts.h"

#include "coverage.h"
#include "limits.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>

#define TIME_PX 118
#define COUNT_PX 70
#define LOG_ABOVE 30.0 /* a linear axis would press the smaller lines flat */

static int compare_numbers(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* The moments of time charts: the middles of all variants' bins, in seconds, rising, each once; a
 * bin that its runs hardly lasted is left out.
 * at: room for TIMELINE_BINS_MAX a variant. */
static size_t fill_moments(const struct report *report, double *at)
{
    size_t count = 0;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const struct timeline *timeline = &report->variants[i].timeline;
        for (size_t k = 0; k < timeline->bin_count; k++) {
            if (coverage_ns(&report->variants[i], k, true) > 0)
                at[count++] = ((double)k + 0.5) * (double)timeline->bin_ns / NS_PER_S;
        }
    }
    qsort(at, count, sizeof *at, compare_numbers);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || at[i] > at[kept - 1] + 1e-9)
            at[kept++] = at[i];
    }
    return kept;
}

/* What a bin's seconds came to on average, in one run; NAN where the runs hardly lasted. */
static double mean_of(const struct variant *variant, size_t bin, uint64_t sum)
{
    return coverage_ns(variant, bin, true) > 0
               ? timeline_rate(&variant->timeline, sum, variant->run_count)
               : NAN;
}

static double bin_value(const struct variant *variant, size_t bin, enum figure_kind kind, int what)
{
    const struct time_bin *b = &variant->timeline.bins[bin];
    switch (kind) {
    case FIGURE_RATE: return coverage_rate(variant, bin, what ? b->due : b->done, !what);
    case FIGURE_FLIGHT: return mean_of(variant, bin, b->in_flight);
    case FIGURE_BACKLOG: return mean_of(variant, bin, b->backlog);
    case FIGURE_MEDIAN: return b->latency_count ? (double)b->p50_ns : NAN;
    case FIGURE_TAIL: return b->latency_count ? (double)b->p99_ns : NAN;
    case FIGURE_ERRORS:
    case FIGURE_HEAT:
    case FIGURE_SPREAD:
    case FIGURE_RATIO:
    case FIGURE_SHARE:
    case FIGURE_SCALE:
    case FIGURE_CPU:
    case FIGURE_STEAL:
    case FIGURE_SERVER_CPU:
    case FIGURE_MEMORY:
    case FIGURE_SERVER_MEMORY: break;
    }
    return NAN;
}

const struct time_bin *figures_bin_at(const struct variant *variant, double moment)
{
    const double place = moment / ((double)variant->timeline.bin_ns / NS_PER_S) - 0.5;
    const double bin = nearbyint(place);
    if (fabs(place - bin) < 1e-6 && bin < (double)variant->timeline.bin_count)
        return &variant->timeline.bins[(size_t)bin];
    return NULL;
}

void figures_fill_bins(const struct chart *chart, const struct variant *variant,
                       enum figure_kind kind, int what, double *y)
{
    for (size_t i = 0; i < chart->points; i++) {
        const struct time_bin *bin = figures_bin_at(variant, chart->at[i]);
        y[i] = bin ? bin_value(variant, (size_t)(bin - variant->timeline.bins), kind, what) : NAN;
    }
}

/* "each second", or "every 10 s" where bins are longer. */
static const char *bin_name(const struct report *report, char text[UNITS_TEXT_MAX])
{
    const int64_t bin_ns = report->variants[0].timeline.bin_ns;
    bool same = true;
    for (size_t i = 1; i < figures_drawn(report); i++)
        same = same && report->variants[i].timeline.bin_ns == bin_ns;
    if (!same)
        snprintf(text, UNITS_TEXT_MAX, "each run's stretches");
    else if (bin_ns == NS_PER_S)
        snprintf(text, UNITS_TEXT_MAX, "each second");
    else if (bin_ns < 100 * NS_PER_S)
        snprintf(text, UNITS_TEXT_MAX, "every %d s", (int)(bin_ns / NS_PER_S));
    else
        snprintf(text, UNITS_TEXT_MAX, "every %.3g min", (double)bin_ns / (60 * NS_PER_S));
    return text;
}

static int64_t warmup_ns(const struct variant *variant)
{
    int64_t longest = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const int64_t own = variant->runs[i].warmup_ns;
        longest = own > longest ? own : longest;
    }
    return longest;
}

/* What is shaded: a variant's own warm-up, of several the longest. */
static int64_t shaded_ns(const struct figure *figure, const struct report *report)
{
    int64_t longest = 0;
    if (figure->kind == FIGURE_ERRORS)
        return warmup_ns(&report->variants[figure->variant]);
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const int64_t own = warmup_ns(&report->variants[i]);
        longest = own > longest ? own : longest;
    }
    return longest;
}

static const char *shade_words(const struct report *report)
{
    const int64_t first = warmup_ns(&report->variants[0]);
    bool same = true;
    for (size_t i = 1; i < figures_drawn(report); i++)
        same = same && warmup_ns(&report->variants[i]) / NS_PER_MS == first / NS_PER_MS;
    return same ? "; grey: warm-up" : "; grey: the longest warm-up";
}

static void name_time_figure(struct figure *figure, const struct report *report)
{
    char bin[UNITS_TEXT_MAX];
    const char *scale = figure->chart.y.scale == AXIS_LOG ? ", log scale" : "";
    const char *asked = "";
    for (size_t i = 0; i < figure->chart.line_count; i++)
        asked = figure->chart.lines[i].dotted ? "; dots: asked" : asked;
    bin_name(report, bin);
    switch (figure->kind) {
    case FIGURE_RATE:
        snprintf(figure->title, sizeof figure->title, "requests done per second%s%s", asked,
                 figure->chart.shaded_to > 0 ? shade_words(report) : "");
        break;
    case FIGURE_FLIGHT:
        snprintf(figure->title, sizeof figure->title,
                 "requests in flight: sent, and not yet answered");
        break;
    case FIGURE_BACKLOG:
        snprintf(figure->title, sizeof figure->title,
                 "backlog: requests that were due, and had no connection yet");
        break;
    case FIGURE_MEDIAN:
    case FIGURE_TAIL:
        snprintf(figure->title, sizeof figure->title, "%s of %s in %s%s",
                 figure->kind == FIGURE_MEDIAN ? "p50" : "p99",
                 report_latency_name(report, figures_drawn(report)), bin, scale);
        break;
    case FIGURE_ERRORS:
        snprintf(figure->title, sizeof figure->title, "%.100s: requests per second without success",
                 report->variants[figure->variant].name);
        break;
    case FIGURE_HEAT:
    case FIGURE_SPREAD:
    case FIGURE_RATIO:
    case FIGURE_SHARE:
    case FIGURE_SCALE:
    case FIGURE_CPU:
    case FIGURE_STEAL:
    case FIGURE_SERVER_CPU:
    case FIGURE_MEMORY:
    case FIGURE_SERVER_MEMORY: break;
    }
    snprintf(figure->label, sizeof figure->label, "%.280s, over time", figure->title);
}

void figures_set_time_axes(struct figure *figure, const struct report *report)
{
    struct chart *chart = &figure->chart;
    double low = 1;
    double high = 1;
    int64_t end = 0;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const int64_t own = coverage_end_ns(&report->variants[i]);
        end = own > end ? own : end;
    }
    axis_set_time(&chart->x, fmax((double)end / NS_PER_S, chart->at[chart->points - 1]));
    chart->shaded_to = (double)shaded_ns(figure, report) / NS_PER_S;
    figures_find_range(chart, &low, &high);
    if (figure->chart.kind == CHART_RATE || figure->chart.kind == CHART_COUNT)
        axis_set_count(&chart->y, high, 2);
    else if (high > low * LOG_ABOVE)
        axis_set_latency_log(&chart->y, low, high);
    else
        axis_set_latency(&chart->y, high, 2);
}

static enum chart_kind kind_of(enum figure_kind kind)
{
    if (kind == FIGURE_FLIGHT || kind == FIGURE_BACKLOG)
        return CHART_COUNT;
    return kind == FIGURE_RATE ? CHART_RATE : CHART_TIME;
}

/* A chart with a line a variant, and for rates one more where a schedule asked for them. */
static double *make_time(struct figures *figures, const struct report *report,
                         enum figure_kind kind, const char *id, const struct chart *moments,
                         double *numbers)
{
    struct figure *figure =
        figures_add(figures, kind, kind_of(kind), kind_of(kind) == CHART_COUNT ? COUNT_PX : TIME_PX, id);
    struct chart *chart = &figure->chart;
    chart->at = moments->at;
    chart->points = moments->points;
    chart->spans = moments->spans;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const struct variant *variant = &report->variants[i];
        const bool asked = kind == FIGURE_RATE && variant->loop == RUN_LOOP_OPEN;
        for (int what = asked ? 1 : 0; what >= 0; what--) {
            figures_fill_bins(chart, variant, kind, what, numbers);
            figures_add_line(chart, what ? NULL : variant->name, i, what == 1, numbers);
            numbers += chart->points;
        }
    }
    double low;
    double high;
    if (kind != FIGURE_RATE && !figures_find_range(chart, &low, &high)) {
        figures_drop(figures); /* no request succeeded, or none had to wait */
        return numbers;
    }
    figures_set_time_axes(figure, report);
    name_time_figure(figure, report);
    return numbers;
}

/* An outcome's name as words: "status 5xx". */
static const char *name_outcome(struct figure *figure, enum outcome outcome)
{
    char *name = figure->names[figure->chart.line_count];
    snprintf(name, sizeof figure->names[0], "%s", outcome_name(outcome));
    for (char *at = name; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    return name;
}

/* How many bins of a variant are drawn: those that its runs lasted, and those in which something
 * failed, if only at the very end. */
static size_t count_bins(const struct variant *variant)
{
    const struct timeline *timeline = &variant->timeline;
    size_t bins = timeline->bin_count;
    while (bins > 0 && coverage_ns(variant, bins - 1, true) == 0 &&
           timeline_errors(&timeline->bins[bins - 1]) == 0)
        bins--;
    return bins;
}

/* Fills a line with what ended as `outcome` in each bin, per second of a run; returns whether any
 * did. */
static bool fill_errors(const struct variant *variant, size_t bins, enum outcome outcome, double *y)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < bins; i++) {
        const uint64_t count = variant->timeline.bins[i].outcomes[outcome];
        y[i] = timeline_rate(&variant->timeline, count, variant->run_count);
        seen += count;
    }
    return seen > 0;
}

/* The height of a stack. */
static double find_most(const struct chart *chart)
{
    double most = 0;
    for (size_t i = 0; i < chart->points; i++) {
        double sum = 0;
        for (size_t k = 0; k < chart->line_count; k++)
            sum += chart->lines[k].y[i];
        most = sum > most ? sum : most;
    }
    return most;
}

/* A stack of the outcomes of one variant that are no success, where it has any. Its points are its
 * own bins: a stack has no gaps for those of others. */
static double *make_errors(struct figures *figures, const struct report *report, size_t index,
                           double *numbers)
{
    const struct variant *variant = &report->variants[index];
    char id[16];
    snprintf(id, sizeof id, "errors-%u", (unsigned)(index % CHART_RUNS_MAX));
    struct figure *figure = figures_add(figures, FIGURE_ERRORS, CHART_STACK, TIME_PX, id);
    struct chart *chart = &figure->chart;
    figure->variant = index;
    chart->at = numbers;
    chart->points = count_bins(variant);
    for (size_t i = 0; i < chart->points; i++)
        *numbers++ = ((double)i + 0.5) * (double)variant->timeline.bin_ns / NS_PER_S;
    for (int k = 0; k < OUTCOME_COUNT && chart->line_count < CHART_LINES_MAX; k++) {
        if (outcome_class((enum outcome)k) == OUTCOME_SUCCESS ||
            !fill_errors(variant, chart->points, (enum outcome)k, numbers))
            continue;
        figures_add_line(chart, name_outcome(figure, (enum outcome)k), index, false, numbers);
        numbers += chart->points;
    }
    if (chart->line_count == 0 || chart->points < 2) {
        figures_drop(figures);
        return numbers;
    }
    figures_set_time_axes(figure, report);
    axis_set_count(&chart->y, find_most(chart), 2);
    name_time_figure(figure, report);
    return numbers;
}

/* In closed loop, what is in flight is what was asked, and nothing is due before it can be sent. */
static bool has_schedule(const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < figures_drawn(report); i++)
        any = any || report->variants[i].loop == RUN_LOOP_OPEN;
    return any;
}

size_t figures_time_numbers(const struct report *report)
{
    const size_t variants = figures_drawn(report);
    const size_t lines = 1 + variants * (7 + OUTCOME_COUNT); /* the moments, and each variant's */
    return variants * TIMELINE_BINS_MAX * lines + figures_heat_numbers(report) +
           figures_use_numbers(report);
}

void figures_time_init(struct figures *figures, const struct report *report, double *numbers)
{
    struct chart moments = {.at = numbers, .points = fill_moments(report, numbers)};
    for (size_t i = 1; i < figures_drawn(report); i++)
        moments.spans = moments.spans ||
                        report->variants[i].timeline.bin_ns != report->variants[0].timeline.bin_ns;
    if (moments.points < 2)
        return;
    numbers += moments.points;
    numbers = make_time(figures, report, FIGURE_RATE, "rate", &moments, numbers);
    if (has_schedule(report)) {
        numbers = make_time(figures, report, FIGURE_FLIGHT, "flight", &moments, numbers);
        numbers = make_time(figures, report, FIGURE_BACKLOG, "backlog", &moments, numbers);
    }
    numbers = make_time(figures, report, FIGURE_MEDIAN, "median", &moments, numbers);
    numbers = make_time(figures, report, FIGURE_TAIL, "tail", &moments, numbers);
    numbers = figures_heat_init(figures, report, &moments, numbers);
    for (size_t i = 0; i < figures_drawn(report); i++)
        numbers = make_errors(figures, report, i, numbers);
    figures_use_init(figures, report, &moments, numbers);
}
