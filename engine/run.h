/* run.h - one run from start to end: set-up, workers and writer, clock, result, files. */
#ifndef TARE_RUN_H
#define TARE_RUN_H

#include "config.h"
#include "result.h"

#include <stdatomic.h>

#define RUN_ERROR_MAX 6144

/* How a run ended; main.c makes exit codes of it. */
enum run_end {
    RUN_GOOD,
    RUN_SUSPECT,
    RUN_INVALID,
    RUN_FAILED, /* nothing was measured, or the disk failed: see `error` */
    RUN_INTERRUPTED
};

/* Runs as the config says into its folder, and prints nothing but the live line. stop: times the user
 * asked to stop, borrowed. result: out, to be freed with result_free(), after a failure too.
 * On RUN_FAILED cause and remedy stand in `error`. */
enum run_end run_execute(const struct config *config, const atomic_int *stop, struct result *result,
                         char error[RUN_ERROR_MAX]);

/* The same, and prints the summary. */
enum run_end run_once(const struct config *config, const atomic_int *stop, char error[RUN_ERROR_MAX]);

#endif
