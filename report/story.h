/* story.h - the sentences of a page, each worked out from the data by a rule that is stated.
 * Plain text as units.h writes it ("28.2 us"): markup_prose() sets and escapes it. Pure. */
#ifndef TARE_STORY_H
#define TARE_STORY_H

#include "report.h"
#include "units.h"

#include <stddef.h>
#include <stdint.h>

#define STORY_TEXT_MAX 2048u

struct story {
    char text[STORY_TEXT_MAX]; /* cut at its end where it is longer */
};

/* Over which percentiles the difference holds, from where on too little was seen, what failed, and
 * what the generator took at the median. */
void story_tell_lead(struct story *story, const struct report *report);

/* Half of the requests took at most, one in so many longer than. */
void story_tell_spread(struct story *story, const struct report *report);

/* Stalls and slow seconds, by course.h's rules, and what failed when. */
void story_tell_time(struct story *story, const struct report *report);

/* How many requests succeeded. */
void story_tell_outcomes(struct story *story, const struct report *report);

/* What the generator added to the median request. */
void story_tell_weight(struct story *story, const struct report *report);

/* What the machine's scale errs by, and which runs lie closer together than that; "" where nobody
 * weighed it. */
void story_tell_scale(struct story *story, const struct report *report);

/* The deepest of the tables' percentiles that every variant resolves which resolves any, in
 * millionths; 0: none does. */
uint32_t story_deepest_ppm(const struct variant *variants, size_t count);

/* "one", "two", ... "ten", "11". */
char *story_number(uint64_t number, char text[UNITS_TEXT_MAX]);

#endif
