/* distribution.h - how one latency is spread over the requests of a variant.
 * Small sets are kept value by value and answered exactly; larger ones are counted in buckets of
 * three significant digits (histogram.h), which err upwards by at most 0.1 %.
 * A quantile is a nearest rank (Hyndman-Fan type 1) and never an interpolation: it is the time of a
 * request that happened. Distributions hold successes; failed and censored requests have no place
 * on a time axis and are counted beside them (struct target in dataset.h). */
#ifndef TARE_DISTRIBUTION_H
#define TARE_DISTRIBUTION_H

#include "histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Up to this many values are kept exactly: 128 KiB. */
#define DISTRIBUTION_EXACT_MAX 16384u

/* Fewer requests than this beyond a percentile make a thin tail. */
#define DISTRIBUTION_TAIL_MIN 10u

/* Points of a curve at most, spread evenly over log10 1/(1-p). */
#define DISTRIBUTION_CURVE_MAX 400u

/* The percentiles that tables show, in millionths: p50 p75 p90 p95 p99 p99.9 p99.99 p99.999. */
#define DISTRIBUTION_PERCENTILES 8
extern const uint32_t distribution_percentiles_ppm[DISTRIBUTION_PERCENTILES];
/* Their names: "p50", ... "p99.999". */
extern const char *const distribution_percentile_names[DISTRIBUTION_PERCENTILES];

/* "p95", "p99.9" for ppm millionths. text: DISTRIBUTION_NAME_MAX bytes; returned. */
#define DISTRIBUTION_NAME_MAX 16u
char *distribution_percentile_name(uint32_t ppm, char text[DISTRIBUTION_NAME_MAX]);

struct distribution {
    struct histogram histogram;
    int64_t *exact; /* every value, sorted by distribution_finish; NULL once there are too many */
    uint32_t exact_max;  /* how many are kept at most */
    uint32_t exact_size; /* how many there is room for */
    bool from_buckets;   /* read from histograms.csv: min, max and mean are those of bucket edges */
};

/* A point of the percentile curve. */
struct curve_point {
    double percentile; /* 0 to 100: the share at or below */
    double inverse;    /* 1 / (1 - p): 20 is p95. The largest value, whose p is 1, stands at twice
                        * the count, in the middle of its step */
    int64_t latency_ns;
    uint64_t count; /* requests at or below: the rank */
};

/* Makes an empty distribution in storage of the caller's. digits: 3, or 2 to save memory.
 * exact_max: how many values to keep exactly, at most DISTRIBUTION_EXACT_MAX. */
void distribution_init(struct distribution *d, int digits, uint32_t exact_max);

/* Frees what it holds; also where all its bytes are zero. */
void distribution_free(struct distribution *d);

/* Counts value_ns once. Values out of the histogram's range are counted there, apart.
 * Returns 0 or -ENOMEM. */
int distribution_record(struct distribution *d, int64_t value_ns);

/* Counts value_ns `count` times, as distribution_record. */
int distribution_record_many(struct distribution *d, int64_t value_ns, uint64_t count);

/* Counts each of `count` values once, at a fraction of the cost. Returns 0 or -ENOMEM. */
int distribution_record_all(struct distribution *d, const int64_t *values_ns, size_t count);

/* Counts a bucket of histograms.csv; its upper edge stands for its values. Returns 0 or -ENOMEM. */
int distribution_record_bucket(struct distribution *d, const struct histogram_bucket *bucket);

/* Adds all of `from` to d; both have the same digits. Returns 0 or -ENOMEM. */
int distribution_merge(struct distribution *d, const struct distribution *from);

/* Sorts what is kept exactly. To be called once, after the last value and before the questions. */
void distribution_finish(struct distribution *d);

/* How many values there are. */
uint64_t distribution_count(const struct distribution *d);

/* True where the questions below are answered from every value, not from buckets. */
bool distribution_is_exact(const struct distribution *d);

/* The value at a nearest rank from 1 to the count, in ns; 0 where there is none. */
int64_t distribution_at_rank(const struct distribution *d, uint64_t rank);

/* The percentile of ppm millionths, in ns; 0 where empty. */
int64_t distribution_at_ppm(const struct distribution *d, uint32_t ppm);

/* True where at least DISTRIBUTION_TAIL_MIN values lie beyond the percentile: else its number says
 * little, and pages mark it. */
bool distribution_is_resolved(const struct distribution *d, uint32_t ppm);

/* Smallest, largest, mean in ns; 0 where empty. */
int64_t distribution_min_ns(const struct distribution *d);
int64_t distribution_max_ns(const struct distribution *d);
double distribution_mean_ns(const struct distribution *d);

/* Writes the percentile curve from the smallest to the largest value, the percentiles of the tables
 * among them: at most DISTRIBUTION_CURVE_MAX points of strictly rising count. Returns how many. */
size_t distribution_curve(const struct distribution *d,
                          struct curve_point points[DISTRIBUTION_CURVE_MAX]);

#endif
