/* page_changed.c - every variant against the base: a table, and a dot on a line for each figure. */
#include "page_parts.h"

#include "story.h"

#include <math.h>

#define LINE_PX 30
#define MINUS "\u2212"

/* Whether a row is told: percentiles as far as both have enough requests, and one more; deeper ones
 * would repeat the largest. */
static bool is_told(const struct comparison *comparison, int metric)
{
    if (metric == COMPARE_MEAN || metric == COMPARE_P75)
        return false; /* the table of percentiles has them */
    if (metric <= COMPARE_P50 || metric > COMPARE_P99_999)
        return true;
    return comparison->rows[metric - 1].is_resolved;
}

/* The ratio of a row's values; NAN where there is none, or where it is about shares. */
static double row_ratio(const struct compare_row *row)
{
    if (!row->has_change || row->unit == COMPARE_SHARE || row->base <= 0 || row->other <= 0)
        return NAN;
    return row->other / row->base;
}

/* The same for the line: throughput that differs by its failures has no place there, where it would
 * press all else together. */
static double drawn_ratio(const struct compare_row *row)
{
    return row->counts_failures ? NAN : row_ratio(row);
}

/* The end of the lines: the first of these that holds every told ratio and its inverse. */
static double find_most(const struct report *report)
{
    static const double ends[] = {1.25, 1.5, 2, 4, 5, 10, 100, 1000};
    double most = 1;
    for (size_t i = 0; i < report->comparison_count; i++) {
        for (int metric = 0; metric < COMPARE_METRICS && report->comparisons[i].is_shown;
             metric++) {
            const double ratio = drawn_ratio(&report->comparisons[i].rows[metric]);
            if (isnan(ratio) || !is_told(&report->comparisons[i], metric))
                continue;
            most = fmax(most, fmax(ratio, 1 / ratio));
        }
    }
    size_t end = 0;
    while (end + 1 < sizeof ends / sizeof ends[0] && ends[end] < most)
        end++;
    return ends[end];
}

static void write_value(const struct page *page, const struct compare_row *row, double value)
{
    char text[MARKUP_TEXT_MAX];
    if (isnan(value) || (row->unit == COMPARE_NS && value <= 0)) {
        fputs("<td>–", page->out);
        return;
    }
    switch (row->unit) {
    case COMPARE_PER_SECOND: markup_rate(value, text); break;
    case COMPARE_SHARE: markup_share(value, text); break;
    case COMPARE_NS: markup_time(llround(value), text); break;
    }
    fprintf(page->out, "<td>%s", text);
}

static void write_points(double points, char text[MARKUP_TEXT_MAX])
{
    const char *sign = points < 0 ? MINUS : "+";
    if (fabs(points) < 1e-10)
        snprintf(text, MARKUP_TEXT_MAX, "none");
    else if (fabs(points) < 0.001)
        snprintf(text, MARKUP_TEXT_MAX, "%sunder 0.001\u00a0points", sign);
    else
        snprintf(text, MARKUP_TEXT_MAX, "%s%.3g\u00a0points", sign, fabs(points));
}

/* "−55.4 %", "+1.2 points", "none", "–". */
static void write_change(const struct page *page, const struct compare_row *row)
{
    char text[MARKUP_TEXT_MAX];
    const double ratio = row_ratio(row);
    if (!row->has_change)
        snprintf(text, sizeof text, "–");
    else if (row->unit == COMPARE_SHARE)
        write_points((row->other - row->base) * 100, text);
    else if (isnan(ratio))
        snprintf(text, sizeof text, "–");
    else
        markup_change(ratio, text);
    fprintf(page->out, "<td>%s", text);
}

enum turn { TURN_BETTER, TURN_SAME, TURN_WORSE, TURN_UNKNOWN };

/* What a change means. */
static enum turn turn_of(const struct compare_row *row)
{
    switch (row->answer) {
    case COMPARE_BETTER: return TURN_BETTER;
    case COMPARE_WORSE: return TURN_WORSE;
    case COMPARE_SAME: return TURN_SAME;
    case COMPARE_UNSURE:
    case COMPARE_ANSWER_COUNT: break;
    }
    return TURN_UNKNOWN;
}

static const char *words_of(const struct compare_row *row)
{
    if (!row->is_resolved)
        return row->metric == COMPARE_MAX && row->has_change ? "one request each"
                                                             : "too few requests to tell";
    if (row->counts_failures && turn_of(row) == TURN_UNKNOWN)
        return row->other > row->base ? "more, failures among them" : "less, failures among them";
    return compare_answer_words(row);
}

