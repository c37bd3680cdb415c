/* summary.h - what stands on the terminal when a run is over. */
#ifndef TARE_SUMMARY_H
#define TARE_SUMMARY_H

#include "config.h"
#include "result.h"
#include "weight.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the summary for people. weight: of this machine's scale, NULL where it is not known. colour:
 * whether the verdict may be coloured. */
void summary_print(const struct config *config, const struct result *result,
                   const struct weight *weight, const char *folder, bool colour, FILE *out);

#endif
