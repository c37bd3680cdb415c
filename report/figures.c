/* figures.c - points, axes and limits of every chart. */
#include "figures.h"

#include "gate_words.h"
#include "limits.h"
#include "markup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPREAD_PX 286
#define TIME_PX 118
#define CURVE_POINTS (FIGURES_CURVE_STEPS * FIGURES_CURVE_DECADES + 1)
#define LOG_ABOVE 30.0 /* a linear axis would press the smaller lines flat */
#define BIN_LEAST 0.3  /* the share of a bin that must have been covered */
#define LIMIT_NEAR 10.0 /* a limit further off than this would press the curves flat */

static size_t drawn_variants(const struct report *report)
{
    return report->variant_count < CHART_RUNS_MAX ? report->variant_count : CHART_RUNS_MAX;
}

const char *figures_latency_name(const struct report *report)
{
    bool seen[2] = {false, false};
    for (size_t i = 0; i < drawn_variants(report); i++)
        seen[report->variants[i].latency == SERIES_RESPONSE] = true;
    if (seen[0] && seen[1])
        return "response time in open loop, service time in closed loop,";
    return seen[1] ? "response time" : "service time";
}

static int64_t run_end_ns(const struct variant *variant, const struct run *run, bool with_grace)
{
    if (!run->is_measured)
        return (int64_t)variant->timeline.bin_count * variant->timeline.bin_ns;
    return run->warmup_ns + run->measure_ns + (with_grace ? run->grace_ns : 0);
}

int64_t figures_end_ns(const struct variant *variant)
{
    int64_t end = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const int64_t run = run_end_ns(variant, &variant->runs[i], true);
        end = run > end ? run : end;
    }
    return end;
}

/* How long the runs were in a bin, together; 0 where they hardly were. */
static int64_t covered_ns(const struct variant *variant, size_t bin, bool with_grace)
{
    const int64_t bin_ns = variant->timeline.bin_ns;
    int64_t covered = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const int64_t left =
            run_end_ns(variant, &variant->runs[i], with_grace) - (int64_t)bin * bin_ns;
        covered += left > bin_ns ? bin_ns : left > 0 ? left : 0;
    }
    const double least = BIN_LEAST * (double)bin_ns * (double)variant->run_count;
    return (double)covered < least ? 0 : covered;
}

double figures_rate(const struct variant *variant, size_t bin, uint64_t count, bool with_grace)
{
    const int64_t covered = covered_ns(variant, bin, with_grace);
    return covered > 0 ? (double)count * (double)NS_PER_S / (double)covered : NAN;
}

/* Makes room for a chart of `points` points and `lines` lines; numbers come from the pool. */
static struct figure *add_figure(struct figures *figures, enum figure_kind kind,
                                 enum chart_kind chart_kind, const char *id)
{
    struct figure *figure = &figures->list[figures->count++];
    figure->kind = kind;
    figure->chart.kind = chart_kind;
    figure->chart.plot_px = kind == FIGURE_SPREAD ? SPREAD_PX : TIME_PX;
    snprintf(figure->id, sizeof figure->id, "%s", id);
    figure->chart.id = figure->id;
    figure->chart.title = figure->title;
    figure->chart.label = figure->label;
    return figure;
}

/* Takes back the figure that was added last. */
static void drop_figure(struct figures *figures)
{
    memset(&figures->list[--figures->count], 0, sizeof *figures->list);
}

static void add_line(struct chart *chart, const char *name, size_t run, bool dotted, const double *y)
{
    chart->lines[chart->line_count++] =
        (struct chart_line){.name = name, .run = (unsigned)run, .dotted = dotted, .y = y};
}

/* The smallest and the largest value above 0 on a chart's lines; false where there is none. */
static bool find_range(const struct chart *chart, double *low, double *high)
{
    bool found = false;
    for (size_t i = 0; i < chart->line_count; i++) {
        for (size_t k = 0; k < chart->points; k++) {
            const double value = chart->lines[i].y[k];
            if (isnan(value) || value <= 0)
                continue;
            *low = found && *low < value ? *low : value;
            *high = found && *high > value ? *high : value;
            found = true;
        }
    }
    return found;
}

