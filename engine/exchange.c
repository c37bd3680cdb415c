/* exchange.c - what happens to one request, from its beginning to its row. */
#include "exchange.h"

#include "check.h"
#include "journal.h"
#include "lifetime.h"
#include "receiving.h"
#include "sending.h"

void exchange_count_begun(struct worker *w, uint64_t request)
{
    w->begun++;
    if (w->by_target)
        w->by_target[targets_of(w->shared->targets, request)].begun++;
}

void exchange_begin(struct worker *w, struct connection *c, uint64_t request, int64_t scheduled_ns)
{
    exchange_begin_attempt(w, c, request, scheduled_ns, 1, scheduled_ns);
    exchange_count_begun(w, request);
}

void exchange_begin_attempt(struct worker *w, struct connection *c, uint64_t request,
                            int64_t scheduled_ns, uint16_t attempt, int64_t due_ns)
{
    struct place *place = connection_place(&w->table, c, c->in_flight);
    place->request = request;
    place->target = targets_of(w->shared->targets, request);
    place->attempt = attempt;
    place->scheduled_ns = scheduled_ns;
    place->due_ns = due_ns;
    place->transmit_ns = SCHEMA_NS_NONE;
    if (c->in_flight == 0) /* the next response is to this one */
        c->response.to_head = worker_request(w, place)->is_head;
    c->in_flight++;
    c->unsent++;
    c->requests_left--;
    w->in_flight++;
    if (w->by_target)
        w->by_target[place->target].in_flight++;
}

void exchange_send(struct worker *w, struct connection *c)
{
    connection_move(&w->table, c, LIST_NONE);
    if (c->state == CONNECTION_CLOSED)
        lifetime_open(w, c);
    else
        sending_prepare(w, c);
}

void exchange_offer(struct worker *w, struct connection *c)
{
    if (connection_has_room(&w->table, c) && worker_offer(w, c))
        exchange_send(w, c);
    else
        connection_settle(&w->table, c);
}

void exchange_event(struct worker *w, const struct ring_event *event)
{
    struct connection *c = connection_at(&w->table, event->slot);
    CHECK(event->slot, <, w->table.count);
    if (event->op == RING_DISARM || event->op == RING_ERROR)
        return; /* there was nothing: who asked has seen that, or will */
    if (event->generation != c->generation) {
        receiving_discard(w, event);
        lifetime_ghost_event(w, c, event);
        return;
    }
    /* An event of before its requests were sent: they go out first, so that they have a moment. */
    if (c->batched > 0)
        sending_flush(w);
    switch (event->op) {
    case RING_RECEIVE: receiving_event(w, c, event); return;
    case RING_CONNECT: lifetime_connect_event(w, c, event); return;
    case RING_SEND: sending_event(w, c, event); return;
    case RING_CANCEL:
    case RING_CLOSE:
    case RING_ERROR:
    case RING_DISARM:
    case RING_ACCEPT:
    case RING_OP_COUNT: break;
    }
    check_failed(__FILE__, __LINE__, "a worker asked for this event", event->op, RING_OP_COUNT);
}

/* Ends what has been waiting for too long. Returns when the next can have. */
static int64_t end_late(struct worker *w)
{
    const struct config *config = w->shared->config;
    int64_t next_ns = w->now_ns + (config->timeout_ns < config->connect_timeout_ns
                                       ? config->timeout_ns
                                       : config->connect_timeout_ns);
    for (uint32_t i = 0; i < w->table.count; i++) {
        struct connection *c = connection_at(&w->table, i);
        const bool is_busy = c->state == CONNECTION_BUSY;
        if (!is_busy && c->state != CONNECTION_CONNECTING && c->state != CONNECTION_SECURING)
            continue;
        const int64_t late_ns = is_busy
                                    ? connection_place(&w->table, c, 0)->sent_ns + config->timeout_ns
                                    : c->began_ns + config->connect_timeout_ns;
        if (late_ns <= w->now_ns)
            lifetime_fail(w, c,
                          is_busy                              ? OUTCOME_TIMEOUT
                          : c->state == CONNECTION_CONNECTING ? OUTCOME_CONNECT_TIMEOUT
                                                              : OUTCOME_TLS_TIMEOUT);
        else if (late_ns < next_ns)
            next_ns = late_ns;
    }
    return next_ns;
}

/* What begins later than now ends later than the shorter of both time-outs from now: so all connections are
 * looked at only when one of them can have timed out. */
void exchange_chores(struct worker *w)
{
    if (w->now_ns >= w->next_timeout_ns) {
        sending_flush(w);
        w->next_timeout_ns = end_late(w);
    }
    lifetime_wake(w);
}

void exchange_censor(struct worker *w)
{
    for (uint32_t i = 0; i < w->table.count; i++)
        while (connection_at(&w->table, i)->in_flight > 0)
            journal_failure(w, connection_at(&w->table, i), OUTCOME_IN_FLIGHT, w->now_ns);
}
