/* weigh_loads.h - the loads of a calibration, each a run of a second against the stub, and what is read
 * off its result. */
#ifndef TARE_WEIGH_LOADS_H
#define TARE_WEIGH_LOADS_H

#include "run.h"
#include "weight.h"

#include <stdatomic.h>

/* What the loads share; all borrowed. */
struct weigh_loads {
    const char *folder; /* of one run at a time, which is removed when it was read */
    const char *url;    /* of the stub */
    const int *cpu;     /* the generator's; NULL: nothing is pinned */
    const atomic_int *stop;
    char *error; /* RUN_ERROR_MAX bytes */
};

/* One load. Returns RUN_GOOD, RUN_INTERRUPTED, or RUN_FAILED with cause and remedy in loads->error. A
 * verdict on the run is no failure: what it would say is being measured. */
typedef enum run_end weigh_load(const struct weigh_loads *loads, struct weight *weight);

/* Against a stub that answers at once. Closed loop, all recorded: request_ns, rate_per_s, busy_share,
 * and the rate of the loads below: 20,000/s, or half of what this machine reaches. */
weigh_load weigh_load_requests;
/* Closed loop with --samples none: request_bare_ns. */
weigh_load weigh_load_bare;
/* Open loop: send_lag of a wait mode. */
weigh_load weigh_load_spin, weigh_load_hybrid, weigh_load_block;
/* Open loop, spinning, with a transmit stamp on every request: `stamps` and `single`, which stay
 * unmeasured where this kernel gives no such stamps. */
weigh_load weigh_load_stamps;

/* Against a stub that answers WEIGH_SERVER_DELAY_NS after the request: `server`. */
weigh_load weigh_load_server;
#define WEIGH_SERVER_DELAY_NS NS_PER_MS

#endif
