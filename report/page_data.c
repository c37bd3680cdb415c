/* page_data.c - the numbers for the page's script: those of the charts, and those it can save as CSV. */
#include "page_parts.h"

#include "csv.h"
#include "schema.h"
#include "worth.h"

#include <math.h>

/* A number as the CSV files have it, in quotes, since a script's own numbers would be cut at the 17th
 * digit; "" where there is none. */
static void write_number(FILE *out, double value, int decimals)
{
    fputs(",\"", out);
    csv_write_decimal(out, value, decimals);
    fputc('"', out);
}

/* Low, high, worth: as csv_write_interval() has them. */
static void write_interval(FILE *out, const struct interval *worth, double scale, int decimals)
{
    const bool is_known = worth->quality != INTERVAL_NONE;
    write_number(out, is_known ? scale * worth->low : NAN, decimals);
    write_number(out, is_known && !worth->is_open ? scale * worth->high : NAN, decimals);
    fprintf(out, ",\"%s\"", is_known ? interval_quality_name(worth->quality) : "");
}

/* A row of a list, which is open until the end of the line. */
static void begin_row(const struct page *page, bool *any, size_t run)
{
    fprintf(page->out, "%s\n[%zu", *any ? "," : "", run);
    *any = true;
}

/* [run, metric, stat, unit, value, low, high, worth] */
static void write_figure(const struct page *page, size_t run, const char *const names[3],
                         double scale, int decimals, const struct interval *worth, bool *any)
{
    if (isnan(worth->value))
        return;
    begin_row(page, any, run);
    for (int i = 0; i < 3; i++)
        fprintf(page->out, ",\"%s\"", names[i]);
    write_number(page->out, scale * worth->value, decimals);
    write_interval(page->out, worth, scale, 7);
    fputc(']', page->out);
}

static void write_figures(const struct page *page, size_t index, bool *any)
{
    const struct variant *variant = &page->report->variants[index];
    const struct target *total = &variant->total;
    const char *series = schema_series_name(variant->latency);
    struct interval worth;
    worth_rate(&worth, variant, total);
    write_figure(page, index, (const char *const[]){"throughput", "rate", "per_s"}, 1, 3, &worth, any);
    worth_errors(&worth, variant, total);
    write_figure(page, index, (const char *const[]){"errors", "share", "percent"}, 100, 7, &worth, any);
    if (distribution_count(variant_latency(variant)) == 0)
        return;
    worth_mean(&worth, total, variant->latency);
    write_figure(page, index, (const char *const[]){series, "mean", "ns"}, 1, 1, &worth, any);
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        worth_percentile(&worth, total, variant->latency, distribution_percentiles_ppm[i] / 1e6);
        write_figure(page, index,
                     (const char *const[]){series, distribution_percentile_names[i], "ns"}, 1, 1,
                     &worth, any);
    }
    const struct interval largest = {.value = (double)distribution_max_ns(variant_latency(variant))};
    write_figure(page, index, (const char *const[]){series, "max", "ns"}, 1, 1, &largest, any);
}

/* [base, other, metric, unit, base's value, other's value, change, low, high, answer, quality] */
static void write_change(const struct page *page, const struct comparison *comparison,
                         const struct compare_row *row, bool *any)
{
    static const char *const units[] = {"per_s", "percent", "ns"};
    const double scale = row->unit == COMPARE_SHARE ? 100 : 1;
    if (!row->has_change)
        return;
    begin_row(page, any, comparison->base);
    fprintf(page->out, ",%zu,\"%s\",\"%s\"", comparison->other, row->name, units[row->unit]);
    write_number(page->out, scale * row->base, 7);
    write_number(page->out, scale * row->other, 7);
    write_number(page->out, row->change_percent, 6);
    write_number(page->out, row->low_percent, 6);
    write_number(page->out, row->high_percent, 6);
    fprintf(page->out, ",\"%s\",\"%s\"]", compare_answer_name(row->answer),
            interval_quality_name(row->contrast.quality));
}

/* [run, row of the table, requests, successes, p50, (low, high, worth,) p99, (low, high, worth)]: the
 * intervals where they are known of any target. */
static void write_target(const struct page *page, size_t run, size_t row,
                         const struct target *target, bool *any)
{
    static const uint32_t ppms[] = {500000, 990000};
    const struct variant *variant = &page->report->variants[run];
    const struct distribution *values = &target->series[variant->latency];
    struct interval worth;
    begin_row(page, any, run);
    fprintf(page->out, ",%zu,%llu,%llu", row, (unsigned long long)target->requests,
            (unsigned long long)target->successes);
    for (size_t i = 0; i < 2; i++) {
        worth_percentile(&worth, target, variant->latency, ppms[i] / 1e6);
        write_number(page->out, worth.value, 0);
        if (distribution_count(values) == 0)
            worth.quality = INTERVAL_NONE;
        if (target->scatter[variant->latency])
            write_interval(page->out, &worth, 1, 1);
    }
    fputc(']', page->out);
}

static void write_targets(const struct page *page)
{
    const struct report *report = page->report;
    bool any = false;
    for (size_t i = 0; page_has_targets(report) && i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        for (size_t k = 0; k < variant->target_count; k++)
            write_target(page, i, page_target_row(report, variant->targets[k].name),
                         &variant->targets[k], &any);
    }
}

static void write_charts(const struct page *page)
{
    const struct figure *rate = figures_find(page->figures, FIGURE_RATE); /* the first over time */
    const struct figure *spread = figures_find(page->figures, FIGURE_SPREAD);
    const struct figure *use = NULL; /* the first whose points are fewer */
    for (size_t i = 0; i < page->figures->count; i++) {
        const struct figure *figure = &page->figures->list[i];
        fputs(i ? ",\n" : "\n", page->out);
        const bool is_fewer = figures_is_use(figure->kind) && figure->chart.at != rate->chart.at;
        const struct figure *same =
            figure->kind == FIGURE_SCALE || figure->kind == FIGURE_RATIO ? spread
            : is_fewer && use                                            ? use
                                                                         : rate;
        use = is_fewer && !use ? figure : use;
        chart_write_json(page->out, &figure->chart, same == figure || !same ? NULL : &same->chart);
    }
}

/* A data block, which no browser runs: the policy does not speak of it. */
void page_write_data(const struct page *page)
{
    const struct report *report = page->report;
    bool any = false;
    fputs("<script type=\"application/json\" id=\"data\">{\"runs\":[", page->out);
    for (size_t i = 0; i < report->variant_count; i++) {
        fputs(i ? "," : "", page->out);
        markup_json(page->out, report->variants[i].name);
    }
    fputs("],\"summary\":[", page->out);
    for (size_t i = 0; i < report->variant_count; i++)
        write_figures(page, i, &any);
    fputs("],\"delta\":[", page->out);
    any = false;
    for (size_t i = 0; i < report->comparison_count; i++)
        for (int k = 0; k < COMPARE_METRICS && report->comparisons[i].is_shown; k++)
            write_change(page, &report->comparisons[i], &report->comparisons[i].rows[k], &any);
    fputs("],\"targets\":[", page->out);
    write_targets(page);
    fputs("],\"charts\":[", page->out);
    write_charts(page);
    fputs("\n]}</script>", page->out);
}
