/* report.c - reads the runs and works out what a report says. */
#include "report.h"

#include "check.h"
#include "names.h"
#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const report_default_gates[REPORT_DEFAULT_GATES] = {"rate>=97%", "errors<=+0.1%",
                                                                "p50<=105%", "p99<=110%"};

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
static int judge(struct report *report, const struct watch *watches)
{
    const struct side base = report->baseline ? side_of_baseline(report->baseline)
                                              : side_of_variant(&report->variants[0]);
    for (size_t g = 0; g < report->gate_count; g++)
        for (size_t v = 0; v < report->variant_count; v++) {
            const struct gate *gate = &report->gates[g];
            if (gate->is_regression && v == 0 && !report->baseline)
                continue;
            struct gate_result *result = &report->results[report->result_count++];
            if (gate->is_regression)
                gate_judge_regression(gate, &base, &report->variants[v], result);
            else
                gate_judge(gate, &report->variants[v], &watches[v * report->gate_count + g],
                           result);
            result->gate = g;
            result->variant = v;
        }
    return gate_settle(report->gates, report->results, report->result_count);
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
    if (report->baseline) {
        const struct side base = side_of_baseline(report->baseline);
        for (size_t i = 0; i < report->variant_count; i++) {
            const struct side other = side_of_variant(&report->variants[i]);
            compare_sides(&report->baseline_comparisons[i], &base, &other, report->headline_ppm,
                          report->is_forced);
            report->baseline_comparisons[i].other = i;
        }
    }
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
    for (size_t i = 0; report->baseline && i < report->variant_count; i++)
        report->is_trusted &= report->baseline_comparisons[i].is_comparable;
}

/* Adds what forbids a comparison to the watermark, each thing once. */
static void add_refusals(char text[REPORT_WATERMARK_MAX], const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->refusal_count; i++) {
        const struct compare_refusal *refusal = &comparison->refusals[i];
        const size_t size = strlen(text);
        if (!strstr(text, refusal->sentence))
            snprintf(text + size, REPORT_WATERMARK_MAX - size, "%s%s",
                     size ? "; " : "forced: ", refusal->sentence);
    }
}

static void write_watermark(struct report *report)
{
    char *text = report->watermark;
    if (report->is_trusted || !report->is_forced)
        return;
    for (size_t i = 0; i < report->comparison_count; i++)
        add_refusals(text, &report->comparisons[i]);
    for (size_t i = 0; i < report->variant_count && report->baseline; i++)
        add_refusals(text, &report->baseline_comparisons[i]);
    for (size_t i = 0; i < report->variant_count && report->comparison_count == 0; i++)
        if (report->variants[i].verdict == RUN_INVALID && *text == '\0')
            snprintf(text, REPORT_WATERMARK_MAX, "forced: %.200s is invalid",
                     report->variants[i].name);
}

static int allocate(struct report *report, const struct report_ask *ask, struct watch **watches)
{
    const size_t paths = ask->path_count;
    const size_t gates = ask->gate_count + REPORT_DEFAULT_GATES;
    report->variants = calloc(paths, sizeof *report->variants);
    report->comparisons = calloc(paths, sizeof *report->comparisons);
    report->gates = calloc(gates, sizeof *report->gates);
    report->results = calloc(gates * paths, sizeof *report->results);
    *watches = calloc(gates * paths, sizeof **watches);
    if (ask->baseline) {
        report->baseline = calloc(1, sizeof *report->baseline);
        report->baseline_comparisons = calloc(paths, sizeof *report->baseline_comparisons);
        if (!report->baseline || !report->baseline_comparisons)
            return -ENOMEM;
    }
    return report->variants && report->comparisons && report->gates && report->results && *watches
               ? 0
               : -ENOMEM;
}

static void take_gates(struct report *report, const struct report_ask *ask)
{
    bool any = false;
    struct fault fault;
    for (size_t i = 0; i < ask->gate_count; i++) {
        report->gates[report->gate_count++] = ask->gates[i];
        any |= ask->gates[i].is_regression;
    }
    for (size_t i = 0; i < REPORT_DEFAULT_GATES && ask->baseline && !any; i++)
        CHECK(gate_parse_regression(&report->gates[report->gate_count++], report_default_gates[i],
                                    &fault),
              ==, 0);
}

static int read_all(struct report *report, const struct report_ask *ask, struct watch *watches,
                    struct fault *fault)
{
    int result = ask->baseline ? baseline_read(report->baseline, ask->baseline, fault) : 0;
    for (size_t i = 0; i < ask->path_count && result == 0; i++)
        result = read_variant(report, ask->paths[i], &watches[i * report->gate_count], fault);
    if (result == 0 && (names_set_apart(report->variants, report->variant_count) != 0 ||
                        judge(report, watches) != 0))
        result = fault_set_errno(fault, ENOMEM, "cannot make the report");
    return result;
}

int report_make(struct report *report, char *command, const struct report_ask *ask,
                struct fault *fault)
{
    struct watch *watches = NULL;
    memset(report, 0, sizeof *report);
    report->version = TARE_VERSION;
    report->command = command;
    report->is_forced = ask->is_forced;
    report->inconclusive_fails = ask->inconclusive_fails;
    int result = allocate(report, ask, &watches);
    if (result != 0) {
        fault_set_errno(fault, ENOMEM, "cannot make the report");
    } else {
        take_gates(report, ask);
        result = read_all(report, ask, watches, fault);
    }
    if (result == 0) {
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
    if (report->baseline)
        baseline_free(report->baseline);
    free(report->baseline);
    free(report->baseline_comparisons);
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
