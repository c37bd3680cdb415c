/* tally.h - adds rows of samples.csv up: distributions, outcomes and watched limits of the measured
 * phase. Values are gathered in batches by target and series, since counting a batch costs a third
 * of counting each value as it comes. */
#ifndef TARE_TALLY_H
#define TARE_TALLY_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A variant with more targets than this is not fine: its targets' distributions have two digits and
 * are counted value by value, and the total's is counted beside them. So batches and pages of
 * histograms stay within bounds. */
#define TALLY_TARGETS_FINE 64u

/* Where a run's rows are added. All borrowed. */
struct tally_into {
    enum series latency;      /* of the run's loop: response exists in open loop only */
    struct target *total;     /* its distributions are filled where is_fine is not set */
    struct target **targets;  /* by the run's target id */
    size_t target_count;
    bool is_fine; /* the variant, which may have more targets than the run */
    struct watch *watches;
    size_t watch_count;
};

/* A row of samples.csv that ends a request, as numbers. Series that it has not: SCHEMA_NS_NONE. */
struct tally_row {
    int64_t series_ns[SERIES_COUNT]; /* SERIES_RESPONSE is worked out here */
    uint32_t target;
    enum outcome outcome;
};

#define TALLY_BATCH_ROWS 256u
struct tally_batch {
    uint32_t rows;
    uint32_t counts[SERIES_COUNT];
    uint64_t zeros[SERIES_COUNT]; /* times of 0, which most waits and connects are */
    int64_t values_ns[SERIES_COUNT][TALLY_BATCH_ROWS];
};

struct tally {
    const struct tally_into *into;
    struct tally_batch *batches; /* where fine, one by the run's target id; else one for the total */
};

/* True where a watch looks at this target. */
static inline bool tally_is_watched(const struct watch *watch, const struct target *target)
{
    return watch->is_found && (!watch->only || watch->only == target);
}

/* Returns 0 or -ENOMEM; to be freed with tally_free, after a failure too. */
int tally_init(struct tally *tally, const struct tally_into *into);
void tally_free(struct tally *tally);

/* Adds a row of the measured phase that ends its request. Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, struct tally_row *row);

/* Counts what is still gathered. To be called once, after the last row. Returns 0 or -ENOMEM. */
int tally_finish(struct tally *tally);

#endif
