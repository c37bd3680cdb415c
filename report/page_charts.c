/* page_charts.c - how latency is spread, and how requests ended; with tables. */
#include "page_parts.h"

#include "story.h"
#include "worth.h"

#include <math.h>
#include <string.h>

#define DASH "–"

void page_open_table(const struct page *page, const char *name, const char *summary, bool tall)
{
    fputs("<details><summary>", page->out);
    if (name) {
        markup_text(page->out, name);
        fputc(' ', page->out);
    }
    fprintf(page->out, "%s</summary><div class=\"%s\"><table>\n", summary,
            tall ? "scroll tall" : "scroll");
}

void page_close_table(const struct page *page)
{
    fputs("</tbody></table></div></details>\n", page->out);
}

void page_write_percentile_cell(const struct page *page, const struct distribution *values,
                                uint32_t ppm)
{
    char text[MARKUP_TEXT_MAX];
    if (distribution_count(values) == 0)
        fputs("<td>" DASH, page->out);
    else if (distribution_is_resolved(values, ppm))
        fprintf(page->out, "<td>%s", markup_time(distribution_at_ppm(values, ppm), text));
    else
        fprintf(page->out, "<td class=\"thin\">%s, thin",
                markup_time(distribution_at_ppm(values, ppm), text));
}

void page_open_section(const struct page *page, const char *title, const struct story *story,
                       const char *more)
{
    fprintf(page->out, "<section><h2>%s</h2><p class=\"note\">", title);
    markup_prose(page->out, story->text);
    fprintf(page->out, "%s</p>\n", more);
}

void page_write_figure(const struct page *page, const struct figure *figure)
{
    if (!figure)
        return;
    fprintf(page->out, "<figure id=\"%s\">", figure->id);
    if (figure->title[0]) {
        fputs("<figcaption>", page->out);
        markup_text(page->out, figure->title);
        fputs("</figcaption>\n", page->out);
    }
    chart_write_svg(page->out, &figure->chart);
    fputs("</figure>\n", page->out);
}

void page_write_worth_cell(const struct page *page, const struct target *target, enum series series,
                           uint32_t ppm)
{
    const struct distribution *values = &target->series[series];
    char low[MARKUP_TEXT_MAX];
    char high[MARKUP_TEXT_MAX];
    struct interval worth;
    worth_percentile(&worth, target, series, ppm / 1e6);
    page_write_percentile_cell(page, values, ppm);
    if (!distribution_is_resolved(values, ppm))
        return; /* it says so already */
    if (worth.quality >= INTERVAL_FAIR && isfinite(worth.low) && isfinite(worth.high))
        fprintf(page->out, " <small>%s to %s%s</small>", markup_time(llround(worth.low), low),
                markup_time(llround(worth.high), high),
                worth.quality == INTERVAL_FAIR ? ", fair" : "");
    else if (worth.quality == INTERVAL_UNRESOLVED)
        fputs(" <small>unresolved</small>", page->out);
}

static void write_time_cell(const struct page *page, const struct distribution *values, int64_t ns)
{
    char text[MARKUP_TEXT_MAX];
    fprintf(page->out, "<td>%s", distribution_count(values) ? markup_time(ns, text) : DASH);
}

/* Whether a percentile is the largest value in every variant: deeper ones say nothing new. */
static bool is_largest(const struct report *report, uint32_t ppm)
{
    for (size_t i = 0; i < report->variant_count; i++) {
        const uint64_t count = distribution_count(variant_latency(&report->variants[i]));
        if (units_rank(count, ppm) < count)
            return false;
    }
    return true;
}

static void write_percentiles(const struct page *page)
{
    const struct report *report = page->report;
    page_open_table(page, NULL, "as a table", false);
    fputs("<thead><tr><th scope=\"col\">percentile", page->out);
    page_write_variant_heads(page);
    fputs("</thead><tbody>\n<tr><th scope=\"row\">smallest", page->out);
    for (size_t i = 0; i < report->variant_count; i++)
        write_time_cell(page, variant_latency(&report->variants[i]),
                        distribution_min_ns(variant_latency(&report->variants[i])));
    for (int k = 0; k < DISTRIBUTION_PERCENTILES; k++) {
        const uint32_t ppm = distribution_percentiles_ppm[k];
        fprintf(page->out, "\n<tr><th scope=\"row\">%s", distribution_percentile_names[k]);
        for (size_t i = 0; i < report->variant_count; i++)
            page_write_worth_cell(page, &report->variants[i].total, report->variants[i].latency, ppm);
        if (is_largest(report, ppm))
            break;
    }
    fputs("\n<tr><th scope=\"row\">largest", page->out);
    for (size_t i = 0; i < report->variant_count; i++)
        write_time_cell(page, variant_latency(&report->variants[i]),
                        distribution_max_ns(variant_latency(&report->variants[i])));
    fputs("\n<tr><th scope=\"row\">mean", page->out);
    for (size_t i = 0; i < report->variant_count; i++)
        write_time_cell(page, variant_latency(&report->variants[i]),
                        llround(distribution_mean_ns(variant_latency(&report->variants[i]))));
    fputs("\n<tr><th scope=\"row\">requests", page->out);
    for (size_t i = 0; i < report->variant_count; i++) {
        char text[UNITS_TEXT_MAX];
        fprintf(
            page->out, "<td>%s",
            units_format_count(distribution_count(variant_latency(&report->variants[i])), text));
    }
    page_close_table(page);
}

