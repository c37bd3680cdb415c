/* run.json is read strictly where a report needs it, tolerantly elsewhere, and refused in words. */
#include "folder.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct run run;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    memset(&run, 0, sizeof run);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_free(&run);
    files_free(&files);
    return 0;
}

/* A run.json of no requests; owned. */
static char *document(const struct files_plan *plan)
{
    struct files_run from = {.plan = *plan};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    files_put_document(&from, out);
    fclose(out);
    return text;
}

/* Reads the document with `from` replaced by `to`, once; the fault is in `fault`. */
static int read_changed(const struct files_plan *plan, const char *from, const char *to)
{
    char *text = document(plan);
    char *changed = NULL;
    char *at = strstr(text, from);
    assert_non_null(at);
    if (asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0)
        abort();
    files_text(&files, "run.json", changed);
    free(text);
    free(changed);
    folder_free(&run);
    return folder_read(&run, files.root, &fault);
}

static void check_refused(const char *from, const char *to, const char *expected)
{
    const struct files_plan plan = {0};
    assert_int_equal(read_changed(&plan, from, to), -EINVAL);
    if (!strstr(fault.text, expected))
        fail_msg("no \"%s\" in \"%s\"", expected, fault.text);
    assert_non_null(strstr(fault.text, "/run.json:"));
}

static void a_closed_loop_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_changed(&(struct files_plan){0}, "{", "{"), 0);
    assert_int_equal(run.state, RUN_STATE_COMPLETE);
    assert_int_equal(run.config.loop, RUN_LOOP_CLOSED);
    assert_int_equal(run.config.connections, 20);
    assert_null(run.config.arrivals);
    assert_int_equal(run.config.requests, 0);
    assert_int_equal(run.config.duration_ns, NS_PER_S);
    assert_int_equal(run.config.samples, RUN_SAMPLES_ALL);
    assert_string_equal(run.command, "tare 'it'\\''s'");
    assert_string_equal(run.ring_features, "a b");
    assert_string_equal(run.ring_disabled, "");
    assert_int_equal(run.target_count, 2);
    assert_string_equal(run.targets[1].name, "POST /b");
    assert_int_equal(run.anomaly_count, 1);
    assert_string_equal(run.anomalies[0].name, "reconnects");
    assert_int_equal(run.anomalies[0].count, 3);
    assert_int_equal(run.verdict, RUN_VALID);
    assert_string_equal(run.limited_by, "server");
    assert_true(run.cost.busy_share > 0.24 && run.cost.busy_share < 0.26);
    assert_true(run.is_measured);
}

static void an_open_loop_has_its_rate(void **state)
{
    (void)state;
    const struct files_plan plan = {.loop = "open", .samples = "1/100"};
    assert_int_equal(read_changed(&plan, "{", "{"), 0);
    assert_int_equal(run.config.loop, RUN_LOOP_OPEN);
    assert_true(run.config.rate_per_s > 1000.4 && run.config.rate_per_s < 1000.6);
    assert_string_equal(run.config.arrivals, "poisson");
    assert_int_equal(run.config.samples, RUN_SAMPLES_THINNED);
}

static void a_killed_run_is_invalid(void **state)
{
    (void)state;
    assert_int_equal(read_changed(&(struct files_plan){.state = "running"}, "{", "{"), 0);
    assert_false(run.is_measured);
    assert_int_equal(run.verdict, RUN_INVALID);
    assert_int_equal(run.reason_count, 1);
    assert_string_equal(run.reasons[0].name, "unfinished");
}

static void an_engines_verdict_is_taken_with_its_reasons(void **state)
{
    (void)state;
    assert_int_equal(read_changed(&(struct files_plan){.verdict = "suspect"}, "\"reasons\":[]",
                                  "\"reasons\":[{\"name\":\"steal\",\"sentence\":\"5 % stolen\"},"
                                  "{\"name\":\"x\",\"verdict\":\"valid\",\"sentence\":\"y\"}]"),
                     0);
    assert_int_equal(run.verdict, RUN_SUSPECT);
    assert_int_equal(run.reason_count, 2);
    assert_int_equal(run.reasons[0].verdict, RUN_SUSPECT);
    assert_int_equal(run.reasons[1].verdict, RUN_VALID);
    assert_string_equal(run.reasons[0].name, "steal");
    assert_string_equal(run.reasons[0].sentence, "5 % stolen");
}

static void unknown_keys_are_let_be(void **state)
{
    (void)state;
    assert_int_equal(read_changed(&(struct files_plan){0}, "{", "{\"later\":{\"x\":[1]},"), 0);
    assert_int_equal(read_changed(&(struct files_plan){0}, "\"busy_share\":0.25", "\"x\":1"), 0);
    assert_true(run.cost.busy_share < 0);
}

