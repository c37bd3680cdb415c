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

int scatter_blocks_merge(const struct scatter_blocks *blocks, struct histogram *into)
{
    int result = 0;
    for (size_t i = 0; i < SCATTER_BLOCKS && result == 0; i++)
        result = histogram_merge(into, &blocks->blocks[i]);
    return result;
}

/* ---- columns ---- */

int scatter_column_make(struct scatter_column *column, const struct histogram *histogram)
{
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    size_t room = 0;
    *column = (struct scatter_column){.sum_ns = histogram->sum_ns};
    while (histogram_next(histogram, &cursor, &bucket)) {
        if (column->bucket_count == room) {
            room = room ? 2 * room : 256;
            struct histogram_bucket *buckets = realloc(column->buckets, room * sizeof *buckets);
            if (!buckets)
                return -ENOMEM;
            column->buckets = buckets;
        }
        column->buckets[column->bucket_count++] = bucket;
    }
    return 0;
}

int scatter_column_restore(const struct scatter_column *column, struct histogram *histogram)
{
    int result = 0;
    for (size_t i = 0; i < column->bucket_count; i++)
        result |= histogram_record(histogram, column->buckets[i].low_ns, column->buckets[i].count);
    histogram->sum_ns = column->sum_ns;
    return result == 0 ? 0 : -ENOMEM;
}

void scatter_column_free(struct scatter_column *column)
{
    free(column->buckets);
    column->buckets = NULL;
}

/* ---- the table ---- */

/* All histograms in one, to know which buckets are in use. */
static int join(struct histogram *all, const struct histogram *histograms, size_t count)
{
    int result = 0;
    histogram_init(all, histograms[0].digits);
    for (size_t i = 0; i < count && result == 0; i++)
        result = histogram_merge(all, &histograms[i]);
    return result;
}

static size_t count_bins(const struct histogram *marks)
{
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    size_t bins = 0;
    while (histogram_next(marks, &cursor, &bucket))
        bins++;
    return bins;
}

/* How many values a histogram has in the bucket of an index over all pages. */
static uint64_t count_at(const struct histogram *histogram, uint32_t index)
{
    const uint64_t *page = histogram->pages[index >> histogram->half_bits];
    return page ? page[index & ((1u << histogram->half_bits) - 1)] : 0;
}

/* Fills the table bin by bin, from what lies beyond the one before. */
static void fill_bins(struct scatter *scatter, const struct histogram *all,
                      const struct histogram *histograms)
{
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    const uint64_t *before = scatter->counts;
    for (size_t bin = 0; histogram_next(all, &cursor, &bucket); bin++) {
        const uint32_t index = cursor - 1;
        uint64_t *above = &scatter->above[bin * scatter->blocks];
        scatter->low_ns[bin] = bucket.low_ns;
        scatter->high_ns[bin] = bucket.high_ns;
        for (size_t b = 0; b < scatter->blocks; b++)
            above[b] = before[b] - count_at(&histograms[b], index);
        before = above;
    }
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

int scatter_make(struct scatter *scatter, const struct histogram *histograms,
                 const uint64_t *failed, size_t count, bool are_runs)
{
    struct histogram all;
    CHECK(count, >=, 1);
    memset(scatter, 0, sizeof *scatter);
    int result = join(&all, histograms, count);
    if (result == 0)
        result = allocate(scatter, count_bins(&all), count);
    for (size_t i = 0; i < count && result == 0; i++) {
        scatter->counts[i] = histograms[i].count;
        scatter->failed[i] = failed[i];
        scatter->sums_ns[i] = (double)histograms[i].sum_ns;
    }
    if (result == 0)
        fill_bins(scatter, &all, histograms);
    scatter->are_runs = are_runs;
    histogram_free(&all);
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

static uint64_t above_of(const struct scatter *scatter, size_t bin, size_t first, size_t count)
{
    return sum_of(&scatter->above[bin * scatter->blocks + first], count);
}

int64_t scatter_value_of(const struct scatter *scatter, size_t first, size_t count, uint64_t rank)
{
    size_t low = 0;
    size_t high = scatter->bins;
    const uint64_t values = sum_of(scatter->counts + first, count);
    CHECK(rank, >=, 1);
    CHECK(rank, <=, values);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (above_of(scatter, middle, first, count) > values - rank)
            low = middle + 1;
        else
            high = middle;
    }
    return scatter->high_ns[low];
}

int64_t scatter_value_at(const struct scatter *scatter, size_t block, uint64_t rank)
{
    return scatter_value_of(scatter, block, 1, rank);
}
