/* runfile.h - run.json: what a run was asked, on which machine, and what it came to. */
#ifndef TARE_RUNFILE_H
#define TARE_RUNFILE_H

#include "clock.h"
#include "config.h"
#include "environment.h"
#include "result.h"
#include "route.h"
#include "targets.h"
#include "weight.h"

#include <stdio.h>

/* What is known before the start. All borrowed. */
struct runfile {
    const struct config *config;
    const struct routes *routes;
    const struct targets *targets;
    const struct environment *environment;
    struct wall_time started;
    const bool *features; /* of the ring */
    const struct weight *weight; /* NULL: not known here */
};

/* Writes run.json into the folder: result NULL at the start (state running), else whole and by rename.
 * Returns 0 or -errno. */
int runfile_write(const struct runfile *runfile, const struct result *result, int folder_fd);

/* Writes the same, with percentiles, for machines: one JSON document with a line end. Returns 0 or
 * -errno. */
int runfile_print(const struct runfile *runfile, const struct result *result, const char *folder,
                  FILE *out);

/* Percentiles that a summary shows, in millionths, and their names. */
#define RUNFILE_PERCENTILES 5
extern const uint32_t runfile_percentiles_ppm[RUNFILE_PERCENTILES];
extern const char *const runfile_percentile_names[RUNFILE_PERCENTILES];

#endif
