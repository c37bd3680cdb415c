/* baseline_write.c - writes a variant's figures, run by run, as a baseline. */
#include "baseline.h"

#include "emit.h"
#include "schema.h"
#include "side.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static void write_figure(struct emit *emit, const char *target, const char *series,
                         const char *name, const struct interval *interval)
{
    emit_object(emit, NULL);
    emit_text(emit, "target", target);
    emit_text(emit, "series", series);
    emit_text(emit, "figure", name);
    emit_number(emit, "value", interval->value);
    emit_count(emit, "requests", interval->count);
    if (interval->quality != INTERVAL_NONE) {
        emit_text(emit, "quality", interval_quality_name(interval->quality));
        emit_number(emit, "low", interval->low);
        emit_number(emit, "high", interval->high);
        emit_bool(emit, "high_is_open", interval->is_open);
        emit_number(emit, "effective_requests", interval->effective);
        emit_number(emit, "effective_tail", interval->tail);
    }
    emit_object_end(emit);
}

/* What is being written. */
struct writer {
    struct emit emit;
    struct side side;
    size_t run;
    const struct gate *gates;
    size_t gate_count;
};

/* The figure of one run. Of a run among several its own scatter over time is not kept. */
static void put(struct writer *writer, const struct target *target,
                const struct side_figure *figure, const char *name)
{
    struct interval interval;
    const bool has_series = figure->metric <= SIDE_MAX;
    side_worth(&interval, &writer->side, figure);
    if (writer->side.runs > 1) {
        interval = (struct interval){.value = side_run_value(&writer->side, figure, writer->run),
                                     .low = NAN,
                                     .high = NAN,
                                     .count = target->runs[writer->run].requests,
                                     .effective = NAN,
                                     .tail = NAN};
    }
    if (isnan(interval.value))
        return;
    write_figure(&writer->emit, figure->target,
                 has_series ? schema_series_name((enum series)figure->series) : "", name,
                 &interval);
}

static void put_percentile(struct writer *writer, const struct target *target,
                           struct side_figure *figure, uint32_t ppm)
{
    char name[2 * DISTRIBUTION_NAME_MAX];
    distribution_percentile_name(ppm, name);
    figure->p = ppm / 1e6;
    figure->metric = SIDE_PERCENTILE;
    put(writer, target, figure, name);
    if (target->runs[writer->run].failed == 0)
        return;
    snprintf(name + strlen(name), sizeof name - strlen(name), BASELINE_OF_ALL);
    figure->metric = SIDE_PERCENTILE_OF_ALL;
    put(writer, target, figure, name);
}

static bool is_of_tables(uint32_t ppm)
{
    bool is = false;
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++)
        is |= distribution_percentiles_ppm[i] == ppm;
    return is;
}

/* The percentiles of the tables, and those of gates on this latency, each once. */
static void put_latency(struct writer *writer, const struct target *target, const char *target_name,
                        enum series series)
{
    struct side_figure figure = {.target = target_name, .series = (int)series};
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++)
        put_percentile(writer, target, &figure, distribution_percentiles_ppm[i]);
    for (size_t i = 0; i < writer->gate_count; i++) {
        const uint32_t ppm = writer->gates[i].metric == GATE_PERCENTILE ? writer->gates[i].ppm : 0;
        bool is_told = ppm == 0 || is_of_tables(ppm);
        for (size_t k = 0; k < i; k++)
            is_told |= writer->gates[k].metric == GATE_PERCENTILE && writer->gates[k].ppm == ppm;
        if (!is_told)
            put_percentile(writer, target, &figure, ppm);
    }
    figure.metric = SIDE_MEAN;
    put(writer, target, &figure, BASELINE_MEAN);
    figure.metric = SIDE_MAX;
    put(writer, target, &figure, BASELINE_MAX);
}

