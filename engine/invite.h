/* invite.h - where a worker and the writer share a CPU, the worker says when the writer may have it: in
 * a gap before the next request is due, so that no request waits for the writer's slice. */
#ifndef TARE_INVITE_H
#define TARE_INVITE_H

#include <stdatomic.h>
#include <stdint.h>

struct invite {
    atomic_uint calls; /* a futex: changes with every invitation */
};

/* The worker: wakes the writer and lets it run at once. */
void invite_writer(struct invite *invite);

/* The writer: sleeps until it is invited, timeout_ns at the longest. */
void invite_await(struct invite *invite, int64_t timeout_ns);

#endif
