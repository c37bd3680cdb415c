/* row.h - the text of a row of samples.csv. Pure: a sample in, bytes out. */
#ifndef TARE_ROW_H
#define TARE_ROW_H

#include "schema.h"

#include <stddef.h>

/* No row is longer, its line end included: 22 fields of at most 20 characters. */
#define ROW_MAX_BYTES 512u

/* No integer is longer, with its sign. */
#define ROW_INTEGER_MAX_BYTES 24u

/* The text of fields that rows of a run have in common: row.c keeps it from one row to the next, and
 * writes it anew where a field differs. Begins as zeros. Of one thread. */
struct row_common {
    struct sample of; /* whose fields these are */
    uint8_t answer_size, transfer_size, high_size;
    char answer[48];   /* status to target */
    char transfer[64]; /* attempt to stamp */
    char high[16];     /* of scheduled_ns but its last eight digits */
    uint64_t scheduled_high;
};

/* Writes the row with its line end (LF) and without a final zero; returns its size. text: at least
 * ROW_MAX_BYTES; bytes behind the row may be written too. Fields that are not known are empty. */
size_t row_format(const struct sample *sample, char *text);

/* Writes the same bytes, at a third of the cost where the row before had the same in common. */
size_t row_format_next(struct row_common *common, const struct sample *sample, char *text);

/* Writes a decimal integer, returns the place behind it. at: at least ROW_INTEGER_MAX_BYTES; bytes
 * behind the integer may be written too. */
char *row_format_u64(uint64_t value, char *at);
char *row_format_i64(int64_t value, char *at);

#endif
