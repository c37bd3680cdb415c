/* stub.c - tare-stub: a deterministic HTTP server to load and to test against. Reads the command
 * line, starts a thread for each ring, waits for SIGTERM or SIGINT, and says what was served. */
#include "limits.h"
#include "schema.h"
#include "stub_listener.h"
#include "stub_null.h"
#include "stub_options.h"
#include "stub_server.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WHY_MAX 1024

enum { EXIT_GOOD = 0, EXIT_WRONG_USE = 2 };

/* A thread, and how it fared. */
struct worker {
    pthread_t thread;
    pthread_barrier_t *opened; /* passed once every thread accepts connections, or has failed to */
    struct stub_shared *shared;
    int listener_fd;
    bool failed; /* to open; `why` says it */
    int error;   /* -errno of the ring while it ran */
    int log_error;
    struct stub_counts counts;
    char why[WHY_MAX];
};

static void run_null(struct worker *worker)
{
    struct stub_null *null =
        stub_null_open(worker->shared, worker->listener_fd, worker->why, sizeof worker->why);
    worker->failed = !null;
    pthread_barrier_wait(worker->opened);
    if (!null)
        return;
    worker->error = stub_null_run(null);
    worker->counts = stub_null_counts(null);
    stub_null_close(null);
}

static void run_server(struct worker *worker)
{
    struct stub_server *server =
        stub_server_open(worker->shared, worker->listener_fd, worker->why, sizeof worker->why);
    worker->failed = !server;
    pthread_barrier_wait(worker->opened);
    if (!server)
        return;
    worker->error = stub_server_run(server);
    worker->counts = stub_server_counts(server);
    worker->log_error = stub_server_log_error(server);
    stub_server_close(server);
}

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    if (worker->shared->options->null)
        run_null(worker);
    else
        run_server(worker);
    if (worker->error < 0)
        kill(getpid(), SIGTERM); /* one thread's end is all threads' end */
    return NULL;
}

/* Allows as many descriptors as may be, for a ring's table of sockets is bounded by them. Returns
 * how many connections a thread can hold. */
static uint32_t raise_descriptors(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < LIMIT_STUB_CONNECTIONS_MAX ? (uint32_t)limit.rlim_cur
                                                       : LIMIT_STUB_CONNECTIONS_MAX;
}

/* SIGTERM and SIGINT are taken by sigwait(3) alone; a reader of our output that goes away is no
 * reason to die. */
static void block_signals(sigset_t *ends)
{
    sigemptyset(ends);
    sigaddset(ends, SIGTERM);
    sigaddset(ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, ends, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void complain(const char *why)
{
    fprintf(stderr, "tare-stub: %s\n", why);
}

/* Ends all threads: a listener that is shut down wakes the ring that accepts from it. */
static void stop_workers(struct worker *workers, struct stub_shared *shared)
{
    atomic_store(&shared->stop, true);
    for (uint32_t i = 0; i < shared->options->threads; i++)
        shutdown(workers[i].listener_fd, SHUT_RDWR);
    for (uint32_t i = 0; i < shared->options->threads; i++)
        pthread_join(workers[i].thread, NULL);
}

/* Starts all threads. Where one cannot open what it needs, says why, ends them all and returns false. */
static bool start_workers(struct worker *workers, struct stub_shared *shared, const int *fds,
                          pthread_barrier_t *opened)
{
    const uint32_t count = shared->options->threads;
    pthread_barrier_init(opened, NULL, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        workers[i] = (struct worker){.opened = opened, .shared = shared, .listener_fd = fds[i]};
        const int error = pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]);
        if (error != 0) {
            fprintf(stderr,
                    "tare-stub: cannot start thread %u of %u: %s\n"
                    "      ask for fewer --threads\n",
                    i + 1, count, strerror(error));
            exit(EXIT_WRONG_USE); /* the others wait for it, and cannot be joined */
        }
    }
    pthread_barrier_wait(opened);
    for (uint32_t i = 0; i < count; i++)
        if (workers[i].failed) {
            complain(workers[i].why);
            stop_workers(workers, shared);
            return false;
        }
    return true;
}

static void add_counts(struct stub_counts *sum, const struct stub_counts *counts)
{
    sum->served += counts->served;
    sum->malformed += counts->malformed;
    sum->dropped += counts->dropped;
    sum->connections += counts->connections;
    sum->refused += counts->refused;
    sum->bytes_in += counts->bytes_in;
    sum->bytes_out += counts->bytes_out;
}

