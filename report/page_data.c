/* page_data.c - the numbers for the page's script: those of the charts, and those it can save as CSV. */
#include "page_parts.h"

#include "worth.h"

#include <math.h>

/* A figure with the digits that it takes to read the same number back; null where there is none. */
static void write_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, value == floor(value) && fabs(value) < 1e15 ? ",%.0f" : ",%.9g", value);
    else
        fputs(",null", out);
}

/* [run, metric, value, low, high, quality] */
static void write_figure(const struct page *page, size_t run, const char *metric,
                         const struct interval *worth, bool *any)
{
    if (isnan(worth->value))
        return;
    fprintf(page->out, "%s\n[%zu,\"%s\"", *any ? "," : "", run, metric);
    *any = true;
    write_number(page->out, worth->value);
    write_number(page->out, worth->low);
    write_number(page->out, worth->high);
    fprintf(page->out, ",\"%s\"]", interval_quality_name(worth->quality));
}

static void write_figures(const struct page *page, size_t index, bool *any)
{
    const struct variant *variant = &page->report->variants[index];
    const struct target *total = &variant->total;
    struct interval worth;
    worth_rate(&worth, variant, total);
    write_figure(page, index, "throughput_per_s", &worth, any);
    worth_errors(&worth, variant, total);
    write_figure(page, index, "error_share", &worth, any);
    if (distribution_count(variant_latency(variant)) == 0)
        return;
    worth_mean(&worth, total, variant->latency);
    write_figure(page, index, "mean_ns", &worth, any);
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        char metric[DISTRIBUTION_NAME_MAX + 4];
        worth_percentile(&worth, total, variant->latency, distribution_percentiles_ppm[i] / 1e6);
        snprintf(metric, sizeof metric, "%s_ns", distribution_percentile_names[i]);
        write_figure(page, index, metric, &worth, any);
    }
    const struct interval largest = {.value = (double)distribution_max_ns(variant_latency(variant)),
                                     .low = NAN,
                                     .high = NAN};
    write_figure(page, index, "max_ns", &largest, any);
}

/* [base, other, metric, base's value, other's value, change, low, high, answer, quality] */
static void write_change(const struct page *page, const struct comparison *comparison,
                         const struct compare_row *row, bool *any)
{
    if (!row->has_change)
        return;
    fprintf(page->out, "%s\n[%zu,%zu,\"%s\"", *any ? "," : "", comparison->base, comparison->other,
            row->name);
    *any = true;
    write_number(page->out, row->base);
    write_number(page->out, row->other);
    write_number(page->out, row->change_percent);
    write_number(page->out, row->low_percent);
    write_number(page->out, row->high_percent);
    fprintf(page->out, ",\"%s\",\"%s\"]", compare_answer_name(row->answer),
            interval_quality_name(row->contrast.quality));
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
    fputs("],\"charts\":[", page->out);
    write_charts(page);
    fputs("\n]}</script>", page->out);
}
