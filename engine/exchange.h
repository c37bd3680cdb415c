/* exchange.h - one request on one connection: begun, answered or failed, and its row. Which of
 * sending.h, receiving.h and lifetime.h has its turn. */
#ifndef TARE_EXCHANGE_H
#define TARE_EXCHANGE_H

#include "worker.h"

/* Gives a request to a connection that has room. It goes on its way with exchange_send(). */
void exchange_begin(struct worker *w, struct connection *connection, uint64_t request,
                    int64_t scheduled_ns);

/* The same of an attempt at it, which was due at due_ns. */
void exchange_begin_attempt(struct worker *w, struct connection *connection, uint64_t request,
                            int64_t scheduled_ns, uint16_t attempt, int64_t due_ns);

/* Counts a request as begun. */
void exchange_count_begun(struct worker *w, uint64_t request);

/* Prepares the send of the requests that a connection was given, or its connect. */
void exchange_send(struct worker *w, struct connection *connection);

/* A connection may have room: in closed loop it gets its next requests at once. Else, or where it has
 * room for more, it is put into the list of those like it. */
void exchange_offer(struct worker *w, struct connection *connection);

/* Handles one completion. */
void exchange_event(struct worker *w, const struct ring_event *event);

/* Ends what has been waiting for longer than the time-out; wakes connections that have paused. */
void exchange_chores(struct worker *w);

/* At the run's end: writes a row for every request in flight, as censored. */
void exchange_censor(struct worker *w);

/* May a request be begun now: is there room for its row, and is the run still issuing? worker.c. */
bool worker_may_begin(struct worker *w);

/* In closed loop begins as many requests as a connection has room for. Returns whether it got any.
 * worker.c. */
bool worker_offer(struct worker *w, struct connection *connection);

#endif
