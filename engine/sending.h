/* sending.h - requests on their way out: prepared on a connection, submitted in small batches, and
 * dated between the readings of the clock around a batch. */
#ifndef TARE_SENDING_H
#define TARE_SENDING_H

#include "worker.h"

/* Prepares the send of the request that an idle connection was given; it goes out, and gets its
 * moment, with the batch. */
void sending_prepare(struct worker *w, struct connection *connection);

/* Submits the prepared sends, and dates each between two readings of the clock. */
void sending_flush(struct worker *w);

/* Takes note of an answer's service time, which bounds how many sends a batch may hold. */
void sending_note_service(struct send_batch *batch, int64_t service_ns);

/* Handles the event of a send: only large ones and failed ones have one. */
void sending_event(struct worker *w, struct connection *connection, const struct ring_event *event);

#endif
