/* The closed list of anomalies: names that run.json holds, and sentences for people. */
#include "anomaly.h"

#include "dies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Appended to, never renamed: readers look for these. */
static const char *const expected[] = {
    "samples_dropped",   "cq_overflow",         "stamps_missing",    "stamps_shared",
    "clock_stepped",     "connections_missing", "recording_stalls",  "buffers_exhausted",
    "receives_rearmed",  "stale_events",        "submits_retried",   "keepalive_refused",
    "closed_while_idle", "excess_bytes",        "unsolicited_bytes", "reconnects",
    "latency_overflow",  "latency_negative",    "sends_misdated",    "cq_full",
    "send_stamps_missing", "sends_dated_late",  "closed_at_send"};

static void names_stay_and_each_has_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        const enum anomaly anomaly = (enum anomaly)i;
        assert_non_null(anomaly_name(anomaly));
        assert_true(strlen(anomaly_sentence(anomaly)) > 8);
        assert_null(strchr(anomaly_sentence(anomaly), '%'));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(anomaly_name(anomaly), anomaly_name((enum anomaly)k));
    }
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(anomaly_name((enum anomaly)i), expected[i]);
}

static void name_of(void *anomaly)
{
    anomaly_name(*(enum anomaly *)anomaly);
}

static void sentence_of(void *anomaly)
{
    anomaly_sentence(*(enum anomaly *)anomaly);
}

static void what_is_no_anomaly_is_a_bug(void **state)
{
    (void)state;
    enum anomaly none = ANOMALY_COUNT;
    assert_true(dies(name_of, &none));
    assert_true(dies(sentence_of, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_and_each_has_a_sentence),
        cmocka_unit_test(what_is_no_anomaly_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
