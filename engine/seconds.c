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
    w->bytes_in += sample->bytes_in;
    w->done += sample->last;
    w->outcomes[sample->outcome] += sample->last;
}

static void pop_first(struct seconds *seconds, seconds_visit *visit, void *context)
{
    visit(context, &seconds->pending[0]);
    seconds->pending_count--;
    memmove(&seconds->pending[0], &seconds->pending[1],
            seconds->pending_count * sizeof seconds->pending[0]);
}

/* The order of rows: by second, and by phase within one. */
static int compare(uint32_t second, uint8_t phase, const struct seconds_row *row)
{
    if (second != row->second)
        return second < row->second ? -1 : 1;
    return phase < row->phase ? -1 : phase > row->phase;
}

/* Has every worker done with this row? */
static bool is_whole(const struct seconds *seconds, const struct seconds_row *row)
{
    for (uint32_t i = 0; i < seconds->workers_count; i++) {
        const struct seconds_worker *w = &seconds->workers[i];
        const bool is_behind = !w->has_ticked || compare(w->last.second, w->last.phase, row) < 0;
        if (is_behind && !w->has_ended)
            return false;
    }
    return true;
}

static void pop_whole(struct seconds *seconds, seconds_visit *visit, void *context)
{
    while (seconds->pending_count > 0 && (seconds->pending_count > SECONDS_PENDING ||
                                          is_whole(seconds, &seconds->pending[0])))
        pop_first(seconds, visit, context);
}

/* The pending row of a tick, made where it is the first of its second and phase. */
static struct seconds_row *find_row(struct seconds *seconds, const struct tick *tick)
{
    uint32_t at = seconds->pending_count;
    while (at > 0 && compare(tick->second, tick->phase, &seconds->pending[at - 1]) < 0)
        at--;
    if (at > 0 && compare(tick->second, tick->phase, &seconds->pending[at - 1]) == 0)
        return &seconds->pending[at - 1];
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
    struct seconds_row *row = find_row(seconds, tick);
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
    *w = (struct seconds_worker){.last = *tick, .has_ticked = true};
    pop_whole(seconds, visit, context);
}

void seconds_end(struct seconds *seconds, uint32_t worker, seconds_visit *visit, void *context)
{
    seconds->workers[worker].has_ended = true;
    pop_whole(seconds, visit, context);
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
        "connect_no_port,connect_failed,reset,closed,malformed,io_failed,timeout,in_flight,unsent,"
        "unexpected,redirect_refused,connect_forbidden,unreachable,exhausted,"
        "tls_untrusted,tls_refused,tls_malformed,tls_truncated,tls_timeout";
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
