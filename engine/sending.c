/* sending.c - what is prepared together goes out in one submission, and nothing else with it. */
#include "sending.h"

#include "check.h"
#include "exchange.h"
#include "lifetime.h"
#include "limits.h"
#include "securing.h"

#include <errno.h>

/* Requests up to this size are taken whole by the send buffer of an idle connection (tcp(7): at least
 * 16 KiB), so that their send needs no event. Larger ones are watched. */
#define SEND_UNWATCHED_MAX 4096u
#define SEND_FIRST_BYTES 1024u

/* What an interrupt among the sends of a submission takes where it wakes another virtual CPU, now and then;
 * and what only a loss of the CPU does. */
#define INTERRUPT_NS (12 * NS_PER_US)
#define STALL_NS (50 * NS_PER_US)

/* Is the request to carry a transmit stamp? Its place remembers. A stamp is that of a send's last byte,
 * which says nothing of the first where the socket may take only a part at once. */
static bool wants_stamp(struct worker *w, struct place *place, size_t send_bytes)
{
    if (!transmit_is_drawn(&w->transmit, place->request, 1))
        return false;
    const bool can_have = w->transmit.is_available && send_bytes <= SEND_UNWATCHED_MAX;
    if (can_have)
        place->transmit_ns = PLACE_NS_AWAITED;
    w->anomalies[ANOMALY_SEND_STAMPS_MISSING] += !can_have;
    return can_have;
}

/* The batch's next send; with a stamp it is a message, which holds what asks for one. */
static void send_bytes(struct worker *w, struct connection *c, const uint8_t *bytes, size_t size,
                       bool want_event, bool is_stamped)
{
    struct iovec *piece = &w->pieces[w->batch.count * w->table.places];
    struct msghdr *message = &w->batch.messages[w->batch.count];
    if (!is_stamped) {
        ring_send(w->ring, c->slot, c->generation, bytes, size, want_event);
        return;
    }
    *piece = (struct iovec){.iov_base = (void *)bytes, .iov_len = size};
    *message = (struct msghdr){.msg_iov = piece, .msg_iovlen = 1};
    transmit_mark(&w->transmit, message);
    ring_send_message(w->ring, c->slot, c->generation, message, want_event);
}

/* A large request goes out in two: the kernel sends nothing of a piece before it has copied all of it,
 * 64 KiB in about 5 us, and its first byte would leave that much later than it is dated. The first
 * piece is taken whole by the empty send buffer, so that the second cannot pass it; behind requests
 * that are still unanswered it might not be. */
static void prepare_one(struct worker *w, struct connection *c)
{
    size_t size;
    struct place *place = connection_place(&w->table, c, c->in_flight - 1);
    const uint8_t *bytes = request_pick(worker_request(w, place), place->request, &size);
    const bool is_large = size > SEND_UNWATCHED_MAX;
    const size_t first = is_large && c->in_flight == 1 ? SEND_FIRST_BYTES : 0;
    const bool is_stamped = wants_stamp(w, place, first > 0 ? first : size);
    c->send_pending = is_large || w->table.places > 1;
    if (first > 0)
        send_bytes(w, c, bytes, first, false, is_stamped);
    send_bytes(w, c, bytes + first, size - first, c->send_pending, is_stamped && first == 0);
    worker_count_bytes(w, place, size);
}

/* Several requests are one send, so that none overtakes another where the socket takes only a part.
 * Their list lasts until the submission, which is as long as the kernel needs it
 * (IORING_FEAT_SUBMIT_STABLE, kernel 5.5). */
static void prepare_several(struct worker *w, struct connection *c)
{
    struct iovec *pieces = &w->pieces[w->batch.count * w->table.places];
    struct msghdr *message = &w->batch.messages[w->batch.count];
    size_t total = 0;
    bool is_stamped = false;
    for (uint32_t i = 0; i < c->batched; i++) {
        const uint32_t n = c->in_flight - c->batched + i;
        const struct place *place = connection_place(&w->table, c, n);
        pieces[i].iov_base = (void *)request_pick(worker_request(w, place), place->request,
                                                  &pieces[i].iov_len);
        total += pieces[i].iov_len;
        worker_count_bytes(w, place, pieces[i].iov_len);
    }
    for (uint32_t i = 0; i < c->batched; i++)
        is_stamped |= wants_stamp(w, connection_place(&w->table, c, c->in_flight - c->batched + i),
                                  total);
    *message = (struct msghdr){.msg_iov = pieces, .msg_iovlen = c->batched};
    if (is_stamped)
        transmit_mark(&w->transmit, message);
    c->send_pending = true;
    ring_send_message(w->ring, c->slot, c->generation, message, true);
}

