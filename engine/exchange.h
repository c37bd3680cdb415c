/* exchange.h - one request on one connection: begun, answered or failed, and its row. Which of
 * sending.h, receiving.h and lifetime.h has its turn. */
#ifndef TARE_EXCHANGE_H
#define TARE_EXCHANGE_H

#include "worker.h"

/* Begins a request on an idle or a closed connection, and prepares its send or its connect. */
void exchange_begin(struct worker *w, struct connection *connection, uint64_t request,
                    int64_t scheduled_ns);

/* Handles one completion. */
void exchange_event(struct worker *w, const struct ring_event *event);

/* Ends what has been waiting for longer than the time-out; wakes connections that have paused. */
void exchange_chores(struct worker *w);

/* At the run's end: writes a row for every request in flight, as censored. */
void exchange_censor(struct worker *w);

/* May a request be begun now: is there room for its row, and is the run still issuing? worker.c. */
bool worker_may_begin(struct worker *w);

/* A connection is free: in closed loop it gets its next request at once. Returns whether it got one; if
 * not, it waits in the list that the caller puts it in. worker.c. */
bool worker_offer(struct worker *w, struct connection *connection);

#endif
