/* ticks.c - a second cursor on the schedule counts what was due, ahead of or behind what was begun. */
#include "ticks.h"

#include <errno.h>
#include <stdlib.h>

int ticks_open(struct worker *w)
{
    if (w->shared->targets->count == 1)
        return 0;
    w->by_target = calloc(w->shared->targets->count, sizeof *w->by_target);
    return w->by_target ? 0 : -ENOMEM;
}

void ticks_count_due(struct worker *w, uint64_t request)
{
    w->due++;
    if (w->by_target)
        w->by_target[targets_of(w->shared->targets, request)].due++;
}

/* Open loop: how many requests of the run were due before a moment. */
static uint64_t count_due(struct worker *w, int64_t before_ns)
{
    const int64_t until_ns = before_ns < w->phases.end_ns ? before_ns : w->phases.end_ns;
    if (w->shared->config->loop == LOOP_CLOSED)
        return w->due;
    while (w->schedule_due.due_ns < until_ns && !schedule_has_ended(&w->schedule_due)) {
        ticks_count_due(w, w->schedule_due.request);
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
        for (uint64_t i = w->schedule_due.request; w->by_target && i < w->schedule.request;
             i += config->threads)
            w->by_target[targets_of(w->shared->targets, i)].due++;
        w->schedule_due = w->schedule;
        w->due = (w->schedule.request - w->index) / config->threads;
    }
    count_due(w, w->now_ns);
}

static void push(struct worker *w, uint32_t target, const struct target_counts *counts)
{
    struct sample_record *record = sample_next(&w->samples);
    record->is_tick = true;
    record->tick = (struct tick){
        .second = (uint32_t)(w->tick_from_ns / NS_PER_S),
        .phase = (uint8_t)phases_of_moment(&w->phases, w->tick_from_ns),
        .target = (uint16_t)target,
        .due = counts->due,
        .sent = counts->sent,
        .bytes_out = counts->bytes_out,
        .in_flight = counts->in_flight,
        .backlog = counts->due > counts->begun ? counts->due - counts->begun : 0,
    };
    sample_push(&w->samples);
}

void ticks_push(struct worker *w, int64_t until_ns)
{
    const struct target_counts all = {.due = count_due(w, until_ns),
                                      .begun = w->begun,
                                      .sent = w->sent,
                                      .bytes_out = w->bytes_out,
                                      .in_flight = w->in_flight};
    for (uint32_t i = 0; i < w->shared->targets->count; i++)
        push(w, i, w->by_target ? &w->by_target[i] : &all);
    w->tick_from_ns = until_ns;
    w->next_boundary_ns = phases_next_boundary_ns(&w->phases, until_ns);
}

void ticks_push_passed(struct worker *w)
{
    const uint32_t wanted = w->in_flight + 1 + w->shared->targets->count;
    while (w->now_ns >= w->next_boundary_ns && sample_room(&w->samples, wanted) >= wanted)
        ticks_push(w, w->next_boundary_ns);
}
