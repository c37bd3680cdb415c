/* compare_parts.h - what rows and sentences of a comparison agree on; for compare*.c alone. */
#ifndef TARE_COMPARE_PARTS_H
#define TARE_COMPARE_PARTS_H

#include "compare.h"

/* Writes comparison->sentence; all else of it is known. */
void compare_say(struct comparison *comparison, const struct side *base, const struct side *other,
                 uint32_t ppm);

/* The share of requests that failed or are censored; 0 where it is not known. */
double compare_error_share(const struct side *side);

#endif
