/* contrast.h - whether a figure of two sides differs, by how much, and how sure that is. Pure.
 *
 * Runs are the units where there are several: what differs between runs of the same kind (another
 * memory layout, another neighbour, a warmer cache) no single run can show. Groups are compared by
 * Welch's t over their runs' figures, latencies and rates by their logarithms, with the rank test
 * of Mann, Whitney and Wilcoxon beside it. t promises its 95 % where figures are normal, which a
 * handful of runs cannot show: so its interval is widened, where need be, to the one that dealing
 * the runs anew to the two sides leaves, which holds for figures of any kind (Pitman 1937). Of
 * more than seven runs a side the mean is near enough to normal. One run against a group is held against the scatter of
 * the group's runs (a prediction interval). One run against one has only its own course over time
 * to go by, MOVER (Zou, Donner 2008) over the intervals of the two: it speaks of these two runs
 * alone. */
#ifndef TARE_CONTRAST_H
#define TARE_CONTRAST_H

#include "interval.h"

#include <stdbool.h>
#include <stddef.h>

enum contrast_basis {
    CONTRAST_TWO_RUNS, /* one run each: says nothing of the next */
    CONTRAST_ONE_RUN,  /* one run against a group */
    CONTRAST_GROUPS,
    CONTRAST_BASIS_COUNT
};

enum contrast_scale {
    CONTRAST_RATIO,      /* other / base; 1 is no change */
    CONTRAST_DIFFERENCE, /* other - base; 0 is no change: of shares */
};

/* A figure of one side. */
struct contrast_side {
    struct interval interval; /* of all its requests */
    const double *values;     /* the figure of each run; borrowed, and unused where there is one */
    size_t runs;              /* 1 or more */
};

struct contrast {
    enum contrast_basis basis;
    double change;  /* on the scale; of groups that of the runs' means. NAN: there is none */
    double low;     /* its 95 % interval; NAN where there is none. 0 or -INFINITY: open */
    double high;    /* the same; INFINITY: open */
    double p;       /* how often no difference would look like this; NAN where there is none */
    double p_rank;  /* the same by ranks; NAN unless both are groups */
    double degrees; /* of freedom; NAN of two runs */
    enum interval_quality quality; /* of two runs that of the lesser; else by the runs' number */
    bool is_doubted;               /* t and ranks disagree about p < 0.05, and ranks could tell */
};

/* Fewer runs a side than this say little about how runs differ: their contrast is fair. */
#define CONTRAST_RUNS_GOOD 5u

void contrast_find(struct contrast *contrast, enum contrast_scale scale,
                   const struct contrast_side *base, const struct contrast_side *other);

/* Whether the interval holds no "no change". */
bool contrast_is_clear(const struct contrast *contrast, enum contrast_scale scale);

/* How often as large a change from `limit` upward would be seen if there were none beyond it (one
 * side). limit: on the scale. NAN where there is no interval. */
double contrast_p_above(const struct contrast *contrast, enum contrast_scale scale, double limit);

/* "two runs", "a run and a group", "groups". Static storage. */
const char *contrast_basis_name(enum contrast_basis basis);

#endif