/* The parts that a request's time is made of, where any request had them. */
static void write_stretches(const struct page *page)
{
    static const char *const words[SERIES_COUNT] = {
        [SERIES_SERVICE] = "service: the server and the network",
        [SERIES_RESPONSE] = "response: all that a user waits for",
        [SERIES_WAIT] = "wait for a connection",
        [SERIES_CONNECT] = "connect",
        [SERIES_TLS] = "TLS handshake",
        [SERIES_FIRST_BYTE] = "first byte, a part of service",
        [SERIES_SEND_PATH] = "send path, the part of service before a request left",
        [SERIES_WIRE] = "on the wire: service without the send path"};
    bool any = false;
    for (size_t i = 0; i < page->report->variant_count; i++)
        any = any || page->report->variants[i].total.successes > 0;
    if (!any)
        return;
    page_open_table(page, NULL, "where the time went", false);
    fputs("<thead><tr><th scope=\"col\">run<th scope=\"col\" class=\"text\">stretch"
          "<th scope=\"col\">p50<th scope=\"col\">p90<th scope=\"col\">p99<th scope=\"col\">largest"
          "</thead><tbody>\n",
          page->out);
    for (size_t i = 0; i < page->report->variant_count; i++) {
        for (int series = 0; series < SERIES_COUNT; series++) {
            const struct distribution *values = &page->report->variants[i].total.series[series];
            if (!words[series] || distribution_max_ns(values) == 0)
                continue;
            fputs("<tr><th scope=\"row\">", page->out);
            markup_text(page->out, page->report->variants[i].name);
            fprintf(page->out, "<td class=\"text\">%s", words[series]);
            page_write_percentile_cell(page, values, 500000);
            page_write_percentile_cell(page, values, 900000);
            page_write_percentile_cell(page, values, 990000);
            write_time_cell(page, values, distribution_max_ns(values));
            fputc('\n', page->out);
        }
    }
    page_close_table(page);
}

void page_write_spread(const struct page *page)
{
    struct story story;
    story_tell_spread(&story, page->report);
    const struct figure *figure = figures_find(page->figures, FIGURE_SPREAD);
    page_open_section(page, "How latency is spread", &story,
                 figure ? " Bands are 95\u00a0% intervals; a dashed line rests on few requests, and "
                          "ends where nothing can be said."
                        : " That is too few for a curve.");
    page_write_figure(page, figure);
    page_write_figure(page, figures_find(page->figures, FIGURE_RATIO));
    page_write_figure(page, figures_find(page->figures, FIGURE_SHARE));
    write_percentiles(page);
    page_write_dots(page);
    page_write_phases(page);
    write_stretches(page);
    fputs("</section>", page->out);
}

static void write_outcome_row(const struct page *page, enum outcome outcome)
{
    char count[UNITS_TEXT_MAX];
    char share[MARKUP_TEXT_MAX];
    fprintf(page->out, "<tr><th scope=\"row\" class=\"sentence\">%s<td class=\"words\">%s",
            outcome_sentence(outcome), outcome_class_name(outcome_class(outcome)));
    for (size_t i = 0; i < page->report->variant_count; i++) {
        const struct target *total = &page->report->variants[i].total;
        const uint64_t seen = total->outcomes[outcome];
        const double all = total->requests ? (double)total->requests : 1;
        fprintf(page->out, "<td>%s <small>%s</small>", units_format_count(seen, count),
                markup_share((double)seen / all, share));
    }
    fputc('\n', page->out);
}

void page_write_outcomes(const struct page *page)
{
    struct story story;
    story_tell_outcomes(&story, page->report);
    page_open_section(page, "How requests ended", &story, "");
    fputs("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">requests that …"
          "<th scope=\"col\">counted as",
          page->out);
    page_write_variant_heads(page);
    fputs("</thead><tbody>\n", page->out);
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        uint64_t seen = outcome == OUTCOME_OK; /* this row always stands */
        for (size_t i = 0; i < page->report->variant_count; i++)
            seen += page->report->variants[i].total.outcomes[outcome];
        if (seen > 0)
            write_outcome_row(page, (enum outcome)outcome);
    }
    fputs("</tbody></table></div></section>", page->out);
}
