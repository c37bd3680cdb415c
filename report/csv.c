/* csv.c - fields of CSV, and summary.csv, timeseries.csv, distribution.csv. */
#include "csv.h"

#include "limits.h"
#include "schema.h"
#include "utf8.h"
#include "worth.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

void csv_write_text(FILE *out, const char *text)
{
    const bool is_formula = *text && strchr("=+-@\t\r\n", *text) != NULL;
    const bool is_quoted = is_formula || text[strcspn(text, ",\"\r\n")] != '\0';
    fputs(is_formula ? "\"'" : is_quoted ? "\"" : "", out);
    while (*text) {
        char bytes[4];
        if (*text == '"')
            fputc('"', out);
        fwrite(bytes, 1, utf8_encode(utf8_next(&text), bytes), out);
    }
    fputs(is_quoted ? "\"" : "", out);
}

void csv_write_decimal(FILE *out, double value, int decimals)
{
    char text[64];
    int size = snprintf(text, sizeof text, "%.*f", decimals, value);
    if (!isfinite(value) || size >= (int)sizeof text)
        return;
    while (strchr(text, '.') && (text[size - 1] == '0' || text[size - 1] == '.')) {
        const bool is_point = text[size - 1] == '.';
        text[--size] = '\0';
        if (is_point)
            break;
    }
    fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

void csv_write_interval(FILE *out, const struct interval *worth, double scale, int decimals)
{
    if (worth && worth->quality != INTERVAL_NONE) {
        csv_write_decimal(out, scale * worth->low, decimals);
        fputc(',', out);
        if (!worth->is_open)
            csv_write_decimal(out, scale * worth->high, decimals);
        fprintf(out, ",%s", interval_quality_name(worth->quality));
    } else {
        fputs(",,", out);
    }
}

/* ---- summary.csv ---- */

struct summary {
    FILE *out;
    const struct variant *variant;
    const struct target *target;
};

static void begin_row(const struct summary *summary, const char *metric, const char *stat)
{
    csv_write_text(summary->out, summary->variant->name);
    fputc(',', summary->out);
    csv_write_text(summary->out, summary->target->name);
    fprintf(summary->out, ",%s,%s,", metric, stat);
}

/* worth: the figure's interval, in `scale`ths of the row's unit; NULL: it has none. */
static void end_row(const struct summary *summary, const char *unit, uint64_t requests,
                    const char *quality, const struct interval *worth, double scale)
{
    fprintf(summary->out, ",%s,%" PRIu64 ",%s,", unit, requests, quality);
    csv_write_interval(summary->out, worth, scale, 7);
    fputc(',', summary->out);
    if (worth && worth->quality != INTERVAL_NONE)
        csv_write_decimal(summary->out, worth->tail, 1);
    fputc('\n', summary->out);
}

static void write_count(const struct summary *summary, const char *metric, const char *stat,
                        uint64_t count)
{
    begin_row(summary, metric, stat);
    fprintf(summary->out, "%" PRIu64, count);
    end_row(summary, "count", summary->target->requests, "", NULL, 1);
}

static void write_rate(const struct summary *summary, const char *stat, double per_s,
                       const struct interval *worth)
{
    begin_row(summary, "throughput", stat);
    csv_write_decimal(summary->out, per_s, 3);
    end_row(summary, "per_s", summary->target->requests, "", worth, 1);
}

static void write_ns(const struct summary *summary, enum series series, const char *stat, double ns,
                     const char *quality, const struct interval *worth)
{
    begin_row(summary, schema_series_name(series), stat);
    csv_write_decimal(summary->out, ns, 1);
    end_row(summary, "ns", distribution_count(&summary->target->series[series]), quality, worth, 1);
}

static void write_series(const struct summary *summary, enum series series)
{
    const struct distribution *d = &summary->target->series[series];
    const char *quality = distribution_is_exact(d) ? "exact" : "bucket";
    /* Smallest, largest and mean are known exactly unless all that was read is buckets. */
    const char *whole = d->from_buckets ? "bucket" : "exact";
    struct interval worth;
    if (distribution_count(d) == 0)
        return;
    write_ns(summary, series, "min", (double)distribution_min_ns(d), whole, NULL);
    worth_mean(&worth, summary->target, series);
    write_ns(summary, series, "mean", distribution_mean_ns(d), whole, &worth);
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        const uint32_t ppm = distribution_percentiles_ppm[i];
        worth_percentile(&worth, summary->target, series, ppm / 1e6);
        write_ns(summary, series, distribution_percentile_names[i],
                 (double)distribution_at_ppm(d, ppm),
                 distribution_is_resolved(d, ppm) ? quality : "thin", &worth);
    }
    write_ns(summary, series, "max", (double)distribution_max_ns(d), whole, NULL);
}

