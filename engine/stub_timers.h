/* stub_timers.h - which slot is due next: a binary heap with a place for each slot, so that a slot
 * has one moment or none, and to change or to drop it costs O(log n) and leaves nothing stale
 * behind. Of one thread. Does not read time. */
#ifndef TARE_STUB_TIMERS_H
#define TARE_STUB_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define STUB_TIMERS_NEVER INT64_MAX

struct stub_timer {
    int64_t due_ns;
    uint32_t slot;
};

struct stub_timers {
    struct stub_timer *heap; /* the parent of i is (i - 1) / 2 and never later */
    uint32_t *places;        /* by slot: index in the heap plus one; 0: not in it */
    uint32_t count;
    uint32_t slots;
};

/* Makes room for `slots` slots, none of them due. Returns 0 or -ENOMEM. */
int stub_timers_init(struct stub_timers *timers, uint32_t slots);
void stub_timers_free(struct stub_timers *timers);

/* Makes the slot due at due_ns, whatever it was before. */
void stub_timers_set(struct stub_timers *timers, uint32_t slot, int64_t due_ns);

/* Makes the slot due never again. */
void stub_timers_drop(struct stub_timers *timers, uint32_t slot);

/* The moment of the slot that is due first; STUB_TIMERS_NEVER where there is none. */
static inline int64_t stub_timers_first_ns(const struct stub_timers *timers)
{
    return timers->count > 0 ? timers->heap[0].due_ns : STUB_TIMERS_NEVER;
}

/* Takes the first slot out if it is due by now_ns; false where none is. */
bool stub_timers_take(struct stub_timers *timers, int64_t now_ns, uint32_t *slot);

#endif
