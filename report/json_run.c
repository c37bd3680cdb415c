/* json_run.c - a run folder in report.json: how it was made, on what, and what it took. */
#include "json_parts.h"

#include "worth.h"

static void write_config(struct emit *emit, const struct run_config *config)
{
    emit_object(emit, "config");
    emit_text(emit, "loop", config->loop == RUN_LOOP_OPEN ? "open" : "closed");
    emit_count(emit, "connections", config->connections);
    emit_count(emit, "threads", config->threads);
    if (config->loop == RUN_LOOP_OPEN)
        emit_number(emit, "rate_per_s", config->rate_per_s);
    else
        emit_null(emit, "rate_per_s");
    emit_text(emit, "arrivals", config->arrivals);
    emit_count(emit, "requests", config->requests);
    emit_ns(emit, "duration_ns", config->duration_ns);
    emit_ns(emit, "warmup_ns", config->warmup_ns);
    emit_ns(emit, "grace_ns", config->grace_ns);
    emit_ns(emit, "timeout_ns", config->timeout_ns);
    emit_count(emit, "pipeline", config->pipeline);
    emit_text(emit, "wait", config->wait);
    emit_count(emit, "seed", config->seed);
    emit_text(emit, "samples", config->samples_text);
    emit_object_end(emit);
}

static void write_machine(struct emit *emit, const struct run *run)
{
    emit_object(emit, "machine");
    emit_text(emit, "host", run->machine.host);
    emit_text(emit, "kernel", run->machine.kernel);
    emit_text(emit, "architecture", run->machine.architecture);
    emit_text(emit, "cpu_model", run->machine.cpu_model);
    emit_count(emit, "cpus", run->machine.cpus);
    emit_count(emit, "memory_bytes", run->machine.memory_bytes);
    emit_text(emit, "liburing", run->liburing);
    emit_text(emit, "ring_features", run->ring_features);
    emit_text(emit, "ring_disabled", run->ring_disabled);
    emit_text(emit, "clock_source", run->clock_source);
    emit_object_end(emit);
}

static void write_totals(struct emit *emit, const struct run_totals *totals)
{
    emit_object(emit, "totals");
    emit_count(emit, "due", totals->due);
    emit_count(emit, "requests", totals->requests);
    emit_count(emit, "attempts", totals->attempts);
    emit_count(emit, "rows", totals->rows);
    emit_count(emit, "sent", totals->sent);
    emit_count(emit, "done", totals->done);
    emit_count(emit, "bytes_in", totals->bytes_in);
    emit_count(emit, "bytes_out", totals->bytes_out);
    emit_count(emit, "connections_opened", totals->connections_opened);
    emit_object_end(emit);
}

static void write_cost(struct emit *emit, const struct run_cost *cost)
{
    emit_object(emit, "cost"); /* what the generator itself took */
    emit_count(emit, "recording_bytes", cost->recording_bytes);
    emit_ns(emit, "recording_cpu_ns", cost->recording_cpu_ns);
    emit_ns(emit, "cpu_user_ns", cost->cpu_user_ns);
    emit_ns(emit, "cpu_system_ns", cost->cpu_system_ns);
    emit_count(emit, "resident_bytes", cost->resident_bytes);
    if (cost->busy_share < 0)
        emit_null(emit, "busy_share");
    else
        emit_number(emit, "busy_share", cost->busy_share);
    emit_object_end(emit);
}

static void write_tls(struct emit *emit, const struct run_tls *tls)
{
    if (!tls->version) {
        emit_null(emit, "tls");
        return;
    }
    emit_object(emit, "tls");
    emit_text(emit, "version", tls->version);
    emit_text(emit, "cipher", tls->cipher);
    emit_count(emit, "handshakes", tls->handshakes);
    emit_count(emit, "resumed", tls->resumed);
    emit_object_end(emit);
}

static void write_verdict(struct emit *emit, const struct run *run)
{
    emit_text(emit, "verdict", run_verdict_name(run->verdict));
    emit_text(emit, "limited_by", run->limited_by);
    emit_array(emit, "reasons");
    for (size_t i = 0; i < run->reason_count; i++) {
        emit_object(emit, NULL);
        emit_text(emit, "name", run->reasons[i].name);
        emit_text(emit, "verdict", run_verdict_name(run->reasons[i].verdict));
        emit_text(emit, "sentence", run->reasons[i].sentence);
        emit_object_end(emit);
    }
    emit_array_end(emit);
    emit_object(emit, "anomalies");
    for (size_t i = 0; i < run->anomaly_count; i++)
        emit_count(emit, run->anomalies[i].name, run->anomalies[i].count);
    emit_object_end(emit);
}

