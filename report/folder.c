/* folder.c - run.json, key by key. */
#include "folder.h"

#include "limits.h"
#include "quote.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static_assert(RUN_TARGETS_MAX == LIMIT_TARGETS_MAX, "the reader takes what the engine can write");

/* Reading goes on after the first fault, which is kept: each key is then one line below. */
struct reader {
    const char *path; /* of run.json */
    const char *in;   /* the object being read, "" for the whole */
    struct fault *fault;
    bool failed;
};

static void refuse(struct reader *reader, const char *key, const char *what)
{
    if (reader->failed)
        return;
    reader->failed = true;
    fault_set(reader->fault, "%s: %s%s%s %s\n      tare did not write this file, or it was changed",
              reader->path, reader->in, *reader->in ? "." : "", key, what);
}

static const json_t *get_object(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_object(value))
        refuse(reader, key, value ? "is not an object" : "is missing");
    reader->in = key;
    return value;
}

static uint64_t get_count(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (uint64_t)json_integer_value(value);
    refuse(reader, key, value ? "is not a whole number from 0" : "is missing");
    return 0;
}

static int64_t get_ns(struct reader *reader, const json_t *object, const char *key)
{
    const uint64_t ns = get_count(reader, object, key);
    if (ns > 4 * (uint64_t)LIMIT_TIME_MAX_NS)
        refuse(reader, key, "is longer than any run");
    return (int64_t)ns;
}

/* The same, where the key may be null or missing: then 0. */
static uint64_t get_count_or_null(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? 0 : get_count(reader, object, key);
}

static const char *get_text(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        return json_string_value(value);
    refuse(reader, key, value ? "is not a text" : "is missing");
    return "";
}

static const char *get_text_or_null(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) ? NULL : get_text(reader, object, key);
}

