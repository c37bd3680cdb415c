/* story_parts.h - what the tellers share; for story.c, story_lead.c and story_time.c alone. */
#ifndef TARE_STORY_PARTS_H
#define TARE_STORY_PARTS_H

#include "story.h"

#include <stddef.h>

#define STORY_TOLD_MAX 3 /* variants that are named one by one */

/* How many variants were told of, and how many more had something to tell. */
struct story_told {
    size_t told;
    size_t untold;
};

/* Adds to a story, as printf(3). A blank before a sentence parts it from the one before, where
 * there is one. */
void story_add(struct story *story, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* To be called when all is told of a variant. size: of the text before it. Takes back what was
 * added where STORY_TOLD_MAX variants had their say already. */
void story_end_variant(struct story *story, struct story_told *told, size_t size);

/* "The tables tell of five more runs." where there are any. */
void story_tell_untold(struct story *story, const struct story_told *told);

#endif