/* The curve of a variant: nearest ranks at the chart's percentiles, as far as at least
 * DISTRIBUTION_TAIL_MIN requests lie beyond. Returns how many points it has. */
static size_t fill_curve(const struct variant *variant, const double *at, double *y)
{
    const struct distribution *latency = &variant->total.series[variant->latency];
    const uint64_t count = distribution_count(latency);
    size_t points = 0;
    for (size_t i = 0; i < CURVE_POINTS; i++) {
        const uint64_t wanted = (uint64_t)ceil((double)count * (1 - pow(10, -at[i])) - 1e-6);
        const uint64_t rank = wanted > 0 ? wanted : 1;
        y[i] = NAN;
        if (count < rank + DISTRIBUTION_TAIL_MIN)
            continue;
        y[i] = (double)distribution_at_rank(latency, rank);
        points = i + 1;
    }
    return points;
}

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

static void make_spread(struct figures *figures, const struct report *report, double *numbers)
{
    struct figure *figure = add_figure(figures, FIGURE_SPREAD, CHART_SPREAD, "spread");
    struct chart *chart = &figure->chart;
    size_t points = 0;
    for (size_t i = 0; i < CURVE_POINTS; i++)
        numbers[i] = i == 0 ? axis_percentile(0.01) : (double)i / FIGURES_CURVE_STEPS;
    chart->at = numbers;
    for (size_t i = 0; i < drawn_variants(report); i++) {
        double *y = numbers + (i + 1) * CURVE_POINTS;
        const size_t own = fill_curve(&report->variants[i], chart->at, y);
        points = own > points ? own : points;
        add_line(chart, report->variants[i].name, i, false, y);
    }
    chart->points = points;
    double low;
    double high;
    if (points < 2 || !find_range(chart, &low, &high)) {
        drop_figure(figures);
        return;
    }
    axis_set_percentile(&chart->x, chart->at[points - 1]);
    add_limits(figure, report, low, high);
    for (size_t i = 0; i < chart->mark_count; i++) {
        low = chart->marks[i].y < low ? chart->marks[i].y : low;
        high = chart->marks[i].y > high ? chart->marks[i].y : high;
    }
    axis_set_latency_log(&chart->y, low, high);
    snprintf(figure->title, sizeof figure->title, "%s by percentile; both scales logarithmic",
             figures_latency_name(report));
    snprintf(figure->label, sizeof figure->label, "%s by percentile, both scales logarithmic",
             figures_latency_name(report));
}

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
    for (size_t i = 0; i < drawn_variants(report); i++) {
        const struct timeline *timeline = &report->variants[i].timeline;
        for (size_t k = 0; k < timeline->bin_count; k++) {
            if (covered_ns(&report->variants[i], k, true) > 0)
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

static double bin_value(const struct variant *variant, size_t bin, enum figure_kind kind, int what)
{
    const struct time_bin *b = &variant->timeline.bins[bin];
    switch (kind) {
    case FIGURE_RATE: return figures_rate(variant, bin, what ? b->due : b->done, !what);
    case FIGURE_MEDIAN: return b->latency_count ? (double)b->p50_ns : NAN;
    case FIGURE_TAIL: return b->latency_count ? (double)b->p99_ns : NAN;
    case FIGURE_ERRORS: return figures_rate(variant, bin, b->outcomes[what], true);
    case FIGURE_SPREAD: break;
    }
    return NAN;
}

/* Fills a line with the values of a variant's bins, NAN at other variants' moments.
 * what: of FIGURE_RATE, 1 for asked; of FIGURE_ERRORS, the outcome. */
static void fill_line(const struct chart *chart, const struct variant *variant,
                      enum figure_kind kind, int what, double *y)
{
    const double bin_s = (double)variant->timeline.bin_ns / NS_PER_S;
    for (size_t i = 0; i < chart->points; i++) {
        const double place = chart->at[i] / bin_s - 0.5;
        const double bin = nearbyint(place);
        y[i] = NAN;
        if (fabs(place - bin) < 1e-6 && bin < (double)variant->timeline.bin_count)
            y[i] = bin_value(variant, (size_t)bin, kind, what);
        if (kind == FIGURE_ERRORS && isnan(y[i]))
            y[i] = 0;
    }
}

/* "second", or "10 s" where bins are longer; of the first variant. */
static const char *bin_name(const struct report *report, char text[UNITS_TEXT_MAX])
{
    const int64_t bin_ns = report->variants[0].timeline.bin_ns;
    if (bin_ns == NS_PER_S)
        snprintf(text, UNITS_TEXT_MAX, "each second");
    else if (bin_ns < 100 * NS_PER_S)
        snprintf(text, UNITS_TEXT_MAX, "every %d s", (int)(bin_ns / NS_PER_S));
    else
        snprintf(text, UNITS_TEXT_MAX, "every %.3g min", (double)bin_ns / (60 * NS_PER_S));
    return text;
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
                 figure->chart.shaded_to > 0 ? "; grey: warm-up" : "");
        break;
    case FIGURE_MEDIAN:
    case FIGURE_TAIL:
        snprintf(figure->title, sizeof figure->title, "%s of %s in %s%s",
                 figure->kind == FIGURE_MEDIAN ? "p50" : "p99", figures_latency_name(report), bin,
                 scale);
        break;
    case FIGURE_ERRORS:
        snprintf(figure->title, sizeof figure->title, "%.100s: requests per second without success",
                 report->variants[figure->variant].name);
        break;
    case FIGURE_SPREAD: break;
    }
    snprintf(figure->label, sizeof figure->label, "%.280s, over time", figure->title);
}

