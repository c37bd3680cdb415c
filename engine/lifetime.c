/* lifetime.c - what opening and closing do to the kernel; when, others decide. */
#include "lifetime.h"

#include "arming.h"
#include "backoff.h"
#include "exchange.h"
#include "journal.h"
#include "limits.h"
#include "securing.h"
#include "sending.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* How much of --connect-rate that was not used is made up for at once: as late as chores may be. */
#define OPENING_BEHIND_MAX_NS (10 * NS_PER_MS)

/* Where all local ports are taken a connect looks at each of them: 1,100 in 75 us, so the usual 28,232 in
 * 2 ms. While there is none, one connect so often asks, and the others are told what it was told. */
#define PORTS_ASKED_EVERY_NS (10 * NS_PER_MS)

/* ---- closing ---- */

/* The slot is free: to be used again at once, or after a pause where it brings nothing. A new socket takes
 * the place of the old one, which is closed by that; where none comes, the place is cleared. */
static void release(struct worker *w, struct connection *c)
{
    const int64_t rested_ns = c->began_ns + backoff_pause_ns(c->failures);
    connection_step(c, CONNECTION_DRAINED);
    arming_end(w, c);
    c->generation = (c->generation + 1) & 0xffffff;
    c->requests_left = w->shared->requests_each;
    if (rested_ns <= w->now_ns) {
        exchange_offer(w, c);
        if (c->list == LIST_CLOSED)
            ring_slot_clear(w->ring, c->slot);
        return;
    }
    ring_slot_clear(w->ring, c->slot);
    connection_step(c, CONNECTION_REST);
    connection_move(&w->table, c, LIST_RESTING);
    c->began_ns = rested_ns;
}

/* Each ends with an event of its own. They hold the socket until then, and it is closed with the last of
 * them, though another may be in its slot by then: so nobody has to wait for them, but for a receive
 * whose buffer is the connection's own. */
static void cancel_operations(struct worker *w, struct connection *c)
{
    if (!connection_is_pending(c))
        return;
    sending_flush(w);
    if (c->receive_armed)
        ring_disarm(w->ring, RING_RECEIVE, c->slot, c->generation);
    if (c->connect_pending)
        ring_disarm(w->ring, RING_CONNECT, c->slot, c->generation);
    if (c->send_pending)
        ring_disarm(w->ring, RING_SEND, c->slot, c->generation);
}

/* Some operations use storage that the slot's next socket would use too: they are waited for. */
static bool must_drain(const struct worker *w, const struct connection *c)
{
    return (c->receive_armed && c->receives_once) || (w->secure && c->send_pending);
}

void lifetime_abandon(struct worker *w, struct connection *c)
{
    if (w->secure && c->state != CONNECTION_CONNECTING)
        securing_end(w, c);
    connection_step(c, CONNECTION_ABANDON);
    connection_move(&w->table, c, LIST_NONE);
    c->unsent = 0;
    cancel_operations(w, c);
    if (must_drain(w, c))
        return;
    c->ghosts = (uint16_t)(c->ghosts + c->receive_armed + c->connect_pending);
    c->receive_armed = c->connect_pending = c->send_pending = false;
    release(w, c);
}

void lifetime_fail(struct worker *w, struct connection *c, enum outcome outcome)
{
    const bool has_connected = c->state != CONNECTION_CONNECTING && c->state != CONNECTION_SECURING;
    if (c->state == CONNECTION_BUSY && c->first_byte_ns == SCHEMA_NS_NONE && c->connecting_ns == 0 &&
        (outcome == OUTCOME_CLOSED || outcome == OUTCOME_RESET))
        w->anomalies[ANOMALY_CLOSED_AT_SEND]++; /* RFC 9112 section 9.6: a close may cross a request */
    if (has_connected && c->first_byte_ns != SCHEMA_NS_NONE)
        c->failures = 0; /* it answers, if not well */
    else if (!has_connected)
        c->failures = backoff_count((uint8_t)(c->failures - 1), false);
    sending_flush(w);
    if (c->in_flight > 0)
        journal_failure(w, c, outcome, w->now_ns);
    lifetime_end(w, c);
}

void lifetime_end(struct worker *w, struct connection *c)
{
    while (c->in_flight > 0)
        journal_failure(w, c, OUTCOME_CLOSED, w->now_ns);
    lifetime_abandon(w, c);
}

void lifetime_closing_event(struct worker *w, struct connection *c)
{
    if (!connection_is_pending(c))
        release(w, c);
}

/* Those of a send without event, which has one where it fails, were not foreseen. */
void lifetime_ghost_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    w->anomalies[ANOMALY_STALE_EVENTS] += c->ghosts == 0 && event->op != RING_SEND;
    if (c->ghosts > 0 && event->op != RING_SEND && !event->more)
        c->ghosts--;
}

void lifetime_wake(struct worker *w)
{
    const uint32_t resting = w->table.size[LIST_RESTING];
    for (uint32_t i = 0; i < resting; i++) {
        struct connection *c = connection_oldest(&w->table, LIST_RESTING);
        if (c->began_ns > w->now_ns) {
            connection_move(&w->table, c, LIST_RESTING);
            continue;
        }
        connection_step(c, CONNECTION_RESTED);
        connection_free_rest(&w->table, c, w->now_ns); /* in closed loop: due from here on */
        exchange_offer(w, c);
    }
}

