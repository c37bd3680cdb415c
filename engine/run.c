/* run.c - the order of things in a run; each of them is another file's. */
#include "run.h"

#include "environment.h"
#include "gather.h"
#include "runfolder.h"
#include "limits.h"
#include "preflight.h"
#include "progress.h"
#include "recorder.h"
#include "resources.h"
#include "runfile.h"
#include "summary.h"
#include "verdict.h"
#include "weight.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define WATCH_EVERY_NS (200 * NS_PER_MS)
#define START_AFTER_NS (2 * NS_PER_MS) /* so that every worker is awake when the clock starts */
#define OFFSET_CHANGE_MAX_NS NS_PER_US

struct run {
    const struct config *config;
    const atomic_int *stop;
    char *error;

    struct url url;
    struct routes routes;
    struct tls_options tls; /* of an https URL */
    struct targets targets;
    struct environment environment;
    struct runfolder folder;
    struct outfile resources_file;
    int64_t resources_second; /* of its last row; -1 */
    int stamps_fd; /* keeps the kernel's stamping on where a server closes every connection */
    struct weight weight; /* of this machine's scale, where the runfile points to it */
    struct runfile runfile;

    struct clock clock;
    struct startline startline;
    struct worker_shared shared;
    struct worker *workers;
    uint32_t workers_started;
    bool recorder_started;
    struct recorder recorder;
    struct progress progress;

    struct rusage usage_start;
    struct machine_load load_start;
    struct result result;
    bool is_told; /* there is something to print */
};

/* ---- before anything is written ---- */

static int render(struct run *run)
{
    const int error = targets_render(&run->targets, run->config, run->error);
    if (error < 0)
        return error;
    run->url = run->targets.all[0].url;
    return 0;
}

/* ---- set-up ---- */

static void describe(struct run *run, const bool *features)
{
    run->runfile = (struct runfile){.config = run->config,
                                    .routes = &run->routes,
                                    .targets = &run->targets,
                                    .environment = &run->environment,
                                    .started = clock_wall(),
                                    .features = features};
}

/* What `tare --weigh` found here goes along. A file that is none of ours is told, and left alone. */
static void take_weight(struct run *run)
{
    switch (weight_find(run->folder.fd, &run->environment, &run->weight)) {
    case WEIGHT_FOUND: run->runfile.weight = &run->weight; break;
    case WEIGHT_NONE: break;
    case WEIGHT_BROKEN:
        if (!run->config->quiet)
            fprintf(stderr,
                    "tare: the " SCHEMA_FILE_WEIGHT " beside %s is not as tare writes it, and is not "
                    "taken along\n      weigh anew with tare --weigh, or remove it\n",
                    run->folder.path);
    }
}

static int open_files(struct run *run)
{
    int error = runfolder_open(&run->folder, run->config->output, run->error);
    if (error < 0)
        return error;
    take_weight(run);
    run->recorder.error_file = SCHEMA_FILE_RESOURCES;
    error = outfile_open(&run->resources_file, run->folder.fd, SCHEMA_FILE_RESOURCES,
                         SCHEMA_HEADER_RESOURCES);
    if (error == 0)
        error = recorder_open(&run->recorder, run->config, run->workers, run->folder.fd);
    if (error == 0) {
        run->recorder.error_file = SCHEMA_FILE_RUN;
        error = runfile_write(&run->runfile, NULL, run->folder.fd);
    }
    if (error < 0)
        snprintf(run->error, RUN_ERROR_MAX,
                 "%s/%s cannot be written: %s\n      free space, or name another folder with -o",
                 run->folder.path, run->recorder.error_file, strerror(-error));
    return error;
}

