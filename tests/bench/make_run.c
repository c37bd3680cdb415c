/* make_run.c - invents a run folder of any size, whose files agree with each other: data for tests
 * and for the reporter's benchmark. The same arguments give the same bytes. It writes what the
 * engine would write (row.h, histogram.h, schema.h) without a server or a clock.
 *
 *   make_run DIRECTORY [NAME=VALUE...]     names and defaults: struct make below */
#include "histogram.h"
#include "limits.h"
#include "random.h"
#include "row.h"
#include "schema.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TARGETS_MAX LIMIT_TARGETS_MAX
#define CLASSES 3 /* ok, status_5xx, timeout: what invented requests end as */
#define SAMPLES_BUFFER_BYTES (1u << 20)

static const enum outcome class_outcomes[CLASSES] = {OUTCOME_OK, OUTCOME_STATUS_5XX,
                                                     OUTCOME_TIMEOUT};

/* What the command line may set. */
struct make {
    const char *directory;
    uint64_t rows;
    uint64_t rate; /* requests per second */
    uint64_t open; /* 1: open loop */
    uint64_t targets;
    uint64_t failures;  /* of a million requests, answered with 5xx */
    uint64_t timeouts;  /* of a million requests */
    uint64_t median_us; /* of the service time */
    uint64_t spread;    /* hundredths of the service time's logarithm's standard deviation */
    uint64_t warmup_s;
    uint64_t one_in; /* rows of samples.csv: 1 all, 0 none, n one in n */
    uint64_t seed;
};

/* Counts of a second, a target and a phase. */
struct second_counts {
    uint64_t due;
    uint64_t bytes_out;
    uint64_t bytes_in;
    uint64_t outcomes[OUTCOME_COUNT];
};

struct maker {
    struct make make;
    FILE *samples;
    FILE *histograms;
    FILE *seconds;
    uint64_t random;
    uint64_t rows_written;
    int64_t slice_ns;
    enum phase slice_phase;
    int64_t second;
    enum phase second_phase;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t measured[OUTCOME_COUNT];
    uint64_t bytes_in;
    uint64_t bytes_out;
    struct second_counts *counts; /* by target */
    struct histogram *slices;     /* by target, class, series */
    struct histogram *wholes;     /* by phase, target, class, series */
};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "make_run: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        fail("memory");
    return memory;
}

static FILE *open_file(const struct make *make, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", make->directory, name);
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    setvbuf(file, NULL, _IOFBF, SAMPLES_BUFFER_BYTES);
    return file;
}

static void close_file(FILE *file)
{
    if (fclose(file) != 0)
        fail("write");
}

/* A standard normal deviate (Box, Muller 1958). */
static double normal(uint64_t *random)
{
    return sqrt(-2 * log(random_unit(random))) * cos(6.283185307179586 * random_unit(random));
}

static size_t cell(size_t target, int class, int series)
{
    return (target * CLASSES + (size_t) class) * SERIES_COUNT + (size_t)series;
}

static void write_buckets(struct maker *m, const struct histogram *h, const char *slice,
                          enum phase phase, size_t target, int class, int series)
{
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    while (histogram_next(h, &cursor, &bucket))
        fprintf(m->histograms, "%s,%s,%zu,%s,%s,%" PRId64 ",%" PRId64 ",%" PRIu64 "\n", slice,
                schema_phase_name(phase), target, outcome_name(class_outcomes[class]),
                schema_series_name((enum series)series), bucket.low_ns, bucket.high_ns,
                bucket.count);
}

static void end_slice(struct maker *m)
{
    char slice[32];
    snprintf(slice, sizeof slice, "%" PRId64, m->slice_ns);
    for (size_t t = 0; t < m->make.targets; t++)
        for (int c = 0; c < CLASSES; c++)
            for (int s = 0; s < SERIES_COUNT; s++) {
                struct histogram *h = &m->slices[cell(t, c, s)];
                if (h->count == 0)
                    continue;
                write_buckets(m, h, slice, m->slice_phase, t, c, s);
                histogram_clear(h);
            }
}

static void end_second(struct maker *m)
{
    for (size_t t = 0; t < m->make.targets; t++) {
        struct second_counts *c = &m->counts[t];
        if (c->due == 0)
            continue;
        fprintf(m->seconds,
                "%" PRId64 ",%s,%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                ",%d,0",
                m->second, schema_phase_name(m->second_phase), t, c->due, c->due, c->due,
                c->bytes_out, c->bytes_in, 10);
        for (int o = 0; o < OUTCOME_COUNT; o++)
            fprintf(m->seconds, ",%" PRIu64, c->outcomes[o]);
        fputc('\n', m->seconds);
        memset(c, 0, sizeof *c);
    }
}