/* The place of a text in a closed list; 0 after a refusal. */
static int get_choice(struct reader *reader, const json_t *object, const char *key,
                      const char *const *names, int count)
{
    const char *text = get_text(reader, object, key);
    for (int i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    refuse(reader, key, "is not one of the known words");
    return 0;
}

/* An array of texts, as an owned line: quoted for a shell. "" where it is missing. */
static char *get_words(struct reader *reader, const json_t *object, const char *key)
{
    const json_t *array = json_object_get(object, key);
    const size_t count = json_array_size(array);
    const char **words = calloc(count + 1, sizeof *words);
    if (array && !json_is_array(array))
        refuse(reader, key, "is not a list");
    for (size_t i = 0; words && i < count; i++) {
        words[i] = json_string_value(json_array_get(array, i));
        if (!words[i]) {
            refuse(reader, key, "is not a list of texts");
            words[i] = "";
        }
    }
    char *text = words ? quote_command(words, count) : NULL;
    if (!text && !reader->failed) {
        reader->failed = true;
        fault_set_errno(reader->fault, ENOMEM, "cannot read %s", reader->path);
    }
    free(words);
    return text;
}

static void read_samples(struct reader *reader, struct run_config *config)
{
    uint64_t divisor = 1;
    char rest;
    const char *text = config->samples_text;
    if (strcmp(text, "all") == 0)
        config->samples = RUN_SAMPLES_ALL;
    else if (strcmp(text, "none") == 0)
        config->samples = RUN_SAMPLES_NONE;
    else if (sscanf(text, "1/%19lu%c", &divisor, &rest) == 1 && divisor > 0)
        config->samples = divisor == 1 ? RUN_SAMPLES_ALL : RUN_SAMPLES_THINNED;
    else
        refuse(reader, "samples", "is none of all, none, 1/N");
}

static void read_config(struct reader *reader, const json_t *document, struct run_config *config)
{
    static const char *const loops[] = {"closed", "open"};
    const json_t *object = get_object(reader, document, "config");
    const json_t *rate = json_object_get(object, "rate_per_s");
    config->loop = (enum run_loop)get_choice(reader, object, "loop", loops, 2);
    config->connections = get_count(reader, object, "connections");
    config->threads = get_count(reader, object, "threads");
    if (rate && !json_is_null(rate) && !(json_number_value(rate) > 0))
        refuse(reader, "rate_per_s", "is not a number above 0");
    config->rate_per_s = json_number_value(rate);
    if (config->loop == RUN_LOOP_OPEN && !json_is_number(rate))
        refuse(reader, "rate_per_s", "is missing in an open loop");
    config->arrivals = get_text_or_null(reader, object, "arrivals");
    config->requests = get_count_or_null(reader, object, "requests");
    config->duration_ns = (int64_t)get_count_or_null(reader, object, "duration_ns");
    config->warmup_ns = get_ns(reader, object, "warmup_ns");
    config->grace_ns = get_ns(reader, object, "grace_ns");
    config->timeout_ns = get_ns(reader, object, "timeout_ns");
    config->pipeline = get_count(reader, object, "pipeline");
    config->requests_per_connection = get_count_or_null(reader, object, "requests_per_connection");
    config->wait = get_text(reader, object, "wait");
    config->seed = get_count(reader, object, "seed");
    config->samples_text = get_text(reader, object, "samples");
    read_samples(reader, config);
    reader->in = "";
}

static void read_machine(struct reader *reader, const json_t *document, struct run_machine *machine)
{
    const json_t *object = get_object(reader, document, "machine");
    machine->host = get_text(reader, object, "host");
    machine->kernel = get_text(reader, object, "kernel");
    machine->architecture = get_text(reader, object, "architecture");
    machine->cpu_model = get_text(reader, object, "cpu_model");
    machine->cpus = get_count(reader, object, "cpus");
    machine->memory_bytes = get_count(reader, object, "memory_bytes");
    reader->in = "";
}

static void read_targets(struct reader *reader, const json_t *document, struct run *run)
{
    const json_t *array = json_object_get(document, "targets");
    run->target_count = json_array_size(array);
    if (run->target_count == 0 || run->target_count > RUN_TARGETS_MAX) {
        refuse(reader, "targets", "is not a list of 1 to 1024 targets");
        run->target_count = 0;
        return;
    }
    run->targets = calloc(run->target_count, sizeof *run->targets);
    if (!run->targets) {
        run->target_count = 0;
        reader->failed = true;
        fault_set_errno(reader->fault, ENOMEM, "cannot read %s", reader->path);
        return;
    }
    reader->in = "targets";
    for (size_t i = 0; i < run->target_count; i++) {
        const json_t *object = json_array_get(array, i);
        if (get_count(reader, object, "id") != i)
            refuse(reader, "id", "is not the target's place in the list");
        run->targets[i] = (struct run_target){.name = get_text(reader, object, "name"),
                                              .method = get_text(reader, object, "method"),
                                              .url = get_text(reader, object, "url")};
    }
    reader->in = "";
}

static void read_totals(struct reader *reader, const json_t *document, struct run_totals *totals)
{
    const json_t *object = get_object(reader, document, "totals");
    totals->due = get_count(reader, object, "due");
    totals->requests = get_count(reader, object, "requests");
    totals->attempts = get_count(reader, object, "attempts");
    totals->rows = get_count(reader, object, "rows");
    totals->sent = get_count(reader, object, "sent");
    totals->done = get_count(reader, object, "done");
    totals->bytes_in = get_count(reader, object, "bytes_in");
    totals->bytes_out = get_count(reader, object, "bytes_out");
    totals->connections_opened = get_count(reader, object, "connections_opened");
    reader->in = "";
}

static void read_outcomes(struct reader *reader, const json_t *parent,
                          uint64_t outcomes[OUTCOME_COUNT])
{
    const json_t *object = get_object(reader, parent, "outcomes");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        enum outcome outcome;
        if (outcome_parse(name, strlen(name), &outcome))
            outcomes[outcome] = get_count(reader, object, name);
        else
            refuse(reader, name, "is an outcome that this tare-report does not know");
    }
    reader->in = "";
}

static void read_anomalies(struct reader *reader, const json_t *document, struct run *run)
{
    const json_t *object = get_object(reader, document, "anomalies");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const uint64_t count = get_count(reader, object, name);
        if (count > 0 && run->anomaly_count < RUN_ANOMALIES_MAX)
            run->anomalies[run->anomaly_count++] = (struct run_anomaly){name, count};
    }
    reader->in = "";
}

