/* figures_heat.c - when how many requests took how long: a map a variant, all on the same scales. */
#include "figures_parts.h"

#include "limits.h"
#include "units.h"

#include <math.h>

#define HEAT_PX 130

/* What all maps have in common. */
struct scales {
    size_t first; /* rows in use */
    size_t last;
    double least; /* per second and run */
    double most;
};

static double seconds_of(const struct variant *variant)
{
    return (double)variant->timeline.bin_ns / NS_PER_S * (double)variant->run_count;
}

static void find_scales(struct scales *scales, const struct report *report)
{
    *scales = (struct scales){.first = TIMELINE_ROWS, .least = INFINITY};
    for (size_t i = 0; i < figures_drawn(report); i++) {
        const struct timeline *timeline = &report->variants[i].timeline;
        for (size_t bin = 0; timeline->cells && bin < timeline->bin_count; bin++) {
            for (size_t row = 0; row < TIMELINE_ROWS; row++) {
                const uint32_t count = timeline->cells[bin * TIMELINE_ROWS + row];
                if (count == 0)
                    continue;
                const double per_s = count / seconds_of(&report->variants[i]);
                scales->first = row < scales->first ? row : scales->first;
                scales->last = row > scales->last ? row : scales->last;
                scales->least = fmin(scales->least, per_s);
                scales->most = fmax(scales->most, per_s);
            }
        }
    }
}

static void set_heat(struct chart *chart, const struct variant *variant, const struct scales *scales)
{
    const struct timeline *timeline = &variant->timeline;
    chart->heat = (struct chart_heat){.cells = timeline->cells + scales->first,
                                      .stride = TIMELINE_ROWS,
                                      .columns = timeline->bin_count,
                                      .rows = scales->last - scales->first + 1,
                                      .low = timeline_row_ns(scales->first),
                                      .row_step = timeline_row_ns(1),
                                      .column_s = (double)timeline->bin_ns / NS_PER_S,
                                      .runs = (double)variant->run_count,
                                      .least = scales->least,
                                      .most = scales->most};
}

size_t figures_heat_numbers(const struct report *report)
{
    const size_t variants = figures_drawn(report);
    return variants * TIMELINE_BINS_MAX * variants * 2;
}

/* Whether any request succeeded: else a map would be an empty frame. */
static bool has_latency(const struct variant *variant)
{
    bool has = false;
    for (size_t i = 0; i < variant->timeline.bin_count; i++)
        has = has || variant->timeline.bins[i].latency_count > 0;
    return has;
}

double *figures_heat_init(struct figures *figures, const struct report *report,
                          const struct chart *moments, double *numbers)
{
    static const char *const names[] = {"p50", "p99"};
    static const enum figure_kind kinds[] = {FIGURE_MEDIAN, FIGURE_TAIL};
    struct scales scales;
    const struct figure *rate = figures_find(figures, FIGURE_RATE);
    find_scales(&scales, report);
    for (size_t i = 0; i < figures_drawn(report) && scales.most > 0 && rate; i++) {
        const struct variant *variant = &report->variants[i];
        char id[16];
        if (!has_latency(variant))
            continue;
        snprintf(id, sizeof id, "heat-%u", (unsigned)(i % CHART_RUNS_MAX));
        struct figure *figure = figures_add(figures, FIGURE_HEAT, CHART_HEAT, HEAT_PX, id);
        struct chart *chart = &figure->chart;
        figure->variant = i;
        chart->at = moments->at;
        chart->points = moments->points;
        chart->spans = moments->spans;
        chart->x = rate->chart.x;
        for (int k = 0; k < 2; k++) {
            figures_fill_bins(chart, variant, kinds[k], 0, numbers);
            figures_add_line(chart, names[k], i, false, numbers);
            const struct figure *same = figures_find(figures, kinds[k]);
            chart->lines[k].same = same ? same->id : NULL;
            numbers += chart->points;
        }
        set_heat(chart, variant, &scales);
        axis_set_latency_log(&chart->y, timeline_row_ns(scales.first),
                             timeline_row_ns(scales.last + 1));
        snprintf(figure->title, sizeof figure->title,
                 "%.100s: how many requests took how long; yellow: many, blue: few; log scale",
                 variant->name);
        snprintf(figure->label, sizeof figure->label,
                 "%.100s: a map of how many requests took how long at which time, with p50 and p99",
                 variant->name);
    }
    return numbers;
}
