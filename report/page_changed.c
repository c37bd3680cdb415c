/* page_changed.c - every variant against the base: a table, and on a line for each figure its change,
 * with the interval that holds it. */
#include "page_parts.h"

#include "story.h"

#include <math.h>

#define LINE_PX 30
#define PLACE(place) (1.2 + 0.976 * (place) * 100) /* in per cent, with room for a dot at the ends */
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
    return 1 + row->change_percent / 100;
}

/* The same for the line: throughput that differs by its failures has no place there, where it would
 * press all else together. */
static double drawn_ratio(const struct compare_row *row)
{
    return row->counts_failures ? NAN : row_ratio(row);
}

/* How much more or less, as a ratio, so far from 1 either way. */
static double away(double ratio)
{
    return isfinite(ratio) && ratio > 0 ? fmax(ratio, 1 / ratio) : 1;
}

/* The ratio of an end of the interval, which is in percent of the base; NAN where it is open. */
static double end_ratio(double percent)
{
    return isfinite(percent) && percent > -100 ? 1 + percent / 100 : NAN;
}

/* The end of the lines: the first of these that holds every told ratio, its interval where that can
 * be relied on, and their inverses. */
static double find_most(const struct report *report)
{
    static const double ends[] = {1.25, 1.5, 2, 4, 5, 10, 100, 1000};
    double most = 1;
    for (size_t i = 0; i < report->comparison_count; i++) {
        for (int metric = 0; metric < COMPARE_METRICS && report->comparisons[i].is_shown;
             metric++) {
            const struct compare_row *row = &report->comparisons[i].rows[metric];
            const double ratio = drawn_ratio(row);
            if (isnan(ratio) || !is_told(&report->comparisons[i], metric))
                continue;
            most = fmax(most, away(ratio));
            if (row->contrast.quality >= INTERVAL_FAIR)
                most = fmax(most, fmin(2 * away(ratio), fmax(away(end_ratio(row->low_percent)),
                                                             away(end_ratio(row->high_percent)))));
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

/* "−32.4", "+0.21": an end of an interval, as exactly as its width asks for. */
static void write_end(const struct page *page, double percent, int decimals)
{
    if (!isfinite(percent))
        fputs("open", page->out);
    else
        fprintf(page->out, "%s%.*f", percent < 0 ? MINUS : "+", decimals, fabs(percent));
}

/* "−32.4 to −31.0": the 95 % interval; a dash where there is none. */
static void write_interval(const struct page *page, const struct compare_row *row)
{
    const double width = row->high_percent - row->low_percent;
    fputs("<td>", page->out);
    if (!row->has_change || isnan(row->low_percent) || isnan(row->high_percent) ||
        (row->contrast.quality <= INTERVAL_UNRESOLVED && row->unit != COMPARE_SHARE)) {
        fputs("–", page->out);
        return;
    }
    if (width == 0) {
        fputs("none", page->out);
        return;
    }
    const int decimals = width >= 10 || !isfinite(width) ? 0 : width >= 1 ? 1 : width >= 0.1 ? 2 : 3;
    write_end(page, row->low_percent, decimals);
    fputs(" to ", page->out);
    write_end(page, row->high_percent, decimals);
}

/* "−55.4 %", "+1.2 points", "none", "–"; of groups that of their runs' means, as its interval. */
static void write_change(const struct page *page, const struct compare_row *row)
{
    char text[MARKUP_TEXT_MAX];
    if (!row->has_change)
        snprintf(text, sizeof text, "–");
    else if (row->unit == COMPARE_SHARE)
        write_points(row->change_percent, text);
    else if (isnan(row_ratio(row)))
        snprintf(text, sizeof text, "–");
    else
        markup_change(1 + row->change_percent / 100, text);
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

static const char *const turn_classes[] = {"good", "same", "worse", "same"};
static const char *const turn_colours[] = {"#0f7b4f", "#5b6572", "#b3261e", "#5b6572"};

/* The interval as a stroke, dashed where few requests or runs carry it; what the line does not hold
 * ends in an arrow. */
static void write_whisker(const struct page *page, const struct compare_row *row, double most,
                          enum turn turn)
{
    if (isnan(drawn_ratio(row)) || isnan(row->low_percent) || row->contrast.quality < INTERVAL_FAIR)
        return;
    const double low = end_ratio(row->low_percent);
    const double high = end_ratio(row->high_percent);
    const bool is_cut[2] = {isnan(low) || low < 1 / most, isnan(high) || high > most};
    const double at[2] = {PLACE(isnan(low) ? 0 : chart_place_ratio(low, most)),
                          PLACE(isnan(high) ? 1 : chart_place_ratio(high, most))};
    fprintf(page->out,
            "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" "
            "stroke-width=\"2.4\"%s/>",
            turn_classes[turn], at[0], at[1], LINE_PX / 2, LINE_PX / 2, turn_colours[turn],
            row->contrast.quality < INTERVAL_GOOD ? " stroke-dasharray=\"4 3\"" : "");
    for (int i = 0; i < 2; i++) {
        fprintf(page->out,
                "<svg x=\"%.2f%%\" y=\"%d\" overflow=\"visible\"><path class=\"%s\" d=\"%s\" "
                "stroke=\"%s\" stroke-width=\"1.6\" fill=\"none\"/></svg>",
                at[i], LINE_PX / 2, turn_classes[turn],
                !is_cut[i] ? "M0-4v8"
                : i == 0   ? "M4-4 0 0 4 4"
                           : "M-4-4 0 0-4 4",
                turn_colours[turn]);
    }
}

/* A dot on the line, hollow where too few requests were seen, and its interval. Nothing where there
 * is no ratio. */
static void write_dot(const struct page *page, const struct compare_row *row, double most)
{
    const double near = 1 + row->margin_percent / 100;
    const double left = PLACE(chart_place_ratio(1 / near, most));
    const enum turn turn = row->is_resolved ? turn_of(row) : TURN_UNKNOWN;
    double ratio = drawn_ratio(row);
    if (row->unit == COMPARE_SHARE && turn_of(row) == TURN_SAME)
        ratio = 1;
    fprintf(page->out,
            "<td class=\"plot\"><svg width=\"100%%\" height=\"%d\" aria-hidden=\"true\">"
            "<rect class=\"strip\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"%d\" fill=\"#eef0f3\"/>"
            "<line class=\"zero\" x1=\"50%%\" x2=\"50%%\" y2=\"%d\" stroke=\"#9aa5b1\"/>",
            LINE_PX, left, 100 - 2 * left, LINE_PX, LINE_PX);
    if (!isnan(ratio)) {
        write_whisker(page, row, most, turn);
        fprintf(page->out,
                "<circle class=\"%s%s\" cx=\"%.2f%%\" cy=\"%d\" r=\"4.5\" fill=\"%s\" stroke=\"%s\" "
                "stroke-width=\"2\"/>",
                turn_classes[turn], row->is_resolved ? "" : " hollow",
                PLACE(chart_place_ratio(ratio, most)), LINE_PX / 2,
                row->is_resolved ? turn_colours[turn] : "#fff", turn_colours[turn]);
    }
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

/* What the change rests on: "good", "fair", "unresolved". */
static const char *worth_of(const struct compare_row *row)
{
    if (!row->has_change || row->metric == COMPARE_MAX)
        return "–";
    if (row->unit == COMPARE_SHARE && row->contrast.quality < INTERVAL_FAIR)
        return "–"; /* few failures are few, however many requests there were */
    return interval_quality_name(row->contrast.quality);
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
    fputs("<th scope=\"col\">change<th scope=\"col\">95\u00a0% interval", out);
    write_ends(page, most);
    fputs("<th scope=\"col\">in words<th scope=\"col\">evidence</thead><tbody>\n", out);
    for (int metric = 0; metric < COMPARE_METRICS; metric++) {
        const struct compare_row *row = &comparison->rows[metric];
        if (!is_told(comparison, metric))
            continue;
        fprintf(out, "<tr><th scope=\"row\">%s", row->name);
        write_value(page, row, row->base);
        write_value(page, row, row->other);
        write_change(page, row);
        write_interval(page, row);
        write_dot(page, row, most);
        fprintf(out, "<td class=\"words\">%s<td class=\"words\">%s\n", words_of(row),
                worth_of(row));
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

/* Why nothing is compared, and what to do about it. */
static void write_refusal(const struct page *page, const struct comparison *comparison)
{
    fputs("<div class=\"refusal\"><p>No difference is shown, for it would not mean what it says:</p>"
          "<ul>\n",
          page->out);
    for (size_t i = 0; i < comparison->refusal_count; i++) {
        fputs("<li>", page->out);
        markup_prose(page->out, comparison->refusals[i].sentence);
        fputs("</li>\n", page->out);
    }
    fputs("</ul><p>Measure both in the same way, on the same machine. --force shows the differences "
          "all the same, under a watermark. All else on this page is each run’s own.</p></div>\n",
          page->out);
}

static bool is_any_shown(const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < report->comparison_count; i++)
        any = any || report->comparisons[i].is_shown;
    return any;
}

void page_write_changed(const struct page *page)
{
    const struct report *report = page->report;
    if (report->comparison_count == 0)
        return;
    const double most = find_most(report);
    fputs("<section id=\"changed\"><h2>What changed</h2>", page->out);
    if (is_any_shown(report))
        fputs("<p class=\"note\">Left of the line is less. A stroke is the 95\u00a0% interval of the "
              "change, dashed where the evidence is fair; where it crosses the line, no change is as "
              "possible. Within the grey strip a change does not matter. A hollow point rests on too "
              "few requests.</p>\n",
              page->out);
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct comparison *comparison = &report->comparisons[i];
        if (report->comparison_count > 1) {
            fputs("<h3>", page->out);
            markup_prose(page->out, comparison->sentence);
            fputs("</h3>\n", page->out);
        }
        if (!comparison->is_shown)
            write_refusal(page, comparison);
        write_notes(page, comparison);
        if (comparison->is_shown)
            write_table(page, comparison, most);
    }
    fputs("</section>", page->out);
}
