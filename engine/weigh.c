/* weigh.c - the order of a calibration: places, steps, file, and everything taken away again. */
#include "weigh.h"

#include "clock.h"
#include "environment.h"
#include "jsonfile.h"
#include "limits.h"
#include "runfolder.h"
#include "schema.h"
#include "weigh_costs.h"
#include "weigh_loads.h"
#include "weigh_stub.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS_FOLDER ".weigh-XXXXXX" /* beside weight.json, on the disk that runs will be written to */
#define RUNS_PATH_MAX (RUNFOLDER_PATH_MAX + sizeof RUNS_FOLDER + 1)

struct weigh {
    const struct config *config;
    const atomic_int *stop;
    char *error;
    struct environment environment;
    bool features[RING_FEATURE_COUNT];
    struct weigh_place place;

    char folder[RUNFOLDER_PATH_MAX]; /* of the file */
    char name[NAME_MAX + 1];         /* of the file, in it */
    char file[RUNFOLDER_PATH_MAX + NAME_MAX + 2];
    int folder_fd;
    char runs[RUNS_PATH_MAX]; /* folder of one run at a time; "": there is none */

    char stub_path[PATH_MAX];
    struct weigh_stub stub;
    struct weight weight;
};

static enum run_end fail(struct weigh *w, int failure, const char *what)
{
    snprintf(w->error, RUN_ERROR_MAX, "%s cannot be written: %s\n      name another place with -o",
             what, strerror(-failure));
    return RUN_FAILED;
}

/* ---- places ---- */

/* "DIR/NAME.json" is a file; all else is a folder. */
static bool split_output(struct weigh *w)
{
    const char *wanted = w->config->output ? w->config->output : "results";
    const size_t size = strlen(wanted);
    const bool is_file = size > 5 && strcmp(wanted + size - 5, ".json") == 0;
    const char *slash = strrchr(wanted, '/');
    const char *name = !is_file ? SCHEMA_FILE_WEIGHT : slash ? slash + 1 : wanted;
    const size_t folder_size = !is_file ? size : slash ? (size_t)(slash - wanted) + 1 : 0;
    if (folder_size >= sizeof w->folder || strlen(name) >= sizeof w->name - sizeof ".new")
        return false;
    snprintf(w->folder, sizeof w->folder, "%.*s", folder_size ? (int)folder_size : 1,
             folder_size ? wanted : ".");
    snprintf(w->name, sizeof w->name, "%s", name);
    snprintf(w->file, sizeof w->file, "%s%s%s", is_file && !slash ? "" : w->folder,
             w->folder[strlen(w->folder) - 1] == '/' || (is_file && !slash) ? "" : "/", w->name);
    return true;
}

/* The generator on the last CPU, the stub on another: where there are three, not on the one that the
 * writer takes (environment_spare_cpu). */
