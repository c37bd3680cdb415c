/* arming.h - where a connection's next receive puts its bytes, by what was seen of its responses.
 *
 * The first response is received into a buffer of the connection's own (ownbuf.h), since nothing is known
 * of its size. Where it is small, the connection goes over to the buffers that the kernel picks from
 * (bufpool.h), with a receive that stays armed; where one is large, it comes back for a while. A worker
 * has LIMIT_OWN_BUFFERS of its connections' own at most; the others make do with the shared ones. */
#ifndef TARE_ARMING_H
#define TARE_ARMING_H

#include "worker.h"

/* The connection stands: its first receive is wanted. */
void arming_start(struct worker *w, struct connection *connection);

/* Takes note of a response, at its end or in its middle, by its size in bytes as far as it is known. */
void arming_note_whole(struct worker *w, struct connection *connection, uint64_t bytes);
void arming_note_part(struct worker *w, struct connection *connection);

/* A receive is wanted again; it is armed with the others, once a turn. */
void arming_want(struct worker *w, struct connection *connection);

/* Shows the kernel the buffers that were given back, and arms the receives that are wanted. */
void arming_replenish(struct worker *w);

/* No receive of the connection is with the kernel any more: its own buffer is free. */
void arming_end(struct worker *w, struct connection *connection);

#endif
