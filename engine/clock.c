/* clock.c - clock_gettime(2), clock_nanosleep(2) and schedstat, and nothing else reads time. */
#include "clock.h"

#include "limits.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

struct wall_time clock_wall(void)
{
    return (struct wall_time){read_ns(CLOCK_REALTIME)};
}

int64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_thread_waited_ns(void)
{
    long long ran_ns = 0, waited_ns = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (file && fscanf(file, "%lld %lld", &ran_ns, &waited_ns) != 2)
        waited_ns = 0;
    if (file)
        fclose(file);
    return waited_ns;
}

int64_t clock_offset_ns(int64_t *error_ns)
{
    int64_t narrowest_ns = INT64_MAX;
    int64_t offset_ns = 0;
    for (int i = 0; i < 32; i++) {
        const int64_t before_ns = clock_mono_ns();
        const int64_t wall_ns = clock_wall().ns;
        const int64_t after_ns = clock_mono_ns();
        if (after_ns - before_ns < narrowest_ns) {
            narrowest_ns = after_ns - before_ns;
            offset_ns = wall_ns - (before_ns + narrowest_ns / 2);
        }
    }
    *error_ns = narrowest_ns / 2;
    return offset_ns;
}

struct clock clock_start(void)
{
    struct clock clock = {.start_mono_ns = clock_mono_ns()};
    clock.offset_ns = clock_offset_ns(&clock.offset_error_ns);
    return clock;
}

void clock_sleep_until(int64_t mono_ns)
{
    const struct timespec until = {.tv_sec = mono_ns / NS_PER_S, .tv_nsec = mono_ns % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

void clock_format_utc(struct wall_time wall, char text[21])
{
    const time_t seconds = (time_t)(wall.ns / NS_PER_S);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
