/* coverage.h - how much of a bin of time the runs of a variant lasted: a rate is over that part.
 * Pure. */
#ifndef TARE_COVERAGE_H
#define TARE_COVERAGE_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The share of a bin that must have been covered: of less, a rate would be chance. */
#define COVERAGE_LEAST 0.3

/* How long the runs were in a bin, together, in ns; 0 where it was less than COVERAGE_LEAST of it.
 * with_grace: the time after the last request was due counts. */
int64_t coverage_ns(const struct variant *variant, size_t bin, bool with_grace);

/* Requests per second of one run, over the part of a bin that the runs lasted; NAN where
 * coverage_ns() is 0. */
double coverage_rate(const struct variant *variant, size_t bin, uint64_t count, bool with_grace);

/* When the longest run of a variant ended, in ns after its start, grace included. */
int64_t coverage_end_ns(const struct variant *variant);

#endif
