/* json.c - the report as JSON, from the sentence at its head down to each run's anomalies. */
#include "json.h"

#include "emit.h"
#include "json_parts.h"
#include "schema.h"
#include "worth.h"

#include <errno.h>
#include <stdio.h>

/* 95 % intervals of the percentiles of one latency, where its scatter was kept. */
static void write_intervals(struct emit *emit, const struct target *target, enum series series)
{
    struct interval interval;
    if (!target->scatter[series] || distribution_count(&target->series[series]) == 0)
        return;
    emit_object(emit, "intervals");
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        worth_percentile(&interval, target, series, distribution_percentiles_ppm[i] / 1e6);
        json_write_worth(emit, distribution_percentile_names[i], &interval);
    }
    worth_mean(&interval, target, series);
    json_write_worth(emit, "mean", &interval);
    emit_object_end(emit);
}

static void write_series(struct emit *emit, const struct target *target, enum series series)
{
    const struct distribution *d = &target->series[series];
    char key[DISTRIBUTION_NAME_MAX + 4];
    emit_object(emit, schema_series_name(series));
    emit_count(emit, "count", distribution_count(d));
    emit_bool(emit, "exact", distribution_is_exact(d));
    emit_ns(emit, "min_ns", distribution_min_ns(d));
    emit_number(emit, "mean_ns", distribution_mean_ns(d));
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        snprintf(key, sizeof key, "%s_ns", distribution_percentile_names[i]);
        emit_ns(emit, key, distribution_at_ppm(d, distribution_percentiles_ppm[i]));
    }
    emit_ns(emit, "max_ns", distribution_max_ns(d));
    emit_array(emit, "unresolved"); /* percentiles with too few requests beyond them */
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++)
        if (!distribution_is_resolved(d, distribution_percentiles_ppm[i]))
            emit_text(emit, NULL, distribution_percentile_names[i]);
    emit_array_end(emit);
    write_intervals(emit, target, series);
    emit_object_end(emit);
}

void json_write_outcomes(struct emit *emit, const uint64_t outcomes[OUTCOME_COUNT])
{
    emit_object(emit, "outcomes");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        emit_count(emit, outcome_name((enum outcome)i), outcomes[i]);
    emit_object_end(emit);
}

/* Counts and latencies of the measured phase. Latencies are those of successes. */
static void write_target(struct emit *emit, const struct variant *variant,
                         const struct target *target)
{
    emit_count(emit, "requests", target->requests);
    emit_count(emit, "successes", target->successes);
    emit_count(emit, "failures", target->failures);
    emit_count(emit, "censored", target->censored);
    emit_number(emit, "error_share", target_error_share(target));
    emit_number(emit, "throughput_per_s", variant_rate_per_s(variant, target));
    emit_number(emit, "successes_per_s", variant_success_rate_per_s(variant, target));
    emit_number(emit, "sent_per_s", variant_sent_rate_per_s(variant, target));
    json_write_outcomes(emit, target->outcomes);
    emit_object(emit, "series");
    for (int i = 0; i < SERIES_COUNT; i++)
        if (distribution_count(&target->series[i]) > 0)
            write_series(emit, target, (enum series)i);
    emit_object_end(emit);
}

static void write_processes(struct emit *emit, const struct variant *variant)
{
    emit_array(emit, "processes");
    for (size_t i = 0; i < variant->process_count; i++) {
        const struct run_process *process = &variant->processes[i];
        emit_object(emit, NULL);
        emit_text(emit, "name", process->name);
        emit_ns(emit, "cpu_user_ns", process->cpu_user_ns);
        emit_ns(emit, "cpu_system_ns", process->cpu_system_ns);
        emit_count(emit, "resident_first_bytes", process->resident_first_bytes);
        emit_count(emit, "resident_peak_bytes", process->resident_peak_bytes);
        emit_count(emit, "descriptors_peak", process->descriptors_peak);
        emit_count(emit, "threads_peak", process->threads_peak);
        emit_object_end(emit);
    }
    emit_array_end(emit);
}

