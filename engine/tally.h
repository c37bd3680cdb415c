/* tally.h - what a run adds up to: latencies by phase, target, outcome and series, over the whole run
 * and in slices of time, and the counts that the identities are checked with.
 * Pure but for the histograms' memory. Of one thread, the writer's. */
#ifndef TARE_TALLY_H
#define TARE_TALLY_H

#include "histogram.h"
#include "schema.h"

#include <stdbool.h>
#include <stdint.h>

/* The histograms of one phase, target and outcome; NULL where nothing was recorded. */
struct tally_set {
    struct histogram *series[SERIES_COUNT];
    /* Values of 0, the commonest by far, before they are folded in. */
    uint64_t zeros[SERIES_COUNT];
    uint64_t zeros_before_send; /* samples whose wait, connect and tls were all 0 */
};

/* A slice of time, at 2 significant digits. */
struct tally_slice {
    bool in_use;
    uint8_t phase;
    int64_t slice_ns, end_ns;
    uint64_t used_at; /* the last sample that fell into it, by number */
    struct tally_set *sets; /* by target and outcome */
};

struct tally {
    uint32_t targets;
    bool has_response; /* open loop */
    uint64_t rows;     /* attempts */
    uint64_t requests; /* rows with last = 1 */
    uint64_t outcomes[PHASE_COUNT][OUTCOME_COUNT]; /* of those */
    uint64_t retried[OUTCOME_COUNT]; /* of the others: attempts that another one followed */
    uint64_t sent;     /* attempts that were sent */
    uint64_t bytes_in;
    int64_t last_end_ns; /* when the last request ended, run time */
    uint64_t overflow, negative; /* times out of a histogram's range */
    struct tally_set *whole;     /* by phase, target and outcome, at 3 digits */
    struct tally_slice slices[LIMIT_SLICES_OPEN];
    struct tally_slice *current;
    int error; /* -ENOMEM where a slice could not be closed whole */
};

/* One row of histograms.csv. */
struct tally_row {
    int64_t slice_ns; /* SCHEMA_NS_NONE: the whole run */
    enum phase phase;
    uint16_t target;
    enum outcome outcome;
    enum series series;
    struct histogram_bucket bucket;
    bool is_first; /* of its series: what stands before the bucket is not that of the row before */
};

typedef void tally_visit(void *context, const struct tally_row *row);

/* Returns 0 or -ENOMEM. */
int tally_init(struct tally *tally, uint32_t targets, bool has_response);
void tally_free(struct tally *tally);

/* Counts a sample; histograms hold those that end their request. Where its slice is not open and all places are taken, the slice that has been idle
 * longest is visited, row by row, and closed: it may be opened and visited again, rows add up.
 * Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, const struct sample *sample, tally_visit *visit, void *context);

/* Visits and closes all open slices. */
void tally_close_slices(struct tally *tally, tally_visit *visit, void *context);

/* Visits the rows of the whole run. */
void tally_visit_whole(struct tally *tally, tally_visit *visit, void *context);

/* Adds the whole run's histograms of a series over all targets into h (3 digits): of one phase, and of
 * one class of outcomes. Returns 0 or -ENOMEM. */
int tally_merge(struct tally *tally, enum phase phase, enum outcome_class class,
                enum series series, struct histogram *h);

#endif
