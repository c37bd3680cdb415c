/* figures_scale.c - service time by percentile, above the error that `tare --weigh` found it to have. */
#include "figures_parts.h"

#include <math.h>

#define SCALE_PX 200
#define ROOM 4 /* the band's height, at its lowest: down to a quarter of the error */

/* Where the error is known: at p50, p99 and p99.9. */
#define KNOWN 3

size_t figures_scale_numbers(const struct report *report)
{
    struct scale_spread error;
    if (scale_error(report->variants, report->variant_count, &error) == SCALE_NONE)
        return 0;
    return (1 + figures_drawn(report)) * FIGURES_CURVE_POINTS;
}

/* The error at a percentile: between those that are known, along a straight line on both logarithmic
 * axes; before p50, p50's; beyond p99.9, NAN, for nobody knows. */
static double error_at(const struct scale_spread *error, double at)
{
    const double x[KNOWN] = {axis_percentile(0.5), axis_percentile(0.99), axis_percentile(0.999)};
    const int64_t ns[KNOWN] = {error->p50_ns, error->p99_ns, error->p999_ns};
    double y[KNOWN];
    for (int i = 0; i < KNOWN; i++)
        y[i] = ns[i] > 1 ? (double)ns[i] : 1;
    if (at <= x[0])
        return y[0];
    for (int i = 1; i < KNOWN; i++)
        if (at <= x[i] + 1e-9)
            return y[i - 1] * pow(y[i] / y[i - 1], (at - x[i - 1]) / (x[i] - x[i - 1]));
    return NAN;
}

/* Returns the lowest of it. */
static double fill_floor(struct chart *chart, const struct scale_spread *error, double *y)
{
    double lowest = INFINITY;
    for (size_t i = 0; i < FIGURES_CURVE_POINTS; i++) {
        y[i] = error_at(error, chart->at[i]);
        lowest = y[i] < lowest ? y[i] : lowest;
    }
    chart->floor = y;
    return lowest;
}

void figures_scale_init(struct figures *figures, const struct report *report, const double *at,
                        double *numbers)
{
    struct scale_spread error;
    if (scale_error(report->variants, report->variant_count, &error) == SCALE_NONE)
        return;
    struct figure *figure = figures_add(figures, FIGURE_SCALE, CHART_SPREAD, SCALE_PX, "scale");
    struct chart *chart = &figure->chart;
    chart->at = at;
    for (size_t i = 0; i < figures_drawn(report); i++) {
        double *y = numbers + (i + 1) * FIGURES_CURVE_POINTS;
        const size_t own =
            figures_fill_curve(&report->variants[i].total.series[SERIES_SERVICE], at, y);
        chart->points = own > chart->points ? own : chart->points;
        figures_add_line(chart, report->variants[i].name, i, false, y);
    }
    double low;
    double high;
    if (chart->points < 2 || !figures_find_range(chart, &low, &high)) {
        figures_drop(figures);
        return;
    }
    const double floor = fill_floor(chart, &error, numbers) / ROOM;
    chart->floor_text = "what the scale itself errs by";
    axis_set_percentile(&chart->x, at[chart->points - 1]);
    axis_set_latency_log(&chart->y, floor < low ? floor : low, high);
    snprintf(figure->title, sizeof figure->title,
             "service time by percentile, and the scale's own error; both scales logarithmic");
    snprintf(figure->label, sizeof figure->label,
             "service time by percentile above the error that it was found to have, both scales "
             "logarithmic");
}
