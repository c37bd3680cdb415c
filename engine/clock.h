/* clock.h - the only reader of time.
 * Two domains that must not mix: run time is a plain int64_t in ns since the run's start, on
 * CLOCK_MONOTONIC; kernel time is `struct wall_time`, CLOCK_REALTIME, the clock of socket stamps.
 * Both are steered by the same rate corrections, so that their offset moves only when somebody sets
 * the wall clock (clock_gettime(2)); clock_offset_ns() read again shows such a step. */
#ifndef TARE_CLOCK_H
#define TARE_CLOCK_H

#include <stdint.h>

struct wall_time {
    int64_t ns; /* since 1970, CLOCK_REALTIME */
};

/* What turns both domains into run time; constant during a run. */
struct clock {
    int64_t start_mono_ns; /* CLOCK_MONOTONIC at the run's start */
    int64_t offset_ns;     /* wall minus monotonic, read at the run's start */
    int64_t offset_error_ns; /* half the time that reading took */
};

/* CLOCK_MONOTONIC, in ns. */
int64_t clock_mono_ns(void);

/* CLOCK_REALTIME. */
struct wall_time clock_wall(void);

/* CLOCK_REALTIME minus CLOCK_MONOTONIC in ns, the tightest of several readings. *error_ns: out, how far
 * it may be off: about 30 ns where the clock source is the TSC, a microsecond where it is a device. */
int64_t clock_offset_ns(int64_t *error_ns);

/* CPU time of the calling thread, in ns. */
int64_t clock_thread_cpu_ns(void);

/* How long the calling thread was ready to run and had no CPU, in ns (proc(5), schedstat); 0 where the
 * kernel does not say. Reads a file: not for the hot path. */
int64_t clock_thread_waited_ns(void);

/* Makes now the run's time 0. */
struct clock clock_start(void);

/* Run time now, in ns. */
static inline int64_t clock_now_ns(const struct clock *clock)
{
    return clock_mono_ns() - clock->start_mono_ns;
}

/* Run time of a kernel stamp, in ns. */
static inline int64_t clock_of_wall_ns(const struct clock *clock, struct wall_time stamp)
{
    return stamp.ns - clock->offset_ns - clock->start_mono_ns;
}

/* Sleeps until the monotonic moment `mono_ns`, or until a signal. */
void clock_sleep_until(int64_t mono_ns);

/* Writes the wall time as "2026-11-20T12:04:00Z" into text, 21 bytes with the final zero. */
void clock_format_utc(struct wall_time wall, char text[21]);

#endif
