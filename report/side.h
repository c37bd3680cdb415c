/* side.h - one side of a comparison: a variant that was read, or a baseline file. Any figure of it,
 * of all its runs together and run by run, and the contrast of two sides. Pure. */
#ifndef TARE_SIDE_H
#define TARE_SIDE_H

#include "baseline.h"
#include "contrast.h"
#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side_metric {
    SIDE_PERCENTILE,        /* of successes */
    SIDE_PERCENTILE_OF_ALL, /* of all requests, those without success above every limit */
    SIDE_MEAN,              /* of successes */
    SIDE_MAX,
    SIDE_THROUGHPUT, /* requests done per second, failed ones too */
    SIDE_RATE,       /* successes per second */
    SIDE_ERRORS      /* the share that failed or is censored */
};

struct side_figure {
    enum side_metric metric;
    const char *target; /* its name as variants have it; NULL or "": all */
    int series;         /* of latencies: enum series; -1: that of side_latency() */
    double p;           /* of percentiles, 0 to 1 */
};

struct side {
    const char *name;
    size_t runs;
    const struct variant *variant;   /* one of the two, the other is NULL */
    const struct baseline *baseline; /* the same */
};

struct side side_of_variant(const struct variant *variant);
struct side side_of_baseline(const struct baseline *baseline);

/* The latency that it is judged by: response in open loop, service in closed. */
enum series side_latency(const struct side *side);

/* How its first run was made. */
const struct run *side_made(const struct side *side);

/* The figure of all runs together with what it is worth; the value is NAN where there is none, and
 * INFINITY where it is a failed request's. Of a baseline of several runs: their mean, of times and
 * rates the geometric one. */
void side_worth(struct interval *interval, const struct side *side,
                const struct side_figure *figure);

/* The figure of one run. */
double side_run_value(const struct side *side, const struct side_figure *figure, size_t run);

/* Whether enough requests lie beyond the figure for it to say something: a largest value's never.
 */
bool side_is_resolved(const struct side *side, const struct side_figure *figure);

/* Ratios, or differences of shares. */
enum contrast_scale side_scale(const struct side_figure *figure);

/* How a figure differs. worths: out, the figure of both. */
void side_contrast(struct contrast *contrast, const struct side *base, const struct side *other,
                   const struct side_figure *figure, struct interval worths[2]);

#endif
