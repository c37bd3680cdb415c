/* receiving.c - from a receive to what it means: more of a response, its end, or the connection's. */
#include "receiving.h"

#include "check.h"
#include "exchange.h"
#include "journal.h"
#include "lifetime.h"
#include "sending.h"

#include <errno.h>

static void count(struct worker *w, enum anomaly anomaly)
{
    w->anomalies[anomaly]++;
}

static void complete(struct worker *w, struct connection *c, bool has_excess)
{
    const bool keep = c->response.keep_alive && !has_excess && !c->send_pending;
    sending_note_service(&w->batch, c->last_byte_ns - c->sent_ns);
    journal_response(w, c, has_excess);
    connection_step(c, CONNECTION_RESPONSE);
    w->anomalies[ANOMALY_EXCESS_BYTES] += has_excess;
    if (keep) {
        if (!worker_offer(w, c))
            connection_move(&w->table, c, LIST_IDLE);
        return;
    }
    w->anomalies[ANOMALY_KEEPALIVE_REFUSED] += !c->response.keep_alive;
    lifetime_abandon(w, c);
}

static void peer_closed(struct worker *w, struct connection *c)
{
    if (c->state == CONNECTION_IDLE) {
        count(w, ANOMALY_CLOSED_WHILE_IDLE);
        lifetime_abandon(w, c);
    } else if (response_end(&c->response) == RESPONSE_DONE) {
        complete(w, c, false);
        c->freed_ns = w->now_ns; /* it was not free before its end was known */
    } else {
        lifetime_fail(w, c, OUTCOME_CLOSED);
    }
}

/* The first of a response has come. Where the thread lost its CPU in the middle of a submission, the
 * moment that was interpolated can lie behind the answer: then only "not before the submission" is
 * known, which makes the service time an upper bound. */
static void first_byte(struct worker *w, struct connection *c)
{
    c->first_byte_ns = c->last_byte_ns;
    if (c->sent_ns < c->first_byte_ns)
        return;
    count(w, ANOMALY_SENDS_MISDATED);
    c->sent_ns = c->sent_floor_ns;
}

static void received(struct worker *w, struct connection *c, const struct ring_message *message)
{
    size_t consumed = 0;
    if (message->size == 0) {
        peer_closed(w, c);
        return;
    }
    if (c->state == CONNECTION_IDLE) {
        count(w, ANOMALY_UNSOLICITED_BYTES);
        lifetime_abandon(w, c);
        return;
    }
    c->has_stamp = message->has_stamp;
    c->last_byte_ns = message->has_stamp ? clock_of_wall_ns(w->shared->clock, message->stamp)
                                         : w->now_ns;
    if (c->last_byte_ns > w->now_ns) /* it came after the clock was read (without defer_taskrun) */
        w->now_ns = clock_now_ns(w->shared->clock);
    c->seen_ns = w->now_ns;
    if (c->first_byte_ns == SCHEMA_NS_NONE && c->last_byte_ns < c->sent_floor_ns) {
        count(w, ANOMALY_UNSOLICITED_BYTES); /* no answer comes before its request */
        lifetime_fail(w, c, OUTCOME_MALFORMED);
        return;
    }
    if (c->first_byte_ns == SCHEMA_NS_NONE)
        first_byte(w, c);
    switch (response_feed(&c->response, message->bytes, message->size, &consumed)) {
    case RESPONSE_MORE: break;
    case RESPONSE_DONE: complete(w, c, consumed < message->size); break;
    case RESPONSE_BAD: lifetime_fail(w, c, OUTCOME_MALFORMED); break;
    }
}

static void want_rearm(struct worker *w, struct connection *c)
{
    if (c->rearm_wanted)
        return;
    c->rearm_wanted = true;
    w->rearm[w->rearm_count++] = connection_slot(&w->table, c);
}

void receiving_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    const uint8_t *buffer = event->has_buffer ? bufpool_take(&w->buffers, event->buffer) : NULL;
    struct ring_message message;
    if (!event->more)
        c->receive_armed = false;
    if (c->state == CONNECTION_CLOSING) {
        lifetime_closing_event(w, c, event);
    } else if (event->result == -ENOBUFS) {
        count(w, ANOMALY_BUFFERS_EXHAUSTED);
        want_rearm(w, c);
    } else if (event->result <= 0 || !buffer) {
        w->anomalies[ANOMALY_CLOSED_WHILE_IDLE] += c->state == CONNECTION_IDLE;
        lifetime_fail(w, c, outcome_of_io_error(-event->result));
    } else {
        CHECK(ring_message(buffer, event->result, &message), ==, 1);
        received(w, c, &message);
        if (!event->more && c->state != CONNECTION_CLOSING) {
            count(w, ANOMALY_RECEIVES_REARMED);
            want_rearm(w, c);
        }
    }
    if (buffer)
        bufpool_give(&w->buffers, event->buffer);
}

void receiving_discard(struct worker *w, const struct ring_event *event)
{
    if (!event->has_buffer)
        return;
    bufpool_take(&w->buffers, event->buffer);
    bufpool_give(&w->buffers, event->buffer);
}

void receiving_replenish(struct worker *w)
{
    bufpool_publish(&w->buffers);
    if (w->rearm_count > 0)
        sending_flush(w);
    for (uint32_t i = 0; i < w->rearm_count; i++) {
        struct connection *c = &w->table.connections[w->rearm[i]];
        c->rearm_wanted = false;
        if (c->receive_armed || (c->state != CONNECTION_IDLE && c->state != CONNECTION_BUSY))
            continue;
        c->receive_armed = true;
        ring_receive(w->ring, w->rearm[i], c->generation, w->buffers.group);
    }
    w->rearm_count = 0;
}
