/* distribution.c - exact values while they are few, buckets when they are many. */
#include "distribution.h"

#include "check.h"
#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_SIZE_FIRST 256u
#define CURVE_GRID (DISTRIBUTION_CURVE_MAX - DISTRIBUTION_PERCENTILES)

const uint32_t distribution_percentiles_ppm[DISTRIBUTION_PERCENTILES] = {
    500000, 750000, 900000, 950000, 990000, 999000, 999900, 999990};
const char *const distribution_percentile_names[DISTRIBUTION_PERCENTILES] = {
    "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999"};

char *distribution_percentile_name(uint32_t ppm, char text[DISTRIBUTION_NAME_MAX])
{
    CHECK(ppm, <, 1000000);
    int size = snprintf(text, DISTRIBUTION_NAME_MAX, "p%u.%04u", ppm / 10000, ppm % 10000);
    while (text[size - 1] == '0')
        size--;
    text[text[size - 1] == '.' ? size - 1 : size] = '\0';
    return text;
}

void distribution_init(struct distribution *d, int digits, uint32_t exact_max)
{
    CHECK(exact_max, <=, DISTRIBUTION_EXACT_MAX);
    memset(d, 0, sizeof *d);
    histogram_init(&d->histogram, digits);
    d->exact_max = exact_max;
}

static void drop_exact(struct distribution *d)
{
    free(d->exact);
    d->exact = NULL;
    d->exact_size = 0;
    d->exact_max = 0;
}

void distribution_free(struct distribution *d)
{
    drop_exact(d);
    if (d->histogram.digits != 0)
        histogram_free(&d->histogram);
}

/* Keeps a value that the histogram has just counted. */
static int keep_exact(struct distribution *d, int64_t value_ns)
{
    const uint64_t kept = d->histogram.count - 1;
    if (kept >= d->exact_max) {
        drop_exact(d);
        return 0;
    }
    if (kept == d->exact_size) {
        uint32_t size = d->exact_size == 0 ? EXACT_SIZE_FIRST : 2 * d->exact_size;
        if (size > d->exact_max)
            size = d->exact_max;
        int64_t *exact = realloc(d->exact, size * sizeof *exact);
        if (!exact)
            return -ENOMEM;
        d->exact = exact;
        d->exact_size = size;
    }
    d->exact[kept] = value_ns;
    return 0;
}

int distribution_record(struct distribution *d, int64_t value_ns)
{
    if (d->exact_max == 0)
        return histogram_record(&d->histogram, value_ns, 1);
    return distribution_record_many(d, value_ns, 1);
}

int distribution_record_many(struct distribution *d, int64_t value_ns, uint64_t count)
{
    if (count == 0) /* which would lower the smallest value seen */
        return 0;
    if (d->exact_max > 0 && count > d->exact_max)
        drop_exact(d);
    if (d->exact_max == 0)
        return histogram_record(&d->histogram, value_ns, count);
    int result = 0;
    for (uint64_t i = 0; i < count && result == 0; i++) {
        const uint64_t before = d->histogram.count;
        result = histogram_record(&d->histogram, value_ns, 1);
        /* What is out of the histogram's range is counted there, apart, and kept nowhere. */
        if (result == 0 && d->exact_max > 0 && d->histogram.count > before)
            result = keep_exact(d, value_ns);
    }
    return result;
}

int distribution_record_all(struct distribution *d, const int64_t *values_ns, size_t count)
{
    int result = 0;
    size_t i = 0;
    for (; i < count && d->exact_max > 0 && result == 0; i++)
        result = distribution_record(d, values_ns[i]);
    return result == 0 ? histogram_record_all(&d->histogram, values_ns + i, count - i) : result;
}

int distribution_record_bucket(struct distribution *d, const struct histogram_bucket *bucket)
{
    if (bucket->count == 0)
        return 0;
    drop_exact(d);
    d->from_buckets = true;
    const uint64_t before = d->histogram.count;
    const int result = histogram_record(&d->histogram, bucket->high_ns, bucket->count);
    if (result != 0 || d->histogram.count == before)
        return result;
    /* The mean is taken from the middle: the upper edge would raise it by half a bucket. */
    const int64_t half_ns = (bucket->high_ns - bucket->low_ns) / 2;
    d->histogram.sum_ns -= (unsigned __int128)half_ns * bucket->count;
    if (bucket->low_ns < d->histogram.min_ns)
        d->histogram.min_ns = bucket->low_ns;
    return 0;
}

