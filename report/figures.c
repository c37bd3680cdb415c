/* figures.c - the list of charts, and the first of them: how latency is spread. */
#include "figures_parts.h"

#include "gate_words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPREAD_PX 286
#define CURVE_POINTS FIGURES_CURVE_POINTS
#define LIMIT_NEAR 10.0 /* a limit further off than this would press the curves flat */

size_t figures_drawn(const struct report *report)
{
    return report->variant_count < CHART_RUNS_MAX ? report->variant_count : CHART_RUNS_MAX;
}

struct figure *figures_add(struct figures *figures, enum figure_kind kind,
                           enum chart_kind chart_kind, int plot_px, const char *id)
{
    struct figure *figure = &figures->list[figures->count++];
    figure->kind = kind;
    figure->chart.kind = chart_kind;
    figure->chart.plot_px = plot_px;
    snprintf(figure->id, sizeof figure->id, "%s", id);
    figure->chart.id = figure->id;
    figure->chart.title = figure->title;
    figure->chart.label = figure->label;
    return figure;
}

void figures_drop(struct figures *figures)
{
    memset(&figures->list[--figures->count], 0, sizeof *figures->list);
}

void figures_add_line(struct chart *chart, const char *name, size_t run, bool dotted,
                      const double *y)
{
    chart->lines[chart->line_count++] =
        (struct chart_line){.name = name, .run = (unsigned)run, .dotted = dotted, .y = y};
}

bool figures_find_range(const struct chart *chart, double *low, double *high)
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

size_t figures_fill_curve(const struct distribution *values, const double *at, double *y)
{
    const uint64_t count = distribution_count(values);
    size_t points = 0;
    for (size_t i = 0; i < CURVE_POINTS; i++) {
        const uint64_t wanted = (uint64_t)ceil((double)count * (1 - pow(10, -at[i])) - 1e-6);
        const uint64_t rank = wanted > 0 ? wanted : 1;
        y[i] = NAN;
        if (count < rank + DISTRIBUTION_TAIL_MIN)
            continue;
        y[i] = (double)distribution_at_rank(values, rank);
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
    struct figure *figure = figures_add(figures, FIGURE_SPREAD, CHART_SPREAD, SPREAD_PX, "spread");
    struct chart *chart = &figure->chart;
    size_t points = 0;
    for (size_t i = 0; i < CURVE_POINTS; i++)
        numbers[i] = i == 0 ? axis_percentile(0.01) : (double)i / FIGURES_CURVE_STEPS;
    chart->at = numbers;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        double *y = numbers + (i + 1) * CURVE_POINTS;
        const size_t own = figures_fill_curve(variant_latency(&report->variants[i]), chart->at, y);
        points = own > points ? own : points;
        figures_add_line(chart, report->variants[i].name, i, false, y);
    }
    chart->points = points;
    double low;
    double high;
    if (points < 2 || !figures_find_range(chart, &low, &high)) {
        figures_drop(figures);
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
             report_latency_name(report, figures_drawn(report)));
    snprintf(figure->label, sizeof figure->label, "%s by percentile, both scales logarithmic",
             report_latency_name(report, figures_drawn(report)));
}

int figures_init(struct figures *figures, const struct report *report)
{
    const size_t curve = (1 + figures_drawn(report)) * CURVE_POINTS;
    const size_t times = figures_time_numbers(report);
    const size_t scale = figures_scale_numbers(report);
    memset(figures, 0, sizeof *figures);
    figures->list = calloc(FIGURES_MAX, sizeof *figures->list);
    figures->numbers = calloc(curve + times + scale, sizeof *figures->numbers);
    if (!figures->list || !figures->numbers)
        return -ENOMEM;
    make_spread(figures, report, figures->numbers);
    figures_time_init(figures, report, figures->numbers + curve);
    figures_scale_init(figures, report, figures->numbers, figures->numbers + curve + times);
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
