/* result.h - what a run came to: plain numbers that verdict, run.json and summary are made from. */
#ifndef TARE_RESULT_H
#define TARE_RESULT_H

#include "anomaly.h"
#include "config.h"
#include "histogram.h"
#include "ring.h"
#include "schema.h"

#include <stdbool.h>
#include <stdint.h>

#define RESULT_REASONS_MAX 16
#define RESULT_SENTENCE_MAX 256

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
    int64_t steal_ns;     /* by the hypervisor, all CPUs together (proc(5), /proc/stat) */
    uint64_t throttled;   /* periods in which this cgroup had used up its quota (cpu.stat) */
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

    uint64_t anomalies[ANOMALY_COUNT];
    int64_t offset_change_max_ns; /* wall against monotonic clock */
    struct machine_load load;
    bool features[RING_FEATURE_COUNT];
    bool stamps_promised;

    /* The generator's own weight. */
    int64_t cpu_user_ns, cpu_system_ns; /* of the whole process, in the run */
    uint64_t resident_bytes;
    double busy_share; /* of the busiest worker: not asleep and not spinning, per time of the run */
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
}

/* Requests per second that were done in the measured phase. */
static inline double result_rate(const struct result *result)
{
    return result->measure_ns > 0 ? (double)result->measured_done * 1e9 / (double)result->measure_ns
                                  : 0.0;
}

/* Requests per second that were sent in the measured phase: the achieved rate of an open loop. */
static inline double result_sent_rate(const struct result *result)
{
    return result->measure_ns > 0 ? (double)result->measured_sent * 1e9 / (double)result->measure_ns
                                  : 0.0;
}

#endif
