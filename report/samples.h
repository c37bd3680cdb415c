/* samples.h - reads samples.csv, a row for every attempt at a request, in one pass.
 * The hot path of the reporter: see table.h for how rows are found. Every row is held against the
 * contract; those that end a request of the measured phase are added up (adder.h). */
#ifndef TARE_SAMPLES_H
#define TARE_SAMPLES_H

#include "dataset.h"
#include "fault.h"
#include "adder.h"

#include <stdbool.h>
#include <stdint.h>

/* Requests are told from each other by a bit each, up to this much memory: 134 million of them. */
#define SAMPLES_DISTINCT_FIRST_WORDS (1u << 14) /* of 64 of them, at first */
#define SAMPLES_DISTINCT_MAX_BYTES (16u * 1024 * 1024)

/* What the rows say about the run. */
struct samples_seen {
    uint64_t rows;
    uint64_t ended;                   /* rows with last = 1 */
    uint64_t outcomes[OUTCOME_COUNT]; /* of those, of all phases */
    uint64_t measured;                /* of those, of the measured phase */
    uint64_t distinct;                /* requests that are told from each other */
    bool distinct_checked;            /* false: the numbers do not fit the memory for it */
    bool is_torn;                     /* the file ends within a row */
    uint64_t torn_line;
};

/* Reads the file at `path`. is_thinned: rows are checked and counted, but not added to `into`.
 * Returns 0, or -errno with the fault's text. A torn last row is no fault here: what it means
 * depends on the run. */
int samples_read(const char *path, const struct adder_into *into, bool is_thinned,
                 struct samples_seen *seen, struct fault *fault);

#endif
