/* second_rows.h - reads the files that have rows by the second: seconds.csv (what was due, sent,
 * done) and resources.csv (what processes took). Rows of seconds.csv with the same key add up. */
#ifndef TARE_SECOND_ROWS_H
#define TARE_SECOND_ROWS_H

#include "dataset.h"
#include "fault.h"
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

/* Reads resources.csv at `path`: at most `processes_max` processes, *process_count of them so far.
 * Returns 0, or -errno with the fault's text. */
int second_rows_read_resources(const char *path, struct run_process *processes,
                               size_t processes_max, size_t *process_count,
                               struct second_rows_seen *seen, struct fault *fault);

#endif
