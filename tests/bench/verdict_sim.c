/* verdict_sim.c - how often the reporter calls two variants different that are not, and how often
 * it finds one that is 5 % slower, on simulated servers (queues.h). Runs of a kind differ by 1 % of
 * their service time, as real ones do. Prints a Markdown table with binomial intervals; exit 1
 * where more than 5 % are false alarms, or fewer than 90 % are found, beyond what chance explains.
 *
 *   verdict_sim [short|long] */
#include "compare.h"
#include "limits.h"
#include "queues.h"
#include "statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_MAX 5
#define RUN_SCATTER 0.01
#define SLOWDOWN 0.05

static const struct queue_plan plans[] = {
    {.name = "M/M/1 at 70 %, 10,000/s", .rate = 10000, .service_s = 70e-6},
    {.name = "quiet server, 10,000/s",
     .rate = 10000,
     .service_s = 10e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.5},
    {.name = "closed loop, 20 connections",
     .connections = 20,
     .service_s = 100e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.8},
    {.name = "stalls of 5 ms, twenty a second",
     .rate = 10000,
     .service_s = 30e-6,
     .service = QUEUE_LOGNORMAL,
     .spread = 0.8,
     .pause_every_s = 0.05,
     .pause_s = 0.005},
};
#define PLANS (sizeof plans / sizeof plans[0])

/* What is asked of a pair: a percentile as the headline. */
static const uint32_t asked_ppm[] = {500000, 950000, 990000};
#define ASKED (sizeof asked_ppm / sizeof asked_ppm[0])

struct side_runs {
    struct variant variant;
    struct run runs[RUNS_MAX];
    struct scatter scatter;
    struct target_run counts[RUNS_MAX];
};

static int64_t to_ns(double seconds)
{
    return (int64_t)(seconds * 1e9 + 0.5);
}

/* One run into a histogram, or into blocks where there is one run alone. */
static void count_run(struct queue *queue, double duration_s, struct histogram *histograms,
                      bool has_blocks, struct distribution *values)
{
    struct scatter_clock clock;
    scatter_clock_set(&clock, 0, to_ns(duration_s), false);
    for (;;) {
        const struct queue_request request = queue_next(queue);
        if (request.sent_s >= duration_s)
            return;
        const int64_t ns = to_ns(request.latency_s);
        const size_t block = has_blocks ? scatter_block_of(&clock, to_ns(request.sent_s)) : 0;
        histogram_record(&histograms[block], ns, 1);
        distribution_record(values, ns);
    }
}

/* Fills a variant as a reader would. */
static void make_side(struct side_runs *side, const char *name, const struct queue_plan *plan,
                      size_t runs, double duration_s, double slower, double between, uint64_t *seed)
{
    static struct histogram histograms[SCATTER_BLOCKS];
    static const uint64_t no_failures[SCATTER_BLOCKS];
    struct variant *variant = &side->variant;
    struct target *total = &variant->total;
    const size_t columns = runs > 1 ? runs : SCATTER_BLOCKS;
    memset(side, 0, sizeof *side);
    variant->name = (char *)(uintptr_t)name;
    variant->runs = side->runs;
    variant->run_count = runs;
    variant->loop = plan->rate > 0 ? RUN_LOOP_OPEN : RUN_LOOP_CLOSED;
    variant->latency = plan->rate > 0 ? SERIES_RESPONSE : SERIES_SERVICE;
    struct distribution *values = &total->series[variant->latency];
    distribution_init(values, 3, 0);
    for (size_t i = 0; i < columns; i++)
        histogram_init(&histograms[i], 3);
    for (size_t r = 0; r < runs; r++) {
        struct queue queue;
        uint64_t random = ++*seed;
        const double scale = exp(between * queue_draw_normal(&random)) * (1 + slower);
        const uint64_t before = distribution_count(values);
        queue_begin(&queue, plan, *seed, scale);
        count_run(&queue, duration_s, &histograms[r], runs == 1, values);
        const uint64_t count = distribution_count(values) - before;
        side->runs[r].config.loop = variant->loop;
        side->runs[r].measure_ns = to_ns(duration_s);
        variant->measure_ns += to_ns(duration_s);
        side->counts[r] = (struct target_run){.requests = count, .done = count, .done_ok = count};
        total->requests = total->successes = total->done = total->done_ok =
            distribution_count(values);
    }
    distribution_finish(values);
    if (scatter_make(&side->scatter, histograms, no_failures, columns, runs > 1) != 0)
        abort();
    total->scatter[variant->latency] = &side->scatter;
    total->runs = side->counts;
    for (size_t i = 0; i < columns; i++)
        histogram_free(&histograms[i]);
}

