/* weigh_costs.h - what the smallest steps cost here: a reading of the clock, a NOP through the ring. */
#ifndef TARE_WEIGH_COSTS_H
#define TARE_WEIGH_COSTS_H

#include "ring.h"
#include "weight.h"

#include <stdbool.h>
#include <stddef.h>

/* Measures clock_ns, nop_ns and nop_batch_ns, some 0.1 s in all, in the calling thread, on `cpu` alone
 * where that is not negative. Each is the median of short rounds, so that a neighbour who takes the CPU
 * for a while does not show. features: out, what of the ring is in use. Returns 0; or -errno, and cause
 * and remedy in `error`. */
int weigh_costs(int cpu, struct weight *weight, bool features[RING_FEATURE_COUNT], char *error,
                size_t error_size);

#endif
