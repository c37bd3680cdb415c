/* histogram.c - log-linear buckets by page; see histogram.h for error, range and memory. */
#include "histogram.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int half_bits_of(int digits)
{
    return digits == 2 ? HISTOGRAM_HALF_BITS_2 : HISTOGRAM_HALF_BITS_3;
}

void histogram_init(struct histogram *h, int digits)
{
    CHECK(digits, >=, 2);
    CHECK(digits, <=, 3);
    memset(h, 0, sizeof *h);
    h->digits = digits;
    h->half_bits = half_bits_of(digits);
    h->min_ns = INT64_MAX;
    h->max_ns = -1;
}

void histogram_free(struct histogram *h)
{
    for (int i = 0; i < HISTOGRAM_PAGES; i++)
        if (h->pages[i]) /* of most histograms few are in use, and of many none */
            free(h->pages[i]);
    if (h->digits != 0)
        histogram_init(h, h->digits);
}

void histogram_clear(struct histogram *h)
{
    uint64_t *pages[HISTOGRAM_PAGES];
    memcpy(pages, h->pages, sizeof pages);
    for (int i = 0; i < HISTOGRAM_PAGES; i++)
        if (pages[i])
            memset(pages[i], 0, sizeof(uint64_t) << h->half_bits);
    histogram_init(h, h->digits);
    memcpy(h->pages, pages, sizeof pages);
}

static struct histogram_bucket bucket_at(int half_bits, uint32_t index)
{
    const uint32_t page = index >> half_bits;
    const int shift = page == 0 ? 0 : (int)page - 1;
    const int64_t low_ns = (int64_t)(index - ((uint32_t)shift << half_bits)) << shift;
    return (struct histogram_bucket){.low_ns = low_ns, .high_ns = low_ns + (1LL << shift) - 1};
}

struct histogram_bucket histogram_bucket_of(int digits, int64_t value_ns)
{
    CHECK(value_ns, >=, 0);
    CHECK(value_ns >> LIMIT_LATENCY_BITS, ==, 0);
    const int half_bits = half_bits_of(digits);
    return bucket_at(half_bits, histogram_index(half_bits, value_ns));
}

int histogram_record(struct histogram *h, int64_t value_ns, uint64_t count)
{
    if (__builtin_expect(count == 0, 0))
        return 0;
    if (__builtin_expect(value_ns < 0, 0)) {
        h->underflow += count;
        return 0;
    }
    if (__builtin_expect(value_ns >> LIMIT_LATENCY_BITS != 0, 0)) {
        h->overflow += count;
        return 0;
    }
    const uint32_t index = histogram_index(h->half_bits, value_ns);
    const uint32_t page = index >> h->half_bits;
    if (__builtin_expect(!h->pages[page], 0)) {
        h->pages[page] = calloc(1u << h->half_bits, sizeof(uint64_t));
        if (!h->pages[page])
            return -ENOMEM;
    }
    h->pages[page][index & ((1u << h->half_bits) - 1)] += count;
    h->count += count;
    h->sum_ns += (unsigned __int128)value_ns * count;
    if (value_ns < h->min_ns)
        h->min_ns = value_ns;
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
    return 0;
}

/* What a block of values adds up to, beside their buckets. */
struct block {
    uint64_t recorded;
    uint64_t sum_ns; /* of at most BLOCK_VALUES values below 2^LIMIT_LATENCY_BITS: no overflow */
    int64_t min_ns;
    int64_t max_ns;
};
#define BLOCK_VALUES 65536u
static_assert(LIMIT_LATENCY_BITS + 16 < 64, "the sum of a block's values fits");

/* Counts a block of values; half_bits is known when this is compiled into each of its two uses. */
static inline __attribute__((always_inline)) int
record_block(struct histogram *h, int half_bits, const int64_t *values_ns, size_t count,
             struct block *block)
{
    const uint64_t linear_mask = (2ull << half_bits) - 1;
    for (size_t i = 0; i < count; i++) {
        const uint64_t value = (uint64_t)values_ns[i];
        const int shift = 63 - __builtin_clzll(value | linear_mask) - half_bits;
        const uint64_t scaled = value >> shift;
        uint64_t *page = NULL;
        if (__builtin_expect(value >> LIMIT_LATENCY_BITS == 0, 1))
            page = h->pages[(uint64_t)shift + (scaled >> half_bits)];
        if (__builtin_expect(!page, 0)) {
            if (histogram_record(h, values_ns[i], 1) != 0)
                return -ENOMEM;
            continue;
        }
        page[scaled & ((1u << half_bits) - 1)]++;
        block->recorded++;
        block->sum_ns += value;
        block->min_ns = values_ns[i] < block->min_ns ? values_ns[i] : block->min_ns;
        block->max_ns = values_ns[i] > block->max_ns ? values_ns[i] : block->max_ns;
    }
    return 0;
}

