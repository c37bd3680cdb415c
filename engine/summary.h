/* summary.h - what stands on the terminal when a run is over. */
#ifndef TARE_SUMMARY_H
#define TARE_SUMMARY_H

#include "config.h"
#include "result.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the summary for people. colour: whether the verdict may be coloured. */
void summary_print(const struct config *config, const struct result *result, const char *folder,
                   bool colour, FILE *out);

#endif
