/* find_rate.h - the highest rate at which a server keeps its goals: runs at one rate after another,
 * each a run folder in the search's, as search.h says, and what they came to in find-rate.json.
 *
 * Before each step the server has to be idle again, so that one step's queue does not leak into the
 * next: three requests in a row, on one connection, at about the latency that it had before the
 * first. Where that takes longer than LIMIT_SEARCH_DRAIN_NS the step is made all the same and says
 * so. */
#ifndef TARE_FIND_RATE_H
#define TARE_FIND_RATE_H

#include "config.h"
#include "run.h"

#include <stdatomic.h>

/* What came of it; main.c makes exit codes of it. */
enum find_rate_end {
    FIND_RATE_HELD,      /* a rate held: the highest is known, or none failed */
    FIND_RATE_NONE_HELD, /* not even the lowest did */
    FIND_RATE_UNKNOWN,   /* the generator was the limit before anything was known */
    FIND_RATE_FAILED,    /* a run could not be made, or a file not be written: see `error` */
    FIND_RATE_INTERRUPTED
};

/* Searches as the config says, which has goals, and prints a line a step and the answer. stop:
 * times the user asked to stop, borrowed. On FIND_RATE_FAILED cause and remedy stand in `error`,
 * and what was known by then in the folder. */
enum find_rate_end find_rate(const struct config *config, const atomic_int *stop,
                             char error[RUN_ERROR_MAX]);

#endif
