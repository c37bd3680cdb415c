/* run_files.h - small run folders for the reporter's tests, written into a directory of their own.
 */
#ifndef TARE_RUN_FILES_H
#define TARE_RUN_FILES_H

#include "limits.h"
#include "row.h"
#include "schema.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_PATH_MAX 512

struct files {
    char root[FILES_PATH_MAX]; /* a new directory */
    char path[FILES_PATH_MAX]; /* the last one that files_path() made */
};

static inline void files_init(struct files *files)
{
    const char *parent = getenv("TMPDIR");
    snprintf(files->root, sizeof files->root, "%s/tare-unit-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(files->root))
        abort();
}

static inline int files_remove_one(const char *path, const struct stat *status, int flag,
                                   struct FTW *ftw)
{
    (void)status;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void files_free(struct files *files)
{
    nftw(files->root, files_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *files_path(struct files *files, const char *name)
{
    const size_t size =
        (size_t)snprintf(files->path, sizeof files->path, "%.200s/%.200s", files->root, name);
    if (size >= sizeof files->path)
        abort();
    return files->path;
}

/* Writes `size` bytes into a file below the root, and returns its path. */
static inline const char *files_write(struct files *files, const char *name, const void *bytes,
                                      size_t size)
{
    const char *path = files_path(files, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
    return path;
}

static inline const char *files_text(struct files *files, const char *name, const char *text)
{
    return files_write(files, name, text, strlen(text));
}

/* Reads a file below the root; owned. */
static inline char *files_read(struct files *files, const char *name)
{
    FILE *file = fopen(files_path(files, name), "r");
    size_t size = 0;
    size_t room = 1 << 16;
    char *text = malloc(room);
    if (!file || !text)
        abort();
    for (size_t got = 1; got > 0; size += got) {
        if (room - size < 2 && !(text = realloc(text, room *= 2)))
            abort();
        got = fread(text + size, 1, room - size - 1, file);
    }
    text[size] = '\0';
    fclose(file);
    return text;
}

static inline int files_count(struct files *files, const char *name)
{
    struct stat status;
    return stat(files_path(files, name), &status) == 0;
}

/* What run.json says, where it differs from request for request of what was written. */
struct files_plan {
    const char *state;    /* NULL: complete */
    const char *loop;     /* NULL: closed */
    const char *samples;  /* NULL: all */
    const char *verdict;  /* NULL: valid */
    const char *reasons;  /* objects of JSON; NULL: none */
    int64_t measure_ns;   /* 0: a second */
    uint64_t connections; /* 0: 20 */
    int64_t due_more;     /* added to the number of requests due */
    int64_t rows_more;    /* to the rows written */
    int64_t done_more;    /* to what run.json says was done while measured */
    uint64_t late;        /* of the measured requests, how many ended after that phase */
};

/* A run that is being written: rows go through files_add(). */
struct files_run {
    struct files *files;
    char name[64];
    struct files_plan plan;
    char *rows; /* samples.csv, owned */
    size_t rows_size;
    FILE *out;
    uint64_t count;
    uint64_t measured;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t measured_outcomes[OUTCOME_COUNT];
};

static inline void files_begin(struct files_run *run, struct files *files, const char *name)
{
    memset(run, 0, sizeof *run);
    run->files = files;
    snprintf(run->name, sizeof run->name, "%s", name);
    mkdir(files_path(files, name), 0777);
    run->out = open_memstream(&run->rows, &run->rows_size);
    fputs(SCHEMA_HEADER_SAMPLES "\n", run->out);
}

/* A success of the measured phase, a millisecond after the one before, with this service time. */
static inline struct sample files_sample(const struct files_run *run, int64_t service_ns)
{
    return (struct sample){.scheduled_ns = (int64_t)run->count * NS_PER_MS,
                           .send_lag_ns = 100,
                           .service_ns = service_ns,
                           .first_byte_ns = service_ns - 1,
                           .receive_lag_ns = 2000,
                           .server_ns = SCHEMA_NS_NONE,
                           .send_path_ns = SCHEMA_NS_NONE,
                           .status = 200,
                           .request = run->count,
                           .bytes_out = 80,
                           .bytes_in = 200,
                           .attempt = 1,
                           .outcome = OUTCOME_OK,
                           .phase = PHASE_MEASURE,
                           .stamp = STAMP_EXACT,
                           .last = true,
                           .has_connection = true};
}

static inline void files_add(struct files_run *run, const struct sample *sample)
{
    char text[ROW_MAX_BYTES];
    fwrite(text, 1, row_format(sample, text), run->out);
    run->count++;
    run->outcomes[sample->outcome]++;
    if (sample->phase == PHASE_MEASURE) {
        run->measured++;
        run->measured_outcomes[sample->outcome]++;
    }
}

static inline void files_add_ok(struct files_run *run, int64_t service_ns)
{
    const struct sample sample = files_sample(run, service_ns);
    files_add(run, &sample);
}

/* A request that timed out after five seconds. */
static inline void files_add_timeout(struct files_run *run)
{
    struct sample sample = files_sample(run, 5 * NS_PER_S);
    sample.outcome = OUTCOME_TIMEOUT;
    sample.status = 0;
    sample.stamp = STAMP_NONE;
    sample.first_byte_ns = SCHEMA_NS_NONE;
    sample.receive_lag_ns = SCHEMA_NS_NONE;
    files_add(run, &sample);
}

static inline void files_put_outcomes(FILE *out, const uint64_t outcomes[OUTCOME_COUNT])
{
    fputs("\"outcomes\":{", out);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "", outcome_name((enum outcome)i),
                outcomes[i]);
    fputs("}", out);
}

static inline void files_put_document(const struct files_run *run, FILE *out)
{
    const struct files_plan *plan = &run->plan;
    const char *loop = plan->loop ? plan->loop : "closed";
    const int is_open = strcmp(loop, "open") == 0;
    const uint64_t due = run->count + (uint64_t)plan->due_more;
    fprintf(out,
            "{\"schema\":1,\"tool\":\"tare\",\"version\":\"0.1.0\",\"state\":\"%s\","
            "\"started_utc\":\"2026-11-20T12:04:00Z\",\"command\":[\"tare\",\"it's\"],\"config\":{"
            "\"loop\":\"%s\",\"connections\":%" PRIu64 ",\"threads\":1,\"rate_per_s\":%s,"
            "\"arrivals\":%s,\"requests\":null,\"duration_ns\":1000000000,\"warmup_ns\":0,"
            "\"grace_ns\":5000000000,\"timeout_ns\":30000000000,\"pipeline\":1,\"wait\":\"block\","
            "\"cpus\":null,\"seed\":1,\"samples\":\"%s\"},",
            plan->state ? plan->state : "complete", loop,
            plan->connections ? plan->connections : 20, is_open ? "1000.5" : "null",
            is_open ? "\"poisson\"" : "null", plan->samples ? plan->samples : "all");
    fputs("\"targets\":[{\"id\":0,\"name\":\"GET /a\",\"method\":\"GET\",\"url\":\"http://h/a\"},"
          "{\"id\":1,\"name\":\"POST /b\",\"method\":\"POST\",\"url\":\"http://h/b\"}],"
          "\"machine\":{\"host\":\"h\",\"kernel\":\"6.1\",\"architecture\":\"x86_64\","
          "\"cpu_model\":\"c\",\"cpus\":2,\"memory_bytes\":1000},\"ring\":{\"liburing\":\"2.3\","
          "\"features\":[\"a\",\"b\"],\"disabled\":[]},\"clocks\":{\"source\":\"tsc\"}",
          out);
    if (plan->state && strcmp(plan->state, "running") == 0) {
        fputs("}\n", out);
        return;
    }
    fprintf(out,
            ",\"elapsed\":{\"warmup_ns\":0,\"measure_ns\":%" PRId64 ",\"grace_ns\":0},\"totals\":{"
            "\"due\":%" PRIu64 ",\"requests\":%" PRIu64 ",\"attempts\":%" PRIu64
            ",\"rows\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"done\":%" PRIu64
            ",\"bytes_in\":1,\"bytes_out\":2,"
            "\"connections_opened\":20},",
            plan->measure_ns ? plan->measure_ns : (int64_t)NS_PER_S, due, run->count, run->count,
            run->count + (uint64_t)plan->rows_more, run->count, run->count);
    files_put_outcomes(out, run->outcomes);
    fprintf(out, ",\"measured\":{\"requests\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"done\":%" PRIu64 ",",
            run->measured, run->measured, run->measured - plan->late + (uint64_t)plan->done_more);
    files_put_outcomes(out, run->measured_outcomes);
    fprintf(out,
            "},\"anomalies\":{\"samples_dropped\":0,\"reconnects\":3},\"recording\":{\"bytes\":10,"
            "\"cpu_ns\":20},\"generator\":{\"cpu_user_ns\":1,\"cpu_system_ns\":2,"
            "\"resident_bytes\":3,\"busy_share\":0.25},\"validity\":{\"verdict\":\"%s\","
            "\"reasons\":[%s],\"limited_by\":\"server\"}}\n",
            plan->verdict ? plan->verdict : "valid", plan->reasons ? plan->reasons : "");
}

/* Writes the files of the run. histograms: rows of histograms.csv, NULL for none. */
static inline void files_end(struct files_run *run, const char *histograms)
{
    char name[128];
    char *text = NULL;
    size_t size = 0;
    fclose(run->out);
    snprintf(name, sizeof name, "%s/%s", run->name, SCHEMA_FILE_SAMPLES);
    if (!run->plan.samples || strcmp(run->plan.samples, "none") != 0)
        files_write(run->files, name, run->rows, run->rows_size);
    free(run->rows);
    FILE *out = open_memstream(&text, &size);
    files_put_document(run, out);
    fclose(out);
    snprintf(name, sizeof name, "%s/%s", run->name, SCHEMA_FILE_RUN);
    files_write(run->files, name, text, size);
    free(text);
    out = open_memstream(&text, &size);
    fprintf(out, "%s\n%s", SCHEMA_HEADER_HISTOGRAMS, histograms ? histograms : "");
    fclose(out);
    snprintf(name, sizeof name, "%s/%s", run->name, SCHEMA_FILE_HISTOGRAMS);
    files_write(run->files, name, text, size);
    free(text);
    out = open_memstream(&text, &size);
    fputs(SCHEMA_HEADER_SECONDS, out);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        fprintf(out, ",%s", outcome_name((enum outcome)i));
    fprintf(out, "\n0,measure,0,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",80,200,5,1", run->measured,
            run->measured, run->measured - run->plan.late);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        fprintf(out, ",%" PRIu64, run->measured_outcomes[i] - (i == OUTCOME_OK ? run->plan.late : 0));
    fputs("\n", out);
    if (run->plan.late > 0)
        fprintf(out, "1,grace,0,0,0,%" PRIu64 ",0,0,0,0", run->plan.late);
    for (int i = 0; i < OUTCOME_COUNT && run->plan.late > 0; i++)
        fprintf(out, ",%" PRIu64 "%s", i == OUTCOME_OK ? run->plan.late : 0,
                i + 1 < OUTCOME_COUNT ? "" : "\n");
    fclose(out);
    snprintf(name, sizeof name, "%s/%s", run->name, SCHEMA_FILE_SECONDS);
    files_write(run->files, name, text, size);
    free(text);
    snprintf(name, sizeof name, "%s/%s", run->name, SCHEMA_FILE_RESOURCES);
    files_text(run->files, name,
               SCHEMA_HEADER_RESOURCES
               "\n0,generator,7,10,20,3000,9,2,0\n1,generator,7,30,40,5000,8,3,0\n");
}

/* A whole run of `count` successes that took 1, 2, 3, ... ms. */
static inline void files_write_run(struct files *files, const char *name, uint64_t count)
{
    struct files_run run;
    files_begin(&run, files, name);
    for (uint64_t i = 1; i <= count; i++)
        files_add_ok(&run, (int64_t)i * NS_PER_MS);
    files_end(&run, NULL);
}

#endif
