/* The histogram against plain sorting, and its layout against HdrHistogram's own arithmetic. */
#include "histogram.h"
#include "random.h"
#include "units.h"

#include "dies.h"
#include "starve.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RANGE_NS (1LL << LIMIT_LATENCY_BITS)
#define VALUES 4000
#define MANY 140000 /* more than are counted in one piece */

/* ---- HdrHistogram, written from Gil Tene's: sub-buckets, and the index of a count ---- */

struct reference {
    int half_magnitude;
    int64_t half_count, count, mask;
};

static struct reference reference_of(int digits)
{
    const int64_t largest = 2 * (digits == 2 ? 100 : 1000);
    const int magnitude = (int)ceil(log2((double)largest));
    return (struct reference){.half_magnitude = magnitude - 1,
                              .half_count = (int64_t)1 << (magnitude - 1),
                              .count = (int64_t)1 << magnitude,
                              .mask = ((int64_t)1 << magnitude) - 1};
}

static int reference_bucket(const struct reference *r, int64_t value)
{
    int power = 0; /* the smallest power of two that is larger than the value */
    while (power < 63 && 1LL << power <= (value | r->mask))
        power++;
    return power - (r->half_magnitude + 1);
}

static int64_t reference_counts_index(const struct reference *r, int64_t value)
{
    const int bucket = reference_bucket(r, value);
    const int64_t sub_bucket = value >> bucket;
    return ((int64_t)(bucket + 1) << r->half_magnitude) + (sub_bucket - r->half_count);
}

static int64_t reference_low(const struct reference *r, int64_t value)
{
    const int bucket = reference_bucket(r, value);
    return value >> bucket << bucket;
}

static int64_t reference_high(const struct reference *r, int64_t value)
{
    const int bucket = reference_bucket(r, value);
    const int widened = value >> bucket >= r->count ? bucket + 1 : bucket;
    return reference_low(r, value) + (1LL << widened) - 1;
}

static void check_layout(const struct reference *r, int digits, int64_t value)
{
    const struct histogram_bucket bucket = histogram_bucket_of(digits, value);
    assert_int_equal(bucket.low_ns, reference_low(r, value));
    assert_int_equal(bucket.high_ns, reference_high(r, value));
    assert_int_equal(bucket.count, 0);
}

static void buckets_are_those_of_hdr_histogram(void **state)
{
    (void)state;
    for (int digits = 2; digits <= 3; digits++) {
        const struct reference r = reference_of(digits);
        uint64_t seed = 1;
        for (int64_t value = 0; value < 20000; value++)
            check_layout(&r, digits, value);
        for (int power = 1; power < LIMIT_LATENCY_BITS; power++)
            for (int64_t by = -3; by <= 3; by++)
                if ((1LL << power) + by >= 0)
                    check_layout(&r, digits, (1LL << power) + by);
        for (int i = 0; i < 100000; i++)
            check_layout(&r, digits, (int64_t)(random_next(&seed) >> (17 + i % 40)));
        check_layout(&r, digits, RANGE_NS - 1);
    }
}

/* Each bucket begins where the one before ended, their indices have no hole, none is too wide. */
static void buckets_follow_each_other_over_the_whole_range(void **state)
{
    (void)state;
    for (int digits = 2; digits <= 3; digits++) {
        const struct reference r = reference_of(digits);
        const int64_t precision = digits == 2 ? 100 : 1000;
        int64_t buckets = 0;
        for (int64_t low = 0; low < RANGE_NS; buckets++) {
            const struct histogram_bucket bucket = histogram_bucket_of(digits, low);
            assert_int_equal(bucket.low_ns, low);
            assert_int_equal(reference_counts_index(&r, low), buckets);
            assert_true((bucket.high_ns - bucket.low_ns) * precision <= bucket.low_ns);
            assert_int_equal(histogram_bucket_of(digits, bucket.high_ns).low_ns, low);
            if (low < 2 * r.half_count)
                assert_int_equal(bucket.high_ns, low); /* a bucket of its own */
            low = bucket.high_ns + 1;
        }
        assert_true(buckets <= (int64_t)HISTOGRAM_PAGES * r.half_count);
    }
}

/* ---- against sorting ---- */

static int compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

enum shape { UNIFORM, LONG_TAIL, EVERY_SIZE, FEW, EDGES, SAME, SHAPES };

