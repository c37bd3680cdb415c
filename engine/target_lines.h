/* target_lines.h - targets as they are written: "[WEIGHT] [METHOD] URL", on the command line or a line each
 * in a file. */
#ifndef TARE_TARGET_LINES_H
#define TARE_TARGET_LINES_H

#include "options.h"

/* Adds one to the options' targets; text is borrowed for the config's lifetime. Returns false, and cause and
 * remedy in `error` (OPTIONS_ERROR_MAX bytes). */
bool target_lines_add(struct options *options, const char *text, char *error);

/* Adds those of a file, in which empty lines and lines that begin with # are skipped. */
bool target_lines_read(struct options *options, const char *path, char *error);

#endif