struct connection *lifetime_next_free(struct worker *w)
{
    struct connection *c = connection_next_free(&w->table);
    if (c ? c->state != CONNECTION_CLOSED : w->table.size[LIST_RESTING] == 0)
        return c;
    if (!lifetime_may_open(w))
        return NULL;
    if (!c && w->shared->config->loop == LOOP_OPEN) {
        c = connection_oldest(&w->table, LIST_RESTING);
        connection_step(c, CONNECTION_RESTED);
        connection_move(&w->table, c, LIST_CLOSED);
    }
    return c;
}

int64_t lifetime_next_free_ns(const struct worker *w)
{
    const struct connection *c = connection_next_free(&w->table);
    if (c && c->state != CONNECTION_CLOSED)
        return INT64_MIN;
    if (!c && (w->shared->config->loop == LOOP_CLOSED || w->table.size[LIST_RESTING] == 0))
        return INT64_MAX;
    return lifetime_may_open(w) ? INT64_MIN : w->next_open_ns;
}

/* ---- opening ---- */

/* The port is chosen with the connect, so that it need only be free for this address (ip(7)). */
static int bind_source(int fd, const struct address *from)
{
    const int one = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(fd, (const struct sockaddr *)&from->storage, from->size) < 0 ? -errno : 0;
}

/* Makes a socket with its options and puts it into the slot. Below kernel 6.7 a direct socket takes
 * no setsockopt, so that it is made as a normal one and then registered. Returns 0 or -errno. */
static int install_socket(struct worker *w, struct connection *c, const struct address *to,
                          const struct address *from)
{
    const int one = 1;
    const int fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (to->storage.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int error = from ? bind_source(fd, from) : 0;
    if (error == 0 && ring_has(w->ring, RING_RX_STAMPS))
        error = ring_stamp_socket(fd);
    if (error == 0)
        error = ring_slot_install(w->ring, c->slot, fd);
    close(fd);
    return error;
}

/* Takes note of a connection that is opened, for --connect-rate. */
static void pace_opening(struct worker *w)
{
    if (w->open_every_ns == 0)
        return;
    if (w->next_open_ns < w->now_ns - OPENING_BEHIND_MAX_NS)
        w->next_open_ns = w->now_ns - OPENING_BEHIND_MAX_NS;
    w->next_open_ns += w->open_every_ns;
}

static bool is_known_to_lack_ports(struct worker *w)
{
    if (!w->lacks_ports || w->now_ns < w->next_port_ns)
        return w->lacks_ports;
    w->next_port_ns = w->now_ns + PORTS_ASKED_EVERY_NS;
    return false;
}

void lifetime_open(struct worker *w, struct connection *c)
{
    const struct config *config = w->shared->config;
    pace_opening(w);
    connection_step(c, CONNECTION_CONNECT);
    connection_move(&w->table, c, LIST_CONNECTING);
    c->began_ns = w->now_ns;
    c->failures = backoff_count(c->failures, true);
    c->serial = w->index + w->opened++ * config->threads;
    if (w->opened > w->table.count)
        w->anomalies[ANOMALY_RECONNECTS]++;
    const struct address *to = route_to(w->shared->routes, c->serial);
    const int error = is_known_to_lack_ports(w)
                          ? -EADDRNOTAVAIL
                          : install_socket(w, c, to, route_from(w->shared->routes, c->serial));
    if (error < 0) {
        w->connect_error = error;
        lifetime_fail(w, c, outcome_of_connect_error(-error));
        return;
    }
    c->connect_pending = true;
    sending_flush(w);
    ring_connect(w->ring, c->slot, c->generation, (const struct sockaddr *)&to->storage, to->size);
}

static void connected(struct worker *w, struct connection *c, const struct ring_event *event)
{
    w->lacks_ports = event->result == -EADDRNOTAVAIL;
    if (event->result < 0) {
        w->next_port_ns = w->now_ns + PORTS_ASKED_EVERY_NS;
        w->connect_error = event->result;
        lifetime_fail(w, c, outcome_of_connect_error(-event->result));
        return;
    }
    if (c->in_flight > 0)
        c->connecting_ns = w->now_ns - c->began_ns;
    if (w->secure) {
        securing_start(w, c);
        return;
    }
    arming_start(w, c);
    lifetime_ready(w, c);
}

void lifetime_ready(struct worker *w, struct connection *c)
{
    connection_step(c, CONNECTION_CONNECTED);
    journal_next_response(w, c);
    c->first_byte_ns = SCHEMA_NS_NONE;
    c->has_stamp = false;
    connection_free_rest(&w->table, c, w->now_ns);
    if (c->in_flight > 0) {
        connection_move(&w->table, c, LIST_NONE);
        if (!c->send_pending) /* else it follows what is being sent (securing.h) */
            sending_prepare(w, c);
        return;
    }
    connection_settle(&w->table, c);
}

void lifetime_connect_event(struct worker *w, struct connection *c, const struct ring_event *event)
{
    c->connect_pending = false;
    if (c->state == CONNECTION_CONNECTING)
        connected(w, c, event);
    else
        lifetime_closing_event(w, c);
}