static int make_workers(struct run *run)
{
    const struct config *c = run->config;
    const uint64_t in_flight_max =
        worker_share(c->connections, 0, c->threads) * (uint64_t)c->pipeline;
    uint32_t queued =
        (uint32_t)(2 * in_flight_max) + 2 * run->targets.count + LIMIT_SAMPLES_FEWEST;
    if (queued < LIMIT_SAMPLES_QUEUED && !ring_disabled("queue_room"))
        queued = LIMIT_SAMPLES_QUEUED;
    const bool is_only = run->targets.all[0].request.is_only; /* the user's Connection: close is --reuse off */
    run->shared = (struct worker_shared){.config = c,
                                         .tls = run->url.scheme == URL_HTTPS ? &run->tls : NULL,
                                         .routes = &run->routes,
                                         .targets = &run->targets,
                                         .requests_each = is_only ? 1
                                                          : c->requests_per_connection > 0
                                                              ? c->requests_per_connection
                                                              : UINT32_MAX,
                                         .clock = &run->clock,
                                         .stop = run->stop,
                                         .startline = &run->startline,
                                         .invite = &run->recorder.invite,
                                         .failed = &run->recorder.failed};
    run->workers = aligned_alloc(64, c->threads * sizeof *run->workers);
    if (!run->workers)
        return -ENOMEM;
    memset(run->workers, 0, c->threads * sizeof *run->workers);
    for (uint32_t i = 0; i < c->threads; i++) {
        struct worker *w = &run->workers[i];
        w->shared = &run->shared;
        w->index = i;
        w->cpu = c->cpus_count > 0 ? c->cpus[i % c->cpus_count] : -1;
        w->limit = c->requests > 0 ? worker_share(c->requests, i, c->threads) : UINT64_MAX;
        if (sample_queue_init(&w->samples, queued) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Where the writer works: beside pinned workers on a CPU of its own, if there is one. */
static void place_recorder(struct run *run)
{
    const struct config *c = run->config;
    run->recorder.cpu = c->cpus_count > 0 ? environment_spare_cpu(c->cpus, c->cpus_count) : -1;
    run->recorder.shares_cpu = c->cpus_count > 0 ? run->recorder.cpu < 0
                                                 : run->environment.cpus_allowed <= c->threads;
    run->shared.lends_cpu = run->recorder.shares_cpu;
}

static int start_threads(struct run *run)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    int error = pthread_create(&run->recorder.thread, NULL, recorder_main, &run->recorder);
    run->recorder_started = error == 0;
    while (error == 0 && run->workers_started < run->config->threads) {
        struct worker *w = &run->workers[run->workers_started];
        error = pthread_create(&w->thread, NULL, worker_main, w);
        run->workers_started += error == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        snprintf(run->error, RUN_ERROR_MAX,
                 "a thread cannot be started: %s\n      ask for fewer (-t)", strerror(error));
    return -error;
}

/* After the workers have connected: a failed set-up, or no connection at all, ends the run. */
static int check_workers(struct run *run)
{
    uint64_t standing = 0;
    const char *why = "";
    int connect_error = 0;
    for (uint32_t i = 0; i < run->config->threads; i++) {
        const struct worker *w = &run->workers[i];
        if (w->error < 0) {
            ring_explain(w->error, w->error_step, run->error, RUN_ERROR_MAX);
            return w->error;
        }
        standing += w->table.size[LIST_IDLE];
        connect_error = w->connect_error < 0 ? w->connect_error : connect_error;
        why = w->tls_why[0] ? w->tls_why : why;
    }
    if (standing > 0 || *run->stop > 0)
        return 0;
    snprintf(run->error, RUN_ERROR_MAX,
             "%s took one connection and then none: %s\n      check the server's log and its limit "
             "of connections",
             run->routes.to[0].text,
             *why ? why : strerror(connect_error < 0 ? -connect_error : ETIMEDOUT));
    return connect_error < 0 ? connect_error : -ETIMEDOUT;
}

/* ---- while it runs ---- */

static bool are_workers_done(const struct run *run)
{
    for (uint32_t i = 0; i < run->config->threads; i++)
        if (!__atomic_load_n(&run->workers[i].is_done, __ATOMIC_ACQUIRE))
            return false;
    return true;
}

static void watch_clocks(struct run *run)
{
    int64_t error_ns;
    int64_t change_ns = clock_offset_ns(&error_ns) - run->clock.offset_ns;
    if (change_ns < 0)
        change_ns = -change_ns;
    if (change_ns > run->result.offset_change_max_ns)
        run->result.offset_change_max_ns = change_ns;
    run->result.anomalies[ANOMALY_CLOCK_STEPPED] += 
        change_ns > OFFSET_CHANGE_MAX_NS + error_ns + run->clock.offset_error_ns;
}

static void watch_resources(struct run *run, int64_t now_ns)
{
    const int64_t second = now_ns / NS_PER_S;
    const struct machine_load load = environment_load(run->config->cpus, run->config->cpus_count);
    struct resources own;
    if (second == run->resources_second || resources_read(getpid(), &own) < 0)
        return;
    run->resources_second = second;
    resources_write_second(&run->resources_file, (uint32_t)second, &own, run->workers,
                           run->workers_started, load.steal_ns - run->load_start.steal_ns);
    if (own.resident_bytes > run->result.resident_bytes)
        run->result.resident_bytes = own.resident_bytes;
}

static void watch(struct run *run)
{
    int64_t next_second_ns = NS_PER_S;
    watch_resources(run, 0);
    while (!are_workers_done(run)) {
        clock_sleep_until(clock_mono_ns() + WATCH_EVERY_NS);
        const int64_t now_ns = clock_now_ns(&run->clock);
        if (now_ns >= next_second_ns) {
            watch_clocks(run);
            watch_resources(run, now_ns);
            next_second_ns = (now_ns / NS_PER_S + 1) * NS_PER_S;
        }
        const struct recorder_live live = recorder_look(&run->recorder);
        progress_show(&run->progress, now_ns, &live);
    }
    watch_clocks(run);
    watch_resources(run, clock_now_ns(&run->clock));
    progress_clear(&run->progress);
}

/* ---- the end ---- */

static enum run_end close_run(struct run *run)
{
    struct result *r = &run->result;
    const bool disk_failed = run->recorder.failed;
    r->is_interrupted = *run->stop > 0 || disk_failed;
    gather_result(r, run->config, run->workers, &run->recorder);
    verdict_judge(run->config, r);
    outfile_close(&run->resources_file);
    const int error = runfile_write(&run->runfile, r, run->folder.fd);
    if (disk_failed || error < 0) {
        snprintf(run->error, RUN_ERROR_MAX,
                 "%s/%s could not be written: %s\n      what was measured before it stands there "
                 "and can be read; free space and run again",
                 run->folder.path, disk_failed ? run->recorder.error_file : SCHEMA_FILE_RUN,
                 strerror(disk_failed ? -run->recorder.error : -error));
        return RUN_FAILED;
    }
    run->is_told = true;
    if (r->is_interrupted)
        return RUN_INTERRUPTED;
    return r->verdict == VERDICT_VALID     ? RUN_GOOD
           : r->verdict == VERDICT_SUSPECT ? RUN_SUSPECT
                                           : RUN_INVALID;
}

static int64_t of_timeval_ns(struct timeval t)
{
    return t.tv_sec * NS_PER_S + t.tv_usec * NS_PER_US;
}

static void weigh_generator(struct run *run)
{
    struct result *r = &run->result;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    r->cpu_user_ns = of_timeval_ns(usage.ru_utime) - of_timeval_ns(run->usage_start.ru_utime);
    r->cpu_system_ns = of_timeval_ns(usage.ru_stime) - of_timeval_ns(run->usage_start.ru_stime);
    const struct machine_load load = environment_load(run->config->cpus, run->config->cpus_count);
    r->load.steal_ns = load.steal_ns - run->load_start.steal_ns;
    r->load.wanted_ns = load.wanted_ns - run->load_start.wanted_ns;
    r->load.throttled = load.throttled - run->load_start.throttled;
    r->load.throttled_ns = load.throttled_ns - run->load_start.throttled_ns;
}

static int prepare(struct run *run)
{
    int error = render(run);
    if (error == 0)
        error = preflight_descriptors(run->config, run->error);
    if (error == 0)
        error = preflight_ring(run->error);
    if (error < 0)
        return error;
    run->stamps_fd = environment_hold_stamps();
    run->result.stamps_promised = run->stamps_fd >= 0 && !run->config->unix_socket;
    environment_read(&run->environment);
    error = preflight_routes(run->config, &run->url, &run->routes, &run->result.local_ports,
                             run->error);
    if (error == 0)
        error = preflight_tls(run->config, &run->url, &run->routes.to[0], &run->tls, run->error);
    if (error == 0)
        error = make_workers(run);
    if (error < 0)
        return error;
    place_recorder(run);
    describe(run, run->workers[0].features);
    return open_files(run);
}

/* Starts the clock when all are connected, and watches until the workers are done. */
static int measure(struct run *run)
{
    run->clock = clock_start(); /* provisional: times before the start count from here */
    startline_init(&run->startline);
    int error = start_threads(run);
    startline_await(&run->startline, run->workers_started);
    if (error == 0)
        error = check_workers(run);
    for (uint32_t i = 0; i < run->config->threads && error < 0; i++) {
        run->workers[i].error = error; /* none of them begins */
        if (i >= run->workers_started)
            __atomic_store_n(&run->workers[i].is_done, true, __ATOMIC_RELEASE);
    }
    getrusage(RUSAGE_SELF, &run->usage_start);
    run->load_start = environment_load(run->config->cpus, run->config->cpus_count);
    run->clock = clock_start();
    run->clock.start_mono_ns += START_AFTER_NS;
    run->runfile.started = clock_wall();
    startline_open(&run->startline);
    if (error == 0)
        watch(run);
    for (uint32_t i = 0; i < run->workers_started; i++)
        pthread_join(run->workers[i].thread, NULL);
    if (run->recorder_started)
        pthread_join(run->recorder.thread, NULL);
    startline_free(&run->startline);
    weigh_generator(run);
    return error;
}

static void free_run(struct run *run)
{
    for (uint32_t i = 0; run->workers && i < run->config->threads; i++)
        worker_free(&run->workers[i]);
    result_free(&run->result);
    recorder_free(&run->recorder);
    targets_free(&run->targets);
    runfolder_close(&run->folder);
    if (run->stamps_fd >= 0)
        close(run->stamps_fd);
    free(run->workers);
    free(run);
}

/* NULL where memory is lacking; `error` says so then. */
static struct run *make_run(const struct config *config, const atomic_int *stop,
                            char error[RUN_ERROR_MAX])
{
    struct run *run = calloc(1, sizeof *run);
    snprintf(error, RUN_ERROR_MAX, "out of memory\n      ask for fewer connections or threads");
    if (!run)
        return NULL;
    run->config = config;
    run->stop = stop;
    run->error = error;
    run->folder.fd = -1;
    run->resources_file.fd = -1;
    run->resources_second = -1;
    run->stamps_fd = -1;
    progress_init(&run->progress, config);
    return run;
}

/* All of a run but what is printed at its end. */
static enum run_end perform(struct run *run)
{
    if (prepare(run) < 0) /* interrupted: while a connection was tried */
        return *run->stop > 0 ? RUN_INTERRUPTED : RUN_FAILED;
    progress_announce(&run->progress, run->config->url);
    if (measure(run) == 0)
        return close_run(run);
    runfolder_discard(&run->folder);
    return RUN_FAILED;
}

static void tell(const struct run *run)
{
    const struct config *config = run->config;
    if (config->json)
        runfile_print(&run->runfile, &run->result, run->folder.path, stdout);
    else if (!config->quiet)
        summary_print(config, &run->result, run->runfile.weight, run->folder.path,
                      isatty(STDOUT_FILENO) && run->progress.has_colour, stdout);
}

enum run_end run_execute(const struct config *config, const atomic_int *stop, struct result *result,
                         char error[RUN_ERROR_MAX])
{
    struct run *run = make_run(config, stop, error);
    memset(result, 0, sizeof *result);
    if (!run)
        return RUN_FAILED;
    const enum run_end end = perform(run);
    *result = run->result;
    memset(&run->result, 0, sizeof run->result); /* its histograms have changed hands */
    free_run(run);
    return end;
}

enum run_end run_once(const struct config *config, const atomic_int *stop, char error[RUN_ERROR_MAX])
{
    struct run *run = make_run(config, stop, error);
    if (!run)
        return RUN_FAILED;
    const enum run_end end = perform(run);
    if (run->is_told)
        tell(run);
    free_run(run);
    return end;
}
