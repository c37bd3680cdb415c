/* axis.h - an axis of a chart: its scale, its ends and its labelled ticks.
 * The page's static drawing and its script both take an axis from here, so that they agree.
 * Pure: numbers in, a plain struct out. */
#ifndef TARE_AXIS_H
#define TARE_AXIS_H

#include <stddef.h>

#define AXIS_TICKS_MAX 24
#define AXIS_TEXT_MAX 24

enum axis_scale { AXIS_LINEAR, AXIS_LOG };

struct axis_tick {
    double at;                /* in the axis's own unit */
    char text[AXIS_TEXT_MAX]; /* UTF-8; needs no escaping */
};

struct axis {
    enum axis_scale scale;
    double low;  /* above 0 where the scale is logarithmic */
    double high; /* above low */
    size_t tick_count;
    struct axis_tick ticks[AXIS_TICKS_MAX];
};

/* Latencies in ns from 0 to at least high_ns, linear, in `steps` steps or two more. */
void axis_set_latency(struct axis *axis, double high_ns, int steps);

/* Latencies in ns, logarithmic, ends on 1, 2 or 5 times a power of ten. low_ns, high_ns: what must
 * fit; values below 1 ns count as 1 ns. */
void axis_set_latency_log(struct axis *axis, double low_ns, double high_ns);

/* Counts or rates from 0 to at least `high`, linear, in `steps` steps or two more: "30k". */
void axis_set_count(struct axis *axis, double high, int steps);

/* Ratios, logarithmic, as far below 1 as above: the ends hold `most` (at least 1) and 1 / most. Ticks
 * are changes: "−50 %", "no change", from tenfold on "× 100". */
void axis_set_ratio(struct axis *axis, double most);

/* Shares from 0 to 1 in steps of a quarter. */
void axis_set_share(struct axis *axis);

/* Time since a run's start, in seconds, from 0 to exactly `high` (taken as 1 where it is not
 * positive), ticks on whole tenths, seconds or minutes, at most 8. */
void axis_set_time(struct axis *axis, double high);

/* Percentiles as axis_percentile() has them, from 0 to the decade at or above `high`. */
void axis_set_percentile(struct axis *axis, double high);

/* Where percentile p (0 <= p < 1) stands: log10(1 / (1 - p)), so that 90, 99 and 99.9 are 1, 2, 3.
 */
double axis_percentile(double p);

/* Where a value stands between the axis's ends, from 0 to 1; values beyond an end stand at it. */
double axis_place(const struct axis *axis, double value);

#endif
