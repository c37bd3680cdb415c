/* figures.c - the list of charts, and what their makers share. */
#include "figures_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_POINTS FIGURES_CURVE_POINTS

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

int figures_init(struct figures *figures, const struct report *report)
{
    const size_t curve = figures_spread_numbers(report);
    const size_t times = figures_time_numbers(report);
    const size_t scale = figures_scale_numbers(report);
    memset(figures, 0, sizeof *figures);
    figures->list = calloc(FIGURES_MAX, sizeof *figures->list);
    figures->numbers = calloc(curve + times + scale, sizeof *figures->numbers);
    if (!figures->list || !figures->numbers)
        return -ENOMEM;
    figures_spread_init(figures, report, figures->numbers);
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

bool figures_is_use(enum figure_kind kind)
{
    return kind == FIGURE_CPU || kind == FIGURE_STEAL || kind == FIGURE_SERVER_CPU ||
           kind == FIGURE_MEMORY || kind == FIGURE_SERVER_MEMORY;
}

const struct figure *figures_find(const struct figures *figures, enum figure_kind kind)
{
    for (size_t i = 0; i < figures->count; i++) {
        if (figures->list[i].kind == kind)
            return &figures->list[i];
    }
    return NULL;
}
