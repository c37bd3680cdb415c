/* phases.h - where in a run a moment lies: warm-up, measured time, grace.
 * Times are run time in ns. Pure: no clock. */
#ifndef TARE_PHASES_H
#define TARE_PHASES_H

#include "config.h"
#include "schema.h"

#include <stdbool.h>
#include <stdint.h>

struct phases {
    int64_t warmup_end_ns;
    int64_t end_ns;       /* nothing is due from here on; INT64_MAX where a count ends the run */
    int64_t grace_end_ns; /* what is still unanswered then is censored */
    int64_t grace_ns;
};

void phases_init(struct phases *phases, const struct config *config);

/* Ends the run now: nothing more becomes due. grace_ns: how long answers are awaited. */
void phases_stop(struct phases *phases, int64_t now_ns, int64_t grace_ns);

/* The phase of a request that was scheduled then. */
enum phase phases_of_request(const struct phases *phases, int64_t scheduled_ns);

/* The phase that a moment of the run lies in. */
enum phase phases_of_moment(const struct phases *phases, int64_t now_ns);

/* The first boundary of seconds or phases after `after_ns`: when the next row of seconds.csv ends. */
int64_t phases_next_boundary_ns(const struct phases *phases, int64_t after_ns);

#endif