static int64_t draw(enum shape shape, uint64_t *seed)
{
    const uint64_t dice = random_next(seed);
    switch (shape) {
    case UNIFORM: return (int64_t)(dice % 5000000);
    case LONG_TAIL: return (int64_t)(20000.0 / pow(random_unit(seed), 1.3)) & (RANGE_NS - 1);
    case EVERY_SIZE: return (int64_t)(dice >> (17 + dice % 47));
    case FEW: return (int64_t)(dice % 3) * 1000003;
    case EDGES: return ((1LL << (dice % LIMIT_LATENCY_BITS)) - (int64_t)(dice >> 63));
    case SAME: return 28100;
    case SHAPES: break;
    }
    return 0;
}

/* All that a histogram says, against the sorted values: every rank, and limits between them. */
static void check_against_sorted(const struct histogram *h, const int64_t *sorted, size_t count)
{
    const int64_t largest = sorted[count - 1];
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t high_ns = histogram_bucket_of(h->digits, sorted[i]).high_ns;
        const int64_t at_ns = histogram_at_rank(h, i + 1);
        sum += (uint64_t)sorted[i];
        assert_int_equal(at_ns, high_ns < largest ? high_ns : largest);
        assert_true((at_ns - sorted[i]) * (h->digits == 2 ? 100 : 1000) <= sorted[i]);
    }
    assert_int_equal(h->count, count);
    assert_int_equal(h->min_ns, sorted[0]);
    assert_int_equal(h->max_ns, largest);
    assert_int_equal(histogram_at_rank(h, count), largest);
    assert_true(h->sum_ns == sum);
    assert_true(histogram_mean_ns(h) == (double)sum / (double)count);
}

static void check_above(const struct histogram *h, const int64_t *sorted, size_t count,
                        int64_t limit_ns)
{
    const struct histogram_bucket edge = histogram_bucket_of(h->digits, limit_ns);
    uint64_t above = 0, inside = 0, maybe;
    for (size_t i = 0; i < count; i++) {
        above += sorted[i] > edge.high_ns;
        inside += sorted[i] >= edge.low_ns && sorted[i] <= edge.high_ns;
    }
    assert_int_equal(histogram_above(h, limit_ns, &maybe), above + h->overflow);
    assert_int_equal(maybe, limit_ns == edge.high_ns ? 0 : inside);
}

static void ranks_agree_with_sorting(void **state)
{
    (void)state;
    static int64_t values[VALUES];
    for (int digits = 2; digits <= 3; digits++) {
        for (enum shape shape = 0; shape < SHAPES; shape++) {
            struct histogram h;
            uint64_t seed = 5 + (uint64_t)shape;
            histogram_init(&h, digits);
            for (int i = 0; i < VALUES; i++) {
                values[i] = draw(shape, &seed);
                assert_int_equal(histogram_record(&h, values[i], 1), 0);
            }
            qsort(values, VALUES, sizeof values[0], compare);
            check_against_sorted(&h, values, VALUES);
            for (int i = 0; i < VALUES; i += 7) {
                check_above(&h, values, VALUES, values[i]);
                check_above(&h, values, VALUES, draw(EVERY_SIZE, &seed));
            }
            histogram_free(&h);
        }
    }
}

/* ---- the same values by other ways ---- */

static void assert_equal(const struct histogram *a, const struct histogram *b)
{
    struct histogram_bucket left, right;
    uint32_t at_left = 0, at_right = 0;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->overflow, b->overflow);
    assert_int_equal(a->underflow, b->underflow);
    assert_int_equal(a->min_ns, b->min_ns);
    assert_int_equal(a->max_ns, b->max_ns);
    assert_true(a->sum_ns == b->sum_ns);
    while (histogram_next(a, &at_left, &left)) {
        assert_true(histogram_next(b, &at_right, &right));
        assert_int_equal(left.low_ns, right.low_ns);
        assert_int_equal(left.high_ns, right.high_ns);
        assert_int_equal(left.count, right.count);
    }
    assert_false(histogram_next(b, &at_right, &right));
}

static void assert_empty(const struct histogram *h)
{
    struct histogram_bucket bucket;
    uint32_t cursor = 0;
    uint64_t maybe = 5;
    assert_int_equal(h->count, 0);
    assert_int_equal(h->overflow, 0);
    assert_int_equal(h->underflow, 0);
    assert_int_equal(h->min_ns, INT64_MAX);
    assert_int_equal(h->max_ns, -1);
    assert_int_equal(histogram_at_rank(h, 1), 0);
    assert_true(histogram_mean_ns(h) == 0.0);
    assert_false(histogram_next(h, &cursor, &bucket));
    assert_int_equal(histogram_above(h, 0, &maybe), 0);
    assert_int_equal(maybe, 0);
}

