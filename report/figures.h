/* figures.h - the page's charts, made from a report: which lines, on which axes, under which
 * titles. At most CHART_RUNS_MAX variants are drawn; tables have them all. */
#ifndef TARE_FIGURES_H
#define TARE_FIGURES_H

#include "chart.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>

#define FIGURES_TEXT_MAX 512
#define FIGURES_USES 5 /* charts of what generator and server took */
#define FIGURES_MAX (9 + FIGURES_USES + 2 * CHART_RUNS_MAX)
/* Points of a percentile curve in each tenfold of 1/(1-p), and decades at most. The first is p1,
 * since the fastest request of many says more about luck than about the server. */
#define FIGURES_CURVE_STEPS 40
#define FIGURES_CURVE_DECADES 6
#define FIGURES_CURVE_POINTS (FIGURES_CURVE_STEPS * FIGURES_CURVE_DECADES + 1)

enum figure_kind {
    FIGURE_SPREAD,
    FIGURE_RATIO, /* of every variant to the base, by percentile */
    FIGURE_SHARE, /* of requests that took at most so long */
    FIGURE_RATE,
    FIGURE_FLIGHT,  /* requests that were sent and not yet answered */
    FIGURE_BACKLOG, /* requests that were due and had no connection */
    FIGURE_MEDIAN,
    FIGURE_TAIL,
    FIGURE_HEAT, /* of one variant: how many requests took how long, when */
    FIGURE_ERRORS,
    FIGURE_SCALE,
    FIGURE_CPU, /* in percent of one CPU, as the next two */
    FIGURE_STEAL,
    FIGURE_SERVER_CPU,
    FIGURE_MEMORY, /* in MB, as the next */
    FIGURE_SERVER_MEMORY
};

struct figure {
    enum figure_kind kind;
    size_t variant; /* of FIGURE_ERRORS and FIGURE_HEAT */
    struct chart chart;
    char id[16];
    char title[FIGURES_TEXT_MAX];
    char label[FIGURES_TEXT_MAX];
    char marks[CHART_MARKS_MAX][FIGURES_TEXT_MAX];
    char names[CHART_LINES_MAX][24];
};

struct figures {
    struct figure *list; /* owned */
    size_t count;
    double *numbers; /* owned: all points of all charts */
};

/* Makes the charts that the report has numbers for; texts are borrowed from the report. figures: to
 * be freed with figures_free, after a failure too. Returns 0 or -ENOMEM. */
int figures_init(struct figures *figures, const struct report *report);
void figures_free(struct figures *figures);

/* Whether charts of a kind show what generator or server took. */
bool figures_is_use(enum figure_kind kind);

/* The first chart of a kind, NULL where there is none. */
const struct figure *figures_find(const struct figures *figures, enum figure_kind kind);

#endif
