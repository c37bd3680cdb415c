/* histogram.h - counts of latencies in HdrHistogram's layout, allocated by page of buckets in use.
 *
 * Error: a bucket is at most 1 / 10^digits of its value wide (2 digits: 0.78 %, 3 digits: 0.098 %);
 *   values below 2^8 (2 digits) or 2^11 (3 digits) have a bucket of their own.
 * Range: 0 to 2^LIMIT_LATENCY_BITS - 1 ns; what lies above is counted in `overflow`, below in
 *   `underflow`, and in no bucket.
 * Memory: a page holds the buckets of one power of two, 1 KiB at 2 digits and 8 KiB at 3.
 * The layout is Gil Tene's (HdrHistogram, counts_index_for), so that bucket edges agree with other
 * tools'. A histogram is of one thread. Layer 0, since both programs count in it. */
#ifndef TARE_HISTOGRAM_H
#define TARE_HISTOGRAM_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_PAGES (LIMIT_LATENCY_BITS - 6)

/* log2 of the buckets in a page, at 2 and at 3 digits. */
#define HISTOGRAM_HALF_BITS_2 7
#define HISTOGRAM_HALF_BITS_3 10

struct histogram {
    int digits;           /* 2 or 3 */
    int half_bits;        /* of these digits, as above */
    uint64_t count;       /* values recorded in buckets */
    uint64_t overflow;    /* values above the range */
    uint64_t underflow;   /* values below 0: a clock or an interpolation went wrong */
    int64_t min_ns;       /* exact; INT64_MAX while empty */
    int64_t max_ns;       /* exact; -1 while empty */
    unsigned __int128 sum_ns;
    uint64_t *pages[HISTOGRAM_PAGES]; /* NULL: no value there */
};

/* A bucket with its inclusive edges. */
struct histogram_bucket {
    int64_t low_ns;
    int64_t high_ns;
    uint64_t count;
};

/* Makes an empty histogram of 2 or 3 significant digits in storage of the caller's. */
void histogram_init(struct histogram *h, int digits);

/* Frees its pages; the histogram is then empty and may be used again. All zeros, as before its
 * histogram_init(), is allowed and left alone. */
void histogram_free(struct histogram *h);

/* Sets all counts to zero and keeps the pages. */
void histogram_clear(struct histogram *h);

/* Counts value_ns `count` times. Out of range is counted apart, as above. Returns 0 or -ENOMEM. */
int histogram_record(struct histogram *h, int64_t value_ns, uint64_t count);

/* Counts each of `count` values once, as histogram_record does, at a third of its cost.
 * Returns 0 or -ENOMEM, some of the values then being counted. */
int histogram_record_all(struct histogram *h, const int64_t *values_ns, size_t count);

/* log2 of the width of a value's bucket, `value_ns` being in range. */
static inline int histogram_shift(int half_bits, int64_t value_ns)
{
    const uint64_t linear_mask = (2ull << half_bits) - 1;
    return 63 - __builtin_clzll((uint64_t)value_ns | linear_mask) - half_bits;
}

/* The index of a value's bucket over all pages, `value_ns` being in range. Pages 0 and 1 have buckets of
 * width 1; page p + 1 has width 2^p. */
static inline uint32_t histogram_index(int half_bits, int64_t value_ns)
{
    const int shift = histogram_shift(half_bits, value_ns);
    return ((uint32_t)shift << half_bits) + (uint32_t)((uint64_t)value_ns >> shift);
}

/* The count of a value's bucket; NULL where its page is not in use yet, or the value is out of range.
 * half_bits: h's own, and faster where it is a constant. */
static inline uint64_t *histogram_place(struct histogram *h, int half_bits, int64_t value_ns)
{
    if (__builtin_expect((uint64_t)value_ns >> LIMIT_LATENCY_BITS != 0, 0))
        return NULL;
    const int shift = histogram_shift(half_bits, value_ns);
    const uint64_t scaled = (uint64_t)value_ns >> shift;
    uint64_t *const page = h->pages[(uint64_t)shift + (scaled >> half_bits)];
    return __builtin_expect(!page, 0) ? NULL : page + (scaled & ((1u << half_bits) - 1));
}

/* histogram_record() of one value, for a page that is in use already; returns false, and counts
 * nothing, where it is not or the value is out of range. half_bits: as above. */
static inline bool histogram_count(struct histogram *h, int half_bits, int64_t value_ns)
{
    uint64_t *const place = histogram_place(h, half_bits, value_ns);
    if (__builtin_expect(!place, 0))
        return false;
    ++*place;
    h->count++;
    h->sum_ns += (uint64_t)value_ns;
    if (__builtin_expect(value_ns < h->min_ns, 0))
        h->min_ns = value_ns;
    if (__builtin_expect(value_ns > h->max_ns, 0))
        h->max_ns = value_ns;
    return true;
}

/* The same where only buckets are wanted, and their sum: h->count. Sum, least and largest are not kept. */
static inline bool histogram_count_bucket(struct histogram *h, int half_bits, int64_t value_ns)
{
    uint64_t *const place = histogram_place(h, half_bits, value_ns);
    if (__builtin_expect(!place, 0))
        return false;
    ++*place;
    h->count++;
    return true;
}

/* Adds all of `from` to h; both have the same digits. Returns 0 or -ENOMEM. */
int histogram_merge(struct histogram *h, const struct histogram *from);

/* The bucket that value_ns falls into, its count being 0. value_ns: within the range. */
struct histogram_bucket histogram_bucket_of(int digits, int64_t value_ns);

/* Walks the buckets in use from the lowest. *cursor: 0 at first. Returns false after the last. */
bool histogram_next(const struct histogram *h, uint32_t *cursor, struct histogram_bucket *bucket);

/* The value at a nearest rank, from 1 to count: the upper edge of the bucket that holds it, and
 * never above the largest value seen. 0 where the histogram is empty. */
int64_t histogram_at_rank(const struct histogram *h, uint64_t rank);

/* How many values lie in buckets wholly above limit_ns, and (*maybe) in the bucket that holds it. */
uint64_t histogram_above(const struct histogram *h, int64_t limit_ns, uint64_t *maybe);

/* Mean in ns, exact; 0 where empty. */
double histogram_mean_ns(const struct histogram *h);

#endif
