/* drift.h - whether the latency of a run rose or fell while it was measured: its figures then depend
 * on how long it lasted, and its intervals say less. By stated rules, on sixteen stretches of the
 * measured phase. Pure. */
#ifndef TARE_DRIFT_H
#define TARE_DRIFT_H

#include "scatter.h"

#include <stdbool.h>

/* A run drifts where the median of its second half differs from that of its first by at least this,
 * and the medians of its stretches rise, or fall, as they would by chance less often than this (Mann
 * 1945, Kendall's rank correlation against time). */
#define DRIFT_PERCENT 10.0
#define DRIFT_LEVEL 0.01

/* Stretches are of so many blocks; fewer stretches, or fewer requests in one, show no course. */
#define DRIFT_BLOCKS 4u
#define DRIFT_STRETCHES_MIN 7u
#define DRIFT_REQUESTS_MIN 20u

struct drift {
    bool is_known;         /* else all else is 0 */
    double change_percent; /* of the median, from the first half to the second */
    double p;
    bool is_drifting;
};

/* Finds it in one run's blocks of time; runs of a group are not in an order that means anything. */
void drift_find(struct drift *drift, const struct scatter *scatter);

#endif
