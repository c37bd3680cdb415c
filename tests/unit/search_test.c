/* The search for the highest rate that holds: its steps against servers of known capacity, without
 * and with noise, and what it says where there is no answer. */
#include "random.h"
#include "search.h"

#include "dies.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MILLI(rate) ((uint64_t)(rate)*1000)

/* A server, and the generator before it. */
struct world {
    double capacity;       /* requests/s */
    double slope;          /* of the logistic curve around it, as a share of it; 0: a sharp edge */
    double fluke;          /* probability that a step's outcome is turned round */
    double invalid;        /* probability that a step is not valid */
    double generator_most; /* above it the generator spoils every step; 0: never */
    uint64_t random;
};

static double draw(struct world *w)
{
    return (double)(random_next(&w->random) >> 11) * 0x1p-53;
}

static enum search_outcome outcome_of(struct world *w, uint64_t rate_milli)
{
    const double rate = (double)rate_milli / 1000;
    if (w->generator_most > 0 && rate > w->generator_most)
        return SEARCH_LIMITED;
    if (draw(w) < w->invalid)
        return SEARCH_INVALID;
    const double off = (rate - w->capacity) / w->capacity;
    bool holds = w->slope > 0 ? draw(w) > 1 / (1 + exp(-off / w->slope)) : off <= 0;
    if (draw(w) < w->fluke)
        holds = !holds;
    return holds ? SEARCH_HOLDS : SEARCH_FAILS;
}

static void expect_order(const struct search *s)
{
    bool has_failed = false;
    for (uint32_t i = 0; i < s->rates_count; i++) {
        const struct search_rate *r = &s->rates[i];
        if (i > 0)
            assert_true(s->rates[i - 1].rate_milli < r->rate_milli);
        if (r->fails > r->holds)
            has_failed = true;
        if (r->holds > r->fails)
            assert_false(has_failed); /* all that held are below all that failed */
    }
}

/* Searches to the end. */
static struct search_answer searched(struct world *w, const struct search_setup *setup,
                                     struct search *s)
{
    struct search_step step;
    search_start(s, setup);
    while (search_next(s, &step)) {
        assert_in_range(step.rate_milli, setup->floor_milli, setup->max_milli);
        assert_true(s->steps < setup->steps_max);
        search_add(s, step.rate_milli, outcome_of(w, step.rate_milli));
        expect_order(s);
    }
    return search_answer(s);
}

static struct search_setup usual(double start)
{
    const uint64_t start_milli = (uint64_t)(start * 1000);
    return (struct search_setup){.start_milli = start_milli,
                                 .floor_milli = start_milli < MILLI(100) ? start_milli : MILLI(100),
                                 .max_milli = MILLI(LIMIT_RATE_MAX),
                                 .steps_max = LIMIT_SEARCH_STEPS_MAX};
}

static void a_sharp_edge_is_found_from_any_start(void **state)
{
    (void)state;
    struct search s;
    for (double start = 0.001; start < 2e6; start *= 3.7)
        for (double capacity = 0.002; capacity < 5e6; capacity *= 1.37) {
            const struct search_setup setup = usual(start);
            struct world w = {.capacity = capacity};
            const struct search_answer a = searched(&w, &setup, &s);
            if (capacity < (double)setup.floor_milli / 1000) {
                assert_int_equal(a.known, SEARCH_NONE_HELD);
                assert_int_equal(a.high.rate_milli, setup.floor_milli);
                assert_true(a.high.fails >= 2);
                continue;
            }
            assert_int_equal(a.known, SEARCH_FOUND);
            assert_int_equal(a.end, SEARCH_RESOLVED);
            assert_true((double)a.low.rate_milli / 1000 <= capacity);
            assert_true((double)a.high.rate_milli / 1000 > capacity);
            assert_true((double)(a.high.rate_milli - a.low.rate_milli) <=
                        fmax(1, 0.025 * (double)a.low.rate_milli));
            assert_true(a.low.holds >= 2 && a.high.fails >= 2);
        }
}

/* From 100/s to 2,000/s: six to climb, one to be sure, six or seven to halve, two to confirm. */
static void few_steps_are_enough(void **state)
{
    (void)state;
    struct search s;
    for (int i = 0; i < 1000; i++) {
        const struct search_setup setup = usual(100);
        struct world w = {.capacity = 1700 + i};
        searched(&w, &setup, &s);
        assert_in_range(s.steps, 10, 17);
    }
}

