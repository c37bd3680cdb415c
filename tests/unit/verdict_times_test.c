/* When a run is not to be believed for its times: rates missed, sends late, CPUs taken away, answers
 * that come too soon. */
#include "verdicts.h"

/* A rate that was not reached is the generator's fault where it had no time, else the server's. */
static void a_missed_rate_has_somebody_to_blame(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    room.result.measured_sent = REQUESTS * 98 / 100;
    room.result.busy_share = 0.96;
    expect(&room, "generator_saturated", VERDICT_SUSPECT);
    room.result.measured_sent--;
    verdict_judge(&room.config, &room.result);
    assert_int_equal(room.result.verdict, VERDICT_INVALID);
    check_sentence(&room, "rate_missed", "only 9,800/s of 10,000/s");
    assert_int_equal(room.result.limited_by, LIMITED_BY_GENERATOR);
    room.result.busy_share = 0.5;
    expect(&room, NULL, VERDICT_VALID);
    assert_int_equal(room.result.limited_by, LIMITED_BY_SERVER);
    room.result.waited_share = 0.01; /* half of what is missing, but for one request */
    expect(&room, NULL, VERDICT_VALID);
    room.result.waited_share = 0.01001;
    expect(&room, "rate_missed", VERDICT_INVALID);
    room.result.waited_share = 0;
    room.result.anomalies[ANOMALY_RECORDING_STALLS] = 1;
    verdict_judge(&room.config, &room.result);
    assert_non_null(find_reason(&room.result, "rate_missed"));
    release(&room);
}

/* Where a count ends the run, the rate is that of beginning: the last answer may take its time. */
static void the_rate_of_a_run_by_count(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    room.config.requests = REQUESTS;
    room.result.measure_ns = 40 * NS_PER_S;
    room.result.issuing_ns = room.result.schedule_ns = 10 * NS_PER_S;
    room.result.busy_share = 0.96;
    expect(&room, "generator_saturated", VERDICT_SUSPECT);
    room.result.busy_share = 0.5;
    expect(&room, NULL, VERDICT_VALID);
    assert_int_equal(room.result.limited_by, LIMITED_BY_SCHEDULE);
    room.result.issuing_ns = 11 * NS_PER_S;
    expect(&room, NULL, VERDICT_VALID);
    assert_int_equal(room.result.limited_by, LIMITED_BY_SERVER);
    room.result.busy_share = 0.96;
    verdict_judge(&room.config, &room.result);
    assert_non_null(find_reason(&room.result, "rate_missed"));
    release(&room);
}

/* Poisson arrivals are more or fewer than the rate by chance, and a short phase may hold one fewer: what was
 * not due, nobody failed to send. */
static void what_was_not_due_is_not_missed(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    room.result.measured_requests = room.result.measured_sent = REQUESTS * 9 / 10;
    room.result.measured_outcomes[OUTCOME_OK] = REQUESTS * 9 / 10;
    room.result.waited_share = 0.2;
    expect(&room, NULL, VERDICT_VALID);
    assert_int_equal(room.result.limited_by, LIMITED_BY_SCHEDULE);
    room.result.measured_requests = room.result.measured_outcomes[OUTCOME_OK] = REQUESTS;
    expect(&room, "rate_missed", VERDICT_INVALID);
    room.result.measured_requests = room.result.measured_sent = 0;
    room.result.measured_outcomes[OUTCOME_OK] = 0;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
}

static void a_generator_without_time_left(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    room.result.busy_share = 0.95;
    expect(&room, NULL, VERDICT_VALID);
    room.result.busy_share = 0.951;
    expect(&room, "generator_saturated", VERDICT_SUSPECT);
    room.config.loop = LOOP_CLOSED;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
}

/* The p99 of the lag above 20 us and above a tenth of the median service time. */
static void requests_that_were_sent_late(void **state)
{
    (void)state;
    static const struct {
        int64_t service_ns, lag_ns;
        uint64_t late; /* of 1000 */
        bool is_too_late;
    } lags[] = {
        {100 * NS_PER_US, 20000, 1000, false}, {100 * NS_PER_US, 20001, 1000, true},
        {NS_PER_MS, 100000, 1000, false},      {NS_PER_MS, 100001, 1000, true},
        {NS_PER_MS, 90000, 1000, false},       {100 * NS_PER_US, NS_PER_S, 10, false},
        {100 * NS_PER_US, NS_PER_S, 11, true}, {1000, 20000, 1000, false},
    };
    for (size_t i = 0; i < sizeof lags / sizeof lags[0]; i++) {
        struct room room = healthy(LOOP_OPEN);
        set_lag(&room, lags[i].service_ns, lags[i].lag_ns, lags[i].late);
        if (lags[i].is_too_late)
            expect(&room, "send_lag", VERDICT_INVALID);
        else
            expect(&room, NULL, VERDICT_VALID);
        room.config.loop = LOOP_CLOSED; /* where there is no schedule to be late for */
        expect(&room, NULL, VERDICT_VALID);
        release(&room);
    }
}