/* One send of all that is encrypted: requests, and what the handshake or a key update left before them. */
static void prepare_secure(struct worker *w, struct connection *c)
{
    size_t size;
    bool is_stamped = false;
    securing_encrypt(w, c);
    const uint8_t *bytes = securing_output(w, c, &size);
    for (uint32_t i = 0; i < c->batched; i++) {
        const uint32_t n = (uint32_t)c->in_flight - c->unsent - c->batched + i;
        is_stamped |= wants_stamp(w, connection_place(&w->table, c, n), size);
    }
    c->send_pending = true;
    send_bytes(w, c, bytes, size, true, is_stamped);
}

void sending_prepare(struct worker *w, struct connection *c)
{
    /* Sends are dated by their place in a submission, so nothing else may stand before them. */
    if (w->batch.count == 0 && ring_prepared(w->ring) > 0)
        ring_submit(w->ring);
    connection_step(c, CONNECTION_REQUEST);
    c->batched = c->unsent;
    c->unsent = 0;
    if (w->secure)
        prepare_secure(w, c);
    else if (c->batched > 1)
        prepare_several(w, c);
    else
        prepare_one(w, c);
    w->batch.slots[w->batch.count++] = c->slot;
    if (w->batch.count >= w->batch.limit)
        sending_flush(w);
}

/* Moves the estimate of the median: up by a part for each answer above it, down for each below, so that
 * it rests where there are as many (stochastic approximation, Robbins and Monro 1951). */
void sending_note_service(struct send_batch *batch, int64_t service_ns)
{
    const int64_t step_ns = batch->median_ns / 256 + 1;
    batch->median_ns += service_ns > batch->median_ns ? step_ns : -step_ns;
    batch->usual_ns += (service_ns - batch->usual_ns) / 16;
}

/* How many sends the next submission may hold: so many that it ends before half of the answers come, also
 * where it is interrupted. */
static void bound_batch(struct send_batch *batch, int64_t span_ns)
{
    batch->send_ns += (span_ns / batch->count - batch->send_ns) / 16;
    const int64_t fitting = (batch->median_ns - INTERRUPT_NS) / (batch->send_ns + 1);
    batch->limit = fitting < 1                    ? 1
                   : fitting > LIMIT_SUBMIT_BATCH ? LIMIT_SUBMIT_BATCH
                                                  : (uint32_t)fitting;
}

/* Submits all that is prepared. */
static void submit(struct worker *w)
{
    int done = ring_submit(w->ring);
    while (done == -EBUSY || done == -EAGAIN || done == -EINTR) {
        w->anomalies[ANOMALY_SUBMITS_RETRIED]++;
        ring_poll(w->ring);
        done = ring_submit(w->ring);
    }
    CHECK(done, >=, 0);
}

/* A request left at transmit_ns, so it was sent no later. */
static void note_leaving(struct worker *w, struct place *place, int64_t transmit_ns)
{
    const int64_t late_ns = place->sent_ns - transmit_ns;
    place->transmit_ns = transmit_ns;
    w->send_stamps++;
    if (late_ns <= 0)
        return;
    w->anomalies[ANOMALY_SENDS_DATED_LATE] += late_ns > w->shared->clock->offset_error_ns;
    w->dated_late_max_ns = late_ns > w->dated_late_max_ns ? late_ns : w->dated_late_max_ns;
    place->sent_ns = transmit_ns;
}

/* Gives a stamp to the oldest request that awaits one and to those that went out with it: stamps come
 * in the order of their sends. One from before its submission is a repetition, of a request that was
 * sent again for want of an acknowledgement. */
static void take_stamp(struct worker *w, struct connection *c, struct wall_time stamp)
{
    const int64_t transmit_ns = clock_of_wall_ns(w->shared->clock, stamp);
    int64_t sent_ns = SCHEMA_NS_NONE;
    for (uint32_t n = 0; n < c->in_flight; n++) {
        struct place *place = connection_place(&w->table, c, n);
        if (place->transmit_ns != PLACE_NS_AWAITED)
            continue;
        if (transmit_ns + w->shared->clock->offset_error_ns < place->sent_floor_ns ||
            (sent_ns != SCHEMA_NS_NONE && sent_ns != place->sent_ns))
            return;
        sent_ns = place->sent_ns;
        note_leaving(w, place, transmit_ns);
    }
}

