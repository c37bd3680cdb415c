/* markdown.c - sections, tables and escapes of the Markdown report. */
#include "markdown.h"

#include "markup.h"
#include "utf8.h"
#include "worth.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* Rows of a table, and characters of a name or a command. */
#define GATES_SHOWN 150u
#define TARGETS_SHOWN 100u
#define REASONS_SHOWN 100u
#define NAME_CHARACTERS 80u
#define COMMAND_CHARACTERS 600u

/* Whether the character before `next` has a meaning there: those of markup always, a colon before
 * what is no blank ("http://", ":smile:"), a full stop where it would make a link ("www."). */
static bool is_special(uint32_t value, const char *from, const char *next)
{
    if (value == ':')
        return *next != ' ' && *next != '\0';
    if (value == '.')
        return next - from >= 4 && strncasecmp(next - 4, "www", 3) == 0;
    return value < 0x80 && strchr("\\`*_[]|~#$@", (int)value);
}

void markdown_write_text(FILE *out, const char *text)
{
    for (const char *from = text; *text;) {
        char bytes[4];
        const uint32_t value = utf8_next(&text);
        if (value == '<' || value == '>' || value == '&')
            fputs(value == '<' ? "&lt;" : value == '>' ? "&gt;" : "&amp;", out);
        else if (is_special(value, from, text))
            fprintf(out, "\\%c", (int)value);
        else if (value == '\n' || value == '\r' || value == '\t')
            fputc(' ', out);
        else
            fwrite(bytes, 1, utf8_encode(utf8_is_control(value) ? UTF8_REPLACEMENT : value, bytes),
                   out);
    }
}

static void write_short(FILE *out, const char *text, size_t most)
{
    char copy[4 * COMMAND_CHARACTERS + 8];
    markup_shorten(text ? text : "not known", most, copy, sizeof copy);
    markdown_write_text(out, copy);
}

/* Beyond these sizes no comparison, and no row, is begun: each is far smaller than what is left. */
#define COMPARISONS_END (MARKDOWN_MAX_BYTES / 2)
#define ROWS_END (MARKDOWN_MAX_BYTES - MARKDOWN_MAX_BYTES / 8)

static bool is_full(FILE *out, unsigned end)
{
    return ftello(out) >= (off_t)end; /* -1 of a pipe, which takes all */
}

static void write_name(FILE *out, const char *name)
{
    write_short(out, name, NAME_CHARACTERS);
}

static void write_time(FILE *out, double ns)
{
    char text[UNITS_TEXT_MAX];
    fputs(isfinite(ns) && ns >= 0 ? units_format_time(llround(ns), text) : "–", out);
}

static void write_more(FILE *out, size_t all, size_t shown, const char *file)
{
    if (all > shown)
        fprintf(out, "\n%zu more are in `%s`.\n", all - shown, file);
}

/* ---- verdict ---- */

static void write_gates_in_words(FILE *out, const struct report *report)
{
    const size_t failed = report_count_verdict(report, GATE_FAIL);
    const size_t open = report_count_verdict(report, GATE_INCONCLUSIVE);
    const size_t all = report->result_count;
    if (all == 0)
        return;
    if (failed == 0 && open == 0)
        fprintf(out, "**PASS** – %s.\n\n", all == 1 ? "the gate holds" : "all gates hold");
    else if (failed == 0)
        fprintf(out, "**INCONCLUSIVE** – of %zu gate%s none fails, and %zu cannot be decided.\n\n",
                all, all == 1 ? "" : "s", open);
    else
        fprintf(out, "**FAIL** – %zu of %zu gate%s %s not hold.\n\n", failed, all,
                all == 1 ? "" : "s", failed == 1 ? "does" : "do");
}

static void write_verdict(FILE *out, const struct report *report)
{
    fputs("## ", out);
    markdown_write_text(out, report->headline);
    fputs("\n\n", out);
    if (*report->watermark) {
        fputs("**Not to be trusted, ", out);
        markdown_write_text(out, report->watermark);
        fputs("**\n\n", out);
    } else if (!report->is_trusted) {
        fputs("**Not to be trusted**, for the reasons below.\n\n", out);
    }
    write_gates_in_words(out, report);
}

/* ---- gates ---- */

/* The results of one verdict, as far as there is room. */
static void write_results(FILE *out, const struct report *report, enum gate_verdict verdict,
                          size_t *shown)
{
    static const char *const words[] = {"pass", "**FAIL**", "inconclusive"};
    for (size_t i = 0; i < report->result_count && *shown < GATES_SHOWN; i++) {
        const struct gate_result *result = &report->results[i];
        if (result->verdict != verdict)
            continue;
        fprintf(out, "| %s%s | ", words[verdict], result->at_risk ? ", at risk" : "");
        write_name(out, report->variants[result->variant].name);
        fputs(" | ", out);
        write_name(out, report->gates[result->gate].text);
        fputs(" | ", out);
        markdown_write_text(out, result->sentence);
        fputs(" |\n", out);
        (*shown)++;
    }
}

