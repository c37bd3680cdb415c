/* receiving.c - from a receive to what it means: more of a response, its end, or the connection's. */
#include "receiving.h"

#include "again.h"
#include "arming.h"
#include "check.h"
#include "exchange.h"
#include "journal.h"
#include "lifetime.h"
#include "securing.h"
#include "sending.h"

#include <errno.h>
#include <string.h>

static void count(struct worker *w, enum anomaly anomaly)
{
    w->anomalies[anomaly]++;
}

/* The response to the oldest request is whole. Returns whether the connection can go on: it stands, no
 * request is still being sent whose answers have all come, and it may have more requests. */
static bool complete(struct worker *w, struct connection *c, bool is_shared, int64_t freed_ns)
{
    const bool keep_alive = c->response.keep_alive;
    const uint64_t bytes = c->response.bytes;
    sending_note_service(&w->batch,
                         c->last_byte_ns - connection_place(&w->table, c, 0)->sent_ns);
    journal_response(w, c, is_shared, freed_ns);
    arming_note_whole(w, c, bytes);
    w->anomalies[ANOMALY_KEEPALIVE_REFUSED] += !keep_alive && c->requests_left > 0;
    if (c->in_flight > 0)
        return keep_alive;
    connection_step(c, CONNECTION_RESPONSE);
    return keep_alive && !c->send_pending && c->requests_left > 0;
}

/* was_said: a body that ends here is whole, since nobody else can have ended it (RFC 8446 section 6.1). */
static void peer_closed(struct worker *w, struct connection *c, bool was_said)
{
    if (w->secure && !was_said)
        w->secure->slots[c->slot].is_gone = true;
    if (c->state == CONNECTION_IDLE) {
        count(w, ANOMALY_CLOSED_WHILE_IDLE);
        lifetime_abandon(w, c);
    } else if (response_end(&c->response) == RESPONSE_DONE) {
        if (!was_said) {
            lifetime_fail(w, c, OUTCOME_TLS_TRUNCATED);
            return;
        }
        complete(w, c, false, w->now_ns); /* its place was not free before its end was known */
        lifetime_end(w, c);
    } else {
        lifetime_fail(w, c, OUTCOME_CLOSED);
    }
}

/* The first of a response has come. Where the thread lost its CPU in the middle of a submission, the
 * moment that was interpolated can lie behind the answer: then only "not before the submission" is
 * known, which makes the service time an upper bound. */
static void first_byte(struct worker *w, struct connection *c, struct place *place)
{
    c->first_byte_ns = c->last_byte_ns;
    if (place->sent_ns < c->first_byte_ns)
        return;
    count(w, ANOMALY_SENDS_MISDATED);
    place->sent_ns = place->sent_floor_ns;
}

/* Feeds bytes, or content that was thrown away unseen (NULL). */
static enum response_result feed_response(struct worker *w, struct connection *c,
                                          const uint8_t *bytes, size_t size, size_t *consumed)
{
    if (w->again && bytes)
        again_watch(w, c, bytes, size);
    if (bytes)
        return known_head_feed(&w->known_head, &c->response, bytes, size, consumed,
                               judge_watch(&w->judge, c));
    *consumed = size;
    return response_skip(&c->response, size);
}

/* Feeds bytes to the response to the oldest request, and what is left over to those behind it: they
 * come in the order of their requests (RFC 9112 section 9.3.2). Those that end in one receive share its
 * stamp; has_more: it holds more than these bytes. Bytes that no request has asked for end the
 * connection. Returns whether it still stands. */
static inline __attribute__((always_inline)) bool feed(struct worker *w, struct connection *c,
                                                       const uint8_t *bytes, size_t size,
                                                       bool has_more, bool *was_shared)
{
    bool is_shared = *was_shared, can_go_on = true;
    size_t consumed;
    while (size > 0 && can_go_on) {
        struct place *place = connection_place(&w->table, c, 0);
        const bool is_asked_for = c->in_flight > 0 && (c->first_byte_ns != SCHEMA_NS_NONE ||
                                                       c->last_byte_ns >= place->sent_floor_ns);
        if (!is_asked_for)
            break;
        if (c->first_byte_ns == SCHEMA_NS_NONE) {
            sending_fetch_stamp(w, c); /* it is there: the request had left before it was answered */
            first_byte(w, c, place);
        }
        switch (feed_response(w, c, bytes, size, &consumed)) {
        case RESPONSE_MORE: arming_note_part(w, c); break;
        case RESPONSE_BAD: lifetime_fail(w, c, OUTCOME_MALFORMED); return false;
        case RESPONSE_DONE:
            is_shared = is_shared || consumed < size || has_more;
            can_go_on = complete(w, c, is_shared, c->last_byte_ns);
            break;
        }
        bytes = bytes ? bytes + consumed : NULL;
        size -= consumed;
    }
    *was_shared = is_shared;
    w->anomalies[ANOMALY_EXCESS_BYTES] += size > 0;
    if (size == 0 && can_go_on)
        return true;
    lifetime_end(w, c);
    return false;
}

/* All of a receive is fed: the connection may have room for more. */
static void settle(struct worker *w, struct connection *c, uint32_t before)
{
    if (c->in_flight == 0 && c->has_rest)
        connection_move(&w->table, c, LIST_NONE); /* its next receive tells: nobody asked for that */
    else if (c->in_flight < before)
        exchange_offer(w, c);
}

