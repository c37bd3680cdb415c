/* report.c - reads the runs and works out what a report says. */
#include "report.h"

#include "names.h"
#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists the targets of a variant for somebody who named none of them. */
static int refuse_target(const struct variant *variant, const struct gate *gate,
                         struct fault *fault)
{
    char list[512] = "";
    size_t size = 0;
    for (size_t i = 0; i < variant->target_count && size + 1 < sizeof list; i++) {
        const int more = snprintf(list + size, sizeof list - size, "%s'%s'", i > 0 ? ", " : "",
                                  variant->targets[i].name);
        size += more > 0 ? (size_t)more : 0;
    }
    return fault_set(
        fault,
        "the gate '%.200s' speaks of the target '%.100s', which %.60s does not have, or "
        "has several times\n      its targets: %s",
        gate->text, gate->target, variant->name, list);
}

static int read_variant(struct report *report, const char *path, struct watch *watches,
                        struct fault *fault)
{
    for (size_t i = 0; i < report->gate_count; i++)
        watches[i] = gate_watch(&report->gates[i]);
    struct variant *variant = &report->variants[report->variant_count++];
    const int result = variant_read(variant, path, watches, report->gate_count, fault);
    if (result != 0)
        return result;
    for (size_t i = 0; i < report->gate_count; i++)
        if (!watches[i].is_found)
            return refuse_target(variant, &report->gates[i], fault);
    return 0;
}

/* Judges by all gates; watches: by variant, then gate. */
static void judge(struct report *report, const struct watch *watches)
{
    for (size_t g = 0; g < report->gate_count; g++)
        for (size_t v = 0; v < report->variant_count; v++) {
            const struct gate *gate = &report->gates[g];
            if (gate->is_regression && v == 0)
                continue;
            struct gate_result *result = &report->results[report->result_count++];
            if (gate->is_regression)
                gate_judge_regression(gate, &report->variants[0], &report->variants[v], result);
            else
                gate_judge(gate, &report->variants[v], &watches[v * report->gate_count + g],
                           result);
            result->gate = g;
            result->variant = v;
        }
}

/* The percentile of the first gate on the run's own latency, 0 where there is none. */
static uint32_t asked_percentile(const struct report *report)
{
    for (size_t i = 0; i < report->gate_count; i++)
        if (report->gates[i].metric == GATE_PERCENTILE && report->gates[i].series < 0)
            return report->gates[i].ppm;
    return 0;
}

static void compare(struct report *report)
{
    report->headline_ppm =
        compare_percentile(report->variants, report->variant_count, asked_percentile(report));
    for (size_t i = 1; i < report->variant_count; i++)
        compare_variants(&report->comparisons[report->comparison_count++], report->variants, 0, i,
                         report->headline_ppm, report->is_forced);
    compare_headline(report->variants, report->variant_count, report->comparisons,
                     report->headline_ppm, report->headline);
}

static void find_trust(struct report *report)
{
    report->is_trusted = true;
    for (size_t i = 0; i < report->variant_count; i++)
        report->is_trusted &= report->variants[i].verdict != RUN_INVALID;
    for (size_t i = 0; i < report->comparison_count; i++)
        report->is_trusted &= report->comparisons[i].is_comparable;
}

/* Says once each thing that forbids what is shown all the same. */
static void write_watermark(struct report *report)
{
    char *text = report->watermark;
    size_t size = 0;
    if (report->is_trusted || !report->is_forced)
        return;
    for (size_t i = 0; i < report->variant_count; i++)
        if (report->variants[i].verdict == RUN_INVALID && size < REPORT_WATERMARK_MAX)
            size += (size_t)snprintf(text + size, REPORT_WATERMARK_MAX - size, "%s%.60s is invalid",
                                     size ? "; " : "forced: ", report->variants[i].name);
    for (size_t i = 0; i < report->comparison_count; i++)
        for (size_t k = 0; k < report->comparisons[i].refusal_count; k++) {
            const struct compare_refusal *refusal = &report->comparisons[i].refusals[k];
            if (strcmp(refusal->name, "invalid") == 0 || strstr(text, refusal->sentence) ||
                size >= REPORT_WATERMARK_MAX)
                continue;
            size += (size_t)snprintf(text + size, REPORT_WATERMARK_MAX - size, "%s%s",
                                     size ? "; " : "forced: ", refusal->sentence);
        }
}

static int allocate(struct report *report, size_t path_count, size_t gate_count,
                    struct watch **watches)
{
    report->variants = calloc(path_count, sizeof *report->variants);
    report->comparisons = calloc(path_count, sizeof *report->comparisons);
    report->gates = calloc(gate_count + 1, sizeof *report->gates);
    report->results = calloc(gate_count * path_count + 1, sizeof *report->results);
    *watches = calloc(gate_count * path_count + 1, sizeof **watches);
    return report->variants && report->comparisons && report->gates && report->results && *watches
               ? 0
               : -ENOMEM;
}

int report_make(struct report *report, char *command, const char *const *paths, size_t path_count,
                const struct gate *gates, size_t gate_count, bool is_forced, struct fault *fault)
{
    struct watch *watches = NULL;
    memset(report, 0, sizeof *report);
    report->version = TARE_VERSION;
    report->command = command;
    report->is_forced = is_forced;
    int result = allocate(report, path_count, gate_count, &watches);
    if (result != 0) {
        fault_set_errno(fault, ENOMEM, "cannot make the report");
    } else {
        memcpy(report->gates, gates, gate_count * sizeof *gates);
        report->gate_count = gate_count;
    }
    for (size_t i = 0; i < path_count && result == 0; i++)
        result = read_variant(report, paths[i], &watches[i * gate_count], fault);
    if (result == 0 && names_set_apart(report->variants, report->variant_count) != 0)
        result = fault_set_errno(fault, ENOMEM, "cannot make the report");
    if (result == 0) {
        judge(report, watches);
        compare(report);
        find_trust(report);
        write_watermark(report);
    }
    free(watches);
    return result;
}

void report_free(struct report *report)
{
    for (size_t i = 0; i < report->variant_count; i++)
        variant_free(&report->variants[i]);
    free(report->variants);
    free(report->comparisons);
    free(report->gates);
    free(report->results);
    free(report->command);
    memset(report, 0, sizeof *report);
}

size_t report_count_verdict(const struct report *report, enum gate_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < report->result_count; i++)
        count += report->results[i].verdict == verdict;
    return count;
}

const char *report_latency_name(const struct report *report, size_t count)
{
    bool seen[2] = {false, false};
    for (size_t i = 0; i < count; i++)
        seen[report->variants[i].latency == SERIES_RESPONSE] = true;
    if (seen[0] && seen[1])
        return "response time in open loop, service time in closed loop,";
    return seen[1] ? "response time" : "service time";
}
