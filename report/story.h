/* story.h - the sentences of a page, each worked out from the data by a rule that is stated here.
 * Plain text as units.h writes it ("28.2 us"): markup_prose() sets and escapes it. Pure. */
#ifndef TARE_STORY_H
#define TARE_STORY_H

#include "report.h"
#include "units.h"

#include <stddef.h>
#include <stdint.h>

#define STORY_TEXT_MAX 2048u

/* A second is slow when its p99 is above this many times the median second's; a variant has slow
 * seconds only where they hold STORY_SECOND_REQUESTS each, since p99 of fewer is the slowest one. */
#define STORY_SLOW_TIMES 3.0
#define STORY_SECOND_REQUESTS 100u
/* A second is stalled when less than this share of the median second's requests was done, and the
 * median second has this many. */
#define STORY_STALL_SHARE 0.1
#define STORY_STALL_REQUESTS 10.0
/* Fewer whole measured seconds than this show no course. */
#define STORY_SECONDS_MIN 5u

struct story {
    char text[STORY_TEXT_MAX]; /* cut at its end where it is longer */
};

/* Over which percentiles the difference holds, from where on too little was seen, what failed, and
 * what the generator took at the median. */
void story_tell_lead(struct story *story, const struct report *report);

/* Half of the requests took at most, one in so many longer than. */
void story_tell_spread(struct story *story, const struct report *report);

/* Stalls and slow seconds, by the rules above, and what failed when. */
void story_tell_time(struct story *story, const struct report *report);

/* How many requests succeeded. */
void story_tell_outcomes(struct story *story, const struct report *report);

/* What the generator added to the median request. */
void story_tell_weight(struct story *story, const struct report *report);

/* The deepest of the tables' percentiles that every variant resolves, in millionths; 0: none. */
uint32_t story_deepest_ppm(const struct variant *variants, size_t count);

/* "one", "two", ... "ten", "11". */
char *story_number(uint64_t number, char text[UNITS_TEXT_MAX]);

#endif
