/* exchange.c - what happens to one request, from its beginning to its row. */
#include "exchange.h"

#include "check.h"
#include "journal.h"
#include "lifetime.h"
#include "receiving.h"
#include "sending.h"

void exchange_begin(struct worker *w, struct connection *c, uint64_t request, int64_t scheduled_ns)
{
    c->has_request = true;
    c->request = request;
    c->scheduled_ns = scheduled_ns;
    c->connecting_ns = 0;
    w->in_flight++;
    w->begun++;
    if (c->state == CONNECTION_IDLE) {
        connection_move(&w->table, c, LIST_NONE);
        sending_prepare(w, c);
    } else {
        lifetime_open(w, c);
    }
}

void exchange_event(struct worker *w, const struct ring_event *event)
{
    struct connection *c = &w->table.connections[event->slot];
    CHECK(event->slot, <, w->table.count);
    if (event->generation != c->generation) {
        w->anomalies[ANOMALY_STALE_EVENTS]++;
        receiving_discard(w, event);
        return;
    }
    /* An event of before its request was sent: the request goes out first, so that it has a moment. */
    if (c->is_batched)
        sending_flush(w);
    switch (event->op) {
    case RING_RECEIVE: receiving_event(w, c, event); return;
    case RING_CONNECT: lifetime_connect_event(w, c, event); return;
    case RING_SEND: sending_event(w, c, event); return;
    case RING_CANCEL:
    case RING_CLOSE: lifetime_closing_event(w, c, event); return;
    case RING_ACCEPT:
    case RING_OP_COUNT: break;
    }
    check_failed(__FILE__, __LINE__, "a worker asked for this event", event->op, RING_OP_COUNT);
}

void exchange_chores(struct worker *w)
{
    const int64_t oldest_ns = w->now_ns - w->shared->config->timeout_ns;
    struct connection *c;
    /* Every time-out is equally long, so that the list of the active is in the order of their ends. */
    while ((c = connection_oldest(&w->table, LIST_ACTIVE)) && c->began_ns <= oldest_ns)
        lifetime_fail(w, c,
                      c->state == CONNECTION_CONNECTING ? OUTCOME_CONNECT_TIMEOUT : OUTCOME_TIMEOUT);
    lifetime_wake(w);
}

void exchange_censor(struct worker *w)
{
    struct connection *c;
    while ((c = connection_oldest(&w->table, LIST_ACTIVE))) {
        if (c->has_request)
            journal_failure(w, c, OUTCOME_IN_FLIGHT, w->now_ns);
        connection_move(&w->table, c, LIST_NONE);
    }
}
