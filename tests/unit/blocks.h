/* blocks.h - invented variants' latencies, counted in blocks of time as a reader would have. */
#ifndef TARE_BLOCKS_H
#define TARE_BLOCKS_H

#include "dataset.h"

#include <stdlib.h>

/* Counts a value in one block. */
static inline void blocks_put(struct target *target, enum series series, size_t block, int64_t ns,
                              uint64_t count)
{
    if (!target->blocks[series]) {
        target->blocks[series] = malloc(sizeof *target->blocks[series]);
        scatter_blocks_init(target->blocks[series], 3);
    }
    histogram_record(&target->blocks[series]->blocks[block], ns, count);
}

/* Counts a value as often in each block, as near as that goes. */
static inline void blocks_spread(struct target *target, enum series series, int64_t ns,
                                 uint64_t count)
{
    for (size_t b = 0; b < SCATTER_BLOCKS; b++) {
        const uint64_t own = count * (b + 1) / SCATTER_BLOCKS - count * b / SCATTER_BLOCKS;
        if (own > 0)
            blocks_put(target, series, b, ns, own);
    }
}

/* Makes what readers make of blocks, anew. */
static inline void blocks_finish(struct target *target, enum series series)
{
    if (!target->scatter[series])
        target->scatter[series] = calloc(1, sizeof *target->scatter[series]);
    scatter_free(target->scatter[series]);
    if (target->blocks[series])
        scatter_make(target->scatter[series], target->blocks[series]->blocks,
                     target->blocks[series]->failed, SCATTER_BLOCKS, false);
    free(target->runs);
    target->runs = calloc(1, sizeof *target->runs);
    target->runs[0] = (struct target_run){.requests = target->requests,
                                          .failed = target->failures + target->censored,
                                          .done = target->done,
                                          .done_ok = target->done_ok};
}

static inline void blocks_free(struct target *target)
{
    for (int s = 0; s < SERIES_COUNT; s++) {
        if (target->blocks[s])
            scatter_blocks_free(target->blocks[s]);
        free(target->blocks[s]);
        if (target->scatter[s])
            scatter_free(target->scatter[s]);
        free(target->scatter[s]);
        target->blocks[s] = NULL;
        target->scatter[s] = NULL;
    }
    free(target->runs);
    target->runs = NULL;
}

#endif
