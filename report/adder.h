/* adder.h - adds rows of samples.csv up: distributions, outcomes and watched limits of the measured
 * phase. Rows are gathered in a batch, which the reader fills in place; what a batch adds up to is
 * worked out series by series, in loops over one thing at a time, at a third of the cost. */
#ifndef TARE_ADDER_H
#define TARE_ADDER_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A variant with more targets than this is not fine: its targets' distributions have two digits,
 * and the total's is counted beside them instead of merged from them. So pages of histograms stay
 * within bounds. */
#define ADDER_TARGETS_FINE 32u

/* Where a run's rows are added. All borrowed. */
struct adder_into {
    enum series latency;     /* of the run's loop: response exists in open loop only */
    struct target *total;    /* its distributions are filled where is_fine is not set */
    struct target **targets; /* by the run's target id */
    size_t target_count;
    bool is_fine;   /* the variant, which may have more targets than the run */
    bool is_single; /* the variant has one target, whose blocks are the total's too */
    const struct scatter_clock *clock; /* NULL: no target has blocks */
    struct watch *watches;
    size_t watch_count;
};

/* A row of samples.csv that ends a request of the measured phase, as numbers. Series that it has
 * not: SCHEMA_NS_NONE. */
struct adder_row {
    int64_t scheduled_ns;
    int64_t series_ns[SERIES_COUNT]; /* SERIES_RESPONSE is worked out here */
    uint32_t target;
    enum outcome outcome;
};

#define ADDER_BATCH_ROWS 512u

struct adder {
    const struct adder_into *into;
    struct adder_row *rows; /* ADDER_BATCH_ROWS of them */
    size_t row_count;
    size_t block; /* of all rows of the batch, while it is worked out; SCATTER_BLOCKS: of several */
    size_t *starts; /* by target: its first row in `order`, while a batch is worked out */
    uint16_t order[ADDER_BATCH_ROWS]; /* rows, sorted by target */
};

/* True where a watch looks at this target. */
static inline bool adder_is_watched(const struct watch *watch, const struct target *target)
{
    return watch->is_found && (!watch->only || watch->only == target);
}

/* Returns 0 or -ENOMEM; to be freed with adder_free, after a failure too. */
int adder_init(struct adder *adder, const struct adder_into *into);
void adder_free(struct adder *adder);

/* Works out what is gathered. Returns 0 or -ENOMEM. To be called after the last row. */
int adder_flush(struct adder *adder);

/* Counts requests without a value in the block of the moment they were due. */
void adder_count_failure(const struct adder_into *into, size_t target, int64_t scheduled_ns,
                         uint64_t count);

/* The place of the next row, to be filled in; it may be filled in again and never be added. */
static inline struct adder_row *adder_next(struct adder *adder)
{
    return &adder->rows[adder->row_count];
}

/* Adds the row that was filled in. Returns 0 or -ENOMEM. */
static inline int adder_add(struct adder *adder)
{
    const struct adder_row *row = &adder->rows[adder->row_count];
    adder->into->targets[row->target]->outcomes[row->outcome]++;
    /* Distributions are of successes. */
    if (row->outcome != OUTCOME_OK && outcome_class(row->outcome) != OUTCOME_SUCCESS) {
        adder_count_failure(adder->into, row->target, row->scheduled_ns, 1);
        return 0;
    }
    adder->row_count++;
    return adder->row_count == ADDER_BATCH_ROWS ? adder_flush(adder) : 0;
}

#endif
