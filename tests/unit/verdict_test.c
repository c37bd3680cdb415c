/* When a run is not to be believed: each reason at its threshold, and just within it. */
#include "limits.h"
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUESTS 100000u

struct room {
    struct config config;
    struct result result;
};

/* A run of 10 s without a fault; in open loop at 10,000/s. */
static struct room healthy(enum loop loop)
{
    struct room room = {
        .config = {.loop = loop, .threads = 1, .rate_milli = loop == LOOP_OPEN ? 10000000 : 0},
        .result = {.measure_ns = 10 * NS_PER_S,
                   .due = REQUESTS,
                   .requests = REQUESTS,
                   .measured_sent = REQUESTS,
                   .measured_done = REQUESTS,
                   .outcomes[OUTCOME_OK] = REQUESTS,
                   .measured_requests = REQUESTS,
                   .measured_outcomes[OUTCOME_OK] = REQUESTS,
                   .stamps_promised = true,
                   .busy_share = 0.5}};
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_init(&room.result.latencies[s], 3);
    histogram_init(&room.result.failed_service, 3);
    histogram_record(&room.result.latencies[SERIES_SERVICE], 100 * NS_PER_US, REQUESTS);
    histogram_record(&room.result.latencies[SERIES_SEND_LAG], NS_PER_US, REQUESTS);
    return room;
}

static void release(struct room *room)
{
    result_free(&room->result);
}

/* The sentence of a reason, NULL where it is none. */
static const char *find_reason(const struct result *r, const char *name)
{
    for (uint32_t i = 0; i < r->reasons_count; i++)
        if (strcmp(r->reasons[i].name, name) == 0)
            return r->reasons[i].sentence;
    return NULL;
}

static void check_sentence(const struct room *room, const char *name, const char *part)
{
    const char *sentence = find_reason(&room->result, name);
    assert_non_null(sentence);
    if (!strstr(sentence, part))
        fail_msg("\"%s\" is not in: %s", part, sentence);
}

/* Judges and expects one reason, or none where name is NULL. */
static void expect(struct room *room, const char *name, enum verdict verdict)
{
    struct result *r = &room->result;
    verdict_judge(&room->config, r);
    if (r->reasons_count != (name ? 1u : 0u))
        fail_msg("%u reasons instead of %s: %s", r->reasons_count, name ? name : "none",
                 r->reasons_count > 0 ? r->reasons[0].sentence : "");
    assert_int_equal(r->verdict, verdict);
    if (!name)
        return;
    assert_string_equal(r->reasons[0].name, name);
    assert_int_equal(r->reasons[0].verdict, verdict);
}

static void a_healthy_run_is_valid(void **state)
{
    (void)state;
    struct room closed = healthy(LOOP_CLOSED), open = healthy(LOOP_OPEN);
    expect(&closed, NULL, VERDICT_VALID);
    assert_int_equal(closed.result.limited_by, LIMITED_BY_SERVER);
    expect(&open, NULL, VERDICT_VALID);
    assert_int_equal(open.result.limited_by, LIMITED_BY_SCHEDULE);
    release(&closed);
    release(&open);
}

/* A closed loop at full speed uses its core: that is said, and is no fault. */
static void a_closed_loop_may_use_all_of_its_core(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.busy_share = 1;
    expect(&room, NULL, VERDICT_VALID);
    assert_int_equal(room.result.limited_by, LIMITED_BY_GENERATOR);
    release(&room);
}

static void broken_identities(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.due++;
    expect(&room, "identity_broken", VERDICT_INVALID);
    room.result.requests++;
    expect(&room, "identity_broken", VERDICT_INVALID);
    room.result.outcomes[OUTCOME_UNSENT]++;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
}

/* Counts of which one is one too many. */
static void what_must_not_happen_at_all(void **state)
{
    (void)state;
    static const struct {
        enum anomaly anomaly;
        const char *name;
    } counts[] = {{ANOMALY_SAMPLES_DROPPED, "samples_dropped"},
                  {ANOMALY_CQ_OVERFLOW, "cq_overflow"},
                  {ANOMALY_CONNECTIONS_MISSING, "connections_missing"},
                  {ANOMALY_CLOCK_STEPPED, "clock_stepped"},
                  {ANOMALY_LATENCY_NEGATIVE, "latency_negative"}};
    for (int loop = LOOP_CLOSED; loop <= LOOP_OPEN; loop++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct room room = healthy((enum loop)loop);
            room.result.anomalies[counts[i].anomaly] = 1;
            expect(&room, counts[i].name, VERDICT_INVALID);
            release(&room);
        }
    }
}

