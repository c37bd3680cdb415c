/* lifetime.h - a connection's socket from its opening to its end: made and connected, given up for
 * whatever reason, closed, and its slot free for the next one. */
#ifndef TARE_LIFETIME_H
#define TARE_LIFETIME_H

#include "worker.h"

/* Opens a connection, with or without a request that waits for it. */
void lifetime_open(struct worker *w, struct connection *connection);

/* Handles the event of a connect: TLS begins, or the connection is ready. */
void lifetime_connect_event(struct worker *w, struct connection *connection,
                            const struct ring_event *event);

/* The connection stands, with TLS or without: the request that waited for it is sent. */
void lifetime_ready(struct worker *w, struct connection *connection);

/* Gives a connection up, and its slot to the next socket: at once, or, where a receive into a buffer of
 * its own is with the kernel, when that has ended. */
void lifetime_abandon(struct worker *w, struct connection *connection);

/* The same where requests may still be in flight: they are not answered any more, and end as closed. */
void lifetime_end(struct worker *w, struct connection *connection);

/* The same after a failure: its oldest request, where it has one, ends now with this outcome, and those
 * behind it as closed. Connections that bring nothing pause (backoff.h). */
void lifetime_fail(struct worker *w, struct connection *connection, enum outcome outcome);

/* An operation of a connection that is being closed has ended. */
void lifetime_closing_event(struct worker *w, struct connection *connection);

/* Handles an event of a socket that was in the connection's slot before; its buffer is not looked at. */
void lifetime_ghost_event(struct worker *w, struct connection *connection,
                          const struct ring_event *event);

/* Wakes connections whose pause is over. */
void lifetime_wake(struct worker *w);

/* May a connection be opened now, by --connect-rate? */
static inline bool lifetime_may_open(const struct worker *w)
{
    return w->now_ns >= w->next_open_ns;
}

/* The connection that the next request gets, NULL where there is none. In open loop it may be one that
 * pauses, where no other is free: there the schedule paces, and a pause of ours is not to be the wait of a
 * request. */
struct connection *lifetime_next_free(struct worker *w);

/* When there will be one unless something ends before: INT64_MAX where that has to happen first, and
 * INT64_MIN where there is. */
int64_t lifetime_next_free_ns(const struct worker *w);

#endif
