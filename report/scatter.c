/* scatter.c - from histograms of blocks to a table of what lies above each bucket. */
#include "scatter.h"

#include "check.h"
#include "schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The length of the slices that hold the last moments of a run. */
static int64_t slice_length(int64_t end_ns)
{
    const int64_t last = schema_slice_ns(end_ns - 1);
    int64_t length = 100 * NS_PER_MS;
    while (schema_slice_ns(last + length) == last)
        length *= 10;
    return length;
}

void scatter_clock_set(struct scatter_clock *clock, int64_t start_ns, int64_t length_ns,
                       bool slices_only)
{
    *clock = (struct scatter_clock){.start_ns = start_ns, .block_ns = INT64_MAX, .blocks = 1};
    if (length_ns <= 0)
        return;
    clock->block_ns = (length_ns + SCATTER_BLOCKS - 1) / SCATTER_BLOCKS;
    if (slices_only) {
        const int64_t slice_ns = slice_length(start_ns + length_ns);
        clock->block_ns = (clock->block_ns + slice_ns - 1) / slice_ns * slice_ns;
    }
    clock->blocks = (size_t)((length_ns + clock->block_ns - 1) / clock->block_ns);
}

void scatter_blocks_init(struct scatter_blocks *blocks, int digits)
{
    memset(blocks, 0, sizeof *blocks);
    for (size_t i = 0; i < SCATTER_BLOCKS; i++)
        histogram_init(&blocks->blocks[i], digits);
}

void scatter_blocks_free(struct scatter_blocks *blocks)
{
    for (size_t i = 0; i < SCATTER_BLOCKS; i++)
        histogram_free(&blocks->blocks[i]);
}

/* ---- columns ---- */

int scatter_column_make(struct scatter_column *column, const struct histogram *histogram,
                        uint64_t failed)
{
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    size_t buckets = 0;
    *column = (struct scatter_column){
        .count = histogram->count, .failed = failed, .sum_ns = (double)histogram->sum_ns};
    while (histogram_next(histogram, &cursor, &bucket))
        buckets++;
    column->buckets = calloc(buckets + 1, sizeof *column->buckets);
    if (!column->buckets)
        return -ENOMEM;
    cursor = 0;
    while (histogram_next(histogram, &cursor, &bucket))
        column->buckets[column->bucket_count++] = bucket;
    return 0;
}

void scatter_column_free(struct scatter_column *column)
{
    free(column->buckets);
    column->buckets = NULL;
}

/* ---- the table ---- */

static int compare_ns(const void *left, const void *right)
{
    const int64_t a = ((const struct histogram_bucket *)left)->low_ns;
    const int64_t b = ((const struct histogram_bucket *)right)->low_ns;
    return (a > b) - (a < b);
}

/* The buckets of all columns, each once. Owned; NULL where memory is short. */
static struct histogram_bucket *join(const struct scatter_column *columns, size_t count,
                                     size_t *bins)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += columns[i].bucket_count;
    struct histogram_bucket *buckets = calloc(all + 1, sizeof *buckets);
    if (!buckets)
        return NULL;
    all = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(buckets + all, columns[i].buckets, columns[i].bucket_count * sizeof *buckets);
        all += columns[i].bucket_count;
    }
    qsort(buckets, all, sizeof *buckets, compare_ns);
    *bins = 0;
    for (size_t i = 0; i < all; i++)
        if (*bins == 0 || buckets[*bins - 1].low_ns != buckets[i].low_ns)
            buckets[(*bins)++] = buckets[i];
    return buckets;
}