static void count_row(struct maker *m, const struct sample *sample, int class)
{
    const int64_t slice_ns = schema_slice_ns(sample->scheduled_ns);
    const int64_t second = sample->scheduled_ns / NS_PER_S;
    const enum phase phase = (enum phase)sample->phase;
    if (slice_ns != m->slice_ns || phase != m->slice_phase)
        end_slice(m);
    if (second != m->second || phase != m->second_phase)
        end_second(m);
    m->slice_ns = slice_ns;
    m->second = second;
    m->slice_phase = m->second_phase = phase;
    for (int s = 0; s < SERIES_COUNT; s++) {
        const int64_t ns = schema_series_ns(sample, (enum series)s);
        if (ns == SCHEMA_NS_NONE || (s == SERIES_RESPONSE && !m->make.open))
            continue;
        const size_t wholes = (size_t)phase * m->make.targets * CLASSES * SERIES_COUNT;
        if (histogram_record(&m->slices[cell(sample->target, class, s)], ns, 1) != 0 ||
            histogram_record(&m->wholes[wholes + cell(sample->target, class, s)], ns, 1) != 0)
            fail("memory");
    }
    struct second_counts *c = &m->counts[sample->target];
    c->due++;
    c->bytes_out += sample->bytes_out;
    c->bytes_in += sample->bytes_in;
    c->outcomes[sample->outcome]++;
    m->outcomes[sample->outcome]++;
    m->measured[sample->outcome] += phase == PHASE_MEASURE;
    m->bytes_out += sample->bytes_out;
    m->bytes_in += sample->bytes_in;
}

/* Invents the times of a request. Returns its class. */
static int invent(struct maker *m, struct sample *sample)
{
    const uint64_t dice = random_next(&m->random) % 1000000;
    const double spread = (double)m->make.spread / 100;
    const double service_us = (double)m->make.median_us * exp(spread * normal(&m->random));
    sample->send_lag_ns = 60 + (int64_t)(random_next(&m->random) % 900);
    sample->service_ns = (int64_t)(service_us * 1000);
    sample->first_byte_ns = sample->service_ns - sample->service_ns / 64;
    sample->receive_lag_ns = 1500 + (int64_t)(random_next(&m->random) % 3000);
    if (random_next(&m->random) % 64 == 0)
        sample->send_path_ns = 2500 + (int64_t)(random_next(&m->random) % 900);
    sample->status = 200;
    sample->outcome = OUTCOME_OK;
    sample->stamp = STAMP_EXACT;
    sample->bytes_in = 238;
    if (dice < m->make.failures) {
        sample->status = 503;
        sample->outcome = OUTCOME_STATUS_5XX;
        return 1;
    }
    if (dice < m->make.failures + m->make.timeouts) {
        sample->status = 0;
        sample->outcome = OUTCOME_TIMEOUT;
        sample->stamp = STAMP_NONE;
        sample->service_ns = 5 * NS_PER_S;
        sample->first_byte_ns = SCHEMA_NS_NONE;
        sample->receive_lag_ns = SCHEMA_NS_NONE;
        sample->bytes_in = 0;
        return 2;
    }
    return 0;
}

static void write_rows(struct maker *m)
{
    char text[ROW_MAX_BYTES];
    const struct make *make = &m->make;
    for (uint64_t i = 0; i < make->rows; i++) {
        struct sample sample = {.tls_ns = 0,
                                .server_ns = SCHEMA_NS_NONE,
                                .send_path_ns = SCHEMA_NS_NONE,
                                .request = i,
                                .bytes_out = 87,
                                .attempt = 1,
                                .last = true,
                                .has_connection = true};
        sample.scheduled_ns = (int64_t)((unsigned __int128)i * NS_PER_S / make->rate);
        sample.phase =
            sample.scheduled_ns < (int64_t)make->warmup_s * NS_PER_S ? PHASE_WARMUP : PHASE_MEASURE;
        sample.target = (uint16_t)(i % make->targets);
        sample.connection = (uint32_t)(i % 64);
        if (make->open && random_next(&m->random) % 32 == 0)
            sample.wait_ns = (int64_t)(random_next(&m->random) % 50000);
        const int class = invent(m, &sample);
        count_row(m, &sample, class);
        if (make->one_in == 0 || random_next(&m->random) % make->one_in != 0)
            continue;
        fwrite(text, 1, row_format(&sample, text), m->samples);
        m->rows_written++;
    }
    end_slice(m);
    end_second(m);
}

