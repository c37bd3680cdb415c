/* JUnit: a case a gate, and its ending as CI servers count it. */
#include "junit.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char *text;
static size_t size;
static struct report report;

static int set_up(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {{"a\"<b>\001", RUN_LOOP_CLOSED, 100, 0, 1e6, 0.3, 2, 0}};
    static const enum gate_verdict verdicts[] = {GATE_PASS, GATE_FAIL, GATE_INCONCLUSIVE};
    sample_fill(&report, plans, 1);
    report.gates = calloc(3, sizeof *report.gates);
    report.results = calloc(3, sizeof *report.results);
    report.gate_count = report.result_count = 3;
    for (size_t i = 0; i < 3; i++) {
        strcpy(report.gates[i].text, "p95<=1ms");
        report.results[i].gate = i;
        report.results[i].verdict = verdicts[i];
        strcpy(report.results[i].sentence, "p95 & more");
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sample_free(&report);
    free(text);
    text = NULL;
    return 0;
}

static void check_holds(const char *part)
{
    if (!strstr(text, part))
        fail_msg("no %s in\n%s", part, text);
}

static void written(void)
{
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(junit_write(out, &report), 0);
    fclose(out);
}

static void every_gate_is_a_case(void **state)
{
    (void)state;
    written();
    check_holds("<testsuites name=\"tare-report\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">");
    check_holds("<testsuite name=\"a&quot;&lt;b&gt;\xef\xbf\xbd\" tests=\"3\"");
    check_holds("name=\"p95&lt;=1ms\"><system-out>p95 &amp; more</system-out></testcase>");
    check_holds("><failure message=\"p95 &amp; more\" type=\"gate\"/></testcase>");
    check_holds("><skipped message=\"p95 &amp; more\"/></testcase>");
}

static void an_open_gate_fails_where_it_was_asked_to(void **state)
{
    (void)state;
    report.inconclusive_fails = true;
    written();
    check_holds("tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\">");
}

static void distrust_is_an_error(void **state)
{
    (void)state;
    report.is_trusted = false;
    report.variants[0].verdict = RUN_INVALID;
    written();
    check_holds("<testsuites name=\"tare-report\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">");
    check_holds("<error message=\"not to be trusted\" type=\"distrust\">a&quot;&lt;b&gt;\xef\xbf\xbd is "
                "invalid\n</error>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_gate_is_a_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_gate_fails_where_it_was_asked_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(distrust_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