static int allocate(struct scatter *scatter, size_t bins, size_t blocks)
{
    scatter->counts = calloc(blocks, sizeof *scatter->counts);
    scatter->failed = calloc(blocks, sizeof *scatter->failed);
    scatter->sums_ns = calloc(blocks, sizeof *scatter->sums_ns);
    scatter->low_ns = calloc(bins + 1, sizeof *scatter->low_ns);
    scatter->high_ns = calloc(bins + 1, sizeof *scatter->high_ns);
    scatter->above = calloc((bins + 1) * blocks, sizeof *scatter->above);
    scatter->bins = bins;
    scatter->blocks = blocks;
    return scatter->counts && scatter->failed && scatter->sums_ns && scatter->low_ns &&
                   scatter->high_ns && scatter->above
               ? 0
               : -ENOMEM;
}

static void fill_column(struct scatter *scatter, const struct scatter_column *column, size_t block)
{
    size_t next = 0;
    uint64_t left = column->count;
    for (size_t bin = 0; bin < scatter->bins; bin++) {
        if (next < column->bucket_count && column->buckets[next].low_ns == scatter->low_ns[bin])
            left -= column->buckets[next++].count;
        scatter->above[bin * scatter->blocks + block] = left;
    }
    CHECK(left, ==, 0);
    scatter->counts[block] = column->count;
    scatter->failed[block] = column->failed;
    scatter->sums_ns[block] = column->sum_ns;
}

int scatter_make(struct scatter *scatter, const struct scatter_column *columns, size_t count,
                 bool are_runs)
{
    size_t bins = 0;
    memset(scatter, 0, sizeof *scatter);
    struct histogram_bucket *buckets = join(columns, count, &bins);
    int result = buckets ? allocate(scatter, bins, count) : -ENOMEM;
    scatter->are_runs = are_runs;
    for (size_t bin = 0; bin < bins && result == 0; bin++) {
        scatter->low_ns[bin] = buckets[bin].low_ns;
        scatter->high_ns[bin] = buckets[bin].high_ns;
    }
    for (size_t i = 0; i < count && result == 0; i++)
        fill_column(scatter, &columns[i], i);
    free(buckets);
    return result;
}

int scatter_make_of_blocks(struct scatter *scatter, const struct scatter_blocks *blocks,
                           size_t count)
{
    struct scatter_column columns[SCATTER_BLOCKS];
    int result = 0;
    CHECK(count, <=, SCATTER_BLOCKS);
    memset(scatter, 0, sizeof *scatter);
    memset(columns, 0, sizeof columns);
    for (size_t i = 0; i < count && result == 0; i++)
        result = scatter_column_make(&columns[i], &blocks->blocks[i], blocks->failed[i]);
    if (result == 0)
        result = scatter_make(scatter, columns, count, false);
    for (size_t i = 0; i < count; i++)
        scatter_column_free(&columns[i]);
    return result;
}

void scatter_free(struct scatter *scatter)
{
    free(scatter->counts);
    free(scatter->failed);
    free(scatter->sums_ns);
    free(scatter->low_ns);
    free(scatter->high_ns);
    free(scatter->above);
    memset(scatter, 0, sizeof *scatter);
}

/* ---- questions ---- */

static uint64_t sum_of(const uint64_t *counts, size_t size)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += counts[i];
    return sum;
}

uint64_t scatter_count(const struct scatter *scatter)
{
    return sum_of(scatter->counts, scatter->blocks);
}

uint64_t scatter_failed(const struct scatter *scatter)
{
    return sum_of(scatter->failed, scatter->blocks);
}

size_t scatter_bin_of(const struct scatter *scatter, int64_t value_ns)
{
    size_t low = 0;
    size_t high = scatter->bins;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (scatter->high_ns[middle] < value_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t scatter_value_at(const struct scatter *scatter, size_t block, uint64_t rank)
{
    size_t low = 0;
    size_t high = scatter->bins;
    CHECK(rank, >=, 1);
    CHECK(rank, <=, scatter->counts[block]);
    const uint64_t beyond = scatter->counts[block] - rank;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (scatter->above[middle * scatter->blocks + block] > beyond)
            low = middle + 1;
        else
            high = middle;
    }
    return scatter->high_ns[low];
}
