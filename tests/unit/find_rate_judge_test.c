/* What a step of the search says of its rate, and how long it is. */
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
    struct result result;
    struct find_rate_step step;
    int64_t idle_ns;
};

static void record(struct room *r, enum series series, int64_t ns, uint64_t count)
{
    assert_int_equal(histogram_record(&r->result.latencies[series], ns, count), 0);
}

/* A step of 1,000 requests of 2 ms, all of them sent in time; p99<=10ms is asked. */
static int set_up(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    char error[GOAL_ERROR_MAX];
    assert_true(goal_parse("p99<=10ms", &r->goals[0], error));
    r->config = (struct config){
        .goals = r->goals, .goals_count = 1, .duration_ns = NS_PER_S, .rate_milli = 1000000};
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_init(&r->result.latencies[s], 3);
    r->result.measure_ns = NS_PER_S;
    r->result.measured_requests = r->result.measured_sent = 1000;
    r->result.measured_outcomes[OUTCOME_OK] = 1000;
    r->result.limited_by = LIMITED_BY_SCHEDULE;
    r->step.asked.rate_milli = 1000000;
    r->idle_ns = 2 * NS_PER_MS;
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct room *r = *state;
    result_free(&r->result);
    free(r);
    return 0;
}

/* `slow` of the 1,000 take so long, the rest 2 ms; none was sent later than lag_ns. */
static void fill(struct room *r, uint64_t slow, int64_t slow_ns, int64_t lag_ns)
{
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_clear(&r->result.latencies[s]);
    record(r, SERIES_RESPONSE, 2 * NS_PER_MS, 1000 - slow);
    record(r, SERIES_SERVICE, 2 * NS_PER_MS, 1000 - slow);
    if (slow > 0) {
        record(r, SERIES_RESPONSE, slow_ns, slow);
        record(r, SERIES_SERVICE, slow_ns, slow);
    }
    record(r, SERIES_WAIT, 0, 1000);
    record(r, SERIES_SEND_LAG, lag_ns, 1000);
}

static void blame(struct room *r, enum verdict verdict, const char *name)
{
    r->result.reasons[0] = (struct reason){.name = name, .verdict = verdict};
    strcpy(r->result.reasons[0].sentence, "because of that");
    r->result.reasons_count = 1;
    r->result.verdict = verdict;
}

static enum search_outcome outcome(struct room *r)
{
    find_rate_judge(&r->config, r->idle_ns, &r->result, &r->step);
    assert_true(r->step.is_judged);
    return r->step.outcome;
}

static void a_step_within_its_goal_holds(void **state)
{
    struct room *r = *state;
    fill(r, 10, 20 * NS_PER_MS, 0);
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    assert_string_equal(r->step.sentence, "");
    assert_null(r->step.reason);
    assert_int_equal(r->step.requests, 1000);
    assert_int_equal(r->step.failed, 0);
    assert_int_equal(r->step.goals[0].above, 10);
    assert_in_range(r->step.figures_ns[0], 1990000, 2010000);
    assert_in_range(r->step.service_p50_ns, 1990000, 2010000);
    assert_float_equal(r->step.achieved_per_s, 1000, 0.001);
}

static void one_request_too_many_fails_it(void **state)
{
    struct room *r = *state;
    fill(r, 11, 20 * NS_PER_MS, 0);
    assert_int_equal(outcome(r), SEARCH_FAILS);
    assert_string_equal(r->step.sentence, "p99<=10ms: 11 of 1,000 above, 10 may be");
}

static void all_goals_must_hold(void **state)
{
    struct room *r = *state;
    char error[GOAL_ERROR_MAX];
    assert_true(goal_parse("service.p50<=1ms", &r->goals[1], error));
    fill(r, 0, 0, 0);
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    r->config.goals_count = 2;
    assert_int_equal(outcome(r), SEARCH_FAILS);
    assert_string_equal(r->step.sentence, "service.p50<=1ms: 1,000 of 1,000 above, 500 may be");
}

