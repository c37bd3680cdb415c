/* The page as text: whole for every kind of report, silent to the network, and nobody's markup. */
#include "page.h"

#include "unit/sample_report.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct sample_plan base = {"base", RUN_LOOP_OPEN, 20000, 0, 1.9e6, 0.4, 60, 37};
static const struct sample_plan next = {"next", RUN_LOOP_CLOSED, 20000, 40, 1.2e6, 0.3, 50, 0};
static const struct sample_plan once = {"once", RUN_LOOP_CLOSED, 1, 0, 1.9e6, 0.3, 1, 0};
static const struct sample_plan gone = {"gone", RUN_LOOP_OPEN, 0, 300, 1.9e6, 0.3, 20, 0};
static const struct sample_plan none = {"none", RUN_LOOP_CLOSED, 0, 0, 1.9e6, 0.3, 0, 0};

static char *page_of(const struct report *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(page_write(out, report), 0);
    fclose(out);
    return text;
}

/* What stands between a page's `number`-th opening text and the closing one after it; to be freed. */
static char *between(const char *page, const char *open, const char *close, int number)
{
    const char *at = page;
    for (int i = 0; at && i <= number; i++) {
        at = strstr(at, open);
        at = at ? at + strlen(open) : NULL;
    }
    if (!at)
        return NULL;
    const char *end = strstr(at, close);
    assert_non_null(end);
    return strndup(at, (size_t)(end - at));
}

static void check_whole(const char *page)
{
    assert_int_equal(strncmp(page, "<!doctype html>", 15), 0);
    assert_non_null(strstr(page, "</html>\n"));
    assert_null(strstr(page, "{{")); /* a slot that nobody fills */
    char *body = between(page, "<main>", "</main>", 0);
    assert_null(strstr(body, "nan"));
    assert_null(strstr(body, "inf<"));
    assert_null(strstr(body, "(null)"));
    assert_null(strstr(body, "style="));
    assert_null(strstr(body, " us<"));
    free(body);
}

static void check_report(const struct sample_plan *plans, size_t count)
{
    struct report report;
    sample_fill(&report, plans, count);
    char *page = page_of(&report);
    check_whole(page);
    free(page);
    sample_free(&report);
}

static void every_kind_of_report_makes_a_whole_page(void **state)
{
    (void)state;
    const struct sample_plan all[] = {base, next, once, gone, none, base, next, once, gone};
    const struct sample_plan odd[][2] = {{gone, base}, {none, gone}, {base, none}, {once, once}};
    for (size_t count = 1; count <= sizeof all / sizeof all[0]; count++)
        check_report(all, count);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        check_report(odd[i], 2);
    for (size_t i = 1; i < 5; i++)
        check_report(&all[i], 1);
}

static void the_same_report_gives_the_same_bytes(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {base, next};
    struct report report;
    sample_fill(&report, plans, 2);
    char *first = page_of(&report);
    char *second = page_of(&report);
    assert_string_equal(first, second);
    free(first);
    free(second);
    sample_free(&report);
}

static void the_policy_names_each_style_and_script(void **state)
{
    (void)state;
    struct report report;
    sample_fill(&report, &base, 1);
    char *page = page_of(&report);
    char *policy = between(page, "Content-Security-Policy\" content=\"", "\"", 0);
    const char *const tags[][2] = {{"<style>", "</style>"}, {"<script>", "</script>"}};
    for (int i = 0; i < 7; i++) { /* two styles, five scripts */
        const int kind = i < 2 ? 0 : 1;
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned char text[EVP_MAX_MD_SIZE * 2];
        unsigned size;
        char *source = between(page, tags[kind][0], tags[kind][1], i - 2 * kind);
        assert_non_null(source);
        EVP_Digest(source, strlen(source), digest, &size, EVP_sha256(), NULL);
        EVP_EncodeBlock(text, digest, (int)size);
        assert_non_null(strstr(policy, (const char *)text));
        free(source);
    }
    assert_null(between(page, "<script>", "</script>", 5));
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_null(strstr(policy, "unsafe"));
    free(policy);
    free(page);
    sample_free(&report);
}

static void hostile_text_stays_text(void **state)
{
    (void)state;
    const char *evil = "</script><img src=x onerror=alert(1)>\"'&\xff\n";
    const struct sample_plan plans[] = {base, {evil, RUN_LOOP_OPEN, 900, 9, 1e6, 0.3, 60, 0}};
    struct report report;
    sample_fill(&report, plans, 2);
    struct run *run = &report.variants[1].runs[0];
    run->machine.cpu_model = run->machine.host = run->machine.kernel = evil;
    run->version = run->liburing = run->clock_source = run->limited_by = run->started_utc = evil;
    run->config.wait = run->config.arrivals = run->config.samples_text = evil;
    run->anomaly_count = 1;
    run->anomalies[0] = (struct run_anomaly){evil, 3};
    run->reason_count = 1;
    snprintf(run->reasons[0].sentence, sizeof run->reasons[0].sentence, "%s", evil);
    report.variants[1].verdict = RUN_INVALID;
    report.comparisons[0].differences.count = 1;
    snprintf(report.comparisons[0].differences.list[0].text, DIFFERENCES_TEXT_MAX, "%s", evil);
    char *page = page_of(&report);
    check_whole(page);
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "\xff"));
    char *data = between(page, "id=\"data\">", "</script>", 0);
    json_error_t error;
    json_t *json = json_loads(data, 0, &error);
    if (!json)
        fail_msg("%s at %d", error.text, error.position);
    assert_null(strchr(data, '<'));
    json_decref(json);
    free(data);
    free(page);
    sample_free(&report);
}

