/* weigh.h - tare --weigh: what tare itself weighs on this machine, measured in some seconds against a
 * stub of its own, as a table and as weight.json. */
#ifndef TARE_WEIGH_H
#define TARE_WEIGH_H

#include "run.h"
#include "weight.h"

#include <stdatomic.h>
#include <stdio.h>

/* Weighs, writes the file and prints the table (--json: the file's document; --quiet: nothing).
 * config: of its fields output (NULL: results/weight.json; a path that ends in .json: that file; else
 * the folder that gets weight.json; a file of that name is replaced), cpus (the generator's, at most
 * one), json and quiet. stop: times the user asked to stop, borrowed.
 * Returns RUN_GOOD, RUN_INTERRUPTED (then nothing is written), or RUN_FAILED with cause and remedy in
 * `error`. In any case the stub has ended and the runs' folder is gone. */
enum run_end weigh_once(const struct config *config, const atomic_int *stop,
                        char error[RUN_ERROR_MAX]);

/* How it was weighed, for the table's head and foot. */
struct weigh_place {
    const char *file;             /* that was written */
    int generator_cpu, stub_cpu; /* -1: not pinned */
};

/* Writes the table for people. */
void weigh_table_print(const struct weight *weight, const struct weigh_place *place, FILE *out);

#endif