static void read_cost(struct reader *reader, const json_t *document, struct run_cost *cost)
{
    const json_t *object = get_object(reader, document, "recording");
    cost->recording_bytes = get_count(reader, object, "bytes");
    cost->recording_cpu_ns = (int64_t)get_count(reader, object, "cpu_ns");
    reader->in = "";
    object = get_object(reader, document, "generator");
    cost->cpu_user_ns = (int64_t)get_count(reader, object, "cpu_user_ns");
    cost->cpu_system_ns = (int64_t)get_count(reader, object, "cpu_system_ns");
    cost->resident_bytes = get_count(reader, object, "resident_bytes");
    const json_t *busy = json_object_get(object, "busy_share");
    cost->busy_share = json_is_number(busy) ? json_number_value(busy) : -1;
    reader->in = "";
}

/* Runs of version 0.1.0 do not have it, and those without TLS have null. */
static void read_tls(struct reader *reader, const json_t *document, struct run_tls *tls)
{
    const json_t *object = json_object_get(document, "tls");
    if (!json_is_object(object))
        return;
    reader->in = "tls";
    tls->version = get_text_or_null(reader, object, "version");
    tls->cipher = get_text_or_null(reader, object, "cipher");
    tls->handshakes = get_count(reader, object, "handshakes");
    tls->resumed = get_count(reader, object, "resumed");
    reader->in = "";
}

static void read_validity(struct reader *reader, const json_t *document, struct run *run)
{
    static const char *const verdicts[] = {"valid", "suspect", "invalid"};
    const json_t *object = get_object(reader, document, "validity");
    const json_t *reasons = json_object_get(object, "reasons");
    const enum run_verdict verdict =
        (enum run_verdict)get_choice(reader, object, "verdict", verdicts, RUN_VERDICT_COUNT);
    run->limited_by = get_text_or_null(reader, object, "limited_by");
    if (verdict > run->verdict)
        run->verdict = verdict;
    if (!json_is_array(reasons))
        refuse(reader, "reasons", "is not a list");
    reader->in = "validity.reasons";
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        enum run_verdict own = verdict;
        if (json_object_get(reason, "verdict"))
            own = (enum run_verdict)get_choice(reader, reason, "verdict", verdicts,
                                               RUN_VERDICT_COUNT);
        folder_blame(run, own, get_text(reader, reason, "name"), "%s",
                     get_text(reader, reason, "sentence"));
    }
    reader->in = "";
}

/* What the engine knows only at the end. */
static void read_measured(struct reader *reader, const json_t *document, struct run *run)
{
    const json_t *object = get_object(reader, document, "elapsed");
    run->warmup_ns = get_ns(reader, object, "warmup_ns");
    run->measure_ns = get_ns(reader, object, "measure_ns");
    run->grace_ns = get_ns(reader, object, "grace_ns");
    reader->in = "";
    read_totals(reader, document, &run->totals);
    read_outcomes(reader, document, run->outcomes);
    object = get_object(reader, document, "measured");
    run->measured_requests = get_count(reader, object, "requests");
    run->measured_sent = get_count(reader, object, "sent");
    run->measured_done = get_count(reader, object, "done");
    read_outcomes(reader, object, run->measured_outcomes);
    read_anomalies(reader, document, run);
    read_cost(reader, document, &run->cost);
    read_tls(reader, document, &run->tls);
    read_validity(reader, document, run);
}

static void read_scale(struct reader *reader, const json_t *document, struct run *run)
{
    char why[SCALE_WHY_MAX];
    const json_t *object = json_object_get(document, "weight");
    if (object && !scale_read(object, &run->scale, why))
        refuse(reader, "weight:", why);
}

