/* timeline.h - what happened when: counts and latency in at most TIMELINE_BINS_MAX bins of equal
 * length. Bins are one second long up to ten minutes; a longer run makes all of them longer, in
 * steps (10 s, 20 s, 40 s, ...) that hold whole slices of histograms.csv. Rows may come in any
 * order and several times; they add up. */
#ifndef TARE_TIMELINE_H
#define TARE_TIMELINE_H

#include "histogram.h"
#include "outcome.h"

#include <stddef.h>
#include <stdint.h>

#define TIMELINE_BINS_MAX 600u

/* Rows of a map of latencies: of equal height on a logarithmic scale, from 1 ns on. */
#define TIMELINE_ROWS_A_DECADE 10
#define TIMELINE_ROWS (12 * TIMELINE_ROWS_A_DECADE)

/* Whose resources a bin tells. */
enum time_user {
    TIME_GENERATOR,
    TIME_WORKER, /* the generator's thread that took most CPU in its second; no memory */
    TIME_SERVER,
    TIME_STEAL, /* what the hypervisor took from the generator's CPUs; no memory */
    TIME_USERS
};

/* What one of them took, over the seconds that were watched. */
struct time_use {
    uint64_t cpu_ns;
    uint64_t watched_ns;     /* 0: cpu_ns says nothing */
    uint64_t resident_bytes; /* sum of the readings */
    uint64_t readings;
};

struct time_bin {
    uint64_t due;
    uint64_t sent;
    uint64_t done;
    uint64_t bytes_out;
    uint64_t bytes_in;
    uint64_t in_flight; /* sum of the values of the bin's seconds: divide by them (timeline_rate) */
    uint64_t backlog;   /* the same */
    uint64_t outcomes[OUTCOME_COUNT];
    struct time_use uses[TIME_USERS];
    /* The variant's latency (response or service), of successes that were scheduled in the bin. */
    uint64_t latency_count; /* 0: the four below say nothing */
    int64_t p50_ns;
    int64_t p90_ns;
    int64_t p99_ns;
    int64_t max_ns;
};

struct timeline {
    int64_t bin_ns; /* the length of a bin; bin i begins i * bin_ns after the run's start */
    size_t bin_count;
    struct time_bin *bins;        /* TIMELINE_BINS_MAX of them, bin_count in use */
    uint32_t *cells; /* owned: [bin * TIMELINE_ROWS + row], how many latencies lie there; at most
                      * UINT32_MAX. Empty until timeline_finish */
    struct histogram *histograms; /* one a bin while rows are added; NULL after timeline_finish */
};

/* Makes an empty timeline. Returns 0 or -ENOMEM. */
int timeline_init(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* The bin that holds the moment start_ns (0 <= start_ns, below twice LIMIT_TIME_MAX_NS); makes the
 * bins longer where it lies beyond the last. Returns 0 or -ENOMEM. */
int timeline_bin(struct timeline *timeline, int64_t start_ns, struct time_bin **bin);

/* Adds counts to a bin; what it says of latency is left alone. */
void timeline_add(struct time_bin *to, const struct time_bin *from);

/* Counts latencies of a bucket, of requests scheduled at start_ns. Returns 0 or -ENOMEM. */
int timeline_record(struct timeline *timeline, int64_t start_ns,
                    const struct histogram_bucket *bucket);

/* The lower edge of a row, in ns. */
double timeline_row_ns(size_t row);

/* Works out the percentiles of every bin, and its cells, and frees the histograms. */
void timeline_finish(struct timeline *timeline);

/* Failed and censored requests of a bin. */
uint64_t timeline_errors(const struct time_bin *bin);

/* CPU time of a bin as a share of one CPU's, and resident memory in bytes, on average; NAN where
 * nobody watched. */
double timeline_cpu_share(const struct time_bin *bin, enum time_user user);
double timeline_resident_bytes(const struct time_bin *bin, enum time_user user);

/* A count of a bin, of `runs` runs that were added up, as a rate per second of one run. */
double timeline_rate(const struct timeline *timeline, uint64_t count, size_t runs);

#endif
