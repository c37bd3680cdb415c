/* dataset.c - from a path to a variant: joins the targets of its runs, reads their files. */
#include "dataset.h"

#include "buckets.h"
#include "check.h"
#include "folder.h"
#include "group.h"
#include "identity.h"
#include "limits.h"
#include "names.h"
#include "repeats.h"
#include "resource_rows.h"
#include "samples.h"
#include "second_rows.h"
#include "adder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run's files, while they are read. */
struct intake {
    struct variant *variant;
    struct run *run;
    struct target *targets[RUN_TARGETS_MAX]; /* by the run's target id */
    struct adder_into into;
    struct fault *fault;
};

/* ---- targets ---- */

static struct target *find_target(const struct variant *variant, const char *name)
{
    for (size_t i = 0; i < variant->target_count; i++)
        if (strcmp(variant->targets[i].name, name) == 0)
            return &variant->targets[i];
    return NULL;
}

/* Joins the targets of all runs by name. */
static int join_targets(struct variant *variant, struct fault *fault)
{
    size_t most = 0;
    for (size_t r = 0; r < variant->run_count; r++)
        most += variant->runs[r].target_count;
    variant->targets = calloc(most, sizeof *variant->targets);
    if (!variant->targets)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", variant->path);
    for (size_t r = 0; r < variant->run_count; r++)
        for (size_t t = 0; t < variant->runs[r].target_count; t++) {
            const struct run_target *from = &variant->runs[r].targets[t];
            if (!find_target(variant, from->name))
                variant->targets[variant->target_count++] =
                    (struct target){.name = from->name, .method = from->method, .url = from->url};
        }
    return 0;
}

const struct target *variant_find_target(const struct variant *variant, const char *name)
{
    if (!name || !*name)
        return &variant->total;
    const struct target *found = find_target(variant, name);
    for (size_t i = 0; !found && i < variant->target_count; i++) {
        const char *blank = strchr(variant->targets[i].name, ' ');
        if (!blank || strcmp(blank + 1, name) != 0)
            continue;
        for (size_t k = i + 1; k < variant->target_count; k++) {
            const char *other = strchr(variant->targets[k].name, ' ');
            if (other && strcmp(other + 1, name) == 0)
                return NULL;
        }
        found = &variant->targets[i];
    }
    return found;
}

static void resolve_watches(const struct variant *variant, struct watch *watches,
                            size_t watch_count)
{
    for (size_t i = 0; i < watch_count; i++) {
        const struct target *target = variant_find_target(variant, watches[i].target);
        watches[i].is_found = target != NULL;
        watches[i].only = target == &variant->total ? NULL : target;
    }
}

/* ---- files ---- */

