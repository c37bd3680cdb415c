/* histograms.csv gives the timeline its slices, and thinned runs their distributions and outcomes.
 */
#include "buckets.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct buckets_seen seen;
static struct timeline timeline;
static struct target total;
static struct target targets[2];
static struct target *by_id[2] = {&targets[0], &targets[1]};
static struct watch watches[2];
static struct adder_into into;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    memset(&total, 0, sizeof total);
    memset(targets, 0, sizeof targets);
    for (int s = 0; s < SERIES_COUNT; s++) {
        distribution_init(&total.series[s], 3, 0);
        distribution_init(&targets[0].series[s], 3, DISTRIBUTION_EXACT_MAX);
        distribution_init(&targets[1].series[s], 3, DISTRIBUTION_EXACT_MAX);
    }
    watches[0] = (struct watch){.series = -1, .limit_ns = 100, .is_found = true};
    watches[1] = (struct watch){
        .series = SERIES_SERVICE, .limit_ns = 1000000, .is_found = true, .only = &targets[1]};
    into = (struct adder_into){.latency = SERIES_SERVICE,
                               .total = &total,
                               .targets = by_id,
                               .target_count = 2,
                               .is_fine = true,
                               .watches = watches,
                               .watch_count = 2};
    return timeline_init(&timeline);
}

static int tear_down(void **state)
{
    (void)state;
    for (int s = 0; s < SERIES_COUNT; s++) {
        distribution_free(&total.series[s]);
        distribution_free(&targets[0].series[s]);
        distribution_free(&targets[1].series[s]);
    }
    timeline_free(&timeline);
    files_free(&files);
    return 0;
}

static int read_rows(enum buckets_use use, const char *rows)
{
    char text[4096];
    snprintf(text, sizeof text, "%s\n%s", SCHEMA_HEADER_HISTOGRAMS, rows);
    return buckets_read(files_text(&files, "h.csv", text), &into, use, &timeline, &seen, &fault);
}

/* 100 and 101 have buckets of their own; 1,000,000 lies in one of 512 ns, at three digits. */
static const char rows[] = "0,measure,0,ok,service,100,100,5\n"
                           "100000000,warmup,0,ok,service,100,100,2\n"
                           "1000000000,measure,1,ok,service,101,101,3\n"
                           "1000000000,measure,1,ok,wait,0,0,3\n"
                           "1000000000,measure,1,timeout,service,101,101,9\n"
                           "1000000000,measure,1,ok,service,101,101,1\n"
                           ",measure,0,ok,service,100,100,5\n"
                           ",measure,0,ok,wait,0,0,5\n"
                           ",measure,1,ok,service,101,101,4\n"
                           ",measure,1,ok,service,999936,1000447,6\n"
                           ",measure,1,ok,wait,0,0,10\n"
                           ",measure,1,timeout,wait,0,0,9\n"
                           ",warmup,0,ok,wait,0,0,2\n"
                           ",warmup,0,ok,service,100,100,2\n";

static void slices_make_the_timeline(void **state)
{
    (void)state;
    assert_int_equal(read_rows(BUCKETS_NONE, rows), 0);
    timeline_finish(&timeline);
    assert_int_equal(timeline.bin_count, 2);
    assert_int_equal(timeline.bins[0].latency_count, 7);
    assert_int_equal(timeline.bins[1].latency_count, 4);
    assert_int_equal(timeline.bins[1].p50_ns, 101);
    assert_int_equal(seen.whole_rows, 8);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_SERVICE]), 0);
    assert_int_equal(targets[1].outcomes[OUTCOME_OK], 0);
    assert_int_equal(watches[0].seen, 0);
}

static void whole_rows_make_distributions(void **state)
{
    (void)state;
    assert_int_equal(read_rows(BUCKETS_WHOLE, rows), 0);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_SERVICE]), 5);
    assert_int_equal(distribution_count(&targets[1].series[SERIES_SERVICE]), 10);
    assert_int_equal(distribution_count(&targets[1].series[SERIES_WAIT]), 10);
    assert_int_equal(targets[0].outcomes[OUTCOME_OK], 5);
    assert_int_equal(targets[1].outcomes[OUTCOME_OK], 10);
    assert_int_equal(targets[1].outcomes[OUTCOME_TIMEOUT], 9);
    assert_int_equal(seen.outcomes[OUTCOME_OK], 15);
    assert_int_equal(seen.outcomes[OUTCOME_TIMEOUT], 9);
    assert_int_equal(watches[0].seen, 15);
    assert_int_equal(watches[0].above, 10);
    assert_int_equal(watches[0].maybe, 0);
    assert_int_equal(watches[1].seen, 10);
    assert_int_equal(watches[1].above, 0);
    assert_int_equal(watches[1].maybe, 6);
}

