/* gather.c - sums and maxima over workers; durations; the tally's histograms merged by series. */
#include "gather.h"

#include <string.h>

/* How long the worker looped that did so longest: one whose share of the requests is small or none ends
 * before the others, and is not busy afterwards. */
static int64_t find_longest(const struct config *config, const struct worker *workers)
{
    int64_t longest_ns = 0;
    for (uint32_t i = 0; i < config->threads; i++)
        if (workers[i].looped_ns > longest_ns)
            longest_ns = workers[i].looped_ns;
    return longest_ns;
}

static void add_tls(struct result *r, const struct worker *w)
{
    const uint64_t handshakes = r->tls.handshakes, resumed = r->tls.resumed;
    if (w->tls.handshakes > 0)
        r->tls = w->tls;
    r->tls.handshakes = handshakes + w->tls.handshakes;
    r->tls.resumed = resumed + w->tls.resumed;
    if (w->tls_why[0])
        memcpy(r->tls_why, w->tls_why, sizeof r->tls_why);
}

/* A part of that time: 0 to 1, though its readings do not fall together. */
static double share_of(int64_t longest_ns, int64_t part_ns)
{
    const double share = longest_ns > 0 ? (double)part_ns / (double)longest_ns : 0;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static void add_workers(struct result *r, const struct config *config,
                        const struct worker *workers)
{
    const int64_t longest_ns = find_longest(config, workers);
    for (uint32_t i = 0; i < config->threads; i++) {
        const struct worker *w = &workers[i];
        const double share = share_of(longest_ns, w->cpu_ns - w->idle_ns + w->waited_ns);
        r->due += w->due;
        r->sent += w->sent;
        r->bytes_out += w->bytes_out;
        r->connections_opened += w->opened;
        const double waited = share_of(longest_ns, w->waited_ns);
        r->send_stamps += w->send_stamps;
        add_tls(r, w);
        for (int e = 0; e < EXPECT_RESULTS; e++)
            r->unexpected[e] += w->judge.failed[e];
        if (w->dated_late_max_ns > r->dated_late_max_ns)
            r->dated_late_max_ns = w->dated_late_max_ns;
        r->busy_share = share > r->busy_share ? share : r->busy_share;
        r->waited_share = waited > r->waited_share ? waited : r->waited_share;
        for (int a = 0; a < ANOMALY_COUNT; a++)
            r->anomalies[a] += w->anomalies[a];
    }
    memcpy(r->features, workers[0].features, sizeof r->features);
}

/* From the begin of the measured phase to an interval of the schedule behind a moment. */
static int64_t until_next_ns(const struct config *c, int64_t last_ns)
{
    return last_ns > c->warmup_ns ? last_ns - c->warmup_ns + (int64_t)(1e12 / (double)c->rate_milli) : 0;
}

/* In an open loop that a count ends: how long it took to begin its requests, and was to take. */
static void find_issuing(struct result *r, const struct config *c, const struct worker *workers)
{
    int64_t begun_ns = 0, scheduled_ns = 0;
    if (c->loop != LOOP_OPEN || c->requests == 0)
        return;
    for (uint32_t i = 0; i < c->threads; i++) {
        if (workers[i].last_begun_ns > begun_ns)
            begun_ns = workers[i].last_begun_ns;
        if (workers[i].last_scheduled_ns > scheduled_ns)
            scheduled_ns = workers[i].last_scheduled_ns;
    }
    r->issuing_ns = until_next_ns(c, begun_ns);
    r->schedule_ns = until_next_ns(c, scheduled_ns);
}

/* How long the phases lasted: a run that a count or the user ended was shorter than it might be. */
static void find_phases(struct result *r, const struct config *c, const struct worker *workers,
                        int64_t last_ns)
{
    int64_t finished_ns = 0;
    for (uint32_t i = 0; i < c->threads; i++)
        if (workers[i].finished_ns > finished_ns)
            finished_ns = workers[i].finished_ns;
    int64_t end_ns = c->duration_ns > 0 ? c->warmup_ns + c->duration_ns : last_ns;
    if (workers[0].phases.end_ns < end_ns)
        end_ns = workers[0].phases.end_ns;
    if (c->requests > 0 && last_ns < end_ns)
        end_ns = last_ns;
    r->warmup_ns = c->warmup_ns < end_ns ? c->warmup_ns : end_ns;
    r->measure_ns = end_ns - r->warmup_ns;
    r->grace_ns = finished_ns > end_ns ? finished_ns - end_ns : 0;
    find_issuing(r, c, workers);
}

static void add_recorded(struct result *r, struct recorder *rec)
{
    struct tally *tally = &rec->tally;
    r->requests = tally->requests;
    r->attempts = tally->rows;
    r->rows_written = rec->rows_written - rec->samples.rows_lost;
    r->anomalies[ANOMALY_SAMPLES_DROPPED] =
        rec->rows_discarded + rec->samples.rows_lost + rec->histograms.rows_lost +
        rec->seconds_file.rows_lost;
    r->bytes_in = tally->bytes_in;
    r->measured_sent = rec->sent_measured;
    r->measured_done = rec->done_measured;
    r->recording_cpu_ns = rec->cpu_ns;
    r->samples_bytes = rec->samples.bytes;
    r->recording_bytes = rec->samples.bytes + rec->histograms.bytes + rec->seconds_file.bytes;
    r->anomalies[ANOMALY_LATENCY_NEGATIVE] = tally->negative;
    r->anomalies[ANOMALY_LATENCY_OVERFLOW] = tally->overflow;
    for (int p = 0; p < PHASE_COUNT; p++)
        for (int o = 0; o < OUTCOME_COUNT; o++)
            r->outcomes[o] += tally->outcomes[p][o];
    memcpy(r->retried, tally->retried, sizeof r->retried);
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        r->measured_outcomes[o] = tally->outcomes[PHASE_MEASURE][o];
        r->measured_requests += r->measured_outcomes[o];
    }
    for (int s = 0; s < SERIES_COUNT; s++) {
        histogram_init(&r->latencies[s], 3);
        tally_merge(tally, PHASE_MEASURE, OUTCOME_SUCCESS, (enum series)s, &r->latencies[s]);
    }
    histogram_init(&r->failed_service, 3);
    tally_merge(tally, PHASE_MEASURE, OUTCOME_FAILURE, SERIES_SERVICE, &r->failed_service);
}

void gather_result(struct result *result, const struct config *config,
                   const struct worker *workers, struct recorder *recorder)
{
    add_workers(result, config, workers);
    find_phases(result, config, workers, recorder->tally.last_end_ns);
    add_recorded(result, recorder);
}