static int64_t longest_warmup_ns(const struct report *report)
{
    int64_t longest = 0;
    for (size_t i = 0; i < drawn_variants(report); i++) {
        for (size_t k = 0; k < report->variants[i].run_count; k++) {
            const int64_t own = report->variants[i].runs[k].warmup_ns;
            longest = own > longest ? own : longest;
        }
    }
    return longest;
}

static void set_time_axes(struct figure *figure, const struct report *report)
{
    struct chart *chart = &figure->chart;
    double low = 1;
    double high = 1;
    int64_t end = 0;
    for (size_t i = 0; i < drawn_variants(report); i++) {
        const int64_t own = figures_end_ns(&report->variants[i]);
        end = own > end ? own : end;
    }
    axis_set_time(&chart->x, fmax((double)end / NS_PER_S, chart->at[chart->points - 1]));
    chart->shaded_to = (double)longest_warmup_ns(report) / NS_PER_S;
    find_range(chart, &low, &high);
    if (figure->kind == FIGURE_RATE)
        axis_set_count(&chart->y, high, 2);
    else if (high > low * LOG_ABOVE)
        axis_set_latency_log(&chart->y, low, high);
    else
        axis_set_latency(&chart->y, high, 2);
}

/* A chart with a line a variant, and for rates one more where a schedule asked for them. */
static double *make_time(struct figures *figures, const struct report *report,
                         enum figure_kind kind, const char *id, const struct chart *moments,
                         double *numbers)
{
    struct figure *figure =
        add_figure(figures, kind, kind == FIGURE_RATE ? CHART_RATE : CHART_TIME, id);
    struct chart *chart = &figure->chart;
    chart->at = moments->at;
    chart->points = moments->points;
    chart->spans = moments->spans;
    for (size_t i = 0; i < drawn_variants(report); i++) {
        const struct variant *variant = &report->variants[i];
        const bool asked = kind == FIGURE_RATE && variant->loop == RUN_LOOP_OPEN;
        for (int what = asked ? 1 : 0; what >= 0; what--) {
            fill_line(chart, variant, kind, what, numbers);
            add_line(chart, what ? NULL : variant->name, i, what == 1, numbers);
            numbers += chart->points;
        }
    }
    double low;
    double high;
    if (kind != FIGURE_RATE && !find_range(chart, &low, &high)) {
        drop_figure(figures); /* no request succeeded */
        return numbers;
    }
    set_time_axes(figure, report);
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

/* A stack of the outcomes of one variant that are no success, where it has any. */
static double *make_errors(struct figures *figures, const struct report *report, size_t index,
                           const struct chart *moments, double *numbers)
{
    const struct variant *variant = &report->variants[index];
    char id[16];
    snprintf(id, sizeof id, "errors-%zu", index);
    struct figure *figure = add_figure(figures, FIGURE_ERRORS, CHART_STACK, id);
    struct chart *chart = &figure->chart;
    figure->variant = index;
    size_t bins = variant->timeline.bin_count;
    while (bins > 0 && covered_ns(variant, bins - 1, true) == 0)
        bins--;
    const double end_s = (double)bins * (double)variant->timeline.bin_ns / NS_PER_S;
    chart->at = moments->at;
    while (chart->points < moments->points && chart->at[chart->points] < end_s)
        chart->points++;
    for (int k = 0; k < OUTCOME_COUNT && chart->line_count < CHART_LINES_MAX; k++) {
        uint64_t seen = 0;
        for (size_t i = 0; i < variant->timeline.bin_count; i++)
            seen += variant->timeline.bins[i].outcomes[k];
        if (seen == 0 || outcome_class((enum outcome)k) == OUTCOME_SUCCESS)
            continue;
        fill_line(chart, variant, FIGURE_ERRORS, k, numbers);
        add_line(chart, name_outcome(figure, (enum outcome)k), index, false, numbers);
        numbers += chart->points;
    }
    if (chart->line_count == 0) {
        drop_figure(figures);
        return numbers;
    }
    double most = 0;
    for (size_t i = 0; i < chart->points; i++) {
        double sum = 0;
        for (size_t k = 0; k < chart->line_count; k++)
            sum += chart->lines[k].y[i];
        most = sum > most ? sum : most;
    }
    set_time_axes(figure, report);
    axis_set_count(&chart->y, most, 2);
    name_time_figure(figure, report);
    return numbers;
}

static void make_times(struct figures *figures, const struct report *report, double *numbers)
{
    struct chart moments = {.at = numbers, .points = fill_moments(report, numbers)};
    for (size_t i = 1; i < drawn_variants(report); i++)
        moments.spans = moments.spans || report->variants[i].timeline.bin_ns !=
                                             report->variants[0].timeline.bin_ns;
    if (moments.points < 2)
        return;
    numbers += moments.points;
    numbers = make_time(figures, report, FIGURE_RATE, "rate", &moments, numbers);
    numbers = make_time(figures, report, FIGURE_MEDIAN, "median", &moments, numbers);
    numbers = make_time(figures, report, FIGURE_TAIL, "tail", &moments, numbers);
    for (size_t i = 0; i < drawn_variants(report); i++)
        numbers = make_errors(figures, report, i, &moments, numbers);
}

int figures_init(struct figures *figures, const struct report *report)
{
    const size_t variants = drawn_variants(report);
    const size_t moments = variants * TIMELINE_BINS_MAX;
    const size_t lines = 1 + variants * (4 + OUTCOME_COUNT); /* the moments, and each variant's */
    const size_t curve = (1 + variants) * CURVE_POINTS;
    memset(figures, 0, sizeof *figures);
    figures->list = calloc(FIGURES_MAX, sizeof *figures->list);
    figures->numbers = calloc(curve + moments * lines, sizeof *figures->numbers);
    if (!figures->list || !figures->numbers)
        return -ENOMEM;
    make_spread(figures, report, figures->numbers);
    make_times(figures, report, figures->numbers + curve);
    return 0;
}

void figures_free(struct figures *figures)
{
    free(figures->list);
    free(figures->numbers);
    memset(figures, 0, sizeof *figures);
}

const struct figure *figures_find(const struct figures *figures, enum figure_kind kind)
{
    for (size_t i = 0; i < figures->count; i++) {
        if (figures->list[i].kind == kind)
            return &figures->list[i];
    }
    return NULL;
}
