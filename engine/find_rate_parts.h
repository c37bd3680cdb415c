/* find_rate_parts.h - what the rooms of the search for a rate share: a step with what came of it,
 * and the search as a whole. Judging is pure; words and file only read. */
#ifndef TARE_FIND_RATE_PARTS_H
#define TARE_FIND_RATE_PARTS_H

#include "clock.h"
#include "config.h"
#include "goal.h"
#include "result.h"
#include "runfile.h"
#include "runfolder.h"
#include "search.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FIND_RATE_FOLDER_MAX 32
#define FIND_RATE_SENTENCE_MAX 512

/* Fewer requests than this above a percentile say little about it. */
#define FIND_RATE_TAIL_MIN 10u

struct find_rate_step {
    struct search_step asked;
    char folder[FIND_RATE_FOLDER_MAX]; /* in the search's: "07-1980" */
    bool is_idle;                      /* the server was idle again before it */
    int64_t drain_ns;                  /* how long that was waited for */
    int64_t duration_ns;               /* of its measured phase, as asked */

    bool is_judged; /* false: the step was interrupted */
    enum search_outcome outcome;
    enum verdict verdict;
    const char *reason; /* name of what spoilt it, static storage; NULL: nothing did */
    char sentence[FIND_RATE_SENTENCE_MAX]; /* why it failed, or was spoilt; "" where it held */
    double achieved_per_s;
    uint64_t requests, failed;               /* of the measured phase; failed or censored */
    int64_t figures_ns[RUNFILE_PERCENTILES]; /* of the first goal's series; -1: beyond what has a
                                                time */
    int64_t service_p50_ns, wait_p99_ns;     /* of successes; 0 where there are none */
    struct goal_result goals[LIMIT_GOALS_MAX];
};

enum find_rate_state { FIND_RATE_RUNNING, FIND_RATE_COMPLETE, FIND_RATE_STOPPED, FIND_RATE_BROKEN };

struct find_rate {
    const struct config *config;
    struct runfolder folder;
    struct wall_time started;
    enum find_rate_state state;
    int64_t idle_ns; /* the server's service time when idle, median; -1: not known */
    struct search search;
    struct find_rate_step steps[LIMIT_SEARCH_STEPS_MAX];
    uint32_t steps_count;
};

/* How long the step is measured: -d; or longer, up to LIMIT_SEARCH_STEP_NS, where no request would be
 * due in it, or where a step that decides would have fewer than ten requests that may be above a goal's limit, or so few Poisson
 * arrivals that their rate is another. */
int64_t find_rate_duration_ns(const struct config *config, const struct search_step *asked);

/* Judges what a step came to: fills it in from is_judged on.
 *
 * What the generator spoilt says nothing, with two exceptions that hold for any server that serves
 * in the order of arrival. Requests that were sent late wait all the longer: a goal on response
 * times that holds in spite of it does hold. And where the server was busy all along, or a
 * connection was always free, none is answered later for it than by the longest send lag: a goal
 * that fails by more than that does fail.
 * idle_ns: the server's service time when idle; -1: not known. */
void find_rate_judge(const struct config *config, int64_t idle_ns, const struct result *result,
                     struct find_rate_step *step);

/* Was the number of connections what limited the rate that failed, rather than the server? They
 * were all taken while it answered as fast as when it is idle. */
bool find_rate_lacks_connections(const struct find_rate *search);

/* The folder of the last step at a rate; NULL: none. */
const char *find_rate_folder(const struct find_rate *search, uint64_t rate_milli);

/* Words for people: the first line, a line a step, the answer. */
void find_rate_print_start(const struct find_rate *search, FILE *out);
void find_rate_print_step(const struct find_rate *search, const struct find_rate_step *step,
                          FILE *out);
void find_rate_print_answer(const struct find_rate *search, FILE *out);

/* The answer in a sentence, also for find-rate.json. */
void find_rate_answer(const struct find_rate *search, char text[FIND_RATE_SENTENCE_MAX]);

/* Writes find-rate.json into the search's folder, whole, by rename. Returns 0 or -errno. */
int find_rate_write(const struct find_rate *search);

/* Prints the same. Returns 0 or -errno. */
int find_rate_print_json(const struct find_rate *search, FILE *out);

#endif
