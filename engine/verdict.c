/* verdict.c - the reasons for distrust: counts by a table, what is measured by a function each.
 * engine/VERDICT.md has the same list for people; a test holds the two against each other. */
#include "verdict.h"

#include "limits.h"
#include "units.h"

#include <stdarg.h>
#include <stdio.h>

/* DESIGN.md, "Verdict": the contract. */
#define STAMPS_MISSING_MAX_SHARE 0.001
#define RATE_ACHIEVED_MIN_SHARE 0.98
#define SEND_LAG_MAX_SHARE 0.10 /* of the median service time */
#define SEND_LAG_MAX_NS (20 * NS_PER_US)

/* A percentile p stands on the 1 - p of the requests that lie beyond it: what more than one request in
 * a hundred suffers moves a p99, more than one in a thousand a p99.9. (Nearest rank: Hyndman and Fan,
 * "Sample Quantiles in Statistical Packages", 1996, type 1.) */
#define MOVES_P99_SHARE 0.01
#define MOVES_P999_SHARE 0.001

/* A queue in front of one server that is busy for a share u of the time holds u^2 / 2(1-u) on average
 * (M/D/1, Pollaczek 1930 and Khinchine 1932): 9 at 95 %, 2 at 80 %. */
#define BUSY_MAX_SHARE 0.95

/* /proc/stat counts in ticks, and the difference of two readings is off by up to one (proc(5)). */
#define STEAL_SEEN_MIN_NS (10 * NS_PER_MS)

/* No answer comes so soon: the fastest of 300,000 that a spinning client had from `tare-stub --null`
 * over loopback, each thread on a core of its own, took 4.4 us. What is below was dated too late. */
#define SERVICE_MIN_NS NS_PER_US

/* Of the time that the run lasted: less does not explain that one request in a hundred was late. */
#define WAITED_TELLS_SHARE 0.01

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

/* ---- what is counted ---- */

enum base { OF_REQUESTS, OF_ANSWERS };

/* What is a reason when more than a share of the requests or the answers is touched by it; 0: one is too
 * many. The sentence has a %s for the count, and may have a second for what it is a share of. */
struct count_rule {
    const char *name;
    enum anomaly anomaly;
    enum verdict verdict;
    double above;
    enum base base;
    const char *sentence;
};

/* Of rules with the same name the first that holds is told. */
static const struct count_rule count_rules[] = {
    /* What the files lack, no statistics can know. */
    {"samples_dropped", ANOMALY_SAMPLES_DROPPED, VERDICT_INVALID, 0, OF_REQUESTS,
     "%s rows could not be written; free space on the disk, or thin them with --samples 1/10"},
    /* io_uring_setup(2), IORING_FEAT_NODROP: an event is lost only where memory is short; before that
     * it waits outside of the queue, and an armed receive ends and is armed again. */
    {"cq_overflow", ANOMALY_CQ_OVERFLOW, VERDICT_INVALID, 0, OF_REQUESTS,
     "the kernel lost %s completions; use more threads (-t) or fewer connections (-c)"},
    {"cq_overflow", ANOMALY_CQ_FULL, VERDICT_SUSPECT, 0, OF_REQUESTS,
     "the completion queue was full %s times: nothing was lost, but the generator was behind; use "
     "more threads (-t) or fewer connections (-c)"},
    /* The load had another shape than was asked for. */
    {"connections_missing", ANOMALY_CONNECTIONS_MISSING, VERDICT_INVALID, 0, OF_REQUESTS,
     "%s connections could not be opened before the start; ask for fewer (-c), or raise the server's "
     "limit"},
    {"stamps_missing", ANOMALY_STAMPS_MISSING, VERDICT_INVALID, STAMPS_MISSING_MAX_SHARE, OF_ANSWERS,
     "%s of %s responses came without the kernel's stamp, so that their service time holds the "
     "generator's own delay; run again, and where it stays read it as an upper bound"},
    /* Dated too early, a send makes its service time too long. */
    {"sends_misdated", ANOMALY_SENDS_MISDATED, VERDICT_INVALID, MOVES_P99_SHARE, OF_ANSWERS,
     "the generator lost its CPU while it sent %s of %s requests: their service time is too long, which "
     "moves p99; give it a core of its own (--cpus)"},
    {"sends_misdated", ANOMALY_SENDS_MISDATED, VERDICT_SUSPECT, MOVES_P999_SHARE, OF_ANSWERS,
     "the generator lost its CPU while it sent %s of %s requests: their service time is too long, which "
     "moves p99.9; give it a core of its own (--cpus)"},
    {"latency_negative", ANOMALY_LATENCY_NEGATIVE, VERDICT_INVALID, 0, OF_REQUESTS,
     "%s times came out below zero: the clocks do not agree on this machine; stop what steers them, and "
     "run again"},
    /* A worker may run 65,536 rows ahead of the writer (LIMIT_SAMPLES_QUEUED): to use that up once is to
     * be behind by more than a second of a usual load. */
    {"recording_stalls", ANOMALY_RECORDING_STALLS, VERDICT_SUSPECT, 0, OF_REQUESTS,
     "requests were held back %s times because their rows could not be written fast enough; write to a "
     "faster disk (-o), thin the rows (--samples 1/10), or leave the writer a CPU"},
    /* The data stays in the socket, where the kernel has stamped it; but a window that closes slows a
     * large response down. */
    {"buffers_exhausted", ANOMALY_BUFFERS_EXHAUSTED, VERDICT_SUSPECT, MOVES_P99_SHARE, OF_ANSWERS,
     "%s receives for %s responses found no free buffer, and large responses may have waited for the "
     "generator; use more threads (-t) or fewer connections (-c)"},
};

