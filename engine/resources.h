/* resources.h - CPU time, memory and descriptors of processes and threads, each second, as
 * resources.csv. */
#ifndef TARE_RESOURCES_H
#define TARE_RESOURCES_H

#include "outfile.h"

#include <stdint.h>
#include <sys/types.h>

struct resources {
    int64_t cpu_user_ns;
    int64_t cpu_system_ns;
    uint64_t resident_bytes;
    uint32_t descriptors;
    uint32_t threads;
};

/* Reads a process's figures (proc(5)). Returns 0 or -errno. */
int resources_read(pid_t pid, struct resources *resources);

/* Reads the figures of one of this process's threads: its CPU time by itself, the rest as the
 * process has it, but for `threads`, which is 1. Returns 0 or -errno. */
int resources_read_thread(pid_t tid, const struct resources *process, struct resources *resources);

/* Appends a row. process: "generator", "server", or "worker" for a thread of the generator, whose id
 * is then `pid`. steal_ns: what the hypervisor took from the generator's CPUs since the run began. */
void resources_write(struct outfile *file, uint32_t second, const char *process, pid_t pid,
                     const struct resources *resources, int64_t steal_ns);

/* Appends a second's rows: of the generator itself and of each of its workers that still runs. */
struct worker;
void resources_write_second(struct outfile *file, uint32_t second, const struct resources *own,
                            const struct worker *workers, uint32_t count, int64_t steal_ns);

#endif