static void the_steps_to_2000_are_these(void **state)
{
    (void)state;
    static const struct {
        unsigned rate;
        const char *purpose;
    } expected[] = {{100, "climb"},    {200, "climb"},   {400, "climb"},   {800, "climb"},
                    {1600, "climb"},   {3200, "climb"},  {3200, "repeat"}, {2400, "halve"},
                    {2000, "halve"},   {2200, "halve"},  {2100, "halve"},  {2050, "halve"},
                    {2000, "confirm"}, {2050, "confirm"}};
    const struct search_setup setup = usual(100);
    struct world w = {.capacity = 2000};
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(search_next(&s, &step));
        assert_int_equal(step.rate_milli, MILLI(expected[i].rate));
        assert_string_equal(search_purpose_name(step.purpose), expected[i].purpose);
        search_add(&s, step.rate_milli, outcome_of(&w, step.rate_milli));
    }
    assert_false(search_next(&s, &step));
    const struct search_answer a = search_answer(&s);
    assert_int_equal(a.low.rate_milli, MILLI(2000));
    assert_int_equal(a.high.rate_milli, MILLI(2050));
    assert_int_equal(a.low.holds, 2);
    assert_int_equal(a.high.fails, 2);
}

static void a_start_above_the_capacity_descends(void **state)
{
    (void)state;
    const struct search_setup setup = usual(50000);
    struct world w = {.capacity = 2000};
    struct search s;
    const struct search_answer a = searched(&w, &setup, &s);
    assert_int_equal(a.known, SEARCH_FOUND);
    assert_in_range(a.low.rate_milli, MILLI(1950), MILLI(2000));
}

/* Real boundaries are soft: between 97 and 103 % of the capacity a step may go either way. And a
 * step in fifty tells the opposite of what is true, as a neighbour on the machine may bring about.
 */
static void noise_seldom_misleads_it(void **state)
{
    (void)state;
    struct search s;
    int off_by_5 = 0, trials = 2000;
    uint32_t most = 0;
    for (int i = 0; i < trials; i++) {
        const struct search_setup setup = usual(100);
        struct world w = {
            .capacity = 300 + 7 * i, .slope = 0.01, .fluke = 0.02, .random = (uint64_t)i};
        const struct search_answer a = searched(&w, &setup, &s);
        const double low = (double)a.low.rate_milli / 1000;
        off_by_5 += a.known != SEARCH_FOUND || fabs(low / w.capacity - 1) > 0.05;
        most = s.steps > most ? s.steps : most;
    }
    print_message("%d of %d more than 5 %% off, at most %u steps\n", off_by_5, trials, most);
    assert_true(off_by_5 * 100 < trials);
}

static void a_step_that_the_generator_spoilt_is_repeated_once(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    for (int i = 0; i < 3; i++) {
        assert_true(search_next(&s, &step));
        search_add(&s, step.rate_milli, SEARCH_LIMITED);
        assert_true(search_next(&s, &step));
        assert_int_equal(step.rate_milli, MILLI(100 << i));
        assert_int_equal(step.purpose, SEARCH_REPEAT);
        search_add(&s, step.rate_milli, SEARCH_HOLDS);
    }
    assert_true(search_next(&s, &step));
    assert_int_equal(step.rate_milli, MILLI(800));
}

static void a_step_that_was_not_valid_is_repeated_twice(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    static const enum search_outcome outcomes[] = {SEARCH_INVALID, SEARCH_INVALID, SEARCH_HOLDS,
                                                   SEARCH_INVALID, SEARCH_INVALID, SEARCH_INVALID,
                                                   SEARCH_HOLDS};
    static const unsigned rates[] = {100, 100, 100, 200, 200, 200, 100};
    for (int i = 0; i < 7; i++) {
        assert_true(search_next(&s, &step));
        assert_int_equal(step.rate_milli, MILLI(rates[i]));
        search_add(&s, step.rate_milli, outcomes[i]);
    }
    assert_false(search_next(&s, &step));
    assert_int_equal(search_answer(&s).known, SEARCH_ALL_HELD);
    assert_int_equal(search_answer(&s).end, SEARCH_ALL_INVALID);
    assert_int_equal(search_answer(&s).spoilt_milli, MILLI(200));
}