#define COUNT_RULES (sizeof count_rules / sizeof count_rules[0])

static uint64_t count_answers(const struct result *r)
{
    uint64_t answered = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        answered += outcome_is_answered((enum outcome)i) ? r->outcomes[i] : 0;
    return answered;
}

static bool is_told(const struct result *r, const char *name)
{
    return r->reasons_count > 0 && r->reasons[r->reasons_count - 1].name == name;
}

static void judge_counts(struct result *r)
{
    char count[UNITS_TEXT_MAX], base[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_RULES; i++) {
        const struct count_rule *rule = &count_rules[i];
        const uint64_t counted = r->anomalies[rule->anomaly];
        const uint64_t of = rule->base == OF_ANSWERS ? count_answers(r) : r->requests;
        if (counted == 0 || (double)counted <= rule->above * (double)of || is_told(r, rule->name))
            continue;
        if (rule->anomaly == ANOMALY_STAMPS_MISSING && !r->stamps_promised)
            continue;
        add(r, rule->verdict, rule->name, rule->sentence, units_format_count(counted, count),
            units_format_count(of, base));
    }
}

static void judge_identities(struct result *r)
{
    char due[UNITS_TEXT_MAX], rows[UNITS_TEXT_MAX];
    uint64_t ended = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        ended += r->outcomes[i];
    if (r->due != r->requests || r->requests != ended)
        add(r, VERDICT_INVALID, "identity_broken",
            "%s requests were due, but %s have a row: this is a bug in tare, please report it",
            units_format_count(r->due, due), units_format_count(r->requests, rows));
}

/* ---- clocks ---- */

static uint64_t count_below(const struct histogram *h, int64_t limit_ns)
{
    uint64_t maybe = 0;
    const uint64_t above = histogram_above(h, limit_ns - 1, &maybe);
    return h->count + h->overflow - above - maybe;
}

static void judge_clocks(const struct config *config, struct result *r)
{
    char count[UNITS_TEXT_MAX], of[UNITS_TEXT_MAX];
    const uint64_t succeeded = r->latencies[SERIES_SERVICE].count;
    const uint64_t impossible = count_below(&r->latencies[SERIES_SERVICE], SERVICE_MIN_NS);
    if ((double)impossible > MOVES_P999_SHARE * (double)succeeded)
        add(r, (double)impossible > MOVES_P99_SHARE * (double)succeeded ? VERDICT_INVALID
                                                                       : VERDICT_SUSPECT,
            "service_impossible",
            "%s of %s service times are below 1 us, which no server can do: the generator lost its CPU "
            "while it sent, or the server answers what it was not asked; give the generator a core of "
            "its own (--cpus), and look at the server",
            units_format_count(impossible, count), units_format_count(succeeded, of));
    if (config->unix_socket)
        add(r, VERDICT_SUSPECT, "stamps_unavailable",
            "a unix socket gives no receive stamps: service time holds the generator's own delay; read it "
            "as an upper bound, or load the server's TCP port");
    else if (!r->stamps_promised)
        add(r, VERDICT_SUSPECT, "stamps_unavailable",
            "this kernel gives no receive stamps: service time holds the generator's own delay; read "
            "it as an upper bound, or run on another kernel");
    if (r->anomalies[ANOMALY_CLOCK_STEPPED] > 0)
        add(r, VERDICT_INVALID, "clock_stepped",
            "the wall clock was set during the run (by %s at most); stop the time daemon from "
            "stepping, and run again",
            units_format_time(r->offset_change_max_ns, count));
}

