/* Bins keep their sums while they grow, whatever the order rows come in. */
#include "timeline.h"

#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void add(struct timeline *timeline, int64_t second, uint64_t due)
{
    struct time_bin *bin;
    assert_int_equal(timeline_bin(timeline, second * NS_PER_S, &bin), 0);
    bin->due += due;
    bin->outcomes[OUTCOME_OK] += due;
    bin->outcomes[OUTCOME_TIMEOUT] += 1;
}

static void add_latency(struct timeline *timeline, int64_t start_ns, int64_t ns, uint64_t count)
{
    struct histogram_bucket bucket = histogram_bucket_of(2, ns);
    bucket.count = count;
    assert_int_equal(timeline_record(timeline, start_ns, &bucket), 0);
}

static void a_short_run_has_a_bin_a_second(void **state)
{
    (void)state;
    struct timeline timeline;
    assert_int_equal(timeline_init(&timeline), 0);
    add(&timeline, 0, 10);
    add(&timeline, 599, 7);
    add(&timeline, 0, 5);
    add_latency(&timeline, 0, 100, 90);
    add_latency(&timeline, 900 * NS_PER_MS, 200, 10);
    timeline_finish(&timeline);
    assert_int_equal(timeline.bin_ns, NS_PER_S);
    assert_int_equal(timeline.bin_count, 600);
    assert_int_equal(timeline.bins[0].due, 15);
    assert_int_equal(timeline.bins[599].due, 7);
    assert_int_equal(timeline.bins[0].latency_count, 100);
    assert_int_equal(timeline.bins[0].p50_ns, 100);
    assert_int_equal(timeline.bins[0].p90_ns, 100);
    assert_int_equal(timeline.bins[0].p99_ns, 200);
    assert_int_equal(timeline.bins[0].max_ns, 200);
    assert_int_equal(timeline.bins[1].latency_count, 0);
    assert_int_equal(timeline_errors(&timeline.bins[0]), 2);
    timeline_free(&timeline);
}

/* Every second of a run of `seconds` has its number as its due and a latency; sums must agree. */
static void check_length(int64_t seconds, int64_t bin_seconds, int from_behind)
{
    struct timeline timeline;
    assert_int_equal(timeline_init(&timeline), 0);
    for (int64_t i = 0; i < seconds; i++) {
        const int64_t second = from_behind ? seconds - 1 - i : i;
        add(&timeline, second, (uint64_t)second);
        add_latency(&timeline, second * NS_PER_S, 1000, 2);
    }
    timeline_finish(&timeline);
    assert_int_equal(timeline.bin_ns, bin_seconds * NS_PER_S);
    assert_int_equal(timeline.bin_count, (seconds + bin_seconds - 1) / bin_seconds);
    for (size_t i = 0; i < timeline.bin_count; i++) {
        uint64_t due = 0;
        uint64_t count = 0;
        for (int64_t s = (int64_t)i * bin_seconds; s < ((int64_t)i + 1) * bin_seconds; s++)
            if (s < seconds) {
                due += (uint64_t)s;
                count += 2;
            }
        assert_int_equal(timeline.bins[i].due, due);
        assert_int_equal(timeline.bins[i].latency_count, count);
        assert_int_equal(timeline_errors(&timeline.bins[i]), count / 2);
    }
    timeline_free(&timeline);
}

static void long_runs_have_longer_bins(void **state)
{
    (void)state;
    for (int from_behind = 0; from_behind < 2; from_behind++) {
        check_length(1, 1, from_behind);
        check_length(600, 1, from_behind);
        check_length(601, 10, from_behind);
        check_length(6000, 10, from_behind);
        check_length(6001, 20, from_behind);
        check_length(30000, 80, from_behind);
    }
}

static void the_longest_time_has_a_bin(void **state)
{
    (void)state;
    struct timeline timeline;
    assert_int_equal(timeline_init(&timeline), 0);
    add(&timeline, 0, 1);
    add(&timeline, 2 * LIMIT_TIME_MAX_NS / NS_PER_S - 1, 2);
    assert_true(timeline.bin_count <= TIMELINE_BINS_MAX);
    assert_int_equal(timeline.bins[0].due, 1);
    assert_int_equal(timeline.bins[timeline.bin_count - 1].due, 2);
    timeline_free(&timeline);
}

/* Each latency lies in the row that holds it, in the bin of its second. */
static void latencies_are_counted_in_cells(void **state)
{
    (void)state;
    struct timeline timeline;
    uint64_t seen = 0;
    assert_int_equal(timeline_init(&timeline), 0);
    add_latency(&timeline, 0, 1000, 7);
    add_latency(&timeline, 3 * NS_PER_S, 2 * NS_PER_MS, 5);
    add_latency(&timeline, 3 * NS_PER_S, 2 * NS_PER_S, UINT32_MAX + 1ull);
    timeline_finish(&timeline);
    for (size_t i = 0; i < timeline.bin_count * TIMELINE_ROWS; i++) {
        const double low = timeline_row_ns(i % TIMELINE_ROWS);
        const double high = timeline_row_ns(i % TIMELINE_ROWS + 1);
        if (timeline.cells[i] == 0)
            continue;
        seen++;
        const double ns = timeline.cells[i] == 7 ? 1000 : timeline.cells[i] == 5 ? 2e6 : 2e9;
        assert_true(low < ns * 1.01 && high > ns * 0.99);
        assert_int_equal(i / TIMELINE_ROWS, ns > 1000 ? 3 : 0);
        if (ns > 1e9) /* as many as there is room for */
            assert_int_equal(timeline.cells[i], UINT32_MAX);
    }
    assert_int_equal(seen, 3);
    timeline_free(&timeline);
}

static void rates_are_those_of_one_run(void **state)
{
    (void)state;
    const struct timeline timeline = {.bin_ns = 10 * NS_PER_S};
    assert_true(timeline_rate(&timeline, 600, 3) > 19.999);
    assert_true(timeline_rate(&timeline, 600, 3) < 20.001);
    assert_true(timeline_rate(&timeline, 600, 0) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_run_has_a_bin_a_second),
        cmocka_unit_test(long_runs_have_longer_bins),
        cmocka_unit_test(the_longest_time_has_a_bin),
        cmocka_unit_test(latencies_are_counted_in_cells),
        cmocka_unit_test(rates_are_those_of_one_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