static void write_wholes(struct maker *m)
{
    for (int p = 0; p < PHASE_COUNT; p++)
        for (size_t t = 0; t < m->make.targets; t++)
            for (int c = 0; c < CLASSES; c++)
                for (int s = 0; s < SERIES_COUNT; s++) {
                    const size_t wholes = (size_t)p * m->make.targets * CLASSES * SERIES_COUNT;
                    write_buckets(m, &m->wholes[wholes + cell(t, c, s)], "", (enum phase)p, t, c,
                                  s);
                }
}

static uint64_t sum_of(const uint64_t outcomes[OUTCOME_COUNT])
{
    uint64_t sum = 0;
    for (int o = 0; o < OUTCOME_COUNT; o++)
        sum += outcomes[o];
    return sum;
}

static void write_outcomes(FILE *file, const uint64_t outcomes[OUTCOME_COUNT])
{
    fputs("{", file);
    for (int o = 0; o < OUTCOME_COUNT; o++)
        fprintf(file, "%s\"%s\":%" PRIu64, o > 0 ? "," : "", outcome_name((enum outcome)o),
                outcomes[o]);
    fputs("}", file);
}

static void write_config(FILE *file, const struct make *make, int64_t duration_ns)
{
    char samples[32] = "all";
    if (make->one_in == 0)
        snprintf(samples, sizeof samples, "none");
    else if (make->one_in > 1)
        snprintf(samples, sizeof samples, "1/%" PRIu64, make->one_in);
    fprintf(file, "\"config\":{\"loop\":\"%s\",\"connections\":64,\"threads\":1,\"rate_per_s\":",
            make->open ? "open" : "closed");
    if (make->open)
        fprintf(file, "%" PRIu64 ",\"arrivals\":\"constant\"", make->rate);
    else
        fputs("null,\"arrivals\":null", file);
    fprintf(file,
            ",\"requests\":null,\"duration_ns\":%" PRId64 ",\"warmup_ns\":%" PRIu64
            ",\"grace_ns\":1000000000,\"timeout_ns\":30000000000,\"pipeline\":1,\"wait\":\"%s\","
            "\"cpus\":null,\"seed\":%" PRIu64 ",\"samples\":\"%s\"},\n",
            duration_ns, make->warmup_s * (uint64_t)NS_PER_S, make->open ? "hybrid" : "block",
            make->seed, samples);
}

static void write_targets(FILE *file, const struct make *make)
{
    fputs("\"targets\":[", file);
    for (uint64_t t = 0; t < make->targets; t++)
        fprintf(file,
                "%s{\"id\":%" PRIu64 ",\"name\":\"GET /%" PRIu64 "\",\"method\":\"GET\","
                "\"url\":\"http://127.0.0.1:8080/%" PRIu64 "\"}",
                t > 0 ? "," : "", t, t, t);
    fputs("],\n", file);
}

static void write_run(const struct maker *m)
{
    const struct make *make = &m->make;
    FILE *file = open_file(make, SCHEMA_FILE_RUN);
    const int64_t all_ns = (int64_t)((unsigned __int128)make->rows * NS_PER_S / make->rate);
    const int64_t warmup_ns = (int64_t)make->warmup_s * NS_PER_S;
    fprintf(file,
            "{\"schema\":%d,\"tool\":\"tare\",\"version\":\"%s\",\"state\":\"complete\",\n"
            "\"started_utc\":\"2026-11-20T12:04:00Z\",\n\"command\":[\"tare\",\"-c\",\"64\","
            "\"http://127.0.0.1:8080/\"],\n",
            SCHEMA_VERSION, TARE_VERSION);
    write_config(file, make, all_ns - warmup_ns);
    write_targets(file, make);
    fputs("\"machine\":{\"host\":\"bench\",\"kernel\":\"6.1.0\",\"architecture\":\"x86_64\","
          "\"cpu_model\":\"invented\",\"cpus\":2,\"memory_bytes\":4000000000},\n"
          "\"ring\":{\"liburing\":\"2.3\",\"features\":[\"defer_taskrun\"],\"disabled\":[]},\n"
          "\"clocks\":{\"source\":\"tsc\",\"offset_change_max_ns\":12},\n",
          file);
    fprintf(file,
            "\"elapsed\":{\"warmup_ns\":%" PRId64 ",\"measure_ns\":%" PRId64
            ",\"grace_ns\":0},\n\"totals\":{\"due\":%" PRIu64 ",\"requests\":%" PRIu64
            ",\"attempts\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"done\":%" PRIu64
            ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",\"connections_opened\":64},\n"
            "\"outcomes\":",
            warmup_ns, all_ns - warmup_ns, make->rows, make->rows, make->rows, m->rows_written,
            make->rows, make->rows, m->bytes_in, m->bytes_out);
    write_outcomes(file, m->outcomes);
    fprintf(file, ",\n\"measured\":{\"sent\":%" PRIu64 ",\"done\":%" PRIu64 ",\"outcomes\":",
            sum_of(m->measured), sum_of(m->measured));
    write_outcomes(file, m->measured);
    fprintf(
        file,
        ",\"requests\":%" PRIu64 "},\n\"anomalies\":{\"samples_dropped\":0},\n"
        "\"recording\":{\"bytes\":1000000,\"cpu_ns\":1000000},\n\"generator\":{\"cpu_user_ns\":"
        "2000000000,\"cpu_system_ns\":3000000000,\"resident_bytes\":9000000,\"busy_share\":0.5},"
        "\n\"validity\":{\"verdict\":\"valid\",\"reasons\":[],\"limited_by\":\"schedule\"}}\n",
        sum_of(m->measured));
    close_file(file);
}

