/* terminal.h - what tare-report prints: a short table, the gates in words, the differences. */
#ifndef TARE_TERMINAL_H
#define TARE_TERMINAL_H

#include "report.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the summary. has_colour: verdicts get one; each has its word as well. */
void terminal_write(FILE *out, const struct report *report, bool has_colour);

/* Writes why the report is not to be trusted; nothing where it is. */
void terminal_write_doubts(FILE *out, const struct report *report);

#endif
