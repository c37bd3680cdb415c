/* coverage_sim.c - how often the reporter's 95 % intervals of percentiles hold the true value, on
 * simulated servers whose truth is known. Prints a Markdown table with binomial intervals; exit 1
 * where intervals that are called good do not hold in 93 to 98 of 100 runs.
 *
 *   coverage_sim [short]     short: fewer runs, and wider bounds for their chance */
#include "interval.h"
#include "limits.h"
#include "queues.h"
#include "statistics.h"

#include <stdio.h>
#include <string.h>

#define PERCENTILES 5
static const double percentiles[PERCENTILES] = {0.5, 0.9, 0.95, 0.99, 0.999};
static const char *const percentile_names[PERCENTILES] = {"p50", "p90", "p95", "p99", "p99.9"};

static const struct queue_plan plans[] = {
    {.name = "M/M/1 at 50 %, 10,000/s", .rate = 10000, .service_s = 50e-6},
    {.name = "M/M/1 at 80 %, 10,000/s", .rate = 10000, .service_s = 80e-6},
    {.name = "M/M/1 at 90 %, 10,000/s", .rate = 10000, .service_s = 90e-6},
    {.name = "M/M/1 at 80 %, 1,000/s", .rate = 1000, .service_s = 800e-6},
    {.name = "stalls of 20 ms each 0.5 s, 10,000/s",
     .rate = 10000,
     .service_s = 30e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.8,
     .pause_every_s = 0.5,
     .pause_s = 0.02},
    {.name = "stalls of 5 ms each 50 ms, 10,000/s",
     .rate = 10000,
     .service_s = 30e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.8,
     .pause_every_s = 0.05,
     .pause_s = 0.005},
    {.name = "closed loop, 20 connections", .connections = 20, .service_s = 100e-6},
    {.name = "closed loop, 20 connections, stalls",
     .connections = 20,
     .service_s = 100e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 1,
     .pause_every_s = 0.2,
     .pause_s = 0.01},
};
#define PLANS (sizeof plans / sizeof plans[0])

static const double durations_s[] = {3, 10, 30, 100};
#define DURATIONS (sizeof durations_s / sizeof durations_s[0])

/* How often intervals of a class were made, and held. */
struct tally {
    unsigned made[INTERVAL_QUALITY_COUNT];
    unsigned held[INTERVAL_QUALITY_COUNT];
    double width; /* sum of widths over the truth, of good ones */
};

static int64_t to_ns(double seconds)
{
    return (int64_t)(seconds * 1e9 + 0.5);
}

/* The true percentile: by formula where there is one, else of a run so long that its own error is a
 * twentieth of that of the runs that are judged by it. */
static void find_truth(const struct queue_plan *plan, double truth[PERCENTILES], uint64_t requests)
{
    if (plan->rate > 0 && plan->service == QUEUE_EXPONENTIAL && plan->pause_every_s <= 0) {
        const double mean = plan->service_s / (1 - plan->rate * plan->service_s);
        for (int i = 0; i < PERCENTILES; i++)
            truth[i] = -log(1 - percentiles[i]) * mean * 1e9;
        return;
    }
    struct queue queue;
    struct histogram histogram;
    histogram_init(&histogram, 3);
    queue_begin(&queue, plan, 4711, 1);
    for (uint64_t i = 0; i < requests; i++)
        histogram_record(&histogram, to_ns(queue_next(&queue).latency_s), 1);
    for (int i = 0; i < PERCENTILES; i++)
        truth[i] = (double)histogram_at_rank(&histogram,
                                             interval_rank(percentiles[i], histogram.count));
    histogram_free(&histogram);
}

/* One run, as a reader would count it. */
static void count_run(struct queue *queue, double duration_s, struct scatter_blocks *blocks,
                      struct distribution *values)
{
    struct scatter_clock clock;
    scatter_clock_set(&clock, 0, to_ns(duration_s), false);
    for (;;) {
        const struct queue_request request = queue_next(queue);
        if (request.sent_s >= duration_s)
            return;
        const size_t block = scatter_block_of(&clock, to_ns(request.sent_s));
        histogram_record(&blocks->blocks[block], to_ns(request.latency_s), 1);
        distribution_record(values, to_ns(request.latency_s));
    }
}

static void judge_run(const struct scatter *scatter, const struct distribution *values,
                      const double truth[PERCENTILES], struct tally tallies[PERCENTILES])
{
    for (int i = 0; i < PERCENTILES; i++) {
        struct interval interval;
        interval_of_percentile(&interval, scatter, values, percentiles[i], false);
        tallies[i].made[interval.quality]++;
        /* Buckets are a thousandth wide. */
        const bool holds = interval.low * 0.999 <= truth[i] &&
                           (truth[i] <= interval.high * 1.001 || interval.is_open);
        tallies[i].held[interval.quality] += holds;
        if (interval.quality == INTERVAL_GOOD)
            tallies[i].width += (interval.high - interval.low) / truth[i];
    }
}

