/* Run folders become variants: alone, in groups, whole, killed, thinned, and with their identities
 * held against each other. */
#include "dataset.h"

#include "unit/run_files.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct variant variant;
static struct files_run run;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    memset(&variant, 0, sizeof variant);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    variant_free(&variant);
    files_free(&files);
    return 0;
}

static int read_variant(const char *name)
{
    variant_free(&variant);
    return variant_read(&variant, files_path(&files, name), NULL, 0, &fault);
}

static void check_fault(const char *expected)
{
    if (!strstr(fault.text, expected))
        fail_msg("no \"%s\" in \"%s\"", expected, fault.text);
}

static void check_reason(const char *name, const char *sentence)
{
    const struct run *of = &variant.runs[0];
    for (size_t i = 0; i < of->reason_count; i++)
        if (strcmp(of->reasons[i].name, name) == 0 && strstr(of->reasons[i].sentence, sentence))
            return;
    fail_msg("no %s \"%s\", but \"%s\"", name, sentence,
             of->reason_count > 0 ? of->reasons[0].sentence : "nothing");
}

static void a_run_is_read_whole(void **state)
{
    (void)state;
    files_write_run(&files, "a", 400);
    assert_int_equal(read_variant("a"), 0);
    assert_string_equal(variant.name, "a");
    assert_false(variant.is_group);
    assert_int_equal(variant.run_count, 1);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(variant.latency, SERIES_SERVICE);
    assert_int_equal(variant.total.requests, 400);
    assert_int_equal(variant.total.successes, 400);
    assert_int_equal(variant.target_count, 2);
    assert_int_equal(variant.targets[0].requests, 400);
    assert_int_equal(variant.targets[1].requests, 0);
    assert_true(distribution_is_exact(&variant.total.series[SERIES_SERVICE]));
    assert_int_equal(distribution_at_ppm(&variant.total.series[SERIES_SERVICE], 950000),
                     380 * NS_PER_MS);
    assert_int_equal(distribution_at_ppm(&variant.targets[0].series[SERIES_SERVICE], 950000),
                     380 * NS_PER_MS);
    assert_true(variant_rate_per_s(&variant, &variant.total) > 399.9);
    assert_int_equal(variant.timeline.bins[0].due, 400);
    assert_int_equal(variant.process_count, 1);
    assert_int_equal(variant.processes[0].resident_peak_bytes, 5000);
}

static void one_request_is_a_run(void **state)
{
    (void)state;
    files_write_run(&files, "a", 1);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(distribution_at_ppm(&variant.total.series[SERIES_SERVICE], 999990), NS_PER_MS);
}

static void no_request_is_a_run(void **state)
{
    (void)state;
    files_write_run(&files, "a", 0);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(variant.total.requests, 0);
    assert_true(target_error_share(&variant.total) <= 0);
    assert_true(variant_rate_per_s(&variant, &variant.total) <= 0);
}

/* Of twelve requests that were due in a second, four ended after it: the reporter told of 12/s where
 * tare itself had told of 8/s. */
static void throughput_is_of_what_was_done_in_time(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    run.plan.late = 4;
    for (int i = 0; i < 12; i++)
        files_add_ok(&run, 900 * NS_PER_MS);
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(variant.total.requests, 12);
    assert_true(fabs(variant_rate_per_s(&variant, &variant.total) - 8) < 1e-9);
    assert_true(fabs(variant_sent_rate_per_s(&variant, &variant.total) - 12) < 1e-9);
    assert_true(fabs(variant_success_rate_per_s(&variant, &variant.total) - 8) < 1e-9);
}

static void failures_are_throughput_but_no_success(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    for (int i = 0; i < 6; i++)
        files_add_ok(&run, NS_PER_MS);
    for (int i = 0; i < 2; i++)
        files_add_timeout(&run);
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_true(fabs(variant_rate_per_s(&variant, &variant.total) - 8) < 1e-9);
    assert_true(fabs(variant_success_rate_per_s(&variant, &variant.total) - 6) < 1e-9);
}

