/* suite.c - the order of the runs, their folders, a line for each, and the reporter as a process. */
#include "suite.h"

#include "runfolder.h"
#include "schema.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLAN_FILE "plan.yaml"

extern char **environ;

struct suite {
    struct plan *plan;
    const struct suite_wish *wish;
    const atomic_int *stop;
    char *error;
    struct runfolder root;
    uint32_t runs, done;
    enum suite_end end;
};

static void worsen(struct suite *s, enum suite_end end)
{
    s->end = end > s->end ? end : s->end;
}

/* ---- Folders ---- */

/* Does ROOT hold this very plan? */
static bool holds_plan(const char *root, const struct suite_wish *wish)
{
    char path[RUNFOLDER_PATH_MAX];
    char *bytes = NULL;
    size_t size;
    char ignored[OPTIONS_ERROR_MAX];
    if (snprintf(path, sizeof path, "%s/" PLAN_FILE, root) >= (int)sizeof path || access(path, R_OK) != 0)
        return false;
    const bool is_same = option_read_file("--plan", path, &bytes, &size, ignored) &&
                         size == wish->text_bytes && memcmp(bytes, wish->text, size) == 0;
    free(bytes);
    return is_same;
}

static int write_plan(const struct suite *s)
{
    const int fd = openat(s->root.fd, PLAN_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    const ssize_t written = write(fd, s->wish->text, s->wish->text_bytes);
    const int failed = written == (ssize_t)s->wish->text_bytes ? 0 : written < 0 ? -errno : -ENOSPC;
    return close(fd) < 0 && failed == 0 ? -errno : failed;
}

static int open_root(struct suite *s)
{
    const char *wanted = s->wish->output;
    s->root = (struct runfolder){.fd = -1};
    if (wanted && holds_plan(wanted, s->wish)) {
        snprintf(s->root.path, sizeof s->root.path, "%s", wanted);
        return 0;
    }
    int failed = runfolder_open(&s->root, wanted, s->error);
    if (failed == 0 && (failed = write_plan(s)) < 0)
        snprintf(s->error, RUN_ERROR_MAX, "%.4000s/" PLAN_FILE " cannot be written: %s\n      free space, or "
                                          "name another folder with -o",
                 s->root.path, strerror(-failed));
    return failed;
}

/* Is there a whole run in the folder? */
static bool is_complete(const char *folder)
{
    char path[RUNFOLDER_PATH_MAX];
    if (snprintf(path, sizeof path, "%s/" SCHEMA_FILE_RUN, folder) >= (int)sizeof path)
        return false;
    json_t *run = json_load_file(path, 0, NULL);
    const char *state = json_string_value(json_object_get(run, "state"));
    const bool is_whole = state && strcmp(state, "complete") == 0;
    json_decref(run);
    return is_whole;
}

/* ---- Runs ---- */

static int64_t percentile_ns(const struct histogram *h, uint32_t ppm)
{
    return histogram_at_rank(h, units_rank(h->count, ppm));
}

static void tell(const struct suite *s, const char *what, const char *result)
{
    if (!s->wish->quiet)
        printf("[%u/%u] %s: %s\n", s->done, s->runs, what, result);
    fflush(stdout);
}

static void tell_result(const struct suite *s, const char *what, const struct config *config,
                        const struct result *r)
{
    static const char *const verdicts[] = {"valid", "suspect", "invalid"};
    const struct histogram *h =
        &r->latencies[config->loop == LOOP_OPEN ? SERIES_RESPONSE : SERIES_SERVICE];
    char rate[UNITS_TEXT_MAX], p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX], failed[64] = "";
    char line[256], count[UNITS_TEXT_MAX];
    const uint64_t failures = r->measured_requests - r->measured_outcomes[OUTCOME_OK];
    if (failures > 0)
        snprintf(failed, sizeof failed, ", %s failed", units_format_count(failures, count));
    if (h->count > 0)
        snprintf(line, sizeof line, "%s, p50 %s, p99 %s%s, %s",
                 units_format_rate(result_rate(r), rate),
                 units_format_time(percentile_ns(h, 500000), p50),
                 units_format_time(percentile_ns(h, 990000), p99), failed, verdicts[r->verdict]);
    else
        snprintf(line, sizeof line, "no request succeeded%s, %s", failed, verdicts[r->verdict]);
    tell(s, what, line);
}

static void run_one(struct suite *s, const struct plan_case *one, uint32_t variant, uint32_t number)
{
    char folder[RUNFOLDER_PATH_MAX], what[3 * 64 + 16], error[RUN_ERROR_MAX];
    struct config config = one->loads[variant].config;
    struct result result;
    const char *name = s->plan->variants[variant].name;
    s->done++;
    snprintf(what, sizeof what, "%s, %s, run %u", one->name, name, number);
    if (snprintf(folder, sizeof folder, "%s/%s/%s/%u", s->root.path, one->name, name, number) >=
        (int)sizeof folder) {
        fprintf(stderr, "tare: the path of %s is too long\n      name a shorter folder with -o\n", what);
        worsen(s, SUITE_FAILED);
        return;
    }
    if (is_complete(folder)) {
        tell(s, what, "complete already, kept");
        return;
    }
    config.output = folder;
    config.quiet = s->wish->quiet;
    config.command = s->wish->command;
    config.command_count = s->wish->command_count;
    switch (run_execute(&config, s->stop, &result, error)) {
    case RUN_INTERRUPTED: worsen(s, SUITE_INTERRUPTED); break;
    case RUN_FAILED:
        fprintf(stderr, "tare: %s failed: %s\n", what, error);
        worsen(s, SUITE_FAILED);
        result_free(&result);
        return;
    case RUN_INVALID: worsen(s, SUITE_UNTRUSTED); break;
    case RUN_SUSPECT: worsen(s, s->wish->strict ? SUITE_UNTRUSTED : SUITE_GOOD); break;
    case RUN_GOOD: break;
    }
    tell_result(s, what, &config, &result);
    result_free(&result);
}