/* Bytes came before any answer can have come. */
static bool is_too_early(const struct worker *w, struct connection *c)
{
    return c->first_byte_ns == SCHEMA_NS_NONE &&
           c->last_byte_ns < connection_place(&w->table, c, 0)->sent_floor_ns;
}

/* Servers say 408 before they close a connection that was idle for too long (RFC 9110 section 15.5.9). */
static bool is_farewell(const uint8_t *bytes, size_t size)
{
    return bytes && size >= sizeof "HTTP/1.1 408" - 1 && memcmp(bytes, "HTTP/1.", 7) == 0 &&
           memcmp(bytes + 8, " 408", 4) == 0;
}

static void refuse_bytes(struct worker *w, struct connection *c, const uint8_t *bytes, size_t size)
{
    count(w, ANOMALY_UNSOLICITED_BYTES);
    if (c->state == CONNECTION_IDLE)
        lifetime_abandon(w, c);
    else
        lifetime_fail(w, c, is_farewell(bytes, size) ? OUTCOME_CLOSED : OUTCOME_MALFORMED);
}

/* Decrypts what came, record by record, and feeds it. A record may hold no bytes of HTTP: a ticket, a
 * key update. */
static void received_secure(struct worker *w, struct connection *c, const struct ring_message *message)
{
    struct tls *tls = w->secure->slots[c->slot].tls;
    bool is_shared = false;
    enum tls_result result;
    size_t size;
    tls_give(tls, message->bytes, message->size);
    while ((result = securing_read(w, c, &size)) == TLS_DONE) {
        c->seen_ns = w->now_ns;
        if (c->state == CONNECTION_IDLE || is_too_early(w, c)) {
            refuse_bytes(w, c, w->secure->plain, size);
            return;
        }
        if (!feed(w, c, w->secure->plain, size, tls_has_more(tls), &is_shared))
            return;
    }
    switch (result) {
    case TLS_DONE:
    case TLS_MORE: securing_settle(w, c); return;
    case TLS_ENDED: peer_closed(w, c, true); return;
    case TLS_UNTRUSTED:
    case TLS_REFUSED:
    case TLS_BROKEN: securing_fail(w, c, result); return;
    }
}

static void received(struct worker *w, struct connection *c, const struct ring_message *message)
{
    const uint32_t before = c->in_flight;
    bool is_shared = false;
    if (c->state == CONNECTION_SECURING) {
        securing_received(w, c, message->bytes, message->size);
        return;
    }
    if (message->size == 0) {
        peer_closed(w, c, !w->secure);
        return;
    }
    if (c->state == CONNECTION_IDLE && !w->secure) {
        refuse_bytes(w, c, message->bytes, message->size);
        return;
    }
    c->has_stamp = message->has_stamp;
    c->last_byte_ns = message->has_stamp ? clock_of_wall_ns(w->shared->clock, message->stamp)
                                         : w->now_ns;
    if (c->last_byte_ns > w->now_ns) /* it came after the clock was read (without defer_taskrun) */
        w->now_ns = clock_now_ns(w->shared->clock);
    c->seen_ns = w->now_ns;
    if (w->secure)
        received_secure(w, c, message);
    else if (is_too_early(w, c))
        refuse_bytes(w, c, message->bytes, message->size);
    else if (feed(w, c, message->bytes, message->size, false, &is_shared))
        settle(w, c, before);
}

/* What a receive left behind: in a buffer of the pool's, or in the connection's own. */
static void read_message(const struct worker *w, const struct connection *c, const uint8_t *buffer,
                         const struct ring_event *event, struct ring_message *message)
{
    if (buffer) {
        CHECK(ring_message(buffer, event->result, message), ==, 1);
        return;
    }
    ring_message_once(&w->own_buffers.buffers[c->own_buffer].once, event->result, message);
}

/* An event of a connection that stands. A receive that ended is armed again: one into the connection's
 * own buffer ends each time, one that was disarmed makes room for another kind. */
static void take(struct worker *w, struct connection *c, const uint8_t *buffer,
                 const struct ring_event *event)
{
    const bool is_read = buffer || c->receives_once;
    const uint32_t generation = c->generation;
    struct ring_message message;
    if (event->result == -ENOBUFS) {
        count(w, ANOMALY_BUFFERS_EXHAUSTED);
    } else if (event->result == -ECANCELED) {
        /* disarmed */
    } else if (event->result < 0 || !is_read) {
        w->anomalies[ANOMALY_CLOSED_WHILE_IDLE] += c->state == CONNECTION_IDLE;
        lifetime_fail(w, c, outcome_of_io_error(-event->result));
    } else {
        read_message(w, c, buffer, event, &message);
        c->has_rest = !buffer && event->has_rest;
        received(w, c, &message);
        w->anomalies[ANOMALY_RECEIVES_REARMED] +=
            buffer && !event->more && c->generation == generation;
    }
    if (!event->more && c->generation == generation)
        arming_want(w, c);
}

void receiving_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    const uint8_t *buffer = event->has_buffer ? bufpool_take(&w->buffers, event->buffer) : NULL;
    if (!event->more)
        c->receive_armed = false;
    if (c->state == CONNECTION_CLOSING)
        lifetime_closing_event(w, c);
    else
        take(w, c, buffer, event);
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
