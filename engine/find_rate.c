/* find_rate.c - drain, run, judge, ask for the next rate; and the file kept up to date. */
#include "find_rate.h"

#include "environment.h"
#include "find_rate_parts.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROBE_FOLDER "idle"
#define IDLE_REQUESTS 10u /* before the first step, to know the server idle */
#define DRAIN_REQUESTS 3u /* before each other */
#define DRAIN_PAUSE_NS (50 * NS_PER_MS)
/* An idle server takes at most so much longer than nine in ten of its first answers did. */
#define IDLE_RATIO 1.5
#define IDLE_SLACK_NS NS_PER_MS
/* Answers that come later than a goal's limit are above it, whatever they would have been: to wait
 * on for them only makes a failed step longer. To wait for less would call slow what is not. */
#define GRACE_SLACK_NS NS_PER_S

struct seeker {
    struct find_rate search;
    struct config config; /* the user's, with a step's grace; what the search reads */
    const atomic_int *stop;
    char *error;
    int64_t idle_max_ns; /* an answer within it is an idle server's; -1: not known */
    int stamps_fd;       /* keeps the kernel's stamps on between the runs */
    FILE *out;           /* for words; NULL: none are wanted */
};

/* ---- an idle server ---- */

/* The path of a run in the search's folder. Returns false, with a sentence in the seeker's `error`,
 * where it is too long. */
static bool make_path(struct seeker *s, const char *name, char path[RUNFOLDER_PATH_MAX])
{
    const int size = snprintf(path, RUNFOLDER_PATH_MAX, "%s/%s", s->search.folder.path, name);
    if (size < RUNFOLDER_PATH_MAX)
        return true;
    snprintf(s->error, RUN_ERROR_MAX, "%s: the path is too long\n      name another with -o",
             s->search.folder.path);
    return false;
}