/* ---- The report ---- */

/* The reporter lies beside this program. */
static bool find_reporter(char path[RUNFOLDER_PATH_MAX])
{
    const ssize_t size = readlink("/proc/self/exe", path, RUNFOLDER_PATH_MAX - 1);
    if (size <= 0)
        return false;
    path[size] = '\0';
    char *name = strrchr(path, '/') + 1;
    if (name + sizeof "tare-report" > path + RUNFOLDER_PATH_MAX)
        return false;
    memcpy(name, "tare-report", sizeof "tare-report");
    return access(path, X_OK) == 0;
}

/* Runs the reporter to its end; its exit code, or -errno. */
static int spawn_reporter(const char *path, char **argv, bool quiet)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return -error;
    if (quiet)
        error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0)
        error = posix_spawn(&pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return -error;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static void judge(struct suite *s, int code)
{
    switch (code) {
    case 0: break;
    case 1: worsen(s, SUITE_NOT_HELD); break;
    case 3: worsen(s, SUITE_UNTRUSTED); break;
    default:
        worsen(s, SUITE_FAILED);
        if (code < 0)
            fprintf(stderr, "tare: tare-report could not be run: %s\n      run it by hand on the folders "
                            "of the scenario\n",
                    strerror(-code));
    }
}

static void report(struct suite *s, const struct plan_case *one)
{
    const uint32_t variants = s->plan->variants_count;
    char path[RUNFOLDER_PATH_MAX], folder[RUNFOLDER_PATH_MAX];
    const char *argv[PLAN_GATES_MAX + PLAN_VARIANTS_MAX + 5];
    char groups[PLAN_VARIANTS_MAX][RUNFOLDER_PATH_MAX];
    size_t at = 0;
    if (!find_reporter(path)) {
        fprintf(stderr, "tare: tare-report is not beside tare, so that nothing is judged\n      build it "
                        "with make\n");
        worsen(s, SUITE_FAILED);
        return;
    }
    argv[at++] = path;
    argv[at++] = "-o";
    argv[at++] = folder;
    bool fits = snprintf(folder, sizeof folder, "%s/%s/report", s->root.path, one->name) <
                (int)sizeof folder;
    for (uint32_t i = 0; i < one->gates_count; i++)
        argv[at++] = one->gates[i];
    for (uint32_t i = 0; i < variants && fits; i++) {
        fits = snprintf(groups[i], RUNFOLDER_PATH_MAX, "%s/%s/%s", s->root.path, one->name,
                        s->plan->variants[i].name) < RUNFOLDER_PATH_MAX;
        argv[at++] = groups[i];
        if (fits && access(groups[i], R_OK) != 0) {
            fprintf(stderr, "tare: %s has no run of %s, so that it is not judged\n", one->name,
                    s->plan->variants[i].name);
            return;
        }
    }
    argv[at] = NULL;
    if (!s->wish->quiet)
        printf("\n%s:\n", one->name);
    fflush(stdout);
    judge(s, fits ? spawn_reporter(path, (char **)argv, s->wish->quiet) : -ENAMETOOLONG);
}

/* ---- All of it ---- */

/* A B, then B A: what drifts slowly meets both alike. */
static void run_case(struct suite *s, const struct plan_case *one)
{
    const uint32_t variants = s->plan->variants_count;
    for (uint32_t number = 1; number <= s->plan->repeat; number++)
        for (uint32_t i = 0; i < variants; i++) {
            if (*s->stop > 0 || s->end == SUITE_INTERRUPTED) {
                worsen(s, SUITE_INTERRUPTED);
                return;
            }
            run_one(s, one, number % 2 == 1 ? i : variants - 1 - i, number);
        }
    if (s->end != SUITE_INTERRUPTED)
        report(s, one);
}

enum suite_end suite_run(struct plan *plan, const struct suite_wish *wish, const atomic_int *stop,
                         char error[RUN_ERROR_MAX])
{
    struct suite s = {.plan = plan, .wish = wish, .stop = stop, .error = error};
    error[0] = '\0';
    for (uint32_t i = 0; i < plan->cases_count; i++)
        if (plan_case_is_asked(&plan->cases[i], wish->only, wish->only_count))
            s.runs += plan->repeat * plan->variants_count;
    if (open_root(&s) < 0)
        return SUITE_FAILED;
    for (uint32_t i = 0; i < plan->cases_count && s.end != SUITE_INTERRUPTED; i++)
        if (plan_case_is_asked(&plan->cases[i], wish->only, wish->only_count))
            run_case(&s, &plan->cases[i]);
    if (!wish->quiet)
        printf("\n%s/\n", s.root.path);
    if (s.root.fd >= 0)
        runfolder_close(&s.root);
    return s.end;
}
