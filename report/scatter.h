/* scatter.h - how the latencies of a target scatter over blocks: stretches of equal length of one
 * run's measured phase, or the runs of a group. Requests of one block are alike, since queues and
 * pauses last; so what a percentile is worth is learned from how blocks differ (interval.h).
 *
 * While a single run is read, its values are counted in a histogram a block. Afterwards blocks, or
 * runs, become columns of a table, which answers for any percentile. */
#ifndef TARE_SCATTER_H
#define TARE_SCATTER_H

#include "distribution.h"
#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of a run at most. Half as many are made of them where neighbours are too much alike. */
#define SCATTER_BLOCKS 64u

/* The measured phase of the run that is being read, cut into blocks. */
struct scatter_clock {
    int64_t start_ns; /* since the run's start */
    int64_t block_ns; /* above 0 */
    size_t blocks;    /* 1 to SCATTER_BLOCKS */
};

/* What is counted of one target and one latency while a run is read. */
struct scatter_blocks {
    struct histogram blocks[SCATTER_BLOCKS];
    uint64_t failed[SCATTER_BLOCKS]; /* requests that failed or are censored */
    bool hold_all; /* values are counted here alone, and not in the distribution beside */
};

/* A run's histogram, put aside in as little memory as it takes. */
struct scatter_column {
    struct histogram_bucket *buckets; /* owned: those in use, rising */
    size_t bucket_count;
    unsigned __int128 sum_ns;
};

/* Counts of values by bucket and block. */
struct scatter {
    size_t blocks;    /* how many; 0: nothing is known */
    bool are_runs;    /* blocks are runs, else stretches of one run */
    uint64_t *counts; /* owned: values in each block */
    uint64_t *failed; /* owned: requests without a value in each block */
    double *sums_ns;  /* owned: the sum of each block's values */
    size_t bins;      /* buckets in which any block has a value */
    int64_t *low_ns;  /* owned: their lower edges, rising */
    int64_t *high_ns; /* owned: their upper edges */
    uint64_t *above;  /* owned: [bin * blocks + block], values in buckets above this one */
    bool has_effects; /* interval_prepare() was called */
    double effects[DISTRIBUTION_PERCENTILES]; /* design effects of the tables' percentiles */
};

/* Sets the clock of a measured phase. slices_only: its values come in slices of histograms.csv
 * (schema_slice_ns()), which blocks must not cut. length_ns: where it is not above 0, all belongs
 * to one block. */
void scatter_clock_set(struct scatter_clock *clock, int64_t start_ns, int64_t length_ns,
                       bool slices_only);

/* The block of a moment; what lies before or after the phase belongs to the first or last. */
static inline size_t scatter_block_of(const struct scatter_clock *clock, int64_t scheduled_ns)
{
    if (scheduled_ns < clock->start_ns)
        return 0;
    /* A file may say any moment: the difference of two may not fit a signed number. */
    const uint64_t since = (uint64_t)scheduled_ns - (uint64_t)clock->start_ns;
    const uint64_t block = since / (uint64_t)clock->block_ns;
    return block < clock->blocks ? block : clock->blocks - 1;
}

/* Makes empty blocks. digits: of their histograms, 2 or 3. */
void scatter_blocks_init(struct scatter_blocks *blocks, int digits);
void scatter_blocks_free(struct scatter_blocks *blocks);

/* Adds all blocks to a histogram of the same digits. Returns 0 or -ENOMEM. */
int scatter_blocks_merge(const struct scatter_blocks *blocks, struct histogram *into);

/* Puts a histogram aside. column: to be freed with scatter_column_free, after a failure too.
 * Returns 0 or -ENOMEM. */
int scatter_column_make(struct scatter_column *column, const struct histogram *histogram);

/* Counts what was put aside in an empty histogram of the same digits. Returns 0 or -ENOMEM. */
int scatter_column_restore(const struct scatter_column *column, struct histogram *histogram);
void scatter_column_free(struct scatter_column *column);

/* Makes the table of `count` blocks (1 or more), or runs: their values, all with the same digits,
 * and as many numbers of requests without a value. scatter: to be freed with scatter_free, after a
 * failure too. Returns 0 or -ENOMEM. */
int scatter_make(struct scatter *scatter, const struct histogram *histograms,
                 const uint64_t *failed, size_t count, bool are_runs);
void scatter_free(struct scatter *scatter);

/* The requests of all blocks: those with a value, and those without. */
uint64_t scatter_count(const struct scatter *scatter);
uint64_t scatter_failed(const struct scatter *scatter);

/* The bin that holds value_ns, or the next above it; `bins` where it lies above all. */
size_t scatter_bin_of(const struct scatter *scatter, int64_t value_ns);

/* The value at a nearest rank among `count` blocks from `first` on, from 1 to the number of their
 * values: the upper edge of its bucket. */
int64_t scatter_value_of(const struct scatter *scatter, size_t first, size_t count, uint64_t rank);

/* The same of one block. */
int64_t scatter_value_at(const struct scatter *scatter, size_t block, uint64_t rank);

#endif
