/* recorder.c - from the workers' queues to three files and a tally. */
#include "recorder.h"

#include "limits.h"
#include "random.h"
#include "row.h"
#include "units.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* Records in one slice. Beside a worker that keeps to a schedule: so few that they fit a gap. Else many,
 * since to wake and to sleep again costs as much as a hundred records and more (12 to 24 us on a virtual
 * machine): slices of 128 took 0.3 us a request on the CPU of a worker at full speed, these 0.02. */
#define BATCH_PACED 128u
#define BATCH_FULL 4096u
#define PAUSE_MIN_NS (500 * NS_PER_US)
#define PAUSE_MAX_NS (20 * NS_PER_MS)
#define PAUSE_INVITED_NS (100 * NS_PER_MS) /* beside workers at full speed, which invite sooner */
#define HISTOGRAM_ROW_MAX_BYTES 256

int recorder_open(struct recorder *r, const struct config *config, struct worker *workers,
                  int folder_fd)
{
    r->config = config;
    r->workers = workers;
    r->discards = units_list_has(getenv("TARE_DISABLE"), "recording");
    r->samples.fd = -1;
    histogram_init(&r->second_latency, 2);
    histogram_init(&r->second_lag, 2);
    pthread_mutex_init(&r->live_lock, NULL);
    r->error_file = "memory";
    r->targets = config->targets ? config->targets_count : 1;
    r->seconds = calloc(r->targets, sizeof *r->seconds);
    int error = r->seconds ? tally_init(&r->tally, r->targets, config->loop == LOOP_OPEN) : -ENOMEM;
    for (uint32_t i = 0; i < r->targets && error == 0; i++)
        error = seconds_init(&r->seconds[i], config->threads);
    if (error == 0 && config->samples_one_in > 0) {
        r->error_file = SCHEMA_FILE_SAMPLES;
        error = outfile_open(&r->samples, folder_fd, SCHEMA_FILE_SAMPLES, SCHEMA_HEADER_SAMPLES);
    }
    if (error == 0) {
        r->error_file = SCHEMA_FILE_HISTOGRAMS;
        error = outfile_open(&r->histograms, folder_fd, SCHEMA_FILE_HISTOGRAMS,
                             SCHEMA_HEADER_HISTOGRAMS);
    }
    if (error == 0) {
        r->error_file = SCHEMA_FILE_SECONDS;
        error = outfile_open(&r->seconds_file, folder_fd, SCHEMA_FILE_SECONDS, seconds_header());
    }
    return error;
}

void recorder_free(struct recorder *r)
{
    tally_free(&r->tally);
    for (uint32_t i = 0; r->seconds && i < r->targets; i++)
        seconds_free(&r->seconds[i]);
    free(r->seconds);
    histogram_free(&r->second_latency);
    histogram_free(&r->second_lag);
    pthread_mutex_destroy(&r->live_lock);
}

static void fail(struct recorder *r, int error, const char *file)
{
    if (r->error == 0) {
        r->error = error;
        r->error_file = file;
    }
    __atomic_store_n(&r->failed, true, __ATOMIC_RELAXED);
}

static void check_file(struct recorder *r, const struct outfile *file)
{
    if (file->error != 0)
        fail(r, file->error, file->name);
}

/* ---- rows ---- */

/* An unbiased, seeded draw that does not depend on the order in which requests end. */
static bool is_drawn(const struct config *config, const struct sample *sample)
{
    return config->samples_one_in == 1 ||
           (config->samples_one_in > 1 &&
            random_mix(config->seed ^ random_mix(sample->request * 64 + sample->attempt)) %
                    config->samples_one_in ==
                0);
}

static char *put_field(const char *name, char *at)
{
    at = mempcpy(at, name, strlen(name));
    *at++ = ',';
    return at;
}

/* What stands before the bucket is the same for all rows of a series. */
static void start_histogram_rows(struct recorder *r, const struct tally_row *row)
{
    char *at = r->histogram_start;
    if (row->slice_ns != SCHEMA_NS_NONE)
        at = row_format_i64(row->slice_ns, at);
    *at++ = ',';
    at = put_field(schema_phase_name(row->phase), at);
    at = row_format_u64(row->target, at);
    *at++ = ',';
    at = put_field(outcome_name(row->outcome), at);
    at = put_field(schema_series_name(row->series), at);
    r->histogram_start_size = (size_t)(at - r->histogram_start);
}

