/* resource_rows.h - reads resources.csv: what processes took, as their peaks, and second by second into
 * the timeline. Rows hold what was taken since the process began; the difference of two readings is what
 * the seconds between them took. */
#ifndef TARE_RESOURCE_ROWS_H
#define TARE_RESOURCE_ROWS_H

#include "dataset.h"
#include "fault.h"
#include "second_rows.h"
#include "timeline.h"

#include <stddef.h>

/* Reads resources.csv at `path`: at most `processes_max` processes, *process_count of them so far;
 * threads ("worker") are not among them. timeline: seconds.csv was read into it before; no bin is added
 * to it. Returns 0, or -errno with the fault's text. */
int resource_rows_read(const char *path, struct run_process *processes, size_t processes_max,
                       size_t *process_count, struct timeline *timeline,
                       struct second_rows_seen *seen, struct fault *fault);

#endif
