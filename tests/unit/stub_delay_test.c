/* Latencies of the stub: the percentiles that it promises, and how delays are written. */
#include "stub_delay.h"
#include "units.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The nearest rank among `count` numbers from `first` on. */
static int64_t percentile_ns(const struct stub_delay *delay, uint64_t first, uint32_t count,
                             uint32_t ppm)
{
    int64_t *values = malloc(count * sizeof *values);
    assert_non_null(values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = stub_delay_ns(delay, first + i);
    qsort(values, count, sizeof *values, compare);
    const int64_t value = values[units_rank(count, ppm) - 1];
    free(values);
    return value;
}

static void any_400_numbers_in_a_row_have_the_modes_percentiles(void **state)
{
    (void)state;
    static const int64_t asked_ns[][3] = {
        [STUB_DELAY_BASELINE] = {479830000, 1099490000, 1280170000},
        [STUB_DELAY_OPTIMIZED] = {214830000, 490580000, 552850000}};
    static const uint32_t ppms[] = {500000, 950000, 990000};
    for (int mode = STUB_DELAY_BASELINE; mode <= STUB_DELAY_OPTIMIZED; mode++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            struct stub_delay delay;
            stub_delay_of_mode(&delay, (enum stub_delay_mode)mode, seed * seed * 77777);
            for (uint64_t first = 0; first < 1000; first += 13)
                for (int i = 0; i < 3; i++)
                    assert_int_equal(percentile_ns(&delay, first, 400, ppms[i]), asked_ns[mode][i]);
            assert_int_equal(percentile_ns(&delay, UINT64_MAX - 399, 400, 500000),
                             asked_ns[mode][0]);
        }
}

static void fewer_and_more_numbers_come_close(void **state)
{
    (void)state;
    static const uint32_t counts[] = {100, 200, 500, 1000, 2500};
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct stub_delay delay;
        stub_delay_of_mode(&delay, STUB_DELAY_BASELINE, seed);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            for (uint64_t first = 0; first < 400; first += 7) {
                const int64_t p50 = percentile_ns(&delay, first, counts[i], 500000);
                const int64_t p95 = percentile_ns(&delay, first, counts[i], 950000);
                assert_true(llabs(p50 - 479830000) < 479830000 * 2 / 100);
                assert_true(llabs(p95 - 1099490000) < 1099490000LL * 3 / 100);
            }
    }
}

/* Over any 20 numbers in a row one latency comes from each twentieth of the distribution. */
static void any_20_numbers_in_a_row_cover_the_distribution(void **state)
{
    (void)state;
    struct stub_delay delay;
    stub_delay_of_mode(&delay, STUB_DELAY_OPTIMIZED, 42);
    for (uint64_t first = 0; first < 800; first++) {
        bool seen[20] = {false};
        for (uint64_t i = 0; i < 20; i++) {
            uint32_t rank = 1;
            while (stub_delay_of_rank_ns(STUB_DELAY_OPTIMIZED, rank) <
                   stub_delay_ns(&delay, first + i))
                rank++;
            assert_false(seen[(rank - 1) / 20]);
            seen[(rank - 1) / 20] = true;
        }
    }
}

static void the_table_rises(void **state)
{
    (void)state;
    for (uint32_t rank = 2; rank <= STUB_DELAY_STRATA; rank++)
        for (int mode = STUB_DELAY_BASELINE; mode <= STUB_DELAY_OPTIMIZED; mode++)
            assert_true(stub_delay_of_rank_ns((enum stub_delay_mode)mode, rank) >
                        stub_delay_of_rank_ns((enum stub_delay_mode)mode, rank - 1));
}

static void seeds_change_the_order(void **state)
{
    (void)state;
    struct stub_delay one, same, other;
    int differing = 0;
    stub_delay_of_mode(&one, STUB_DELAY_BASELINE, 1);
    stub_delay_of_mode(&same, STUB_DELAY_BASELINE, 1);
    stub_delay_of_mode(&other, STUB_DELAY_BASELINE, 2);
    for (uint64_t i = 0; i < 400; i++) {
        assert_int_equal(stub_delay_ns(&one, i), stub_delay_ns(&same, i));
        differing += stub_delay_ns(&one, i) != stub_delay_ns(&other, i);
    }
    assert_true(differing > 300);
}