/* Fetches a stamp from each of these connections, by one submission that holds nothing else. */
static void fetch_stamps(struct worker *w, const uint32_t *slots, uint32_t count)
{
    struct wall_time stamp;
    for (uint32_t i = 0; i < count; i++)
        transmit_ask(&w->transmit, w->ring, i, slots[i],
                     connection_at(&w->table, slots[i])->generation);
    submit(w);
    for (uint32_t i = 0; i < count; i++)
        if (transmit_answer(&w->transmit, i, &stamp))
            take_stamp(w, connection_at(&w->table, slots[i]), stamp);
    w->now_ns = clock_now_ns(w->shared->clock);
}

void sending_fetch_stamp(struct worker *w, struct connection *c)
{
    if (c->in_flight == 0 || connection_place(&w->table, c, 0)->transmit_ns != PLACE_NS_AWAITED)
        return;
    sending_flush(w);
    if (ring_prepared(w->ring) > 0)
        submit(w);
    fetch_stamps(w, &c->slot, 1);
}

/* The requests of one send have gone out at sent_ns, and not before floor_ns. Returns whether any of
 * them awaits its transmit stamp. */
static bool date(struct worker *w, struct connection *c, int64_t floor_ns, int64_t sent_ns)
{
    bool is_awaiting = false;
    const uint32_t end = (uint32_t)c->in_flight - c->unsent;
    for (uint32_t n = end - c->batched; n < end; n++) {
        struct place *place = connection_place(&w->table, c, n);
        place->sent_ns = sent_ns;
        place->sent_floor_ns = floor_ns;
        is_awaiting |= place->transmit_ns == PLACE_NS_AWAITED;
        w->sent += place->attempt == 1; /* the rate is one of requests */
        if (w->by_target)
            w->by_target[place->target].sent += place->attempt == 1;
    }
    c->batched = 0;
    return is_awaiting;
}

/* How long behind the one before each send of a submission went out. Where one took longer than usual
 * nobody knows which: they are dated as if it was the last, so that a service time may come out too long
 * and never too short; and they are counted where it is long enough for the thread to have lost its CPU. */
static int64_t find_pace(struct worker *w, int64_t span_ns)
{
    const struct send_batch *batch = &w->batch;
    const int64_t even_ns = span_ns / batch->count;
    const int64_t each_ns = even_ns < batch->send_ns ? even_ns : batch->send_ns;
    if (span_ns - each_ns * batch->count > STALL_NS + batch->median_ns / 2)
        w->anomalies[ANOMALY_SENDS_MISDATED] += batch->count - 1;
    return each_ns;
}

void sending_flush(struct worker *w)
{
    struct send_batch *batch = &w->batch;
    uint32_t awaiting[LIMIT_SUBMIT_BATCH];
    uint32_t awaiting_count = 0;
    if (batch->count == 0)
        return;
    const int64_t before_ns = clock_now_ns(w->shared->clock);
    submit(w);
    w->now_ns = clock_now_ns(w->shared->clock);
    const int64_t span_ns = w->now_ns - before_ns;
    const int64_t each_ns = find_pace(w, span_ns);
    for (uint32_t i = 0; i < batch->count; i++)
        if (date(w, connection_at(&w->table, batch->slots[i]), before_ns, before_ns + each_ns * i))
            awaiting[awaiting_count++] = batch->slots[i];
    bound_batch(batch, span_ns);
    batch->count = 0;
    if (awaiting_count > 0)
        fetch_stamps(w, awaiting, awaiting_count);
}

/* A send that failed because the peer is gone is left to the receive, which ends by itself: what the
 * server said before it closed may still be in its queue. */
void sending_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    c->send_pending = false;
    if (c->state == CONNECTION_CLOSING)
        lifetime_closing_event(w, c);
    else if (event->result < 0 && event->result != -EPIPE && event->result != -ECONNRESET)
        lifetime_fail(w, c, outcome_of_io_error(-event->result));
    else if (w->secure && event->result >= 0)
        securing_sent(w, c);
    else if (w->table.places > 1)
        exchange_offer(w, c);
}