static void place_both(struct weigh *w)
{
    const struct config *c = w->config;
    cpu_set_t allowed;
    int taken[2];
    w->place.generator_cpu = w->place.stub_cpu = -1;
    w->weight.shares_cpu = w->environment.cpus_allowed < 2;
    if (w->weight.shares_cpu || sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    taken[0] = c->cpus_count > 0 ? c->cpus[0] : CPU_SETSIZE - 1;
    while (!CPU_ISSET((size_t)taken[0], &allowed))
        taken[0]--;
    taken[1] = environment_spare_cpu(taken, 1);
    const int third = environment_spare_cpu(taken, 2);
    w->place.generator_cpu = taken[0];
    w->place.stub_cpu = third >= 0 ? third : taken[1];
}

static enum run_end open_places(struct weigh *w)
{
    if (!split_output(w))
        return fail(w, -ENAMETOOLONG, w->config->output);
    const int made = runfolder_make_path(w->folder);
    if (made < 0 && made != -EEXIST)
        return fail(w, made, w->folder);
    w->folder_fd = open(w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->folder_fd < 0)
        return fail(w, -errno, w->folder);
    struct stat there; /* said now, and not after all has been weighed */
    if (fstatat(w->folder_fd, w->name, &there, 0) == 0 && S_ISDIR(there.st_mode))
        return fail(w, -EISDIR, w->file);
    snprintf(w->runs, sizeof w->runs, "%s/" RUNS_FOLDER, w->folder);
    if (!mkdtemp(w->runs)) {
        const int failure = -errno;
        w->runs[0] = '\0';
        return fail(w, failure, w->folder);
    }
    return RUN_GOOD;
}

/* ---- steps ---- */

static enum run_end step_costs(struct weigh *w)
{
    return weigh_costs(w->place.generator_cpu, &w->weight, w->features, w->error, RUN_ERROR_MAX) < 0
               ? RUN_FAILED
               : RUN_GOOD;
}

static enum run_end start_stub(struct weigh *w, const char *const *arguments)
{
    const int failure = weigh_stub_start(&w->stub, w->stub_path, arguments, w->place.stub_cpu,
                                         w->stop, w->error, RUN_ERROR_MAX);
    if (failure < 0)
        return failure == -EINTR ? RUN_INTERRUPTED : RUN_FAILED;
    if (w->config->quiet)
        return RUN_GOOD;
    fprintf(stderr, "weighing against tare-stub at %s", w->stub.url);
    if (w->place.stub_cpu >= 0)
        fprintf(stderr, ", CPU %d; tare on CPU %d\n", w->place.stub_cpu, w->place.generator_cpu);
    else
        fprintf(stderr, ", which shares one CPU with tare\n");
    return RUN_GOOD;
}

static enum run_end step_null_stub(struct weigh *w)
{
    static const char *const arguments[] = {"--null", NULL};
    return start_stub(w, arguments);
}

static enum run_end step_slow_stub(struct weigh *w)
{
    static const char *const arguments[] = {"--delay", "fixed:1ms", NULL};
    static_assert(WEIGH_SERVER_DELAY_NS == NS_PER_MS, "the argument says so");
    weigh_stub_stop(&w->stub);
    return start_stub(w, arguments);
}

/* A step is a function of this file, or a load. */
struct step {
    const char *name; /* shown while it lasts; NULL: too short for that */
    enum run_end (*take)(struct weigh *w);
    weigh_load *load;
};

static const struct step steps[] = {
    {NULL, step_costs, NULL},
    {NULL, step_null_stub, NULL},
    {"requests, all recorded", NULL, weigh_load_requests},
    {"requests, none recorded", NULL, weigh_load_bare},
    {"send lag, spin", NULL, weigh_load_spin},
    {"send lag, hybrid", NULL, weigh_load_hybrid},
    {"send lag, block", NULL, weigh_load_block},
    {"service time, by transmit stamps", NULL, weigh_load_stamps},
    {NULL, step_slow_stub, NULL},
    {"service time, by the server's word", NULL, weigh_load_server},
};
#define STEPS (sizeof steps / sizeof steps[0])

/* On a terminal, a line that says what is being weighed. */
static void show(const struct weigh *w, const char *name)
{
    if (w->config->quiet || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%s%s\033[K", name ? "weighing: " : "", name ? name : "");
    fflush(stderr);
}

static enum run_end take_steps(struct weigh *w)
{
    enum run_end end = RUN_GOOD;
    for (size_t i = 0; i < STEPS && end == RUN_GOOD; i++) {
        const struct weigh_loads loads = {.folder = w->runs,
                                          .url = w->stub.url,
                                          .cpu = w->place.generator_cpu >= 0
                                                     ? &w->place.generator_cpu
                                                     : NULL,
                                          .stop = w->stop,
                                          .error = w->error};
        show(w, steps[i].name);
        end = steps[i].take ? steps[i].take(w) : steps[i].load(&loads, &w->weight);
        if (end == RUN_GOOD && *w->stop > 0)
            end = RUN_INTERRUPTED;
    }
    show(w, NULL);
    return end;
}

/* ---- the end ---- */

static enum run_end finish(struct weigh *w)
{
    const struct weight_facts facts = {
        .config = w->config, .environment = &w->environment, .features = w->features};
    jsonfile_begin();
    json_t *document = weight_document(&w->weight, &facts);
    const int failure = jsonfile_write(document, w->folder_fd, w->name);
    enum run_end end = RUN_GOOD;
    if (failure < 0)
        end = fail(w, failure, w->file);
    else if (w->config->json)
        end = json_dumpf(document, stdout, JSON_INDENT(2)) == 0 && putchar('\n') == '\n' &&
                      fflush(stdout) == 0
                  ? RUN_GOOD
                  : fail(w, -EIO, "standard output");
    else if (!w->config->quiet)
        weigh_table_print(&w->weight, &w->place, stdout);
    json_decref(document);
    return end;
}

static enum run_end measure(struct weigh *w)
{
    const int64_t start_ns = clock_mono_ns();
    const struct machine_load before = environment_load(NULL, 0);
    clock_format_utc(clock_wall(), w->weight.weighed_utc);
    const enum run_end end = take_steps(w);
    const struct machine_load after = environment_load(NULL, 0);
    w->weight.took_ns = clock_mono_ns() - start_ns;
    w->weight.steal_ns = after.steal_ns - before.steal_ns;
    w->weight.throttled = after.throttled - before.throttled;
    return end;
}

static void clean_up(struct weigh *w)
{
    weigh_stub_stop(&w->stub);
    if (w->runs[0])
        runfolder_remove(w->runs); /* of an interrupted step */
    if (w->runs[0])
        rmdir(w->runs);
    if (w->folder_fd >= 0)
        close(w->folder_fd);
}

enum run_end weigh_once(const struct config *config, const atomic_int *stop,
                        char error[RUN_ERROR_MAX])
{
    struct weigh *w = calloc(1, sizeof *w);
    snprintf(error, RUN_ERROR_MAX, "out of memory\n      free some");
    if (!w)
        return RUN_FAILED;
    w->config = config;
    w->stop = stop;
    w->error = error;
    w->folder_fd = -1;
    w->place.file = w->file;
    enum run_end end = RUN_FAILED;
    if (weigh_stub_find(w->stub_path, error, RUN_ERROR_MAX) == 0) {
        environment_read(&w->environment);
        place_both(w);
        end = open_places(w);
    }
    if (end == RUN_GOOD)
        end = measure(w);
    if (end == RUN_GOOD)
        end = finish(w);
    clean_up(w);
    free(w);
    return end;
}
