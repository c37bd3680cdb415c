/* chart_parts.h - what drawing and numbers agree on; for chart.c and chart_json.c alone. */
#ifndef TARE_CHART_PARTS_H
#define TARE_CHART_PARTS_H

#include "chart.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CHART_MARKERS_A_LINE 4
#define CHART_STRETCH 1000 /* width of the stretched coordinate system */

/* A pen that writes a path in steps from where it stands, in tenths, or whole where points are many:
 * they take fewer bytes than places, and since it stands on rounded places, rounding does not add up.
 * A level stretch is one step, drawn when it ends: by a move, or by chart_pen_end(), which must come
 * before the pen is lifted and after the last move. */
struct chart_pen {
    FILE *out;
    long x; /* in tenths */
    long y;
    long level_x;
    bool is_down; /* false: the next move draws nothing */
};

/* Moves to a place: `at` on x, and y in px from the plot's top. */
void chart_pen_move(struct chart_pen *pen, const struct chart *chart, double at, double y);
void chart_pen_end(struct chart_pen *pen);

/* The height of a value in px from the plot's top. */
double chart_y_px(const struct chart *chart, double value);

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
