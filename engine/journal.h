/* journal.h - the row of a request that ended, whatever the way; it goes to the writer's queue.
 * Room for it was reserved when the request was begun, so that no row is ever lost here. */
#ifndef TARE_JOURNAL_H
#define TARE_JOURNAL_H

#include "worker.h"

/* Makes ready for the response to the oldest request of a connection, if it has one. */
void journal_next_response(struct worker *w, struct connection *connection);

/* The row of the oldest request of a connection, whose response is whole. is_shared: its last receive
 * held more than this response, so that the kernel's stamp may be that of a later byte. freed_ns: from
 * when on its place is free. The next request is then the oldest. */
void journal_response(struct worker *w, struct connection *connection, bool is_shared,
                      int64_t freed_ns);

/* The row of the oldest request, which got no whole response; end_ns is when that was known, in run
 * time. The next request is then the oldest. */
void journal_failure(struct worker *w, struct connection *connection, enum outcome outcome,
                     int64_t end_ns);

/* The row of a request that waits for another attempt while the run ends. */
void journal_waiting(struct worker *w, uint64_t request, int64_t scheduled_ns, uint16_t attempt);

/* The row of a request that was due and never begun. */
void journal_unsent(struct worker *w, uint64_t request, int64_t scheduled_ns);

#endif
