/* queue_runs.h - runs of simulated servers (queues.h) as the reporter would count them, and what a
 * share of them is worth, for what tries the reporter's statistics. */
#ifndef TARE_QUEUE_RUNS_H
#define TARE_QUEUE_RUNS_H

#include "distribution.h"
#include "queues.h"
#include "scatter.h"
#include "statistics.h"

#include <stdbool.h>
#include <stdint.h>

static inline int64_t queue_ns(double seconds)
{
    return (int64_t)(seconds * 1e9 + 0.5);
}

/* Counts a run's requests in a distribution, and in a histogram: one for each block of its time, or
 * a single one. */
static inline void queue_count_run(struct queue *queue, double duration_s,
                                   struct histogram *histograms, bool has_blocks,
                                   struct distribution *values)
{
    struct scatter_clock clock;
    scatter_clock_set(&clock, 0, queue_ns(duration_s), false);
    for (;;) {
        const struct queue_request request = queue_next(queue);
        if (request.sent_s >= duration_s)
            return;
        const int64_t ns = queue_ns(request.latency_s);
        const size_t block = has_blocks ? scatter_block_of(&clock, queue_ns(request.sent_s)) : 0;
        histogram_record(&histograms[block], ns, 1);
        distribution_record(values, ns);
    }
}

/* The exact binomial interval (95 %; Clopper, Pearson 1934) of the share that `held` are of `made`,
 * which need not be whole. */
static inline void queue_bound_share(double held, double made, double *low, double *high)
{
    *low = held > 0 ? statistics_beta_quantile(0.025, held, made - held + 1) : 0;
    *high = made - held > 1e-9 ? statistics_beta_quantile(0.975, held + 1, made - held) : 1;
}

#endif
