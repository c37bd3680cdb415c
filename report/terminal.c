/* terminal.c - the summary of a report as lines of text. */
#include "terminal.h"

#include "units.h"
#include "utf8.h"
#include "worth.h"

#include <string.h>

#define NAME_COLUMNS_MAX 32
#define CELL_MAX (UNITS_TEXT_MAX + 8)

/* The percentiles of the table. */
static const uint32_t shown_ppm[] = {500000, 950000, 990000, 999000};
#define SHOWN (sizeof shown_ppm / sizeof shown_ppm[0])

/* Prints a name that anybody chose: what is no text or would be obeyed as ?, at most `columns`
 * characters, and padded to them where `pad` is set. Every character counts as one column. */
static void write_name(FILE *out, const char *name, int columns, bool pad)
{
    char bytes[4];
    int used = 0;
    for (; *name && used < columns; used++) {
        const uint32_t value = utf8_next(&name);
        if (value == UTF8_REPLACEMENT || utf8_is_control(value))
            fputc('?', out);
        else
            fwrite(bytes, 1, utf8_encode(value, bytes), out);
    }
    for (; pad && used < columns; used++)
        fputc(' ', out);
}

static int columns_of(const char *name)
{
    int columns = 0;
    for (; *name && columns < NAME_COLUMNS_MAX; columns++)
        utf8_next(&name);
    return columns;
}

static void write_colour(FILE *out, bool has_colour, const char *code)
{
    if (has_colour)
        fprintf(out, "\033[%sm", code);
}

/* ---- the table ---- */

static void format_errors(const struct target *total, char text[CELL_MAX])
{
    if (target_failed(total) == 0)
        snprintf(text, CELL_MAX, total->requests == 0 ? "-" : "0");
    else
        units_format_share(target_error_share(total), text);
}

/* A percentile; with ~ where few requests lie beyond it. Returns whether that is so. */
static bool format_percentile(const struct variant *variant, uint32_t ppm, char text[CELL_MAX])
{
    char time[UNITS_TEXT_MAX];
    const struct distribution *d = variant_latency(variant);
    if (distribution_count(d) == 0) {
        snprintf(text, CELL_MAX, "-");
        return false;
    }
    const bool is_thin = !distribution_is_resolved(d, ppm);
    snprintf(text, CELL_MAX, "%s%s", is_thin ? "~" : "",
             units_format_time(distribution_at_ppm(d, ppm), time));
    return is_thin;
}

static bool write_row(FILE *out, const struct variant *variant, int name_columns, bool has_colour)
{
    static const char *const colours[] = {"32", "33", "31"};
    char cell[CELL_MAX];
    bool any_thin = false;
    write_name(out, variant->name, name_columns, true);
    units_format_rate(variant_rate_per_s(variant, &variant->total), cell);
    fprintf(out, "  %12s", cell);
    for (size_t i = 0; i < SHOWN; i++) {
        any_thin |= format_percentile(variant, shown_ppm[i], cell);
        fprintf(out, "  %9s", cell);
    }
    format_errors(&variant->total, cell);
    fprintf(out, "  %8s   ", cell);
    write_colour(out, has_colour, colours[variant->verdict]);
    fputs(run_verdict_name(variant->verdict), out);
    write_colour(out, has_colour, "0");
    if (variant->is_group)
        fprintf(out, ", %zu run%s", variant->run_count, variant->run_count == 1 ? "" : "s");
    const size_t interrupted = variant_count_interrupted(variant);
    if (interrupted > 0 && variant->is_group)
        fprintf(out, ", %zu interrupted", interrupted);
    else if (interrupted > 0)
        fputs(", interrupted", out);
    fputc('\n', out);
    return any_thin;
}

static void write_table(FILE *out, const struct report *report, bool has_colour)
{
    int name_columns = 3;
    bool any_thin = false;
    char name[DISTRIBUTION_NAME_MAX];
    for (size_t i = 0; i < report->variant_count; i++) {
        const int columns = columns_of(report->variants[i].name);
        if (columns > name_columns)
            name_columns = columns;
    }
    fprintf(out, "%*s  %12s", name_columns, "", "throughput");
    for (size_t i = 0; i < SHOWN; i++)
        fprintf(out, "  %9s", distribution_percentile_name(shown_ppm[i], name));
    fprintf(out, "  %8s\n", "errors");
    for (size_t i = 0; i < report->variant_count; i++)
        any_thin |= write_row(out, &report->variants[i], name_columns, has_colour);
    fprintf(out, "%s of the requests that succeeded%s\n",
            report_latency_name(report, report->variant_count),
            any_thin ? "; ~ rests on fewer than ten requests beyond it" : "");
}

/* ---- gates and differences ---- */

