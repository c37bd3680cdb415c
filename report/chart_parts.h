/* chart_parts.h - what drawing and numbers agree on; for chart.c and chart_json.c alone. */
#ifndef TARE_CHART_PARTS_H
#define TARE_CHART_PARTS_H

#include "chart.h"

#include <stdbool.h>
#include <stddef.h>

#define CHART_MARKERS_A_LINE 4

/* Whether there is more than one run to tell apart on a chart of lines. */
bool chart_wants_markers(const struct chart *chart);

/* Where a line has its markers, 0 to CHART_MARKERS_A_LINE - 1: evenly along its points, each run a
 * little further. */
size_t chart_marker_point(const struct chart *chart, size_t line, int marker);

/* How opaque a layer of a stack is, the lowest most. */
double chart_layer_opacity(const struct chart *chart, size_t line);

#endif
