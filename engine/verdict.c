/* verdict.c - the reasons for distrust, one function each kind. */
#include "verdict.h"

#include "limits.h"
#include "units.h"

#include <stdarg.h>
#include <stdio.h>

/* DESIGN.md, "Verdict". */
#define STAMPS_MISSING_MAX_SHARE 0.001
/* A send that is dated too early makes its service time too long: above one in a hundred that moves the
 * p99, above one in a thousand the p99.9. */
#define SENDS_MISDATED_INVALID_SHARE 0.01
#define SENDS_MISDATED_SUSPECT_SHARE 0.001
#define RATE_ACHIEVED_MIN_SHARE 0.98
#define SEND_LAG_MAX_SHARE 0.10 /* of the median service time */
#define SEND_LAG_MAX_NS (20 * NS_PER_US)
/* A worker with less than 5 % of its core left queues requests (M/D/1: at 95 % the queue is 10 deep). */
#define BUSY_MAX_SHARE 0.95
/* A stolen share of 1 % already moves a p99. */
#define STEAL_MAX_SHARE 0.01
/* One response in a hundred that closes its connection makes connecting part of what is measured. */
#define KEEPALIVE_REFUSED_MAX_SHARE 0.01

static void add(struct result *result, enum verdict verdict, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct result *result, enum verdict verdict, const char *name, const char *format, ...)
{
    if (result->reasons_count == RESULT_REASONS_MAX)
        return;
    struct reason *reason = &result->reasons[result->reasons_count++];
    va_list arguments;
    reason->name = name;
    reason->verdict = verdict;
    va_start(arguments, format);
    vsnprintf(reason->sentence, sizeof reason->sentence, format, arguments);
    va_end(arguments);
    if (verdict > result->verdict)
        result->verdict = verdict;
}

static void judge_counts(struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    uint64_t ended = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        ended += r->outcomes[i];
    if (r->due != r->requests || r->requests != ended)
        add(r, VERDICT_INVALID, "identity_broken",
            "%s requests were due, but %s have a row: this is a bug in tare, please report it",
            units_format_count(r->due, text), units_format_count(r->requests, other));
    if (r->anomalies[ANOMALY_SAMPLES_DROPPED] > 0)
        add(r, VERDICT_INVALID, "samples_dropped",
            "%s rows could not be written; free space on the disk, or thin them with --samples 1/10",
            units_format_count(r->anomalies[ANOMALY_SAMPLES_DROPPED], text));
    if (r->anomalies[ANOMALY_CQ_OVERFLOW] > 0)
        add(r, VERDICT_INVALID, "cq_overflow",
            "the kernel lost %s completions; use more threads or fewer connections",
            units_format_count(r->anomalies[ANOMALY_CQ_OVERFLOW], text));
    if (r->anomalies[ANOMALY_CONNECTIONS_MISSING] > 0)
        add(r, VERDICT_INVALID, "connections_missing",
            "%s connections could not be opened before the start; ask for fewer, or raise the "
            "server's limit",
            units_format_count(r->anomalies[ANOMALY_CONNECTIONS_MISSING], text));
}

static void judge_clocks(struct result *r)
{
    char text[UNITS_TEXT_MAX];
    uint64_t answered = 0;
    for (int i = OUTCOME_OK; i <= OUTCOME_STATUS_5XX; i++)
        answered += r->outcomes[i];
    const uint64_t missing = r->anomalies[ANOMALY_STAMPS_MISSING];
    if (r->stamps_promised && (double)missing > STAMPS_MISSING_MAX_SHARE * (double)answered)
        add(r, VERDICT_INVALID, "stamps_missing",
            "%s responses came without the kernel's stamp, so that their service time holds the "
            "generator's own delay; run again, and where it stays read it as an upper bound",
            units_format_count(missing, text));
    const uint64_t misdated = r->anomalies[ANOMALY_SENDS_MISDATED];
    const bool moves_p99 = (double)misdated > SENDS_MISDATED_INVALID_SHARE * (double)answered;
    if (moves_p99 || (double)misdated > SENDS_MISDATED_SUSPECT_SHARE * (double)answered)
        add(r, moves_p99 ? VERDICT_INVALID : VERDICT_SUSPECT, "sends_misdated",
            "the generator lost its CPU while it sent %s requests, and their service time is too "
            "long, which moves %s; pin it to a core of its own (--cpus)",
            units_format_count(misdated, text), moves_p99 ? "p99" : "p99.9");
    if (!r->stamps_promised)
        add(r, VERDICT_SUSPECT, "stamps_unavailable",
            "this kernel gives no receive stamps: service time holds the generator's own delay; read "
            "it as an upper bound, or run on another kernel");
    if (r->anomalies[ANOMALY_CLOCK_STEPPED] > 0)
        add(r, VERDICT_INVALID, "clock_stepped",
            "the wall clock was set during the run (by %s at most); stop the time daemon from "
            "stepping, and run again",
            units_format_time(r->offset_change_max_ns, text));
    if (r->anomalies[ANOMALY_LATENCY_NEGATIVE] > 0)
        add(r, VERDICT_INVALID, "latency_negative",
            "%s times came out below zero: the clocks do not agree on this machine; stop what steers "
            "them, and run again",
            units_format_count(r->anomalies[ANOMALY_LATENCY_NEGATIVE], text));
}