static void seconds_that_contradict_run_json_are_told(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    run.plan.done_more = 1;
    files_add_ok(&run, NS_PER_MS);
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    check_reason("identity_broken",
                 "2 requests were done while measured, but 1 are counted in seconds.csv");
}

static void failures_alone_are_a_run(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    for (int i = 0; i < 5; i++)
        files_add_timeout(&run);
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(variant.total.requests, 5);
    assert_int_equal(variant.total.successes, 0);
    assert_int_equal(variant.total.censored, 5);
    assert_true(target_error_share(&variant.total) > 0.999);
    assert_int_equal(distribution_count(&variant.total.series[SERIES_SERVICE]), 0);
}

static void repeats_are_one_variant(void **state)
{
    (void)state;
    mkdir(files_path(&files, "g"), 0777);
    mkdir(files_path(&files, "g/report"), 0777);
    files_text(&files, "g/notes.txt", "not a run");
    files_write_run(&files, "g/10", 10);
    files_write_run(&files, "g/2", 20);
    files_write_run(&files, "g/1", 30);
    assert_int_equal(read_variant("g"), 0);
    assert_true(variant.is_group);
    assert_int_equal(variant.run_count, 3);
    assert_int_equal(variant.runs[0].totals.due, 30);
    assert_int_equal(variant.runs[1].totals.due, 20);
    assert_int_equal(variant.runs[2].totals.due, 10);
    assert_int_equal(variant.total.requests, 60);
    assert_int_equal(variant.targets[0].requests, 60);
    assert_int_equal(variant.measure_ns, 3 * NS_PER_S);
    assert_int_equal(distribution_max_ns(&variant.total.series[SERIES_SERVICE]), 30 * NS_PER_MS);
    assert_int_equal(variant.timeline.bins[0].due, 60);
}

static void a_missing_file_of_a_whole_run_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"a/samples.csv", "a/histograms.csv", "a/seconds.csv",
                                        "a/resources.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        files_write_run(&files, "a", 3);
        unlink(files_path(&files, names[i]));
        assert_int_equal(read_variant("a"), -ENOENT);
        check_fault(names[i]);
    }
}

static void lost_and_invented_rows_break_identities(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    for (int i = 0; i < 9; i++)
        files_add_ok(&run, 5);
    run.plan.due_more = 1;
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_INVALID);
    check_reason("identity_broken", "10 requests were due, but 9 are told of in run.json");
    check_reason("identity_broken",
                 "10 requests were due, but 9 rows of samples.csv end a request");
    check_reason("identity_broken",
                 "10 requests were due, but 9 different ones are in samples.csv");
    files_begin(&run, &files, "b");
    files_add_ok(&run, 5);
    run.plan.rows_more = 2;
    files_end(&run, NULL);
    assert_int_equal(read_variant("b"), 0);
    check_reason("identity_broken", "3 rows were written, but 1 are in samples.csv");
}

static void a_request_that_ends_twice_breaks_identities(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    files_add_ok(&run, 5);
    struct sample twice = files_sample(&run, 6);
    twice.request = 0;
    files_add(&run, &twice);
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    check_reason("identity_broken", "2 requests were due, but 1 different ones are in samples.csv");
}

static void an_outcome_that_changed_breaks_identities(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    files_add_ok(&run, 5);
    files_add_ok(&run, 5);
    run.outcomes[OUTCOME_OK] = 1;
    run.outcomes[OUTCOME_STATUS_5XX] = 1;
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    check_reason("identity_broken", "1 were answered, but 2 rows of samples.csv say so");
}

/* Cuts the last bytes off a file. */
static void cut(const char *name, size_t bytes)
{
    char *text = files_read(&files, name);
    files_write(&files, name, text, strlen(text) - bytes);
    free(text);
}

