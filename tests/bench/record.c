/* record.c - what recording costs a row: samples like a run's go through the writer's own path,
 * from the queue to tally, seconds and files, slice by slice, without a server or a second thread.
 *
 *   record [NAME=VALUE...]    names and defaults: struct bench below; prints one line
 *
 * CPU time is the thread's, without what reading it costs. `cold_kb` empties the caches of that
 * much before each slice, as a worker does that shares the CPU. For instructions instead of time:
 * valgrind --tool=callgrind --toggle-collect=recorder_take build/tools/record (record.mjs does). */
#include "clock.h"
#include "limits.h"
#include "random.h"
#include "recorder.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the command line may set. */
struct bench {
    uint64_t open; /* 1: open loop */
    uint64_t rate; /* requests per second */
    uint64_t connections;
    uint64_t rows;
    uint64_t slice;   /* records the writer takes at once */
    uint64_t cold_kb; /* 0: warm */
    uint64_t one_in;  /* rows of samples.csv: 1 all, 0 none */
    uint64_t file;    /* 1: into files in the current directory, else samples.csv is /dev/null */
};

static void set_name(struct bench *b, const char *argument)
{
    const struct {
        const char *name;
        uint64_t *value;
    } names[] = {{"open", &b->open},     {"rate", &b->rate},   {"connections", &b->connections},
                 {"rows", &b->rows},     {"slice", &b->slice}, {"cold_kb", &b->cold_kb},
                 {"one_in", &b->one_in}, {"file", &b->file}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t size = strlen(names[i].name);
        if (strncmp(argument, names[i].name, size) == 0 && argument[size] == '=') {
            *names[i].value = strtoull(argument + size + 1, NULL, 10);
            return;
        }
    }
    fprintf(stderr, "record: %s is no NAME=VALUE of this program\n", argument);
    exit(2);
}

/* A time of this median whose logarithm is spread like a loopback server's: p99 about 4 x p50. */
static int64_t draw_ns(uint64_t *seed, double median_ns)
{
    const double u = random_unit(seed), v = random_unit(seed);
    return (int64_t)(median_ns * exp(0.6 * sqrt(-2 * log(u)) * cos(6.283185307179586 * v)));
}

/* Sample number i. A closed loop of many connections waits for the generator itself, an open one
 * for the server; answers come in one receive, so that the first byte is the last. */
static struct sample make_sample(const struct bench *b, uint64_t i, uint64_t *seed)
{
    const double turn_ns = 4500.0 * (double)b->connections;
    const int64_t service_ns = draw_ns(seed, b->open ? 28000 : turn_ns / 4);
    return (struct sample){
        .scheduled_ns = (int64_t)((double)i * 1e9 / (double)b->rate),
        .send_lag_ns = draw_ns(seed, b->open ? 200 : turn_ns / 2),
        .first_byte_ns = service_ns,
        .service_ns = service_ns,
        .receive_lag_ns = draw_ns(seed, b->open ? 2000 : turn_ns / 4),
        .server_ns = SCHEMA_NS_NONE,
        .send_path_ns = SCHEMA_NS_NONE,
        .request = i,
        .bytes_in = 97,
        .bytes_out = 65,
        .connection = (uint32_t)(random_next(seed) % b->connections),
        .has_connection = true,
        .status = 200,
        .attempt = 1,
        .outcome = OUTCOME_OK,
        .phase = PHASE_MEASURE,
        .stamp = STAMP_EXACT,
        .last = true,
    };
}

static void push_slice(const struct bench *b, struct sample_queue *queue, uint64_t from,
                       uint64_t *seed)
{
    for (uint64_t i = from; i < from + b->slice; i++) {
        struct sample_record *record = sample_next(queue);
        record->is_tick = i % b->rate == b->rate - 1;
        if (record->is_tick)
            record->tick = (struct tick){.second = (uint32_t)(i / b->rate), .phase = PHASE_MEASURE};
        else
            record->sample = make_sample(b, i, seed);
        sample_push(queue);
    }
}

/* Puts other bytes into the caches; the sum keeps the compiler from leaving it out. */
static uint64_t chill(uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < size; at += 64)
        sum += bytes[at]++;
    return sum;
}

static int64_t reading_costs_ns(void)
{
    const int64_t before_ns = clock_thread_cpu_ns();
    for (int i = 0; i < 999; i++)
        clock_thread_cpu_ns();
    return (clock_thread_cpu_ns() - before_ns) / 1000;
}

static int64_t run_slices(const struct bench *b, struct recorder *r, struct worker *worker)
{
    uint8_t *cold = calloc(1, b->cold_kb * 1024 + 1);
    const int64_t reading_ns = reading_costs_ns();
    uint64_t seed = 1, kept = 0;
    int64_t spent_ns = 0;
    for (uint64_t done = 0; done < b->rows; done += b->slice) {
        push_slice(b, &worker->samples, done, &seed);
        kept += chill(cold, b->cold_kb * 1024);
        const int64_t before_ns = clock_thread_cpu_ns();
        recorder_take(r, 0, (uint32_t)b->slice);
        spent_ns += clock_thread_cpu_ns() - before_ns - reading_ns;
    }
    free(cold);
    return kept == 1 ? 0 : spent_ns;
}

int main(int count, char **arguments)
{
    struct bench b = {
        .rate = 200000, .connections = 64, .rows = 1000000, .slice = 128, .one_in = 1};
    for (int i = 1; i < count; i++)
        set_name(&b, arguments[i]);
    char folder[] = "record-XXXXXX";
    const struct config config = {.loop = b.open ? LOOP_OPEN : LOOP_CLOSED,
                                  .threads = 1,
                                  .samples_one_in = (uint32_t)b.one_in};
    static struct worker worker;
    static struct recorder recorder;
    const int folder_fd = mkdtemp(folder) ? open(folder, O_RDONLY | O_DIRECTORY) : -1;
    if (folder_fd < 0 || sample_queue_init(&worker.samples, LIMIT_SAMPLES_QUEUED) < 0 ||
        recorder_open(&recorder, &config, &worker, folder_fd) < 0) {
        perror("record");
        return 2;
    }
    if (!b.file && b.one_in > 0)
        dup2(open("/dev/null", O_WRONLY), recorder.samples.fd);
    const int64_t spent_ns = run_slices(&b, &recorder, &worker);
    worker.is_done = true;
    recorder_main(&recorder);
    printf("%s loop, slices of %llu, caches %s, samples.csv %s: %.1f ns a row\n",
           b.open ? "open" : "closed", (unsigned long long)b.slice, b.cold_kb ? "cold" : "warm",
           b.one_in == 0 ? "none"
           : b.file      ? "a file"
                         : "/dev/null",
           (double)spent_ns / (double)b.rows);
    const char *names[] = {SCHEMA_FILE_SAMPLES, SCHEMA_FILE_HISTOGRAMS, SCHEMA_FILE_SECONDS};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlinkat(folder_fd, names[i], 0);
    rmdir(folder);
    recorder_free(&recorder);
    sample_queue_free(&worker.samples);
    return recorder.error == 0 ? 0 : 1;
}