static void an_invalid_run_says_so_with_its_reasons(void **state)
{
    (void)state;
    struct report report;
    sample_fill(&report, &base, 1);
    report.variants[0].verdict = RUN_INVALID;
    report.variants[0].runs[0].reason_count = 1;
    snprintf(report.variants[0].runs[0].reasons[0].sentence, RUN_TEXT_MAX,
             "the clock was stepped by 3200 us");
    char *page = page_of(&report);
    assert_non_null(strstr(page, "<p class=\"alarm\">base is INVALID"));
    assert_non_null(strstr(page, "<strong class=\"invalid\">INVALID</strong>"));
    assert_non_null(strstr(page, "<li>the clock was stepped by 3200\u00a0µs</li>"));
    free(page);
    sample_free(&report);
}

static void what_is_not_comparable_is_refused_with_its_reason(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {base, next};
    struct report report;
    sample_fill(&report, plans, 2);
    struct comparison *comparison = &report.comparisons[0];
    comparison->is_comparable = comparison->is_shown = false;
    comparison->refusal_count = 1;
    snprintf(comparison->refusals[0].sentence, DIFFERENCES_TEXT_MAX, "connections: 16 and <2>");
    char *page = page_of(&report);
    assert_non_null(strstr(page, "<li>connections: 16 and &lt;2&gt;</li>"));
    assert_null(strstr(page, "<th scope=\"col\">change"));
    assert_null(strstr(page, "<svg class=\"forced\""));
    free(page);
    comparison->is_shown = true;
    snprintf(report.watermark, sizeof report.watermark, "forced: connections: 16 and 2");
    page = page_of(&report);
    assert_non_null(strstr(page, ">forced: connections: 16 and 2</p>"));
    assert_non_null(strstr(page, "<svg class=\"forced\""));
    assert_non_null(strstr(page, "<th scope=\"col\">change"));
    free(page);
    sample_free(&report);
}

static void gates_are_words_with_a_sign(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {base, next};
    struct report report;
    sample_fill(&report, plans, 2);
    report.gates = calloc(1, sizeof *report.gates);
    report.gate_count = 1;
    report.gates[0] = (struct gate){.metric = GATE_PERCENTILE, .relation = GATE_AT_MOST,
                                    .ppm = 990000, .limit_ns = 8 * NS_PER_MS, .series = -1};
    report.results = calloc(4, sizeof *report.results);
    report.result_count = 4;
    const enum gate_verdict verdicts[] = {GATE_FAIL, GATE_PASS, GATE_PASS, GATE_INCONCLUSIVE};
    for (size_t i = 0; i < 4; i++) {
        report.results[i].variant = i % 2;
        report.results[i].verdict = verdicts[i];
        report.results[i].at_risk = i == 2;
    }
    char *page = page_of(&report);
    assert_non_null(strstr(page, "<li class=\"fail\">✗ base: p99 ≤ 8\u00a0ms fails</li>"));
    assert_non_null(strstr(page, "<li class=\"pass\">✓ next: p99 ≤ 8\u00a0ms holds</li>"));
    assert_non_null(strstr(page, "<li class=\"risk\">! base: p99 ≤ 8\u00a0ms holds, at risk</li>"));
    assert_non_null(strstr(page, "<li class=\"risk\">? next: p99 ≤ 8\u00a0ms cannot be told</li>"));
    assert_non_null(strstr(page, ">SLO p99 ≤ 8\u00a0ms</text>"));
    free(page);
    sample_free(&report);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct report report;
    sample_fill(&report, &base, 1);
    FILE *full = fopen("/dev/full", "w");
    assert_int_equal(page_write(full, &report), -ENOSPC);
    fclose(full);
    sample_free(&report);
}

static void the_licence_of_uplot_is_on_the_page(void **state)
{
    (void)state;
    struct report report;
    sample_fill(&report, &once, 1);
    char *page = page_of(&report);
    assert_non_null(strstr(page, "The above copyright notice and this permission notice"));
    free(page);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_report_makes_a_whole_page),
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(the_policy_names_each_style_and_script),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(an_invalid_run_says_so_with_its_reasons),
        cmocka_unit_test(what_is_not_comparable_is_refused_with_its_reason),
        cmocka_unit_test(gates_are_words_with_a_sign),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(the_licence_of_uplot_is_on_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
