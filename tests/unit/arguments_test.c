/* The command line is understood, or refused with cause and remedy. */
#include "arguments.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arguments arguments;
static struct fault fault;

/* Reads words that are separated by a blank; a ~ in them stands for one. */
static int read_line(const char *line)
{
    static char text[4096];
    static char *words[128];
    int count = 0;
    words[count++] = "tare-report";
    strcpy(text, line);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        for (char *c = at; *c; c++)
            *c = *c == '~' ? ' ' : *c;
        words[count++] = at;
    }
    words[count] = NULL;
    memset(&fault, 0, sizeof fault);
    return arguments_read(&arguments, count, words, &fault);
}

static void check_refused(const char *line, const char *cause)
{
    assert_int_equal(read_line(line), -EINVAL);
    if (!strstr(fault.text, cause))
        fail_msg("'%s': no \"%s\" in \"%s\"", line, cause, fault.text);
}

static void runs_and_defaults_are_read(void **state)
{
    (void)state;
    assert_int_equal(read_line("results/a results/b"), 0);
    assert_int_equal(arguments.what, ARGUMENTS_REPORT);
    assert_int_equal(arguments.run_count, 2);
    assert_string_equal(arguments.runs[0], "results/a");
    assert_string_equal(arguments.runs[1], "results/b");
    assert_null(arguments.output);
    assert_true(arguments.html && arguments.json && arguments.csv);
    assert_false(arguments.is_forced || arguments.inconclusive_fails);
}

static void options_stand_anywhere(void **state)
{
    (void)state;
    assert_int_equal(read_line("a --slo p95<=800~ms -o out b --force --slo=errors<=0.1% "
                               "--max-regression p95<=2x --inconclusive fail --format json,csv"),
                     0);
    assert_int_equal(arguments.run_count, 2);
    assert_string_equal(arguments.runs[1], "b");
    assert_string_equal(arguments.output, "out");
    assert_int_equal(arguments.gate_count, 3);
    assert_int_equal(arguments.gates[0].limit_ns, 800000000);
    assert_int_equal(arguments.gates[1].metric, GATE_ERRORS);
    assert_true(arguments.gates[2].is_regression);
    assert_true(arguments.is_forced && arguments.inconclusive_fails);
    assert_false(arguments.html);
    assert_true(arguments.json && arguments.csv);
    assert_int_equal(read_line("-- --force"), 0);
    assert_string_equal(arguments.runs[0], "--force");
}

static void help_and_version_need_no_run(void **state)
{
    (void)state;
    assert_int_equal(read_line("--help"), 0);
    assert_int_equal(arguments.what, ARGUMENTS_HELP);
    assert_int_equal(read_line("-h"), 0);
    assert_int_equal(read_line("--version"), 0);
    assert_int_equal(arguments.what, ARGUMENTS_VERSION);
    assert_non_null(strstr(arguments_help(), "--max-regression"));
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    check_refused("", "no run is named");
    check_refused("--nonsense a", "--nonsense is no option");
    check_refused("--force=1 a", "--force=1 is no option, or not one that takes a value");
    check_refused("-x a", "there is no option -x");
    check_refused("a -o", "-o lacks its value");
    check_refused("a --output=", "--output names no path");
    check_refused("a --slo", "--slo lacks its value");
    check_refused("a --slo p95", "the gate 'p95' has no limit");
    check_refused("a --format pdf", "--format does not know 'pdf'");
    check_refused("a --format html,", "--format does not know ''");
    check_refused("a --inconclusive maybe", "--inconclusive takes pass or fail, not 'maybe'");
    check_refused("a --max-regression p95<=2x", "--max-regression compares runs");
    check_refused("a --baseline=", "--baseline names no path");
    check_refused("a b --save-baseline x", "--save-baseline keeps one RUN, and 2 are named");
}

static void too_many_runs_and_gates_are_refused(void **state)
{
    (void)state;
    char line[4096] = "";
    for (unsigned i = 0; i <= REPORT_VARIANTS_MAX; i++)
        strcat(line, "a ");
    check_refused(line, "of which a report can hold 64");
    line[0] = '\0';
    for (unsigned i = 0; i <= GATES_MAX; i++)
        strcat(line, "--slo=p95<=1s ");
    check_refused(line, "more than 64 gates");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_defaults_are_read),
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(help_and_version_need_no_run),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(too_many_runs_and_gates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
