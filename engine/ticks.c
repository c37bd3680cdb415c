/* ticks.c - a second cursor on the schedule counts what was due, ahead of or behind what was begun. */
#include "ticks.h"

/* Open loop: how many requests of the run were due before a moment. */
static uint64_t count_due(struct worker *w, int64_t before_ns)
{
    const int64_t until_ns = before_ns < w->phases.end_ns ? before_ns : w->phases.end_ns;
    if (w->shared->config->loop == LOOP_CLOSED)
        return w->due;
    while (w->schedule_due.due_ns < until_ns && !schedule_has_ended(&w->schedule_due)) {
        w->due++;
        schedule_advance(&w->schedule_due);
    }
    return w->due;
}

void ticks_follow(struct worker *w)
{
    const struct config *config = w->shared->config;
    if (config->loop == LOOP_CLOSED || w->now_ns >= w->next_boundary_ns)
        return;
    if (w->schedule.request > w->schedule_due.request) { /* what was begun was due, and is counted */
        w->schedule_due = w->schedule;
        w->due = (w->schedule.request - w->index) / config->threads;
    }
    count_due(w, w->now_ns);
}

void ticks_push(struct worker *w, int64_t until_ns)
{
    struct sample_record *record = sample_next(&w->samples);
    const uint64_t due = count_due(w, until_ns);
    record->is_tick = true;
    record->tick = (struct tick){
        .second = (uint32_t)(w->tick_from_ns / NS_PER_S),
        .phase = (uint8_t)phases_of_moment(&w->phases, w->tick_from_ns),
        .due = due,
        .sent = w->sent,
        .bytes_out = w->bytes_out,
        .in_flight = w->in_flight,
        .backlog = due > w->begun ? due - w->begun : 0,
    };
    sample_push(&w->samples);
    w->tick_from_ns = until_ns;
    w->next_boundary_ns = phases_next_boundary_ns(&w->phases, until_ns);
}

void ticks_push_passed(struct worker *w)
{
    while (w->now_ns >= w->next_boundary_ns &&
           sample_room(&w->samples, w->in_flight + 2) > w->in_flight + 1)
        ticks_push(w, w->next_boundary_ns);
}