static void slices_serve_where_whole_rows_are_missing(void **state)
{
    (void)state;
    assert_int_equal(read_rows(BUCKETS_SLICES, rows), 0);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_SERVICE]), 5);
    assert_int_equal(distribution_count(&targets[1].series[SERIES_SERVICE]), 4);
    assert_int_equal(targets[1].outcomes[OUTCOME_OK], 3);
}

static void coarse_variants_have_their_total_beside(void **state)
{
    (void)state;
    into.is_fine = false;
    assert_int_equal(read_rows(BUCKETS_WHOLE, rows), 0);
    assert_int_equal(distribution_count(&total.series[SERIES_SERVICE]), 15);
}

static void open_loops_count_by_response(void **state)
{
    (void)state;
    into.latency = SERIES_RESPONSE;
    assert_int_equal(read_rows(BUCKETS_WHOLE, ",measure,0,ok,wait,0,0,7\n"
                                              ",measure,0,ok,response,100,100,5\n"
                                              ",measure,0,unsent,response,100,100,1\n"),
                     0);
    assert_int_equal(targets[0].outcomes[OUTCOME_OK], 5);
    assert_int_equal(targets[0].outcomes[OUTCOME_UNSENT], 1);
}

static void the_last_values_of_the_range_fit(void **state)
{
    (void)state;
    const struct histogram_bucket last = histogram_bucket_of(3, (1LL << LIMIT_LATENCY_BITS) - 1);
    char row[256];
    snprintf(row, sizeof row, ",measure,0,ok,service,%" PRId64 ",%" PRId64 ",1\n", last.low_ns,
             last.high_ns);
    assert_int_equal(read_rows(BUCKETS_WHOLE, row), 0);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_SERVICE]), 1);
}

static void broken_rows_have_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *expected;
    } cases[] = {
        {"x,measure,0,ok,service,100,100,5\n", "h.csv:2:1: slice_ns is \"x\""},
        {"-1,measure,0,ok,service,100,100,5\n", "h.csv:2:1: slice_ns is \"-1\""},
        {"9999999999999999,measure,0,ok,service,100,100,5\n", "h.csv:2:1: slice_ns"},
        {"0,Measure,0,ok,service,100,100,5\n", "h.csv:2:3: phase is \"Measure\""},
        {"0,measure,2,ok,service,100,100,5\n", "h.csv:2:11: target is \"2\""},
        {"0,measure,0,okay,service,100,100,5\n", "h.csv:2:13: outcome is \"okay\""},
        {"0,measure,0,ok,latency,100,100,5\n", "h.csv:2:16: series is \"latency\""},
        {"0,measure,0,ok,service,-1,100,5\n", "h.csv:2:24: low_ns is \"-1\""},
        {"0,measure,0,ok,service,1000001,1007615,5\n",
         "h.csv:2:24: low_ns is \"1000001\": the lower"},
        {"0,measure,0,ok,service,999424,1000000,5\n",
         "h.csv:2:31: high_ns is \"1000000\": the upper"},
        {"0,measure,0,ok,service,140737488355328,140737488355328,5\n", "h.csv:2:24: low_ns"},
        {"0,measure,0,ok,service,100,100,\n", "h.csv:2:32: count is \"\""},
        {"0,measure,0,ok,service,100,100,-5\n", "h.csv:2:32: count is \"-5\""},
        {"0,measure,0,ok,service,100,100\n", "h.csv:2:31: the row has 7 fields"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_rows(BUCKETS_WHOLE, cases[i].row), -EINVAL);
        if (!strstr(fault.text, cases[i].expected))
            fail_msg("no \"%s\" in \"%s\"", cases[i].expected, fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slices_make_the_timeline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_rows_make_distributions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slices_serve_where_whole_rows_are_missing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(coarse_variants_have_their_total_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(open_loops_count_by_response, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_values_of_the_range_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_rows_have_their_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
