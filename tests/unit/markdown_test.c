/* The Markdown says the verdict first, leaves no name be markup, and stays within its size. */
#include "markdown.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char *text;
static size_t size;

static int tear_down(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    return 0;
}

static const char *written(const struct report *report)
{
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(markdown_write(out, report), 0);
    fclose(out);
    return text;
}

static void the_verdict_comes_first(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {
        {"base", RUN_LOOP_CLOSED, 20000, 0, 1e6, 0.3, 20, 0},
        {"other", RUN_LOOP_CLOSED, 20000, 0, 2e6, 0.3, 20, 0}};
    struct report report;
    sample_fill(&report, plans, 2);
    written(&report);
    assert_int_equal(strncmp(text, "## other is ", 12), 0);
    assert_null(strstr(text, "### Gates"));
    assert_non_null(strstr(text, "\n### other against base\n"));
    assert_non_null(strstr(text, "\n| p95 | 1.6"));
    assert_non_null(strstr(text, "| slower |\n"));
    assert_non_null(strstr(text, "\n- base: tare -c 64"));
    sample_free(&report);
}

static void check_escape(const char *from, const char *to)
{
    FILE *out = open_memstream(&text, &size);
    markdown_write_text(out, from);
    fclose(out);
    assert_string_equal(text, to);
    free(text);
    text = NULL;
}

static void text_is_no_markup(void **state)
{
    (void)state;
    check_escape("a|b`c`", "a\\|b\\`c\\`");
    check_escape("<b>&amp;", "&lt;b&gt;&amp;amp;");
    check_escape("*_~[x](y)#$", "\\*\\_\\~\\[x\\](y)\\#\\$");
    check_escape("a\r\nb\tc", "a  b c");
    check_escape("\033\xff\\", "\xef\xbf\xbd\xef\xbf\xbd\\\\");
    check_escape("http://www.a.b/c", "http\\://www\\.a.b/c");
    check_escape("runs: p95", "runs: p95");
    check_escape("@me :x:", "\\@me \\:x:");
}

/* As many runs, gates, targets and reasons as a report can hold, of names that grow most. */
static void the_largest_report_fits(void **state)
{
    (void)state;
    static struct gate gates[GATES_MAX];
    static struct sample_plan plans[REPORT_VARIANTS_MAX];
    static char name[400];
    struct report report;
    memset(name, '&', sizeof name - 1);
    for (size_t i = 0; i < REPORT_VARIANTS_MAX; i++)
        plans[i] = (struct sample_plan){name, RUN_LOOP_CLOSED, 100, 1, 1e6 + 1e4 * (double)i, 0.3, 2, 0};
    sample_fill(&report, plans, REPORT_VARIANTS_MAX);
    report.gates = calloc(GATES_MAX, sizeof *gates);
    report.gate_count = GATES_MAX;
    report.result_count = GATES_MAX * REPORT_VARIANTS_MAX;
    report.results = calloc(report.result_count, sizeof *report.results);
    for (size_t i = 0; i < GATES_MAX; i++)
        memset(report.gates[i].text, '&', GATE_TEXT_MAX - 1);
    for (size_t i = 0; i < report.result_count; i++) {
        report.results[i].gate = i % GATES_MAX;
        report.results[i].variant = i / GATES_MAX;
        memset(report.results[i].sentence, '&', GATE_WORDS_MAX - 1);
    }
    for (size_t i = 0; i < report.comparison_count; i++) {
        struct comparison *comparison = &report.comparisons[i];
        memset(comparison->sentence, '&', COMPARE_TEXT_MAX - 1);
        comparison->is_shown = true;
        comparison->refusal_count = COMPARE_REFUSALS_MAX;
        for (size_t k = 0; k < COMPARE_REFUSALS_MAX; k++)
            memset(comparison->refusals[k].sentence, '&', DIFFERENCES_TEXT_MAX - 1);
    }
    for (size_t i = 0; i < REPORT_VARIANTS_MAX; i++) {
        struct run *run = &report.variants[i].runs[0];
        run->reason_count = RUN_REASONS_MAX;
        for (size_t k = 0; k < RUN_REASONS_MAX; k++)
            memset(run->reasons[k].sentence, '&', RUN_TEXT_MAX - 1);
        free(run->command);
        run->command = calloc(1, 5000);
        memset(run->command, '&', 4999);
    }
    written(&report);
    if (size > MARKDOWN_MAX_BYTES)
        fail_msg("%zu bytes", size);
    assert_non_null(strstr(text, "3946 more are in `report.json`."));
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_verdict_comes_first, tear_down),
        cmocka_unit_test_teardown(text_is_no_markup, tear_down),
        cmocka_unit_test_teardown(the_largest_report_fits, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
