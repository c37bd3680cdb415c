/* stub_timers.c - the heap: up, down, and a slot's place kept in step. */
#include "stub_timers.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>

int stub_timers_init(struct stub_timers *timers, uint32_t slots)
{
    *timers = (struct stub_timers){.slots = slots};
    timers->heap = calloc(slots, sizeof *timers->heap);
    timers->places = calloc(slots, sizeof *timers->places);
    if (timers->heap && timers->places)
        return 0;
    stub_timers_free(timers);
    return -ENOMEM;
}

void stub_timers_free(struct stub_timers *timers)
{
    free(timers->heap);
    free(timers->places);
    *timers = (struct stub_timers){0};
}

static void put(struct stub_timers *timers, uint32_t at, struct stub_timer timer)
{
    timers->heap[at] = timer;
    timers->places[timer.slot] = at + 1;
}

static void sift_up(struct stub_timers *timers, uint32_t at, struct stub_timer timer)
{
    while (at > 0 && timer.due_ns < timers->heap[(at - 1) / 2].due_ns) {
        put(timers, at, timers->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(timers, at, timer);
}

static void sift_down(struct stub_timers *timers, uint32_t at, struct stub_timer timer)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < timers->count &&
            timers->heap[child + 1].due_ns < timers->heap[child].due_ns)
            child++;
        if (child >= timers->count || timer.due_ns <= timers->heap[child].due_ns)
            break;
        put(timers, at, timers->heap[child]);
        at = child;
    }
    put(timers, at, timer);
}

void stub_timers_drop(struct stub_timers *timers, uint32_t slot)
{
    CHECK(slot, <, timers->slots);
    const uint32_t place = timers->places[slot];
    if (place == 0)
        return;
    const struct stub_timer last = timers->heap[--timers->count];
    timers->places[slot] = 0;
    if (last.slot == slot)
        return;
    if (last.due_ns < timers->heap[place - 1].due_ns)
        sift_up(timers, place - 1, last);
    else
        sift_down(timers, place - 1, last);
}

void stub_timers_set(struct stub_timers *timers, uint32_t slot, int64_t due_ns)
{
    stub_timers_drop(timers, slot);
    sift_up(timers, timers->count++, (struct stub_timer){.due_ns = due_ns, .slot = slot});
}

bool stub_timers_take(struct stub_timers *timers, int64_t now_ns, uint32_t *slot)
{
    if (stub_timers_first_ns(timers) > now_ns || timers->count == 0)
        return false;
    *slot = timers->heap[0].slot;
    stub_timers_drop(timers, *slot);
    return true;
}
