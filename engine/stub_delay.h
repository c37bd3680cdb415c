/* stub_delay.h - how long the stub takes over a request: a function of the seed and of the
 * request's number, and of nothing else, so that the same inputs get the same latencies whatever
 * the concurrency and the order of arrival.
 *
 * The two modes are stratified: over any 400 numbers in a row each of 400 latencies comes once,
 * over any 100 one from each of 100 equal parts of the distribution, over any 20 one from each
 * of 20. So the nearest ranks of P50, P95 and P99 are exactly the table's over 400, and close over
 * fewer. The other distributions draw each number's latency on its own. Pure. */
#ifndef TARE_STUB_DELAY_H
#define TARE_STUB_DELAY_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STUB_DELAY_STRATA 400u

enum stub_delay_kind {
    STUB_DELAY_FIXED,       /* fixed:5ms */
    STUB_DELAY_UNIFORM,     /* uniform:1ms-10ms, both ends included */
    STUB_DELAY_EXPONENTIAL, /* exponential:5ms, the mean */
    STUB_DELAY_LOGNORMAL,   /* lognormal:5ms,0.5, median and sigma of the logarithm */
    STUB_DELAY_TURNS,       /* turns:1ms,5ms,50ms: request i gets the (i mod 3)th */
    STUB_DELAY_STRATIFIED   /* the two modes */
};

enum stub_delay_mode { STUB_DELAY_BASELINE, STUB_DELAY_OPTIMIZED };

struct stub_delay {
    enum stub_delay_kind kind;
    uint64_t seed;
    double sigma;    /* lognormal */
    int64_t low_ns;  /* fixed; uniform's lowest; mean; median */
    int64_t high_ns; /* uniform's highest */
    uint32_t turns;  /* how many of turns_ns */
    int64_t turns_ns[LIMIT_STUB_TURNS_MAX];
    int64_t strata_ns[STUB_DELAY_STRATA]; /* by number mod 400 */
};

/* No delay at all. */
void stub_delay_none(struct stub_delay *delay);

/* The figures of a mode, shuffled by the seed. */
void stub_delay_of_mode(struct stub_delay *delay, enum stub_delay_mode mode, uint64_t seed);

/* Reads a specification as above. On failure returns false, writes to `why` what is wrong and what
 * would be right, and leaves *delay as it was. */
bool stub_delay_parse(struct stub_delay *delay, const char *specification, uint64_t seed, char *why,
                      size_t why_size);

/* The latency of a request in ns, from 0 to LIMIT_TIME_MAX_NS. */
int64_t stub_delay_ns(const struct stub_delay *delay, uint64_t number);

/* The latency of a mode at a nearest rank, from 1 to STUB_DELAY_STRATA. */
int64_t stub_delay_of_rank_ns(enum stub_delay_mode mode, uint32_t rank);

#endif
