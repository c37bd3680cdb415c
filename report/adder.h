/* adder.h - adds rows of samples.csv up: distributions, outcomes and watched limits of the measured
 * phase. Values are gathered in batches by target and series, since counting a batch costs a third
 * of counting each value as it comes. */
#ifndef TARE_ADDER_H
#define TARE_ADDER_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A variant with more targets than this is not fine: its targets' distributions have two digits and
 * are counted value by value, and the total's is counted beside them. So batches and pages of
 * histograms stay within bounds. */
#define ADDER_TARGETS_FINE 64u

/* Where a run's rows are added. All borrowed. */
struct adder_into {
    enum series latency;      /* of the run's loop: response exists in open loop only */
    struct target *total;     /* its distributions are filled where is_fine is not set */
    struct target **targets;  /* by the run's target id */
    size_t target_count;
    bool is_fine; /* the variant, which may have more targets than the run */
    struct watch *watches;
    size_t watch_count;
};

/* A row of samples.csv that ends a request, as numbers. Series that it has not: SCHEMA_NS_NONE. */
struct adder_row {
    int64_t series_ns[SERIES_COUNT]; /* SERIES_RESPONSE is worked out here */
    uint32_t target;
    enum outcome outcome;
};

#define ADDER_BATCH_ROWS 256u
struct adder_batch {
    uint32_t rows;
    uint32_t counts[SERIES_COUNT];
    uint64_t zeros[SERIES_COUNT]; /* times of 0, which most waits and connects are */
    int64_t values_ns[SERIES_COUNT][ADDER_BATCH_ROWS];
};

struct adder {
    const struct adder_into *into;
    struct adder_batch *batches; /* where fine, one by the run's target id; else one for the total */
};

/* True where a watch looks at this target. */
static inline bool adder_is_watched(const struct watch *watch, const struct target *target)
{
    return watch->is_found && (!watch->only || watch->only == target);
}

/* Returns 0 or -ENOMEM; to be freed with adder_free, after a failure too. */
int adder_init(struct adder *adder, const struct adder_into *into);
void adder_free(struct adder *adder);

/* Adds a row of the measured phase that ends its request. Returns 0 or -ENOMEM. */
int adder_add(struct adder *adder, struct adder_row *row);

/* Counts what is still gathered. To be called once, after the last row. Returns 0 or -ENOMEM. */
int adder_finish(struct adder *adder);

#endif