int distribution_merge(struct distribution *d, const struct distribution *from)
{
    const uint64_t count = d->histogram.count;
    const uint64_t more = from->histogram.count;
    const bool exact = d->exact_max > 0 && count + more <= d->exact_max &&
                       (more == 0 || distribution_is_exact(from));
    d->from_buckets |= from->from_buckets;
    const int result = histogram_merge(&d->histogram, &from->histogram);
    if (result != 0)
        return result;
    if (!exact) {
        drop_exact(d);
        return 0;
    }
    if (more == 0)
        return 0;
    if (d->exact_size < count + more) {
        int64_t *values = realloc(d->exact, (count + more) * sizeof *values);
        if (!values)
            return -ENOMEM;
        d->exact = values;
        d->exact_size = (uint32_t)(count + more);
    }
    memcpy(d->exact + count, from->exact, more * sizeof *d->exact);
    return 0;
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

void distribution_finish(struct distribution *d)
{
    if (d->exact)
        qsort(d->exact, d->histogram.count, sizeof *d->exact, compare_values);
}

uint64_t distribution_count(const struct distribution *d)
{
    return d->histogram.count;
}

bool distribution_is_exact(const struct distribution *d)
{
    return d->exact != NULL;
}

int64_t distribution_at_rank(const struct distribution *d, uint64_t rank)
{
    if (d->histogram.count == 0)
        return 0;
    CHECK(rank, >=, 1);
    CHECK(rank, <=, d->histogram.count);
    return d->exact ? d->exact[rank - 1] : histogram_at_rank(&d->histogram, rank);
}

int64_t distribution_at_ppm(const struct distribution *d, uint32_t ppm)
{
    return d->histogram.count == 0 ? 0
                                   : distribution_at_rank(d, units_rank(d->histogram.count, ppm));
}

bool distribution_is_resolved(const struct distribution *d, uint32_t ppm)
{
    return d->histogram.count - units_rank(d->histogram.count, ppm) >= DISTRIBUTION_TAIL_MIN;
}

int64_t distribution_min_ns(const struct distribution *d)
{
    return d->histogram.count == 0 ? 0 : d->histogram.min_ns;
}

int64_t distribution_max_ns(const struct distribution *d)
{
    return d->histogram.count == 0 ? 0 : d->histogram.max_ns;
}

double distribution_mean_ns(const struct distribution *d)
{
    return histogram_mean_ns(&d->histogram);
}

/* Walks ranks in rising order through the values, without starting over for each. */
struct rank_walk {
    const struct distribution *d;
    uint32_t cursor;
    uint64_t seen;
    struct histogram_bucket bucket;
};

static int64_t walk_to_rank(struct rank_walk *walk, uint64_t rank)
{
    const struct distribution *d = walk->d;
    if (d->exact)
        return d->exact[rank - 1];
    while (walk->seen < rank && histogram_next(&d->histogram, &walk->cursor, &walk->bucket))
        walk->seen += walk->bucket.count;
    return walk->bucket.high_ns < d->histogram.max_ns ? walk->bucket.high_ns : d->histogram.max_ns;
}

/* The rank of grid point `index`: 1/(1-p) rises evenly on a log scale from 1 to the count. */
static uint64_t grid_rank(uint64_t count, size_t index)
{
    const double share = (double)index / (CURVE_GRID - 1);
    const uint64_t beyond = (uint64_t)((double)count / pow((double)count, share) + 0.5);
    if (index + 1 == CURVE_GRID)
        return count;
    return beyond >= count ? 1 : count - beyond;
}

static struct curve_point curve_point_at(struct rank_walk *walk, uint64_t rank)
{
    const double count = (double)walk->d->histogram.count;
    const double beyond = count - (double)rank;
    return (struct curve_point){.percentile = 100.0 * (double)rank / count,
                                .inverse = beyond > 0 ? count / beyond : 2 * count,
                                .latency_ns = walk_to_rank(walk, rank),
                                .count = rank};
}

size_t distribution_curve(const struct distribution *d,
                          struct curve_point points[DISTRIBUTION_CURVE_MAX])
{
    struct rank_walk walk = {.d = d};
    const uint64_t count = d->histogram.count;
    size_t used = 0;
    size_t named = 0;
    for (size_t i = 0; count > 0 && i < CURVE_GRID; i++) {
        const uint64_t rank = grid_rank(count, i);
        /* The percentiles of the tables are on the curve too, so that both show the same numbers.
         */
        for (; named < DISTRIBUTION_PERCENTILES; named++) {
            const uint64_t named_rank = units_rank(count, distribution_percentiles_ppm[named]);
            if (named_rank >= rank)
                break;
            if (used == 0 || named_rank > points[used - 1].count)
                points[used++] = curve_point_at(&walk, named_rank);
        }
        if (used == 0 || rank > points[used - 1].count)
            points[used++] = curve_point_at(&walk, rank);
    }
    return used;
}
