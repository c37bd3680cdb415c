/* verdict_sim.c - how often the reporter calls two variants different that are not, and how often
 * it finds one that is 5 % slower, on simulated servers (queues.h). Runs of a kind differ by 1 % of
 * their service time, as real ones do. Prints a Markdown table with binomial intervals; exit 1
 * where more than 5 % are false alarms, or fewer than 90 % are found by groups, where the slowdown
 * is one of the figure: pauses do not grow with it. Short runs have to show the median alone.
 *
 *   verdict_sim [short|long]     short: a few pairs, judged by the binomial interval */
#include "compare.h"
#include "limits.h"
#include "queue_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS_MAX 5
#define RUN_SCATTER 0.01
#define SLOWDOWN 0.05
#define ALARMS_MAX 0.05
#define FOUND_MIN 0.9

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
    QUEUE_SHORT_STALLS,
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

/* How much is tried. */
struct effort {
    unsigned alarms; /* pairs of groups of the same kind */
    unsigned finds;  /* of them, also held against one that is slower; and pairs of single runs */
    double duration_s;
    bool is_strict; /* shares themselves are held against the bar */
};
static const struct effort efforts[] = {{30, 12, 1, false}, {4000, 1000, 5, true}};

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
        queue_count_run(&queue, duration_s, &histograms[r], runs == 1, values);
        const uint64_t count = distribution_count(values) - before;
        side->runs[r].config.loop = variant->loop;
        side->runs[r].measure_ns = queue_ns(duration_s);
        variant->measure_ns += queue_ns(duration_s);
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

static void judge_pair(const struct side_runs *base, const struct side_runs *other,
                       struct tally tallies[ASKED])
{
    const struct variant both[] = {base->variant, other->variant};
    for (size_t a = 0; a < ASKED; a++) {
        static struct comparison comparison;
        compare_variants(&comparison, both, 0, 1, asked_ppm[a], false);
        tallies[a].pairs++;
        tallies[a].different +=
            comparison.answer == COMPARE_BETTER || comparison.answer == COMPARE_WORSE;
        tallies[a].slower += comparison.answer == COMPARE_WORSE;
    }
}

/* Groups against others of the same kind, and against slower ones. */
static void judge_pairs(const struct queue_plan *plan, size_t runs, const struct effort *effort,
                        struct tally same[ASKED], struct tally slow[ASKED])
{
    static struct side_runs sides[3];
    const double between = runs > 1 ? RUN_SCATTER : 0; /* two runs alone cannot know of it */
    uint64_t seed = runs * 1000003;
    memset(same, 0, ASKED * sizeof *same);
    memset(slow, 0, ASKED * sizeof *slow);
    for (unsigned i = 0; i < (runs > 1 ? effort->alarms : effort->finds); i++) {
        const size_t count = i < effort->finds ? 3 : 2;
        for (size_t k = 0; k < count; k++)
            make_side(&sides[k], k == 0 ? "base" : "other", plan, runs, effort->duration_s,
                      k == 2 ? SLOWDOWN : 0, between, &seed);
        judge_pair(&sides[0], &sides[1], same);
        if (count == 3)
            judge_pair(&sides[0], &sides[2], slow);
        for (size_t k = 0; k < count; k++)
            free_side(&sides[k]);
    }
}

static void print_share(unsigned held, unsigned made)
{
    double low;
    double high;
    queue_bound_share(held, made, &low, &high);
    printf(" | %.1f %% [%.1f, %.1f]", 100.0 * held / made, 100 * low, 100 * high);
}

/* Prints false alarms and finds; returns whether they keep their bars. must_find: the slowdown has to
 * be found. */
static bool print_pair(const char *plan, const char *kind, uint32_t ppm, const struct tally *same,
                       const struct tally *slow, bool is_strict, bool must_find)
{
    char name[DISTRIBUTION_NAME_MAX];
    double alarms = (double)same->different / same->pairs;
    double found = (double)slow->slower / slow->pairs;
    double unused;
    printf("| %s | %s | %s", plan, kind, distribution_percentile_name(ppm, name));
    print_share(same->different, same->pairs);
    print_share(slow->slower, slow->pairs);
    if (!is_strict) {
        queue_bound_share(same->different, same->pairs, &alarms, &unused);
        queue_bound_share(slow->slower, slow->pairs, &unused, &found);
    }
    const bool holds = alarms <= ALARMS_MAX && (found >= FOUND_MIN || !must_find);
    printf(" |%s\n", holds ? "" : " **broken**");
    fflush(stdout);
    return holds;
}

int main(int argc, char **argv)
{
    const struct effort *effort = &efforts[argc > 1 && strcmp(argv[1], "long") == 0];
    bool holds = true;
    printf("| server | runs | figure | false alarms | a slowdown of 5 %% found |\n"
           "|---|---|---|---|---|\n");
    for (size_t p = 0; p < PLANS; p++) {
        struct tally same[ASKED];
        struct tally slow[ASKED];
        const bool is_own = plans[p].pause_every_s <= 0; /* not the pauses' */
        judge_pairs(&plans[p], RUNS_MAX, effort, same, slow);
        for (size_t a = 0; a < ASKED; a++)
            holds &= print_pair(plans[p].name, "5 against 5", asked_ppm[a], &same[a], &slow[a],
                                effort->is_strict, is_own && (a == 0 || effort->is_strict));
        judge_pairs(&plans[p], 1, effort, same, slow);
        for (size_t a = 0; a < ASKED; a++)
            holds &= print_pair(plans[p].name, "1 against 1", asked_ppm[a], &same[a], &slow[a],
                                effort->is_strict, false);
    }
    printf("\n%s\n", holds ? "false alarms and finds keep their bars" : "a bar is BROKEN");
    return holds ? 0 : 1;
}
