/* resources.h - CPU time, memory and descriptors of processes, each second, as resources.csv. */
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

/* Appends a row. process: "generator" or "server". */
void resources_write(struct outfile *file, uint32_t second, const char *process, pid_t pid,
                     const struct resources *resources);

#endif
