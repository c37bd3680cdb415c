/* baseline.c - reads baselines, key by key. */
#include "baseline.h"

#include "limits.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reading goes on after the first fault, which is kept: each key is then one line below. */
struct reader {
    const char *path;
    struct fault *fault;
    bool failed;
};

static void refuse(struct reader *reader, const char *key, const char *what)
{
    if (reader->failed)
        return;
    reader->failed = true;
    fault_set(reader->fault, "%s: %s %s\n      name a file that tare-report --save-baseline wrote",
              reader->path, key, what);
}

static const char *get_text(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        return json_string_value(value);
    refuse(reader, key, value ? "is no text" : "is missing");
    return "";
}

static const char *get_text_or_null(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? NULL : get_text(reader, object, key);
}

static uint64_t get_count(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (uint64_t)json_integer_value(value);
    refuse(reader, key, value ? "is no whole number from 0" : "is missing");
    return 0;
}

/* A number, or what stands for null. */
static double get_number(struct reader *reader, const json_t *object, const char *key,
                         double for_null)
{
    const json_t *value = json_object_get(object, key);
    if (value && json_is_null(value))
        return for_null;
    if (json_is_number(value) && json_number_value(value) >= 0)
        return json_number_value(value);
    refuse(reader, key, value ? "is no number from 0" : "is missing");
    return NAN;
}

static const json_t *get_array(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_array(value))
        refuse(reader, key, value ? "is no list" : "is missing");
    return value;
}

/* ---- how it was made ---- */

static int read_targets(struct reader *reader, const json_t *made, struct run *run)
{
    const json_t *targets = get_array(reader, made, "targets");
    const size_t count = json_array_size(targets);
    if (count > RUN_TARGETS_MAX) {
        refuse(reader, "targets", "are too many");
        return 0;
    }
    run->targets = calloc(count + 1, sizeof *run->targets);
    if (!run->targets)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(targets, i));
        if (!name)
            refuse(reader, "targets", "are no texts");
        run->targets[i].name = name ? name : "";
    }
    run->target_count = count;
    return 0;
}

static int read_made(struct reader *reader, const json_t *document, struct run *run)
{
    const json_t *made = json_object_get(document, "made");
    const char *loop = get_text(reader, made, "loop");
    if (strcmp(loop, "open") != 0 && strcmp(loop, "closed") != 0)
        refuse(reader, "loop", "is neither open nor closed");
    run->config.loop = strcmp(loop, "open") == 0 ? RUN_LOOP_OPEN : RUN_LOOP_CLOSED;
    run->config.connections = get_count(reader, made, "connections");
    run->config.threads = get_count(reader, made, "threads");
    run->config.rate_per_s = get_number(reader, made, "rate_per_s", 0);
    run->config.arrivals = get_text_or_null(reader, made, "arrivals");
    run->config.pipeline = get_count(reader, made, "pipeline");
    if (json_object_get(made, "requests_per_connection")) /* older files have none */
        run->config.requests_per_connection = get_count(reader, made, "requests_per_connection");
    run->machine.cpu_model = get_text_or_null(reader, made, "cpu_model");
    run->machine.cpus = get_count(reader, made, "cpus");
    run->machine.kernel = get_text_or_null(reader, made, "kernel");
    return read_targets(reader, made, run);
}

/* ---- figures ---- */

/* The interval of a figure, where it has one. */
static void read_worth(struct reader *reader, const json_t *object, struct interval *interval)
{
    const char *quality = get_text(reader, object, "quality");
    interval->quality = INTERVAL_QUALITY_COUNT;
    for (int i = 0; i < INTERVAL_QUALITY_COUNT; i++)
        if (strcmp(quality, interval_quality_name((enum interval_quality)i)) == 0)
            interval->quality = (enum interval_quality)i;
    if (interval->quality == INTERVAL_QUALITY_COUNT)
        refuse(reader, "quality", "is none of none, unresolved, fair, good");
    interval->low = get_number(reader, object, "low", NAN);
    interval->high = get_number(reader, object, "high", INFINITY);
    interval->is_open = json_is_true(json_object_get(object, "high_is_open"));
    interval->effective = get_number(reader, object, "effective_requests", NAN);
    interval->tail = get_number(reader, object, "effective_tail", NAN);
    if (!(interval->low <= interval->value && interval->value <= interval->high))
        refuse(reader, "value", "lies outside its interval");
}

