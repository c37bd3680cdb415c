/* row.h - the text of a row of samples.csv. Pure: a sample in, bytes out. */
#ifndef TARE_ROW_H
#define TARE_ROW_H

#include "schema.h"

#include <stddef.h>

/* No row is longer, its line end included: 22 fields of at most 20 characters. */
#define ROW_MAX_BYTES 512u

/* Writes the row with its line end (LF) and without a final zero; returns its size. text: at least
 * ROW_MAX_BYTES. Fields that are not known are empty. */
size_t row_format(const struct sample *sample, char *text);

/* Writes a decimal integer, returns the place behind it. */
char *row_format_u64(uint64_t value, char *at);
char *row_format_i64(int64_t value, char *at);

#endif