static void errors_are_above_every_limit(void **state)
{
    struct room *r = *state;
    fill(r, 0, 0, 0);
    r->result.measured_requests = 1100;
    r->result.measured_outcomes[OUTCOME_STATUS_5XX] = 60;
    r->result.measured_outcomes[OUTCOME_UNSENT] = 40;
    r->result.measured_sent = 1100;
    assert_int_equal(outcome(r), SEARCH_FAILS);
    assert_int_equal(r->step.failed, 100);
    assert_string_equal(r->step.sentence, "p99<=10ms: 100 of 1,100 above, 11 may be; 100 failed or "
                                          "had no answer in time");
    assert_int_equal(r->step.figures_ns[2], -1);
}

/* A goal on service times says nothing of the requests that pile up before they are sent. */
static void a_rate_that_was_not_sent_fails(void **state)
{
    struct room *r = *state;
    fill(r, 0, 0, 0);
    r->result.measured_sent = 970;
    assert_int_equal(outcome(r), SEARCH_FAILS);
    assert_string_equal(r->step.sentence, "only 970 of 1,000 requests due were sent");
    r->result.measured_sent = 985;
    assert_int_equal(outcome(r), SEARCH_HOLDS);
}

static void what_the_generator_could_not_do_is_neither(void **state)
{
    struct room *r = *state;
    fill(r, 0, 0, 0);
    blame(r, VERDICT_INVALID, "rate_missed");
    assert_int_equal(outcome(r), SEARCH_INVALID);
    r->result.limited_by = LIMITED_BY_GENERATOR;
    assert_int_equal(outcome(r), SEARCH_LIMITED);
    assert_string_equal(r->step.reason, "rate_missed");
    assert_string_equal(r->step.sentence, "because of that");
    fill(r, 500, NS_PER_S, NS_PER_S); /* late for want of time, not of connections */
    assert_int_equal(outcome(r), SEARCH_LIMITED);
    r->result.limited_by = LIMITED_BY_SCHEDULE;
    r->result.anomalies[ANOMALY_RECORDING_STALLS] = 1;
    assert_int_equal(outcome(r), SEARCH_LIMITED);
}

/* Late sends make response times longer and never shorter. */
static void what_holds_in_spite_of_late_sends_holds(void **state)
{
    struct room *r = *state;
    fill(r, 10, 20 * NS_PER_MS, NS_PER_MS);
    blame(r, VERDICT_INVALID, "send_lag");
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    blame(r, VERDICT_INVALID, "sends_misdated");
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    blame(r, VERDICT_INVALID, "service_impossible");
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    /* Service times do not hold the lag: a burst that was spread out by it looks better. */
    r->goals[0].series = SERIES_SERVICE;
    assert_int_equal(outcome(r), SEARCH_INVALID);
    r->result.limited_by = LIMITED_BY_GENERATOR;
    assert_int_equal(outcome(r), SEARCH_LIMITED);
}

/* And none is answered later for it than by the longest lag. */
static void what_fails_by_more_than_the_lag_fails(void **state)
{
    struct room *r = *state;
    blame(r, VERDICT_INVALID, "send_lag");
    fill(r, 11, 20 * NS_PER_MS, 9 * NS_PER_MS);
    assert_int_equal(outcome(r), SEARCH_FAILS);
    fill(r, 11, 20 * NS_PER_MS, 11 * NS_PER_MS);
    assert_int_equal(outcome(r), SEARCH_INVALID);
    assert_string_equal(r->step.reason, "send_lag");
    fill(r, 11, 20 * NS_PER_MS, 9 * NS_PER_MS);
    blame(r, VERDICT_INVALID, "sends_misdated"); /* its lag is not known */
    assert_int_equal(outcome(r), SEARCH_INVALID);
}

/* Where all connections are taken and the server is quick, it may be the lag that they are taken
 * for. */
static void lag_may_add_up_over_connections(void **state)
{
    struct room *r = *state;
    blame(r, VERDICT_INVALID, "rate_missed");
    fill(r, 600, 200 * NS_PER_MS, 9 * NS_PER_MS);
    record(r, SERIES_WAIT, 50 * NS_PER_MS, 100);
    assert_int_equal(outcome(r), SEARCH_FAILS); /* its service times tell of a queue */
    r->idle_ns = 150 * NS_PER_MS;
    assert_int_equal(outcome(r), SEARCH_INVALID);
    r->idle_ns = -1;
    assert_int_equal(outcome(r), SEARCH_INVALID);
}

