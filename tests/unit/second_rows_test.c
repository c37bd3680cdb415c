/* The files with a row a second add up, and are refused with their place where they are broken. */
#include "second_rows.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct second_rows_seen seen;
static struct timeline timeline;
static struct target targets[2];
static struct target *const by_id[] = {&targets[0], &targets[1]};

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(targets, 0, sizeof targets);
    memset(&fault, 0, sizeof fault);
    return timeline_init(&timeline);
}

static int tear_down(void **state)
{
    (void)state;
    timeline_free(&timeline);
    files_free(&files);
    return 0;
}

/* As version 0.1.0 wrote it: later outcomes were appended. */
#define OUTCOMES                                                                                   \
    ",ok,status_4xx,status_5xx,connect_refused,connect_timeout,connect_unreachable,"               \
    "connect_no_port,connect_failed,reset,closed,malformed,io_failed,timeout,in_flight,unsent"
#define ZEROS ",0,0,0,0,0,0,0,0,0,0,0,0"

static int read_rows(const char *rows)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s\n%s", SCHEMA_HEADER_SECONDS, OUTCOMES, rows);
    return second_rows_read(files_text(&files, "s.csv", text), by_id, 2, &timeline, &seen, &fault);
}

/* Outcomes were appended since the first version, and files of today have them all. */
static void outcomes_that_were_appended_are_read(void **state)
{
    (void)state;
    char text[2048];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", SCHEMA_HEADER_SECONDS);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, ",%s", outcome_name((enum outcome)i));
    size += (size_t)snprintf(text + size, sizeof text - size, "\n0,measure,0,9,9,9,1,1,0,0");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, ",%d", i);
    snprintf(text + size, sizeof text - size, "\n");
    assert_int_equal(second_rows_read(files_text(&files, "s.csv", text), by_id, 2, &timeline, &seen, &fault),
                     0);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        assert_int_equal(timeline.bins[0].outcomes[i], i);
}

static void rows_of_one_second_add_up(void **state)
{
    (void)state;
    assert_int_equal(read_rows("0,warmup,0,10,9,8,100,200,3,1,7,1,0" ZEROS "\n"
                               "0,measure,0,1,1,1,10,20,3,1,1,0,0" ZEROS "\n"
                               "0,measure,1,2,2,2,20,40,1,0,1,0,1" ZEROS "\n"
                               "7,grace,0,0,0,5,0,9,0,0,5,0,0" ZEROS "\n"
                               "0,measure,0,5,5,5,1,1,0,0,5,0,0" ZEROS "\n"),
                     0);
    const struct time_bin *bin = &timeline.bins[0];
    assert_int_equal(bin->due, 18);
    assert_int_equal(bin->sent, 17);
    assert_int_equal(bin->done, 16);
    assert_int_equal(bin->bytes_out, 131);
    assert_int_equal(bin->bytes_in, 261);
    assert_int_equal(bin->in_flight, 7);
    assert_int_equal(bin->backlog, 2);
    assert_int_equal(bin->outcomes[OUTCOME_OK], 14);
    assert_int_equal(timeline_errors(bin), 2);
    assert_int_equal(timeline.bins[7].done, 5);
    assert_int_equal(seen.rows, 5);
    assert_int_equal(seen.end_ns, 8 * NS_PER_S);
}

/* What ends in the grace after it, or in the warm-up before, is no part of a phase's throughput. */
static void a_phase_is_credited_with_what_it_lasted_for(void **state)
{
    (void)state;
    assert_int_equal(read_rows("0,warmup,0,10,9,8,100,200,3,1,7,1,0" ZEROS "\n"
                               "0,measure,0,4,3,2,10,20,3,1,1,0,1" ZEROS "\n"
                               "1,measure,0,4,3,2,10,20,3,1,2,0,0" ZEROS "\n"
                               "0,measure,1,5,5,5,20,40,1,0,4,1,0" ZEROS "\n"
                               "1,grace,0,0,0,5,0,9,0,0,5,0,0" ZEROS "\n"),
                     0);
    assert_int_equal(targets[0].sent, 6);
    assert_int_equal(targets[0].done, 4);
    assert_int_equal(targets[0].done_ok, 3);
    assert_int_equal(targets[1].sent, 5);
    assert_int_equal(targets[1].done, 5);
    assert_int_equal(targets[1].done_ok, 4);
    assert_int_equal(seen.measured_sent, 11);
    assert_int_equal(seen.measured_done, 9);
}

static void newer_outcomes_are_skipped(void **state)
{
    (void)state;
    char text[2048] = SCHEMA_HEADER_SECONDS;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        sprintf(text + strlen(text), ",%s", outcome_name((enum outcome)i));
    strcat(text, ",teapot\n0,measure,0,1,1,1,1,1,1,0");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        strcat(text, i == 0 ? ",1" : ",0");
    strcat(text, ",99\n");
    assert_int_equal(
        second_rows_read(files_text(&files, "s.csv", text), by_id, 2, &timeline, &seen, &fault), 0);
    assert_int_equal(timeline.bins[0].outcomes[OUTCOME_OK], 1);
}

static void broken_rows_have_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *expected;
    } cases[] = {
        {"-1,measure,0,1,1,1,1,1,1,0,1,0,0" ZEROS "\n", "s.csv:2:1: second is \"-1\""},
        {"1209600,measure,0,1,1,1,1,1,1,0,1,0,0" ZEROS "\n", "s.csv:2:1: second is"},
        {"0,run,0,1,1,1,1,1,1,0,1,0,0" ZEROS "\n", "s.csv:2:3: phase is \"run\""},
        {"0,measure,2,1,1,1,1,1,1,0,1,0,0" ZEROS "\n", "s.csv:2:11: target is \"2\""},
        {"0,measure,0,,1,1,1,1,1,0,1,0,0" ZEROS "\n", "s.csv:2:13: due is \"\""},
        {"0,measure,0,1,1,1,1,1,1,b,1,0,0" ZEROS "\n", "s.csv:2:25: backlog is \"b\""},
        {"0,measure,0,1,1,1,1,1,1,0,1,0,-3" ZEROS "\n", "s.csv:2:31: status_5xx is \"-3\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_rows(cases[i].row), -EINVAL);
        if (!strstr(fault.text, cases[i].expected))
            fail_msg("no \"%s\" in \"%s\"", cases[i].expected, fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_one_second_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outcomes_that_were_appended_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_phase_is_credited_with_what_it_lasted_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(newer_outcomes_are_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_rows_have_their_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