static void write_scale_spread(struct emit *emit, const char *key,
                               const struct scale_spread *spread)
{
    if (spread->count == 0) {
        emit_null(emit, key);
        return;
    }
    emit_object(emit, key);
    emit_count(emit, "count", spread->count);
    emit_ns(emit, "p50_ns", spread->p50_ns);
    emit_ns(emit, "p99_ns", spread->p99_ns);
    emit_ns(emit, "p99.9_ns", spread->p999_ns);
    emit_object_end(emit);
}

/* The keys of run.json's `weight`; null where nobody weighed. */
static void write_scale(struct emit *emit, const struct scale *scale)
{
    if (!scale->is_known) {
        emit_null(emit, "weight");
        return;
    }
    emit_object(emit, "weight");
    emit_text(emit, "weighed_utc", scale->weighed_utc);
    emit_bool(emit, "shares_cpu", scale->shares_cpu);
    emit_number(emit, "waited_share", scale->waited_share);
    emit_number(emit, "clock_ns", scale->clock_ns);
    emit_number(emit, "nop_ns", scale->nop_ns);
    emit_number(emit, "nop_batch_ns", scale->nop_batch_ns);
    emit_object(emit, "request");
    emit_count(emit, "connections", scale->connections);
    emit_number(emit, "cpu_ns", scale->request_ns);
    emit_number(emit, "cpu_bare_ns", scale->request_bare_ns);
    emit_number(emit, "rate_per_s", scale->rate_per_s);
    emit_number(emit, "busy_share", scale->busy_share);
    emit_object_end(emit);
    emit_object(emit, "send_lag");
    emit_number(emit, "rate_per_s", scale->lag_rate_per_s);
    for (int i = 0; i < SCALE_WAIT_MODES; i++)
        write_scale_spread(emit, scale_wait_names[i], &scale->send_lag[i]);
    emit_object_end(emit);
    emit_object(emit, "service_error");
    write_scale_spread(emit, "stamps", &scale->stamps);
    write_scale_spread(emit, "single", &scale->single);
    write_scale_spread(emit, "server", &scale->server);
    emit_object_end(emit);
    emit_object_end(emit);
}

static void write_files(struct emit *emit, const struct run *run)
{
    emit_array(emit, "files");
    for (int i = 0; i < DIGEST_FILES; i++) {
        if (!run->files[i].is_there)
            continue;
        emit_object(emit, NULL);
        emit_text(emit, "name", run->files[i].name);
        emit_count(emit, "bytes", run->files[i].bytes);
        emit_text(emit, "sha256", run->files[i].sha256[0] ? run->files[i].sha256 : NULL);
        emit_object_end(emit);
    }
    emit_array_end(emit);
}

/* What one run of a group came to by itself: what groups are compared by. */
static void write_run_figures(struct emit *emit, const struct variant *variant, size_t index)
{
    emit_object(emit, "figures");
    emit_number(emit, "throughput_per_s", worth_run_rate(variant, &variant->total, index));
    emit_object(emit, "percentiles_ns");
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++)
        emit_number(emit, distribution_percentile_names[i],
                    worth_run_percentile(&variant->total, variant->latency, index,
                                         distribution_percentiles_ppm[i] / 1e6));
    emit_object_end(emit);
    emit_object_end(emit);
}

void json_write_folder(struct emit *emit, const struct variant *variant, size_t index)
{
    const struct run *run = &variant->runs[index];
    static const char *const states[] = {"running", "complete", "interrupted"};
    emit_object(emit, NULL);
    emit_text(emit, "path", run->path);
    emit_text(emit, "version", run->version);
    emit_text(emit, "state", states[run->state]);
    emit_text(emit, "started_utc", run->started_utc);
    emit_text(emit, "command", run->command);
    write_verdict(emit, run);
    emit_ns(emit, "warmup_ns", run->warmup_ns);
    emit_ns(emit, "measure_ns", run->measure_ns);
    emit_ns(emit, "grace_ns", run->grace_ns);
    emit_count(emit, "rows_read", run->rows);
    emit_count(emit, "rows_torn", run->torn_rows);
    emit_bool(emit, "distinct_checked", run->distinct_checked);
    write_files(emit, run);
    write_run_figures(emit, variant, index);
    write_config(emit, &run->config);
    write_machine(emit, run);
    write_scale(emit, &run->scale);
    if (run->is_measured) {
        write_totals(emit, &run->totals);
        json_write_outcomes(emit, run->outcomes);
        write_cost(emit, &run->cost);
        write_tls(emit, &run->tls);
    }
    emit_object_end(emit);
}
