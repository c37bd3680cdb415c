/* The answer of a search in words. */
#include "find_rate_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct goal goals[2];
    struct config config;
    struct find_rate search;
};

static int set_up(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    char error[GOAL_ERROR_MAX];
    assert_true(goal_parse("p99<=10ms", &r->goals[0], error));
    assert_true(goal_parse("p50<2ms", &r->goals[1], error));
    r->config = (struct config){
        .goals = r->goals, .goals_count = 2, .connections = 64, .duration_ns = 2 * NS_PER_S};
    r->search.config = &r->config;
    r->search.idle_ns = 2 * NS_PER_MS;
    r->search.state = FIND_RATE_COMPLETE;
    strcpy(r->search.folder.path, "results/x");
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* Searches a server of a capacity, before a generator that gets no further than `most`, if it is
 * not 0; or whose runs there are not valid. */
static void seek(struct room *r, double start, double capacity, double most, bool is_invalid)
{
    struct find_rate *search = &r->search;
    const uint64_t start_milli = (uint64_t)(start * 1000);
    const struct search_setup setup = {.start_milli = start_milli,
                                       .floor_milli = start_milli < 100000 ? start_milli : 100000,
                                       .max_milli = 100000 * 1000000ull,
                                       .steps_max = LIMIT_SEARCH_STEPS_MAX};
    struct search_step asked;
    search_start(&search->search, &setup);
    search->steps_count = 0;
    while (search_next(&search->search, &asked)) {
        const double rate = (double)asked.rate_milli / 1000;
        struct find_rate_step *step = &search->steps[search->steps_count++];
        *step = (struct find_rate_step){.asked = asked, .is_judged = true, .is_idle = true};
        step->outcome = most > 0 && rate > most ? (is_invalid ? SEARCH_INVALID : SEARCH_LIMITED)
                        : rate <= capacity      ? SEARCH_HOLDS
                                                : SEARCH_FAILS;
        step->goals[0].allowed = step->goals[1].allowed = 100;
        snprintf(step->folder, sizeof step->folder, "%02u-%.0f", search->steps_count, rate);
        search_add(&search->search, asked.rate_milli, step->outcome);
    }
}

static void expect(const struct room *r, const char *expected)
{
    char text[FIND_RATE_SENTENCE_MAX];
    find_rate_answer(&r->search, text);
    assert_string_equal(text, expected);
}

static void the_answer_says_what_is_known(void **state)
{
    struct room *r = *state;
    seek(r, 100, 1990, 0, false);
    expect(r, "the highest rate that held: 1,980/s (between 1,980 and 2,000/s)");
    seek(r, 10, 12.7, 0, false);
    expect(r, "the highest rate that held: 12.7/s (between 12.7 and 12.9/s)");
    seek(r, 100, 50, 0, false);
    expect(r, "even 100/s did not hold");
    seek(r, 100, 1e7, 7000, false);
    expect(r, "every rate up to 6,400/s held; the generator was at its limit at 12,800/s");
    seek(r, 100, 1e7, 7000, true);
    expect(r, "every rate up to 6,400/s held; the runs at 12,800/s were not valid");
    seek(r, 100, 1e7, 50, false);
    expect(r, "no rate is known to hold: the generator was at its limit at 100/s");
    seek(r, 100, 1e12, 0, false);
    expect(r, "every rate up to 100,000,000/s held; higher ones are not tried");
}

static void a_search_that_was_cut_short_says_so(void **state)
{
    struct room *r = *state;
    seek(r, 100, 1990, 0, false);
    search_start(&r->search.search, &(struct search_setup){.start_milli = 100000,
                                                           .floor_milli = 100000,
                                                           .max_milli = 400000,
                                                           .steps_max = 9});
    r->search.state = FIND_RATE_STOPPED;
    expect(r, "no rate is known to hold: the search was ended");
    search_add(&r->search.search, 100000, SEARCH_HOLDS);
    expect(r, "every rate up to 100/s held; the search was ended");
    search_add(&r->search.search, 200000, SEARCH_FAILS);
    expect(r, "the highest rate that held: 100/s (between 100 and 200/s); it is not known more "
              "closely, for the search was ended");
    r->search.state = FIND_RATE_BROKEN;
    expect(r, "the highest rate that held: 100/s (between 100 and 200/s); it is not known more "
              "closely, for the next run could not be made");
}

/* All that is printed, to be freed. */
static char *printed(const struct find_rate *search,
                     void (*print)(const struct find_rate *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    print(search, out);
    fclose(out);
    return text;
}

static void the_answer_says_what_it_rests_on(void **state)
{
    struct room *r = *state;
    seek(r, 100, 1990, 0, false);
    char *text = printed(&r->search, find_rate_print_answer);
    assert_non_null(strstr(text, "1,980/s held in 2 of 2 steps, 2,000/s held in 0 of 2 steps; what "
                                 "takes longer than 2.00 s to build up is not seen\n"));
    assert_null(strstr(text, "fewer than"));
    assert_null(strstr(text, "connections"));
    assert_non_null(strstr(text, "next: tare-report results/x/"));
    assert_non_null(strstr(text, "-1980\n"));
    free(text);
    for (uint32_t i = 0; i < r->search.steps_count; i++)
        r->search.steps[i].goals[1].allowed = 3;
    text = printed(&r->search, find_rate_print_answer);
    assert_non_null(strstr(text, "fewer than 10 requests a step may lie above"));
    free(text);
}

static void the_first_line_says_what_is_sought(void **state)
{
    struct room *r = *state;
    char *text = printed(&r->search, find_rate_print_start);
    assert_non_null(strstr(text,
                           "the highest rate that keeps p99<=10ms and p50<2ms, 64 connections, "
                           "steps of 2.00 s, idle 2.00 ms\n"));
    free(text);
}

static void a_step_is_a_line(void **state)
{
    struct room *r = *state;
    struct find_rate_step step = {.asked = {.rate_milli = 1975500},
                                  .is_judged = true,
                                  .outcome = SEARCH_FAILS,
                                  .achieved_per_s = 1970.2,
                                  .figures_ns = {2 * NS_PER_MS, 0, -1},
                                  .drain_ns = 10 * NS_PER_S};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    strcpy(step.sentence, "why");
    find_rate_print_step(&r->search, &step, out);
    fclose(out);
    assert_string_equal(text,
                        "     1,976      1,970    2.00 ms          -   fails: why (begun before "
                        "the server was idle again, after 10.0 s)\n");
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_answer_says_what_is_known),
        TEST(a_search_that_was_cut_short_says_so),
        TEST(the_answer_says_what_it_rests_on),
        TEST(the_first_line_says_what_is_sought),
        TEST(a_step_is_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
