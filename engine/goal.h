/* goal.h - what a rate has to keep to be called held: '[SERIES.]pNN<=TIME', in the words of
 * tare-report's --slo, such as 'p99<=10ms' or 'service.p50<2ms'.
 *
 * The series is response unless named. As there, failed and censored requests count as above every
 * limit: of n requests at most floor((1-p) n) may be above, and n = 0 fails. A latency in the
 * bucket that holds the limit, at most 0.1 % from it, counts as above, so that what held did hold.
 * Layer 0. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_GOAL_H
#define TARE_GOAL_H

#include "histogram.h"
#include "schema.h"

#include <stdbool.h>
#include <stdint.h>

#define GOAL_ERROR_MAX 512

struct goal {
    const char *text; /* as given, borrowed */
    enum series series;
    uint32_t ppm;
    int64_t limit_ns; /* what is above it is too slow; of '<' it is 1 ns less than was written */
};

/* What came out of a run. */
struct goal_result {
    uint64_t requests; /* n, those that failed included */
    uint64_t above;    /* of them, above the limit or without a time */
    uint64_t allowed;  /* so many may be */
    int64_t figure_ns; /* the percentile; -1: it is beyond all that have a time */
    bool holds;
};

/* Reads the text of --find-rate. On failure returns false, with cause and remedy in `error`. */
bool goal_parse(const char *text, struct goal *goal, char error[GOAL_ERROR_MAX]);

/* Judges `requests` requests, of which `times` holds the latencies of those that succeeded. */
struct goal_result goal_judge(const struct goal *goal, const struct histogram *times,
                              uint64_t requests);

/* The percentile over all of `requests`, those without a time being beyond every other. -1: it is
 * one of those, or there are none. */
int64_t goal_figure_ns(const struct histogram *times, uint64_t requests, uint32_t ppm);

#endif
