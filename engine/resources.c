/* resources.c - /proc/PID/stat, and a count of /proc/PID/fd. */
#include "resources.h"

#include "limits.h"
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROW_BYTES 256

static uint32_t count_descriptors(pid_t pid)
{
    char path[64];
    uint32_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    if (folder && pid == getpid())
        count--; /* the one that reads this */
    if (folder)
        closedir(folder);
    return count;
}

/* Reads a file that is laid out as /proc/PID/stat; descriptors are left 0. */
static int read_stat(const char *path, struct resources *resources)
{
    char text[1024];
    unsigned long long user, system;
    long threads, resident;
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    const size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    /* The name in parentheses may hold anything: the fields begin behind the last of them. */
    const char *fields = strrchr(text, ')');
    if (!fields || sscanf(fields + 2,
                          "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d "
                          "%ld %*d %*u %*u %ld",
                          &user, &system, &threads, &resident) != 4)
        return -EPROTO;
    const int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    *resources = (struct resources){
        .cpu_user_ns = (int64_t)user * tick_ns,
        .cpu_system_ns = (int64_t)system * tick_ns,
        .resident_bytes = (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE),
        .threads = (uint32_t)threads,
    };
    return 0;
}

int resources_read(pid_t pid, struct resources *resources)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int error = read_stat(path, resources);
    if (error == 0)
        resources->descriptors = count_descriptors(pid);
    return error;
}

int resources_read_thread(pid_t tid, const struct resources *process, struct resources *resources)
{
    char path[64];
    struct resources own;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    const int error = read_stat(path, &own);
    if (error != 0)
        return error;
    *resources = *process;
    resources->cpu_user_ns = own.cpu_user_ns;
    resources->cpu_system_ns = own.cpu_system_ns;
    resources->threads = 1;
    return 0;
}

void resources_write(struct outfile *file, uint32_t second, const char *process, pid_t pid,
                     const struct resources *r, int64_t steal_ns)
{
    char *row = outfile_row(file, ROW_BYTES);
    const int size = snprintf(row, ROW_BYTES, "%u,%s,%d,%lld,%lld,%llu,%u,%u,%lld\n", second, process,
                              (int)pid, (long long)r->cpu_user_ns, (long long)r->cpu_system_ns,
                              (unsigned long long)r->resident_bytes, r->descriptors, r->threads,
                              (long long)steal_ns);
    outfile_commit(file, (size_t)size);
    outfile_flush(file);
}

void resources_write_second(struct outfile *file, uint32_t second, const struct resources *own,
                            const struct worker *workers, uint32_t count, int64_t steal_ns)
{
    struct resources part;
    resources_write(file, second, "generator", getpid(), own, steal_ns);
    for (uint32_t i = 0; i < count; i++)
        if (resources_read_thread(workers[i].tid, own, &part) == 0)
            resources_write(file, second, "worker", workers[i].tid, &part, steal_ns);
}
