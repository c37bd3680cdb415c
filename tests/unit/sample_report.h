/* sample_report.h - an invented report for the tests of the page: what a reader would make of two
 * runs of a minute, or of as few requests as a test asks for. Numbers are a function of the seed. */
#ifndef TARE_SAMPLE_REPORT_H
#define TARE_SAMPLE_REPORT_H

#include "limits.h"
#include "blocks.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample_plan {
    const char *name;
    enum run_loop loop;
    uint64_t requests; /* that succeed */
    uint64_t timeouts; /* and that do not */
    double median_ns;
    double spread;     /* of a lognormal */
    size_t seconds;
    size_t stall_at; /* a second whose requests are slow; 0: none */
};

/* A uniform number in (0, 1), splitmix64. */
static inline double sample_draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static inline void sample_fill_run(struct run *run, const struct sample_plan *plan)
{
    memset(run, 0, sizeof *run);
    run->path = strdup("results/sample");
    run->version = TARE_VERSION;
    run->started_utc = "2026-11-20T12:04:00Z";
    run->command = strdup("tare -c 64 -d 60s 'http://127.0.0.1:8080/'");
    run->state = RUN_STATE_COMPLETE;
    run->config = (struct run_config){.loop = plan->loop,
                                      .connections = 64,
                                      .threads = 1,
                                      .duration_ns = (int64_t)plan->seconds * NS_PER_S,
                                      .timeout_ns = 30 * NS_PER_S,
                                      .pipeline = 1,
                                      .wait = "hybrid",
                                      .seed = 1,
                                      .samples_text = "all"};
    if (plan->loop == RUN_LOOP_OPEN) {
        run->config.rate_per_s = (double)(plan->requests + plan->timeouts) / (double)plan->seconds;
        run->config.arrivals = "constant";
    }
    run->machine = (struct run_machine){.host = "bench",
                                        .kernel = "6.18.5",
                                        .architecture = "x86_64",
                                        .cpu_model = "AMD EPYC",
                                        .cpus = 2,
                                        .memory_bytes = 8000000000};
    run->liburing = "2.3";
    run->clock_source = "tsc";
    run->ring_features = strdup("single_issuer defer_taskrun");
    run->ring_disabled = strdup("");
    run->is_measured = true;
    run->measure_ns = (int64_t)plan->seconds * NS_PER_S;
    run->totals.attempts = plan->requests + plan->timeouts;
    run->cost = (struct run_cost){.recording_bytes = 47000000,
                                  .recording_cpu_ns = 310 * NS_PER_MS,
                                  .cpu_user_ns = 4 * NS_PER_S,
                                  .cpu_system_ns = 9 * NS_PER_S,
                                  .resident_bytes = 11000000,
                                  .busy_share = 0.21};
    run->limited_by = "server";
}

static inline void sample_fill_bins(struct variant *variant, const struct sample_plan *plan,
                                    uint64_t *state)
{
    timeline_init(&variant->timeline);
    variant->timeline.bin_count = plan->seconds;
    timeline_finish(&variant->timeline);
    for (size_t i = 0; i < plan->seconds; i++) {
        struct time_bin *bin = &variant->timeline.bins[i];
        const bool slow = plan->stall_at && i >= plan->stall_at && i < plan->stall_at + 3;
        const double wave = (slow ? 4 : 1) * (0.95 + 0.1 * sample_draw(state));
        bin->done = plan->requests / plan->seconds;
        bin->done += (uint64_t)(0.03 * (double)bin->done * sample_draw(state));
        bin->due = (plan->requests + plan->timeouts) / plan->seconds;
        bin->in_flight = plan->loop == RUN_LOOP_OPEN ? 3 + i % 5 : 64;
        bin->backlog = plan->loop == RUN_LOOP_OPEN && slow ? 200 + i % 90 : 0;
        bin->outcomes[OUTCOME_OK] = bin->done;
        bin->latency_count = bin->done;
        bin->p50_ns = (int64_t)(plan->median_ns * (0.95 + 0.1 * sample_draw(state)));
        bin->p99_ns = (int64_t)(wave * plan->median_ns * exp(2.33 * plan->spread));
        bin->max_ns = bin->p99_ns * 2;
        for (int user = 0; user < TIME_STEAL; user++) /* nothing is stolen */
            bin->uses[user] = (struct time_use){.cpu_ns = NS_PER_S / (2 + (uint64_t)user) + i * 1000,
                                                .watched_ns = NS_PER_S,
                                                .resident_bytes = 11000000 + i * 1000,
                                                .readings = user != TIME_WORKER};
        for (size_t row = 0; row < TIMELINE_ROWS; row++) {
            const double off = log(timeline_row_ns(row) * 1.12 / plan->median_ns) / (wave * plan->spread);
            variant->timeline.cells[i * TIMELINE_ROWS + row] =
                (uint32_t)((double)bin->done * 0.2 * exp(-off * off / 2) * (0.7 + 0.6 * sample_draw(state)));
        }
        if (plan->timeouts > 0 && i % 7 == 3)
            bin->outcomes[OUTCOME_TIMEOUT] = 1 + plan->timeouts * 7 / plan->seconds;
        if (plan->timeouts > 0 && i % 5 == 3)
            bin->outcomes[OUTCOME_RESET] = 1 + plan->timeouts * 2 / plan->seconds;
    }
}

