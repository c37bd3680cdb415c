/* readers_fuzz.c - every file that tare-report reads, of any bytes: it is taken, or refused in words.
 * The name of the program says which: samples, histograms, seconds, resources, run, baseline; or
 * whole, a real run of which one file is replaced, and the report of it is written.
 * Files with a header are given it, unless the input begins with a zero byte. */
#include "adder.h"
#include "baseline.h"
#include "buckets.h"
#include "csv.h"
#include "folder.h"
#include "json.h"
#include "junit.h"
#include "markdown.h"
#include "page.h"
#include "report.h"
#include "samples.h"
#include "resource_rows.h"
#include "second_rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define TARGETS 2
#define PATH_BYTES 400

static const char *const kinds[] = {"samples", "histograms", "seconds", "resources",
                                    "run",     "baseline",   "whole"};
enum kind { SAMPLES, HISTOGRAMS, SECONDS, RESOURCES, RUN, BASELINE, WHOLE, KINDS };

static enum kind kind = KINDS;
static char folder[PATH_BYTES]; /* a run's, in memory */
static char path[PATH_BYTES + 40];
static int files[6]; /* of the folder, kept open: to make one anew takes longer than to read it */
static char *originals[RUN + 1]; /* of the real run, for WHOLE */
static const char *const names[] = {"samples.csv", "histograms.csv", "seconds.csv", "resources.csv",
                                    "run.json", "baseline.json"};
static char *headers[RUN];
static const char *const fixed_headers[] = {SCHEMA_HEADER_SAMPLES, SCHEMA_HEADER_HISTOGRAMS,
                                      SCHEMA_HEADER_SECONDS, SCHEMA_HEADER_RESOURCES};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void remove_folder(void)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void put(int file, const void *bytes, size_t size)
{
    check(write(file, bytes, size) == (ssize_t)size);
}

