/* interval.h - what a figure is worth: the 95 % interval of a percentile, a mean, a share or a
 * rate, worked out from how blocks of time, or runs, scatter (scatter.h). No chance is involved:
 * the same run gives the same bytes.
 *
 * Requests that follow each other are alike, so that n of them are worth fewer. How many fewer is
 * the design effect: the variance over blocks of the share above the percentile, against p (1 - p)
 * / n of independent requests. n over it, with the price of Student's t for few blocks, is the
 * number of effective requests (Korn, Graubard 1998). The interval's ends are the values at the
 * ranks between which the exact binomial interval of so many puts p (Woodruff 1952). Where requests
 * above the upper end come in larger clusters than those above the percentile, as in queues, the end
 * is found by these: whether it could be the percentile has to be judged by what is seen there.
 * Blocks that are alike with their neighbours are taken in pairs, and what is left of it is added
 * to the variance. Where few blocks make up the scatter, its own degrees of freedom are few.
 * The effective requests beyond a percentile tell what the interval is worth in turn: from
 * INTERVAL_GOOD_TAIL on, by a cautious count, and with 20 degrees of freedom, it holds the true
 * value as often as it says; below INTERVAL_FAIR_TAIL no interval can be relied on, and the figure
 * is unresolved. It takes 30 of them; since they are counted by an estimate, which of 64 blocks has
 * a standard error of nearly a fifth, a fifth more have to be seen. tests/bench/coverage_sim.c tries all of this on simulated servers. */
#ifndef TARE_INTERVAL_H
#define TARE_INTERVAL_H

#include "distribution.h"
#include "scatter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERVAL_CONFIDENCE 0.95
#define INTERVAL_GOOD_TAIL 36.0
#define INTERVAL_FAIR_TAIL 10.0

/* Of two figures the lesser quality is that of their difference. */
enum interval_quality {
    INTERVAL_NONE,       /* there is no interval: too little was seen, or nothing was kept */
    INTERVAL_UNRESOLVED, /* too few effective requests lie beyond: the ends say little */
    INTERVAL_FAIR,       /* usable, and a little too narrow at times */
    INTERVAL_GOOD,
    INTERVAL_QUALITY_COUNT
};

struct interval {
    enum interval_quality quality;
    double value;         /* the figure, in its own unit: ns, per second, a share */
    double low;           /* NAN where there is no interval */
    double high;          /* the same */
    bool is_open;         /* the upper end was not seen: it is `high`, the largest value, or more */
    uint64_t count;       /* requests that it is made of */
    double design_effect; /* 1: as independent requests; NAN where there is no interval */
    double effective;     /* requests that count as independent */
    double tail;          /* of these, beyond the figure */
    double degrees;       /* of freedom: what the scatter itself is known by */
    uint32_t blocks;      /* of time, or runs, that it was learned from */
    bool are_runs;        /* the blocks are runs */
    bool is_correlated; /* neighbouring blocks are alike even so: stretches last longer than they */
};

/* The interval of percentile p (0 < p < 1) among `values`, which `scatter` holds by block; NULL
 * where no blocks were kept. failed: so many requests, which `scatter` holds too, stand above every
 * value; 0: successes alone count. A figure or an end that lies among those is INFINITY.
 * Where there is nothing the figure is NAN. */
void interval_of_percentile(struct interval *interval, const struct scatter *scatter,
                            const struct distribution *values, double p, uint64_t failed);

/* Works out once what every interval of a latency's percentiles takes; they are the same without. */
void interval_prepare(struct scatter *scatter, const struct distribution *values);

/* The interval of their mean, in ns. */
void interval_of_mean(struct interval *interval, const struct scatter *scatter);

/* The interval of the share of requests that have no value (that failed or are censored). */
void interval_of_failures(struct interval *interval, const struct scatter *scatter);

/* The interval of a rate of requests, failed ones too, whose value is known to be `per_s`. */
void interval_of_rate(struct interval *interval, const struct scatter *scatter, double per_s);

/* The nearest rank of a share 0 <= p <= 1 among count values, 1 to count; as units_rank(). */
uint64_t interval_rank(double p, uint64_t count);

/* "none", "unresolved", "fair", "good". Static storage. */
const char *interval_quality_name(enum interval_quality quality);

#endif
