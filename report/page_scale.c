/* page_scale.c - what service time errs by on its machine, where `tare --weigh` has said so. */
#include "page_parts.h"

#include "story.h"

#include <math.h>
#include <string.h>

#define DASH "–"
#define WAITED_TELLS 0.005 /* half of what lies beyond p99 */

/* A percentile of a calibration: thin where too little lies beyond it. */
static void write_cell(const struct page *page, const struct scale_spread *spread, int64_t ns,
                       uint32_t ppm)
{
    char text[MARKUP_TEXT_MAX];
    if (spread->count == 0)
        fputs("<td>" DASH, page->out);
    else if (spread->count - units_rank(spread->count, ppm) < DISTRIBUTION_TAIL_MIN)
        fprintf(page->out, "<td class=\"thin\">%s, thin", markup_time(ns, text));
    else
        fprintf(page->out, "<td>%s", markup_time(ns, text));
}

static void write_row(const struct page *page, const char *name, const struct scale_spread *spread)
{
    fprintf(page->out, "<tr><th scope=\"row\">%s", name);
    write_cell(page, spread, spread->p50_ns, 500000);
    write_cell(page, spread, spread->p99_ns, 990000);
    write_cell(page, spread, spread->p999_ns, 999000);
    fputc('\n', page->out);
}

/* A cost in ns, which as a time would be rounded to a tenth of a microsecond. */
static void write_cost(const struct page *page, const char *before, double ns, const char *after)
{
    char text[MARKUP_TEXT_MAX];
    fputs(before, page->out);
    if (ns >= 999.5)
        fputs(markup_time(llround(ns), text), page->out);
    else
        fprintf(page->out, "%.*f&nbsp;ns", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns);
    fputs(after, page->out);
}

static void write_costs(const struct page *page, const struct scale *scale)
{
    char text[UNITS_TEXT_MAX];
    char time[MARKUP_TEXT_MAX];
    fputs("<p class=\"note\">", page->out);
    write_cost(page, "A request cost ", scale->request_ns, " of CPU");
    write_cost(page, " (", scale->request_bare_ns, " without rows)");
    fprintf(page->out, "; one thread reached %s over %llu connections.",
            units_format_rate(scale->rate_per_s, text), (unsigned long long)scale->connections);
    write_cost(page, " A reading of the clock took ", scale->clock_ns, "");
    write_cost(page, ", a NOP through the ring ", scale->nop_ns, "");
    write_cost(page, " alone and ", scale->nop_batch_ns, " with seven others.");
    fprintf(page->out, " Weighed on %.10s at %.5s UTC, in %s", scale->weighed_utc,
            scale->weighed_utc + 11, markup_time(scale->took_ns, time));
    if (scale->shares_cpu)
        fputs("; generator and server had one CPU between them", page->out);
    else if (scale->waited_share > WAITED_TELLS)
        fprintf(page->out, "; others kept it from its CPU for %s of the time, which these figures hold",
                markup_share(scale->waited_share > 1 ? 1 : scale->waited_share, time));
    fputs(".</p>\n", page->out);
}

/* name: of the run that took it along; NULL: it is that of all. */
static void write_calibration(const struct page *page, const struct scale *scale, const char *name)
{
    char rate[UNITS_TEXT_MAX];
    char lag[64];
    page_open_table(page, name, "as a table", false);
    fputs("<thead><tr><td><th scope=\"col\">p50<th scope=\"col\">p99<th scope=\"col\">p99.9</thead>"
          "<tbody>\n",
          page->out);
    write_row(page, "service time, too long by", &scale->stamps);
    write_row(page, "… a single request's", &scale->single);
    write_row(page, "… by the server's own word", &scale->server);
    units_format_rate(scale->lag_rate_per_s, rate);
    for (int i = 0; i < SCALE_WAIT_MODES; i++) {
        snprintf(lag, sizeof lag, "send lag, %s, at %s", scale_wait_names[i], rate);
        write_row(page, lag, &scale->send_lag[i]);
    }
    page_close_table(page);
    write_costs(page, scale);
}

/* Whether an earlier variant has the same calibration. */
static bool is_repeated(const struct report *report, size_t index)
{
    const struct scale *scale = variant_scale(&report->variants[index]);
    for (size_t i = 0; i < index; i++) {
        const struct scale *other = variant_scale(&report->variants[i]);
        if (other && scale_is_same(other, scale))
            return true;
    }
    return false;
}

void page_write_scale(const struct page *page)
{
    struct scale_spread error;
    struct story story;
    const struct report *report = page->report;
    size_t several = 0;
    if (scale_error(report->variants, report->variant_count, &error) == SCALE_NONE)
        return;
    story_tell_scale(&story, report);
    fputs("<h3>What it errs by on its machine</h3><p class=\"note\">", page->out);
    markup_prose(page->out, story.text);
    fputs("</p>\n", page->out);
    page_write_figure(page, figures_find(page->figures, FIGURE_SCALE));
    for (size_t i = 0; i < report->variant_count; i++)
        several += variant_scale(&report->variants[i]) && !is_repeated(report, i);
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        if (variant_scale(variant) && !is_repeated(report, i))
            write_calibration(page, variant_scale(variant), several > 1 ? variant->name : NULL);
    }
}
