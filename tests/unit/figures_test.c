/* Which charts a report has, what their lines hold, and how gates are written. */
#include "figures.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct sample_plan open_loop = {"open", RUN_LOOP_OPEN, 40000, 0, 1.9e6, 0.4, 40, 0};
static const struct sample_plan closed_loop = {"closed", RUN_LOOP_CLOSED, 400, 0, 1.2e6, 0.3, 20, 0};
static const struct sample_plan failing = {"failing", RUN_LOOP_CLOSED, 0, 700, 1.2e6, 0.3, 20, 0};

static void a_curve_ends_where_fewer_than_ten_lie_beyond(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop, closed_loop};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_SPREAD)->chart;
    for (size_t k = 0; k < 2; k++) {
        const double count = k ? 400 : 40000;
        for (size_t i = 0; i < chart->points; i++) {
            const double rank = ceil(count * (1 - pow(10, -chart->at[i])) - 1e-6);
            assert_int_equal(isnan(chart->lines[k].y[i]), rank + 10 > count);
            if (i > 0 && !isnan(chart->lines[k].y[i]))
                assert_true(chart->lines[k].y[i] >= chart->lines[k].y[i - 1]);
        }
    }
    figures_free(&figures);
    sample_free(&report);
}

static void charts_without_a_number_are_left_out(void **state)
{
    (void)state;
    struct report report;
    struct figures figures;
    sample_fill(&report, &failing, 1);
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_null(figures_find(&figures, FIGURE_SPREAD));
    assert_null(figures_find(&figures, FIGURE_MEDIAN));
    assert_null(figures_find(&figures, FIGURE_TAIL));
    assert_non_null(figures_find(&figures, FIGURE_RATE));
    const struct figure *errors = figures_find(&figures, FIGURE_ERRORS);
    assert_non_null(errors);
    assert_string_equal(errors->chart.lines[0].name, "reset");
    figures_free(&figures);
    sample_free(&report);
}

static void only_an_open_loop_has_a_line_of_what_was_asked(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop, closed_loop};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_RATE)->chart;
    assert_int_equal(chart->line_count, 3);
    assert_true(chart->lines[0].dotted && !chart->lines[1].dotted && !chart->lines[2].dotted);
    assert_true(chart->lines[0].y[0] == 1000);
    assert_true(isnan(chart->lines[2].y[25])); /* the closed one lasted 20 s */
    figures_free(&figures);
    sample_free(&report);
}

/* A run of 2.5 s has a last bin of half a second; one of 2.1 s has none to speak of. */
static void a_rate_is_over_what_a_run_lasted(void **state)
{
    (void)state;
    const struct sample_plan plan = {"base", RUN_LOOP_CLOSED, 300, 0, 1e6, 0.3, 3, 0};
    struct report report;
    sample_fill(&report, &plan, 1);
    struct variant *variant = &report.variants[0];
    variant->runs[0].measure_ns = 2500 * NS_PER_MS;
    assert_true(figures_rate(variant, 0, 100, true) == 100);
    assert_true(figures_rate(variant, 2, 50, true) == 100);
    variant->runs[0].measure_ns = 2100 * NS_PER_MS;
    assert_true(isnan(figures_rate(variant, 2, 50, true)));
    variant->runs[0].grace_ns = 900 * NS_PER_MS;
    assert_true(figures_rate(variant, 2, 50, true) == 50);
    assert_true(isnan(figures_rate(variant, 2, 50, false)));
    sample_free(&report);
}

static void eight_runs_are_drawn_as_seven(void **state)
{
    (void)state;
    const struct sample_plan one = {"one", RUN_LOOP_CLOSED, 400, 3, 1.2e6, 0.3, 10, 0};
    const struct sample_plan plans[] = {one, one, one, one, one, one, one, one};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 8);
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_int_equal(figures_find(&figures, FIGURE_RATE)->chart.line_count, CHART_RUNS_MAX);
    assert_true(figures.count <= FIGURES_MAX);
    figures_free(&figures);
    sample_free(&report);
}

/* Runs of so different lengths that their bins differ share a time axis all the same. */
static void bins_of_two_lengths_share_an_axis(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop, closed_loop};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    report.variants[1].timeline.bin_ns = 10 * NS_PER_S;
    report.variants[1].runs[0].measure_ns = 200 * NS_PER_S;
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_TAIL)->chart;
    assert_true(chart->spans);
    assert_int_equal(chart->points, 40 + 20);
    size_t values = 0;
    for (size_t i = 0; i < chart->points; i++) {
        assert_true(i == 0 || chart->at[i] > chart->at[i - 1]);
        values += isnan(chart->lines[1].y[i]) ? 0 : 1;
    }
    assert_int_equal(values, 20);
    figures_free(&figures);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_curve_ends_where_fewer_than_ten_lie_beyond),
        cmocka_unit_test(charts_without_a_number_are_left_out),
        cmocka_unit_test(only_an_open_loop_has_a_line_of_what_was_asked),
        cmocka_unit_test(a_rate_is_over_what_a_run_lasted),
        cmocka_unit_test(eight_runs_are_drawn_as_seven),
        cmocka_unit_test(bins_of_two_lengths_share_an_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
