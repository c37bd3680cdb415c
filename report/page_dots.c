/* page_dots.c - a dot for each run of each group: how much they differ among themselves. */
#include "page_parts.h"

#include "worth.h"

#include <math.h>

#define ROW_PX 26
#define AXIS_PX 22
#define DRAWN_MAX 200u /* runs of a group that are drawn */
#define TABLED_MAX 100u /* and listed */

static bool has_group(const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < report->variant_count; i++)
        any = any || report->variants[i].run_count > 1;
    return any;
}

static double run_value(const struct variant *variant, size_t run, uint32_t ppm)
{
    const double own = worth_run_percentile(&variant->total, variant->latency, run, ppm / 1e6);
    return isfinite(own) && own > 0 ? own : NAN;
}

static size_t most_drawn(const struct variant *variant)
{
    return variant->run_count < DRAWN_MAX ? variant->run_count : DRAWN_MAX;
}

/* The ends of what is drawn; false where there is nothing. */
static bool find_ends(const struct report *report, uint32_t ppm, double *low, double *high)
{
    *low = INFINITY;
    *high = 0;
    for (size_t i = 0; i < report->variant_count && i < CHART_RUNS_MAX; i++) {
        for (size_t k = 0; k < most_drawn(&report->variants[i]); k++) {
            const double own = run_value(&report->variants[i], k, ppm);
            *low = isnan(own) ? *low : fmin(*low, own);
            *high = isnan(own) ? *high : fmax(*high, own);
        }
    }
    return *high > 0;
}

static void write_row(const struct page *page, size_t index, uint32_t ppm, const struct axis *axis,
                      int y)
{
    static const char *const colours[CHART_RUNS_MAX] = {"#0072b2", "#c85200", "#007a59", "#a3488a",
                                                        "#8a6a00", "#50565e", "#7a4fb0"};
    const struct variant *variant = &page->report->variants[index];
    char name[CHART_LABEL_MAX * 4 + 1];
    markup_shorten(variant->name, CHART_LABEL_MAX, name, sizeof name);
    fprintf(page->out, "<line class=\"grid\" x2=\"100%%\" y1=\"%d\" y2=\"%d\" stroke=\"#e3e7ec\"/>", y,
            y);
    for (size_t k = 0; k < most_drawn(variant); k++) {
        const double own = run_value(variant, k, ppm);
        if (!isnan(own))
            fprintf(page->out,
                    "<use href=\"#marker-%zu\" class=\"fill run-%zu\" fill=\"%s\" "
                    "fill-opacity=\".75\" x=\"%.2f%%\" y=\"%d\"/>",
                    index, index, colours[index], axis_place(axis, own) * 100, y);
    }
    fprintf(page->out,
            "<text class=\"end run-%zu\" x=\"100%%\" dx=\"8\" y=\"%d\" fill=\"%s\" "
            "font-weight=\"600\">",
            index, y + 4, colours[index]);
    markup_text(page->out, name);
    fputs("</text>\n", page->out);
}

static void write_strip(const struct page *page, uint32_t ppm)
{
    const struct report *report = page->report;
    char name[DISTRIBUTION_NAME_MAX];
    struct axis axis;
    double low;
    double high;
    const size_t rows = report->variant_count < CHART_RUNS_MAX ? report->variant_count : CHART_RUNS_MAX;
    if (!find_ends(report, ppm, &low, &high))
        return;
    axis_set_latency_log(&axis, low * 0.98, high * 1.02);
    distribution_percentile_name(ppm, name);
    fprintf(page->out,
            "<figure class=\"dots\"><figcaption>%s of each run, %s</figcaption>\n"
            "<svg class=\"chart\" width=\"80%%\" height=\"%d\" overflow=\"visible\" role=\"img\" "
            "aria-label=\"%s of each run\" font-family=\"system-ui, sans-serif\" font-size=\"12\" "
            "fill=\"#5b6572\">\n<g class=\"plot\" transform=\"translate(58 20)\">\n",
            name, report_latency_name(report, rows), 20 + (int)rows * ROW_PX + AXIS_PX, name);
    for (size_t i = 0; i < rows; i++)
        write_row(page, i, ppm, &axis, (int)i * ROW_PX + ROW_PX / 2);
    for (size_t i = 0; i < axis.tick_count; i++)
        fprintf(page->out, "<text x=\"%.2f%%\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                axis_place(&axis, axis.ticks[i].at) * 100, (int)rows * ROW_PX + 14,
                axis.ticks[i].text);
    fputs("</g></svg></figure>\n", page->out);
}

static void write_cell(const struct page *page, double ns)
{
    char text[MARKUP_TEXT_MAX];
    fprintf(page->out, "<td>%s", isnan(ns) ? "–" : markup_time(llround(ns), text));
}

static void write_runs(const struct page *page, const struct variant *variant, uint32_t ppm)
{
    char text[MARKUP_TEXT_MAX];
    for (size_t k = 0; k < variant->run_count && k < TABLED_MAX; k++) {
        const double rate = worth_run_rate(variant, &variant->total, k);
        fputs("<tr><th scope=\"row\">", page->out);
        markup_text(page->out, variant->name);
        fprintf(page->out, "<td>%zu<td>%s", k + 1, isnan(rate) ? "–" : markup_rate(rate, text));
        write_cell(page, run_value(variant, k, 500000));
        write_cell(page, run_value(variant, k, ppm));
        fprintf(page->out, "<td>%s\n", run_verdict_name(variant->runs[k].verdict));
    }
}

void page_write_dots(const struct page *page)
{
    const struct report *report = page->report;
    const uint32_t ppm = report->headline_ppm > 500000 ? report->headline_ppm : 990000;
    char name[DISTRIBUTION_NAME_MAX];
    if (!has_group(report))
        return;
    fputs("<h3>Run by run</h3><p class=\"note\">A marker is a run. Groups whose markers mingle are not "
          "told apart; one that lies alone had something else happen to it.</p>\n",
          page->out);
    write_strip(page, 500000);
    write_strip(page, ppm);
    page_open_table(page, NULL, "as a table", report->variant_count * 5 > 20);
    fprintf(page->out,
            "<thead><tr><th scope=\"col\">group<th scope=\"col\">run<th scope=\"col\">throughput"
            "<th scope=\"col\">p50<th scope=\"col\">%s<th scope=\"col\">verdict</thead><tbody>\n",
            distribution_percentile_name(ppm, name));
    for (size_t i = 0; i < report->variant_count; i++)
        write_runs(page, &report->variants[i], ppm);
    page_close_table(page);
}
