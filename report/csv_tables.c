/* csv_tables.c - targets.csv and delta.csv: wide tables, a row for what people compare. */
#include "csv.h"

#include "schema.h"
#include "worth.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

/* The percentiles of targets.csv, and those of them that have their interval beside them. */
static const struct {
    uint32_t ppm;
    const char *head;
    bool has_interval;
} columns[] = {{500000, "p50_ns,p50_low_ns,p50_high_ns,p50_worth", true},
               {900000, "p90_ns", false},
               {950000, "p95_ns,p95_low_ns,p95_high_ns,p95_worth", true},
               {990000, "p99_ns,p99_low_ns,p99_high_ns,p99_worth", true},
               {999000, "p99.9_ns", false}};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static void write_latencies(FILE *out, const struct variant *variant, const struct target *target)
{
    const struct distribution *d = &target->series[variant->latency];
    const bool has_any = distribution_count(d) > 0;
    struct interval worth;
    fprintf(out, ",%s,", schema_series_name(variant->latency));
    csv_write_decimal(out, has_any ? distribution_mean_ns(d) : NAN, 1);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        fputc(',', out);
        if (has_any)
            fprintf(out, "%" PRId64, distribution_at_ppm(d, columns[i].ppm));
        if (!columns[i].has_interval)
            continue;
        fputc(',', out);
        if (has_any)
            worth_percentile(&worth, target, variant->latency, columns[i].ppm / 1e6);
        csv_write_interval(out, has_any ? &worth : NULL, 1, 1);
    }
    fputc(',', out);
    if (has_any)
        fprintf(out, "%" PRId64, distribution_max_ns(d));
    fputc('\n', out);
}

static void write_target(FILE *out, const struct variant *variant, const struct target *target)
{
    const char *const texts[] = {variant->name, target->name, target->method, target->url};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        csv_write_text(out, texts[i] ? texts[i] : "");
        fputc(',', out);
    }
    fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", target->requests,
            target->successes, target->failures, target->censored);
    csv_write_decimal(out, 100 * target_error_share(target), 7);
    fputc(',', out);
    csv_write_decimal(out, variant_rate_per_s(variant, target), 3);
    fputc(',', out);
    csv_write_decimal(out, variant_success_rate_per_s(variant, target), 3);
    write_latencies(out, variant, target);
}

int csv_write_targets(FILE *out, const struct report *report)
{
    fputs("run,target,method,url,requests,successes,failures,censored,error_percent,"
          "throughput_per_s,successes_per_s,latency,mean_ns",
          out);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        fprintf(out, ",%s", columns[i].head);
    fputs(",max_ns\n", out);
    for (size_t v = 0; v < report->variant_count; v++)
        for (size_t t = 0; t < report->variants[v].target_count; t++)
            write_target(out, &report->variants[v], &report->variants[v].targets[t]);
    return ferror(out) ? -EIO : 0;
}

/* ---- delta.csv ---- */

static void write_field(FILE *out, double value, int decimals)
{
    fputc(',', out);
    csv_write_decimal(out, value, decimals);
}

/* The change and what is to be made of it; empty fields where it is not to be shown. */
static void write_change(FILE *out, const struct comparison *comparison,
                         const struct compare_row *row)
{
    if (!comparison->is_shown || !row->has_change) {
        fputs(",,,,,,,", out);
        write_field(out, row->margin_percent, 3);
        fputs(",,,", out);
        return;
    }
    write_field(out, row->change_percent, 6);
    write_field(out, row->low_percent, 6);
    write_field(out, row->high_percent, 6);
    fprintf(out, ",%s,%s,%d,%s", compare_answer_name(row->answer), compare_answer_words(row),
            row->matters, interval_quality_name(row->contrast.quality));
    write_field(out, row->margin_percent, 3);
    write_field(out, row->contrast.p, 9);
    write_field(out, row->contrast.p_rank, 9);
    write_field(out, row->contrast.degrees, 3);
}

static void write_comparison(FILE *out, const char *base, const char *other,
                             const struct comparison *comparison)
{
    static const char *const units[] = {"per_s", "percent", "ns"};
    for (int i = 0; i < COMPARE_METRICS; i++) {
        const struct compare_row *row = &comparison->rows[i];
        const double scale = row->unit == COMPARE_SHARE ? 100 : 1;
        csv_write_text(out, base);
        fputc(',', out);
        csv_write_text(out, other);
        fprintf(out, ",%s,%s", row->name, units[row->unit]);
        write_field(out, scale * row->base, 7);
        write_field(out, scale * row->other, 7);
        write_change(out, comparison, row);
        fprintf(out, ",%s,%d\n", contrast_basis_name(comparison->basis), comparison->is_comparable);
    }
}

int csv_write_delta(FILE *out, const struct report *report)
{
    fputs("base,other,metric,unit,base_value,other_value,change_percent,low_percent,high_percent,"
          "answer,words,matters,quality,margin_percent,p,p_rank,degrees,basis,comparable\n",
          out);
    for (size_t i = 0; i < report->comparison_count; i++)
        write_comparison(out, report->variants[0].name,
                         report->variants[report->comparisons[i].other].name,
                         &report->comparisons[i]);
    for (size_t i = 0; i < report->variant_count && report->baseline; i++)
        write_comparison(out, "the baseline", report->variants[i].name,
                         &report->baseline_comparisons[i]);
    return ferror(out) ? -EIO : 0;
}
