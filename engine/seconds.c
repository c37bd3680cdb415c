/* seconds.c - differences of the workers' counters, by second and phase. */
#include "seconds.h"

#include "check.h"
#include "row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int seconds_init(struct seconds *seconds, uint32_t workers)
{
    memset(seconds, 0, sizeof *seconds);
    seconds->workers_count = workers;
    seconds->workers = calloc(workers, sizeof *seconds->workers);
    return seconds->workers ? 0 : -ENOMEM;
}

void seconds_free(struct seconds *seconds)
{
    free(seconds->workers);
}

void seconds_add(struct seconds *seconds, uint32_t worker, const struct sample *sample)
{
    struct seconds_worker *w = &seconds->workers[worker];
    w->done++;
    w->bytes_in += sample->bytes_in;
    w->outcomes[sample->outcome]++;
}

static void pop_first(struct seconds *seconds, seconds_visit *visit, void *context)
{
    visit(context, &seconds->pending[0]);
    seconds->pending_count--;
    memmove(&seconds->pending[0], &seconds->pending[1],
            seconds->pending_count * sizeof seconds->pending[0]);
}

/* The pending row of a tick, made where it is the first of its second and phase. */
static struct seconds_row *find_row(struct seconds *seconds, const struct tick *tick,
                                    seconds_visit *visit, void *context)
{
    uint32_t at = seconds->pending_count;
    while (at > 0 && (seconds->pending[at - 1].second > tick->second ||
                      (seconds->pending[at - 1].second == tick->second &&
                       seconds->pending[at - 1].phase > tick->phase)))
        at--;
    if (at > 0 && seconds->pending[at - 1].second == tick->second &&
        seconds->pending[at - 1].phase == tick->phase)
        return &seconds->pending[at - 1];
    if (seconds->pending_count == SECONDS_PENDING) {
        pop_first(seconds, visit, context);
        at -= at > 0;
    }
    memmove(&seconds->pending[at + 1], &seconds->pending[at],
            (seconds->pending_count - at) * sizeof seconds->pending[0]);
    seconds->pending_count++;
    seconds->pending[at] = (struct seconds_row){.second = tick->second, .phase = tick->phase};
    return &seconds->pending[at];
}

void seconds_tick(struct seconds *seconds, uint32_t worker, const struct tick *tick,
                  seconds_visit *visit, void *context)
{
    struct seconds_worker *w = &seconds->workers[worker];
    struct seconds_row *row = find_row(seconds, tick, visit, context);
    row->workers++;
    row->due += tick->due - w->last.due;
    row->sent += tick->sent - w->last.sent;
    row->bytes_out += tick->bytes_out - w->last.bytes_out;
    row->in_flight += tick->in_flight;
    row->backlog += tick->backlog;
    row->done += w->done;
    row->bytes_in += w->bytes_in;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        row->outcomes[i] += w->outcomes[i];
    *w = (struct seconds_worker){.last = *tick};
    while (seconds->pending_count > 0 && seconds->pending[0].workers == seconds->workers_count)
        pop_first(seconds, visit, context);
}

void seconds_finish(struct seconds *seconds, seconds_visit *visit, void *context)
{
    while (seconds->pending_count > 0)
        pop_first(seconds, visit, context);
}

const char *seconds_header(void)
{
    /* The outcomes of outcome.c; a test compares. */
    return SCHEMA_HEADER_SECONDS
        ",ok,status_4xx,status_5xx,connect_refused,connect_timeout,connect_unreachable,"
        "connect_no_port,connect_failed,reset,closed,malformed,io_failed,timeout,in_flight,unsent";
}

size_t seconds_format(const struct seconds_row *row, uint16_t target, char *text)
{
    const uint64_t counts[] = {target,        row->due,      row->sent,      row->done,
                               row->bytes_out, row->bytes_in, row->in_flight, row->backlog};
    char *at = row_format_u64(row->second, text);
    *at++ = ',';
    const char *phase = schema_phase_name((enum phase)row->phase);
    at = mempcpy(at, phase, strlen(phase));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        *at++ = ',';
        at = row_format_u64(counts[i], at);
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        *at++ = ',';
        at = row_format_u64(row->outcomes[i], at);
    }
    *at++ = '\n';
    CHECK(at - text, <=, SECONDS_ROW_MAX_BYTES);
    return (size_t)(at - text);
}