/* A value of any kind: now and then out of range, on either side. */
static int64_t draw_any(uint64_t *seed)
{
    const uint64_t dice = random_next(seed);
    if (dice % 100 == 0)
        return dice & 128 ? -1 - (int64_t)(dice >> 2) : RANGE_NS + (int64_t)(dice >> 2);
    return draw((enum shape)(dice % SHAPES), seed);
}

static void many_at_once_and_merged_are_the_same(void **state)
{
    (void)state;
    static int64_t values[MANY];
    for (int digits = 2; digits <= 3; digits++) {
        struct histogram one, all, parts[3], merged;
        uint64_t seed = 9;
        histogram_init(&one, digits);
        histogram_init(&all, digits);
        histogram_init(&merged, digits);
        for (int p = 0; p < 3; p++)
            histogram_init(&parts[p], digits);
        for (int i = 0; i < MANY; i++) {
            values[i] = draw_any(&seed);
            histogram_record(&one, values[i], 1);
            histogram_record(&parts[random_next(&seed) % 3], values[i], 1);
        }
        assert_true(one.overflow > 0 && one.underflow > 0);
        assert_int_equal(histogram_record_all(&all, values, 0), 0);
        assert_int_equal(histogram_record_all(&all, values, 1000), 0);
        assert_int_equal(histogram_record_all(&all, values + 1000, MANY - 1000), 0);
        assert_equal(&one, &all);
        for (int p = 0; p < 3; p++) {
            assert_int_equal(histogram_merge(&merged, &parts[p]), 0);
            histogram_free(&parts[p]);
            assert_int_equal(histogram_merge(&merged, &parts[p]), 0); /* empty: adds nothing */
        }
        assert_equal(&one, &merged);
        histogram_free(&one);
        histogram_free(&all);
        histogram_free(&merged);
    }
}

static void counts_above_one_are_as_many_records(void **state)
{
    (void)state;
    struct histogram one, many;
    uint64_t seed = 21;
    histogram_init(&one, 3);
    histogram_init(&many, 3);
    for (int i = 0; i < 500; i++) {
        const int64_t value_ns = draw_any(&seed);
        const uint64_t count = 1 + random_next(&seed) % 5;
        histogram_record(&many, value_ns, count);
        for (uint64_t k = 0; k < count; k++)
            histogram_record(&one, value_ns, 1);
    }
    assert_equal(&one, &many);
    histogram_free(&one);
    histogram_free(&many);
}

static void a_count_of_zero_is_no_value(void **state)
{
    (void)state;
    struct histogram h;
    histogram_init(&h, 3);
    assert_int_equal(histogram_record(&h, 4000, 0), 0);
    assert_empty(&h);
    histogram_record(&h, 10, 1);
    histogram_record(&h, 5, 0);
    histogram_record(&h, 99, 0);
    assert_int_equal(h.min_ns, 10);
    assert_int_equal(h.max_ns, 10);
    histogram_free(&h);
}

static void the_sum_has_room_for_any_run(void **state)
{
    (void)state;
    struct histogram h;
    histogram_init(&h, 2);
    histogram_record(&h, RANGE_NS - 1, 1ull << 40); /* 2^87 ns */
    assert_true(h.sum_ns == (unsigned __int128)(RANGE_NS - 1) << 40);
    assert_true(histogram_mean_ns(&h) == (double)(RANGE_NS - 1));
    histogram_free(&h);
}

/* ---- edges ---- */

static void what_is_out_of_range_is_counted_apart(void **state)
{
    (void)state;
    struct histogram h;
    uint64_t maybe;
    histogram_init(&h, 2);
    histogram_record(&h, -1, 2);
    histogram_record(&h, INT64_MIN, 1);
    histogram_record(&h, RANGE_NS, 4);
    histogram_record(&h, INT64_MAX, 1);
    assert_int_equal(h.underflow, 3);
    assert_int_equal(h.overflow, 5);
    assert_int_equal(histogram_above(&h, RANGE_NS - 1, &maybe), 5);
    h.overflow = h.underflow = 0;
    assert_empty(&h);
    histogram_record(&h, 0, 1);
    histogram_record(&h, RANGE_NS - 1, 1);
    assert_int_equal(h.count, 2);
    assert_int_equal(histogram_at_rank(&h, 1), 0);
    assert_int_equal(histogram_at_rank(&h, 2), RANGE_NS - 1);
    histogram_free(&h);
}

