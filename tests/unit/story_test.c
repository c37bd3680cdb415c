/* Sentences are true: each rule of story.h, on reports that are made to meet it or to miss it. */
#include "story.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct sample_plan steady = {"base", RUN_LOOP_OPEN, 60000, 0, 1.9e6, 0.3, 60, 0};
static const struct sample_plan slowed = {"base", RUN_LOOP_OPEN, 60000, 0, 1.9e6, 0.3, 60, 37};
static const struct sample_plan faster = {"next", RUN_LOOP_OPEN, 60000, 0, 1.2e6, 0.3, 60, 0};

static void check_has(const struct story *story, const char *part)
{
    if (!strstr(story->text, part))
        fail_msg("no \"%s\" in \"%s\"", part, story->text);
}

static void check_has_not(const struct story *story, const char *part)
{
    if (strstr(story->text, part))
        fail_msg("\"%s\" in \"%s\"", part, story->text);
}

static void a_steady_run_is_called_steady(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    sample_fill(&report, &steady, 1);
    story_tell_time(&story, &report);
    check_has(&story, "base was steady, with p99 of a second between ");
    check_has(&story, "No request failed.");
    sample_free(&report);
}

static void slow_seconds_are_told_with_their_moment(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    sample_fill(&report, &slowed, 1);
    story_tell_time(&story, &report);
    check_has(&story, "p99 of base rose to ");
    check_has(&story, "for three seconds at 0:37; its median second has ");
    check_has_not(&story, "steady");
    check_has_not(&story, "stalled");
    sample_free(&report);
}

static void a_stall_is_told_and_counted(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    sample_fill(&report, &steady, 1);
    struct time_bin *bins = report.variants[0].timeline.bins;
    bins[20].done = bins[20].latency_count = 0;
    bins[21].done = 10; /* of about a thousand */
    bins[40].done = 0;
    story_tell_time(&story, &report);
    check_has(&story, "base stalled for two seconds at 0:20 and one more time.");
    sample_free(&report);
}

/* In a trickle of requests an empty second is no stall. */
static void a_trickle_does_not_stall(void **state)
{
    (void)state;
    const struct sample_plan trickle = {"base", RUN_LOOP_OPEN, 180, 0, 1.9e6, 0.3, 60, 0};
    struct report report;
    struct story story;
    sample_fill(&report, &trickle, 1);
    report.variants[0].timeline.bins[20].done = 0;
    story_tell_time(&story, &report);
    check_has_not(&story, "stalled");
    check_has(&story, "Where a second has fewer than 100 requests");
    sample_free(&report);
}

static void warm_up_is_no_part_of_the_course(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    sample_fill(&report, &steady, 1);
    report.variants[0].runs[0].warmup_ns = 3 * NS_PER_S;
    report.variants[0].runs[0].measure_ns = 57 * NS_PER_S;
    for (size_t i = 0; i < 3; i++)
        report.variants[0].timeline.bins[i].p99_ns = NS_PER_S;
    story_tell_time(&story, &report);
    check_has(&story, "base was steady");
    sample_free(&report);
}

static void failures_are_told_with_the_first(void **state)
{
    (void)state;
    const struct sample_plan failing = {"base", RUN_LOOP_OPEN, 60000, 120, 1.9e6, 0.3, 60, 0};
    struct report report;
    struct story story;
    sample_fill(&report, &failing, 1);
    story_tell_time(&story, &report);
    check_has(&story, "requests of base did not succeed, the first at 0:03.");
    check_has_not(&story, "No request failed");
    story_tell_lead(&story, &report);
    check_has(&story, "120 of 60,120 requests of base were not answered within --timeout.");
    story_tell_outcomes(&story, &report);
    check_has(&story, "60,000 of 60,120 requests of base succeeded.");
    sample_free(&report);
}

static void failures_of_the_warm_up_are_told_as_such(void **state)
{
    (void)state;
    struct report report;
    struct story story;
    sample_fill(&report, &steady, 1);
    report.variants[0].runs[0].warmup_ns = 3 * NS_PER_S;
    report.variants[0].timeline.bins[1].outcomes[OUTCOME_RESET] = 1;
    story_tell_time(&story, &report);
    check_has(&story, "1 request of base, warm-up included, did not succeed, the first at 0:01.");
    sample_free(&report);
}

