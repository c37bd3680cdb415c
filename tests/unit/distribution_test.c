/* Quantiles are nearest ranks: exact while values are few, never too low and at most 0.1 % too high
 * when they are many. */
#include "distribution.h"

#include "random.h"
#include "units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Fills d with `count` values of some order of magnitude, and returns them sorted; owned. */
static int64_t *fill(struct distribution *d, size_t count)
{
    int64_t *values = malloc((count + 1) * sizeof *values);
    uint64_t seed = count;
    for (size_t i = 0; i < count; i++) {
        values[i] = (int64_t)(random_next(&seed) >> (24 + random_next(&seed) % 30));
        assert_int_equal(distribution_record(d, values[i]), 0);
    }
    qsort(values, count, sizeof *values, compare_values);
    distribution_finish(d);
    return values;
}

static void small_sets_are_exact(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 10, 99, 100, 101, 256, 257, 400, 16383, 16384};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct distribution d;
        distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
        int64_t *values = fill(&d, counts[c]);
        assert_true(distribution_is_exact(&d));
        assert_int_equal(distribution_count(&d), counts[c]);
        for (size_t rank = 1; rank <= counts[c]; rank++)
            assert_int_equal(distribution_at_rank(&d, rank), values[rank - 1]);
        for (int p = 0; p < DISTRIBUTION_PERCENTILES; p++) {
            const uint32_t ppm = distribution_percentiles_ppm[p];
            assert_int_equal(distribution_at_ppm(&d, ppm), values[units_rank(counts[c], ppm) - 1]);
        }
        assert_int_equal(distribution_min_ns(&d), values[0]);
        assert_int_equal(distribution_max_ns(&d), values[counts[c] - 1]);
        free(values);
        distribution_free(&d);
    }
}

static void large_sets_err_upwards_by_a_thousandth(void **state)
{
    (void)state;
    struct distribution d;
    const size_t count = 16385;
    distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
    int64_t *values = fill(&d, count);
    assert_false(distribution_is_exact(&d));
    for (size_t rank = 1; rank <= count; rank++) {
        const int64_t found = distribution_at_rank(&d, rank);
        assert_true(found >= values[rank - 1]);
        assert_true((double)found <= (double)values[rank - 1] * 1.001 + 1);
    }
    assert_int_equal(distribution_min_ns(&d), values[0]);
    assert_int_equal(distribution_max_ns(&d), values[count - 1]);
    free(values);
    distribution_free(&d);
}

static void batches_count_like_single_values(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    int64_t *values = malloc(COUNT * sizeof *values);
    struct distribution one;
    struct distribution all;
    uint64_t seed = 3;
    distribution_init(&one, 3, 100);
    distribution_init(&all, 3, 100);
    for (size_t i = 0; i < COUNT; i++)
        values[i] = (int64_t)(random_next(&seed) % 5000000) - 3;
    for (size_t i = 0; i < COUNT; i++)
        distribution_record(&one, values[i]);
    for (size_t i = 0; i < COUNT; i += 400)
        distribution_record_all(&all, values + i, 400);
    assert_int_equal(distribution_count(&one), distribution_count(&all));
    assert_int_equal(one.histogram.underflow, all.histogram.underflow);
    assert_true(one.histogram.underflow > 0 || distribution_min_ns(&one) >= 0);
    for (uint64_t rank = 1; rank <= distribution_count(&one); rank++)
        assert_int_equal(distribution_at_rank(&one, rank), distribution_at_rank(&all, rank));
    assert_true(one.histogram.sum_ns == all.histogram.sum_ns);
    assert_int_equal(distribution_min_ns(&one), distribution_min_ns(&all));
    assert_int_equal(distribution_max_ns(&one), distribution_max_ns(&all));
    free(values);
    distribution_free(&one);
    distribution_free(&all);
}

static void counting_nothing_changes_nothing(void **state)
{
    (void)state;
    struct distribution d;
    distribution_init(&d, 3, 0);
    distribution_record(&d, 1000);
    distribution_record_many(&d, 0, 0);
    distribution_record_bucket(&d, &(struct histogram_bucket){0, 0, 0});
    assert_int_equal(distribution_min_ns(&d), 1000);
    assert_int_equal(distribution_count(&d), 1);
    assert_false(d.from_buckets);
    distribution_free(&d);
}

static void out_of_range_is_kept_apart(void **state)
{
    (void)state;
    struct distribution d;
    distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
    distribution_record(&d, -5);
    distribution_record(&d, 7);
    distribution_record(&d, INT64_MAX);
    distribution_finish(&d);
    assert_int_equal(distribution_count(&d), 1);
    assert_int_equal(d.histogram.underflow, 1);
    assert_int_equal(d.histogram.overflow, 1);
    assert_int_equal(distribution_at_rank(&d, 1), 7);
    distribution_free(&d);
}

static void buckets_stand_for_their_values(void **state)
{
    (void)state;
    struct distribution d;
    distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
    struct histogram_bucket bucket = histogram_bucket_of(3, 1000000);
    bucket.count = 10;
    assert_int_equal(distribution_record_bucket(&d, &bucket), 0);
    distribution_finish(&d);
    assert_true(d.from_buckets);
    assert_false(distribution_is_exact(&d));
    assert_int_equal(distribution_at_ppm(&d, 500000), bucket.high_ns);
    assert_int_equal(distribution_min_ns(&d), bucket.low_ns);
    assert_int_equal(distribution_max_ns(&d), bucket.high_ns);
    const double middle = (double)(bucket.low_ns + bucket.high_ns) / 2;
    assert_true(distribution_mean_ns(&d) >= middle - 1 && distribution_mean_ns(&d) <= middle + 1);
    distribution_free(&d);
}

