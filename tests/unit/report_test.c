/* From run folders to what is written and printed: JSON, CSV files, the terminal's lines. */
#include "report.h"

#include "csv.h"
#include "json.h"
#include "terminal.h"

#include "unit/run_files.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct report report;
static bool is_forced;
static const char *baseline;
static char *text;
static size_t text_size;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    memset(&report, 0, sizeof report);
    text = NULL;
    is_forced = false;
    baseline = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    report_free(&report);
    free(text);
    files_free(&files);
    return 0;
}

/* Makes a report of the folders `names`, which a blank separates, and the gates likewise. */
static int make(const char *names, const char *gate_texts)
{
    static char paths[8][FILES_PATH_MAX];
    const char *list[8];
    static struct gate gates[8];
    char words[256];
    size_t path_count = 0;
    size_t gate_count = 0;
    snprintf(words, sizeof words, "%s", names);
    for (char *at = strtok(words, " "); at; at = strtok(NULL, " ")) {
        strcpy(paths[path_count], files_path(&files, at));
        list[path_count] = paths[path_count];
        path_count++;
    }
    snprintf(words, sizeof words, "%s", gate_texts);
    for (char *at = strtok(words, " "); at; at = strtok(NULL, " ")) {
        const size_t size = strlen(at);
        if ((at[size - 1] == 'x' ? gate_parse_regression : gate_parse)(&gates[gate_count++], at,
                                                                       &fault) != 0)
            fail_msg("%s", fault.text);
    }
    report_free(&report);
    const struct report_ask ask = {.paths = list,
                                   .path_count = path_count,
                                   .gates = gates,
                                   .gate_count = gate_count,
                                   .baseline = baseline,
                                   .is_forced = is_forced};
    return report_make(&report, strdup("tare-report"), &ask, &fault);
}

/* What a writer writes. */
static const char *written(int (*write)(FILE *out, const struct report *report))
{
    free(text);
    FILE *out = open_memstream(&text, &text_size);
    assert_int_equal(write(out, &report), 0);
    fclose(out);
    return text;
}

static int write_terminal(FILE *out, const struct report *of)
{
    terminal_write(out, of, false);
    return 0;
}

static int write_doubts(FILE *out, const struct report *of)
{
    terminal_write_doubts(out, of);
    return 0;
}

/* Whether a line begins with these bytes, and ends there if is_whole. */
static void check_text(const char *line, bool is_whole)
{
    const size_t size = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, size) == 0 && (!is_whole || at[size] == '\n' || at[size] == '\0'))
            return;
        if (!*at)
            break;
    }
    fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void check_line(const char *line)
{
    check_text(line, true);
}

/* What follows are the ends of an interval, which are tried elsewhere. */
static void check_start(const char *line)
{
    check_text(line, false);
}

/* A baseline of 400 requests from 1 to 400 ms, and an optimized one at half of that. */
static void write_pair(void)
{
    struct files_run run;
    files_begin(&run, &files, "baseline");
    for (int i = 1; i <= 400; i++)
        files_add_ok(&run, (i * 173 % 400 + 1) * NS_PER_MS); /* in no order: runs are steady */
    files_end(&run, NULL);
    files_begin(&run, &files, "optimized");
    for (int i = 1; i <= 400; i++)
        files_add_ok(&run, (i * 173 % 400 + 1) * NS_PER_MS / 2);
    files_end(&run, NULL);
}

static void two_runs_are_judged_and_compared(void **state)
{
    (void)state;
    write_pair();
    assert_int_equal(make("baseline optimized", "p95<=200ms errors<=0.1% p95<=0.6x"), 0);
    assert_int_equal(report.variant_count, 2);
    assert_int_equal(report.comparison_count, 1);
    assert_int_equal(report.result_count, 5);
    assert_int_equal(report.results[0].verdict, GATE_FAIL);
    assert_int_equal(report.results[0].figure_ns, 380 * NS_PER_MS);
    assert_int_equal(report.results[1].verdict, GATE_PASS);
    assert_int_equal(report.results[1].variant, 1);
    assert_int_equal(report.results[1].figure_ns, 190 * NS_PER_MS);
    assert_int_equal(report.results[4].gate, 2);
    assert_int_equal(report.results[4].variant, 1);
    assert_int_equal(report.results[4].verdict, GATE_PASS);
    assert_int_equal(report_count_verdict(&report, GATE_FAIL), 1);
    assert_int_equal(report_count_verdict(&report, GATE_INCONCLUSIVE), 0);
    assert_int_equal(report.headline_ppm, 950000);
    assert_string_equal(report.headline, "optimized is faster within these two runs: p95 190 ms, 50 % below baseline (48.3 to 51.7 %)");
    assert_true(report.is_trusted);
}

