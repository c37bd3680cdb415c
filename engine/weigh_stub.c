/* weigh_stub.c - fork(2), a pipe to hear where it listens, and a kill(2) that is never missed. */
#include "weigh_stub.h"

#include "clock.h"
#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
#define START_FOR_NS (5 * NS_PER_S) /* until it listens */
#define END_FOR_MS 1000             /* after SIGTERM; then SIGKILL */
#define LOOK_EVERY_MS 50            /* whether the user asked to stop */
#define SAID_MAX 1024

int weigh_stub_find(char *path, char *error, size_t error_size)
{
    char *slash;
    const ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - sizeof "tare-stub");
    if (size < 0) {
        const int failure = -errno;
        snprintf(error, error_size,
                 "/proc/self/exe cannot be read: %s\n      --weigh finds tare-stub by it: mount "
                 "/proc",
                 strerror(-failure));
        return failure;
    }
    path[size] = '\0';
    slash = strrchr(path, '/');
    strcpy(slash ? slash + 1 : path, "tare-stub");
    if (access(path, X_OK) == 0)
        return 0;
    const int failure = -errno;
    snprintf(error, error_size,
             "%s, which --weigh loads, cannot be run: %s\n      make builds it; it belongs into the "
             "folder where tare lies",
             path, strerror(-failure));
    return failure;
}

/* The child: becomes the stub, or ends. It may call only what signal-safety(7) lists. */
static void become(const char *path, const char *const *argv, int cpu, int output, pid_t parent)
{
    static const char unfit[] = "it is no program for this machine\n";
    if (cpu >= 0) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET((size_t)cpu, &cpus);
        sched_setaffinity(0, sizeof cpus, &cpus);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() == parent && dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0)
        execv(path, (char *const *)(uintptr_t)argv);
    const ssize_t written = write(output, unfit, sizeof unfit - 1);
    (void)written; /* what cannot be said is not said */
    raise(SIGKILL);
}

/* Reads what the stub says until it names its URL. Returns 0; or -errno, and what it said in `said`. */
static int hear_url(struct weigh_stub *stub, const atomic_int *stop, char said[SAID_MAX])
{
    const int64_t until_ns = clock_mono_ns() + START_FOR_NS;
    size_t size = 0;
    said[0] = '\0';
    while (clock_mono_ns() < until_ns && size < SAID_MAX - 1) {
        struct pollfd waiting = {.fd = stub->output, .events = POLLIN};
        if (*stop > 0)
            return -EINTR;
        if (poll(&waiting, 1, LOOK_EVERY_MS) <= 0)
            continue;
        const ssize_t got = read(stub->output, said + size, SAID_MAX - 1 - size);
        if (got <= 0)
            return -ECHILD;
        size += (size_t)got;
        said[size] = '\0';
        const char *url = strstr(said, "(http://");
        const char *end = url ? strchr(url, ')') : NULL;
        if (end && end - url <= WEIGH_STUB_URL_MAX) {
            snprintf(stub->url, sizeof stub->url, "%.*s", (int)(end - url - 1), url + 1);
            return 0;
        }
    }
    return -ETIMEDOUT;
}

static int explain(int failure, const char *path, const char *said, char *error, size_t error_size)
{
    const char *const cause = failure == -ECHILD      ? "it ended at once, and said nothing"
                              : failure == -ETIMEDOUT ? "it did not say where it listens"
                                                      : strerror(-failure);
    snprintf(error, error_size,
             "tare-stub, which --weigh loads, did not start: %.*s\n      run it by hand to see what it "
             "lacks: %s --port 0",
             *said ? (int)strcspn(said, "\n") : SAID_MAX, *said ? said : cause, path);
    return failure;
}

int weigh_stub_start(struct weigh_stub *stub, const char *path, const char *const *arguments,
                     int cpu, const atomic_int *stop, char *error, size_t error_size)
{
    const char *argv[ARGUMENTS_MAX + 4] = {path, "--port", "0"};
    char said[SAID_MAX] = "";
    int ends[2];
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
        argv[3 + i] = arguments[i];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return explain(-errno, path, said, error, error_size);
    const pid_t parent = getpid();
    stub->pid = fork();
    if (stub->pid == 0)
        become(path, argv, cpu, ends[1], parent);
    int failure = stub->pid < 0 ? -errno : 0;
    close(ends[1]);
    stub->output = ends[0];
    if (stub->pid < 0) {
        stub->pid = 0;
        close(ends[0]);
        return explain(failure, path, said, error, error_size);
    }
    failure = hear_url(stub, stop, said);
    if (failure == 0)
        return 0;
    weigh_stub_stop(stub);
    return explain(failure, path, said, error, error_size);
}

/* Whether the stub has closed the pipe, which only its end does, within a time. */
static bool has_ended(const struct weigh_stub *stub)
{
    const int64_t until_ns = clock_mono_ns() + END_FOR_MS * NS_PER_MS;
    char said[SAID_MAX];
    while (clock_mono_ns() < until_ns) {
        struct pollfd waiting = {.fd = stub->output, .events = POLLIN};
        if (poll(&waiting, 1, LOOK_EVERY_MS) > 0 && read(stub->output, said, sizeof said) <= 0)
            return true;
    }
    return false;
}

void weigh_stub_stop(struct weigh_stub *stub)
{
    if (stub->pid <= 0)
        return;
    kill(stub->pid, SIGTERM);
    if (!has_ended(stub))
        kill(stub->pid, SIGKILL);
    while (waitpid(stub->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(stub->output);
    stub->pid = 0;
}