static void read_document(struct reader *reader, struct run *run)
{
    static const char *const states[] = {"running", "complete", "interrupted"};
    const json_t *document = run->document;
    run->version = get_text(reader, document, "version");
    run->state = (enum run_state)get_choice(reader, document, "state", states, 3);
    run->started_utc = get_text(reader, document, "started_utc");
    run->command = get_words(reader, document, "command");
    read_config(reader, document, &run->config);
    read_targets(reader, document, run);
    read_machine(reader, document, &run->machine);
    const json_t *ring = json_object_get(document, "ring");
    run->liburing = get_text_or_null(reader, ring, "liburing");
    run->ring_features = get_words(reader, ring, "features");
    run->ring_disabled = get_words(reader, ring, "disabled");
    run->clock_source = get_text_or_null(reader, json_object_get(document, "clocks"), "source");
    run->is_measured = run->state != RUN_STATE_RUNNING;
    read_scale(reader, document, run);
    if (run->is_measured)
        read_measured(reader, document, run);
    else
        folder_blame(run, RUN_INVALID, "unfinished",
                     "the run's end was not written: tare was killed, or is still running");
}

/* A folder of a newer tare is refused before anything else of it is believed. */
static int check_schema(const struct run *run, const char *path, struct fault *fault)
{
    const json_t *tool = json_object_get(run->document, "tool");
    const json_t *schema = json_object_get(run->document, "schema");
    const json_t *version = json_object_get(run->document, "version");
    if (!json_is_string(tool) || strcmp(json_string_value(tool), "tare") != 0 ||
        !json_is_integer(schema) || json_integer_value(schema) < 1)
        return fault_set(fault, "%s: this is not a file that tare wrote (tool, schema)", path);
    if (json_integer_value(schema) > SCHEMA_VERSION)
        return fault_set(fault,
                         "%s: the run has schema %lld, this tare-report reads schema %d\n"
                         "      tare %s made it: use the tare-report of that version",
                         path, (long long)json_integer_value(schema), SCHEMA_VERSION,
                         json_is_string(version) ? json_string_value(version) : "(unknown)");
    return 0;
}

static int load_document(struct run *run, const char *path, struct fault *fault)
{
    struct stat status;
    json_error_t error;
    if (stat(path, &status) != 0)
        return fault_set_errno(fault, errno, "cannot read %s", path);
    if (!S_ISREG(status.st_mode) || status.st_size > (off_t)RUN_DOCUMENT_MAX_BYTES)
        return fault_set(fault, "%s: this is not a file that tare wrote (kind, size)", path);
    run->document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!run->document && !*error.text) /* that is how jansson says so */
        return fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    if (!run->document)
        return fault_set(fault,
                         "%s:%d:%d: %s\n      tare did not write this file, or it was changed",
                         path, error.line, error.column > 0 ? error.column : 1, error.text);
    return 0;
}

char *folder_file_path(const char *directory, const char *name)
{
    char *path = NULL;
    const size_t size = strlen(directory);
    const char *slash = size > 0 && directory[size - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", directory, slash, name) < 0 ? NULL : path;
}

int folder_read(struct run *run, const char *path, struct fault *fault)
{
    run->path = strdup(path);
    char *file = folder_file_path(path, SCHEMA_FILE_RUN);
    if (!run->path || !file) {
        free(file);
        return fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    }
    int result = load_document(run, file, fault);
    if (result == 0)
        result = check_schema(run, file, fault);
    if (result == 0) {
        struct reader reader = {.path = file, .in = "", .fault = fault};
        read_document(&reader, run);
        result = reader.failed ? -EINVAL : 0;
    }
    free(file);
    return result;
}

void folder_free(struct run *run)
{
    json_decref(run->document);
    free(run->path);
    free(run->command);
    free(run->ring_features);
    free(run->ring_disabled);
    free(run->targets);
    memset(run, 0, sizeof *run);
}

void folder_blame(struct run *run, enum run_verdict verdict, const char *name, const char *sentence,
                  ...)
{
    va_list arguments;
    if (verdict > run->verdict)
        run->verdict = verdict;
    if (run->reason_count == RUN_REASONS_MAX)
        return;
    struct run_reason *reason = &run->reasons[run->reason_count++];
    reason->verdict = verdict;
    snprintf(reason->name, sizeof reason->name, "%s", name);
    va_start(arguments, sentence);
    vsnprintf(reason->sentence, sizeof reason->sentence, sentence, arguments);
    va_end(arguments);
}
