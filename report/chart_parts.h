/* chart_parts.h - what drawing and numbers agree on; for chart.c and chart_json.c alone. */
#ifndef TARE_CHART_PARTS_H
#define TARE_CHART_PARTS_H

#include "chart.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHART_MARKERS_A_LINE 4

/* Whether there is more than one run to tell apart on a chart of lines. */
bool chart_wants_markers(const struct chart *chart);

/* Where a line has its markers, 0 to CHART_MARKERS_A_LINE - 1: evenly along its points, each run a
 * little further. */
size_t chart_marker_point(const struct chart *chart, size_t line, int marker);

/* How opaque a layer of a stack is, the lowest most. */
double chart_layer_opacity(const struct chart *chart, size_t line);

/* chart_heat.c: the map under the lines, and the same as a member "heat" of the chart's JSON. */
void chart_write_heat(FILE *out, const struct chart *chart, double stretch);
void chart_write_heat_json(FILE *out, const struct chart *chart);

/* The stretch of a line's points, first to last, that is drawn as one: `solid`, or one of the two
 * dashed ones around it. Returns false where it has no length. */
enum chart_part { CHART_BEFORE, CHART_SOLID, CHART_AFTER, CHART_PARTS };
bool chart_part_of(const struct chart *chart, size_t line, enum chart_part part, size_t *first,
                   size_t *last);

#endif
