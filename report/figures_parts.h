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