static void a_newer_schema_is_refused_with_its_remedy(void **state)
{
    (void)state;
    assert_int_equal(read_changed(&(struct files_plan){0},
                                  "\"schema\":1,\"tool\":\"tare\",\"version\":\"0.1.0\"",
                                  "\"schema\":2,\"tool\":\"tare\",\"version\":\"3.4.5\""),
                     -EINVAL);
    assert_non_null(strstr(fault.text, "the run has schema 2, this tare-report reads schema 1\n"
                                       "      tare 3.4.5 made it: use the tare-report of that"));
}

static void what_is_missing_or_wrong_is_named(void **state)
{
    (void)state;
    check_refused("\"schema\":1", "\"schema\":\"1\"", "not a file that tare wrote");
    check_refused("\"tool\":\"tare\"", "\"tool\":\"wrk\"", "not a file that tare wrote");
    check_refused("\"loop\":\"closed\"", "\"loop\":\"round\"", "config.loop is not one of");
    check_refused("\"connections\":20,", "", "config.connections is missing");
    check_refused("\"connections\":20", "\"connections\":-1", "config.connections is not a whole");
    check_refused("\"connections\":20", "\"connections\":1.5", "config.connections is not a whole");
    check_refused("\"warmup_ns\":0", "\"warmup_ns\":99999999999999999", "longer than any run");
    check_refused("\"rate_per_s\":null", "\"rate_per_s\":-5", "config.rate_per_s is not a number");
    check_refused("\"loop\":\"closed\"", "\"loop\":\"open\"", "config.rate_per_s is missing");
    check_refused("\"samples\":\"all\"", "\"samples\":\"1/0\"", "config.samples is none of");
    check_refused("\"samples\":\"all\"", "\"samples\":\"1/2x\"", "config.samples is none of");
    check_refused("\"machine\":{", "\"machine\":7,\"x\":{", "machine is not an object");
    check_refused("\"machine\":{", "\"x\":{", "machine is missing");
    check_refused("\"targets\":[", "\"targets\":[],\"x\":[", "targets is not a list of 1 to 1024");
    check_refused("\"id\":1", "\"id\":2", "targets.id is not the target's place");
    check_refused("\"command\":[\"tare\"", "\"command\":[1", "command is not a list of texts");
    check_refused("\"command\":[\"tare\",\"it's\"]", "\"command\":7", "command is not a list");
    check_refused("\"reasons\":[]", "\"reasons\":7", "validity.reasons is not a list");
    check_refused("\"timeout\":0", "\"time_up\":0", "outcomes.time_up is an outcome that this");
    check_refused("\"verdict\":\"valid\"", "\"verdict\":\"fine\"", "validity.verdict is not one");
    check_refused("\"elapsed\":{", "\"x\":{", "elapsed is missing");
    check_refused("\"recording\":{", "\"x\":{", "recording is missing");
}

static void what_is_no_json_has_line_and_column(void **state)
{
    (void)state;
    check_refused("\"config\":{", "\n\"config\":{,", "run.json:2:");
    check_refused("\"threads\":1", "\"threads\":1,\"threads\":2", "duplicate");
}

static void a_missing_file_is_told(void **state)
{
    (void)state;
    assert_int_equal(folder_read(&run, files.root, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "run.json: No such file or directory"));
    folder_free(&run);
    mkdir(files_path(&files, "run.json"), 0777);
    assert_int_equal(folder_read(&run, files.root, &fault), -EINVAL);
    assert_non_null(strstr(fault.text, "not a file that tare wrote (kind, size)"));
}

static void blame_makes_a_verdict_worse_and_never_better(void **state)
{
    (void)state;
    folder_blame(&run, RUN_INVALID, "a", "%d rows", 3);
    folder_blame(&run, RUN_SUSPECT, "b", "less");
    assert_int_equal(run.verdict, RUN_INVALID);
    assert_int_equal(run.reason_count, 2);
    assert_string_equal(run.reasons[0].sentence, "3 rows");
    for (unsigned i = 0; i < 2 * RUN_REASONS_MAX; i++)
        folder_blame(&run, RUN_SUSPECT, "c", "more");
    assert_int_equal(run.reason_count, RUN_REASONS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_closed_loop_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_loop_has_its_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_run_is_invalid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_engines_verdict_is_taken_with_its_reasons, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(unknown_keys_are_let_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_schema_is_refused_with_its_remedy, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_or_wrong_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_json_has_line_and_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_file_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blame_makes_a_verdict_worse_and_never_better, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
