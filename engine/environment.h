/* environment.h - facts of the machine that a run's numbers rest on. */
#ifndef TARE_ENVIRONMENT_H
#define TARE_ENVIRONMENT_H

#include "ports.h"
#include "result.h"

#include <stdbool.h>
#include <stdint.h>

#define ENVIRONMENT_TEXT_MAX 160

struct environment {
    char host[ENVIRONMENT_TEXT_MAX];
    char kernel[ENVIRONMENT_TEXT_MAX];
    char architecture[ENVIRONMENT_TEXT_MAX];
    char cpu_model[ENVIRONMENT_TEXT_MAX];
    char clock_source[ENVIRONMENT_TEXT_MAX];
    uint32_t cpus;         /* online */
    uint32_t cpus_allowed; /* to this process (sched_getaffinity(2)) */
    uint64_t memory_bytes;
};

/* What cannot be found out is left empty or 0. */
void environment_read(struct environment *environment);

/* Steal and throttling since boot; the difference of two readings is a run's. cpus: the CPUs that count,
 * borrowed; none: all of the machine, since threads that are not pinned may run on any. */
struct machine_load environment_load(const int *cpus, size_t cpus_count);

/* Asks the kernel for receive stamps and waits, up to 200 ms, until a datagram on the loopback carries
 * one: the first socket to ask switches stamping on in the background, and the last to close switches
 * it off. Returns a socket that keeps it on, the caller's to close, or -1 where no stamp came. */
int environment_hold_stamps(void);

/* What the kernel says of local ports; zeros where it does not. */
void environment_read_ports(struct ports *ports);

/* The first CPU this process may use that `taken` does not name, -1 where there is none. */
int environment_spare_cpu(const int *taken, size_t taken_count);

#endif