static void read_arguments(struct make *make, int argc, char **argv)
{
    const struct {
        const char *name;
        uint64_t *value;
    } names[] = {{"rows=", &make->rows},
                 {"rate=", &make->rate},
                 {"open=", &make->open},
                 {"targets=", &make->targets},
                 {"failures=", &make->failures},
                 {"timeouts=", &make->timeouts},
                 {"median_us=", &make->median_us},
                 {"spread=", &make->spread},
                 {"warmup_s=", &make->warmup_s},
                 {"one_in=", &make->one_in},
                 {"seed=", &make->seed}};
    make->directory = argv[1];
    for (int a = 2; a < argc; a++) {
        size_t n = 0;
        while (n < sizeof names / sizeof names[0] &&
               strncmp(argv[a], names[n].name, strlen(names[n].name)) != 0)
            n++;
        errno = EINVAL;
        if (n == sizeof names / sizeof names[0])
            fail(argv[a]);
        *names[n].value = strtoull(argv[a] + strlen(names[n].name), NULL, 10);
    }
    errno = EINVAL;
    if (make->rate == 0 || make->targets == 0 || make->targets > TARGETS_MAX)
        fail("rate, targets");
}

int main(int argc, char **argv)
{
    struct maker m = {.make = {.rows = 1000,
                               .rate = 1000,
                               .targets = 1,
                               .median_us = 200,
                               .spread = 50,
                               .one_in = 1,
                               .seed = 1}};
    if (argc < 2) {
        fputs("usage: make_run DIRECTORY [rows=N] [rate=N] [open=1] [targets=N] [failures=PPM]\n"
              "       [timeouts=PPM] [median_us=N] [spread=N] [warmup_s=N] [one_in=N] [seed=N]\n",
              stderr);
        return 2;
    }
    read_arguments(&m.make, argc, argv);
    if (mkdir(m.make.directory, 0777) != 0 && errno != EEXIST)
        fail(m.make.directory);
    const size_t cells = m.make.targets * CLASSES * SERIES_COUNT;
    m.random = m.make.seed;
    m.slice_phase = m.second_phase = m.make.warmup_s > 0 ? PHASE_WARMUP : PHASE_MEASURE;
    m.counts = allocate(m.make.targets, sizeof *m.counts);
    m.slices = allocate(cells, sizeof *m.slices);
    m.wholes = allocate(cells * PHASE_COUNT, sizeof *m.wholes);
    for (size_t i = 0; i < cells; i++)
        histogram_init(&m.slices[i], 2);
    for (size_t i = 0; i < cells * PHASE_COUNT; i++)
        histogram_init(&m.wholes[i], 3);
    m.samples = m.make.one_in > 0 ? open_file(&m.make, SCHEMA_FILE_SAMPLES) : NULL;
    m.histograms = open_file(&m.make, SCHEMA_FILE_HISTOGRAMS);
    m.seconds = open_file(&m.make, SCHEMA_FILE_SECONDS);
    FILE *resources = open_file(&m.make, SCHEMA_FILE_RESOURCES);
    if (m.samples)
        fputs(SCHEMA_HEADER_SAMPLES "\n", m.samples);
    fputs(SCHEMA_HEADER_HISTOGRAMS "\n", m.histograms);
    fputs(SCHEMA_HEADER_SECONDS, m.seconds);
    for (int o = 0; o < OUTCOME_COUNT; o++)
        fprintf(m.seconds, ",%s", outcome_name((enum outcome)o));
    fputs("\n", m.seconds);
    fputs(SCHEMA_HEADER_RESOURCES "\n0,generator,100,1000,2000,9000000,70,2,0\n", resources);
    write_rows(&m);
    write_wholes(&m);
    write_run(&m);
    if (m.samples)
        close_file(m.samples);
    close_file(m.histograms);
    close_file(m.seconds);
    close_file(resources);
    return 0;
}
