/* second_rows.h - reads seconds.csv: what was due, sent and done, second by second. Rows with the same
 * key add up. */
#ifndef TARE_SECOND_ROWS_H
#define TARE_SECOND_ROWS_H

#include "dataset.h"
#include "fault.h"
#include "table.h"
#include "timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct second_rows_seen {
    uint64_t rows;
    uint64_t measured_sent; /* while the measured phase lasted */
    uint64_t measured_done;
    int64_t end_ns; /* the end of the last second that a row speaks of */
    bool is_torn;   /* the file ends within a row */
    uint64_t torn_line;
};

/* Reads seconds.csv at `path` into the timeline, and of the measured phase what was sent and done
 * into `targets`, which are those of the run by their id. Returns 0, or -errno with the fault's
 * text. */
int second_rows_read(const char *path, struct target *const *targets, size_t target_count,
                     struct timeline *timeline, struct second_rows_seen *seen, struct fault *fault);

/* For files that have rows by the second. Reads a row's second as ns since the run's start, and
 * counts the row as seen; reads a count from 0. Both return 0, or -EINVAL with the fault's text. */
int second_rows_read_start(const struct table *table, size_t column, struct second_rows_seen *seen,
                           int64_t *start_ns, struct fault *fault);
int second_rows_read_count(const struct table *table, size_t column, uint64_t *count,
                           struct fault *fault);

#endif