int histogram_record_all(struct histogram *h, const int64_t *values_ns, size_t count)
{
    int result = 0;
    for (size_t done = 0; done < count && result == 0; done += BLOCK_VALUES) {
        const size_t left = count - done;
        const size_t size = left < BLOCK_VALUES ? left : BLOCK_VALUES;
        struct block block = {.min_ns = INT64_MAX, .max_ns = -1};
        if (h->half_bits == HISTOGRAM_HALF_BITS_3)
            result = record_block(h, HISTOGRAM_HALF_BITS_3, values_ns + done, size, &block);
        else
            result = record_block(h, HISTOGRAM_HALF_BITS_2, values_ns + done, size, &block);
        h->count += block.recorded;
        h->sum_ns += block.sum_ns;
        h->min_ns = block.min_ns < h->min_ns ? block.min_ns : h->min_ns;
        h->max_ns = block.max_ns > h->max_ns ? block.max_ns : h->max_ns;
    }
    return result;
}

int histogram_merge(struct histogram *h, const struct histogram *from)
{
    CHECK(h->digits, ==, from->digits);
    for (int p = 0; p < HISTOGRAM_PAGES; p++) {
        if (!from->pages[p])
            continue;
        if (!h->pages[p]) {
            h->pages[p] = calloc(1u << h->half_bits, sizeof(uint64_t));
            if (!h->pages[p])
                return -ENOMEM;
        }
        for (uint32_t i = 0; i < 1u << h->half_bits; i++)
            h->pages[p][i] += from->pages[p][i];
    }
    h->count += from->count;
    h->overflow += from->overflow;
    h->underflow += from->underflow;
    h->sum_ns += from->sum_ns;
    if (from->min_ns < h->min_ns)
        h->min_ns = from->min_ns;
    if (from->max_ns > h->max_ns)
        h->max_ns = from->max_ns;
    return 0;
}

bool histogram_next(const struct histogram *h, uint32_t *cursor, struct histogram_bucket *bucket)
{
    const uint32_t page_size = 1u << h->half_bits;
    for (uint32_t index = *cursor; index < page_size * HISTOGRAM_PAGES; index++) {
        const uint64_t *page = h->pages[index >> h->half_bits];
        if (!page) {
            index |= page_size - 1;
        } else if (page[index & (page_size - 1)] != 0) {
            *bucket = bucket_at(h->half_bits, index);
            bucket->count = page[index & (page_size - 1)];
            *cursor = index + 1;
            return true;
        }
    }
    return false;
}

/* How many values a page of `size` buckets holds. */
static uint64_t sum_page(const uint64_t *page, uint32_t size)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum += page[i];
    return sum;
}

int64_t histogram_at_rank(const struct histogram *h, uint64_t rank)
{
    const uint32_t page_size = 1u << h->half_bits;
    uint64_t seen = 0;
    for (uint32_t p = 0; p < HISTOGRAM_PAGES; p++) {
        const uint64_t *page = h->pages[p];
        const uint64_t own = page ? sum_page(page, page_size) : 0;
        if (seen + own < rank || own == 0) {
            seen += own;
            continue;
        }
        uint32_t i = 0;
        while ((seen += page[i]) < rank)
            i++;
        const int64_t high_ns = bucket_at(h->half_bits, p * page_size + i).high_ns;
        return high_ns < h->max_ns ? high_ns : h->max_ns;
    }
    return h->count == 0 ? 0 : h->max_ns;
}

uint64_t histogram_above(const struct histogram *h, int64_t limit_ns, uint64_t *maybe)
{
    uint32_t cursor = 0;
    uint64_t above = h->overflow;
    struct histogram_bucket bucket;
    *maybe = 0;
    while (histogram_next(h, &cursor, &bucket)) {
        if (bucket.low_ns > limit_ns)
            above += bucket.count;
        else if (bucket.high_ns > limit_ns)
            *maybe = bucket.count;
    }
    return above;
}

double histogram_mean_ns(const struct histogram *h)
{
    return h->count == 0 ? 0.0 : (double)h->sum_ns / (double)h->count;
}