static void write_histogram_row(void *context, const struct tally_row *row)
{
    struct recorder *r = context;
    char *text = outfile_row(&r->histograms, HISTOGRAM_ROW_MAX_BYTES);
    if (row->is_first)
        start_histogram_rows(r, row);
    memcpy(text, r->histogram_start, sizeof r->histogram_start);
    char *at = row_format_i64(row->bucket.low_ns, text + r->histogram_start_size);
    *at++ = ',';
    at = row_format_i64(row->bucket.high_ns, at);
    *at++ = ',';
    at = row_format_u64(row->bucket.count, at);
    *at++ = '\n';
    outfile_commit(&r->histograms, (size_t)(at - text));
}

/* Adds a target's row to those of the same time; where it is of another, begins anew. */
static void sum_second(struct recorder *r, const struct seconds_row *row)
{
    struct seconds_row *sum = &r->second;
    if (row->second != sum->second || row->phase != sum->phase)
        *sum = (struct seconds_row){.second = row->second, .phase = row->phase};
    sum->done += row->done;
    sum->in_flight += row->in_flight;
    sum->backlog += row->backlog;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        sum->outcomes[i] += row->outcomes[i];
}

/* Shows the second whose last target's row has come. */
static void publish_second(struct recorder *r)
{
    const struct seconds_row *row = &r->second;
    pthread_mutex_lock(&r->live_lock);
    r->live.seconds = row->second + 1;
    r->live.done = row->done;
    r->live.in_flight = (uint32_t)row->in_flight;
    r->live.backlog = row->backlog;
    r->live.requests += row->done;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS)
            r->live.failures += row->outcomes[i];
    r->live.p50_ns =
        histogram_at_rank(&r->second_latency, units_rank(r->second_latency.count, 500000));
    r->live.p99_ns =
        histogram_at_rank(&r->second_latency, units_rank(r->second_latency.count, 990000));
    r->live.send_lag_p99_ns =
        histogram_at_rank(&r->second_lag, units_rank(r->second_lag.count, 990000));
    pthread_mutex_unlock(&r->live_lock);
    histogram_clear(&r->second_latency);
    histogram_clear(&r->second_lag);
    r->second = (struct seconds_row){0};
}

static void write_second(void *context, const struct seconds_row *row)
{
    struct recorder *r = context;
    char *text = outfile_row(&r->seconds_file, SECONDS_ROW_MAX_BYTES);
    outfile_commit(&r->seconds_file, seconds_format(row, (uint16_t)r->seconds_target, text));
    outfile_flush(&r->seconds_file);
    check_file(r, &r->seconds_file);
    /* What stands in the other files should not be older than a second when the run is killed. */
    outfile_flush(&r->samples);
    outfile_flush(&r->histograms);
    if (row->phase == PHASE_MEASURE) {
        r->done_measured += row->done;
        r->sent_measured += row->sent;
    }
    sum_second(r, row);
    if (r->seconds_target == r->targets - 1)
        publish_second(r);
}

/* For the live line, which can do without a value where memory is short. */
static inline void count_live(struct histogram *h, int64_t value_ns)
{
    if (!histogram_count_bucket(h, HISTOGRAM_HALF_BITS_2, value_ns))
        histogram_record(h, value_ns, 1);
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
}

static void add_sample(struct recorder *r, uint32_t worker, const struct sample *sample)
{
    if (__builtin_expect(r->discards, 0)) {
        r->rows_discarded++;
        return;
    }
    const int error = tally_add(&r->tally, sample, write_histogram_row, r);
    if (__builtin_expect(error < 0, 0))
        fail(r, error, "memory");
    seconds_add(&r->seconds[sample->target], worker, sample);
    if (sample->last && outcome_class((enum outcome)sample->outcome) == OUTCOME_SUCCESS) {
        count_live(&r->second_latency, r->config->loop == LOOP_OPEN ? schema_response_ns(sample)
                                                                    : sample->service_ns);
        count_live(&r->second_lag, sample->send_lag_ns);
    }
    if (!is_drawn(r->config, sample))
        return;
    outfile_commit(&r->samples, row_format_next(&r->row, sample, outfile_row(&r->samples, ROW_MAX_BYTES)));
    r->rows_written++;
}

