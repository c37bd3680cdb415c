/* What the page says and draws of a machine's scale: its words, its band, its table, its JSON. */
#include "figures.h"
#include "json.h"
#include "page.h"
#include "story.h"

#include "unit/sample_report.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct sample_plan plans[] = {{"base", RUN_LOOP_CLOSED, 20000, 0, 28000, 0.3, 10, 0},
                                           {"other", RUN_LOOP_OPEN, 20000, 0, 30000, 0.3, 10, 0}};

static const struct scale weighed = {.is_known = true,
                                     .weighed_utc = "2026-11-20T12:04:00Z",
                                     .took_ns = 7340 * NS_PER_MS,
                                     .clock_ns = 22.7,
                                     .nop_ns = 191,
                                     .nop_batch_ns = 72.6,
                                     .connections = 64,
                                     .request_ns = 4630,
                                     .request_bare_ns = 4330,
                                     .rate_per_s = 198195,
                                     .busy_share = 0.98,
                                     .lag_rate_per_s = 20000,
                                     .send_lag = {{20000, 100, 300, 12100},
                                                  {20000, 200, 900, 14000},
                                                  {5000, 23000, 90000, 2200000}},
                                     .stamps = {20000, 2900, 3100, 3500},
                                     .single = {20000, 2901, 5200, 9900},
                                     .server = {10000, 13800, 25000, 90000},
                                     .server_delay_ns = NS_PER_MS};

static void fill(struct report *report, size_t count)
{
    sample_fill(report, plans, count);
    for (size_t i = 0; i < count; i++)
        report->variants[i].runs[0].scale = weighed;
}

static char *page_of(const struct report *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(page_write(out, report), 0);
    fclose(out);
    return text;
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    while ((text = strstr(text, part))) {
        count++;
        text++;
    }
    return count;
}

static void check_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%s is not in:\n%.9000s", part, text);
}

static void without_a_calibration_nothing_is_said(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    struct figures figures;
    sample_fill(&report, plans, 2);
    story_tell_scale(&story, &report);
    assert_string_equal(story.text, "");
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_null(figures_find(&figures, FIGURE_SCALE));
    char *page = page_of(&report);
    assert_null(strstr(page, "What it errs by"));
    assert_null(strstr(page, "class=\"floor"));
    free(page);
    figures_free(&figures);
    sample_free(&report);
}

static void the_words_say_whose_word_it_is_and_what_lies_within(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    fill(&report, 2);
    story_tell_scale(&story, &report);
    check_has(story.text, "Weighed against the kernel's transmit stamps with nothing else to do, service "
                          "time was too long by 2.90 us at p50, 3.10 us at p99 and 3.50 us at p99.9. "
                          "The grey band is that: a difference between runs that is no larger means "
                          "nothing.");
    check_has(story.text, " The service times of base and other lie closer together than that at p50: "
                          "this scale cannot tell them apart there."); /* 28 and 30 us */
    report.variants[0].runs[0].scale.stamps.p50_ns = 1000; /* nearer than they are */
    report.variants[1].runs[0].scale.stamps = weighed.stamps;
    report.variants[1].runs[0].scale.stamps.p50_ns = 1100;
    report.variants[1].runs[0].scale.took_ns++; /* another calibration */
    story_tell_scale(&story, &report);
    check_has(story.text, "too long by at most 1.10 us at p50");
    assert_null(strstr(story.text, "closer together"));
    report.variants[0].runs[0].scale.stamps.count = 0;
    story_tell_scale(&story, &report);
    check_has(story.text, "Weighed against a server's own word");
    check_has(story.text, "at most 13.8 us at p50, 25.0 us at p99 and 90.0 us at p99.9, the loopback and "
                          "that server's lateness included.");
    check_has(story.text, "closer together than that at p50 and p99");
    sample_free(&report);
}