static void a_cleared_and_a_freed_histogram_begin_anew(void **state)
{
    (void)state;
    for (int digits = 2; digits <= 3; digits++) {
        struct histogram h, fresh;
        uint64_t seed = 2;
        histogram_init(&h, digits);
        for (int i = 0; i < 1000; i++)
            histogram_record(&h, draw_any(&seed), 1);
        histogram_clear(&h);
        assert_empty(&h);
        histogram_init(&fresh, digits);
        for (int i = 0; i < 1000; i++) {
            const int64_t value_ns = draw_any(&seed);
            histogram_record(&h, value_ns, 1);
            histogram_record(&fresh, value_ns, 1);
        }
        assert_equal(&fresh, &h);
        histogram_free(&h);
        assert_empty(&h);
        histogram_record(&h, 5, 1);
        assert_int_equal(histogram_at_rank(&h, 1), 5);
        histogram_free(&h);
        histogram_free(&h); /* twice is nothing */
        histogram_free(&fresh);
    }
    struct histogram never = {0};
    histogram_free(&never);
}

/* Page after page is asked for, and each may be the one that is refused. */
static void memory_that_is_refused_is_told(void **state)
{
    (void)state;
    enum { REFUSED = 70000 }; /* more than a block */
    static int64_t values_ns[REFUSED];
    if (!STARVE_CAN)
        skip();
    for (int i = 0; i < REFUSED; i++)
        values_ns[i] = i == 0 ? NS_PER_S : 5;
    for (int digits = 2; digits <= 3; digits++) {
        struct histogram h, from;
        histogram_init(&h, digits);
        histogram_init(&from, digits);
        starve_left = 0;
        assert_int_equal(histogram_record(&h, 5, 1), -ENOMEM);
        assert_int_equal(h.count, 0);
        starve_left = 0;
        assert_int_equal(histogram_record_all(&h, values_ns, REFUSED), -ENOMEM);
        starve_left = 1;
        assert_int_equal(histogram_record_all(&h, values_ns, REFUSED), -ENOMEM);
        assert_int_equal(histogram_record(&from, 5, 1), 0);
        histogram_free(&h);
        starve_left = 0;
        assert_int_equal(histogram_merge(&h, &from), -ENOMEM);
        assert_int_equal(histogram_merge(&h, &from), 0);
        assert_int_equal(histogram_at_rank(&h, 1), 5);
        assert_int_equal(histogram_at_rank(&h, 2), 5); /* beyond the last: the largest */
        histogram_free(&h);
        histogram_free(&from);
    }
}

static void init_with_digits(void *digits)
{
    struct histogram h;
    histogram_init(&h, *(int *)digits);
}

static void merge_unlike(void *unused)
{
    struct histogram two, three;
    (void)unused;
    histogram_init(&two, 2);
    histogram_init(&three, 3);
    histogram_merge(&two, &three);
}

static void bucket_of(void *value_ns)
{
    histogram_bucket_of(2, *(int64_t *)value_ns);
}

static void misuse_is_caught(void **state)
{
    (void)state;
    int one = 1, four = 4;
    int64_t below = -1, above = RANGE_NS, last = RANGE_NS - 1;
    assert_true(dies(init_with_digits, &one));
    assert_true(dies(init_with_digits, &four));
    assert_true(dies(merge_unlike, NULL));
    assert_true(dies(bucket_of, &below));
    assert_true(dies(bucket_of, &above));
    assert_false(dies(bucket_of, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_those_of_hdr_histogram),
        cmocka_unit_test(buckets_follow_each_other_over_the_whole_range),
        cmocka_unit_test(ranks_agree_with_sorting),
        cmocka_unit_test(many_at_once_and_merged_are_the_same),
        cmocka_unit_test(counts_above_one_are_as_many_records),
        cmocka_unit_test(a_count_of_zero_is_no_value),
        cmocka_unit_test(the_sum_has_room_for_any_run),
        cmocka_unit_test(what_is_out_of_range_is_counted_apart),
        cmocka_unit_test(a_cleared_and_a_freed_histogram_begin_anew),
        cmocka_unit_test(memory_that_is_refused_is_told),
        cmocka_unit_test(misuse_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
