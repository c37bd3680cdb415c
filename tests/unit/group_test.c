/* A path names one run or the runs in it; which of its folders are runs, and whether they are repeats. */
#include "group.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static struct files files;
static struct fault fault;
static struct variant variant;
static char path[FILES_PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&variant, 0, sizeof variant);
    memset(&fault, 0, sizeof fault);
    mkdir(files_path(&files, "g"), 0777);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    variant.path = NULL;
    variant_free(&variant);
    files_free(&files);
    return 0;
}

static int read_group(const char *name)
{
    snprintf(path, sizeof path, "%s", files_path(&files, name));
    variant.path = path;
    return group_read(&variant, &fault);
}

static void link_run(const char *to, const char *name)
{
    assert_int_equal(symlink(to, files_path(&files, name)), 0);
}

static void check_fault(const char *expected)
{
    if (!strstr(fault.text, expected))
        fail_msg("no \"%s\" in \"%s\"", expected, fault.text);
}

static void what_is_no_run_is_passed_over(void **state)
{
    (void)state;
    mkdir(files_path(&files, "g/report"), 0777);
    files_text(&files, "g/report/report.json", "{}");
    files_text(&files, "g/report/summary.csv", "run\n");
    files_text(&files, "g/notes.txt", "not a run");
    files_write_run(&files, "g/10", 1);
    files_write_run(&files, "g/2", 1);
    files_write_run(&files, "g/.hidden", 1);
    assert_int_equal(read_group("g"), 0);
    assert_true(variant.is_group);
    assert_int_equal(variant.run_count, 2);
    assert_non_null(strstr(variant.runs[0].path, "g/2"));
    assert_non_null(strstr(variant.runs[1].path, "g/10"));
}

static void a_run_that_lost_its_document_is_not_passed_over(void **state)
{
    (void)state;
    files_write_run(&files, "g/1", 1);
    files_write_run(&files, "g/2", 1);
    unlink(files_path(&files, "g/2/run.json"));
    assert_int_equal(read_group("g"), -EINVAL);
    check_fault("g/2 is a run that has lost its run.json\n      copy it there again, or move");
    variant.path = NULL;
    variant_free(&variant);
    assert_int_equal(read_group("g/2"), -EINVAL);
    check_fault("g/2 is a run that has lost its run.json\n      copy it there again");
}

/* "latest" beside the run that it means counted that run twice. */
static void a_link_is_no_second_run(void **state)
{
    (void)state;
    files_write_run(&files, "g/3", 1);
    files_write_run(&files, "g/7", 1);
    files_write_run(&files, "elsewhere", 1);
    link_run("7", "g/latest");
    link_run("../elsewhere", "g/1");
    link_run("../elsewhere", "g/2");
    link_run("gone", "g/0");
    assert_int_equal(read_group("g"), 0);
    assert_int_equal(variant.run_count, 3);
    assert_non_null(strstr(variant.runs[0].path, "g/2"));
    assert_non_null(strstr(variant.runs[1].path, "g/3"));
    assert_non_null(strstr(variant.runs[2].path, "g/7"));
}

static void add_run(const char *name, uint64_t connections)
{
    struct files_run run;
    files_begin(&run, &files, name);
    run.plan.connections = connections;
    files_add_ok(&run, NS_PER_MS);
    files_end(&run, NULL);
}

/* A folder of all sorts of runs was added up and called valid. */
static void runs_that_are_no_repeats_are_blamed(void **state)
{
    (void)state;
    add_run("g/1", 20);
    add_run("g/2", 20);
    add_run("g/3", 50);
    assert_int_equal(read_group("g"), 0);
    assert_int_equal(variant.runs[0].verdict, RUN_VALID);
    assert_int_equal(variant.runs[1].verdict, RUN_VALID);
    assert_int_equal(variant.runs[2].verdict, RUN_INVALID);
    assert_int_equal(variant.runs[2].reason_count, 1);
    assert_string_equal(variant.runs[2].reasons[0].name, "no_repeat");
    assert_string_equal(variant.runs[2].reasons[0].sentence,
                        "no repeat of the group's first run, connections: 20 and 50; name such "
                        "runs one by one");
}

static void repeats_on_another_server_are_suspect(void **state)
{
    (void)state;
    add_run("g/1", 20);
    add_run("g/2", 20);
    add_run("g/3", 20);
    char *text = files_read(&files, "g/2/run.json");
    char *url = strstr(text, "http://h/a");
    url[7] = 'i';
    files_text(&files, "g/2/run.json", text);
    files_text(&files, "g/3/run.json", text);
    free(text);
    assert_int_equal(read_group("g"), 0);
    assert_int_equal(variant.runs[1].verdict, RUN_SUSPECT);
    assert_string_equal(variant.runs[1].reasons[0].sentence,
                        "perhaps no repeat of the group's first run, URL: http://h/a and "
                        "http://i/a");
    assert_int_equal(variant.runs[2].reason_count, 0); /* once is enough */
}

static void closed_and_open_are_no_repeats(void **state)
{
    (void)state;
    struct files_run run;
    files_write_run(&files, "g/1", 10);
    files_begin(&run, &files, "g/2");
    run.plan.loop = "open";
    files_end(&run, NULL);
    assert_int_equal(read_group("g"), -EINVAL);
    check_fault("holds runs of closed and of open loop");
}

static void what_holds_no_run_is_told(void **state)
{
    (void)state;
    assert_int_equal(read_group("g"), -EINVAL);
    check_fault("g is no run: it has no run.json, nor has a folder in it");
    assert_int_equal(read_group("none"), -ENOENT);
    check_fault("cannot read the run ");
    files_text(&files, "file", "");
    assert_int_equal(read_group("file"), -EINVAL);
    check_fault("file is a file, and a run is a folder: name the one it lies in");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_run_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_lost_its_document_is_not_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_no_second_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_that_are_no_repeats_are_blamed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeats_on_another_server_are_suspect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closed_and_open_are_no_repeats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_holds_no_run_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