static void free_side(struct side_runs *side)
{
    scatter_free(&side->scatter);
    distribution_free(&side->variant.total.series[side->variant.latency]);
}

struct tally {
    unsigned pairs;
    unsigned different; /* of them, called faster or slower */
    unsigned slower;
};

static void judge_pairs(const struct queue_plan *plan, size_t runs, double duration_s,
                        double slower, double between, unsigned pairs, struct tally tallies[ASKED])
{
    static struct side_runs sides[2];
    uint64_t seed = runs * 1000003 + (slower > 0 ? 500000 : 0);
    memset(tallies, 0, ASKED * sizeof *tallies);
    for (unsigned i = 0; i < pairs; i++) {
        make_side(&sides[0], "base", plan, runs, duration_s, 0, between, &seed);
        make_side(&sides[1], "other", plan, runs, duration_s, slower, between, &seed);
        const struct variant both[] = {sides[0].variant, sides[1].variant};
        for (size_t a = 0; a < ASKED; a++) {
            static struct comparison comparison;
            compare_variants(&comparison, both, 0, 1, asked_ppm[a], false);
            tallies[a].pairs++;
            tallies[a].different +=
                comparison.answer == COMPARE_BETTER || comparison.answer == COMPARE_WORSE;
            tallies[a].slower += comparison.answer == COMPARE_WORSE;
        }
        free_side(&sides[0]);
        free_side(&sides[1]);
    }
}

static void bound(unsigned held, unsigned made, double *low, double *high)
{
    *low = held > 0 ? statistics_beta_quantile(0.025, held, made - held + 1.0) : 0;
    *high = held < made ? statistics_beta_quantile(0.975, held + 1.0, made - held) : 1;
}

static void print_share(unsigned held, unsigned made)
{
    double low;
    double high;
    bound(held, made, &low, &high);
    printf(" | %.1f %% [%.1f, %.1f]", 100.0 * held / made, 100 * low, 100 * high);
}

/* Prints false alarms and finds; returns whether they keep their bars. must_find: the slowdown is
 * one of the figure, and has to be found: pauses do not grow with it, and a percentile of few
 * requests may not show it. */
static bool print_pair(const char *plan, const char *kind, uint32_t ppm, const struct tally *same,
                       const struct tally *slow, bool must_find)
{
    char name[DISTRIBUTION_NAME_MAX];
    double low;
    double high;
    printf("| %s | %s | %s", plan, kind, distribution_percentile_name(ppm, name));
    print_share(same->different, same->pairs);
    print_share(slow->slower, slow->pairs);
    bound(same->different, same->pairs, &low, &high);
    bool holds = low <= 0.05;
    bound(slow->slower, slow->pairs, &low, &high);
    holds &= high >= 0.9 || !must_find;
    printf(" |%s\n", holds ? "" : " **broken**");
    fflush(stdout);
    return holds;
}

int main(int argc, char **argv)
{
    const bool is_long = argc > 1 && strcmp(argv[1], "long") == 0;
    const unsigned pairs = is_long ? 1000 : 12;
    const double duration_s = is_long ? 5 : 1;
    bool holds = true;
    printf("| server | runs | figure | false alarms | a slowdown of 5 %% found |\n"
           "|---|---|---|---|---|\n");
    for (size_t p = 0; p < PLANS; p++) {
        struct tally same[ASKED];
        struct tally slow[ASKED];
        judge_pairs(&plans[p], RUNS_MAX, duration_s, 0, RUN_SCATTER, pairs, same);
        judge_pairs(&plans[p], RUNS_MAX, duration_s, SLOWDOWN, RUN_SCATTER, pairs, slow);
        for (size_t a = 0; a < ASKED; a++)
            holds &= print_pair(plans[p].name, "5 against 5", asked_ppm[a], &same[a], &slow[a],
                                a == 0 && plans[p].pause_every_s <= 0);
        judge_pairs(&plans[p], 1, duration_s, 0, 0, pairs, same);
        judge_pairs(&plans[p], 1, duration_s, SLOWDOWN, 0, pairs, slow);
        for (size_t a = 0; a < ASKED; a++)
            holds &=
                print_pair(plans[p].name, "1 against 1", asked_ppm[a], &same[a], &slow[a], false);
    }
    printf("\n%s\n", holds ? "false alarms and finds keep their bars" : "a bar is BROKEN");
    return holds ? 0 : 1;
}