static void the_terminal_has_a_table_gates_and_differences(void **state)
{
    (void)state;
    write_pair();
    assert_int_equal(make("baseline optimized", "p95<=200ms"), 0);
    written(write_terminal);
    check_line("             throughput        p50        p95        p99      p99.9    errors");
    check_line(
        "baseline          400/s     200 ms     380 ms    ~396 ms    ~400 ms         0   valid");
    check_line(
        "optimized         400/s     100 ms     190 ms    ~198 ms    ~200 ms         0   valid");
    check_line("FAIL  baseline: p95 is 380 ms, above 200 ms: 200 of 400 requests are above, 20 are "
               "allowed");
    check_line("optimized is faster within these two runs: p95 190 ms, 50 % below baseline (48.3 to 51.7 %)");
    assert_null(strchr(text, '\033'));
    written(write_doubts);
    assert_string_equal(text, "");
}

static void an_invalid_run_is_not_trusted(void **state)
{
    (void)state;
    struct files_run run;
    files_write_run(&files, "a", 20);
    files_begin(&run, &files, "b");
    files_add_ok(&run, 5);
    run.plan.verdict = "invalid";
    run.plan.reasons = "{\"name\":\"clock_stepped\",\"sentence\":\"clock stepped\"},"
                       "{\"name\":\"x\",\"verdict\":\"suspect\",\"sentence\":\"only a hint\"}";
    files_end(&run, NULL);
    assert_int_equal(make("a b", ""), 0);
    assert_false(report.is_trusted);
    written(write_doubts);
    check_line("tare-report: b is invalid: its figures are not to be trusted");
    assert_non_null(strstr(text, "/b: clock stepped\n"));
    assert_null(strstr(text, "only a hint"));
}

static void runs_of_different_loops_are_not_trusted(void **state)
{
    (void)state;
    struct files_run run;
    files_write_run(&files, "a", 20);
    files_begin(&run, &files, "b");
    files_add_ok(&run, 5);
    run.plan.loop = "open";
    files_end(&run, NULL);
    assert_int_equal(make("a b", ""), 0);
    assert_false(report.is_trusted);
    assert_non_null(strstr(written(write_doubts), "cannot be compared"));
    written(write_terminal);
    check_line("response time in open loop, service time in closed loop, of the requests that "
               "succeeded; ~ rests on fewer than ten requests beyond it");
}

