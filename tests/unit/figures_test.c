/* Which charts a report has, and what their lines hold. */
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

/* What failed at the very end, in a bin that the run hardly touched, was on no chart. */
static void failures_of_the_last_moment_are_drawn(void **state)
{
    (void)state;
    const struct sample_plan plan = {"base", RUN_LOOP_CLOSED, 300, 0, 1e6, 0.3, 4, 0};
    struct report report;
    struct figures figures;
    sample_fill(&report, &plan, 1);
    struct variant *variant = &report.variants[0];
    variant->runs[0].measure_ns = 3010 * NS_PER_MS;
    variant->timeline.bins[3].outcomes[OUTCOME_UNSENT] = 419;
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_ERRORS)->chart;
    assert_int_equal(chart->points, 4);
    assert_true(chart->lines[0].y[3] == 419 && chart->lines[0].y[2] == 0);
    assert_true(chart->x.high >= chart->at[3]);
    assert_int_equal(figures_find(&figures, FIGURE_RATE)->chart.points, 3);
    figures_free(&figures);
    sample_free(&report);
}

/* Seconds beside stretches of ten: a stack that had both runs' moments fell to 0 at the other's. */
static void a_stack_has_its_own_moments(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {{"short", RUN_LOOP_CLOSED, 300, 30, 1e6, 0.3, 20, 0},
                                        {"long", RUN_LOOP_CLOSED, 300, 30, 1e6, 0.3, 70, 0}};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    report.variants[1].timeline.bin_ns = 10 * NS_PER_S;
    report.variants[1].runs[0].measure_ns = 700 * NS_PER_S;
    for (size_t i = 0; i < 70; i++)
        report.variants[1].timeline.bins[i].outcomes[OUTCOME_RESET] = 50;
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct figure *last = &figures.list[figures.count - 1];
    assert_int_equal(last->kind, FIGURE_ERRORS);
    assert_int_equal(last->chart.points, 70);
    for (size_t i = 0; i < 70; i++) {
        assert_true(last->chart.at[i] == 10.0 * (double)i + 5);
        assert_true(last->chart.lines[0].y[i] == 5);
    }
    assert_non_null(strstr(figures_find(&figures, FIGURE_TAIL)->title, "in each run's stretches"));
    figures_free(&figures);
    sample_free(&report);
}

static void warm_ups_that_differ_are_told(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {{"a", RUN_LOOP_CLOSED, 300, 30, 1e6, 0.3, 20, 0},
                                        {"b", RUN_LOOP_CLOSED, 300, 30, 1e6, 0.3, 20, 0}};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    report.variants[0].runs[0].warmup_ns = 2 * NS_PER_S;
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_non_null(strstr(figures_find(&figures, FIGURE_RATE)->title, "; grey: the longest warm-up"));
    assert_true(figures_find(&figures, FIGURE_ERRORS)->chart.shaded_to == 2);
    assert_true(figures.list[figures.count - 1].chart.shaded_to == 0);
    figures_free(&figures);
    report.variants[1].runs[0].warmup_ns = 2 * NS_PER_S;
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_non_null(strstr(figures_find(&figures, FIGURE_RATE)->title, "; grey: warm-up"));
    figures_free(&figures);
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
        cmocka_unit_test(failures_of_the_last_moment_are_drawn),
        cmocka_unit_test(a_stack_has_its_own_moments),
        cmocka_unit_test(warm_ups_that_differ_are_told),
        cmocka_unit_test(eight_runs_are_drawn_as_seven),
        cmocka_unit_test(bins_of_two_lengths_share_an_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
