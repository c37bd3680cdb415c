/* compare_parts.h - what rows and sentences of a comparison agree on; for compare*.c alone. */
#ifndef TARE_COMPARE_PARTS_H
#define TARE_COMPARE_PARTS_H

#include "compare.h"

/* Writes comparison->sentence; all else of it is known. */
void compare_say(struct comparison *comparison, const struct variant *base,
                 const struct variant *other, uint32_t ppm);

#endif