static void merging_is_counting_together(void **state)
{
    (void)state;
    struct distribution a;
    struct distribution b;
    struct distribution empty;
    distribution_init(&a, 3, 300);
    distribution_init(&b, 3, 300);
    distribution_init(&empty, 3, 0);
    for (int64_t i = 1; i <= 100; i++) {
        distribution_record(&a, 2 * i);
        distribution_record(&b, 2 * i - 1);
    }
    assert_int_equal(distribution_merge(&a, &b), 0);
    assert_int_equal(distribution_merge(&a, &empty), 0);
    assert_true(distribution_is_exact(&a));
    struct distribution sorted;
    distribution_init(&sorted, 3, 300);
    distribution_merge(&sorted, &a);
    distribution_finish(&sorted);
    for (uint64_t rank = 1; rank <= 200; rank++)
        assert_int_equal(distribution_at_rank(&sorted, rank), rank);
    /* 200 and 200 are more than are kept: from here on buckets answer. */
    distribution_merge(&a, &sorted);
    distribution_finish(&a);
    assert_false(distribution_is_exact(&a));
    assert_int_equal(distribution_count(&a), 400);
    distribution_free(&a);
    distribution_free(&b);
    distribution_free(&empty);
    distribution_free(&sorted);
}

static void tails_are_thin_below_ten(void **state)
{
    (void)state;
    struct distribution d;
    distribution_init(&d, 3, 0);
    distribution_record_many(&d, 5, 199);
    assert_false(distribution_is_resolved(&d, 950000));
    distribution_record(&d, 5);
    assert_true(distribution_is_resolved(&d, 950000));
    assert_false(distribution_is_resolved(&d, 990000));
    distribution_free(&d);
}

/* The curve rises, ends at both extremes, and has the tables' percentiles on it. */
static void check_curve(uint64_t count)
{
    struct curve_point points[DISTRIBUTION_CURVE_MAX];
    struct distribution d;
    distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
    for (uint64_t i = 1; i <= count; i++)
        distribution_record(&d, (int64_t)(i * 1000));
    distribution_finish(&d);
    const size_t used = distribution_curve(&d, points);
    assert_true(used >= 1 && used <= DISTRIBUTION_CURVE_MAX);
    assert_int_equal(points[0].count, 1);
    assert_int_equal(points[used - 1].count, count);
    assert_int_equal(points[used - 1].latency_ns, distribution_max_ns(&d));
    for (size_t i = 0; i < used; i++) {
        assert_int_equal(points[i].latency_ns, distribution_at_rank(&d, points[i].count));
        if (i > 0) {
            assert_true(points[i].count > points[i - 1].count);
            assert_true(points[i].inverse > points[i - 1].inverse);
        }
    }
    for (int p = 0; p < DISTRIBUTION_PERCENTILES; p++) {
        const uint64_t rank = units_rank(count, distribution_percentiles_ppm[p]);
        size_t i = 0;
        while (i < used && points[i].count != rank)
            i++;
        assert_true(i < used);
    }
    distribution_free(&d);
}

static void curves_rise_and_hold_the_percentiles(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1,   2,   3,    7,     10,    100,   399,
                                      400, 401, 1000, 16384, 16385, 200000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        check_curve(counts[i]);
}

static void nothing_has_no_curve(void **state)
{
    (void)state;
    struct curve_point points[DISTRIBUTION_CURVE_MAX];
    struct distribution d;
    distribution_init(&d, 3, DISTRIBUTION_EXACT_MAX);
    distribution_finish(&d);
    assert_int_equal(distribution_curve(&d, points), 0);
    assert_int_equal(distribution_at_ppm(&d, 500000), 0);
    assert_int_equal(distribution_at_rank(&d, 1), 0);
    assert_int_equal(distribution_min_ns(&d), 0);
    assert_int_equal(distribution_max_ns(&d), 0);
    assert_false(distribution_is_resolved(&d, 500000));
    distribution_free(&d);
    memset(&d, 0, sizeof d);
    distribution_free(&d);
}

static void percentiles_have_short_names(void **state)
{
    (void)state;
    char text[DISTRIBUTION_NAME_MAX];
    assert_string_equal(distribution_percentile_name(950000, text), "p95");
    assert_string_equal(distribution_percentile_name(500000, text), "p50");
    assert_string_equal(distribution_percentile_name(999000, text), "p99.9");
    assert_string_equal(distribution_percentile_name(999999, text), "p99.9999");
    assert_string_equal(distribution_percentile_name(1, text), "p0.0001");
    for (int p = 0; p < DISTRIBUTION_PERCENTILES; p++)
        assert_string_equal(distribution_percentile_name(distribution_percentiles_ppm[p], text),
                            distribution_percentile_names[p]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_sets_are_exact),
        cmocka_unit_test(large_sets_err_upwards_by_a_thousandth),
        cmocka_unit_test(batches_count_like_single_values),
        cmocka_unit_test(counting_nothing_changes_nothing),
        cmocka_unit_test(out_of_range_is_kept_apart),
        cmocka_unit_test(buckets_stand_for_their_values),
        cmocka_unit_test(merging_is_counting_together),
        cmocka_unit_test(tails_are_thin_below_ten),
        cmocka_unit_test(curves_rise_and_hold_the_percentiles),
        cmocka_unit_test(nothing_has_no_curve),
        cmocka_unit_test(percentiles_have_short_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
