/* weigh_rows.h - what two columns of samples.csv say of service time: rows read back, and percentiles
 * of their differences. */
#ifndef TARE_WEIGH_ROWS_H
#define TARE_WEIGH_ROWS_H

#include "schema.h"
#include "weight.h"

#include <stddef.h>
#include <stdint.h>

/* Service time and another column's, of the rows that have both. */
struct weigh_rows {
    size_t count;
    int64_t *service_ns; /* owned */
    int64_t *other_ns;   /* owned */
};

/* Reads the measured phase's successes from samples.csv in the folder. rows: to be freed with
 * weigh_rows_free(), after a failure too. Returns 0, or -errno. */
int weigh_rows_read(const char *folder, enum schema_column other, struct weigh_rows *rows);
void weigh_rows_free(struct weigh_rows *rows);

/* Percentiles of the other column. */
struct weight_spread weigh_rows_other(const struct weigh_rows *rows);

/* Percentiles of service time minus the other column, row by row. */
struct weight_spread weigh_rows_single(const struct weigh_rows *rows);

/* Percentiles of service time, minus the same percentiles of what is left of it without the other
 * column: by how much a percentile is off, where the other column is what rows are off by. */
struct weight_spread weigh_rows_shift(const struct weigh_rows *rows);

#endif
