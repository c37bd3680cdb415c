/* anomaly.c - names and sentences of anomalies, as one table. */
#include "anomaly.h"

#include "check.h"

static const struct {
    const char *name;
    const char *sentence;
} anomalies[ANOMALY_COUNT] = {
    [ANOMALY_SAMPLES_DROPPED] = {"samples_dropped", "rows are missing from the files"},
    [ANOMALY_CQ_OVERFLOW] = {"cq_overflow", "completions were lost by the kernel"},
    [ANOMALY_STAMPS_MISSING] = {"stamps_missing", "responses came without the kernel's stamp"},
    [ANOMALY_STAMPS_SHARED] = {"stamps_shared", "responses share their receive's stamp with others"},
    [ANOMALY_CLOCK_STEPPED] = {"clock_stepped", "times the wall clock was set during the run"},
    [ANOMALY_CONNECTIONS_MISSING] = {"connections_missing",
                                     "connections could not be opened before the start"},
    [ANOMALY_RECORDING_STALLS] = {"recording_stalls",
                                  "times requests were held back because the disk was behind"},
    [ANOMALY_BUFFERS_EXHAUSTED] = {"buffers_exhausted", "receives found no free buffer"},
    [ANOMALY_RECEIVES_REARMED] = {"receives_rearmed", "receives were armed again"},
    [ANOMALY_STALE_EVENTS] = {"stale_events", "completions came after their connection was closed"},
    [ANOMALY_SUBMITS_RETRIED] = {"submits_retried", "submissions were put off by the kernel"},
    [ANOMALY_KEEPALIVE_REFUSED] = {"keepalive_refused",
                                   "responses ended their connection (keep-alive not honoured)"},
    [ANOMALY_CLOSED_WHILE_IDLE] = {"closed_while_idle",
                                   "connections were closed by the server between requests"},
    [ANOMALY_EXCESS_BYTES] = {"excess_bytes", "responses had bytes behind their end"},
    [ANOMALY_UNSOLICITED_BYTES] = {"unsolicited_bytes",
                                   "times bytes came on a connection that had asked for none"},
    [ANOMALY_RECONNECTS] = {"reconnects", "connections were opened again"},
    [ANOMALY_LATENCY_OVERFLOW] = {"latency_overflow", "times were too long for a histogram"},
    [ANOMALY_LATENCY_NEGATIVE] = {"latency_negative", "times came out below zero"},
    [ANOMALY_SENDS_MISDATED] = {"sends_misdated",
                                "sends were dated by the earliest moment they can have had"},
    [ANOMALY_CQ_FULL] = {"cq_full", "times the completion queue was full"},
    [ANOMALY_SEND_STAMPS_MISSING] = {"send_stamps_missing",
                                     "requests were to carry a transmit stamp and have none"},
    [ANOMALY_SENDS_DATED_LATE] = {"sends_dated_late",
                                  "sends had left before the moment they were dated with, which "
                                  "their transmit stamp set right"},
    [ANOMALY_CLOSED_AT_SEND] = {"closed_at_send",
                                "requests went out on a kept connection that ended without a byte of an "
                                "answer: the server may have been closing it"},
    [ANOMALY_RETRIES_DROPPED] = {"retries_dropped",
                                 "attempts were not made because too many were waiting for theirs"},
};

const char *anomaly_name(enum anomaly anomaly)
{
    CHECK(anomaly, <, ANOMALY_COUNT);
    return anomalies[anomaly].name;
}

const char *anomaly_sentence(enum anomaly anomaly)
{
    CHECK(anomaly, <, ANOMALY_COUNT);
    return anomalies[anomaly].sentence;
}