static void suspicion_counts_where_the_user_is_strict(void **state)
{
    struct room *r = *state;
    fill(r, 0, 0, 0);
    blame(r, VERDICT_SUSPECT, "steal");
    assert_int_equal(outcome(r), SEARCH_HOLDS);
    r->config.strict = true;
    assert_int_equal(outcome(r), SEARCH_INVALID);
}

/* At 0.01/s a step ends before anything is due: it neither holds nor fails. */
static void a_step_without_requests_says_nothing(void **state)
{
    struct room *r = *state;
    r->result.measured_requests = r->result.measured_sent = 0;
    r->result.measured_outcomes[OUTCOME_OK] = 0;
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_clear(&r->result.latencies[s]);
    find_rate_judge(&r->config, r->idle_ns, &r->result, &r->step);
    assert_int_equal(r->step.outcome, SEARCH_INVALID);
    assert_string_equal(r->step.reason, "nothing_due");
    assert_non_null(strstr(r->step.sentence, "(-d)"));
}

static void a_step_that_decides_has_ten_requests_in_its_tail(void **state)
{
    struct room *r = *state;
    struct search_step asked = {.rate_milli = 100000, .purpose = SEARCH_CLIMB};
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), NS_PER_S);
    asked.rate_milli = 250; /* one request in 4 s */
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), 4 * NS_PER_S);
    asked.rate_milli = 100000;
    asked.purpose = SEARCH_REPEAT; /* 1,000 requests at 100/s */
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), 10 * NS_PER_S);
    r->config.arrivals = ARRIVALS_POISSON;
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), 25 * NS_PER_S);
    r->config.arrivals = ARRIVALS_CONSTANT;
    asked.rate_milli = 5000000;
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), NS_PER_S);
    asked.rate_milli = 1;
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), LIMIT_SEARCH_STEP_NS);
    r->config.duration_ns = 60 * NS_PER_S;
    assert_int_equal(find_rate_duration_ns(&r->config, &asked), 60 * NS_PER_S);
}

/* 100/s held and 200/s failed, with so much wait before a service of so long; 2 ms is idle. */
static bool lacks(struct room *r, int64_t wait_ns, int64_t service_ns)
{
    struct find_rate *search = calloc(1, sizeof *search);
    const struct search_setup setup = {
        .start_milli = 100000, .floor_milli = 100000, .max_milli = 400000, .steps_max = 9};
    search_start(&search->search, &setup);
    search->config = &r->config;
    search->idle_ns = 2 * NS_PER_MS;
    for (int i = 0; i < 2; i++) {
        search->steps[i].asked.rate_milli = i == 0 ? 100000 : 200000;
        search->steps[i].is_judged = true;
        search->steps[i].outcome = i == 0 ? SEARCH_HOLDS : SEARCH_FAILS;
        search->steps[i].wait_p99_ns = wait_ns;
        search->steps[i].service_p50_ns = service_ns;
        search_add(&search->search, search->steps[i].asked.rate_milli, search->steps[i].outcome);
    }
    search->steps_count = 2;
    const bool lacking = find_rate_lacks_connections(search);
    free(search);
    return lacking;
}

static void connections_lack_where_requests_wait_for_an_idle_server(void **state)
{
    assert_true(lacks(*state, 100 * NS_PER_MS, 2 * NS_PER_MS));
    assert_false(lacks(*state, 100 * NS_PER_MS, 30 * NS_PER_MS)); /* the server has a queue */
    assert_false(lacks(*state, 0, 2 * NS_PER_MS));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_step_within_its_goal_holds),
        TEST(one_request_too_many_fails_it),
        TEST(all_goals_must_hold),
        TEST(errors_are_above_every_limit),
        TEST(a_rate_that_was_not_sent_fails),
        TEST(what_the_generator_could_not_do_is_neither),
        TEST(what_holds_in_spite_of_late_sends_holds),
        TEST(what_fails_by_more_than_the_lag_fails),
        TEST(lag_may_add_up_over_connections),
        TEST(suspicion_counts_where_the_user_is_strict),
        TEST(a_step_without_requests_says_nothing),
        TEST(a_step_that_decides_has_ten_requests_in_its_tail),
        TEST(connections_lack_where_requests_wait_for_an_idle_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
