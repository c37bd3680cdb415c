/* page_phases.c - what the mean request's time is made of. Means add up; percentiles do not, and are
 * never stacked. */
#include "page_parts.h"

#include <math.h>

#define BAR_PX 16
#define PHASES 6

enum stretch { PHASE_WAIT, PHASE_CONNECT, PHASE_TLS, PHASE_SEND, PHASE_FIRST_BYTE, PHASE_TRANSFER };

static const struct {
    const char *name;
    const char *colour; /* Okabe, Ito 2008 */
} phases[PHASES] = {[PHASE_WAIT] = {"wait for a connection", "#999999"},
                    [PHASE_CONNECT] = {"connect", "#e69f00"},
                    [PHASE_TLS] = {"TLS handshake", "#cc79a7"},
                    [PHASE_SEND] = {"the generator’s send lag", "#d55e00"},
                    [PHASE_FIRST_BYTE] = {"until the first byte", "#56b4e9"},
                    [PHASE_TRANSFER] = {"transfer, until the last", "#009e73"}};

/* The mean of a series over all successful requests, those without it counting as 0. */
static double mean_ns(const struct target *target, enum series series)
{
    const double all = (double)distribution_count(&target->series[SERIES_SERVICE]);
    const double own = (double)distribution_count(&target->series[series]);
    return all > 0 ? distribution_mean_ns(&target->series[series]) * fmin(1, own / all) : 0;
}

static double phase_ns(const struct variant *variant, enum stretch phase)
{
    const struct target *total = &variant->total;
    const double first = mean_ns(total, SERIES_FIRST_BYTE);
    switch (phase) {
    case PHASE_WAIT: return mean_ns(total, SERIES_WAIT);
    case PHASE_CONNECT: return mean_ns(total, SERIES_CONNECT);
    case PHASE_TLS: return mean_ns(total, SERIES_TLS);
    case PHASE_SEND: return mean_ns(total, SERIES_SEND_LAG);
    case PHASE_FIRST_BYTE: return first;
    case PHASE_TRANSFER: return fmax(0, mean_ns(total, SERIES_SERVICE) - first);
    }
    return 0;
}

static double whole_ns(const struct variant *variant)
{
    double sum = 0;
    for (int i = 0; i < PHASES; i++)
        sum += phase_ns(variant, (enum stretch)i);
    return sum;
}

static bool is_told(const struct report *report, enum stretch phase)
{
    double most = 0;
    for (size_t i = 0; i < report->variant_count; i++)
        most = fmax(most, phase_ns(&report->variants[i], phase));
    return most > 0;
}

/* The bar of a variant; longest fills the width. */
static void write_bar(const struct page *page, const struct variant *variant, double longest)
{
    double at = 0;
    fprintf(page->out, "<svg width=\"100%%\" height=\"%d\" aria-hidden=\"true\">", BAR_PX);
    for (int i = 0; i < PHASES; i++) {
        const double share = phase_ns(variant, (enum stretch)i) / longest * 100;
        if (share > 0)
            fprintf(page->out,
                    "<rect x=\"%.2f%%\" width=\"%.2f%%\" height=\"%d\" fill=\"%s\" "
                    "class=\"phase\" stroke=\"#fff\"/>",
                    at, fmax(share, 0.15), BAR_PX, phases[i].colour);
        at += share;
    }
    fputs("</svg>", page->out);
}

static void write_row(const struct page *page, enum stretch phase)
{
    char text[MARKUP_TEXT_MAX];
    fprintf(page->out,
            "<tr><th scope=\"row\"><svg class=\"key\" width=\"11\" height=\"11\" "
            "aria-hidden=\"true\"><rect width=\"11\" height=\"11\" fill=\"%s\"/></svg>%s",
            phases[phase].colour, phases[phase].name);
    for (size_t i = 0; i < page->report->variant_count; i++) {
        const struct variant *variant = &page->report->variants[i];
        const double whole = whole_ns(variant);
        const double own = phase_ns(variant, phase);
        if (whole <= 0) {
            fputs("<td>–", page->out);
            continue;
        }
        fprintf(page->out, "<td>%s", markup_time(llround(own), text));
        fprintf(page->out, " <small>%s</small>", markup_share(own / whole, text));
    }
    fputc('\n', page->out);
}

void page_write_phases(const struct page *page)
{
    const struct report *report = page->report;
    double longest = 0;
    for (size_t i = 0; i < report->variant_count; i++)
        longest = fmax(longest, whole_ns(&report->variants[i]));
    if (longest <= 0)
        return;
    fputs("<h3>What the mean request is made of</h3><p class=\"note\">Of requests that succeeded. Means "
          "add up, percentiles do not.</p>\n<div class=\"scroll\"><table id=\"phases\"><thead><tr>"
          "<th scope=\"col\">phase",
          page->out);
    page_write_variant_heads(page);
    fputs("</thead><tbody>\n<tr><th scope=\"row\">together", page->out);
    for (size_t i = 0; i < report->variant_count; i++) {
        fputs("<td class=\"bar\">", page->out);
        write_bar(page, &report->variants[i], longest);
    }
    for (int i = 0; i < PHASES; i++)
        if (is_told(report, (enum stretch)i))
            write_row(page, (enum stretch)i);
    fputs("</tbody></table></div>\n", page->out);
}
