/* repeats.h - what each run of a variant came to by itself, and how latencies scatter: over time in
 * the one run of a variant, over runs in a group. Used by dataset.c alone, while it reads. */
#ifndef TARE_REPEATS_H
#define TARE_REPEATS_H

#include "dataset.h"

#include <stddef.h>

/* One variant's, between two of its runs. Borrowed: the variant. */
struct repeats {
    struct variant *variant;
    struct distribution *pooled;    /* of the runs so far, by target and series; a group's */
    struct scatter_column *columns; /* of each run so far, by target, series and run; a group's */
};

/* Makes the variant's distributions, and decides which latencies' scatter is kept: that of the
 * variant's own latency and of service time over all targets; that of each target where they are
 * few; what `watches` ask for. Runs have their targets by now, and watches are resolved.
 * repeats: to be freed with repeats_free, after a failure too. Returns 0 or -ENOMEM. */
int repeats_init(struct repeats *repeats, struct variant *variant, const struct watch *watches,
                 size_t watch_count);

/* Takes what was counted in the variant's targets since the last call as that of one run. Returns 0
 * or -ENOMEM. */
int repeats_end_run(struct repeats *repeats, size_t run);

/* Leaves the sums of all runs in the variant's targets, finished, and their scatter. clock: of the
 * one run, where there is one alone. Returns 0 or -ENOMEM. */
int repeats_finish(struct repeats *repeats, const struct scatter_clock *clock);
void repeats_free(struct repeats *repeats);

/* Frees what the variant's targets hold; for variant_free. */
void repeats_free_targets(struct variant *variant);

#endif
