/* course.h - how a variant went over time: whether it stalled or had slow seconds, by stated rules.
 * "Second" stands for a bin of its timeline, which is longer in long runs. Pure. */
#ifndef TARE_COURSE_H
#define TARE_COURSE_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A second is slow when its p99 is above this many times the median second's. A variant has slow
 * seconds only where they hold COURSE_SECOND_REQUESTS each, since p99 of fewer is the slowest one.
 */
#define COURSE_SLOW_TIMES 3.0
#define COURSE_SECOND_REQUESTS 100u
/* A second is stalled when less than this share of the median second's requests was done, and the
 * median second has so many. */
#define COURSE_STALL_SHARE 0.1
#define COURSE_STALL_REQUESTS 10.0
/* Fewer whole measured seconds than this show no course. */
#define COURSE_SECONDS_MIN 5u

/* Stretches of seconds of a kind: how many, and the longest of them, the first where several are.
 */
struct course_stretches {
    size_t count;
    size_t first;   /* bin of the longest */
    size_t size;    /* bins */
    int64_t p99_ns; /* the highest in it */
};

struct course {
    bool is_long_enough; /* false: nothing below is known */
    bool has_p99;        /* the median second has enough requests; else nothing is called slow */
    double median_done;
    int64_t median_p99_ns; /* over the seconds in which a request was answered, as the next two */
    int64_t least_p99_ns;
    int64_t most_p99_ns;
    struct course_stretches stalls;
    struct course_stretches slow;
};

/* Finds what stands out in the seconds that lie wholly in the measured time of every run. */
void course_find(struct course *course, const struct variant *variant);

#endif
