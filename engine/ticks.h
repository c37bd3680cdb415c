/* ticks.h - a worker's counters at the end of each second and phase, for seconds.csv: how many requests were
 * due by then, how many were sent, how many wait. They stand in the queue among the samples. */
#ifndef TARE_TICKS_H
#define TARE_TICKS_H

#include "worker.h"

/* Places in the queue that samples leave to ticks: at a boundary there is one of each target. */
static inline uint32_t ticks_reserved(const struct worker *w)
{
    return 15 + w->shared->targets->count;
}

/* Makes room for counts of each target, where there are several. Returns 0 or -ENOMEM. */
int ticks_open(struct worker *w);

/* Counts a request as due. */
void ticks_count_due(struct worker *w, uint64_t request);

/* Counts what has come due until now. To be called every few milliseconds, so that a tick does not have to
 * walk through a second of the schedule while requests wait: 60 us at 20,000 a second. */
void ticks_follow(struct worker *w);

/* Writes the ticks of all boundaries that have passed, as far as the queue has room: the rest follow at the
 * next turn. */
void ticks_push_passed(struct worker *w);

/* Writes a tick of each target, of the time since the last until `until_ns`. There must be room. */
void ticks_push(struct worker *w, int64_t until_ns);

#endif
