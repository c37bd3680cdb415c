/* figures_parts.h - what the makers of charts share; for figures.c and figures_*.c alone. */
#ifndef TARE_FIGURES_PARTS_H
#define TARE_FIGURES_PARTS_H

#include "figures.h"

#include <stdbool.h>
#include <stddef.h>

/* How many variants are drawn. */
size_t figures_drawn(const struct report *report);

/* Adds a chart to the list, still without points. id: on the page. */
struct figure *figures_add(struct figures *figures, enum figure_kind kind,
                           enum chart_kind chart_kind, int plot_px, const char *id);

/* Takes back the chart that was added last. */
void figures_drop(struct figures *figures);

/* Adds a line with the values of variant `run`, one a point. name: NULL for none. */
void figures_add_line(struct chart *chart, const char *name, size_t run, bool dotted,
                      const double *y);

/* The smallest and the largest value above 0 on a chart's lines; false where there is none. */
bool figures_find_range(const struct chart *chart, double *low, double *high);

/* The curve of a variant in one series: nearest ranks at the percentiles `at`, FIGURES_CURVE_POINTS of
 * them, as far as at least DISTRIBUTION_TAIL_MIN requests lie beyond, then NAN. Returns how many points
 * it has. */
size_t figures_fill_curve(const struct distribution *values, const double *at, double *y);

/* figures_spread.c: how latency is spread, and where in it variants differ. The numbers that
 * figures_spread_init() needs room for, the first FIGURES_CURVE_POINTS of which are the percentile
 * curve's places on x; and its charts. */
size_t figures_spread_numbers(const struct report *report);
void figures_spread_init(struct figures *figures, const struct report *report, double *numbers);

/* figures_heat.c: a map of latencies for each variant, on the same scales, under the time charts.
 * moments: of those. Returns the numbers behind those that it used. */
size_t figures_heat_numbers(const struct report *report);
double *figures_heat_init(struct figures *figures, const struct report *report,
                          const struct chart *moments, double *numbers);

/* The values of a variant's bins at the moments of a chart, NAN at other variants' moments.
 * what: of FIGURE_RATE, 1 for asked. */
void figures_fill_bins(const struct chart *chart, const struct variant *variant,
                       enum figure_kind kind, int what, double *y);

/* The bin of a variant whose middle a moment of a chart is; NULL where it has none there. */
const struct time_bin *figures_bin_at(const struct variant *variant, double moment);

/* Sets the axes of a chart over time, from its lines, and shades the warm-up. */
void figures_set_time_axes(struct figure *figure, const struct report *report);

/* figures_use.c: what generator and server took, under the time charts. moments: of those. Returns the
 * numbers behind those that it used. */
size_t figures_use_numbers(const struct report *report);
double *figures_use_init(struct figures *figures, const struct report *report,
                         const struct chart *moments, double *numbers);

/* figures_scale.c: service time over the error that it was found to have on its machine. The numbers
 * that it needs room for, and its chart, where a machine was weighed. at: of the percentile curve. */
size_t figures_scale_numbers(const struct report *report);
void figures_scale_init(struct figures *figures, const struct report *report, const double *at,
                        double *numbers);

/* figures_time.c: what happened when. The numbers that figures_time_init() needs room for, and its
 * charts, whose points lie there. */
size_t figures_time_numbers(const struct report *report);
void figures_time_init(struct figures *figures, const struct report *report, double *numbers);

#endif
