/* search.h - the search for the highest rate that holds: which rate is tried next, and what is
 * known in the end. It climbs by factors of two while rates hold, descends where not even the first
 * does, then halves the interval between what held and what failed.
 *
 * A step is a measurement and may err, near the boundary above all, so that no single one decides:
 *   a rate whose steps disagree is tried again until most of them agree;
 *   the rate at which the climb ends has to fail twice, and once more where it bounds the answer;
 *   both ends of the final interval have to say so in two steps. Where they do not, the search
 *   goes on from there.
 * A step that the generator itself spoilt says nothing. Where it was at its limit, the step is
 * repeated once; where the run was not valid for another reason, as on a machine that others use
 * too, twice. Then the search ends with what is known. Layer 1. Pure: an outcome in, the next rate
 * out; no I/O, no clock, no allocation. */
#ifndef TARE_SEARCH_H
#define TARE_SEARCH_H

#include "limits.h"

#include <stdbool.h>
#include <stdint.h>

/* Rates are thousandths of requests per second, as in struct config. */
struct search_setup {
    uint64_t start_milli;
    uint64_t floor_milli; /* no rate below it is tried */
    uint64_t max_milli;   /* none above */
    uint32_t steps_max;   /* at most LIMIT_SEARCH_STEPS_MAX */
};

/* How a step came out. */
enum search_outcome {
    SEARCH_HOLDS,
    SEARCH_FAILS,
    /* Neither of the two: */
    SEARCH_LIMITED, /* the generator was at its limit */
    SEARCH_INVALID  /* it was not, but the run is not valid all the same */
};

/* What a step is for. */
enum search_purpose { SEARCH_CLIMB, SEARCH_DESCEND, SEARCH_HALVE, SEARCH_REPEAT, SEARCH_CONFIRM };

struct search_step {
    uint64_t rate_milli;
    enum search_purpose purpose;
};

/* What is known of a rate. */
struct search_rate {
    uint64_t rate_milli;
    uint32_t holds, fails;
    uint32_t limited, invalid; /* since the last step that said something */
};

struct search {
    struct search_setup setup;
    struct search_rate rates[LIMIT_SEARCH_STEPS_MAX]; /* sorted; all that held are below all that
                                                         failed */
    uint32_t rates_count;
    uint32_t steps;
    uint64_t last_milli;   /* the rate of the last step */
    uint64_t spoilt_milli; /* where the generator ended the search; 0: it did not */
    bool is_limited;       /* it was at its limit there */
};

/* Makes ready. floor <= start <= max. */
void search_start(struct search *search, const struct search_setup *setup);

/* What to try next; false: the search is over. The same until search_add(). */
bool search_next(const struct search *search, struct search_step *step);

/* The step that search_next() asked for came out like this. */
void search_add(struct search *search, uint64_t rate_milli, enum search_outcome outcome);

enum search_known {
    SEARCH_FOUND,     /* low held, high failed */
    SEARCH_ALL_HELD,  /* low held, and nothing failed */
    SEARCH_NONE_HELD, /* high failed, and is the floor */
    SEARCH_UNKNOWN    /* nothing held; and nothing failed, or not yet the floor */
};

/* Why there is no further step. */
enum search_end {
    SEARCH_NOT_OVER, /* stopped from outside */
    SEARCH_RESOLVED, /* the interval is at most LIMIT_SEARCH_RESOLUTION_PPM wide, or the floor
                        failed */
    SEARCH_AT_MAX,   /* the highest rate that may be tried held */
    SEARCH_OUT_OF_STEPS,
    SEARCH_AT_GENERATOR, /* it was at its limit at spoilt_milli */
    SEARCH_ALL_INVALID   /* the runs at spoilt_milli were not valid */
};

struct search_answer {
    enum search_known known;
    enum search_end end;
    struct search_rate low;  /* the highest that held; all 0: none */
    struct search_rate high; /* the lowest that failed; all 0: none */
    uint64_t spoilt_milli;
};

/* What is known so far; at any time. */
struct search_answer search_answer(const struct search *search);

const char *search_purpose_name(enum search_purpose purpose);
const char *search_outcome_name(enum search_outcome outcome);
const char *search_known_name(enum search_known known);
const char *search_end_name(enum search_end end);

#endif
