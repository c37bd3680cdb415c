/* schedule.h - when the requests of an open loop are due.
 * One schedule for a run, however many threads serve it: thread k of n has the requests k, k+n, ...
 * Constant arrivals are computed from the request's number, so that rounding never adds up; Poisson
 * arrivals add exponential gaps, drawn by every thread for all requests from the same seed.
 * Pure: no clock, no allocation. */
#ifndef TARE_SCHEDULE_H
#define TARE_SCHEDULE_H

#include "config.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    enum arrivals arrivals;
    uint64_t rate_milli; /* thousandths of requests per second, over all threads */
    uint64_t request;    /* number of the request that is due next */
    uint64_t stride;     /* threads */
    int64_t due_ns;      /* when it is due, since the run's start */
    double elapsed_ns;   /* Poisson: exact time of `request` */
    uint64_t random;
    uint64_t drawn;      /* Poisson: gaps so far, one a request */
    int64_t warmup_ns;
    uint64_t requests;   /* of the measured phase; 0: without limit */
    uint64_t end;        /* the first request behind them; UINT64_MAX: none, or not known yet */
};

/* Begins at request `first` (the thread's number, below stride). rate_milli > 0. */
void schedule_start(struct schedule *s, const struct config *config, uint64_t first,
                    uint64_t stride);

/* Goes on to the next request of this thread: request and due_ns then speak of it. */
void schedule_advance(struct schedule *s);

/* Whether `request` is one too many where the config counts them: the measured phase has the first
 * `requests` that are due after the warm-up, whoever sends them. */
static inline bool schedule_has_ended(const struct schedule *s)
{
    return s->request >= s->end;
}

#endif
