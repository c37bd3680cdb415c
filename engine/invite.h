/* invite.h - where a worker and the writer share a CPU, the worker says when the writer may have it: in
 * a gap before the next request is due, so that no request waits for the writer's slice; or between two
 * submissions, so that none is cut in two by it. */
#ifndef TARE_INVITE_H
#define TARE_INVITE_H

#include <stdatomic.h>
#include <stdint.h>

struct invite {
    atomic_uint calls; /* a futex: changes with every invitation */
};

/* The worker: wakes the writer and lets it run at once. */
void invite_writer(struct invite *invite);

/* The writer: a mark of the invitations so far, to be taken before it looks for work. */
unsigned invite_mark(struct invite *invite);

/* The writer: sleeps until there is an invitation behind the mark, timeout_ns at the longest. */
void invite_await(struct invite *invite, unsigned mark, int64_t timeout_ns);

#endif
