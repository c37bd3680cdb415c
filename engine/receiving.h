/* receiving.h - what comes on a connection: a receive's bytes and stamp, fed to the responses that are
 * awaited. */
#ifndef TARE_RECEIVING_H
#define TARE_RECEIVING_H

#include "worker.h"

/* Handles the event of a receive; gives a buffer of the pool's back. */
void receiving_event(struct worker *w, struct connection *connection,
                     const struct ring_event *event);

/* Gives the buffer of an event back that answers a connection of before. */
void receiving_discard(struct worker *w, const struct ring_event *event);

#endif
