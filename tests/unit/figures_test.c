/* Which charts a report has, and what their lines hold. */
#include "figures.h"

#include "worth.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct sample_plan open_loop = {"open", RUN_LOOP_OPEN, 40000, 0, 1.9e6, 0.4, 40, 0};
static const struct sample_plan closed_loop = {"closed", RUN_LOOP_CLOSED, 400, 0, 1.2e6, 0.3, 20, 0};
static const struct sample_plan failing = {"failing", RUN_LOOP_CLOSED, 0, 700, 1.2e6, 0.3, 20, 0};

/* Every point is drawn as what its interval is worth: solid, dashed, or not at all. */
static void a_curve_is_dashed_where_fair_and_ends_where_unresolved(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop, closed_loop};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *chart = &figures_find(&figures, FIGURE_SPREAD)->chart;
    for (size_t k = 0; k < 2; k++) {
        const struct variant *variant = &report.variants[k];
        const struct chart_line *line = &chart->lines[k];
        size_t last = 0;
        assert_true(line->has_doubt);
        for (size_t i = 0; i < chart->points; i++) {
            struct interval worth;
            worth_percentile(&worth, &variant->total, variant->latency, 1 - pow(10, -chart->at[i]));
            const double rank =
                ceil((double)variant->total.requests * (1 - pow(10, -chart->at[i])) - 1e-6);
            const bool is_drawn = worth.quality >= INTERVAL_FAIR &&
                                  rank + 10 <= (double)variant->total.requests;
            assert_int_equal(!isnan(line->y[i]), is_drawn);
            assert_int_equal(!isnan(line->low[i]), is_drawn);
            if (!is_drawn)
                continue;
            assert_true(line->low[i] == worth.low && line->high[i] == worth.high);
            assert_true(line->low[i] <= line->y[i] && line->y[i] <= line->high[i]);
            if (i >= line->solid_from && i <= line->solid_to)
                assert_int_equal(worth.quality, INTERVAL_GOOD);
            last = i;
        }
        assert_true(line->solid_to > line->solid_from && line->solid_to < last);
    }
    figures_free(&figures);
    sample_free(&report);
}

static void ratios_and_shares_are_those_of_the_report(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop,
                                        {"half", RUN_LOOP_OPEN, 40000, 0, 0.95e6, 0.4, 40, 0}};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *ratio = &figures_find(&figures, FIGURE_RATIO)->chart;
    for (size_t i = 0; i < ratio->points; i++) {
        struct contrast contrast;
        compare_percentiles(&contrast, &report.variants[0], &report.variants[1],
                            1 - pow(10, -ratio->at[i]));
        if (isnan(ratio->lines[0].y[i]))
            continue;
        assert_true(ratio->lines[0].y[i] == contrast.change && fabs(contrast.change - 0.5) < 0.15);
        assert_true(ratio->lines[0].low[i] == contrast.low && ratio->lines[0].high[i] == contrast.high);
    }
    /* Where a change does not matter: 5 % up to p90, 7 % up to p99, 10 % up to p99.9. */
    assert_in_range(ratio->strip_count, 2, 4);
    assert_true(ratio->strips[0].from == ratio->at[0] && ratio->strips[0].to == 1);
    assert_true(ratio->strips[0].high == 1.05 && ratio->strips[0].low == 1 / 1.05);
    assert_true(ratio->strips[1].from == 1 && fabs(ratio->strips[1].high - 1.07) < 1e-9);
    assert_true(ratio->strips[ratio->strip_count - 1].to == ratio->at[ratio->points - 1]);
    assert_true(compare_margin_at(0.01) == 5 && compare_margin_at(0.99) == 10);
    assert_true(compare_margin_at(0.9999999) == 20 && compare_margin_at(0.899) == 5);
    assert_true(ratio->x.high == figures_find(&figures, FIGURE_SPREAD)->chart.x.high);
    const struct chart *share = &figures_find(&figures, FIGURE_SHARE)->chart;
    const int64_t median = distribution_at_ppm(variant_latency(&report.variants[1]), 500000);
    assert_int_equal(share->line_count, 2);
    for (size_t i = 1; i < share->points; i++) {
        assert_true(share->lines[1].y[i] >= share->lines[1].y[i - 1]);
        if (share->at[i - 1] < (double)median * 0.99 && share->at[i] > (double)median * 1.01)
            assert_true(share->lines[1].y[i - 1] < 0.5 && share->lines[1].y[i] > 0.5);
    }
    assert_true(share->lines[1].y[share->points - 1] == 1);
    report.comparisons[0].is_shown = false; /* refused: no difference is drawn */
    figures_free(&figures);
    assert_int_equal(figures_init(&figures, &report), 0);
    assert_null(figures_find(&figures, FIGURE_RATIO));
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
    const struct figure *last = figures_find(&figures, FIGURE_ERRORS) + 1; /* the second run's */
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
    assert_true(figures_find(&figures, FIGURE_ERRORS)[1].chart.shaded_to == 0);
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

/* Shares of one CPU in percent, and memory in MB; the busiest thread where there are several. */
static void what_was_taken_is_drawn_where_somebody_watched(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {open_loop, closed_loop};
    struct report report;
    struct figures figures;
    sample_fill(&report, plans, 2);
    report.variants[1].runs[0].config.threads = 2;
    memset(report.variants[0].timeline.bins[3].uses, 0, sizeof(struct time_use) * TIME_USERS);
    assert_int_equal(figures_init(&figures, &report), 0);
    const struct chart *cpu = &figures_find(&figures, FIGURE_CPU)->chart;
    const struct chart *rate = &figures_find(&figures, FIGURE_RATE)->chart;
    assert_ptr_equal(cpu->at, rate->at);
    assert_int_equal(cpu->line_count, 3);
    assert_true(cpu->lines[1].dotted && cpu->lines[1].run == 1);
    assert_true(fabs(cpu->lines[0].y[0] - 50) < 1e-9);
    assert_true(fabs(cpu->lines[0].y[5] - 50.0005) < 1e-9);
    assert_true(isnan(cpu->lines[0].y[3]));
    assert_true(fabs(cpu->lines[1].y[0] - 100.0 / 3) < 1e-6);
    const struct chart *memory = &figures_find(&figures, FIGURE_SERVER_MEMORY)->chart;
    assert_true(fabs(memory->lines[1].y[2] - 11.002) < 1e-9);
    assert_null(figures_find(&figures, FIGURE_STEAL));
    figures_free(&figures);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_taken_is_drawn_where_somebody_watched),
        cmocka_unit_test(a_curve_is_dashed_where_fair_and_ends_where_unresolved),
        cmocka_unit_test(ratios_and_shares_are_those_of_the_report),
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
