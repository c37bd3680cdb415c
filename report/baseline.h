/* baseline.h - a file that stands for runs made earlier: what was asked and by which machine, and
 * of each run the figures that gates and comparisons need, with their intervals. Small enough to
 * live in a repository. JSON, schema 1: keys are added, none is renamed. Times are in ns. */
#ifndef TARE_BASELINE_H
#define TARE_BASELINE_H

#include "dataset.h"
#include "fault.h"
#include "gate.h"
#include "interval.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BASELINE_SCHEMA 1
#define BASELINE_RUNS_MAX 20u /* of a baseline that is added to, the last so many stay */
#define BASELINE_FILE_MAX_BYTES (16u * 1024 * 1024)

/* Names of figures beside percentiles ("p95", and "p95_of_all" where requests without success
 * count as above, as they do for gates). */
#define BASELINE_OF_ALL "_of_all"
#define BASELINE_THROUGHPUT "throughput" /* requests done per second, failed ones too */
#define BASELINE_RATE "rate"             /* of successes */
#define BASELINE_ERRORS "errors"         /* a share */
#define BASELINE_MEAN "mean"
#define BASELINE_MAX "max"

/* What one run of a baseline says of one figure. */
struct baseline_figure {
    const char *target; /* borrowed, as all text here; "" for all of them */
    const char *series; /* "" for rates and errors */
    const char *name;   /* "p95", "mean", ... */
    struct interval interval;
};

struct baseline_run {
    const char *started_utc;
    const char *version;
    struct baseline_figure *figures; /* owned */
    size_t figure_count;
};

struct baseline {
    struct json_t *document; /* owned: what the text lies in */
    const char *name;        /* of the variant it was made of */
    struct run made;         /* how its runs were made: config, machine and targets, nothing else */
    struct baseline_run *runs; /* owned, the oldest first */
    size_t run_count;
};

/* Reads a file. baseline: storage of the caller's; to be freed with baseline_free, after a failure
 * too. Returns 0, or -errno with the fault's text: -EINVAL where it is no baseline. */
int baseline_read(struct baseline *baseline, const char *path, struct fault *fault);
void baseline_free(struct baseline *baseline);

/* A figure of one run; NULL where the file has none. */
const struct baseline_figure *baseline_find(const struct baseline *baseline, size_t run,
                                            const char *target, const char *series,
                                            const char *name);

/* Writes a variant as a baseline: the percentiles of the tables, and those that gates ask for.
 * before: a baseline whose runs stay in front of it, or NULL. Returns 0 or -EIO. */
int baseline_write(FILE *out, const struct variant *variant, const struct gate *gates,
                   size_t gate_count, const struct baseline *before);

#endif
