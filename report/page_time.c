/* page_time.c - what happened when: charts over time, and their table. */
#include "page_parts.h"

#include "coverage.h"
#include "limits.h"
#include "story.h"

#include <math.h>

#define DASH "–"
#define ROWS_MAX 120 /* of a table: longer runs have several points of the charts in a row */

/* The largest p99 of a bin decides the table's unit, so that its numbers can be compared. */
static double find_time_unit(const struct report *report, const char **name)
{
    int64_t largest = 0;
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct timeline *timeline = &report->variants[i].timeline;
        for (size_t k = 0; k < timeline->bin_count; k++)
            largest = timeline->bins[k].p99_ns > largest ? timeline->bins[k].p99_ns : largest;
    }
    *name = largest < NS_PER_MS ? "µs" : "ms";
    return largest < NS_PER_MS ? NS_PER_US : NS_PER_MS;
}

static void write_plain(const struct page *page, double value)
{
    char text[UNITS_TEXT_MAX];
    if (isnan(value))
        fputs("<td>" DASH, page->out);
    else if (value == 0 || value >= 999.5)
        fprintf(page->out, "<td>%s", units_format_count((uint64_t)llround(value), text));
    else
        fprintf(page->out, "<td>%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
}

/* Bins up to the last in which anything happened. */
static size_t count_told(const struct timeline *timeline)
{
    size_t bins = timeline->bin_count;
    while (bins > 0 && timeline->bins[bins - 1].due == 0 && timeline->bins[bins - 1].done == 0)
        bins--;
    return bins;
}

/* What a stretch of bins came to. */
struct stretch {
    double due_per_s; /* of the time that the runs lasted */
    double done_per_s;
    int64_t p50_ns; /* the highest of a bin; -1: no request was answered */
    int64_t p99_ns;
    uint64_t errors;
};

static void sum_stretch(struct stretch *sum, const struct variant *variant, size_t first, size_t size)
{
    double time[2] = {0, 0}; /* without grace and with it */
    double count[2] = {0, 0};
    *sum = (struct stretch){.p50_ns = -1, .p99_ns = -1};
    for (size_t i = first; i < first + size && i < variant->timeline.bin_count; i++) {
        const struct time_bin *bin = &variant->timeline.bins[i];
        const double rates[2] = {coverage_rate(variant, i, bin->due, false),
                                 coverage_rate(variant, i, bin->done, true)};
        for (int k = 0; k < 2; k++) {
            const double covered = (double)coverage_ns(variant, i, k == 1);
            count[k] += isnan(rates[k]) ? 0 : rates[k] * covered;
            time[k] += isnan(rates[k]) ? 0 : covered;
        }
        sum->errors += timeline_errors(bin);
        if (bin->latency_count == 0)
            continue;
        sum->p50_ns = bin->p50_ns > sum->p50_ns ? bin->p50_ns : sum->p50_ns;
        sum->p99_ns = bin->p99_ns > sum->p99_ns ? bin->p99_ns : sum->p99_ns;
    }
    sum->due_per_s = time[0] > 0 ? count[0] / time[0] : NAN;
    sum->done_per_s = time[1] > 0 ? count[1] / time[1] : NAN;
}

static void write_stretch(const struct page *page, const struct variant *variant, size_t first,
                          size_t size, double unit)
{
    if (first >= count_told(&variant->timeline)) {
        fputs(variant->loop == RUN_LOOP_OPEN ? "<td><td><td><td><td>" : "<td><td><td><td>",
              page->out);
        return;
    }
    char text[UNITS_TEXT_MAX];
    struct stretch sum;
    sum_stretch(&sum, variant, first, size);
    if (variant->loop == RUN_LOOP_OPEN)
        write_plain(page, sum.due_per_s);
    write_plain(page, sum.done_per_s);
    write_plain(page, sum.p50_ns >= 0 ? (double)sum.p50_ns / unit : NAN);
    write_plain(page, sum.p99_ns >= 0 ? (double)sum.p99_ns / unit : NAN);
    fprintf(page->out, "<td>%s", units_format_count(sum.errors, text));
}

/* Variants side by side in one table. */
struct bins_table {
    const struct variant *variants;
    size_t count;
    const char *unit_name;
    double unit; /* in ns */
    size_t stretch; /* bins a row */
};

static void write_bins_head(const struct page *page, const struct bins_table *table)
{
    const char *highest = table->stretch > 1 ? "highest " : "";
    if (table->stretch > 1)
        fprintf(page->out, "<caption>Each row is %zu points of the charts: of their percentiles, the "
                           "highest.</caption>",
                table->stretch);
    fputs("<thead><tr><td>", page->out);
    for (size_t i = 0; i < table->count; i++) {
        fprintf(page->out, "<th scope=\"colgroup\" colspan=\"%d\">",
                table->variants[i].loop == RUN_LOOP_OPEN ? 5 : 4);
        markup_text(page->out, table->variants[i].name);
    }
    fputs("<tr><th scope=\"col\">time", page->out);
    for (size_t i = 0; i < table->count; i++)
        fprintf(page->out,
                "%s<th scope=\"col\">done/s<th scope=\"col\">%sp50, %s<th scope=\"col\">%sp99, %s"
                "<th scope=\"col\">errors",
                table->variants[i].loop == RUN_LOOP_OPEN ? "<th scope=\"col\">asked/s" : "",
                highest, table->unit_name, highest, table->unit_name);
    fputs("</thead><tbody>\n", page->out);
}

/* A row a bin, of variants whose bins are as long. */
static void write_bins_table(const struct page *page, struct bins_table *table)
{
    const double bin_s = (double)table->variants[0].timeline.bin_ns / NS_PER_S;
    size_t bins = 0;
    for (size_t i = 0; i < table->count; i++) {
        const size_t own = count_told(&table->variants[i].timeline);
        bins = own > bins ? own : bins;
    }
    table->stretch = (bins + ROWS_MAX - 1) / ROWS_MAX;
    const bool is_all = table->count == page->report->variant_count;
    page_open_table(page, is_all ? NULL : table->variants[0].name, "as a table", bins > 20);
    write_bins_head(page, table);
    for (size_t k = 0; k < bins; k += table->stretch) {
        char text[MARKUP_TEXT_MAX];
        fprintf(page->out, "<tr><th>%s",
                markup_moment(bin_s * (double)k, bin_s * (double)bins, text));
        for (size_t i = 0; i < table->count; i++)
            write_stretch(page, &table->variants[i], k, table->stretch, table->unit);
        fputc('\n', page->out);
    }
    page_close_table(page);
}

/* Two variants fit side by side, on paper too, where their bins are as long. */
static void write_bins(const struct page *page)
{
    const struct report *report = page->report;
    struct bins_table table = {.variants = report->variants, .count = report->variant_count};
    table.unit = find_time_unit(report, &table.unit_name);
    const bool fits = report->variant_count == 2 &&
                      report->variants[0].timeline.bin_ns == report->variants[1].timeline.bin_ns;
    if (fits) {
        write_bins_table(page, &table);
        return;
    }
    table.count = 1;
    for (size_t i = 0; i < report->variant_count; i++) {
        table.variants = &report->variants[i];
        write_bins_table(page, &table);
    }
}

void page_write_time(const struct page *page)
{
    struct story story;
    story_tell_time(&story, page->report);
    page_open_section(page, "Over time", &story, "");
    for (size_t i = 0; i < page->figures->count; i++) {
        const enum figure_kind kind = page->figures->list[i].kind;
        if (kind != FIGURE_SPREAD && kind != FIGURE_RATIO && kind != FIGURE_SHARE &&
            kind != FIGURE_SCALE && !figures_is_use(kind))
            page_write_figure(page, &page->figures->list[i]);
    }
    write_bins(page);
    fputs("</section>", page->out);
}