static void judge_runs(const struct queue_plan *plan, double duration_s, unsigned runs,
                       const double truth[PERCENTILES], struct tally tallies[PERCENTILES])
{
    static struct scatter_blocks blocks;
    memset(tallies, 0, PERCENTILES * sizeof *tallies);
    for (unsigned r = 0; r < runs; r++) {
        struct queue queue;
        struct distribution values;
        struct scatter scatter;
        scatter_blocks_init(&blocks, 3);
        distribution_init(&values, 3, 0);
        queue_begin(&queue, plan, r + 1, 1);
        count_run(&queue, duration_s, &blocks, &values);
        distribution_finish(&values);
        if (scatter_make(&scatter, blocks.blocks, blocks.failed, SCATTER_BLOCKS, false) != 0)
            abort();
        judge_run(&scatter, &values, truth, tallies);
        scatter_free(&scatter);
        distribution_free(&values);
        scatter_blocks_free(&blocks);
    }
}

/* The exact binomial interval of a share (Clopper, Pearson 1934). */
static void bound(unsigned held, unsigned made, double *low, double *high)
{
    *low = held > 0 ? statistics_beta_quantile(0.025, held, made - held + 1.0) : 0;
    *high = held < made ? statistics_beta_quantile(0.975, held + 1.0, made - held) : 1;
}

static void print_share(unsigned held, unsigned made)
{
    double low;
    double high;
    if (made == 0) {
        printf(" | none");
        return;
    }
    bound(held, made, &low, &high);
    printf(" | %.3f [%.3f, %.3f] of %u", (double)held / made, low, high, made);
}

/* Whether a class holds what it promises: its binomial interval reaches into 0.93 to 0.98. */
static bool is_honest(const struct tally *tally)
{
    double low;
    double high;
    const unsigned made = tally->made[INTERVAL_GOOD];
    if (made == 0)
        return true;
    bound(tally->held[INTERVAL_GOOD], made, &low, &high);
    return high >= 0.93 && low <= 0.98;
}

int main(int argc, char **argv)
{
    const bool is_short = argc > 1 && strcmp(argv[1], "short") == 0;
    const size_t durations = is_short ? 2 : argc > 1 ? (size_t)atoi(argv[1]) : 3;
    unsigned broken = 0;
    struct tally all = {.width = 0};
    printf("| server | run | percentile | good: holds the truth | width | fair | unresolved |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t p = 0; p < PLANS; p++) {
        double truth[PERCENTILES];
        find_truth(&plans[p], truth, is_short ? 3000000 : 60000000);
        for (size_t d = 0; d < durations; d++) {
            struct tally tallies[PERCENTILES];
            const unsigned runs = is_short ? 60 : durations_s[d] > 20 ? 400 : 1000;
            judge_runs(&plans[p], durations_s[d], runs, truth, tallies);
            for (int i = 0; i < PERCENTILES; i++) {
                const struct tally *tally = &tallies[i];
                const unsigned good = tally->made[INTERVAL_GOOD];
                printf("| %s | %g s | %s", plans[p].name, durations_s[d], percentile_names[i]);
                print_share(tally->held[INTERVAL_GOOD], good);
                if (good > 0)
                    printf(" | %.1f %%", 100 * tally->width / good);
                else
                    printf(" |");
                print_share(tally->held[INTERVAL_FAIR], tally->made[INTERVAL_FAIR]);
                print_share(tally->held[INTERVAL_UNRESOLVED], tally->made[INTERVAL_UNRESOLVED]);
                printf(" |%s\n", is_honest(tally) ? "" : " **broken**");
                broken += !is_honest(tally);
                for (int q = 0; q < INTERVAL_QUALITY_COUNT; q++) {
                    all.made[q] += tally->made[q];
                    all.held[q] += tally->held[q];
                }
            }
            fflush(stdout);
        }
    }
    printf("| all | |");
    print_share(all.held[INTERVAL_GOOD], all.made[INTERVAL_GOOD]);
    printf(" |");
    print_share(all.held[INTERVAL_FAIR], all.made[INTERVAL_FAIR]);
    print_share(all.held[INTERVAL_UNRESOLVED], all.made[INTERVAL_UNRESOLVED]);
    printf(" |\n\n%s\n", broken == 0 ? "good intervals hold what they promise"
                                     : "good intervals do NOT hold what they promise");
    return broken == 0 ? 0 : 1;
}