/* Counts of which a share is allowed: the most that is, and one more. */
static void what_may_happen_now_and_then(void **state)
{
    (void)state;
    static const struct {
        enum anomaly anomaly;
        uint64_t count;
        const char *name;
        enum verdict verdict;
    } counts[] = {
        {ANOMALY_STAMPS_MISSING, REQUESTS / 1000, NULL, VERDICT_VALID},
        {ANOMALY_STAMPS_MISSING, REQUESTS / 1000 + 1, "stamps_missing", VERDICT_INVALID},
        {ANOMALY_SENDS_MISDATED, REQUESTS / 1000, NULL, VERDICT_VALID},
        {ANOMALY_SENDS_MISDATED, REQUESTS / 1000 + 1, "sends_misdated", VERDICT_SUSPECT},
        {ANOMALY_SENDS_MISDATED, REQUESTS / 100, "sends_misdated", VERDICT_SUSPECT},
        {ANOMALY_SENDS_MISDATED, REQUESTS / 100 + 1, "sends_misdated", VERDICT_INVALID},
        {ANOMALY_BUFFERS_EXHAUSTED, REQUESTS / 100, NULL, VERDICT_VALID},
        {ANOMALY_BUFFERS_EXHAUSTED, REQUESTS / 100 + 1, "buffers_exhausted", VERDICT_SUSPECT},
        {ANOMALY_RECORDING_STALLS, 1, "recording_stalls", VERDICT_SUSPECT},
        {ANOMALY_CQ_FULL, 1, "cq_overflow", VERDICT_SUSPECT},
        {ANOMALY_CLOSED_WHILE_IDLE, REQUESTS / 100, NULL, VERDICT_VALID},
        {ANOMALY_CLOSED_WHILE_IDLE, REQUESTS / 100 + 1, "keepalive_refused", VERDICT_SUSPECT},
        {ANOMALY_KEEPALIVE_REFUSED, REQUESTS / 100, NULL, VERDICT_VALID},
        {ANOMALY_KEEPALIVE_REFUSED, REQUESTS / 100 + 1, "keepalive_refused", VERDICT_SUSPECT},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct room room = healthy(LOOP_CLOSED);
        room.result.anomalies[counts[i].anomaly] = counts[i].count;
        expect(&room, counts[i].name, counts[i].verdict);
        release(&room);
    }
}

/* Counted, shown, and no reason for distrust. */
static void what_is_only_counted(void **state)
{
    (void)state;
    static const enum anomaly harmless[] = {
        ANOMALY_STAMPS_SHARED, ANOMALY_RECEIVES_REARMED,  ANOMALY_STALE_EVENTS, ANOMALY_SUBMITS_RETRIED,
        ANOMALY_EXCESS_BYTES,  ANOMALY_UNSOLICITED_BYTES, ANOMALY_RECONNECTS,   ANOMALY_LATENCY_OVERFLOW};
    struct room room = healthy(LOOP_OPEN);
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        room.result.anomalies[harmless[i]] = REQUESTS;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
}

static void stamps_that_were_not_promised_are_not_missing(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.stamps_promised = false;
    room.result.anomalies[ANOMALY_STAMPS_MISSING] = REQUESTS;
    expect(&room, "stamps_unavailable", VERDICT_SUSPECT);
    release(&room);
}

/* Only answers can lack a stamp: a run of nothing but time-outs has none to miss. */
static void only_answers_count_for_stamps(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.outcomes[OUTCOME_OK] = 0;
    room.result.outcomes[OUTCOME_TIMEOUT] = REQUESTS - 2000;
    room.result.outcomes[OUTCOME_STATUS_5XX] = 2000;
    room.result.anomalies[ANOMALY_STAMPS_MISSING] = 2;
    expect(&room, NULL, VERDICT_VALID);
    room.result.anomalies[ANOMALY_STAMPS_MISSING] = 3;
    expect(&room, "stamps_missing", VERDICT_INVALID);
    release(&room);
}

/* What was lost counts more than what waited: of one name, one reason. */
static void a_lost_completion_is_worse_than_a_late_one(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.anomalies[ANOMALY_CQ_FULL] = 7;
    room.result.anomalies[ANOMALY_CQ_OVERFLOW] = 2;
    expect(&room, "cq_overflow", VERDICT_INVALID);
    check_sentence(&room, "cq_overflow", "lost 2 completions");
    release(&room);
}