/* A group of two runs of which one failed requests, is suspect and had fewer connections. */
static void the_terminal_says_what_is_not_the_same(void **state)
{
    (void)state;
    struct files_run run;
    files_begin(&run, &files, "a");
    for (int i = 1; i <= 20; i++)
        files_add_ok(&run, i * NS_PER_MS);
    run.plan.connections = 30;
    files_end(&run, NULL);
    mkdir(files_path(&files, "g"), 0777);
    files_write_run(&files, "g/2", 20);
    files_begin(&run, &files, "g/1");
    for (int i = 1; i <= 19; i++)
        files_add_ok(&run, i * NS_PER_MS);
    files_add_timeout(&run);
    run.plan.verdict = "suspect";
    run.plan.reasons = "{\"name\":\"steal\",\"sentence\":\"a neighbour took 5 %\"}";
    files_end(&run, "0,measure,0,ok,service,100,100,2\n");
    assert_int_equal(make("a g", "errors<=1 mean<=1.5x max<=0.1x errors<=50%"), 0);
    written(write_terminal);
    check_line("g            20/s    10.0 ms   ~19.0 ms   ~20.0 ms   ~20.0 ms     2.5 %   suspect, "
               "2 runs");
    check_line("pass  g: errors: 1 of 40 requests did not succeed, 1 is allowed");
    check_line("g/1 is suspect: a neighbour took 5 %");
    check_line("g and a cannot be compared: connections: 30 and 20");
    assert_false(report.is_trusted);
    assert_string_equal(report.watermark, "");
    written(csv_write_timeseries);
    check_line("g,2,0,1,40,40,40,1,160,400,5,1,100,100,100,100,0,,0,3000,,");
    json_error_t error;
    json_t *root = json_loads(written(json_write), JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s", error.text);
    assert_non_null(strstr(text, "\"connections: 30 and 20\""));
    assert_non_null(strstr(text, "\"number\": 1"));
    assert_non_null(strstr(text, "\"share\": 0.025"));
    assert_non_null(strstr(text, "\"ratio\": null"));
    assert_non_null(strstr(text, "\"sentence\": \"a neighbour took 5 %\""));
    json_decref(root);
    is_forced = true;
    assert_int_equal(make("a g", ""), 0);
    written(write_terminal);
    check_line("  not the same: connections: 30 and 20");
    assert_false(report.is_trusted);
    assert_string_equal(report.watermark, "forced: connections: 30 and 20");
}

static int write_coloured(FILE *out, const struct report *of)
{
    terminal_write(out, of, true);
    return 0;
}

static void colours_go_with_their_words(void **state)
{
    (void)state;
    files_write_run(&files, "a", 20);
    assert_int_equal(make("a", "p50<=1s p50<=1ms"), 0);
    written(write_coloured);
    assert_non_null(strstr(text, "\033[32mvalid\033[0m"));
    assert_non_null(strstr(text, "\033[32mpass\033[0m  a: "));
    assert_non_null(strstr(text, "\033[31mFAIL\033[0m  a: "));
}

static void gates_need_their_target(void **state)
{
    (void)state;
    files_write_run(&files, "a", 20);
    assert_int_equal(make("a", "/b:p95<=1s"), 0);
    assert_int_equal(report.results[0].verdict, GATE_FAIL);
    assert_int_equal(make("a", "/c:p95<=1s"), -EINVAL);
    assert_non_null(strstr(fault.text, "speaks of the target '/c'"));
    assert_non_null(strstr(fault.text, "its targets: 'GET /a', 'POST /b'"));
}

static void json_says_it_all_and_twice_the_same(void **state)
{
    (void)state;
    json_error_t error;
    write_pair();
    assert_int_equal(make("baseline optimized", "p95<=200ms rate>=1"), 0);
    char *first = strdup(written(json_write));
    assert_string_equal(written(json_write), first);
    json_t *root = json_loads(first, JSON_REJECT_DUPLICATES, &error);
    free(first);
    if (!root)
        fail_msg("%s", error.text);
    const json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    const json_t *service = json_object_get(json_object_get(run, "series"), "service");
    assert_int_equal(json_integer_value(json_object_get(service, "p95_ns")), 380 * NS_PER_MS);
    assert_true(json_is_true(json_object_get(service, "exact")));
    assert_int_equal(json_array_size(json_object_get(service, "unresolved")), 4);
    const json_t *gate = json_array_get(json_object_get(root, "gates"), 0);
    assert_string_equal(json_string_value(json_object_get(gate, "verdict")), "fail");
    assert_int_equal(json_integer_value(json_object_get(gate, "ns")), 380 * NS_PER_MS);
    const json_t *comparison = json_array_get(json_object_get(root, "comparisons"), 0);
    const json_t *metric = json_array_get(json_object_get(comparison, "metrics"), COMPARE_P95);
    assert_string_equal(json_string_value(json_object_get(metric, "metric")), "p95");
    assert_true(json_number_value(json_object_get(metric, "change_percent")) < -49.9);
    json_decref(root);
}

static void summaries_are_tidy(void **state)
{
    (void)state;
    struct files_run run;
    files_begin(&run, &files, "a");
    for (int i = 1; i <= 400; i++)
        files_add_ok(&run, i * 1000);
    files_add_timeout(&run);
    files_end(&run, NULL);
    assert_int_equal(make("a", ""), 0);
    written(csv_write_summary);
    check_line("run,target,metric,stat,value,unit,requests,quality,low,high,worth,effective_tail");
    check_start("a,all,throughput,rate,401,per_s,401,,1");
    check_line("a,all,throughput,successes,400,per_s,401,,,,,");
    check_line("a,all,throughput,sent,401,per_s,401,,,,,");
    check_line("a,all,requests,censored,1,count,401,,,,,");
    check_line("a,all,outcome,timeout,1,count,401,,,,,");
    check_start("a,all,errors,share,0.2493766,percent,401,,0.0");
    check_start("a,all,service,p95,380000,ns,400,exact,1");
    check_start("a,all,service,p99,396000,ns,400,thin,");
    check_start("a,all,service,mean,200500,ns,400,exact,9");
    check_line("a,GET /a,service,max,400000,ns,400,exact,,,,");
    check_line("a,POST /b,requests,all,0,count,0,,,,,");
    /* Every row has as many fields as the header. */
    for (char *line = text; *line; line = strchr(line, '\n') + 1) {
        int commas = 0;
        for (char *c = line; *c != '\n'; c++)
            commas += *c == ',';
        assert_int_equal(commas, 11);
    }
}

static void seconds_and_curves_are_written(void **state)
{
    (void)state;
    files_write_run(&files, "a", 400);
    assert_int_equal(make("a", ""), 0);
    written(csv_write_timeseries);
    check_line("a,1,0,1,400,400,400,0,80,200,5,1,,,,,0,,0,3000,,");
    written(csv_write_distribution);
    check_line("run,percentile,inverse_of_rest,latency_ns,count,low_ns,high_ns,worth");
    check_start("a,95,20,380000000,380,1");
    check_line("a,100,800,400000000,400,,,");
}

/* A field that a spreadsheet would compute is text there. */
static void formulas_are_defused(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
    } cases[] = {{"plain", "plain"},
                 {"", ""},
                 {"a,b", "\"a,b\""},
                 {"a\"b", "\"a\"\"b\""},
                 {"=1+2", "\"'=1+2\""},
                 {"+1", "\"'+1\""},
                 {"-1", "\"'-1\""},
                 {"@x", "\"'@x\""},
                 {"\tx", "\"'\tx\""},
                 {"\rx", "\"'\rx\""},
                 {"a\nb", "\"a\nb\""},
                 {"a=b", "a=b"},
                 {"=\"x\"", "\"'=\"\"x\"\"\""},
                 {"\n=1", "\"'\n=1\""},
                 {"caf\xc3\xa9 \xff", "caf\xc3\xa9 \xef\xbf\xbd"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        free(text);
        FILE *out = open_memstream(&text, &text_size);
        csv_write_text(out, cases[i].from);
        fclose(out);
        assert_string_equal(text, cases[i].to);
    }
}

static void names_cannot_move_the_cursor(void **state)
{
    (void)state;
    files_write_run(&files, "a\033[2J\r\nb", 20);
    assert_int_equal(make("a\033[2J\r\nb", ""), 0);
    written(write_terminal);
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\r'));
    assert_non_null(strstr(text, "a?[2J??b"));
    files_write_run(&files, "\xc2\x9b" "2J\xff", 20);
    assert_int_equal(make("\xc2\x9b" "2J\xff", ""), 0);
    written(write_terminal);
    assert_non_null(strstr(text, "\n?2J? "));
}

static void an_interruption_is_told(void **state)
{
    (void)state;
    struct files_run run;
    files_begin(&run, &files, "a");
    files_add_ok(&run, NS_PER_MS);
    run.plan.state = "interrupted";
    files_end(&run, NULL);
    assert_int_equal(make("a", ""), 0);
    assert_non_null(strstr(written(write_terminal), "valid, interrupted\n"));
}

static void a_run_of_nothing_has_a_report(void **state)
{
    (void)state;
    files_write_run(&files, "a", 0);
    assert_int_equal(make("a", "p95<=1s"), 0);
    assert_int_equal(report.results[0].verdict, GATE_FAIL);
    written(write_terminal);
    check_line("a             0/s          -          -          -          -         -   valid");
    check_line("a: no request was measured");
    written(json_write);
    written(csv_write_summary);
    written(csv_write_distribution);
    assert_string_equal(text, "run,percentile,inverse_of_rest,latency_ns,count,low_ns,high_ns,worth\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_runs_are_judged_and_compared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_terminal_has_a_table_gates_and_differences, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_invalid_run_is_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_of_different_loops_are_not_trusted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_terminal_says_what_is_not_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(colours_go_with_their_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gates_need_their_target, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_says_it_all_and_twice_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(summaries_are_tidy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seconds_and_curves_are_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(formulas_are_defused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_cannot_move_the_cursor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interruption_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_of_nothing_has_a_report, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
