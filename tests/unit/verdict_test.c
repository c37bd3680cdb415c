/* When a run is not to be believed: each count at its threshold, and just within it. What takes times
 * is verdict_times_test.c's. */
#include "verdicts.h"

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
    /* of the answers, however many requests there were beside them */
    room.result.anomalies[ANOMALY_KEEPALIVE_REFUSED] = 1;
    room.result.anomalies[ANOMALY_CLOSED_WHILE_IDLE] = 1;
    room.result.outcomes[OUTCOME_OK] = 199;
    room.result.outcomes[OUTCOME_UNSENT] = REQUESTS - 199;
    expect(&room, "keepalive_refused", VERDICT_SUSPECT);
    check_sentence(&room, "keepalive_refused", "after 2 of 199 responses");
    room.result.outcomes[OUTCOME_OK] = 0; /* a server that never answers ends nothing after an answer */
    room.result.outcomes[OUTCOME_CLOSED] = 199;
    expect(&room, NULL, VERDICT_VALID);
    release(&room);
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
        cmocka_unit_test(failures_that_hide_latency),
        cmocka_unit_test(all_reasons_have_room),
        cmocka_unit_test(every_reason_says_what_to_do),
        cmocka_unit_test(judging_begins_anew),
        cmocka_unit_test(an_empty_run_is_judged_too),
        cmocka_unit_test(names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
