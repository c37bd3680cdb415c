/* buckets.h - reads histograms.csv: latencies over time, and, where samples were thinned, what
 * distributions are made of. Rows may come in any order; those with the same key add up. */
#ifndef TARE_BUCKETS_H
#define TARE_BUCKETS_H

#include "fault.h"
#include "adder.h"
#include "timeline.h"

#include <stdbool.h>
#include <stdint.h>

/* Which rows distributions are made of: none, where samples.csv is whole; the whole-run rows (three
 * digits); the slices (two digits), where the whole-run rows were never written. */
enum buckets_use { BUCKETS_NONE, BUCKETS_WHOLE, BUCKETS_SLICES };

struct buckets_seen {
    uint64_t whole_rows;              /* rows of the whole run */
    uint64_t measured_rows;           /* rows in use, of the measured phase */
    uint64_t outcomes[OUTCOME_COUNT]; /* of these: below */
    bool is_torn;                     /* the file ends within a row */
    uint64_t torn_line;
};

/* Reads the file at `path`. Adds successes' latencies to the timeline unless it is NULL, and those
 * of the measured phase to into's distributions and watches as `use` says; and then outcomes too,
 * counted from the series that every request has a value of: response in open loop, wait in closed.
 * Returns 0, or -errno with the fault's text. */
int buckets_read(const char *path, const struct adder_into *into, enum buckets_use use,
                 struct timeline *timeline, struct buckets_seen *seen, struct fault *fault);

#endif
