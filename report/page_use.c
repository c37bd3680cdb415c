/* page_use.c - what generator and server took, second by second: charts that move with those over time,
 * and their table. */
#include "page_parts.h"

#include "limits.h"
#include "timeline.h"

#include <math.h>

#define DASH "–"
#define ROWS_MAX 60 /* of a table: longer runs have several points of the charts in a row */

static const struct {
    enum figure_kind kind;
    const char *head;
    enum time_user user;
    bool is_memory;
} columns[] = {{FIGURE_CPU, "CPU", TIME_GENERATOR, false},
               {FIGURE_CPU, "busiest thread", TIME_WORKER, false},
               {FIGURE_STEAL, "stolen", TIME_STEAL, false},
               {FIGURE_MEMORY, "memory", TIME_GENERATOR, true},
               {FIGURE_SERVER_CPU, "server’s CPU", TIME_SERVER, false},
               {FIGURE_SERVER_MEMORY, "server’s memory", TIME_SERVER, true}};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/* Whether any bin of a variant has the column's figure. */
static bool has_column(const struct page *page, const struct variant *variant, size_t column)
{
    bool has = false;
    for (size_t i = 0; i < variant->timeline.bin_count; i++) {
        const struct time_use *use = &variant->timeline.bins[i].uses[columns[column].user];
        has = has || (columns[column].is_memory ? use->readings > 0 : use->watched_ns > 0);
    }
    return has && figures_find(page->figures, columns[column].kind);
}

static void write_cell(const struct page *page, const struct time_bin *bin, size_t column)
{
    char text[MARKUP_TEXT_MAX];
    const double share = timeline_cpu_share(bin, columns[column].user);
    const double bytes = timeline_resident_bytes(bin, columns[column].user);
    if (isnan(columns[column].is_memory ? bytes : share))
        fputs("<td>" DASH, page->out);
    else if (columns[column].is_memory)
        fprintf(page->out, "<td>%s", markup_bytes((uint64_t)llround(bytes), text));
    else
        fprintf(page->out, "<td>%s", markup_share(share, text));
}

static void write_rows(const struct page *page, const struct variant *variant,
                       const bool told[COLUMN_COUNT], size_t stretch)
{
    const struct timeline *timeline = &variant->timeline;
    const double bin_s = (double)timeline->bin_ns / NS_PER_S;
    for (size_t i = 0; i < timeline->bin_count; i += stretch) {
        struct time_bin sum = {.due = 0};
        char text[MARKUP_TEXT_MAX];
        for (size_t k = i; k < i + stretch && k < timeline->bin_count; k++)
            timeline_add(&sum, &timeline->bins[k]);
        if (sum.uses[TIME_GENERATOR].readings == 0 && sum.uses[TIME_SERVER].readings == 0)
            continue;
        fprintf(page->out, "<tr><th>%s",
                markup_moment(bin_s * (double)i, bin_s * (double)timeline->bin_count, text));
        for (size_t k = 0; k < COLUMN_COUNT; k++)
            if (told[k])
                write_cell(page, &sum, k);
        fputc('\n', page->out);
    }
}

static void write_table(const struct page *page, const struct variant *variant)
{
    const size_t bins = variant->timeline.bin_count;
    const size_t stretch = (bins + ROWS_MAX - 1) / ROWS_MAX;
    bool told[COLUMN_COUNT];
    bool any = false;
    for (size_t k = 0; k < COLUMN_COUNT; k++) {
        told[k] = has_column(page, variant, k);
        any = any || told[k];
    }
    if (!any)
        return;
    page_open_table(page, page->report->variant_count > 1 ? variant->name : NULL, "as a table",
                    bins > 20);
    if (stretch > 1)
        fprintf(page->out, "<caption>Each row is the mean of %zu points of the charts.</caption>",
                stretch);
    fputs("<thead><tr><th scope=\"col\">time", page->out);
    for (size_t k = 0; k < COLUMN_COUNT; k++)
        if (told[k])
            fprintf(page->out, "<th scope=\"col\">%s", columns[k].head);
    fputs("</thead><tbody>\n", page->out);
    write_rows(page, variant, told, stretch);
    page_close_table(page);
}

void page_write_use(const struct page *page)
{
    const struct report *report = page->report;
    if (!figures_find(page->figures, FIGURE_CPU) && !figures_find(page->figures, FIGURE_MEMORY))
        return;
    fprintf(page->out,
            "<h3>What it took, second by second</h3><p class=\"note\">%s A generator’s thread near "
            "100\u00a0%% has no more to give, unless it spins while it waits.</p>\n",
            figures_find(page->figures, FIGURE_SERVER_CPU)
                ? "Of the generator, and of the server as far as it was watched."
                : "Of the generator; nobody watched the server’s process.");
    for (size_t i = 0; i < page->figures->count; i++)
        if (figures_is_use(page->figures->list[i].kind))
            page_write_figure(page, &page->figures->list[i]);
    for (size_t i = 0; i < report->variant_count; i++)
        write_table(page, &report->variants[i]);
}
