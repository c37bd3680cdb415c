/* mishaps.c - what a machine may do to tare, done to one process alone: for LD_PRELOAD.
 *
 *   MISHAP_WALL=NS@MS    clock_gettime(CLOCK_REALTIME) is NS ahead from MS after the first reading on, as
 *                        if somebody had set the clock; the kernel's stamps stay as they are
 *   MISHAP_SUBMIT=NS/N   every N-th submission of several requests takes NS longer, as if the thread had
 *                        lost its CPU in the middle of it
 *   MISHAP_STAMPS=1      TCP sockets take SO_TIMESTAMPING and then have no stamps */
#include <dlfcn.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* dlsym(3): what the next library calls so. A pointer to an object becomes one to a function. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static long long read_ns(int (*real)(clockid_t, struct timespec *), clockid_t id)
{
    struct timespec now;
    real(id, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    static long long ahead_ns, after_ms, first_ns;
    if (!real) {
        find_next("clock_gettime", &real);
        const char *mishap = getenv("MISHAP_WALL");
        if (mishap)
            sscanf(mishap, "%lld@%lld", &ahead_ns, &after_ms);
        first_ns = read_ns(real, CLOCK_MONOTONIC);
    }
    const int result = real(id, now);
    if (id != CLOCK_REALTIME || ahead_ns == 0 ||
        read_ns(real, CLOCK_MONOTONIC) - first_ns < after_ms * 1000000)
        return result;
    const long long moved_ns = now->tv_sec * 1000000000LL + now->tv_nsec + ahead_ns;
    now->tv_sec = moved_ns / 1000000000;
    now->tv_nsec = moved_ns % 1000000000;
    return result;
}

int io_uring_enter(unsigned fd, unsigned submitted, unsigned wanted, unsigned flags, sigset_t *signals)
{
    static int (*real)(unsigned, unsigned, unsigned, unsigned, sigset_t *);
    static long long longer_ns, every, several;
    if (!real) {
        find_next("io_uring_enter", &real);
        const char *mishap = getenv("MISHAP_SUBMIT");
        if (mishap)
            sscanf(mishap, "%lld/%lld", &longer_ns, &every);
    }
    const int result = real(fd, submitted, wanted, flags, signals);
    if (every > 0 && submitted > 1 && ++several % every == 0)
        nanosleep(&(struct timespec){.tv_nsec = longer_ns}, NULL);
    return result;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    static int (*real)(int, int, int, const void *, socklen_t);
    int type = 0;
    socklen_t type_size = sizeof type;
    if (!real)
        find_next("setsockopt", &real);
    if (getenv("MISHAP_STAMPS") && level == SOL_SOCKET && name == SO_TIMESTAMPING &&
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM)
        return 0;
    return real(fd, level, name, value, size);
}