static inline void sample_fill_variant(struct variant *variant, const struct sample_plan *plan,
                                       uint64_t seed)
{
    uint64_t state = seed;
    memset(variant, 0, sizeof *variant);
    variant->name = strdup(plan->name);
    variant->path = strdup("results/sample");
    variant->runs = calloc(1, sizeof *variant->runs);
    variant->run_count = 1;
    sample_fill_run(&variant->runs[0], plan);
    variant->loop = plan->loop;
    variant->latency = plan->loop == RUN_LOOP_OPEN ? SERIES_RESPONSE : SERIES_SERVICE;
    variant->measure_ns = variant->runs[0].measure_ns;
    struct target *total = &variant->total;
    total->name = "all";
    total->method = "GET";
    total->url = "http://127.0.0.1:8080/";
    total->requests = plan->requests + plan->timeouts;
    total->successes = plan->requests;
    total->sent = total->done = total->requests;
    total->done_ok = total->successes;
    total->censored = plan->timeouts;
    total->outcomes[OUTCOME_OK] = plan->requests;
    total->outcomes[OUTCOME_TIMEOUT] = plan->timeouts;
    for (int i = 0; i < SERIES_COUNT; i++)
        distribution_init(&total->series[i], 3, DISTRIBUTION_EXACT_MAX);
    for (uint64_t i = 0; i < plan->requests; i++) {
        const double normal = sqrt(-2 * log(sample_draw(&state))) * cos(6.283185307 * sample_draw(&state));
        const int64_t service = (int64_t)(plan->median_ns * exp(plan->spread * normal));
        const int64_t lag = (int64_t)(200 * (0.5 + sample_draw(&state)));
        distribution_record(&total->series[SERIES_SERVICE], service);
        distribution_record(&total->series[SERIES_SEND_LAG], lag);
        distribution_record(&total->series[SERIES_RECEIVE_LAG], lag * 14);
        const size_t block = i * SCATTER_BLOCKS / plan->requests;
        blocks_put(total, SERIES_SERVICE, block, service, 1);
        if (plan->loop == RUN_LOOP_OPEN) {
            distribution_record(&total->series[SERIES_RESPONSE], service + lag);
            blocks_put(total, SERIES_RESPONSE, block, service + lag, 1);
        }
    }
    blocks_finish(total, variant->latency);
    for (int i = 0; i < SERIES_COUNT; i++)
        distribution_finish(&total->series[i]);
    sample_fill_bins(variant, plan, &state);
}

/* Fills a report of `count` variants. To be freed with sample_free. */
static inline void sample_fill(struct report *report, const struct sample_plan *plans, size_t count)
{
    memset(report, 0, sizeof *report);
    report->version = TARE_VERSION;
    report->command = strdup("tare-report results/baseline results/optimized");
    report->variants = calloc(count ? count : 1, sizeof *report->variants);
    report->variant_count = count;
    for (size_t i = 0; i < count; i++)
        sample_fill_variant(&report->variants[i], &plans[i], i + 1);
    report->comparison_count = count > 1 ? count - 1 : 0;
    report->comparisons = calloc(count ? count : 1, sizeof *report->comparisons);
    report->headline_ppm = compare_percentile(report->variants, count, 0);
    for (size_t i = 0; i < report->comparison_count; i++)
        compare_variants(&report->comparisons[i], report->variants, 0, i + 1, report->headline_ppm, false);
    compare_headline(report->variants, count, report->comparisons, report->headline_ppm,
                     report->headline);
    report->is_trusted = true;
}

static inline void sample_free(struct report *report)
{
    for (size_t i = 0; i < report->variant_count; i++) {
        blocks_free(&report->variants[i].total);
        variant_free(&report->variants[i]);
    }
    free(report->variants);
    free(report->comparisons);
    free(report->gates);
    free(report->results);
    free(report->command);
}

#endif
