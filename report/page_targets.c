/* page_targets.c - figures by target, a row each, all variants side by side; a script sorts and
 * filters the rows. */
#include "page_parts.h"

#include <math.h>
#include <string.h>

#define WIDE_MAX 3u /* variants whose figures fit side by side; of more, p50 and p99 alone */

static const struct target *find_target(const struct variant *variant, const char *name)
{
    for (size_t i = 0; name && i < variant->target_count; i++)
        if (variant->targets[i].name && strcmp(variant->targets[i].name, name) == 0)
            return &variant->targets[i];
    return NULL;
}

/* Whether an earlier variant has the target, so that it has its row. */
static bool is_told(const struct report *report, size_t variant, const char *name)
{
    for (size_t i = 0; i < variant; i++)
        if (find_target(&report->variants[i], name))
            return true;
    return false;
}

static void write_figures(const struct page *page, const struct variant *variant,
                          const struct target *target)
{
    char text[MARKUP_TEXT_MAX];
    const bool is_wide = page->report->variant_count <= WIDE_MAX;
    if (!target) {
        fputs(is_wide ? "<td><td><td><td>" : "<td><td>", page->out);
        return;
    }
    const struct distribution *latency = &target->series[variant->latency];
    if (is_wide) {
        fprintf(page->out, "<td>%s", units_format_count(target->requests, text));
        fprintf(page->out, "<td>%s", units_format_count(target_failed(target), text));
    }
    page_write_percentile_cell(page, latency, 500000);
    page_write_percentile_cell(page, latency, 990000);
}

/* The change of p99, or of p50 where p99 is too thin in one of the two; of two variants alone. */
static void write_change(const struct page *page, const struct target *base, const struct target *other)
{
    const struct report *report = page->report;
    char text[MARKUP_TEXT_MAX];
    fputs("<td>", page->out);
    if (!base || !other)
        return;
    const struct distribution *from = &base->series[report->variants[0].latency];
    const struct distribution *to = &other->series[report->variants[1].latency];
    const uint32_t ppm =
        distribution_is_resolved(from, 990000) && distribution_is_resolved(to, 990000) ? 990000 : 500000;
    const int64_t from_ns = distribution_count(from) ? distribution_at_ppm(from, ppm) : 0;
    const int64_t to_ns = distribution_count(to) ? distribution_at_ppm(to, ppm) : 0;
    if (from_ns <= 0 || to_ns <= 0)
        return;
    fprintf(page->out, "%s%s", markup_change((double)to_ns / (double)from_ns, text),
            ppm == 500000 ? " <small>p50</small>" : "");
}

static void write_row(const struct page *page, const char *name)
{
    const struct report *report = page->report;
    fputs("<tr><th>", page->out); /* a thousand rows: each byte counts */
    markup_text(page->out, name ? name : "not named");
    for (size_t i = 0; i < report->variant_count; i++)
        write_figures(page, &report->variants[i], find_target(&report->variants[i], name));
    if (report->variant_count == 2 && report->comparisons[0].is_shown)
        write_change(page, find_target(&report->variants[0], name),
                     find_target(&report->variants[1], name));
    fputc('\n', page->out);
}

static void write_head(const struct page *page)
{
    const struct report *report = page->report;
    const bool is_wide = report->variant_count <= WIDE_MAX;
    fputs("<thead><tr><td>", page->out);
    for (size_t i = 0; i < report->variant_count; i++) {
        fprintf(page->out, "<th scope=\"colgroup\" colspan=\"%d\">", is_wide ? 4 : 2);
        markup_text(page->out, report->variants[i].name);
    }
    const bool has_change = report->variant_count == 2 && report->comparisons[0].is_shown;
    fprintf(page->out, "%s<tr><th scope=\"col\">target", has_change ? "<td>" : "");
    for (size_t i = 0; i < report->variant_count; i++)
        fputs(is_wide ? "<th scope=\"col\">requests<th scope=\"col\">errors<th scope=\"col\">p50"
                        "<th scope=\"col\">p99"
                      : "<th scope=\"col\">p50<th scope=\"col\">p99",
              page->out);
    fputs(has_change ? "<th scope=\"col\">change of p99</thead><tbody>\n" : "</thead><tbody>\n",
          page->out);
}

void page_write_targets(const struct page *page)
{
    const struct report *report = page->report;
    char text[UNITS_TEXT_MAX];
    size_t most = 0;
    for (size_t i = 0; i < report->variant_count; i++)
        most = report->variants[i].target_count > most ? report->variants[i].target_count : most;
    if (most < 2)
        return;
    fprintf(page->out,
            "<section id=\"targets\"><h2>Target by target</h2><p class=\"note\">%s targets, judged by "
            "%s.</p><div class=\"scroll%s\" role=\"region\" aria-label=\"figures by "
            "target\"><table class=\"wide sortable\">",
            units_format_count(most, text), report_latency_name(report, report->variant_count), most > 20 ? " tall" : "");
    write_head(page);
    for (size_t i = 0; i < report->variant_count; i++)
        for (size_t k = 0; k < report->variants[i].target_count; k++) {
            const char *name = report->variants[i].targets[k].name;
            if (!is_told(report, i, name))
                write_row(page, name);
        }
    fputs("</tbody></table></div></section>", page->out);
}