/* The floor goes through what is known, and ends where nobody knows more. */
static void the_band_goes_through_what_was_weighed(void **state)
{
    (void)state;
    struct report report;
    struct figures figures;
    fill(&report, 2);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_SCALE)->chart;
    assert_int_equal(chart->line_count, 2);
    assert_non_null(chart->floor);
    bool ended = false;
    for (size_t i = 0; i < chart->points; i++) {
        const double at = chart->at[i];
        if (at <= axis_percentile(0.5))
            assert_true(chart->floor[i] == 2900);
        if (fabs(at - 2) < 1e-9)
            assert_true(fabs(chart->floor[i] - 3100) < 1e-6);
        if (fabs(at - 3) < 1e-9)
            assert_true(fabs(chart->floor[i] - 3500) < 1e-6);
        assert_int_equal(isnan(chart->floor[i]), at > 3 + 1e-9);
        ended = ended || isnan(chart->floor[i]);
    }
    assert_true(ended); /* 20,000 requests have a curve beyond p99.9 */
    assert_true(chart->y.low <= 2900 / 2);
    const double curve = chart->lines[0].y[0]; /* service time, of the open loop too */
    assert_true(curve > 2900 && curve < 28000);
    figures_free(&figures);
    sample_free(&report);
}

static void an_error_of_nothing_is_drawn_too(void **state)
{
    (void)state;
    struct report report;
    struct figures figures;
    fill(&report, 1);
    report.variants[0].runs[0].scale.stamps = (struct scale_spread){20000, 0, -5, 3};
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_SCALE)->chart;
    assert_true(chart->floor[0] == 1);
    assert_true(chart->y.low > 0);
    figures_free(&figures);
    sample_free(&report);
}

static void the_page_draws_and_tables_it(void **state)
{
    (void)state;
    struct report report;
    fill(&report, 2);
    char *page = page_of(&report);
    check_has(page, "<h3>What it errs by on its machine</h3>");
    check_has(page, "<path class=\"floor\" fill=\"#e3e7ec\" d=\"M");
    check_has(page, "<text class=\"floor-text\" x=\"6\" y=\"192\">what the scale itself errs by</text>");
    check_has(page, "\"floor\":{\"text\":\"what the scale itself errs by\",\"y\":[2900,");
    check_has(page, "\"id\":\"scale\"");
    check_has(page, "service time, too long by<td>2.90\u00a0µs<td>3.10\u00a0µs<td>3.50\u00a0µs");
    check_has(page, "send lag, block, at 20,000/s<td>23.0\u00a0µs<td>90.0\u00a0µs<td class=\"thin\">"
                    "2.20\u00a0ms, thin");
    check_has(page, "A request cost 4.63\u00a0µs of CPU (4.33\u00a0µs without rows); one thread reached "
                    "198,195/s over 64 connections. A reading of the clock took 22.7&nbsp;ns, a NOP "
                    "through the ring 191&nbsp;ns alone and 72.6&nbsp;ns with seven others. Weighed on "
                    "2026-11-20 at 12:04 UTC, in 7.34\u00a0s.");
    assert_int_equal(count_of(page, "service time, too long by"), 1); /* one calibration, one table */
    free(page);
    report.variants[1].runs[0].scale.weighed_utc = "2026-11-21T12:04:00Z";
    report.variants[1].runs[0].scale.waited_share = 0.125;
    page = page_of(&report);
    assert_int_equal(count_of(page, "service time, too long by"), 2);
    check_has(page, "<summary>other as a table");
    check_has(page, "; others kept it from its CPU for 12.5\u00a0% of the time, which these figures hold.");
    free(page);
    sample_free(&report);
}

static void json_has_it_or_null(void **state)
{
    (void)state;
    struct report report;
    char *text = NULL;
    size_t size = 0;
    fill(&report, 2);
    report.variants[1].runs[0].scale = (struct scale){.is_known = false};
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(json_write(out, &report), 0);
    fclose(out);
    json_t *document = json_loads(text, 0, NULL);
    const json_t *runs = json_object_get(document, "runs");
    const json_t *first = json_array_get(json_object_get(json_array_get(runs, 0), "folders"), 0);
    const json_t *second = json_array_get(json_object_get(json_array_get(runs, 1), "folders"), 0);
    const json_t *weight = json_object_get(first, "weight");
    const json_t *error = json_object_get(weight, "service_error");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(error, "stamps"), "p99.9_ns")), 3500);
    assert_string_equal(json_string_value(json_object_get(weight, "weighed_utc")),
                        "2026-11-20T12:04:00Z");
    assert_true(json_is_null(json_object_get(second, "weight")));
    json_decref(document);
    free(text);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_calibration_nothing_is_said),
        cmocka_unit_test(the_words_say_whose_word_it_is_and_what_lies_within),
        cmocka_unit_test(the_band_goes_through_what_was_weighed),
        cmocka_unit_test(an_error_of_nothing_is_drawn_too),
        cmocka_unit_test(the_page_draws_and_tables_it),
        cmocka_unit_test(json_has_it_or_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