static struct stub_delay parsed(const char *specification)
{
    struct stub_delay delay;
    char why[512];
    if (!stub_delay_parse(&delay, specification, 7, why, sizeof why))
        fail_msg("%s", why);
    return delay;
}

static double mean_ns(const struct stub_delay *delay)
{
    double sum = 0;
    for (uint64_t i = 0; i < 100000; i++)
        sum += (double)stub_delay_ns(delay, i);
    return sum / 100000;
}

static void delays_are_drawn_as_they_are_written(void **state)
{
    (void)state;
    struct stub_delay delay = parsed("fixed:5ms");
    assert_int_equal(stub_delay_ns(&delay, 99), 5000000);
    delay = parsed("turns:1ms,5ms,50ms");
    assert_int_equal(stub_delay_ns(&delay, 0), 1000000);
    assert_int_equal(stub_delay_ns(&delay, 4), 5000000);
    assert_int_equal(stub_delay_ns(&delay, 8), 50000000);
    delay = parsed("uniform:1ms-10ms");
    assert_true(fabs(mean_ns(&delay) - 5.5e6) < 0.03e6);
    for (uint64_t i = 0; i < 100000; i++)
        assert_in_range(stub_delay_ns(&delay, i), 1000000, 10000000);
    delay = parsed("uniform:3ns-3ns");
    assert_int_equal(stub_delay_ns(&delay, 1), 3);
    delay = parsed("exponential:5ms");
    assert_true(fabs(mean_ns(&delay) - 5e6) < 0.06e6);
    assert_true(llabs(percentile_ns(&delay, 0, 100000, 500000) - 3465736) < 50000);
    delay = parsed("lognormal:5ms,0.5");
    assert_true(llabs(percentile_ns(&delay, 0, 100000, 500000) - 5000000) < 50000);
    assert_true(fabs((double)percentile_ns(&delay, 0, 100000, 950000) - 5e6 * exp(0.5 * 1.645)) <
                0.2e6);
    delay = parsed("lognormal:1h,10");
    for (uint64_t i = 0; i < 1000; i++)
        assert_in_range(stub_delay_ns(&delay, i), 0, LIMIT_TIME_MAX_NS);
    stub_delay_none(&delay);
    assert_int_equal(stub_delay_ns(&delay, 3), 0);
}

static void other_writings_are_refused_with_advice(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "fixed",
        "fixed:",
        "fixed:5x",
        "fixed:5ms,",
        "fixed:-5ms",
        "uniform:5ms",
        "uniform:10ms-1ms",
        "slow:5ms",
        "uniform:1ms-2ms-3ms",
        "turns:",
        "turns:1ms,,2ms",
        "lognormal:5ms",
        "fixed:5 ms",
        "lognormal:5ms,x",
        "fixedd:5ms",
        "lognormal:5ms,-1",
        "lognormal:5ms,nan",
        "exponential:5ms,1",
        "turns:1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,"
        "1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,"
        "1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms,1ms"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct stub_delay delay;
        char why[512] = "";
        if (stub_delay_parse(&delay, wrong[i], 1, why, sizeof why))
            fail_msg("\"%s\" was taken for a delay", wrong[i]);
        assert_true(strstr(why, "it is written") || strstr(why, "known are"));
    }
    struct stub_delay delay = parsed("fixed:5"); /* a bare number is seconds, as everywhere */
    assert_int_equal(stub_delay_ns(&delay, 0), 5000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_400_numbers_in_a_row_have_the_modes_percentiles),
        cmocka_unit_test(fewer_and_more_numbers_come_close),
        cmocka_unit_test(any_20_numbers_in_a_row_cover_the_distribution),
        cmocka_unit_test(the_table_rises),
        cmocka_unit_test(seeds_change_the_order),
        cmocka_unit_test(delays_are_drawn_as_they_are_written),
        cmocka_unit_test(other_writings_are_refused_with_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