/* Removes the run that a probe has left. */
static void remove_probe(const char *path)
{
    struct runfolder folder = {.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    strcpy(folder.path, path); /* of the same size */
    runfolder_discard(&folder);
    runfolder_close(&folder);
}

/* Sends a few requests one after another, and hands over their run's result. */
static enum run_end probe(struct seeker *s, uint32_t requests, struct result *result)
{
    char path[RUNFOLDER_PATH_MAX];
    struct config config = s->config;
    memset(result, 0, sizeof *result);
    if (!make_path(s, PROBE_FOLDER, path))
        return RUN_FAILED;
    config.output = path;
    config.loop = LOOP_CLOSED;
    config.wait = WAIT_BLOCK;
    config.connections = config.threads = config.pipeline = 1;
    config.requests = requests;
    config.duration_ns = config.warmup_ns = 0;
    config.samples_one_in = 0;
    config.quiet = true;
    if (config.timeout_ns > LIMIT_SEARCH_DRAIN_NS)
        config.timeout_ns = LIMIT_SEARCH_DRAIN_NS;
    if (config.connect_timeout_ns > LIMIT_SEARCH_DRAIN_NS)
        config.connect_timeout_ns = LIMIT_SEARCH_DRAIN_NS;
    const enum run_end end = run_execute(&config, s->stop, result, s->error);
    remove_probe(path);
    return end;
}

static int64_t service_ns(const struct result *result, uint32_t ppm)
{
    const struct histogram *service = &result->latencies[SERIES_SERVICE];
    return service->count > 0 ? histogram_at_rank(service, units_rank(service->count, ppm)) : -1;
}

/* Gets to know the server before it is loaded. False: it does not answer at all, or the user
 * stopped. */
static bool meet_server(struct seeker *s)
{
    struct result result;
    const enum run_end end = probe(s, IDLE_REQUESTS, &result);
    s->search.idle_ns = service_ns(&result, 500000);
    s->idle_max_ns =
        s->search.idle_ns < 0
            ? -1
            : (int64_t)(IDLE_RATIO * (double)service_ns(&result, 900000)) + IDLE_SLACK_NS;
    result_free(&result);
    return end != RUN_FAILED && end != RUN_INTERRUPTED;
}

/* What is wrong stands in `error`: puts before it when it was. */
static void explain_loss(struct seeker *s)
{
    char cause[RUN_ERROR_MAX / 2];
    snprintf(cause, sizeof cause, "%s", s->error);
    snprintf(s->error, RUN_ERROR_MAX,
             "after the step %s the server did not come back within %lld s: %s",
             s->search.steps[s->search.steps_count - 1].folder, LIMIT_SEARCH_DRAIN_NS / NS_PER_S,
             cause);
}

/* Waits until the server is idle again, and says in the step how that went. RUN_FAILED: it did not
 * come back at all. */
static enum run_end drain(struct seeker *s, struct find_rate_step *step)
{
    const int64_t begin_ns = clock_mono_ns();
    enum run_end end = RUN_GOOD;
    step->is_idle = s->search.steps_count == 0 || s->idle_max_ns < 0;
    while (!step->is_idle && *s->stop == 0) {
        struct result result;
        end = probe(s, DRAIN_REQUESTS, &result);
        const int64_t took_ns = service_ns(&result, 500000);
        result_free(&result);
        step->is_idle = end != RUN_FAILED && took_ns >= 0 && took_ns <= s->idle_max_ns;
        if (step->is_idle || clock_mono_ns() - begin_ns > LIMIT_SEARCH_DRAIN_NS)
            break;
        clock_sleep_until(clock_mono_ns() + DRAIN_PAUSE_NS);
    }
    step->drain_ns = clock_mono_ns() - begin_ns;
    if (end == RUN_FAILED && *s->stop == 0)
        explain_loss(s);
    return *s->stop > 0 ? RUN_INTERRUPTED : end;
}

/* ---- a step ---- */

static void name_step(struct find_rate_step *step, uint32_t number)
{
    const unsigned long long whole = step->asked.rate_milli / 1000;
    const unsigned part = (unsigned)(step->asked.rate_milli % 1000);
    snprintf(step->folder, sizeof step->folder, part ? "%02u-%llu.%03u" : "%02u-%llu", number,
             whole, part);
}

static enum run_end run_step(struct seeker *s, struct find_rate_step *step)
{
    char path[RUNFOLDER_PATH_MAX];
    struct config config = s->config;
    struct result result;
    if (!make_path(s, step->folder, path))
        return RUN_FAILED;
    step->duration_ns = find_rate_duration_ns(&s->config, &step->asked);
    config.output = path;
    config.rate_milli = step->asked.rate_milli;
    config.seed += s->search.steps_count; /* repeats draw Poisson arrivals of their own */
    config.duration_ns = step->duration_ns;
    config.quiet = true;
    const enum run_end end = run_execute(&config, s->stop, &result, s->error);
    if (end != RUN_FAILED && end != RUN_INTERRUPTED) {
        find_rate_judge(&config, s->search.idle_ns, &result, step);
        search_add(&s->search.search, step->asked.rate_milli, step->outcome);
    }
    result_free(&result);
    return end;
}

/* The file tells what is known at any time. False: it cannot be written. */
static bool write_state(struct seeker *s, enum find_rate_state state)
{
    s->search.state = state;
    const int error = find_rate_write(&s->search);
    if (error < 0)
        snprintf(s->error, RUN_ERROR_MAX,
                 "%s/%s cannot be written: %s\n      free space, or name another folder with -o",
                 s->search.folder.path, SCHEMA_FILE_FIND_RATE, strerror(-error));
    return error == 0;
}

/* All steps. RUN_GOOD: the search came to its end. */
static enum run_end climb(struct seeker *s)
{
    struct find_rate *search = &s->search;
    struct search_step asked;
    while (search_next(&search->search, &asked)) {
        struct find_rate_step *step = &search->steps[search->steps_count];
        *step = (struct find_rate_step){.asked = asked};
        enum run_end end = drain(s, step);
        if (end == RUN_FAILED || end == RUN_INTERRUPTED)
            return end;
        name_step(step, search->steps_count + 1);
        end = run_step(s, step);
        search->steps_count += end != RUN_FAILED;
        if (end == RUN_FAILED || end == RUN_INTERRUPTED)
            return end;
        if (s->out)
            find_rate_print_step(search, step, s->out);
        if (!write_state(s, FIND_RATE_RUNNING))
            return RUN_FAILED;
    }
    return RUN_GOOD;
}

/* ---- the whole ---- */

static void prepare(struct seeker *s, const struct config *config)
{
    const uint64_t floor_milli = (uint64_t)LIMIT_SEARCH_FLOOR * 1000;
    int64_t longest_ns = 0;
    s->config = *config;
    for (uint32_t i = 0; i < config->goals_count; i++)
        if (config->goals[i].limit_ns > longest_ns)
            longest_ns = config->goals[i].limit_ns;
    if (s->config.grace_ns > longest_ns + GRACE_SLACK_NS)
        s->config.grace_ns = longest_ns + GRACE_SLACK_NS;
    if (s->config.grace_ns < longest_ns)
        s->config.grace_ns = longest_ns;
    s->search.config = &s->config;
    s->search.started = clock_wall();
    s->search.folder.fd = -1;
    s->search.idle_ns = s->idle_max_ns = -1;
    s->out = config->quiet ? NULL : config->json ? stderr : stdout;
    search_start(&s->search.search,
                 &(struct search_setup){.start_milli = config->rate_milli,
                                        .floor_milli = config->rate_milli < floor_milli
                                                           ? config->rate_milli
                                                           : floor_milli,
                                        .max_milli = (uint64_t)LIMIT_RATE_MAX * 1000,
                                        .steps_max = LIMIT_SEARCH_STEPS_MAX});
}

/* The answer on the terminal and in the file, and what the search is called in the end. */
static enum find_rate_end finish(struct seeker *s, enum run_end end)
{
    static const enum find_rate_end ends[] = {FIND_RATE_HELD, FIND_RATE_HELD, FIND_RATE_NONE_HELD,
                                              FIND_RATE_UNKNOWN};
    const enum find_rate_state state = end == RUN_INTERRUPTED ? FIND_RATE_STOPPED
                                       : end == RUN_FAILED    ? FIND_RATE_BROKEN
                                                              : FIND_RATE_COMPLETE;
    s->search.state = state;
    if (state == FIND_RATE_BROKEN) {
        find_rate_write(&s->search); /* what is wrong stands in `error` already */
    } else if (!write_state(s, state)) {
        return FIND_RATE_FAILED;
    }
    if (s->out && s->search.steps_count > 0)
        find_rate_print_answer(&s->search, s->out);
    if (s->config.json)
        find_rate_print_json(&s->search, stdout);
    switch (state) {
    case FIND_RATE_STOPPED: return FIND_RATE_INTERRUPTED;
    case FIND_RATE_BROKEN: return FIND_RATE_FAILED;
    case FIND_RATE_RUNNING:
    case FIND_RATE_COMPLETE: break;
    }
    return ends[search_answer(&s->search.search).known];
}

static enum find_rate_end seek(struct seeker *s)
{
    if (runfolder_open(&s->search.folder, s->config.output, s->error) < 0)
        return FIND_RATE_FAILED;
    s->stamps_fd = environment_hold_stamps();
    if (!meet_server(s)) {
        rmdir(s->search.folder.path);
        return *s->stop > 0 ? FIND_RATE_INTERRUPTED : FIND_RATE_FAILED;
    }
    if (s->out)
        find_rate_print_start(&s->search, s->out);
    return finish(s, climb(s));
}

enum find_rate_end find_rate(const struct config *config, const atomic_int *stop,
                             char error[RUN_ERROR_MAX])
{
    struct seeker *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(error, RUN_ERROR_MAX, "out of memory\n      free some, and run again");
        return FIND_RATE_FAILED;
    }
    s->stop = stop;
    s->error = error;
    s->stamps_fd = -1;
    prepare(s, config);
    const enum find_rate_end end = seek(s);
    if (s->stamps_fd >= 0)
        close(s->stamps_fd);
    runfolder_close(&s->search.folder);
    free(s);
    return end;
}
