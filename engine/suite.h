/* suite.h - runs a plan: scenarios, each on its variants in turns (A B, then B A), as often as asked, and
 * has tare-report judge each scenario.
 *
 *   ROOT/plan.yaml                       the plan as it was read, variables by name
 *   ROOT/SCENARIO/VARIANT/1, 2, ...      run folders: a variant's are a group
 *   ROOT/SCENARIO/report/                the page, the tables and the gates
 *
 * A run that fails is told, and the others go on. Begun again into the same ROOT with the same plan, runs that are
 * complete are kept. */
#ifndef TARE_SUITE_H
#define TARE_SUITE_H

#include "plan.h"
#include "run.h"

#include <stdatomic.h>

/* The worst of all runs and gates, later ones going first; main.c makes exit codes of it. */
enum suite_end {
    SUITE_GOOD,
    SUITE_NOT_HELD,  /* a gate said no */
    SUITE_UNTRUSTED, /* a run is invalid, or runs cannot be compared */
    SUITE_FAILED,    /* a run or a report could not be made: see stderr, or `error` where nothing was */
    SUITE_INTERRUPTED
};

/* What the command line says of a suite; all borrowed. */
struct suite_wish {
    const char *output; /* ROOT; NULL: results/UTC time */
    const char *const *only;
    size_t only_count;
    const char *text; /* of the plan's file */
    size_t text_bytes;
    bool quiet, strict;
    const char *const *command; /* for run.json */
    size_t command_count;
};

/* Runs, and prints a line a run and each scenario's report. stop: times the user asked to stop. `error`:
 * "" where all that is to say was said. */
enum suite_end suite_run(struct plan *plan, const struct suite_wish *wish, const atomic_int *stop,
                         char error[RUN_ERROR_MAX]);

#endif
