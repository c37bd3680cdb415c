/* result.h - what a run came to: plain numbers that verdict, run.json and summary are made from. */
#ifndef TARE_RESULT_H
#define TARE_RESULT_H

#include "anomaly.h"
#include "config.h"
#include "expect.h"
#include "histogram.h"
#include "ring.h"
#include "schema.h"
#include "tls.h"

#include <stdbool.h>
#include <stdint.h>

#define RESULT_REASONS_MAX 24
#define RESULT_SENTENCE_MAX 288

enum verdict { VERDICT_VALID, VERDICT_SUSPECT, VERDICT_INVALID };

/* What kept the rate from being higher: the server; the generator; the schedule, which asked no more. */
enum limit_cause { LIMITED_BY_SERVER, LIMITED_BY_GENERATOR, LIMITED_BY_SCHEDULE };

struct reason {
    const char *name; /* stable, as run.json has it */
    enum verdict verdict;
    char sentence[RESULT_SENTENCE_MAX]; /* what happened, and what to do about it */
};

/* Time that the machine took away during the run. */
struct machine_load {
    int64_t steal_ns;     /* by the hypervisor (proc(5), /proc/stat), of these CPUs together */
    int64_t wanted_ns;    /* time in which they were not idle, stolen time included */
    uint64_t throttled;   /* periods in which a quota of this cgroup or one above was used up */
    int64_t throttled_ns; /* how long threads stood still for it, all CPUs together */
};

struct result {
    bool is_interrupted;
    int64_t warmup_ns, measure_ns, grace_ns; /* how long they lasted */

    /* Totals of all phases. */
    uint64_t due, requests, attempts, rows_written, sent, bytes_in, bytes_out;
    uint64_t connections_opened;
    uint64_t outcomes[OUTCOME_COUNT];

    /* The measured phase: its requests, and what was sent and done while it lasted. */
    uint64_t measured_requests;
    uint64_t measured_outcomes[OUTCOME_COUNT];
    uint64_t measured_sent, measured_done;
    struct histogram latencies[SERIES_COUNT]; /* of successes, 3 digits */
    struct histogram failed_service;          /* of failures, until they were seen to fail */
    int64_t issuing_ns; /* open loop: how long it took to begin them, an interval of the schedule each */
    int64_t schedule_ns; /* and how long it would have, had each been begun when it was due */

    uint64_t retried[OUTCOME_COUNT]; /* attempts that another one followed, of all phases */
    uint64_t unexpected[EXPECT_RESULTS]; /* responses of all phases, by the check that they failed */
    uint64_t send_stamps; /* transmit stamps read, all phases */
    int64_t dated_late_max_ns; /* by how much a stamp lay before the moment its send was dated */
    uint64_t anomalies[ANOMALY_COUNT];
    struct tls_facts tls;      /* of all connections, those before the start too */
    char tls_why[TLS_WHY_MAX]; /* why TLS last failed on a connection; "" */
    int64_t offset_change_max_ns; /* wall against monotonic clock */
    struct machine_load load;
    bool features[RING_FEATURE_COUNT];
    bool stamps_promised;
    uint64_t local_ports; /* connections that can stand at once for their sake; UINT64_MAX: no limit */

    /* The generator's own weight. */
    int64_t cpu_user_ns, cpu_system_ns; /* of the whole process, in the run */
    uint64_t resident_bytes;
    double busy_share; /* of the busiest worker: at work, or ready without a CPU, per time of the run */
    double waited_share; /* of the worker that most lacked a CPU: ready, and without one */
    int64_t recording_cpu_ns;
    uint64_t recording_bytes, samples_bytes;

    enum verdict verdict;
    struct reason reasons[RESULT_REASONS_MAX];
    uint32_t reasons_count;
    enum limit_cause limited_by;
};

/* Frees its histograms. All zeros are allowed. */
static inline void result_free(struct result *result)
{
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_free(&result->latencies[s]);
    histogram_free(&result->failed_service);
}

/* Requests per second that were done in the measured phase. */
static inline double result_rate(const struct result *result)
{
    return result->measure_ns > 0 ? (double)result->measured_done * 1e9 / (double)result->measure_ns
                                  : 0.0;
}

/* Requests per second that were sent in the measured phase: the achieved rate of an open loop. Where a
 * count ends the run, its last answer is not waited for: the rate is that of beginning them. */
static inline double result_sent_rate(const struct result *result)
{
    const int64_t lasted_ns = result->issuing_ns > 0 ? result->issuing_ns : result->measure_ns;
    return lasted_ns > 0 ? (double)result->measured_sent * 1e9 / (double)lasted_ns : 0.0;
}

/* Requests per second that were due in the measured phase of an open loop: what was asked, but for the
 * chance in Poisson arrivals, and for what a short phase does not divide by. */
static inline double result_due_rate(const struct result *result)
{
    const int64_t lasted_ns = result->schedule_ns > 0 ? result->schedule_ns : result->measure_ns;
    return lasted_ns > 0 ? (double)result->measured_requests * 1e9 / (double)lasted_ns : 0.0;
}

#endif
