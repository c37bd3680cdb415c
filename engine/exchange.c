/* exchange.c - what happens to one request, from its beginning to its row. */
#include "exchange.h"

#include "check.h"
#include "journal.h"
#include "limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* Requests up to this size are taken whole by the send buffer of an idle connection (tcp(7): at least
 * 16 KiB), so that their send needs no event. Larger ones are watched. */
#define SEND_UNWATCHED_MAX 4096u
#define SEND_FIRST_BYTES 1024u

/* Pauses of a connection that keeps failing: none after one failure of a request, then 10 ms, doubled
 * up to 1 s, so that a dead port is never hammered. A failed connect counts double. */
#define PAUSE_FIRST_NS (10 * NS_PER_MS)
#define PAUSE_DOUBLINGS_MAX 7

static void count(struct worker *w, enum anomaly anomaly)
{
    w->anomalies[anomaly]++;
}

static uint32_t slot_of(const struct worker *w, const struct connection *c)
{
    return connection_slot(&w->table, c);
}

/* ---- closing ---- */

/* The slot is free: to be used again at once, or after a pause where it keeps failing. */
static void release(struct worker *w, struct connection *c)
{
    connection_step(c, CONNECTION_DRAINED);
    c->generation = (c->generation + 1) & 0xffffff;
    if (c->failures < 2) {
        if (!worker_offer(w, c))
            connection_move(&w->table, c, LIST_CLOSED);
        return;
    }
    const int doublings = c->failures - 2 < PAUSE_DOUBLINGS_MAX ? c->failures - 2
                                                                : PAUSE_DOUBLINGS_MAX;
    connection_step(c, CONNECTION_REST);
    connection_move(&w->table, c, LIST_RESTING);
    c->freed_ns = w->now_ns + (PAUSE_FIRST_NS << doublings);
}

static void abandon(struct worker *w, struct connection *c)
{
    connection_step(c, CONNECTION_ABANDON);
    connection_move(&w->table, c, LIST_NONE);
    c->cancel_pending = true;
    exchange_flush(w);
    ring_cancel(w->ring, slot_of(w, c), c->generation);
}

static void fail(struct worker *w, struct connection *c, enum outcome outcome)
{
    const int weight = c->state == CONNECTION_CONNECTING ? 2 : 1;
    c->failures = (uint8_t)(c->failures < 100 ? c->failures + weight : c->failures);
    if (c->has_request)
        journal_failure(w, c, outcome, w->now_ns);
    else
        c->freed_ns = w->now_ns;
    abandon(w, c);
}

/* One operation of a connection that is being closed has ended. When none is left the socket is
 * closed, and when that is done the slot is free: a multishot receive that was still armed would keep
 * the socket alive under a closed slot. */
static void closing_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    if (event->op == RING_CANCEL)
        c->cancel_pending = false;
    if (event->op == RING_CLOSE)
        c->close_pending = false;
    if (connection_is_pending(c))
        return;
    if (event->op == RING_CLOSE) {
        release(w, c);
        return;
    }
    c->close_pending = true;
    exchange_flush(w);
    ring_close_slot(w->ring, slot_of(w, c), c->generation);
}

/* ---- connecting and sending ---- */

/* Makes a socket with its options and puts it into the slot. Below kernel 6.7 a direct socket takes
 * no setsockopt, so that it is made as a normal one and then registered. Returns 0 or -errno. */