/* A file that ends within a row: a fault in a run that is complete, else the mark of a kill. */
static int note_torn(struct intake *intake, const char *path, uint64_t line)
{
    if (intake->run->state == RUN_STATE_COMPLETE)
        return fault_set(intake->fault,
                         "%s:%llu:1: the file ends within this row, though the run is complete\n"
                         "      it was cut off on its way here: copy it again",
                         path, (unsigned long long)line);
    intake->run->torn_rows++;
    folder_blame(intake->run, RUN_INVALID, "row_torn",
                 "the last row of %s was cut off, and dropped",
                 strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    return 0;
}

/* Whether a file may be missing: in a run that was killed before it was written. */
static bool may_miss(const struct intake *intake, const char *path)
{
    return intake->run->state == RUN_STATE_RUNNING && access(path, F_OK) != 0;
}

static int read_samples(struct intake *intake, const char *path, struct samples_seen *seen)
{
    struct run *run = intake->run;
    const int result = samples_read(path, &intake->into, run->config.samples != RUN_SAMPLES_ALL,
                                    seen, intake->fault);
    if (result != 0)
        return result;
    run->rows = seen->rows;
    run->distinct_checked = seen->distinct_checked;
    return seen->is_torn ? note_torn(intake, path, seen->torn_line) : 0;
}

static int read_buckets(struct intake *intake, const char *path)
{
    struct buckets_seen seen;
    struct variant *variant = intake->variant;
    const bool needed = intake->run->config.samples != RUN_SAMPLES_ALL;
    int result = buckets_read(path, &intake->into, needed ? BUCKETS_WHOLE : BUCKETS_NONE,
                              &variant->timeline, &seen, intake->fault);
    if (result != 0)
        return result;
    if (seen.is_torn)
        result = note_torn(intake, path, seen.torn_line);
    /* A kill leaves slices alone: they say the same with two digits. */
    if (result == 0 && needed && seen.whole_rows == 0)
        result = buckets_read(path, &intake->into, BUCKETS_SLICES, NULL, &seen, intake->fault);
    if (result == 0 && needed)
        identity_check_buckets(intake->run, &seen);
    if (result == 0 && needed && !intake->run->is_measured && seen.measured_rows == 0)
        folder_blame(intake->run, RUN_INVALID, "histograms_unwritten",
                     "tare was killed before it wrote histograms.csv, and kept no rows that could "
                     "stand in: no latency is known");
    return result;
}

static int read_seconds(struct intake *intake, const char *path)
{
    struct second_rows_seen seen;
    struct run *run = intake->run;
    const int result = second_rows_read(path, intake->targets, run->target_count,
                                        &intake->variant->timeline, &seen, intake->fault);
    if (result != 0)
        return result;
    identity_check_seconds(run, &seen);
    /* Of a run that was killed, the seconds that were written tell how long it took. */
    if (!run->is_measured) {
        run->warmup_ns = run->config.warmup_ns;
        run->measure_ns = seen.end_ns > run->warmup_ns ? seen.end_ns - run->warmup_ns : 0;
    }
    return seen.is_torn ? note_torn(intake, path, seen.torn_line) : 0;
}

static int read_resources(struct intake *intake, const char *path)
{
    struct second_rows_seen seen;
    struct variant *variant = intake->variant;
    const bool is_first = intake->run == variant->runs;
    struct run_process others[VARIANT_PROCESSES_MAX];
    size_t other_count = 0;
    const int result =
        resource_rows_read(path, is_first ? variant->processes : others, VARIANT_PROCESSES_MAX,
                           is_first ? &variant->process_count : &other_count, &variant->timeline,
                           &seen, intake->fault);
    if (result != 0)
        return result;
    return seen.is_torn ? note_torn(intake, path, seen.torn_line) : 0;
}

/* Reads one of the run's files; `seen` is for samples.csv alone. */
static int read_file(struct intake *intake, const char *name, struct samples_seen *seen)
{
    char *path = folder_file_path(intake->run->path, name);
    int result;
    if (!path)
        result = fault_set_errno(intake->fault, ENOMEM, "cannot read %s", intake->run->path);
    else if (may_miss(intake, path))
        result = 0;
    else if (strcmp(name, SCHEMA_FILE_SAMPLES) == 0)
        result = read_samples(intake, path, seen);
    else if (strcmp(name, SCHEMA_FILE_HISTOGRAMS) == 0)
        result = read_buckets(intake, path);
    else if (strcmp(name, SCHEMA_FILE_SECONDS) == 0)
        result = read_seconds(intake, path);
    else
        result = read_resources(intake, path);
    free(path);
    return result;
}

/* Blocks of the measured time; of a run that was killed, of the time that was asked for. */
static void set_clock(struct scatter_clock *clock, const struct run *run)
{
    scatter_clock_set(clock, run->is_measured ? run->warmup_ns : run->config.warmup_ns,
                      run->is_measured ? run->measure_ns : run->config.duration_ns,
                      run->config.samples != RUN_SAMPLES_ALL);
}

static int read_files(struct variant *variant, struct run *run, const struct scatter_clock *clock,
                      struct watch *watches, size_t watch_count, struct fault *fault)
{
    struct intake intake = {.variant = variant, .run = run, .fault = fault};
    struct samples_seen seen = {.rows = 0};
    const bool has_samples = run->config.samples != RUN_SAMPLES_NONE;
    int result = 0;
    for (size_t t = 0; t < run->target_count; t++)
        intake.targets[t] = find_target(variant, run->targets[t].name);
    intake.into = (struct adder_into){.latency = variant->latency,
                                      .total = &variant->total,
                                      .targets = intake.targets,
                                      .target_count = run->target_count,
                                      .is_fine = variant->target_count <= ADDER_TARGETS_FINE,
                                      .is_single = variant->target_count == 1,
                                      .clock = variant->run_count == 1 ? clock : NULL,
                                      .watches = watches,
                                      .watch_count = watch_count};
    if (has_samples)
        result = read_file(&intake, SCHEMA_FILE_SAMPLES, &seen);
    if (result == 0)
        result = read_file(&intake, SCHEMA_FILE_HISTOGRAMS, NULL);
    if (result == 0)
        result = read_file(&intake, SCHEMA_FILE_SECONDS, NULL);
    if (result == 0)
        result = read_file(&intake, SCHEMA_FILE_RESOURCES, NULL);
    if (result == 0)
        identity_check(run, has_samples ? &seen : NULL);
    if (result == 0)
        digest_folder(run->path, run->files);
    return result;
}

/* ---- sums ---- */

static void sum_outcomes(struct target *target)
{
    target->requests = target->successes = target->failures = target->censored = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        const uint64_t count = target->outcomes[i];
        target->requests += count;
        switch (outcome_class((enum outcome)i)) {
        case OUTCOME_SUCCESS: target->successes += count; break;
        case OUTCOME_FAILURE: target->failures += count; break;
        case OUTCOME_CENSORED: target->censored += count; break;
        }
    }
}

