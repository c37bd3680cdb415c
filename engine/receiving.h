/* receiving.h - what comes on a connection: a receive's bytes and stamp, fed to the response that is
 * awaited, and the receive armed again where the kernel ended it. */
#ifndef TARE_RECEIVING_H
#define TARE_RECEIVING_H

#include "worker.h"

/* Handles the event of a receive; gives its buffer back. */
void receiving_event(struct worker *w, struct connection *connection,
                     const struct ring_event *event);

/* Gives the buffer of an event back that answers a connection of before. */
void receiving_discard(struct worker *w, const struct ring_event *event);

/* Shows the kernel the buffers that were given back, and arms again the receives that ended; once a
 * turn. */
void receiving_replenish(struct worker *w);

#endif