static void write_gates(FILE *out, const struct report *report)
{
    size_t shown = 0;
    if (report->result_count == 0)
        return;
    fputs("### Gates\n\n| | run | gate | |\n|---|---|---|---|\n", out);
    write_results(out, report, GATE_FAIL, &shown);
    write_results(out, report, GATE_INCONCLUSIVE, &shown);
    write_results(out, report, GATE_PASS, &shown);
    write_more(out, report->result_count, shown, "report.json");
    fputc('\n', out);
}

/* ---- differences ---- */

static void write_value(FILE *out, const struct compare_row *row, double value)
{
    char text[UNITS_TEXT_MAX];
    fputs(" | ", out);
    if (isnan(value))
        fputs("–", out);
    else if (row->unit == COMPARE_NS)
        write_time(out, value);
    else
        fputs(row->unit == COMPARE_SHARE ? units_format_share(value, text)
                                         : units_format_rate(value, text),
              out);
}

static void write_end(FILE *out, double percent)
{
    if (isfinite(percent))
        fprintf(out, "%+.*f", fabs(percent) < 9.95 ? 1 : 0, percent);
    else
        fputs("open", out);
}

static void write_change(FILE *out, const struct compare_row *row)
{
    const char *unit = row->unit == COMPARE_SHARE ? "points" : "%";
    fputs(" | ", out);
    if (!row->has_change) {
        fputs("– | – | –", out);
        return;
    }
    write_end(out, row->change_percent);
    fprintf(out, " %s | ", unit);
    if (isnan(row->low_percent) || isnan(row->high_percent)) {
        fputs("–", out);
    } else {
        write_end(out, row->low_percent);
        fputs(" to ", out);
        write_end(out, row->high_percent);
    }
    fprintf(out, " | %s%s", compare_answer_words(row),
            row->contrast.quality == INTERVAL_UNRESOLVED ? ", too few requests" : "");
}

static void write_comparison(FILE *out, const struct report *report, const char *base,
                             const struct comparison *comparison)
{
    fputs("### ", out);
    write_name(out, report->variants[comparison->other].name);
    fputs(" against ", out);
    write_name(out, base);
    fputs("\n\n", out);
    if (strcmp(comparison->sentence, report->headline) != 0) {
        markdown_write_text(out, comparison->sentence);
        fputs("\n\n", out);
    }
    for (size_t i = 0; i < comparison->refusal_count; i++) {
        fputs("- ", out);
        markdown_write_text(out, comparison->refusals[i].sentence);
        fputc('\n', out);
    }
    if (!comparison->is_shown) {
        fputc('\n', out);
        return;
    }
    fputs(comparison->refusal_count > 0 ? "\n| | " : "| | ", out);
    write_name(out, base);
    fputs(" | ", out);
    write_name(out, report->variants[comparison->other].name);
    fputs(" | change | 95 % interval | |\n|---|--:|--:|--:|--:|---|\n", out);
    for (int i = 0; i < COMPARE_METRICS; i++) {
        const struct compare_row *row = &comparison->rows[i];
        fprintf(out, "| %s", row->name);
        write_value(out, row, row->base);
        write_value(out, row, row->other);
        write_change(out, row);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

/* ---- runs and targets ---- */

/* "4.10 ms (4.02 to 4.18)". */
static void write_percentile(FILE *out, const struct variant *variant, const struct target *target,
                             uint32_t ppm)
{
    const struct distribution *d = &target->series[variant->latency];
    struct interval worth;
    fputs(" | ", out);
    if (distribution_count(d) == 0) {
        fputs("–", out);
        return;
    }
    write_time(out, (double)distribution_at_ppm(d, ppm));
    worth_percentile(&worth, target, variant->latency, ppm / 1e6);
    if (worth.quality < INTERVAL_FAIR) {
        fputs(distribution_is_resolved(d, ppm) ? "" : " (too few)", out);
        return;
    }
    fputs(" (", out);
    write_time(out, worth.low);
    fputs(" to ", out);
    write_time(out, worth.is_open ? NAN : worth.high);
    fputc(')', out);
}

static void write_figures(FILE *out, const struct variant *variant, const struct target *target)
{
    static const uint32_t ppms[] = {500000, 950000, 990000, 999000};
    char text[UNITS_TEXT_MAX];
    fprintf(out, " | %s", units_format_count(target->requests, text));
    fprintf(out, " | %s", units_format_rate(variant_rate_per_s(variant, target), text));
    for (size_t i = 0; i < sizeof ppms / sizeof ppms[0]; i++)
        write_percentile(out, variant, target, ppms[i]);
    fprintf(out, " | %s", units_format_share(target_error_share(target), text));
}

static const char figure_heads[] = " requests | throughput | p50 | p95 | p99 | p99.9 | errors |";
static const char figure_rules[] = "--:|--:|--:|--:|--:|--:|--:|";

static void write_runs(FILE *out, const struct report *report)
{
    fprintf(out, "### Runs\n\n| run |%s |\n|---|%s---|\n", figure_heads, figure_rules);
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        fputs("| ", out);
        write_name(out, variant->name);
        write_figures(out, variant, &variant->total);
        fprintf(out, " | %s", run_verdict_name(variant->verdict));
        if (variant->is_group)
            fprintf(out, ", %zu run%s", variant->run_count, variant->run_count == 1 ? "" : "s");
        fputs(" |\n", out);
    }
    fprintf(out, "\nThe %s of the requests that succeeded, with 95 %% intervals.\n\n",
            report_latency_name(report, report->variant_count));
}

static void write_targets(FILE *out, const struct report *report)
{
    size_t all = 0;
    size_t shown = 0;
    for (size_t v = 0; v < report->variant_count; v++)
        all += report->variants[v].target_count > 1 ? report->variants[v].target_count : 0;
    if (all == 0)
        return;
    fprintf(out, "### Targets\n\n| run | target |%s\n|---|---|%s\n", figure_heads, figure_rules);
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        for (size_t t = 0; t < variant->target_count && variant->target_count > 1; t++) {
            if (shown >= TARGETS_SHOWN || is_full(out, ROWS_END))
                continue;
            shown++;
            fputs("| ", out);
            write_name(out, variant->name);
            fputs(" | ", out);
            write_name(out, variant->targets[t].name);
            write_figures(out, variant, &variant->targets[t]);
            fputs(" |\n", out);
        }
    }
    write_more(out, all, shown, "targets.csv");
    fputc('\n', out);
}