static void read_figure(struct reader *reader, const json_t *object, struct baseline_figure *figure)
{
    struct interval *interval = &figure->interval;
    figure->target = get_text(reader, object, "target");
    figure->series = get_text(reader, object, "series");
    figure->name = get_text(reader, object, "figure");
    *interval = (struct interval){.low = NAN, .high = NAN, .effective = NAN, .tail = NAN};
    interval->design_effect = NAN;
    interval->value = get_number(reader, object, "value", INFINITY);
    interval->count = get_count(reader, object, "requests");
    if (json_object_get(object, "quality"))
        read_worth(reader, object, interval);
}

static int read_run(struct reader *reader, const json_t *object, struct baseline_run *run)
{
    const json_t *figures = get_array(reader, object, "figures");
    run->started_utc = get_text_or_null(reader, object, "started_utc");
    run->version = get_text_or_null(reader, object, "version");
    run->figures = calloc(json_array_size(figures) + 1, sizeof *run->figures);
    if (!run->figures)
        return -ENOMEM;
    run->figure_count = json_array_size(figures);
    for (size_t i = 0; i < run->figure_count && !reader->failed; i++)
        read_figure(reader, json_array_get(figures, i), &run->figures[i]);
    return 0;
}

static int read_runs(struct reader *reader, struct baseline *baseline)
{
    const json_t *runs = get_array(reader, baseline->document, "runs");
    const size_t count = json_array_size(runs);
    if (count == 0 || count > VARIANT_RUNS_MAX) {
        refuse(reader, "runs", count == 0 ? "are none" : "are too many");
        return 0;
    }
    baseline->runs = calloc(count, sizeof *baseline->runs);
    if (!baseline->runs)
        return -ENOMEM;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        const int result =
            read_run(reader, json_array_get(runs, i), &baseline->runs[baseline->run_count++]);
        if (result != 0)
            return result;
    }
    return 0;
}

/* ---- the file ---- */

static int load(struct baseline *baseline, const char *path, struct fault *fault)
{
    struct stat status;
    json_error_t error;
    if (stat(path, &status) != 0)
        return fault_set_errno(fault, errno, "cannot read the baseline %s", path);
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > BASELINE_FILE_MAX_BYTES)
        return fault_set(fault,
                         "%s is no baseline\n"
                         "      name a file that tare-report --save-baseline wrote",
                         path);
    errno = 0;
    baseline->document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!baseline->document && json_error_code(&error) == json_error_out_of_memory)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    if (!baseline->document)
        return fault_set(fault, "%s:%d:%d: %s\n      the baseline is not whole: make it again",
                         path, error.line, error.column, error.text);
    return 0;
}

static void check_kind(struct reader *reader, const json_t *document)
{
    if (strcmp(get_text(reader, document, "kind"), "baseline") != 0)
        refuse(reader, "kind", "is not baseline");
    if (get_count(reader, document, "schema") != BASELINE_SCHEMA && !reader->failed) {
        reader->failed = true;
        fault_set(reader->fault,
                  "%s is of a schema that this tare-report does not know\n"
                  "      make the baseline again, or use the version that made it",
                  reader->path);
    }
}

int baseline_read(struct baseline *baseline, const char *path, struct fault *fault)
{
    struct reader reader = {.path = path, .fault = fault};
    memset(baseline, 0, sizeof *baseline);
    int result = load(baseline, path, fault);
    if (result != 0)
        return result;
    check_kind(&reader, baseline->document);
    baseline->name = get_text(&reader, baseline->document, "name");
    if (!reader.failed)
        result = read_made(&reader, baseline->document, &baseline->made);
    if (result == 0 && !reader.failed)
        result = read_runs(&reader, baseline);
    if (result != 0)
        return fault_set_errno(fault, -result, "cannot read %s", path);
    return reader.failed ? -EINVAL : 0;
}

void baseline_free(struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->run_count; i++)
        free(baseline->runs[i].figures);
    free(baseline->runs);
    free(baseline->made.targets);
    json_decref(baseline->document);
    memset(baseline, 0, sizeof *baseline);
}

const struct baseline_figure *baseline_find(const struct baseline *baseline, size_t run,
                                            const char *target, const char *series,
                                            const char *name)
{
    const struct baseline_run *own = &baseline->runs[run];
    for (size_t i = 0; i < own->figure_count; i++)
        if (strcmp(own->figures[i].name, name) == 0 &&
            strcmp(own->figures[i].target, target) == 0 &&
            strcmp(own->figures[i].series, series) == 0)
            return &own->figures[i];
    return NULL;
}
