/* environment.c - uname(2), /proc, /sys, and one datagram on the loopback. */
#include "environment.h"

#include "clock.h"
#include "limits.h"
#include "ring.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file that begins with `prefix`, without prefix and line end; "" if none. */
static void read_line(const char *path, const char *prefix, char *text, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, prefix, strlen(prefix)) != 0)
            continue;
        const char *value = line + strlen(prefix);
        value += strspn(value, " \t:");
        snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (file)
        fclose(file);
}

void environment_read(struct environment *e)
{
    struct utsname names;
    struct sysinfo info;
    cpu_set_t allowed;
    memset(e, 0, sizeof *e);
    if (uname(&names) == 0) {
        snprintf(e->host, sizeof e->host, "%s", names.nodename);
        snprintf(e->kernel, sizeof e->kernel, "%s %s", names.sysname, names.release);
        snprintf(e->architecture, sizeof e->architecture, "%s", names.machine);
    }
    read_line("/proc/cpuinfo", "model name", e->cpu_model, sizeof e->cpu_model);
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", "",
              e->clock_source, sizeof e->clock_source);
    if (sysinfo(&info) == 0)
        e->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
    e->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        e->cpus_allowed = (uint32_t)CPU_COUNT(&allowed);
}

/* Adds what a line of /proc/stat says of its CPUs; prefix as read_line has it. */
static void add_times(const char *prefix, struct machine_load *load)
{
    enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, COLUMNS }; /* proc(5) */
    unsigned long long ticks[COLUMNS];
    char line[512];
    const int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    read_line("/proc/stat", prefix, line, sizeof line);
    char *at = line;
    for (int i = 0; i < COLUMNS; i++) {
        char *end;
        ticks[i] = strtoull(at, &end, 10);
        if (end == at)
            return;
        at = end;
    }
    load->steal_ns += (int64_t)ticks[STEAL] * tick_ns;
    load->wanted_ns += (int64_t)(ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] +
                                 ticks[SOFTIRQ] + ticks[STEAL]) *
                       tick_ns;
}

/* Adds what the cpu.stat of a control group and of all above it say: the quota of any of them holds. In a
 * container the names may be the host's; what is there under the mount counts. */
static void add_throttling(const char *mount, char *group, struct machine_load *load)
{
    char path[512], text[32];
    for (;;) {
        snprintf(path, sizeof path, "%s%s/cpu.stat", mount, group);
        read_line(path, "nr_throttled", text, sizeof text);
        load->throttled += strtoull(text, NULL, 10);
        read_line(path, "throttled_usec", text, sizeof text); /* version 2 */
        load->throttled_ns += strtoll(text, NULL, 10) * NS_PER_US;
        read_line(path, "throttled_time", text, sizeof text); /* version 1 */
        load->throttled_ns += strtoll(text, NULL, 10);
        char *slash = strrchr(group, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

/* Both versions of control groups (cgroups(7)): a line "0::PATH", and one that names the controllers of a
 * hierarchy, "4:cpu,cpuacct:PATH". */
static void read_throttling(struct machine_load *load)
{
    char line[256];
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (strcmp(group, "/") == 0) /* the mount itself */
            *group = '\0';
        if (strcmp(controllers, ":") == 0)
            add_throttling("/sys/fs/cgroup", group, load);
        else if (strncmp(controllers, ":cpu", 4) == 0 && (controllers[4] == ',' || !controllers[4]))
            add_throttling("/sys/fs/cgroup/cpu", group, load);
    }
    if (file)
        fclose(file);
}

struct machine_load environment_load(const int *cpus, size_t cpus_count)
{
    struct machine_load load = {0};
    char prefix[32];
    for (size_t i = 0; i < cpus_count; i++) {
        snprintf(prefix, sizeof prefix, "cpu%d ", cpus[i]);
        add_times(prefix, &load);
    }
    if (cpus_count == 0)
        add_times("cpu ", &load);
    read_throttling(&load);
    return load;
}

/* Sends a datagram to the socket itself, and says whether it came back with a stamp. */
static bool is_stamped(int fd, const struct sockaddr_in *self)
{
    char byte = 0, control[256];
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    if (sendto(fd, &byte, 1, 0, (const struct sockaddr *)self, sizeof *self) != 1 ||
        recvmsg(fd, &message, 0) != 1)
        return false;
    return CMSG_FIRSTHDR(&message) != NULL;
}

int environment_hold_stamps(void)
{
    const int64_t until_ns = clock_mono_ns() + 200 * NS_PER_MS;
    const struct timeval patience = {.tv_usec = 50000};
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof self;
    bool stamped = false;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ring_feature_disabled(RING_RX_STAMPS))
        goto done;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(fd, (struct sockaddr *)&self, sizeof self) < 0 ||
        getsockname(fd, (struct sockaddr *)&self, &size) < 0 || ring_stamp_socket(fd) < 0)
        goto done;
    while (!(stamped = is_stamped(fd, &self)) && clock_mono_ns() < until_ns)
        clock_sleep_until(clock_mono_ns() + NS_PER_MS);
done:
    if (stamped)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void environment_read_ports(struct ports *ports)
{
    *ports = (struct ports){0};
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (file && fscanf(file, "%u %u", &ports->low, &ports->high) != 2)
        ports->low = ports->high = 0;
    if (file)
        fclose(file);
    file = fopen("/proc/sys/net/ipv4/tcp_tw_reuse", "re");
    if (file && fscanf(file, "%d", &ports->time_wait_reuse) != 1)
        ports->time_wait_reuse = 0;
    if (file)
        fclose(file);
}

int environment_spare_cpu(const int *taken, size_t taken_count)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return -1;
    for (size_t i = 0; i < taken_count; i++)
        CPU_CLR((size_t)taken[i], &allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed))
            return cpu;
    return -1;
}