static void the_generators_limit_ends_the_climb_with_what_held(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct world w = {.capacity = 1e6, .generator_most = 7000};
    struct search s;
    const struct search_answer a = searched(&w, &setup, &s);
    assert_int_equal(a.known, SEARCH_ALL_HELD);
    assert_int_equal(a.end, SEARCH_AT_GENERATOR);
    assert_int_equal(a.low.rate_milli, MILLI(6400));
    assert_int_equal(a.low.holds, 2); /* confirmed all the same */
    assert_int_equal(a.high.rate_milli, 0);
    assert_int_equal(a.spoilt_milli, MILLI(12800));
}

static void the_generators_limit_may_come_first(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct world w = {.capacity = 1e6, .generator_most = 50};
    struct search s;
    const struct search_answer a = searched(&w, &setup, &s);
    assert_int_equal(a.known, SEARCH_UNKNOWN);
    assert_int_equal(a.end, SEARCH_AT_GENERATOR);
    assert_int_equal(s.steps, 2);
}

/* Within the interval too: what is known by then is the answer, wider than it might be. */
static void the_generators_limit_may_leave_an_interval(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    static const enum search_outcome outcomes[] = {SEARCH_HOLDS,   SEARCH_FAILS,   SEARCH_FAILS,
                                                   SEARCH_LIMITED, SEARCH_LIMITED, SEARCH_HOLDS};
    static const unsigned rates[] = {100, 200, 200, 150, 150, 100};
    for (int i = 0; i < 6; i++) {
        assert_true(search_next(&s, &step));
        assert_int_equal(step.rate_milli, MILLI(rates[i]));
        search_add(&s, step.rate_milli, outcomes[i]);
    }
    assert_false(search_next(&s, &step));
    const struct search_answer a = search_answer(&s);
    assert_int_equal(a.known, SEARCH_FOUND);
    assert_int_equal(a.end, SEARCH_AT_GENERATOR);
    assert_int_equal(a.low.rate_milli, MILLI(100));
    assert_int_equal(a.high.rate_milli, MILLI(200));
    assert_int_equal(a.spoilt_milli, MILLI(150));
}

/* A failure far below the capacity, believed twice and found out when the end is confirmed. */
static void a_false_failure_is_found_out_in_the_end(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct world w = {.capacity = 2000};
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    for (int at_800 = 0; search_next(&s, &step);) {
        const bool is_disturbed = step.rate_milli == MILLI(800) && at_800++ < 2;
        search_add(&s, step.rate_milli,
                   is_disturbed ? SEARCH_FAILS : outcome_of(&w, step.rate_milli));
    }
    const struct search_answer a = search_answer(&s);
    assert_int_equal(a.known, SEARCH_FOUND);
    assert_in_range(a.low.rate_milli, MILLI(1950), MILLI(2000));
}

static void a_false_success_is_found_out_in_the_end(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct world w = {.capacity = 2000};
    struct search s;
    struct search_step step;
    search_start(&s, &setup);
    for (int at_2200 = 0; search_next(&s, &step);) {
        const bool is_lucky = step.rate_milli == MILLI(2200) && at_2200++ < 1;
        search_add(&s, step.rate_milli, is_lucky ? SEARCH_HOLDS : outcome_of(&w, step.rate_milli));
    }
    assert_in_range(search_answer(&s).low.rate_milli, MILLI(1950), MILLI(2000));
}

static void the_highest_rate_may_hold(void **state)
{
    (void)state;
    struct search_setup setup = usual(100);
    setup.max_milli = MILLI(1000);
    struct world w = {.capacity = 1e9};
    struct search s;
    const struct search_answer a = searched(&w, &setup, &s);
    assert_int_equal(a.known, SEARCH_ALL_HELD);
    assert_int_equal(a.end, SEARCH_AT_MAX);
    assert_int_equal(a.low.rate_milli, MILLI(1000));
    assert_int_equal(a.low.holds, 2);
}

static void steps_run_out_with_what_is_known(void **state)
{
    (void)state;
    struct search s;
    for (uint32_t steps = 1; steps < 20; steps++) {
        struct search_setup setup = usual(100);
        setup.steps_max = steps;
        struct world w = {.capacity = 2000};
        const struct search_answer a = searched(&w, &setup, &s);
        assert_true(s.steps <= steps);
        assert_true(a.low.rate_milli <= MILLI(2000) && a.low.rate_milli >= MILLI(100));
        assert_true(a.high.rate_milli == 0 || a.high.rate_milli > MILLI(2000));
        if (a.end == SEARCH_OUT_OF_STEPS)
            assert_int_equal(s.steps, steps);
    }
}