static void put_target(struct writer *writer, const struct target *target, const char *name)
{
    struct side_figure figure = {.target = name, .metric = SIDE_THROUGHPUT};
    bool is_kept = false;
    for (int s = 0; s < SERIES_COUNT; s++)
        is_kept |= target->scatter[s] != NULL;
    if (!is_kept) /* of many targets, those that no gate names */
        return;
    put(writer, target, &figure, BASELINE_THROUGHPUT);
    figure.metric = SIDE_RATE;
    put(writer, target, &figure, BASELINE_RATE);
    figure.metric = SIDE_ERRORS;
    put(writer, target, &figure, BASELINE_ERRORS);
    for (int s = 0; s < SERIES_COUNT; s++)
        if (target->scatter[s])
            put_latency(writer, target, name, (enum series)s);
}

static void write_made(struct emit *emit, const struct run *run)
{
    emit_object(emit, "made");
    emit_text(emit, "loop", run->config.loop == RUN_LOOP_OPEN ? "open" : "closed");
    emit_count(emit, "connections", run->config.connections);
    emit_count(emit, "threads", run->config.threads);
    if (run->config.loop == RUN_LOOP_OPEN)
        emit_number(emit, "rate_per_s", run->config.rate_per_s);
    else
        emit_null(emit, "rate_per_s");
    emit_text(emit, "arrivals", run->config.arrivals);
    emit_count(emit, "pipeline", run->config.pipeline);
    if (run->config.requests_per_connection > 0)
        emit_count(emit, "requests_per_connection", run->config.requests_per_connection);
    emit_text(emit, "cpu_model", run->machine.cpu_model);
    emit_count(emit, "cpus", run->machine.cpus);
    emit_text(emit, "kernel", run->machine.kernel);
    emit_array(emit, "targets");
    for (size_t i = 0; i < run->target_count; i++)
        emit_text(emit, NULL, run->targets[i].name);
    emit_array_end(emit);
    emit_object_end(emit);
}

static void write_own_run(struct writer *writer, const struct variant *variant, size_t run)
{
    struct emit *emit = &writer->emit;
    writer->run = run;
    emit_object(emit, NULL);
    emit_text(emit, "started_utc", variant->runs[run].started_utc);
    emit_text(emit, "version", variant->runs[run].version);
    emit_array(emit, "figures");
    put_target(writer, &variant->total, "");
    for (size_t t = 0; t < variant->target_count && variant->target_count > 1; t++)
        put_target(writer, &variant->targets[t], variant->targets[t].name);
    emit_array_end(emit);
    emit_object_end(emit);
}

static void write_run_before(struct emit *emit, const struct baseline_run *run)
{
    emit_object(emit, NULL);
    emit_text(emit, "started_utc", run->started_utc);
    emit_text(emit, "version", run->version);
    emit_array(emit, "figures");
    for (size_t i = 0; i < run->figure_count; i++)
        write_figure(emit, run->figures[i].target, run->figures[i].series, run->figures[i].name,
                     &run->figures[i].interval);
    emit_array_end(emit);
    emit_object_end(emit);
}

int baseline_write(FILE *out, const struct variant *variant, const struct gate *gates,
                   size_t gate_count, const struct baseline *before)
{
    struct writer writer = {.emit = {.out = out},
                            .side = side_of_variant(variant),
                            .gates = gates,
                            .gate_count = gate_count};
    struct emit *emit = &writer.emit;
    const size_t old = before ? before->run_count : 0;
    const size_t runs = old + variant->run_count;
    size_t drop = runs > BASELINE_RUNS_MAX ? runs - BASELINE_RUNS_MAX : 0;
    emit_object(emit, NULL);
    emit_count(emit, "schema", BASELINE_SCHEMA);
    emit_text(emit, "tool", "tare-report");
    emit_text(emit, "kind", "baseline");
    emit_text(emit, "version", TARE_VERSION);
    emit_text(emit, "name", variant->name);
    write_made(emit, &variant->runs[0]);
    emit_array(emit, "runs");
    for (size_t i = drop; i < old; i++)
        write_run_before(emit, &before->runs[i]);
    for (size_t i = drop > old ? drop - old : 0; i < variant->run_count; i++)
        write_own_run(&writer, variant, i);
    emit_array_end(emit);
    emit_object_end(emit);
    return ferror(out) ? -EIO : 0;
}
