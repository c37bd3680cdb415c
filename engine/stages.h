/* stages.h - a load that changes while it lasts: users, or requests per second, over time in straight
 * lines. People write a stage as
 *
 *   0 to 100 in 10s     from one level to the other in a straight line: a ramp, a spike
 *   100 for 30s         one level: a step
 *
 * Users are people, so that their level is rounded: they are never more than half a user away from the
 * line. Requests of a changing rate are due where the area under the line reaches their number, which
 * is exact at any time; Poisson arrivals take sums of exponential draws for the number (inversion:
 * Cinlar, Introduction to Stochastic Processes, 1975, section 4.7). Pure: no clock, no allocation. */
#ifndef TARE_STAGES_H
#define TARE_STAGES_H

#include "limits.h"

#include <stdbool.h>
#include <stdint.h>

#define STAGES_ERROR_MAX 512
#define STAGES_TIME_NEVER INT64_MAX

struct stage {
    int64_t begin_ns, end_ns; /* since the load's start; a stage ends where the next begins */
    uint64_t from_milli, to_milli; /* levels at both: thousandths of users, or of requests per second */
    double requests_before;   /* the area under the line before it, in requests */
};

/* All zero: no stage yet. */
struct stages {
    struct stage list[LIMIT_STAGES_MAX];
    uint32_t count;
};

/* What levels mean: whole numbers where they are users. */
enum stages_of { STAGES_OF_USERS, STAGES_OF_RATE };

/* Reads a stage and puts it behind the others. Returns true; or false, with cause and remedy in
 * `error`: no stage, a level above its limit, a time that is none, too many, too long together. */
bool stages_add(struct stages *stages, enum stages_of of, const char *text,
                char error[STAGES_ERROR_MAX]);

/* Is the text meant as a stage, and not as a number? */
bool stages_is_stage(const char *text);

/* Makes all times `parts_per_million` of what they are, at least 1 ns each. */
void stages_stretch(struct stages *stages, uint64_t parts_per_million);

/* When the last one ends, in ns; 0 where there is none. */
int64_t stages_duration_ns(const struct stages *stages);

/* The highest level of all, in thousandths. */
uint64_t stages_peak_milli(const struct stages *stages);

/* How many users there are at a time: the line's level, rounded; a half counts as one. At the border of
 * two stages that of the later one; behind the last what it ended with. */
uint32_t stages_users_at(const struct stages *stages, int64_t time_ns);

/* The first time behind time_ns at which there are more or fewer users than then;
 * STAGES_TIME_NEVER: their number stays. */
int64_t stages_users_change_ns(const struct stages *stages, int64_t time_ns);

/* How many requests are due in all of the stages, as the area under the line. */
double stages_requests(const struct stages *stages);

/* When the area under the line reaches `requests` (of request number k, from 0: k; Poisson: a sum of
 * exponential draws), in ns; STAGES_TIME_NEVER: it does not. Never falls where `requests` rises. */
int64_t stages_due_ns(const struct stages *stages, double requests);

#endif