/* A server may announce the end of a connection, or just end it: both are counted together. */
static void connections_that_a_server_ends(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.anomalies[ANOMALY_KEEPALIVE_REFUSED] = REQUESTS / 200;
    room.result.anomalies[ANOMALY_CLOSED_WHILE_IDLE] = REQUESTS / 200;
    expect(&room, NULL, VERDICT_VALID);
    room.result.anomalies[ANOMALY_CLOSED_WHILE_IDLE]++;
    expect(&room, "keepalive_refused", VERDICT_SUSPECT);
    check_sentence(&room, "keepalive_refused", "after 1,001 of 100,000 responses");
    release(&room);
}

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
    check_sentence(&room, "rate_missed", "only 9800/s of 10000/s");
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
    room.result.issuing_ns = 10 * NS_PER_S;
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

static void set_lag(struct room *room, int64_t service_ns, int64_t lag_ns, uint64_t late_of_1000)
{
    struct histogram *h = room->result.latencies;
    histogram_clear(&h[SERIES_SERVICE]);
    histogram_clear(&h[SERIES_SEND_LAG]);
    histogram_record(&h[SERIES_SERVICE], service_ns, 1000);
    histogram_record(&h[SERIES_SEND_LAG], lag_ns, late_of_1000);
    histogram_record(&h[SERIES_SEND_LAG], 100, 1000 - late_of_1000);
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

/* Requests without success among 100,000, of the measured phase. */
static void set_failures(struct room *room, enum outcome outcome, uint64_t count, int64_t took_ns)
{
    struct result *r = &room->result;
    memset(r->measured_outcomes, 0, sizeof r->measured_outcomes);
    histogram_clear(&r->failed_service);
    r->measured_outcomes[OUTCOME_OK] = REQUESTS - count;
    r->measured_outcomes[outcome] = count;
    if (took_ns > 0)
        histogram_record(&r->failed_service, took_ns, count);
}

static void failures_that_hide_latency(void **state)
{
    (void)state;
    static const enum outcome outcomes[] = {OUTCOME_STATUS_4XX,      OUTCOME_STATUS_5XX, OUTCOME_RESET,
                                            OUTCOME_CONNECT_REFUSED, OUTCOME_TIMEOUT,    OUTCOME_UNSENT};
    struct room room = healthy(LOOP_CLOSED);
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        set_failures(&room, outcomes[i], REQUESTS / 100, 0);
        expect(&room, NULL, VERDICT_VALID);
        set_failures(&room, outcomes[i], REQUESTS / 100 + 1, 0);
        expect(&room, "failures_hide_latency", VERDICT_SUSPECT);
        check_sentence(&room, "failures_hide_latency", "1,001 of 100,000 requests did not succeed");
        check_sentence(&room, "failures_hide_latency", "--slo");
    }
    release(&room);
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

/* Everything at once: each reason stands there once, whole, and the worst decides. */
static void all_reasons_have_room(void **state)
{
    (void)state;
    for (int promised = 0; promised < 2; promised++) {
        struct room room = healthy(LOOP_OPEN);
        for (int i = 0; i < ANOMALY_COUNT; i++)
            room.result.anomalies[i] = UINT64_MAX;
        room.result.due = UINT64_MAX;
        room.result.measured_sent = 0;
        room.result.busy_share = 1;
        room.result.stamps_promised = promised;
        room.result.offset_change_max_ns = INT64_MAX;
        room.result.load = (struct machine_load){INT64_MAX, INT64_MAX, UINT64_MAX, INT64_MAX};
        room.result.waited_share = 1;
        room.result.measured_requests = UINT64_MAX;
        room.result.measured_outcomes[OUTCOME_TIMEOUT] = UINT64_MAX / 2;
        histogram_record(&room.result.failed_service, 10, 1);
        histogram_record(&room.result.latencies[SERIES_SERVICE], 20, REQUESTS);
        room.config.rate_milli = LIMIT_RATE_MAX * 1000ull;
        histogram_clear(&room.result.latencies[SERIES_SEND_LAG]);
        histogram_record(&room.result.latencies[SERIES_SEND_LAG], 3600 * NS_PER_S, 1);
        verdict_judge(&room.config, &room.result);
        assert_in_range(room.result.reasons_count, 17, RESULT_REASONS_MAX - 1);
        assert_int_equal(room.result.verdict, VERDICT_INVALID);
        for (uint32_t i = 0; i < room.result.reasons_count; i++) {
            const struct reason *reason = &room.result.reasons[i];
            assert_true(strlen(reason->sentence) < RESULT_SENTENCE_MAX - 1); /* not cut */
            for (uint32_t k = 0; k < i; k++)
                assert_string_not_equal(reason->name, room.result.reasons[k].name);
        }
        release(&room);
    }
}

/* A sentence is a cause and, behind a semicolon or a colon, what to do about it. */
static void every_reason_says_what_to_do(void **state)
{
    (void)state;
    static const char *const remedies[] = {
        "please report",   "free space",    "use more threads", "ask for fewer",  "run again",
        "(--cpus)",        "faster disk",   "upper bound",      "stop the time",  "lower rate",
        "quieter machine", "raise cpu.max", "allow keep-alive", "read them with"};
    for (int promised = 0; promised < 2; promised++) {
        struct room room = healthy(LOOP_OPEN);
        for (int i = 0; i < ANOMALY_COUNT; i++)
            room.result.anomalies[i] = REQUESTS;
        room.result.due++;
        room.result.measured_sent = 0;
        room.result.busy_share = 1;
        room.result.stamps_promised = promised;
        room.result.load = (struct machine_load){NS_PER_S, NS_PER_S, 1, 1};
        set_failures(&room, OUTCOME_TIMEOUT, REQUESTS / 2, 0);
        verdict_judge(&room.config, &room.result);
        for (uint32_t i = 0; i < room.result.reasons_count; i++) {
            const char *sentence = room.result.reasons[i].sentence;
            bool has_remedy = false;
            for (size_t k = 0; k < sizeof remedies / sizeof remedies[0]; k++)
                has_remedy |= strstr(sentence, remedies[k]) != NULL;
            if (!has_remedy)
                fail_msg("no remedy in: %s", sentence);
        }
        release(&room);
    }
}

/* Judged again, the reasons of the first time are gone. */
static void judging_begins_anew(void **state)
{
    (void)state;
    struct room room = healthy(LOOP_CLOSED);
    room.result.anomalies[ANOMALY_CQ_OVERFLOW] = 1;
    expect(&room, "cq_overflow", VERDICT_INVALID);
    room.result.anomalies[ANOMALY_CQ_OVERFLOW] = 0;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
}

/* A run that was interrupted before anything happened divides by nothing. */
static void an_empty_run_is_judged_too(void **state)
{
    (void)state;
    for (int loop = LOOP_CLOSED; loop <= LOOP_OPEN; loop++) {
        struct room room = {.config = {.loop = (enum loop)loop, .threads = 1, .rate_milli = 1000},
                            .result = {.stamps_promised = true}};
        for (int s = 0; s < SERIES_COUNT; s++)
            histogram_init(&room.result.latencies[s], 3);
        histogram_init(&room.result.failed_service, 3);
        expect(&room, NULL, VERDICT_VALID);
    }
}

static void names_stay(void **state)
{
    (void)state;
    assert_string_equal(verdict_name(VERDICT_VALID), "valid");
    assert_string_equal(verdict_name(VERDICT_SUSPECT), "suspect");
    assert_string_equal(verdict_name(VERDICT_INVALID), "invalid");
    assert_string_equal(verdict_limit_name(LIMITED_BY_SERVER), "server");
    assert_string_equal(verdict_limit_name(LIMITED_BY_GENERATOR), "generator");
    assert_string_equal(verdict_limit_name(LIMITED_BY_SCHEDULE), "schedule");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_run_is_valid),
        cmocka_unit_test(a_closed_loop_may_use_all_of_its_core),
        cmocka_unit_test(broken_identities),
        cmocka_unit_test(what_must_not_happen_at_all),
        cmocka_unit_test(what_may_happen_now_and_then),
        cmocka_unit_test(what_is_only_counted),
        cmocka_unit_test(stamps_that_were_not_promised_are_not_missing),
        cmocka_unit_test(only_answers_count_for_stamps),
        cmocka_unit_test(a_lost_completion_is_worse_than_a_late_one),
        cmocka_unit_test(connections_that_a_server_ends),
        cmocka_unit_test(a_missed_rate_has_somebody_to_blame),
        cmocka_unit_test(the_rate_of_a_run_by_count),
        cmocka_unit_test(a_generator_without_time_left),
        cmocka_unit_test(requests_that_were_sent_late),
        cmocka_unit_test(a_late_generator_says_why),
        cmocka_unit_test(time_that_was_stolen),
        cmocka_unit_test(a_quota_that_ran_out),
        cmocka_unit_test(answers_that_no_server_can_give),
        cmocka_unit_test(failures_that_hide_latency),
        cmocka_unit_test(failures_that_are_quick),
        cmocka_unit_test(all_reasons_have_room),
        cmocka_unit_test(every_reason_says_what_to_do),
        cmocka_unit_test(judging_begins_anew),
        cmocka_unit_test(an_empty_run_is_judged_too),
        cmocka_unit_test(names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