/* ---- what is behind it ---- */

static void write_reasons(FILE *out, const struct report *report)
{
    size_t count = 0;
    size_t shown = 0;
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        for (size_t r = 0; r < variant->run_count; r++)
            for (size_t i = 0; i < variant->runs[r].reason_count; i++) {
                const struct run_reason *reason = &variant->runs[r].reasons[i];
                count++;
                if (shown >= REASONS_SHOWN || is_full(out, ROWS_END))
                    continue;
                shown++;
                fputs("- ", out);
                write_name(out, variant->is_group ? variant->runs[r].path : variant->name);
                fprintf(out, " is %s: ", run_verdict_name(reason->verdict));
                markdown_write_text(out, reason->sentence);
                fputc('\n', out);
            }
    }
    write_more(out, count, shown, "report.json");
    fputs(count > 0 ? "\n" : "", out);
}

static void write_measured(FILE *out, const struct report *report)
{
    fputs("### How it was measured\n\n", out);
    for (size_t v = 0; v < report->variant_count && !is_full(out, ROWS_END); v++) {
        const struct run *run = &report->variants[v].runs[0];
        fputs("- ", out);
        write_name(out, report->variants[v].name);
        fputs(": ", out);
        write_short(out, run->command, COMMAND_CHARACTERS);
        fputs(", ", out);
        write_name(out, run->started_utc);
        fputs(", tare ", out);
        write_name(out, run->version);
        fputs(", ", out);
        write_name(out, run->machine.kernel);
        fputc('\n', out);
    }
    fputs("- ", out);
    write_short(out, report->command, COMMAND_CHARACTERS);
    fprintf(out, ", tare-report %s\n", report->version);
}

static void write_comparisons(FILE *out, const struct report *report)
{
    const size_t of_baseline = report->baseline ? report->variant_count : 0;
    const size_t all = of_baseline + report->comparison_count;
    size_t shown = 0;
    for (; shown < all && !is_full(out, COMPARISONS_END); shown++) {
        if (shown < of_baseline)
            write_comparison(out, report, "the baseline", &report->baseline_comparisons[shown]);
        else
            write_comparison(out, report, report->variants[0].name,
                             &report->comparisons[shown - of_baseline]);
    }
    write_more(out, all, shown, "delta.csv");
}

int markdown_write(FILE *out, const struct report *report)
{
    write_verdict(out, report);
    write_gates(out, report);
    write_comparisons(out, report);
    write_runs(out, report);
    write_targets(out, report);
    write_reasons(out, report);
    write_measured(out, report);
    return ferror(out) ? -EIO : 0;
}