/* Ten runs that failed filled the text, which then ended within a word. */
static void of_many_runs_three_are_named(void **state)
{
    (void)state;
    const struct sample_plan failing = {"failing", RUN_LOOP_CLOSED, 6000, 120, 1.9e6, 0.3, 60, 20};
    struct sample_plan plans[10];
    struct report report;
    struct story story;
    for (size_t i = 0; i < 10; i++)
        plans[i] = failing;
    sample_fill(&report, plans, 10);
    story_tell_lead(&story, &report);
    check_has(&story, "requests of failing were not answered within --timeout. The tables tell of seven "
                      "more runs.");
    story_tell_time(&story, &report);
    check_has(&story, "The tables tell of seven more runs.");
    assert_true(strlen(story.text) < 1000);
    story_tell_outcomes(&story, &report);
    check_has(&story, "The tables tell of seven more runs.");
    sample_free(&report);
}

static void the_lead_says_how_far_the_difference_holds(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {steady, faster};
    struct report report;
    struct story story;
    sample_fill(&report, plans, 2);
    story_tell_lead(&story, &report);
    check_has(&story, "Against base, next is faster from p50 to p99.9; beyond p99.9 too few requests "
                      "were seen to tell. This holds within these two runs, 19 times in 20; ");
    check_has(&story, " No request failed. The generator is not to blame: at the median it took at most ");
    report.variants[1].verdict = RUN_SUSPECT;
    story_tell_lead(&story, &report);
    check_has(&story, " next is suspect, for the reason that stands with it. At the median");
    report.variants[0].verdict = RUN_INVALID;
    story_tell_lead(&story, &report);
    check_has(&story, " The generator is to blame for some of it: base is invalid. At the median");
    sample_free(&report);
}

/* Of groups the runs are the units, and chance has a number. */
static void the_lead_says_how_sure_it_is(void **state)
{
    (void)state;
    const struct sample_plan plans[] = {steady, faster};
    struct report report;
    struct story story;
    sample_fill(&report, plans, 2);
    struct comparison *comparison = &report.comparisons[0];
    comparison->basis = CONTRAST_GROUPS;
    comparison->headline.contrast.p = 0.00004;
    comparison->headline.contrast.p_rank = 0.008;
    comparison->headline.contrast.quality = INTERVAL_GOOD;
    report.variants[0].run_count = report.variants[1].run_count = 5;
    story_tell_lead(&story, &report);
    check_has(&story, "Of five runs against five, so large a difference would show by chance in fewer "
                      "than one of 1,000 comparisons, and their ranks agree.");
    comparison->headline.contrast.p = 0.31;
    comparison->headline.contrast.is_doubted = true;
    comparison->headline.contrast.quality = INTERVAL_FAIR;
    story_tell_lead(&story, &report);
    check_has(&story, "would show by chance in 31 of 100 comparisons; their ranks disagree, so that it "
                      "hangs on few of the runs; fewer than 5 runs a side are little to go by.");
    report.variants[0].run_count = report.variants[1].run_count = 1;
    sample_free(&report);
}

/* Makes the latency of a run rise while it lasts, from `from_ns` by as much again `folds` times. */
static void make_rise(struct variant *variant, double from_ns, double folds)
{
    for (size_t b = 0; b < SCATTER_BLOCKS; b++)
        blocks_put(&variant->total, variant->latency, b,
                   (int64_t)(from_ns * (1 + folds * (double)b / SCATTER_BLOCKS)), 100000);
    blocks_finish(&variant->total, variant->latency);
}

/* What a figure depends on stands beside the headline, not only far below. */
static void a_drift_is_told_in_the_lead_and_over_time(void **state)
{
    (void)state;
    struct story story;
    const struct sample_plan plans[] = {{"base", RUN_LOOP_OPEN, 20000, 0, 1.9e6, 0.4, 60, 0},
                                        {"next", RUN_LOOP_OPEN, 20000, 0, 1.8e6, 0.4, 60, 0}};
    struct report report;
    sample_fill(&report, plans, 2);
    story_tell_lead(&story, &report);
    check_has_not(&story, "drifted");
    make_rise(&report.variants[1], 1e6, 0.5);
    story_tell_lead(&story, &report);
    check_has(&story, " next drifted: its median rose by 22 % from its first half to its second, so");
    check_has_not(&story, "base drifted");
    story_tell_time(&story, &report);
    check_has(&story, "The median of next rose by 22 %");
    make_rise(&report.variants[0], 1e6, 40);
    story_tell_lead(&story, &report);
    check_has(&story, " base drifted: its median rose 2.9-fold from");
    sample_free(&report);
}