static void write_gates(FILE *out, const struct report *report, bool has_colour)
{
    static const char *const words[] = {"pass", "FAIL", "open"};
    static const char *const colours[] = {"32", "31", "33"};
    if (report->result_count > 0)
        fputc('\n', out);
    for (size_t i = 0; i < report->result_count; i++) {
        const struct gate_result *result = &report->results[i];
        write_colour(out, has_colour, colours[result->verdict]);
        fputs(words[result->verdict], out);
        write_colour(out, has_colour, "0");
        fputs("  ", out);
        write_name(out, report->variants[result->variant].name, NAME_COLUMNS_MAX, false);
        fputs(": ", out);
        write_name(out, result->sentence, (int)sizeof result->sentence, false);
        fputc('\n', out);
    }
}

static void write_differences(FILE *out, const struct report *report)
{
    fputc('\n', out);
    for (size_t i = 0; i < report->variant_count && report->baseline; i++) {
        const struct comparison *comparison = &report->baseline_comparisons[i];
        write_name(out, comparison->sentence, (int)sizeof comparison->sentence, false);
        fputc('\n', out);
    }
    if (report->comparison_count == 0) {
        write_name(out, report->headline, (int)sizeof report->headline, false);
        fputc('\n', out);
    }
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct comparison *comparison = &report->comparisons[i];
        write_name(out, comparison->sentence, (int)sizeof comparison->sentence, false);
        fputc('\n', out);
        const struct differences *differences = &comparison->differences;
        for (size_t k = 0; k < differences->count && comparison->is_shown; k++) {
            fputs(k == 0 ? "  not the same: " : "; ", out);
            write_name(out, differences->list[k].text, (int)DIFFERENCES_TEXT_MAX, false);
        }
        if (differences->count > 0 && comparison->is_shown)
            fputc('\n', out);
    }
}

/* Which run of a group: "/3". */
static void write_run_name(FILE *out, const struct run *run)
{
    const char *slash = strrchr(run->path, '/');
    fputc('/', out);
    write_name(out, slash ? slash + 1 : run->path, NAME_COLUMNS_MAX, false);
}

/* Why runs that are right say less than they could. */
static void write_suspicions(FILE *out, const struct report *report)
{
    char text[WORTH_TEXT_MAX];
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        if (worth_drift(variant, text)) {
            write_name(out, variant->name, NAME_COLUMNS_MAX, false);
            fprintf(out, " drifted: its median %s\n", text);
        }
        for (size_t r = 0; r < variant->run_count; r++)
            for (size_t i = 0; i < variant->runs[r].reason_count; i++) {
                const struct run_reason *reason = &variant->runs[r].reasons[i];
                if (reason->verdict != RUN_SUSPECT)
                    continue;
                write_name(out, variant->name, NAME_COLUMNS_MAX, false);
                if (variant->is_group)
                    write_run_name(out, &variant->runs[r]);
                fputs(" is suspect: ", out);
                write_name(out, reason->sentence, (int)sizeof reason->sentence, false);
                fputc('\n', out);
            }
    }
}

void terminal_write(FILE *out, const struct report *report, bool has_colour)
{
    write_table(out, report, has_colour);
    write_suspicions(out, report);
    write_gates(out, report, has_colour);
    write_differences(out, report);
}

static void write_run_doubts(FILE *out, const struct run *run)
{
    for (size_t i = 0; i < run->reason_count; i++) {
        if (run->reasons[i].verdict != RUN_INVALID)
            continue;
        fputs("      ", out);
        write_name(out, run->path, 200, false);
        fputs(": ", out);
        write_name(out, run->reasons[i].sentence, (int)sizeof run->reasons[i].sentence, false);
        fputc('\n', out);
    }
}

/* Every reason for which two variants are not compared. */
static void write_refusals(FILE *out, const struct report *report, const char *base,
                           const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->refusal_count; i++) {
        if (i == 0) {
            fputs("tare-report: ", out);
            write_name(out, report->variants[comparison->other].name, NAME_COLUMNS_MAX, false);
            fputs(" and ", out);
            write_name(out, base, NAME_COLUMNS_MAX, false);
            fputs(" cannot be compared: ", out);
        } else {
            fputs("      ", out);
        }
        write_name(out, comparison->refusals[i].sentence, DIFFERENCES_TEXT_MAX, false);
        fputc('\n', out);
    }
}

void terminal_write_doubts(FILE *out, const struct report *report)
{
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        if (variant->verdict != RUN_INVALID)
            continue;
        fputs("tare-report: ", out);
        write_name(out, variant->name, NAME_COLUMNS_MAX, false);
        fputs(" is invalid: its figures are not to be trusted\n", out);
        for (size_t r = 0; r < variant->run_count; r++)
            if (variant->runs[r].verdict == RUN_INVALID)
                write_run_doubts(out, &variant->runs[r]);
    }
    for (size_t i = 0; i < report->comparison_count; i++)
        write_refusals(out, report, report->variants[0].name, &report->comparisons[i]);
    for (size_t i = 0; i < report->variant_count && report->baseline; i++)
        write_refusals(out, report, "the baseline", &report->baseline_comparisons[i]);
    if (!report->is_trusted && !report->is_forced)
        fputs("      --force makes the exit code speak of the gates alone\n", out);
}
