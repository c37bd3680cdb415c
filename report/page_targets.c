/* page_targets.c - figures by target, a row each, all variants side by side; a script sorts and
 * filters the rows. */
#include "page_parts.h"

#include "adder.h"
#include "side.h"

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
    if (is_wide) {
        fprintf(page->out, "<td>%s", units_format_count(target->requests, text));
        fprintf(page->out, "<td>%s", units_format_count(target_failed(target), text));
    }
    page_write_worth_cell(page, target, variant->latency, 500000);
    page_write_worth_cell(page, target, variant->latency, 990000);
}

/* The interval of a change, in percent of the base, where it is known. */
static void write_change_interval(const struct page *page, const char *name, uint32_t ppm)
{
    const struct report *report = page->report;
    const struct side sides[2] = {side_of_variant(&report->variants[0]),
                                  side_of_variant(&report->variants[1])};
    const struct side_figure figure = {SIDE_PERCENTILE, name, -1, ppm / 1e6};
    struct interval worths[2];
    struct contrast contrast;
    char low[MARKUP_TEXT_MAX];
    char high[MARKUP_TEXT_MAX];
    side_contrast(&contrast, &sides[0], &sides[1], &figure, worths);
    if (contrast.quality < INTERVAL_FAIR || !isfinite(contrast.high) || !(contrast.low > 0))
        return;
    fprintf(page->out, " <small>%s to %s%s</small>", markup_change(contrast.low, low),
            markup_change(contrast.high, high), contrast.quality == INTERVAL_FAIR ? ", fair" : "");
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
    write_change_interval(page, base->name, ppm);
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

static size_t count_targets(const struct report *report)
{
    size_t most = 0;
    for (size_t i = 0; i < report->variant_count; i++)
        most = report->variants[i].target_count > most ? report->variants[i].target_count : most;
    return most;
}

bool page_has_targets(const struct report *report)
{
    return count_targets(report) > 1;
}

/* Targets have their rows in the order of the variants that have them first. */
size_t page_target_row(const struct report *report, const char *name)
{
    size_t row = 0;
    for (size_t i = 0; i < report->variant_count; i++)
        for (size_t k = 0; k < report->variants[i].target_count; k++) {
            const char *own = report->variants[i].targets[k].name;
            if (own && name && strcmp(own, name) == 0)
                return row;
            row += !is_told(report, i, own);
        }
    return row;
}

void page_write_targets(const struct page *page)
{
    const struct report *report = page->report;
    char text[UNITS_TEXT_MAX];
    const size_t most = count_targets(report);
    if (!page_has_targets(report))
        return;
    fprintf(page->out,
            "<section id=\"targets\"><h2>Target by target</h2><p class=\"note\">%s targets, judged by "
            "%s. %s</p><div class=\"scroll%s\" role=\"region\" aria-label=\"figures by "
            "target\"><table class=\"wide sortable\">",
            units_format_count(most, text), report_latency_name(report, report->variant_count),
            most <= ADDER_TARGETS_FINE
                ? "Small figures are 95&nbsp;% intervals, of which one in twenty misses: among many "
                  "targets some differ by chance."
                : "Of so many, no intervals are worked out.",
            most > 20 ? " tall" : "");
    write_head(page);
    for (size_t i = 0; i < report->variant_count; i++)
        for (size_t k = 0; k < report->variants[i].target_count; k++) {
            const char *name = report->variants[i].targets[k].name;
            if (!is_told(report, i, name))
                write_row(page, name);
        }
    fputs("</tbody></table></div></section>", page->out);
}
