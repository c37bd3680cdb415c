/* coverage_sim.c - how often the reporter's 95 % intervals of percentiles hold the true value, on
 * simulated servers whose truth is known (queues.h). Prints a Markdown table, a row for each server
 * and length of run: of all percentiles' intervals of a class, how many hold, with a binomial
 * interval for as many runs as they are worth (percentiles of one run go together). Exit 1 where
 * the intervals called good do not hold in 93 to 98 of 100.
 *
 *   coverage_sim [short|long] [all]     short: a few runs, judged by the binomial interval; all: a
 *                                       row for each percentile too */
#include "interval.h"
#include "limits.h"
#include "queue_runs.h"

#include <stdio.h>
#include <string.h>

#define PERCENTILES 6
static const double percentiles[PERCENTILES] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
static const char *const names[PERCENTILES] = {"p50", "p75", "p90", "p95", "p99", "p99.9"};

static const struct queue_plan plans[] = {
    {.name = "M/M/1 at 50 %, 10,000/s", .rate = 10000, .service_s = 50e-6},
    {.name = "M/M/1 at 80 %, 10,000/s", .rate = 10000, .service_s = 80e-6},
    {.name = "M/M/1 at 90 %, 10,000/s", .rate = 10000, .service_s = 90e-6},
    {.name = "M/M/1 at 80 %, 1,000/s", .rate = 1000, .service_s = 800e-6},
    {.name = "stalls of 20 ms, two a second",
     .rate = 10000,
     .service_s = 30e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.8,
     .pause_every_s = 0.5,
     .pause_s = 0.02},
    QUEUE_SHORT_STALLS,
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

/* How much is tried. */
struct effort {
    const char *name;
    size_t durations;
    unsigned runs[3];
    uint64_t truth_requests;
    bool is_strict; /* shares themselves are held against the bar */
};
static const double durations_s[3] = {3, 10, 30};
static const struct effort efforts[] = {
    {"short", 2, {40, 40, 0}, 4000000, false}, {"long", 3, {3000, 1500, 500}, 100000000, true}};

/* Intervals of a class: how many, how many hold, and by run what takes to know what they are worth.
 */
struct tally {
    double made;
    double held;
    double made_squares; /* sums over runs */
    double held_squares;
    double products;
    double width; /* over the truth */
};

struct result {
    struct tally classes[INTERVAL_QUALITY_COUNT];
};

/* The edge of the bucket of a value: what the reporter, which counts in buckets, calls it. */
static double edge_of(double ns)
{
    return (double)histogram_bucket_of(3, (int64_t)(ns + 0.5)).high_ns;
}

/* The true percentiles: by formula where there is one, else of a run so long that its own error is
 * small beside that of the runs that are judged by it. */
static void find_truth(const struct queue_plan *plan, double truth[PERCENTILES], uint64_t requests)
{
    if (plan->rate > 0 && plan->service == QUEUE_EXPONENTIAL && plan->pause_every_s <= 0) {
        const double mean = plan->service_s / (1 - plan->rate * plan->service_s);
        for (int i = 0; i < PERCENTILES; i++)
            truth[i] = edge_of(-log(1 - percentiles[i]) * mean * 1e9);
        return;
    }
    struct queue queue;
    struct histogram histogram;
    histogram_init(&histogram, 3);
    queue_begin(&queue, plan, 4711, 1);
    for (uint64_t i = 0; i < requests; i++)
        histogram_record(&histogram, queue_ns(queue_next(&queue).latency_s), 1);
    for (int i = 0; i < PERCENTILES; i++)
        truth[i] = edge_of(
            (double)histogram_at_rank(&histogram, interval_rank(percentiles[i], histogram.count)));
    histogram_free(&histogram);
}

static void tally_run(struct tally *tally, double made, double held)
{
    tally->made += made;
    tally->held += held;
    tally->made_squares += made * made;
    tally->held_squares += held * held;
    tally->products += made * held;
}

/* Judges a run by the truth. own: a result for each percentile; all: of them together. */
static void judge_run(const struct scatter *scatter, const struct distribution *values,
                      const double truth[PERCENTILES], struct result own[PERCENTILES],
                      struct result *all)
{
    double made[INTERVAL_QUALITY_COUNT] = {0};
    double held[INTERVAL_QUALITY_COUNT] = {0};
    for (int i = 0; i < PERCENTILES; i++) {
        struct interval interval;
        interval_of_percentile(&interval, scatter, values, percentiles[i], 0);
        const bool holds =
            interval.low <= truth[i] && (truth[i] <= edge_of(interval.high) || interval.is_open);
        made[interval.quality]++;
        held[interval.quality] += holds;
        tally_run(&own[i].classes[interval.quality], 1, holds);
        own[i].classes[interval.quality].width += (interval.high - interval.low) / truth[i];
    }
    for (int q = 0; q < INTERVAL_QUALITY_COUNT; q++)
        tally_run(&all->classes[q], made[q], held[q]);
}

static void judge_runs(const struct queue_plan *plan, double duration_s, unsigned runs,
                       const double truth[PERCENTILES], struct result own[PERCENTILES],
                       struct result *all)
{
    static struct scatter_blocks blocks;
    for (unsigned r = 0; r < runs; r++) {
        struct queue queue;
        struct distribution values;
        struct scatter scatter;
        scatter_blocks_init(&blocks, 3);
        distribution_init(&values, 3, 0);
        queue_begin(&queue, plan, r + 1, 1);
        queue_count_run(&queue, duration_s, blocks.blocks, true, &values);
        distribution_finish(&values);
        if (scatter_make(&scatter, blocks.blocks, blocks.failed, SCATTER_BLOCKS, false) != 0)
            abort();
        judge_run(&scatter, &values, truth, own, all);
        scatter_free(&scatter);
        distribution_free(&values);
        scatter_blocks_free(&blocks);
    }
}

/* The binomial interval of a share of as many intervals as these are worth, runs being independent
 * of each other. */
static void bound(const struct tally *tally, double *low, double *high)
{
    const double share = tally->held / tally->made;
    const double squares =
        tally->held_squares - 2 * share * tally->products + share * share * tally->made_squares;
    const double independent = share * (1 - share) * tally->made;
    const double made = squares > independent && independent > 0
                            ? tally->made * independent / squares
                            : tally->made;
    queue_bound_share(share * made, made, low, high);
}

static void print_class(const struct tally *tally)
{
    double low;
    double high;
    if (tally->made < 1) {
        printf(" | none");
        return;
    }
    bound(tally, &low, &high);
    printf(" | %.3f [%.3f, %.3f] of %.0f", tally->held / tally->made, low, high, tally->made);
}

static bool print_result(const char *plan, double duration_s, const char *percentile,
                         const struct result *result, bool is_strict)
{
    const struct tally *good = &result->classes[INTERVAL_GOOD];
    double low = 0.93;
    double high = 0.98;
    if (good->made >= 1)
        bound(good, &low, &high);
    if (good->made >= 1 && is_strict)
        low = high = good->held / good->made;
    const bool is_honest = high >= 0.93 && low <= 0.98;
    printf("| %s | %g s%s%s", plan, duration_s, *percentile ? ", " : "", percentile);
    print_class(good);
    print_class(&result->classes[INTERVAL_FAIR]);
    print_class(&result->classes[INTERVAL_UNRESOLVED]);
    printf(" |%s\n", is_honest || *percentile ? "" : " **broken**");
    fflush(stdout);
    return is_honest;
}

static void add_result(struct result *to, const struct result *from)
{
    for (int q = 0; q < INTERVAL_QUALITY_COUNT; q++) {
        to->classes[q].made += from->classes[q].made;
        to->classes[q].held += from->classes[q].held;
        to->classes[q].made_squares += from->classes[q].made_squares;
        to->classes[q].held_squares += from->classes[q].held_squares;
        to->classes[q].products += from->classes[q].products;
    }
}

int main(int argc, char **argv)
{
    const struct effort *effort = &efforts[argc > 1 && strcmp(argv[1], "long") == 0];
    const bool has_all = argc > 2 && strcmp(argv[2], "all") == 0;
    struct result total = {0};
    bool is_honest = true;
    printf("| server | run | good intervals that hold the truth | fair | unresolved |\n"
           "|---|---|---|---|---|\n");
    for (size_t p = 0; p < PLANS; p++) {
        double truth[PERCENTILES];
        find_truth(&plans[p], truth, effort->truth_requests);
        for (size_t d = 0; d < effort->durations; d++) {
            struct result own[PERCENTILES] = {0};
            struct result all = {0};
            judge_runs(&plans[p], durations_s[d], effort->runs[d], truth, own, &all);
            is_honest &= print_result(plans[p].name, durations_s[d], "", &all, effort->is_strict);
            for (int i = 0; i < PERCENTILES && has_all; i++)
                print_result(plans[p].name, durations_s[d], names[i], &own[i], false);
            add_result(&total, &all);
        }
    }
    is_honest &= print_result("all of them", 0, "", &total, effort->is_strict);
    printf("\n%s\n", is_honest ? "intervals called good hold what they promise"
                               : "intervals called good do NOT hold what they promise");
    return is_honest ? 0 : 1;
}