/* What is advised against lateness is what the figures point to. */
static void a_late_generator_says_why(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    set_lag(&room, 100 * NS_PER_US, NS_PER_MS, 20);
    room.config.wait = WAIT_HYBRID;
    expect(&room, "send_lag", VERDICT_INVALID);
    check_sentence(&room, "send_lag", "sent 1.00 ms late or later, the median service time being 100 us");
    check_sentence(&room, "send_lag", "--wait spin");
    room.config.wait = WAIT_SPIN;
    expect(&room, "send_lag", VERDICT_INVALID);
    check_sentence(&room, "send_lag", "use more threads");
    room.result.waited_share = 0.01;
    expect(&room, "send_lag", VERDICT_INVALID);
    check_sentence(&room, "send_lag", "use more threads");
    room.result.waited_share = 0.12;
    expect(&room, "send_lag", VERDICT_INVALID);
    check_sentence(&room, "send_lag", "for 12 % of the run the generator was ready and had no CPU");
    check_sentence(&room, "send_lag", "--cpus");
    release(&room);
}

/* Of the CPU time that was wanted, one part in a hundred, and a tick that may be an error of reading. */
static void time_that_was_stolen(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    struct machine_load *load = &room.result.load;
    *load = (struct machine_load){.wanted_ns = 10 * NS_PER_S, .steal_ns = 110 * NS_PER_MS};
    expect(&room, NULL, VERDICT_VALID);
    load->steal_ns++;
    expect(&room, "steal", VERDICT_SUSPECT);
    check_sentence(&room, "steal", "110 ms of the 10.0 s");
    room.config.cpus_count = 2; /* each has its own line, and its own error */
    expect(&room, NULL, VERDICT_VALID);
    load->steal_ns += 10 * NS_PER_MS;
    expect(&room, "steal", VERDICT_SUSPECT);
    *load = (struct machine_load){.wanted_ns = 20 * NS_PER_MS, .steal_ns = 10 * NS_PER_MS};
    room.config.cpus_count = 1;
    expect(&room, NULL, VERDICT_VALID); /* in a short run, a tick */
    release(&room);
}

static void a_quota_that_ran_out(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.load = (struct machine_load){.throttled = 1, .throttled_ns = 80 * NS_PER_MS};
    expect(&room, "throttled", VERDICT_SUSPECT);
    check_sentence(&room, "throttled", "1 periods, and its threads stood still for 80.0 ms");
    release(&room);
}

/* Below 1 us no server answers: more than one in a thousand, and more than one in a hundred. */
static void answers_that_no_server_can_give(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        const char *name;
        enum verdict verdict;
    } cases[] = {{100, NULL, VERDICT_VALID},
                 {101, "service_impossible", VERDICT_SUSPECT},
                 {1000, "service_impossible", VERDICT_SUSPECT},
                 {1001, "service_impossible", VERDICT_INVALID}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct room room = healthy(LOOP_CLOSED);
        struct histogram *service = &room.result.latencies[SERIES_SERVICE];
        histogram_clear(service);
        histogram_record(service, NS_PER_US, REQUESTS - cases[i].count);
        expect(&room, NULL, VERDICT_VALID);
        histogram_record(service, NS_PER_US - 1, cases[i].count);
        expect(&room, cases[i].name, cases[i].verdict);
        release(&room);
    }
}

/* To fail quickly is worse than to fail slowly: the server has had less to do. */
static void failures_that_are_quick(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_OPEN);
    set_failures(&room, OUTCOME_STATUS_5XX, REQUESTS / 2, 100 * NS_PER_US);
    expect(&room, "failures_hide_latency", VERDICT_SUSPECT);
    check_sentence(&room, "failures_hide_latency", "--slo");
    set_failures(&room, OUTCOME_STATUS_5XX, REQUESTS / 2, 50 * NS_PER_US);
    expect(&room, "failures_hide_latency", VERDICT_SUSPECT);
    check_sentence(&room, "failures_hide_latency", "took 50.0 us at the median where success took 100 us");
    set_failures(&room, OUTCOME_STATUS_5XX, REQUESTS, 50 * NS_PER_US);
    expect(&room, "failures_hide_latency", VERDICT_SUSPECT);
    check_sentence(&room, "failures_hide_latency", "none of 100,000 requests succeeded");
    release(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missed_rate_has_somebody_to_blame),
        cmocka_unit_test(the_rate_of_a_run_by_count),
        cmocka_unit_test(what_was_not_due_is_not_missed),
        cmocka_unit_test(a_generator_without_time_left),
        cmocka_unit_test(requests_that_were_sent_late),
        cmocka_unit_test(a_late_generator_says_why),
        cmocka_unit_test(time_that_was_stolen),
        cmocka_unit_test(a_quota_that_ran_out),
        cmocka_unit_test(answers_that_no_server_can_give),
        cmocka_unit_test(failures_that_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
