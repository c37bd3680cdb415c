/* sending.h - requests on their way out: prepared on a connection, submitted in small batches, and
 * dated between the readings of the clock around a batch. */
#ifndef TARE_SENDING_H
#define TARE_SENDING_H

#include "worker.h"

/* Prepares the send of the requests that a connection was given and that are unsent, one or several in
 * one send; it goes out, and they get their moment, with the batch. */
void sending_prepare(struct worker *w, struct connection *connection);

/* Submits the prepared sends, and dates each between two readings of the clock. */
void sending_flush(struct worker *w);

/* Fetches the transmit stamp that the connection's oldest request still awaits, where it has one: it was
 * not there yet when the request had been submitted. */
void sending_fetch_stamp(struct worker *w, struct connection *connection);

/* Takes note of an answer's service time, which bounds how many sends a batch may hold. */
void sending_note_service(struct send_batch *batch, int64_t service_ns);

/* Handles the event of a send: failed ones have one, large ones, and with pipelining all. */
void sending_event(struct worker *w, struct connection *connection, const struct ring_event *event);

#endif