static void print_optional(const char *format, uint64_t count)
{
    char text[UNITS_TEXT_MAX];
    if (count > 0)
        printf(format, units_format_count(count, text));
}

static void print_counts(const struct stub_counts *counts)
{
    char served[UNITS_TEXT_MAX], connections[UNITS_TEXT_MAX];
    char in[UNITS_TEXT_MAX], out[UNITS_TEXT_MAX];
    printf("served %s requests on %s connections, %s bytes in, %s out",
           units_format_count(counts->served, served),
           units_format_count(counts->connections, connections),
           units_format_count(counts->bytes_in, in), units_format_count(counts->bytes_out, out));
    print_optional(", %s malformed requests refused", counts->malformed);
    print_optional(", %s answers dropped with their connections", counts->dropped);
    print_optional(", %s connections refused for want of descriptors", counts->refused);
    printf("\n");
    fflush(stdout);
}

/* Sums up; returns the exit code. */
static int finish(const struct worker *workers, const struct stub_options *options)
{
    struct stub_counts sum = {0};
    int code = EXIT_GOOD;
    for (uint32_t i = 0; i < options->threads; i++) {
        add_counts(&sum, &workers[i].counts);
        if (workers[i].error < 0) {
            fprintf(stderr, "tare-stub: the ring failed: %s\n", strerror(-workers[i].error));
            code = EXIT_WRONG_USE;
        }
        if (workers[i].log_error < 0) {
            fprintf(stderr,
                    "tare-stub: the log is not whole: %s: %s\n      make room, and run again\n",
                    options->log_path, strerror(-workers[i].log_error));
            code = EXIT_WRONG_USE;
        }
    }
    print_counts(&sum);
    return code;
}

/* Serves until a signal; returns the exit code. */
static int serve(struct stub_shared *shared, const int *fds, const char *name)
{
    struct worker *workers = calloc(shared->options->threads, sizeof *workers);
    pthread_barrier_t opened;
    sigset_t ends;
    int signal_number;
    if (!workers) {
        complain("not enough memory\n      ask for fewer --threads");
        return EXIT_WRONG_USE;
    }
    block_signals(&ends);
    if (!start_workers(workers, shared, fds, &opened)) {
        pthread_barrier_destroy(&opened);
        free(workers);
        return EXIT_WRONG_USE;
    }
    printf("listening on %s (http://%s/)\n", name, name);
    fflush(stdout);
    sigwait(&ends, &signal_number);
    stop_workers(workers, shared);
    const int code = finish(workers, shared->options);
    pthread_barrier_destroy(&opened);
    free(workers);
    return code;
}

/* Opens what the options name, and serves. */
static int run(const struct stub_options *options)
{
    struct stub_shared shared = {.options = options, .log_fd = -1};
    char name[STUB_LISTENER_NAME_MAX];
    char why[WHY_MAX];
    int fds[LIMIT_THREADS_MAX];
    shared.slots = raise_descriptors();
    if (!stub_listener_open(options, fds, name, why, sizeof why)) {
        complain(why);
        return EXIT_WRONG_USE;
    }
    if (options->log_path)
        shared.log_fd = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (options->log_path && shared.log_fd < 0) {
        fprintf(stderr, "tare-stub: cannot write %s: %s\n      choose another --log file\n",
                options->log_path, strerror(errno));
        return EXIT_WRONG_USE;
    }
    if (stub_body_init(&shared.body, options->body_bytes, options->chunked) < 0) {
        complain("not enough memory for the body\n      ask for a smaller --size");
        return EXIT_WRONG_USE;
    }
    if (stub_queue_init(&shared.queue, options->servers) < 0) {
        complain("not enough memory for the queue\n      ask for fewer --servers");
        return EXIT_WRONG_USE;
    }
    const int code = serve(&shared, fds, name);
    stub_queue_free(&shared.queue);
    stub_body_free(&shared.body);
    return code;
}

int main(int argc, char **argv)
{
    struct stub_options options;
    char why[WHY_MAX];
    switch (stub_options_parse(&options, argc, argv, why, sizeof why)) {
    case STUB_OPTIONS_RUN: return run(&options);
    case STUB_OPTIONS_HELP: fputs(stub_options_help(), stdout); return EXIT_GOOD;
    case STUB_OPTIONS_VERSION: puts("tare-stub " TARE_VERSION); return EXIT_GOOD;
    case STUB_OPTIONS_BAD: complain(why); return EXIT_WRONG_USE;
    }
    return EXIT_WRONG_USE;
}
