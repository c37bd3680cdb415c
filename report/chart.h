/* chart.h - charts of lines: a static drawing (SVG 1.1) and the same numbers for the page's script.
 *
 * The drawing needs no style sheet: colours and sizes are presentation attributes, which a style
 * sheet may override for a dark page. It is as wide as its place without a script, since only the
 * lines are stretched (an inner <svg> without a kept aspect ratio) and texts stand at percentages
 * of the plot, which is as wide as the outer <svg>; what stands around the plot overflows it.
 * A run's lines have its colour, its marker and its name at their ends, so that colour never stands
 * alone. Pure: numbers in, text out; the stream's owner checks ferror(3). */
#ifndef TARE_CHART_H
#define TARE_CHART_H

#include "axis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CHART_RUNS_MAX 7   /* colours and markers that people can tell apart */
#define CHART_LINES_MAX 16 /* two a run, and more outcomes than a run can show */
#define CHART_MARKS_MAX 8
#define CHART_STRIPS_MAX 8
#define CHART_LABEL_MAX 18 /* characters of a name at a line's end */

enum chart_kind {
    CHART_SPREAD, /* x: percentiles, y: ns */
    CHART_TIME,   /* x: seconds since the run's start, y: ns; its cursor moves with other times' */
    CHART_RATE,   /* x: as CHART_TIME, y: per second */
    CHART_STACK,  /* as CHART_RATE; each line adds to those before it, and areas are filled */
    CHART_COUNT,  /* x: as CHART_TIME, y: a number of things at a time */
    CHART_HEAT,   /* as CHART_TIME, over a map of how many requests took how long */
    CHART_RATIO,  /* x: percentiles, y: ratios; its cursor moves with that of CHART_SPREAD */
    CHART_SHARE,  /* x: ns, y: shares from 0 to 1 */
};

struct chart_line {
    const char *name; /* at its end, escaped here; NULL: none */
    unsigned run;     /* colour and marker, modulo CHART_RUNS_MAX */
    bool dotted;      /* what was asked, not what was measured: no name, no marker */
    const double *y;  /* `points` values; NAN where there is none */
    const char *same; /* the id of a chart whose line of this run has the same values; NULL: none */
    /* The interval of each value, as a band; NAN where there is none. NULL: no band. */
    const double *low;
    const double *high;
    bool has_doubt;    /* the points outside solid_from..solid_to rest on little, and are dashed */
    size_t solid_from; /* where it is not below solid_to, all are */
    size_t solid_to;
};

/* A map of counts, by time and by rows of equal height on a logarithmic scale. */
struct chart_heat {
    const uint32_t *cells; /* [column * stride + row] */
    size_t stride;
    size_t columns;
    size_t rows;
    double low;      /* the lower edge of row 0 on y, and of the next as a multiple of it */
    double row_step; /* above 1 */
    double column_s; /* the width of a column on x, the first beginning at 0 */
    double runs;     /* that were added up */
    double least;    /* counts per second of a run in a cell: what is drawn palest, */
    double most;     /* and strongest */
};

/* A limit: a dotted line over the whole chart, and on CHART_SPREAD a cross where it holds. */
struct chart_mark {
    double x; /* NAN: no cross */
    double y;
    const char *text;
};

/* A stretch of x in which values between two heights do not matter: it is filled. */
struct chart_strip {
    double from;
    double to;
    double low;
    double high;
};

struct chart {
    enum chart_kind kind;
    const char *id;    /* [a-z0-9-]+, unique on the page */
    const char *title; /* above the plot, escaped here; "": none */
    const char *label; /* what it shows, for those who hear the page; escaped here */
    int plot_px;       /* height of the plot without its axis */
    bool spans;        /* lines go on over points without a value: their moments differ */
    double shaded_to;  /* on x: what lies before is shaded; 0: nothing */
    struct axis x;
    struct axis y;
    size_t points;
    const double *at; /* `points` values on x, rising */
    size_t line_count;
    struct chart_line lines[CHART_LINES_MAX];
    struct chart_heat heat; /* of CHART_HEAT */
    const double *floor;    /* `points` values, NAN where there is none: below, nothing can be told,
                             * and it is filled; NULL: no such thing */
    const char *floor_text; /* in there, escaped here */
    size_t strip_count;
    struct chart_strip strips[CHART_STRIPS_MAX];
    size_t mark_count;
    struct chart_mark marks[CHART_MARKS_MAX];
};

/* Writes the shapes that drawings refer to; once on a page, before the first of them. */
void chart_write_markers(FILE *out);

/* Writes a run's marker in its colour, as a small drawing of its own for the middle of a text. */
void chart_write_marker(FILE *out, unsigned run);

/* Writes the drawing, one <svg> element. */
void chart_write_svg(FILE *out, const struct chart *chart);

/* Writes the numbers as one JSON object: of times four significant digits, of rates all before the
 * point and no fewer, so that what the script shows of them is what tables show. same: NULL, or a
 * chart written before; where it has the same points on x, they are not written again: "at" is its
 * id. */
void chart_write_json(FILE *out, const struct chart *chart, const struct chart *same);

/* Moves labels apart: `at` are their heights in rising order, and afterwards are at least `gap`
 * apart, each as near to its own as that allows (least squares), and within low..high where there
 * is room for all of them. count: at most CHART_LINES_MAX. */
void chart_spread_labels(double at[], size_t count, double gap, double low, double high);

/* The place of a ratio on a line of changes, from 0 to 1: 0.5 is no change, a halving is as far
 * from it as a doubling, `most` (above 1) and 1 / most stand at the ends. */
double chart_place_ratio(double ratio, double most);

#endif