/* A dot on the line; hollow where too few requests were seen. Nothing where there is no ratio. */
static void write_dot(const struct page *page, const struct compare_row *row, double most)
{
    static const char *const classes[] = {"good", "same", "worse", "same"};
    static const char *const colours[] = {"#0f7b4f", "#5b6572", "#b3261e", "#5b6572"};
    const double near = 1 + COMPARE_SAME_PERCENT / 100;
    const double left = chart_place_ratio(1 / near, most) * 100;
    const enum turn turn = row->is_resolved ? turn_of(row) : TURN_UNKNOWN;
    double ratio = drawn_ratio(row);
    if (row->unit == COMPARE_SHARE && turn_of(row) == TURN_SAME)
        ratio = 1;
    fprintf(page->out,
            "<td class=\"plot\"><svg width=\"100%%\" height=\"%d\" aria-hidden=\"true\">"
            "<rect class=\"strip\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"%d\" fill=\"#f7f8fa\"/>"
            "<line class=\"grid\" x1=\"50%%\" x2=\"50%%\" y2=\"%d\" stroke=\"#e3e7ec\"/>",
            LINE_PX, left, 100 - 2 * left, LINE_PX, LINE_PX);
    if (!isnan(ratio))
        fprintf(
            page->out,
            "<circle class=\"%s%s\" cx=\"%.2f%%\" cy=\"%d\" r=\"4.5\" fill=\"%s\" stroke=\"%s\" "
            "stroke-width=\"2\"/>",
            classes[turn], row->is_resolved ? "" : " hollow",
            1.2 + 0.976 * chart_place_ratio(ratio, most) * 100, LINE_PX / 2,
            row->is_resolved ? colours[turn] : "#fff", colours[turn]);
    fputs("</svg>", page->out);
}

/* "−75 %" at the left end and "+300 %" at the right one; above tenfold "÷ 100" and "× 100". */
static void write_ends(const struct page *page, double most)
{
    char less[MARKUP_TEXT_MAX];
    char more[MARKUP_TEXT_MAX];
    if (most < 10) {
        snprintf(less, sizeof less, MINUS "%.3g\u00a0%%", (1 - 1 / most) * 100);
        snprintf(more, sizeof more, "+%.3g\u00a0%%", (most - 1) * 100);
    } else {
        snprintf(less, sizeof less, "÷\u00a0%.6g", most);
        snprintf(more, sizeof more, "×\u00a0%.6g", most);
    }
    fprintf(page->out,
            "<th class=\"plot\"><svg width=\"100%%\" height=\"20\" aria-hidden=\"true\" "
            "font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#5b6572\">"
            "<text y=\"14\">%s</text>"
            "<text x=\"50%%\" y=\"14\" text-anchor=\"middle\">no change</text>"
            "<text x=\"100%%\" y=\"14\" text-anchor=\"end\">%s</text></svg>",
            less, more);
}

static void write_table(const struct page *page, const struct comparison *comparison, double most)
{
    FILE *out = page->out;
    fputs("<div class=\"scroll\"><table class=\"wide\"><thead><tr><th scope=\"col\">figure"
          "<th scope=\"col\" class=\"name\">",
          out);
    markup_text(out, page->report->variants[comparison->base].name);
    fputs("<th scope=\"col\" class=\"name\">", out);
    markup_text(out, page->report->variants[comparison->other].name);
    fputs("<th scope=\"col\">change", out);
    write_ends(page, most);
    fputs("<th scope=\"col\">in words</thead><tbody>\n", out);
    for (int metric = 0; metric < COMPARE_METRICS; metric++) {
        const struct compare_row *row = &comparison->rows[metric];
        if (!is_told(comparison, metric))
            continue;
        fprintf(out, "<tr><th scope=\"row\">%s", row->name);
        write_value(page, row, row->base);
        write_value(page, row, row->other);
        write_change(page, row);
        write_dot(page, row, most);
        fprintf(out, "<td class=\"words\">%s\n", words_of(row));
    }
    fputs("</tbody></table></div>\n", out);
}

static void write_notes(const struct page *page, const struct comparison *comparison)
{
    const struct differences *differences = &comparison->differences;
    if (differences->count == 0)
        return;
    fputs("<p class=\"note\">Not alike in both: ", page->out);
    for (size_t i = 0; i < differences->count; i++) {
        fputs(i ? "; " : "", page->out);
        markup_prose(page->out, differences->list[i].text);
    }
    fputs(".</p>\n", page->out);
}

void page_write_changed(const struct page *page)
{
    const struct report *report = page->report;
    if (report->comparison_count == 0)
        return;
    const double most = find_most(report);
    fprintf(page->out,
            "<section><h2>What changed</h2><p class=\"note\">Left of the line is less. In the grey "
            "strip, within %.0f\u00a0%%, is about the same. A hollow point rests on too few "
            "requests. These are differences of what was measured, without intervals.</p>\n",
            COMPARE_SAME_PERCENT);
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct comparison *comparison = &report->comparisons[i];
        if (report->comparison_count > 1) {
            fputs("<h3>", page->out);
            markup_prose(page->out, comparison->sentence);
            fputs("</h3>\n", page->out);
        }
        write_notes(page, comparison);
        if (comparison->is_shown)
            write_table(page, comparison, most);
    }
    fputs("</section>", page->out);
}
