/* retry.h - whether a failed attempt is tried again, and how long after: exponential backoff with full
 * jitter, or what the server asked for in Retry-After. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_RETRY_H
#define TARE_RETRY_H

#include "outcome.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETRY_STATUSES_MAX 32
#define RETRY_ERROR_MAX 256

/* When, and how often. attempts_max 0: never. */
struct retry_policy {
    uint32_t attempts_max; /* beyond the first */
    int64_t base_ns;       /* the first pause is below this, each next below twice as much */
    int64_t cap_ns;        /* and none is longer, Retry-After neither */
    uint32_t outcomes;     /* a bit for each enum outcome that is tried again */
    uint16_t statuses[RETRY_STATUSES_MAX];
    uint32_t statuses_count;
};
static_assert(OUTCOME_COUNT <= 32, "an outcome has a bit");

/* What is tried again unless the user says otherwise: failures of the connection, and statuses that
 * ask for it (408, 425, 429, 500, 502, 503, 504, as curl(1)). */
extern const char retry_default_conditions[];

/* Reads "timeout,reset,429,503": outcomes by name and statuses. Returns true; or false, with cause
 * and remedy in `error`. Fills outcomes and statuses only. */
bool retry_read_conditions(struct retry_policy *policy, const char *text,
                           char error[RETRY_ERROR_MAX]);

/* Is attempt number `attempt` (1 is the first), which ended so, followed by another? status 0: none
 * came. */
bool retry_is_wanted(const struct retry_policy *policy, uint32_t attempt, enum outcome outcome,
                     int status);

/* The pause after attempt number `attempt`: uniform between 0 and base * 2^(attempt - 1), at most cap
 * ("full jitter": Brooker, Exponential Backoff and Jitter, AWS Architecture Blog 2015). Draws from
 * *random (random.h). */
int64_t retry_pause_ns(const struct retry_policy *policy, uint32_t attempt, uint64_t *random);

/* Reads a Retry-After field: seconds, or an HTTP-date in any of its three forms (RFC 9110 sections
 * 10.2.3 and 5.6.7). wall_s: now, in seconds since 1970. *pause_ns: out, 0 for a date that has passed.
 * Returns false where it is neither, or more than a day away. */
bool retry_read_after(const char *value, size_t size, int64_t wall_s, int64_t *pause_ns);

#endif