static void a_torn_row_of_a_whole_run_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a/samples.csv", "a/seconds.csv", "a/resources.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        files_write_run(&files, "a", 3);
        cut(names[i], 2);
        assert_int_equal(read_variant("a"), -EINVAL);
        check_fault(names[i]);
        check_fault(i == 0 ? ":4:1: the file ends within this row" : "the file ends within");
    }
}

static void a_torn_row_of_a_killed_run_is_dropped(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    for (int i = 1; i <= 5; i++)
        files_add_ok(&run, i * NS_PER_MS);
    run.plan.state = "running";
    files_end(&run, NULL);
    cut("a/samples.csv", 7);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_INVALID);
    assert_int_equal(variant.runs[0].rows, 4);
    assert_int_equal(variant.runs[0].torn_rows, 1);
    assert_int_equal(variant.total.requests, 4);
    check_reason("unfinished", "the run's end was not written");
    check_reason("row_torn", "the last row of samples.csv was cut off, and dropped");
    assert_int_equal(variant.measure_ns, NS_PER_S);
}

static void a_run_that_was_killed_early_has_few_files(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    run.plan.state = "running";
    files_end(&run, NULL);
    unlink(files_path(&files, "a/samples.csv"));
    unlink(files_path(&files, "a/resources.csv"));
    files_text(&files, "a/histograms.csv", "");
    files_text(&files, "a/seconds.csv", "sec");
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_INVALID);
    assert_int_equal(variant.total.requests, 0);
    assert_int_equal(variant.runs[0].torn_rows, 2);
}

/* Slices of histograms.csv are written seconds late: of a thinned run that was killed before, nothing
 * but its throughput is known, and that is said. */
static void a_thinned_run_that_was_killed_early_has_no_latency(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    files_add_ok(&run, NS_PER_MS);
    run.plan.state = "running";
    run.plan.samples = "1/10";
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.total.requests, 0);
    assert_int_equal(variant.total.done, 1);
    assert_true(target_is_unknown(&variant.total));
    check_reason("histograms_unwritten", "no latency is known");
}

static void an_interrupted_run_is_whole(void **state)
{
    (void)state;
    files_begin(&run, &files, "a");
    files_add_ok(&run, 5);
    run.plan.state = "interrupted";
    files_end(&run, NULL);
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_VALID);
    assert_int_equal(variant.total.requests, 1);
    assert_int_equal(variant_count_interrupted(&variant), 1);
}

static const char histogram_rows[] = "0,measure,0,ok,service,100,100,2\n"
                                     "0,measure,0,ok,wait,0,0,2\n"
                                     "0,measure,1,timeout,wait,0,0,1\n"
                                     ",measure,0,ok,service,100,100,1\n"
                                     ",measure,0,ok,service,101,101,1\n"
                                     ",measure,0,ok,wait,0,0,2\n"
                                     ",measure,1,timeout,wait,0,0,1\n";

/* Two successes and a timeout, of which samples.csv has the successes alone, or nothing. */
static void write_thinned(const char *name, const char *samples, const char *state)
{
    files_begin(&run, &files, name);
    files_add_ok(&run, 100);
    files_add_ok(&run, 101);
    run.count++;
    run.measured++;
    run.outcomes[OUTCOME_TIMEOUT]++;
    run.measured_outcomes[OUTCOME_TIMEOUT]++;
    run.plan.samples = samples;
    run.plan.state = state;
    run.plan.rows_more = strcmp(samples, "none") == 0 ? -3 : -1;
    files_end(&run, strcmp(state, "running") == 0 ? "0,measure,0,ok,service,100,100,2\n"
                                                    "0,measure,0,ok,wait,0,0,2\n"
                                                  : histogram_rows);
}