static void finish_target(struct variant *variant, struct target *target)
{
    sum_outcomes(target);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        variant->total.outcomes[i] += target->outcomes[i];
    variant->total.sent += target->sent;
    variant->total.done += target->done;
    variant->total.done_ok += target->done_ok;
}

static void finish(struct variant *variant)
{
    for (size_t t = 0; t < variant->target_count; t++)
        finish_target(variant, &variant->targets[t]);
    sum_outcomes(&variant->total);
    timeline_finish(&variant->timeline);
    for (size_t r = 0; r < variant->run_count; r++) {
        const struct run *run = &variant->runs[r];
        variant->measure_ns += run->measure_ns;
        variant->from_histograms |= run->config.samples != RUN_SAMPLES_ALL;
        if (run->verdict > variant->verdict)
            variant->verdict = run->verdict;
    }
}

/* Reads all runs, and what each came to. */
static int read_all(struct variant *variant, struct watch *watches, size_t watch_count,
                    struct fault *fault)
{
    struct repeats repeats;
    struct scatter_clock clock = {.block_ns = 1};
    int counted = repeats_init(&repeats, variant, watches, watch_count);
    int result = 0;
    for (size_t r = 0; r < variant->run_count && result == 0 && counted == 0; r++) {
        set_clock(&clock, &variant->runs[r]);
        result = read_files(variant, &variant->runs[r], &clock, watches, watch_count, fault);
        if (result == 0)
            counted = repeats_end_run(&repeats, r);
    }
    if (result == 0 && counted == 0)
        counted = repeats_finish(&repeats, &clock);
    repeats_free(&repeats);
    if (counted != 0)
        return fault_set_errno(fault, -counted, "cannot count %s", variant->path);
    return result;
}

int variant_read(struct variant *variant, const char *path, struct watch *watches,
                 size_t watch_count, struct fault *fault)
{
    memset(variant, 0, sizeof *variant);
    variant->path = strdup(path);
    variant->name = names_of_path(path, 1);
    if (!variant->path || !variant->name || timeline_init(&variant->timeline) != 0)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    int result = group_read(variant, fault);
    if (result == 0)
        result = join_targets(variant, fault);
    if (result != 0)
        return result;
    variant->loop = variant->runs[0].config.loop;
    variant->latency = variant->loop == RUN_LOOP_OPEN ? SERIES_RESPONSE : SERIES_SERVICE;
    resolve_watches(variant, watches, watch_count);
    result = read_all(variant, watches, watch_count, fault);
    if (result == 0)
        finish(variant);
    return result;
}

void variant_free(struct variant *variant)
{
    repeats_free_targets(variant);
    for (size_t r = 0; r < variant->run_count; r++)
        folder_free(&variant->runs[r]);
    timeline_free(&variant->timeline);
    free(variant->runs);
    free(variant->targets);
    free(variant->name);
    free(variant->path);
    memset(variant, 0, sizeof *variant);
}

static double per_s(const struct variant *variant, uint64_t count)
{
    return variant->measure_ns == 0
               ? 0.0
               : (double)count * (double)NS_PER_S / (double)variant->measure_ns;
}

double variant_rate_per_s(const struct variant *variant, const struct target *target)
{
    return per_s(variant, target->done);
}

double variant_success_rate_per_s(const struct variant *variant, const struct target *target)
{
    return per_s(variant, target->done_ok);
}

double variant_sent_rate_per_s(const struct variant *variant, const struct target *target)
{
    return per_s(variant, target->sent);
}

bool target_is_unknown(const struct target *target)
{
    return target->requests == 0 && target->done > 0;
}

double target_error_share(const struct target *target)
{
    return target->requests == 0 ? 0.0 : (double)target_failed(target) / (double)target->requests;
}

size_t variant_count_interrupted(const struct variant *variant)
{
    size_t count = 0;
    for (size_t i = 0; i < variant->run_count; i++)
        count += variant->runs[i].state == RUN_STATE_INTERRUPTED;
    return count;
}

const char *run_verdict_name(enum run_verdict verdict)
{
    static const char *const names[] = {"valid", "suspect", "invalid"};
    CHECK(verdict, <, RUN_VERDICT_COUNT);
    return names[verdict];
}

const char *run_loop_name(enum run_loop loop)
{
    return loop == RUN_LOOP_OPEN ? "open loop" : "closed loop";
}
