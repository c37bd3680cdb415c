/* gather.h - what the workers and the writer counted, added up into one result.
 * After their threads were joined. */
#ifndef TARE_GATHER_H
#define TARE_GATHER_H

#include "recorder.h"
#include "result.h"
#include "worker.h"

/* Adds to a result that holds the machine's load and the clocks' change already. latencies: owned by
 * the result from then on. */
void gather_result(struct result *result, const struct config *config,
                   const struct worker *workers, struct recorder *recorder);

#endif