static int install_socket(struct worker *w, struct connection *c)
{
    const int one = 1;
    const int fd = socket(w->shared->address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int error = ring_has(w->ring, RING_RX_STAMPS) ? ring_stamp_socket(fd) : 0;
    if (error == 0)
        error = ring_slot_install(w->ring, slot_of(w, c), fd);
    close(fd);
    return error;
}

void exchange_open(struct worker *w, struct connection *c)
{
    const struct config *config = w->shared->config;
    connection_step(c, CONNECTION_CONNECT);
    connection_move(&w->table, c, LIST_ACTIVE);
    c->began_ns = w->now_ns;
    c->serial = w->index + w->opened++ * config->threads;
    if (w->opened > w->table.count)
        count(w, ANOMALY_RECONNECTS);
    const int error = install_socket(w, c);
    if (error < 0) {
        w->connect_error = error;
        fail(w, c, outcome_of_connect_error(-error));
        return;
    }
    c->connect_pending = true;
    exchange_flush(w);
    ring_connect(w->ring, slot_of(w, c), c->generation,
                 (const struct sockaddr *)w->shared->address, w->shared->address_size);
}

/* A large request goes out in two: the kernel sends nothing of a piece before it has copied all of it,
 * 64 KiB in about 5 us, and its first byte would leave that much later than it is dated. The first
 * piece is taken whole by the empty send buffer, so that the second cannot pass it. */
static void prepare_send(struct worker *w, struct connection *c, const uint8_t *bytes, size_t size)
{
    const size_t first = size > SEND_UNWATCHED_MAX ? SEND_FIRST_BYTES : 0;
    if (first > 0)
        ring_send(w->ring, slot_of(w, c), c->generation, bytes, first, false);
    ring_send(w->ring, slot_of(w, c), c->generation, bytes + first, size - first,
              c->send_pending);
}

static void send_request(struct worker *w, struct connection *c)
{
    const struct request *request = w->shared->request;
    size_t size;
    const uint8_t *bytes = request_pick(request, c->request, &size);
    /* Sends are dated by their place in a submission, so nothing else may stand before them. */
    if (w->batch.count == 0 && ring_prepared(w->ring) > 0)
        ring_submit(w->ring);
    response_start(&c->response, request->is_head);
    c->first_byte_ns = SCHEMA_NS_NONE;
    c->has_stamp = false;
    c->bytes_out = (uint32_t)size;
    c->send_pending = size > SEND_UNWATCHED_MAX;
    connection_step(c, CONNECTION_REQUEST);
    prepare_send(w, c, bytes, size);
    w->batch.slots[w->batch.count++] = slot_of(w, c);
    c->is_batched = true;
    w->bytes_out += size;
    if (w->batch.count >= w->batch.limit)
        exchange_flush(w);
}

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
        send_request(w, c);
    } else {
        exchange_open(w, c);
    }
}

/* Moves the estimate of the fastest 2 %: up by 1 part for each answer above it, down by 49 for each
 * below, so that it rests where 49 are above for each below (stochastic approximation, Robbins and
 * Monro 1951). */
static void note_service(struct send_batch *batch, int64_t service_ns)
{
    const int64_t step_ns = batch->fast_ns / 1024 + 1;
    batch->fast_ns += service_ns > batch->fast_ns ? step_ns : -49 * step_ns;
    if (batch->fast_ns < 0)
        batch->fast_ns = 0;
}

/* How many sends the next submission may hold: so many that it ends before its first answer comes. */
static void bound_batch(struct send_batch *batch, int64_t span_ns)
{
    batch->send_ns += (span_ns / batch->count - batch->send_ns) / 16;
    const int64_t fitting = batch->fast_ns / (batch->send_ns > 0 ? batch->send_ns : 1);
    batch->limit = fitting < 1                    ? 1
                   : fitting > LIMIT_SUBMIT_BATCH ? LIMIT_SUBMIT_BATCH
                                                  : (uint32_t)fitting;
}

void exchange_flush(struct worker *w)
{
    struct send_batch *batch = &w->batch;
    if (batch->count == 0)
        return;
    const int64_t before_ns = clock_now_ns(w->shared->clock);
    int done = ring_submit(w->ring);
    while (done == -EBUSY || done == -EAGAIN || done == -EINTR) {
        count(w, ANOMALY_SUBMITS_RETRIED);
        ring_poll(w->ring);
        done = ring_submit(w->ring);
    }
    CHECK(done, >=, 0);
    w->now_ns = clock_now_ns(w->shared->clock);
    const int64_t span_ns = w->now_ns - before_ns;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct connection *c = &w->table.connections[batch->slots[i]];
        c->sent_ns = before_ns + span_ns * i / batch->count;
        c->sent_floor_ns = before_ns;
        c->is_batched = false;
        c->began_ns = c->sent_ns;
        connection_move(&w->table, c, LIST_ACTIVE);
    }
    w->sent += batch->count;
    bound_batch(batch, span_ns);
    batch->count = 0;
}

static void connected(struct worker *w, struct connection *c, const struct ring_event *event)
{
    if (event->result < 0) {
        w->connect_error = event->result;
        fail(w, c, outcome_of_connect_error(-event->result));
        return;
    }
    connection_step(c, CONNECTION_CONNECTED);
    c->receive_armed = true;
    exchange_flush(w);
    ring_receive(w->ring, slot_of(w, c), c->generation, w->buffers.group);
    if (c->has_request) {
        c->connecting_ns = w->now_ns - c->began_ns;
        connection_move(&w->table, c, LIST_NONE);
        send_request(w, c);
        return;
    }
    c->freed_ns = w->now_ns;
    c->failures = 0;
    connection_move(&w->table, c, LIST_IDLE);
}

/* ---- receiving ---- */