static void thinned_runs_are_read_from_histograms(void **state)
{
    (void)state;
    static const char *const samples[] = {"1/2", "none"};
    for (size_t i = 0; i < 2; i++) {
        write_thinned("a", samples[i], "complete");
        assert_int_equal(read_variant("a"), 0);
        assert_true(variant.from_histograms);
        if (variant.verdict != RUN_VALID)
            fail_msg("%s", variant.runs[0].reasons[0].sentence);
        assert_int_equal(variant.total.requests, 3);
        assert_int_equal(variant.targets[0].successes, 2);
        assert_int_equal(variant.targets[1].censored, 1);
        assert_int_equal(distribution_at_ppm(&variant.total.series[SERIES_SERVICE], 500000), 100);
        assert_int_equal(distribution_max_ns(&variant.total.series[SERIES_SERVICE]), 101);
        assert_int_equal(variant.timeline.bins[0].latency_count, 2);
    }
}

static void thinned_runs_have_identities_too(void **state)
{
    (void)state;
    write_thinned("a", "1/2", "complete");
    files_text(&files, "a/histograms.csv",
               SCHEMA_HEADER_HISTOGRAMS "\n,measure,0,ok,service,100,100,1\n"
                                        ",measure,0,ok,wait,0,0,1\n");
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_INVALID);
    check_reason("identity_broken", "2 were answered, but 1 are counted in histograms.csv");
}

static void a_killed_thinned_run_is_read_from_slices(void **state)
{
    (void)state;
    write_thinned("a", "none", "running");
    assert_int_equal(read_variant("a"), 0);
    assert_int_equal(variant.verdict, RUN_INVALID);
    assert_int_equal(variant.total.successes, 2);
    assert_int_equal(distribution_count(&variant.total.series[SERIES_SERVICE]), 2);
}

static void watches_count_what_they_name(void **state)
{
    (void)state;
    struct watch watches[] = {{.series = -1, .limit_ns = 2 * NS_PER_MS},
                              {.series = -1, .target = "GET /a", .limit_ns = NS_PER_MS},
                              {.series = -1, .target = "/b", .limit_ns = 0},
                              {.series = -1, .target = "/c", .limit_ns = 0}};
    files_write_run(&files, "a", 3);
    assert_int_equal(variant_read(&variant, files_path(&files, "a"), watches, 4, &fault), 0);
    assert_int_equal(watches[0].seen, 3);
    assert_int_equal(watches[0].above, 1);
    assert_int_equal(watches[1].above, 2);
    assert_true(watches[2].is_found);
    assert_int_equal(watches[2].seen, 0);
    assert_false(watches[3].is_found);
    assert_int_equal(watches[3].seen, 0);
}

static void targets_are_found_as_people_name_them(void **state)
{
    (void)state;
    struct target targets[] = {
        {.name = "GET /a"}, {.name = "POST /a"}, {.name = "GET /b"}, {.name = "odd"}};
    const struct variant of = {.targets = targets, .target_count = 4};
    assert_ptr_equal(variant_find_target(&of, NULL), &of.total);
    assert_ptr_equal(variant_find_target(&of, ""), &of.total);
    assert_ptr_equal(variant_find_target(&of, "POST /a"), &targets[1]);
    assert_ptr_equal(variant_find_target(&of, "/b"), &targets[2]);
    assert_ptr_equal(variant_find_target(&of, "odd"), &targets[3]);
    assert_null(variant_find_target(&of, "/a"));
    assert_null(variant_find_target(&of, "/c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_is_read_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_request_is_a_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_request_is_a_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(throughput_is_of_what_was_done_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_throughput_but_no_success, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seconds_that_contradict_run_json_are_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(failures_alone_are_a_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeats_are_one_variant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_file_of_a_whole_run_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lost_and_invented_rows_break_identities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_that_ends_twice_breaks_identities, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_outcome_that_changed_breaks_identities, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_torn_row_of_a_whole_run_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_row_of_a_killed_run_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_was_killed_early_has_few_files, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_thinned_run_that_was_killed_early_has_no_latency, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_run_is_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(thinned_runs_are_read_from_histograms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(thinned_runs_have_identities_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_thinned_run_is_read_from_slices, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(watches_count_what_they_name, set_up, tear_down),
        cmocka_unit_test(targets_are_found_as_people_name_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