/* The machine that loads was the limit, not the server: what could not connect was never asked. */
static void judge_ports(struct result *r)
{
    char count[UNITS_TEXT_MAX], there[UNITS_TEXT_MAX];
    if (r->outcomes[OUTCOME_CONNECT_NO_PORT] == 0)
        return;
    add(r, VERDICT_SUSPECT, "ports_exhausted",
        "%s requests found no free local port, of %s that this machine has for this server; connect from "
        "more addresses (--source), keep connections (--reuse), or widen net.ipv4.ip_local_port_range",
        units_format_count(r->outcomes[OUTCOME_CONNECT_NO_PORT], count),
        units_format_count(r->local_ports, there));
}

/* ---- the schedule and the generator's time ---- */

static int64_t quantile_ns(const struct histogram *h, uint32_t ppm)
{
    return histogram_at_rank(h, units_rank(h->count, ppm));
}

/* The part of the rate that was due and not sent; 0 in closed loop. */
static double missed_share(const struct config *config, const struct result *r)
{
    if (config->loop != LOOP_OPEN || result_due_rate(r) <= 0)
        return 0;
    return 1 - result_sent_rate(r) / result_due_rate(r);
}

static bool is_rate_missed(const struct config *config, const struct result *r)
{
    return missed_share(config, r) > 1 - RATE_ACHIEVED_MIN_SHARE + 1e-9; /* of rounding */
}

/* The generator is to blame for a missed rate where it was not the server that it waited for: it had
 * work all the time, or no CPU for half as large a part of the time as of the rate is missing, or stood
 * still for its own files. */
static void judge_rate(const struct config *config, struct result *r)
{
    char sent[UNITS_TEXT_MAX], due[UNITS_TEXT_MAX];
    if (!is_rate_missed(config, r))
        return;
    if (r->busy_share > BUSY_MAX_SHARE || r->waited_share >= 0.5 * missed_share(config, r) ||
        r->anomalies[ANOMALY_RECORDING_STALLS] > 0)
        add(r, VERDICT_INVALID, "rate_missed",
            "only %s of %s were sent because the generator had no time; use more threads "
            "(-t), another core than the server's (--cpus), or a lower rate",
            units_format_rate(result_sent_rate(r), sent), units_format_rate(result_due_rate(r), due));
}

/* Why sends were late, and what helps against it. */
static void explain_lag(const struct config *config, const struct result *r, char *text, size_t size)
{
    if (r->waited_share > WAITED_TELLS_SHARE)
        snprintf(text, size,
                 "for %.0f %% of the run the generator was ready and had no CPU: give it one of its own, "
                 "away from the server (--cpus)",
                 100 * r->waited_share);
    else if (r->busy_share > BUSY_MAX_SHARE)
        snprintf(text, size, "the generator had no time: use more threads (-t), or lower the rate");
    else if (config->wait != WAIT_SPIN)
        snprintf(text, size, "the generator woke up late: use --wait spin, or a quieter machine");
    else
        snprintf(text, size, "the generator was held up: use more threads (-t), or a quieter machine");
}

static void judge_lag(const struct config *config, struct result *r)
{
    char late[UNITS_TEXT_MAX], service[UNITS_TEXT_MAX], cause[160];
    const int64_t lag_ns = quantile_ns(&r->latencies[SERIES_SEND_LAG], 990000);
    const int64_t service_ns = quantile_ns(&r->latencies[SERIES_SERVICE], 500000);
    if (lag_ns <= SEND_LAG_MAX_NS || (double)lag_ns <= SEND_LAG_MAX_SHARE * (double)service_ns)
        return;
    explain_lag(config, r, cause, sizeof cause);
    add(r, VERDICT_INVALID, "send_lag",
        "one request in a hundred was sent %s late or later, the median service time being %s; %s",
        units_format_time(lag_ns, late), units_format_time(service_ns, service), cause);
}