/* Whether the median rose or fell while the one run was measured. */
static void write_drift(struct emit *emit, const struct variant *variant)
{
    struct drift drift = {.is_known = false};
    const struct scatter *scatter = variant->total.scatter[variant->latency];
    if (scatter)
        drift_find(&drift, scatter);
    if (!drift.is_known) {
        emit_null(emit, "drift");
        return;
    }
    emit_object(emit, "drift");
    emit_bool(emit, "drifting", drift.is_drifting);
    emit_number(emit, "median_change_percent", drift.change_percent);
    emit_number(emit, "p", drift.p);
    emit_object_end(emit);
}

static void write_variant(struct emit *emit, const struct variant *variant)
{
    emit_object(emit, NULL);
    emit_text(emit, "name", variant->name);
    emit_bool(emit, "group", variant->is_group);
    emit_text(emit, "loop", variant->loop == RUN_LOOP_OPEN ? "open" : "closed");
    emit_text(emit, "latency", schema_series_name(variant->latency));
    emit_text(emit, "verdict", run_verdict_name(variant->verdict));
    emit_text(emit, "source",
              variant->from_histograms ? SCHEMA_FILE_HISTOGRAMS : SCHEMA_FILE_SAMPLES);
    emit_ns(emit, "measure_ns", variant->measure_ns);
    write_drift(emit, variant);
    write_target(emit, variant, &variant->total);
    emit_array(emit, "targets");
    for (size_t i = 0; i < variant->target_count; i++) {
        const struct target *target = &variant->targets[i];
        emit_object(emit, NULL);
        emit_text(emit, "name", target->name);
        emit_text(emit, "method", target->method);
        emit_text(emit, "url", target->url);
        write_target(emit, variant, target);
        emit_object_end(emit);
    }
    emit_array_end(emit);
    write_processes(emit, variant);
    emit_array(emit, "folders");
    for (size_t i = 0; i < variant->run_count; i++)
        json_write_folder(emit, variant, i);
    emit_array_end(emit);
    emit_object_end(emit);
}

int json_write(FILE *out, const struct report *report)
{
    struct emit emit = {.out = out};
    emit_object(&emit, NULL);
    emit_count(&emit, "schema", JSON_SCHEMA_VERSION);
    emit_text(&emit, "tool", "tare-report");
    emit_text(&emit, "version", report->version);
    emit_text(&emit, "command", report->command);
    emit_text(&emit, "headline", report->headline);
    emit_bool(&emit, "trusted", report->is_trusted);
    emit_bool(&emit, "forced", report->is_forced);
    emit_text(&emit, "watermark", *report->watermark ? report->watermark : NULL);
    emit_array(&emit, "gates");
    for (size_t i = 0; i < report->result_count; i++)
        json_write_gate(&emit, report, &report->results[i]);
    emit_array_end(&emit);
    emit_array(&emit, "comparisons");
    for (size_t i = 0; i < report->comparison_count; i++)
        json_write_comparison(&emit, report, report->variants[0].name, &report->comparisons[i]);
    emit_array_end(&emit);
    if (report->baseline) {
        emit_object(&emit, "baseline"); /* a file that stands for earlier runs */
        emit_text(&emit, "name", report->baseline->name);
        emit_count(&emit, "runs", report->baseline->run_count);
        emit_array(&emit, "comparisons");
        for (size_t i = 0; i < report->variant_count; i++)
            json_write_comparison(&emit, report, "the baseline", &report->baseline_comparisons[i]);
        emit_array_end(&emit);
        emit_object_end(&emit);
    }
    emit_array(&emit, "runs");
    for (size_t i = 0; i < report->variant_count; i++)
        write_variant(&emit, &report->variants[i]);
    emit_array_end(&emit);
    emit_object_end(&emit);
    return ferror(out) ? -EIO : 0;
}
