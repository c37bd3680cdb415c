/* verdict.h - may the numbers of a run be believed? Pure: a result in, reasons out.
 *
 * invalid: a recorded number may be wrong or missing. suspect: the numbers are right, but say less
 * than one would think. Thresholds and their sources stand in verdict.c. */
#ifndef TARE_VERDICT_H
#define TARE_VERDICT_H

#include "result.h"

/* Fills verdict, reasons and limited_by from the rest of the result. */
void verdict_judge(const struct config *config, struct result *result);

const char *verdict_name(enum verdict verdict);
const char *verdict_limit_name(enum limit_cause cause);

#endif