static void complete(struct worker *w, struct connection *c, bool has_excess)
{
    const bool keep = c->response.keep_alive && !has_excess && !c->send_pending;
    note_service(&w->batch, c->last_byte_ns - c->sent_ns);
    journal_response(w, c, has_excess);
    connection_step(c, CONNECTION_RESPONSE);
    w->anomalies[ANOMALY_EXCESS_BYTES] += has_excess;
    if (keep) {
        if (!worker_offer(w, c))
            connection_move(&w->table, c, LIST_IDLE);
        return;
    }
    w->anomalies[ANOMALY_KEEPALIVE_REFUSED] += !c->response.keep_alive;
    abandon(w, c);
}

static void peer_closed(struct worker *w, struct connection *c)
{
    if (c->state == CONNECTION_IDLE) {
        count(w, ANOMALY_CLOSED_WHILE_IDLE);
        abandon(w, c);
    } else if (response_end(&c->response) == RESPONSE_DONE) {
        complete(w, c, false);
        c->freed_ns = w->now_ns; /* it was not free before its end was known */
    } else {
        fail(w, c, OUTCOME_CLOSED);
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
        abandon(w, c);
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
        fail(w, c, OUTCOME_MALFORMED);
        return;
    }
    if (c->first_byte_ns == SCHEMA_NS_NONE)
        first_byte(w, c);
    switch (response_feed(&c->response, message->bytes, message->size, &consumed)) {
    case RESPONSE_MORE: break;
    case RESPONSE_DONE: complete(w, c, consumed < message->size); break;
    case RESPONSE_BAD: fail(w, c, OUTCOME_MALFORMED); break;
    }
}

static void want_rearm(struct worker *w, struct connection *c)
{
    if (c->rearm_wanted)
        return;
    c->rearm_wanted = true;
    w->rearm[w->rearm_count++] = slot_of(w, c);
}

static void receive_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    const uint8_t *buffer = event->has_buffer ? bufpool_take(&w->buffers, event->buffer) : NULL;
    struct ring_message message;
    if (!event->more)
        c->receive_armed = false;
    if (c->state == CONNECTION_CLOSING) {
        closing_event(w, c, event);
    } else if (event->result == -ENOBUFS) {
        count(w, ANOMALY_BUFFERS_EXHAUSTED);
        want_rearm(w, c);
    } else if (event->result <= 0 || !buffer) {
        w->anomalies[ANOMALY_CLOSED_WHILE_IDLE] += c->state == CONNECTION_IDLE;
        fail(w, c, outcome_of_io_error(-event->result));
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

void exchange_replenish(struct worker *w)
{
    bufpool_publish(&w->buffers);
    if (w->rearm_count > 0)
        exchange_flush(w);
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

/* ---- events and time ---- */

/* A send that failed because the peer is gone is left to the receive, which ends by itself: what the
 * server said before it closed may still be in its queue. */
static void send_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    c->send_pending = false;
    if (c->state == CONNECTION_CLOSING)
        closing_event(w, c, event);
    else if (event->result < 0 && event->result != -EPIPE && event->result != -ECONNRESET)
        fail(w, c, outcome_of_io_error(-event->result));
}

void exchange_event(struct worker *w, const struct ring_event *event)
{
    struct connection *c = &w->table.connections[event->slot];
    CHECK(event->slot, <, w->table.count);
    if (event->generation != c->generation) {
        count(w, ANOMALY_STALE_EVENTS);
        if (event->has_buffer) {
            bufpool_take(&w->buffers, event->buffer);
            bufpool_give(&w->buffers, event->buffer);
        }
        return;
    }
    /* An event of before its request was sent: the request goes out first, so that it has a moment. */
    if (c->is_batched)
        exchange_flush(w);
    switch (event->op) {
    case RING_RECEIVE: receive_event(w, c, event); return;
    case RING_CONNECT:
        c->connect_pending = false;
        if (c->state == CONNECTION_CONNECTING)
            connected(w, c, event);
        else
            closing_event(w, c, event);
        return;
    case RING_SEND:
        send_event(w, c, event);
        return;
    case RING_CANCEL:
    case RING_CLOSE: closing_event(w, c, event); return;
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
        fail(w, c,
             c->state == CONNECTION_CONNECTING ? OUTCOME_CONNECT_TIMEOUT : OUTCOME_TIMEOUT);
    const uint32_t resting = w->table.size[LIST_RESTING];
    for (uint32_t i = 0; i < resting; i++) {
        c = connection_oldest(&w->table, LIST_RESTING);
        if (c->freed_ns > w->now_ns) {
            connection_move(&w->table, c, LIST_RESTING);
            continue;
        }
        connection_step(c, CONNECTION_RESTED);
        if (!worker_offer(w, c))
            connection_move(&w->table, c, LIST_CLOSED);
    }
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