/* ---- the thread ---- */

uint32_t recorder_take(struct recorder *r, uint32_t index, uint32_t max)
{
    struct sample_queue *queue = &r->workers[index].samples;
    uint32_t ready = sample_ready(queue);
    if (ready > max)
        ready = max;
    for (uint32_t i = 0; i < ready; i++) {
        const struct sample_record *record = sample_at(queue, i);
        if (record->is_tick) {
            r->seconds_target = record->tick.target;
            seconds_tick(&r->seconds[record->tick.target], index, &record->tick, write_second, r);
        } else {
            add_sample(r, index, &record->sample);
        }
    }
    sample_release(queue, ready);
    check_file(r, &r->samples);
    check_file(r, &r->histograms);
    return ready;
}

/* A worker has no more ticks. */
static void end_seconds(struct recorder *r, uint32_t worker)
{
    for (r->seconds_target = 0; r->seconds_target < r->targets; r->seconds_target++)
        seconds_end(&r->seconds[r->seconds_target], worker, write_second, r);
}

/* Is a worker done? To be asked before the last look at its queue. */
static bool is_done(const struct recorder *r, uint32_t index)
{
    return __atomic_load_n(&r->workers[index].is_done, __ATOMIC_ACQUIRE);
}

static bool are_done(const struct recorder *r)
{
    for (uint32_t i = 0; i < r->config->threads; i++)
        if (!is_done(r, i))
            return false;
    return true;
}

static void record_until_done(struct recorder *r)
{
    const bool is_paced = r->shares_cpu && r->config->loop == LOOP_OPEN;
    const bool is_invited = r->config->loop == LOOP_CLOSED;
    const uint32_t batch = is_paced ? BATCH_PACED : BATCH_FULL;
    int64_t pause_ns = PAUSE_MIN_NS;
    for (;;) {
        const unsigned mark = invite_mark(&r->invite);
        const bool done = are_done(r);
        uint32_t most = 0;
        bool is_behind = false;
        for (uint32_t i = 0; i < r->config->threads; i++) {
            const bool has_ended = is_done(r, i);
            const uint32_t taken = recorder_take(r, i, batch);
            if (has_ended && sample_ready(&r->workers[i].samples) == 0)
                end_seconds(r, i);
            most = taken > most ? taken : most;
            is_behind |= sample_ready(&r->workers[i].samples) > LIMIT_SAMPLES_QUEUED / 4;
        }
        if (done && most == 0)
            return;
        /* The pause is steered so that a slice has work for about half its size. */
        if (most < batch / 4 && pause_ns < PAUSE_MAX_NS)
            pause_ns += pause_ns / 2;
        else if (most > batch / 2 && pause_ns > PAUSE_MIN_NS)
            pause_ns -= pause_ns / 3;
        if (!is_behind && !done)
            invite_await(&r->invite, mark, is_invited ? PAUSE_INVITED_NS : pause_ns);
    }
}

void *recorder_main(void *argument)
{
    struct recorder *r = argument;
    prctl(PR_SET_NAME, "tare-recorder");
    if (r->cpu >= 0) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET((size_t)r->cpu, &cpus);
        sched_setaffinity(0, sizeof cpus, &cpus);
    }
    record_until_done(r);
    for (r->seconds_target = 0; r->seconds_target < r->targets; r->seconds_target++)
        seconds_finish(&r->seconds[r->seconds_target], write_second, r);
    tally_close_slices(&r->tally, write_histogram_row, r);
    tally_visit_whole(&r->tally, write_histogram_row, r);
    struct outfile *files[] = {&r->samples, &r->histograms, &r->seconds_file};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const int error = outfile_close(files[i]);
        if (error < 0)
            fail(r, error, files[i]->name);
    }
    r->cpu_ns = clock_thread_cpu_ns();
    return NULL;
}

struct recorder_live recorder_look(struct recorder *r)
{
    pthread_mutex_lock(&r->live_lock);
    const struct recorder_live live = r->live;
    pthread_mutex_unlock(&r->live_lock);
    return live;
}