static void write_target(const struct summary *summary)
{
    const struct target *target = summary->target;
    struct interval worth;
    worth_rate(&worth, summary->variant, target);
    write_rate(summary, "rate", variant_rate_per_s(summary->variant, target), &worth);
    write_rate(summary, "successes", variant_success_rate_per_s(summary->variant, target), NULL);
    write_rate(summary, "sent", variant_sent_rate_per_s(summary->variant, target), NULL);
    worth_errors(&worth, summary->variant, target);
    begin_row(summary, "errors", "share");
    csv_write_decimal(summary->out, 100 * target_error_share(target), 7);
    end_row(summary, "percent", target->requests, "", &worth, 100);
    write_count(summary, "requests", "all", target->requests);
    write_count(summary, "requests", "successes", target->successes);
    write_count(summary, "requests", "failures", target->failures);
    write_count(summary, "requests", "censored", target->censored);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (target->outcomes[i] > 0)
            write_count(summary, "outcome", outcome_name((enum outcome)i), target->outcomes[i]);
    for (int i = 0; i < SERIES_COUNT; i++)
        write_series(summary, (enum series)i);
}

int csv_write_summary(FILE *out, const struct report *report)
{
    fputs("run,target,metric,stat,value,unit,requests,quality,low,high,worth,effective_tail\n", out);
    for (size_t v = 0; v < report->variant_count; v++) {
        struct summary summary = {.out = out, .variant = &report->variants[v]};
        summary.target = &summary.variant->total;
        write_target(&summary);
        for (size_t t = 0; t < summary.variant->target_count; t++) {
            summary.target = &summary.variant->targets[t];
            write_target(&summary);
        }
    }
    return ferror(out) ? -EIO : 0;
}

/* ---- timeseries.csv ---- */

/* What was taken in a bin; empty where nobody watched. */
static void write_uses(FILE *out, const struct time_bin *bin)
{
    fputc(',', out);
    csv_write_decimal(out, timeline_cpu_share(bin, TIME_GENERATOR) * 100, 3);
    fputc(',', out);
    csv_write_decimal(out, timeline_cpu_share(bin, TIME_WORKER) * 100, 3);
    fputc(',', out);
    csv_write_decimal(out, timeline_cpu_share(bin, TIME_STEAL) * 100, 3);
    fputc(',', out);
    csv_write_decimal(out, timeline_resident_bytes(bin, TIME_GENERATOR), 0);
    fputc(',', out);
    csv_write_decimal(out, timeline_cpu_share(bin, TIME_SERVER) * 100, 3);
    fputc(',', out);
    csv_write_decimal(out, timeline_resident_bytes(bin, TIME_SERVER), 0);
    fputc('\n', out);
}

static void write_bin(FILE *out, const struct variant *variant, size_t index)
{
    const struct timeline *timeline = &variant->timeline;
    const struct time_bin *bin = &timeline->bins[index];
    const int64_t length_s = timeline->bin_ns / NS_PER_S;
    const uint64_t errors = timeline_errors(bin);
    csv_write_text(out, variant->name);
    fprintf(out,
            ",%zu,%" PRId64 ",%" PRId64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
            ",%" PRIu64 ",",
            variant->run_count, (int64_t)index * length_s, length_s, bin->due, bin->sent, bin->done,
            errors, bin->bytes_out, bin->bytes_in);
    csv_write_decimal(out, timeline_rate(timeline, bin->in_flight, variant->run_count), 3);
    fputc(',', out);
    csv_write_decimal(out, timeline_rate(timeline, bin->backlog, variant->run_count), 3);
    if (bin->latency_count == 0)
        fputs(",,,,", out);
    else
        fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, bin->p50_ns, bin->p90_ns,
                bin->p99_ns, bin->max_ns);
    write_uses(out, bin);
}

int csv_write_timeseries(FILE *out, const struct report *report)
{
    fputs("run,runs,start_s,length_s,due,sent,done,errors,bytes_out,bytes_in,in_flight,backlog,"
          "p50_ns,p90_ns,p99_ns,max_ns,generator_cpu_percent,worker_cpu_percent,steal_percent,"
          "generator_resident_bytes,server_cpu_percent,server_resident_bytes\n",
          out);
    for (size_t v = 0; v < report->variant_count; v++)
        for (size_t i = 0; i < report->variants[v].timeline.bin_count; i++)
            write_bin(out, &report->variants[v], i);
    return ferror(out) ? -EIO : 0;
}

/* ---- distribution.csv ---- */

int csv_write_distribution(FILE *out, const struct report *report)
{
    struct curve_point points[DISTRIBUTION_CURVE_MAX];
    struct interval worth;
    fputs("run,percentile,inverse_of_rest,latency_ns,count,low_ns,high_ns,worth\n", out);
    for (size_t v = 0; v < report->variant_count; v++) {
        const struct variant *variant = &report->variants[v];
        const size_t count = distribution_curve(variant_latency(variant), points);
        for (size_t i = 0; i < count; i++) {
            csv_write_text(out, variant->name);
            fputc(',', out);
            csv_write_decimal(out, points[i].percentile, 9);
            fputc(',', out);
            csv_write_decimal(out, points[i].inverse, 6);
            fprintf(out, ",%" PRId64 ",%" PRIu64 ",", points[i].latency_ns, points[i].count);
            if (points[i].percentile > 0 && points[i].percentile < 100)
                worth_percentile(&worth, &variant->total, variant->latency,
                                 points[i].percentile / 100);
            else
                worth.quality = INTERVAL_NONE;
            csv_write_interval(out, &worth, 1, 1);
            fputc('\n', out);
        }
    }
    return ferror(out) ? -EIO : 0;
}