/* Whatever comes, the search ends within its steps and keeps its table in order. */
static void pure_chance_cannot_confuse_it(void **state)
{
    (void)state;
    struct search s;
    for (uint64_t i = 0; i < 3000; i++) {
        const struct search_setup setup = usual((double)(1 + i % 300));
        struct world w = {.capacity = 500, .slope = 10, .fluke = 0.3, .invalid = 0.2, .random = i};
        searched(&w, &setup, &s);
    }
}

static void nothing_is_known_before_the_first_step(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct search s;
    search_start(&s, &setup);
    const struct search_answer a = search_answer(&s);
    assert_int_equal(a.known, SEARCH_UNKNOWN);
    assert_int_equal(a.end, SEARCH_NOT_OVER);
}

/* The steps that confirm what held are no part of what ended the search. */
static void a_search_that_was_spoilt_stays_so(void **state)
{
    (void)state;
    const struct search_setup setup = usual(100);
    struct search s;
    search_start(&s, &setup);
    search_add(&s, MILLI(100), SEARCH_HOLDS);
    search_add(&s, MILLI(200), SEARCH_LIMITED);
    search_add(&s, MILLI(200), SEARCH_LIMITED);
    assert_int_equal(search_answer(&s).spoilt_milli, MILLI(200));
    search_add(&s, MILLI(100), SEARCH_LIMITED);
    search_add(&s, MILLI(100), SEARCH_LIMITED);
    assert_int_equal(search_answer(&s).spoilt_milli, MILLI(200));
}

static void add_unknown(void *outcome)
{
    const struct search_setup setup = usual(100);
    struct search s;
    search_start(&s, &setup);
    search_add(&s, MILLI(100), *(enum search_outcome *)outcome);
}

static void an_outcome_that_is_none_is_a_bug(void **state)
{
    (void)state;
    enum search_outcome none = SEARCH_INVALID + 1, one = SEARCH_INVALID;
    assert_true(dies(add_unknown, &none));
    assert_false(dies(add_unknown, &one));
}

static void names_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_string_equal(search_outcome_name(SEARCH_HOLDS), "holds");
    assert_string_equal(search_outcome_name(SEARCH_LIMITED), "generator_limited");
    assert_string_equal(search_purpose_name(SEARCH_CLIMB), "climb");
    assert_string_equal(search_purpose_name(SEARCH_CONFIRM), "confirm");
    assert_string_equal(search_known_name(SEARCH_FOUND), "found");
    assert_string_equal(search_known_name(SEARCH_UNKNOWN), "unknown");
    assert_string_equal(search_end_name(SEARCH_NOT_OVER), "stopped");
    assert_string_equal(search_outcome_name(SEARCH_INVALID), "invalid");
    assert_string_equal(search_end_name(SEARCH_ALL_INVALID), "invalid");
    assert_string_equal(search_end_name(SEARCH_AT_GENERATOR), "generator_limited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sharp_edge_is_found_from_any_start),
        cmocka_unit_test(few_steps_are_enough),
        cmocka_unit_test(the_steps_to_2000_are_these),
        cmocka_unit_test(a_start_above_the_capacity_descends),
        cmocka_unit_test(noise_seldom_misleads_it),
        cmocka_unit_test(a_step_that_the_generator_spoilt_is_repeated_once),
        cmocka_unit_test(a_step_that_was_not_valid_is_repeated_twice),
        cmocka_unit_test(the_generators_limit_ends_the_climb_with_what_held),
        cmocka_unit_test(the_generators_limit_may_come_first),
        cmocka_unit_test(the_generators_limit_may_leave_an_interval),
        cmocka_unit_test(a_false_failure_is_found_out_in_the_end),
        cmocka_unit_test(a_false_success_is_found_out_in_the_end),
        cmocka_unit_test(the_highest_rate_may_hold),
        cmocka_unit_test(steps_run_out_with_what_is_known),
        cmocka_unit_test(pure_chance_cannot_confuse_it),
        cmocka_unit_test(nothing_is_known_before_the_first_step),
        cmocka_unit_test(a_search_that_was_spoilt_stays_so),
        cmocka_unit_test(an_outcome_that_is_none_is_a_bug),
        cmocka_unit_test(names_are_those_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
