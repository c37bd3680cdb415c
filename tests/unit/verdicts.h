/* verdicts.h - a run without a fault, and what is then found in it. Header-only, since each test is
 * one file. */
#ifndef TARE_TESTS_VERDICTS_H
#define TARE_TESTS_VERDICTS_H

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
static inline struct room healthy(enum loop loop)
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

static inline void release(struct room *room)
{
    result_free(&room->result);
}

/* The sentence of a reason, NULL where it is none. */
static inline const char *find_reason(const struct result *r, const char *name)
{
    for (uint32_t i = 0; i < r->reasons_count; i++)
        if (strcmp(r->reasons[i].name, name) == 0)
            return r->reasons[i].sentence;
    return NULL;
}

static inline void check_sentence(const struct room *room, const char *name, const char *part)
{
    const char *sentence = find_reason(&room->result, name);
    assert_non_null(sentence);
    if (!strstr(sentence, part))
        fail_msg("\"%s\" is not in: %s", part, sentence);
}

/* Judges and expects one reason, or none where name is NULL. */
static inline void expect(struct room *room, const char *name, enum verdict verdict)
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

static inline void set_lag(struct room *room, int64_t service_ns, int64_t lag_ns,
                           uint64_t late_of_1000)
{
    struct histogram *h = room->result.latencies;
    histogram_clear(&h[SERIES_SERVICE]);
    histogram_clear(&h[SERIES_SEND_LAG]);
    histogram_record(&h[SERIES_SERVICE], service_ns, 1000);
    histogram_record(&h[SERIES_SEND_LAG], lag_ns, late_of_1000);
    histogram_record(&h[SERIES_SEND_LAG], 100, 1000 - late_of_1000);
}

/* Requests without success among 100,000, of the measured phase. */
static inline void set_failures(struct room *room, enum outcome outcome, uint64_t count,
                                int64_t took_ns)
{
    struct result *r = &room->result;
    memset(r->measured_outcomes, 0, sizeof r->measured_outcomes);
    histogram_clear(&r->failed_service);
    r->measured_outcomes[OUTCOME_OK] = REQUESTS - count;
    r->measured_outcomes[outcome] = count;
    if (took_ns > 0)
        histogram_record(&r->failed_service, took_ns, count);
}

#endif