static void write_file(int name, const char *header, const void *bytes, size_t size)
{
    const int file = files[name];
    check(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
    put(file, header, strlen(header));
    put(file, bytes, size);
    snprintf(path, sizeof path, "%s/%s", folder, names[name]);
}

/* The headers of the tables as an engine of today writes them. */
static void make_headers(void)
{
    for (int i = 0; i < RUN; i++) {
        size_t size;
        FILE *text = open_memstream(&headers[i], &size);
        check(text != NULL);
        fputs(fixed_headers[i], text);
        for (int o = 0; i == SECONDS && o < OUTCOME_COUNT; o++)
            fprintf(text, ",%s", outcome_name((enum outcome)o));
        fputc('\n', text);
        fclose(text);
    }
}

static void open_files(void)
{
    for (int i = 0; i <= BASELINE; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        files[i] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        check(files[i] >= 0);
    }
}

/* Keeps the files of the run that WHOLE spoils. */
static void read_originals(const char *run)
{
    for (int i = 0; i <= RUN; i++) {
        size_t size = 0;
        char name[PATH_BYTES];
        snprintf(name, sizeof name, "%s/%s", run, names[i]);
        FILE *file = fopen(name, "r");
        check(file != NULL && getdelim(&originals[i], &size, '\0', file) > 0);
        fclose(file);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    const char *slash = strrchr((*argv)[0], '/');
    for (int i = 0; i < KINDS; i++)
        if (strcmp(slash ? slash + 1 : (*argv)[0], kinds[i]) == 0)
            kind = (enum kind)i;
    check(kind != KINDS);
    snprintf(folder, sizeof folder, "/dev/shm/tare-fuzz-XXXXXX");
    check(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    open_files();
    make_headers();
    const char *run = getenv("FUZZ_RUN");
    if (kind == WHOLE) {
        check(run != NULL);
        read_originals(run);
    }
    return 0;
}

/* A refusal has words, and none that a terminal would obey. */
static void check_result(int result, const struct fault *fault)
{
    check(result <= 0);
    check((result == 0) == (fault->text[0] == '\0'));
    for (const char *at = fault->text; *at; at++)
        check(*at == '\n' || (unsigned char)*at >= 0x20);
}

/* ---- one reader ---- */

struct into {
    struct target total;
    struct target targets[TARGETS];
    struct target *list[TARGETS];
    struct scatter_blocks *blocks;
    struct scatter_clock clock;
    struct watch watches[2];
    struct adder_into adder;
};

static void init_target(struct target *target)
{
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_init(&target->series[s], 2, 8);
}

static void init_into(struct into *into)
{
    memset(into, 0, sizeof *into);
    init_target(&into->total);
    for (size_t i = 0; i < TARGETS; i++) {
        init_target(&into->targets[i]);
        into->list[i] = &into->targets[i];
    }
    into->blocks = calloc(1, sizeof *into->blocks);
    scatter_blocks_init(into->blocks, 2);
    into->targets[0].blocks[SERIES_SERVICE] = into->blocks;
    scatter_clock_set(&into->clock, 1000, 1000000000, false);
    into->watches[0] = (struct watch){.series = -1, .limit_ns = 5000, .is_found = true};
    into->watches[1] = (struct watch){
        .series = SERIES_WAIT, .limit_ns = 0, .is_found = true, .only = &into->targets[1]};
    into->adder = (struct adder_into){.latency = SERIES_RESPONSE,
                                      .total = &into->total,
                                      .targets = into->list,
                                      .target_count = TARGETS,
                                      .is_fine = true,
                                      .clock = &into->clock,
                                      .watches = into->watches,
                                      .watch_count = 2};
}

static void free_into(struct into *into)
{
    for (int s = 0; s < SERIES_COUNT; s++) {
        distribution_free(&into->total.series[s]);
        for (size_t i = 0; i < TARGETS; i++)
            distribution_free(&into->targets[i].series[s]);
    }
    scatter_blocks_free(into->blocks);
    free(into->blocks);
}

static void finish_into(struct into *into)
{
    struct curve_point points[DISTRIBUTION_CURVE_MAX];
    for (size_t i = 0; i < TARGETS; i++)
        for (int s = 0; s < SERIES_COUNT; s++)
            distribution_finish(&into->targets[i].series[s]);
    distribution_curve(&into->targets[0].series[SERIES_SERVICE], points);
}

static int read_samples(struct into *into, bool is_thinned, struct fault *fault)
{
    struct samples_seen seen;
    const int result = samples_read(path, &into->adder, is_thinned, &seen, fault);
    check(result != 0 || seen.ended <= seen.rows);
    check(result != 0 || seen.distinct <= seen.rows);
    return result;
}

static int read_table(struct into *into, bool is_odd, struct timeline *timeline,
                      struct fault *fault)
{
    struct second_rows_seen rows;
    struct buckets_seen buckets;
    struct run_process processes[4] = {{.pid = 0}};
    size_t process_count = 0;
    switch (kind) {
    case SAMPLES: return read_samples(into, is_odd, fault);
    case HISTOGRAMS:
        return buckets_read(path, &into->adder, is_odd ? BUCKETS_SLICES : BUCKETS_WHOLE, timeline,
                            &buckets, fault);
    case SECONDS: return second_rows_read(path, into->list, TARGETS, timeline, &rows, fault);
    case RESOURCES:
        return resource_rows_read(path, processes, 4, &process_count, timeline, &rows, fault);
    case RUN:
    case BASELINE:
    case WHOLE:
    case KINDS: break;
    }
    abort();
}

static void try_table(bool is_odd)
{
    struct fault fault = {.text = ""};
    struct into into;
    static struct timeline timeline;
    init_into(&into);
    const bool has_timeline = kind != SAMPLES;
    if (has_timeline)
        check(timeline_init(&timeline) == 0);
    const int result = read_table(&into, is_odd, &timeline, &fault);
    check_result(result, &fault);
    if (result == 0)
        finish_into(&into);
    if (has_timeline && result == 0)
        timeline_finish(&timeline);
    if (has_timeline)
        timeline_free(&timeline);
    free_into(&into);
}

static void try_document(void)
{
    struct fault fault = {.text = ""};
    struct run run;
    struct baseline baseline;
    if (kind == RUN) {
        check_result(folder_read(&run, folder, &fault), &fault);
        folder_free(&run);
    } else {
        check_result(baseline_read(&baseline, path, &fault), &fault);
        baseline_free(&baseline);
    }
}

/* ---- a whole report ---- */

static void try_whole(const uint8_t *data, size_t size)
{
    static int (*const writers[])(FILE *, const struct report *) = {
        json_write,        csv_write_summary, csv_write_timeseries, csv_write_distribution,
        csv_write_targets, csv_write_delta,   markdown_write,       junit_write,
        page_write};
    struct fault fault = {.text = ""};
    struct report report;
    struct gate gates[2];
    const int spoilt = size > 0 ? data[0] % (RUN + 1) : 0;
    for (int i = 0; i <= RUN; i++)
        if (i != spoilt)
            write_file(i, "", originals[i], strlen(originals[i]));
    if (size > 0)
        write_file(spoilt, spoilt == RUN ? "" : headers[spoilt], data + 1, size - 1);
    else
        write_file(spoilt, "", "", 0);
    check(gate_parse(&gates[0], "p95<=1ms", &fault) == 0);
    check(gate_parse(&gates[1], "errors<=1%", &fault) == 0);
    const char *const paths[] = {folder, folder};
    const struct report_ask ask = {
        .paths = paths, .path_count = 2, .gates = gates, .gate_count = 2, .is_forced = true};
    const int result = report_make(&report, strdup("tare-report"), &ask, &fault);
    check_result(result, &fault);
    FILE *out = fopen("/dev/null", "w");
    for (size_t i = 0; i < sizeof writers / sizeof writers[0] && result == 0; i++)
        check(writers[i](out, &report) == 0);
    fclose(out);
    report_free(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (kind == WHOLE) {
        try_whole(data, size);
        return 0;
    }
    const bool is_raw = kind >= RUN || (size > 0 && data[0] == '\0');
    const bool skips = kind < RUN && is_raw;
    write_file((int)kind, is_raw ? "" : headers[kind], data + skips, size - skips);
    if (kind < RUN)
        try_table(size % 2 == 1);
    else
        try_document();
    return 0;
}