static void judge_schedule(const struct config *config, struct result *r)
{
    if (config->loop != LOOP_OPEN)
        return;
    judge_rate(config, r);
    judge_lag(config, r);
    if (r->busy_share > BUSY_MAX_SHARE)
        add(r, VERDICT_SUSPECT, "generator_saturated",
            "the busiest worker had work for %.0f %% of the time, and for %.0f %% of it no CPU; use more "
            "threads (-t), a CPU of its own (--cpus), or a lower rate",
            100 * r->busy_share, 100 * r->waited_share);
}

/* ---- the machine and the server ---- */

static void judge_machine(const struct config *config, struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    const struct machine_load *load = &r->load;
    const int64_t readings = config->cpus_count > 1 ? (int64_t)config->cpus_count : 1;
    const int64_t seen_ns = load->steal_ns - STEAL_SEEN_MIN_NS * readings;
    if ((double)seen_ns > MOVES_P99_SHARE * (double)load->wanted_ns)
        add(r, VERDICT_SUSPECT, "steal",
            "the hypervisor took away %s of the %s of CPU time that was wanted; run on a quieter "
            "machine, or repeat",
            units_format_time(load->steal_ns, text), units_format_time(load->wanted_ns, other));
    /* A period is 100 ms long (cgroup-v2.rst, cpu.max), and the rest of it passed without a CPU. */
    if (load->throttled > 0)
        add(r, VERDICT_SUSPECT, "throttled",
            "the CPU quota of this control group ran out in %s periods, and its threads stood still for "
            "%s; raise cpu.max, or use --wait block",
            units_format_count(load->throttled, text), units_format_time(load->throttled_ns, other));
}

static void judge_server(struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    const uint64_t ended =
        r->anomalies[ANOMALY_KEEPALIVE_REFUSED] + r->anomalies[ANOMALY_CLOSED_WHILE_IDLE];
    const uint64_t answered = count_answers(r);
    if (answered > 0 && (double)ended > MOVES_P99_SHARE * (double)answered)
        add(r, VERDICT_SUSPECT, "keepalive_refused",
            "the server ended the connection after %s of %s responses: connecting is part of what "
            "was measured; allow keep-alive on the server",
            units_format_count(ended, text), units_format_count(answered, other));
}

/* A request that did not succeed has no latency that counts. Above one in a hundred the p99 of all is not
 * known; and where failing is quick, the server was spared the work that makes successes slow. */
static void judge_failures(struct result *r)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX], failed[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];
    const struct histogram *failures = &r->failed_service, *successes = &r->latencies[SERIES_SERVICE];
    uint64_t without = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS)
            without += r->measured_outcomes[i];
    if ((double)without <= MOVES_P99_SHARE * (double)r->measured_requests)
        return;
    units_format_count(without, text);
    units_format_count(r->measured_requests, other);
    if (without == r->measured_requests)
        add(r, VERDICT_SUSPECT, "failures_hide_latency",
            "none of %s requests succeeded, so that no latency is known; look at how they ended, and "
            "see to the server first",
            other);
    else if (failures->count > 0 && successes->count > 0 &&
        quantile_ns(failures, 500000) < quantile_ns(successes, 500000))
        add(r, VERDICT_SUSPECT, "failures_hide_latency",
            "%s of %s requests did not succeed, and failing took %s at the median where success took %s: "
            "the server was spared work; read the latencies with the failures, or lower the load",
            text, other, units_format_time(quantile_ns(failures, 500000), failed),
            units_format_time(quantile_ns(successes, 500000), took));
    else
        add(r, VERDICT_SUSPECT, "failures_hide_latency",
            "%s of %s requests did not succeed, and the latencies are those of the others; read them "
            "with the failures (a gate by --slo counts these as above every limit), or lower the load",
            text, other);
}

static enum limit_cause find_limit(const struct config *config, const struct result *r)
{
    if (r->busy_share > BUSY_MAX_SHARE)
        return LIMITED_BY_GENERATOR;
    if (config->loop == LOOP_CLOSED)
        return LIMITED_BY_SERVER;
    return is_rate_missed(config, r) ? LIMITED_BY_SERVER : LIMITED_BY_SCHEDULE;
}

void verdict_judge(const struct config *config, struct result *result)
{
    result->verdict = VERDICT_VALID;
    result->reasons_count = 0;
    judge_identities(result);
    judge_counts(result);
    judge_clocks(config, result);
    judge_ports(result);
    judge_schedule(config, result);
    judge_machine(config, result);
    judge_server(result);
    judge_failures(result);
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