static void a_difference_that_turns_is_told_in_parts(void **state)
{
    (void)state;
    const struct sample_plan wide = {"next", RUN_LOOP_OPEN, 60000, 0, 1.2e6, 0.9, 60, 0};
    const struct sample_plan plans[] = {steady, wide};
    struct report report;
    struct story story;
    sample_fill(&report, plans, 2);
    story_tell_lead(&story, &report);
    check_has(&story, "next is faster ");
    check_has(&story, ", slower from ");
    sample_free(&report);
}

static void one_request_and_none_are_told_as_such(void **state)
{
    (void)state;
    const struct sample_plan one = {"base", RUN_LOOP_CLOSED, 1, 0, 1.9e6, 0.3, 1, 0};
    const struct sample_plan none = {"base", RUN_LOOP_CLOSED, 0, 0, 1.9e6, 0.3, 0, 0};
    struct report report;
    struct story story;
    sample_fill(&report, &one, 1);
    story_tell_lead(&story, &report);
    check_has(&story, "Too few requests succeeded to speak of percentiles.");
    story_tell_spread(&story, &report);
    check_has(&story, "The one request of base that succeeded took ");
    story_tell_outcomes(&story, &report);
    check_has(&story, "The one request of base succeeded.");
    sample_free(&report);
    sample_fill(&report, &none, 1);
    story_tell_lead(&story, &report);
    check_has(&story, "No request was measured.");
    check_has_not(&story, "No request failed");
    story_tell_spread(&story, &report);
    check_has(&story, "No request of base succeeded.");
    story_tell_time(&story, &report);
    story_tell_outcomes(&story, &report);
    check_has(&story, "base measured no request.");
    /* Of a run that was killed while it thinned its rows, the throughput is known and nothing else. */
    report.variants[0].total.done = 7;
    story_tell_lead(&story, &report);
    check_has(&story, "No latency is known.");
    story_tell_spread(&story, &report);
    check_has(&story, "No latency of base is known.");
    story_tell_outcomes(&story, &report);
    check_has(&story, "How the requests of base ended is not known.");
    story_tell_weight(&story, &report);
    sample_free(&report);
}

static void the_spread_speaks_as_deep_as_it_can(void **state)
{
    (void)state;
    const struct sample_plan few = {"base", RUN_LOOP_CLOSED, 400, 0, 480e6, 0.3, 10, 0};
    struct report report;
    struct story story;
    sample_fill(&report, &few, 1);
    assert_int_equal(story_deepest_ppm(report.variants, 1), 950000);
    story_tell_spread(&story, &report);
    check_has(&story, "Half of the requests of base took ");
    check_has(&story, "; one in twenty took longer than ");
    sample_free(&report);
}

static void numbers_up_to_ten_are_words(void **state)
{
    (void)state;
    char text[UNITS_TEXT_MAX];
    assert_string_equal(story_number(1, text), "one");
    assert_string_equal(story_number(10, text), "ten");
    assert_string_equal(story_number(1234, text), "1,234");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_run_is_called_steady),
        cmocka_unit_test(slow_seconds_are_told_with_their_moment),
        cmocka_unit_test(a_stall_is_told_and_counted),
        cmocka_unit_test(a_trickle_does_not_stall),
        cmocka_unit_test(warm_up_is_no_part_of_the_course),
        cmocka_unit_test(failures_are_told_with_the_first),
        cmocka_unit_test(failures_of_the_warm_up_are_told_as_such),
        cmocka_unit_test(of_many_runs_three_are_named),
        cmocka_unit_test(the_lead_says_how_far_the_difference_holds),
        cmocka_unit_test(the_lead_says_how_sure_it_is),
        cmocka_unit_test(a_drift_is_told_in_the_lead_and_over_time),
        cmocka_unit_test(a_difference_that_turns_is_told_in_parts),
        cmocka_unit_test(one_request_and_none_are_told_as_such),
        cmocka_unit_test(the_spread_speaks_as_deep_as_it_can),
        cmocka_unit_test(numbers_up_to_ten_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