static int64_t quantile_ns(const struct histogram *h, uint32_t ppm)
{
    return histogram_at_rank(h, units_rank(h->count, ppm));
}

/* What of the asked rate was sent: the generator is to blame where it was not waiting for the server. */
static void judge_schedule(const struct config *config, struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    const double asked = (double)config->rate_milli / 1000.0;
    const double sent = result_sent_rate(r);
    const int64_t lag_ns = quantile_ns(&r->latencies[SERIES_SEND_LAG], 990000);
    const int64_t service_ns = quantile_ns(&r->latencies[SERIES_SERVICE], 500000);
    const bool is_missed = sent < RATE_ACHIEVED_MIN_SHARE * asked && config->requests == 0;
    if (is_missed && (r->busy_share > BUSY_MAX_SHARE || r->anomalies[ANOMALY_RECORDING_STALLS] > 0))
        add(r, VERDICT_INVALID, "rate_missed",
            "only %.0f/s of %.0f/s were sent because the generator had no time; use more threads "
            "(-t), another core than the server's (--cpus), or a lower rate",
            sent, asked);
    if (lag_ns > SEND_LAG_MAX_NS && (double)lag_ns > SEND_LAG_MAX_SHARE * (double)service_ns)
        add(r, VERDICT_INVALID, "send_lag",
            "one request in a hundred was sent %s late or later, the median service time being %s; "
            "pin the generator away from the server (--cpus), use --wait spin, or lower the rate",
            units_format_time(lag_ns, text), units_format_time(service_ns, other));
    else if (r->busy_share > BUSY_MAX_SHARE)
        add(r, VERDICT_SUSPECT, "generator_saturated",
            "the busiest worker had work for %.0f %% of the time; use more threads (-t) or a lower rate",
            100 * r->busy_share);
}

static void judge_surroundings(const struct config *config, struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    const int64_t lasted_ns = r->warmup_ns + r->measure_ns + r->grace_ns;
    const double stolen = (double)r->load.steal_ns / (double)(lasted_ns ? lasted_ns : 1);
    const uint64_t refused = r->anomalies[ANOMALY_KEEPALIVE_REFUSED];
    if (stolen > STEAL_MAX_SHARE * (double)config->threads)
        add(r, VERDICT_SUSPECT, "steal",
            "the hypervisor took %s of CPU time away in %s; run on a quieter machine, or repeat",
            units_format_time(r->load.steal_ns, text), units_format_time(lasted_ns, other));
    if (r->load.throttled > 0)
        add(r, VERDICT_SUSPECT, "throttled",
            "the CPU quota of this control group ran out in %s periods; raise cpu.max",
            units_format_count(r->load.throttled, text));
    if ((double)refused > KEEPALIVE_REFUSED_MAX_SHARE * (double)r->requests)
        add(r, VERDICT_SUSPECT, "keepalive_refused",
            "the server ended the connection after %s of %s responses: connecting is part of what "
            "was measured; allow keep-alive on the server",
            units_format_count(refused, text), units_format_count(r->requests, other));
}

static enum limit_cause find_limit(const struct config *config, const struct result *r)
{
    if (r->busy_share > BUSY_MAX_SHARE)
        return LIMITED_BY_GENERATOR;
    if (config->loop == LOOP_CLOSED)
        return LIMITED_BY_SERVER;
    const double asked = (double)config->rate_milli / 1000.0;
    return result_sent_rate(r) < RATE_ACHIEVED_MIN_SHARE * asked ? LIMITED_BY_SERVER
                                                            : LIMITED_BY_SCHEDULE;
}

void verdict_judge(const struct config *config, struct result *result)
{
    result->verdict = VERDICT_VALID;
    result->reasons_count = 0;
    judge_counts(result);
    judge_clocks(result);
    if (config->loop == LOOP_OPEN)
        judge_schedule(config, result);
    judge_surroundings(config, result);
    result->limited_by = find_limit(config, result);
}

const char *verdict_name(enum verdict verdict)
{
    return verdict == VERDICT_VALID ? "valid" : verdict == VERDICT_SUSPECT ? "suspect" : "invalid";
}

const char *verdict_limit_name(enum limit_cause cause)
{
    return cause == LIMITED_BY_SERVER      ? "server"
           : cause == LIMITED_BY_GENERATOR ? "generator"
                                           : "schedule";
}
