/* chart.c - lines as paths in a stretched coordinate system, texts in an unstretched one. */
#include "chart_parts.h"

#include "check.h"
#include "markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEFT_PX 58        /* room for the texts of y; the style sheet has it too */
#define WIDTH_TEXT "80%%" /* of the plot, where no style sheet says it better */
#define TOP_PX 20
#define AXIS_PX 24   /* room below the plot for the texts of x */
#define LABEL_GAP_PX 16
#define FLOOR_TEXT_PX 8 /* above the plot's lower edge */

/* As the style sheet has them for a light page: at least 4.5:1 on white (WCAG 2.2, 1.4.3). */
static const char *const colours[CHART_RUNS_MAX] = {"#0072b2", "#c85200", "#007a59", "#a3488a",
                                                    "#8a6a00", "#50565e", "#7a4fb0"};

void chart_write_markers(FILE *out)
{
    static const char *const shapes[CHART_RUNS_MAX] = {
        "<path d=\"M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z\"/>",
        "<path d=\"M-3.2-3.2h6.4v6.4h-6.4z\"/>",
        "<path d=\"M0-4.2 4 3h-8z\"/>",
        "<path d=\"M0-4.6 4.6 0 0 4.6-4.6 0z\"/>",
        "<path d=\"M0 4.2 4-3h-8z\"/>",
        "<path d=\"M-1.2-4h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z\"/>",
        "<path d=\"M0-4.5 1.3-1.3 4.5 0 1.3 1.3 0 4.5-1.3 1.3-4.5 0-1.3-1.3z\"/>"};
    fputs("<svg width=\"0\" height=\"0\" class=\"markers\" aria-hidden=\"true\"><defs>", out);
    for (int i = 0; i < CHART_RUNS_MAX; i++)
        fprintf(out, "<g id=\"marker-%d\">%s</g>", i, shapes[i]);
    fputs("</defs></svg>\n", out);
}

void chart_write_marker(FILE *out, unsigned run)
{
    fprintf(
        out,
        "<svg class=\"key\" width=\"11\" height=\"11\" viewBox=\"-5.5 -5.5 11 11\" "
        "aria-hidden=\"true\"><use href=\"#marker-%u\" class=\"fill run-%u\" fill=\"%s\"/></svg>",
        run % CHART_RUNS_MAX, run % CHART_RUNS_MAX, colours[run % CHART_RUNS_MAX]);
}

/* The value of a line at a point as it is drawn: in a stack, on top of those before it. */
static double drawn(const struct chart *chart, size_t line, size_t point)
{
    if (chart->kind != CHART_STACK)
        return chart->lines[line].y[point];
    double sum = 0;
    for (size_t i = 0; i <= line; i++)
        sum += isnan(chart->lines[i].y[point]) ? 0 : chart->lines[i].y[point];
    return sum;
}

/* The last point of a line that has a value; `points` where none has. */
static size_t last_point(const struct chart *chart, size_t line)
{
    for (size_t i = chart->points; i-- > 0;) {
        if (!isnan(chart->lines[line].y[i]))
            return i;
    }
    return chart->points;
}

static void write_axes(FILE *out, const struct chart *chart)
{
    if (chart->shaded_to > 0)
        fprintf(out, "<rect class=\"strip\" width=\"%.2f%%\" height=\"%d\" fill=\"#f7f8fa\"/>",
                axis_place(&chart->x, chart->shaded_to) * 100, chart->plot_px);
    for (size_t i = 0; i < chart->strip_count; i++) {
        const struct chart_strip *strip = &chart->strips[i];
        const double left = axis_place(&chart->x, strip->from) * 100;
        const double top = chart_y_px(chart, strip->high);
        fprintf(out,
                "<rect class=\"near\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.1f\" height=\"%.1f\" "
                "fill=\"#e3e7ec\" fill-opacity=\".6\"/>",
                left, axis_place(&chart->x, strip->to) * 100 - left, top,
                chart_y_px(chart, strip->low) - top);
    }
    for (size_t i = 0; i < chart->y.tick_count; i++) {
        const double y = chart_y_px(chart, chart->y.ticks[i].at);
        const bool is_zero = chart->kind == CHART_RATIO && chart->y.ticks[i].at == 1;
        fprintf(out,
                "<line class=\"%s\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>"
                "<text x=\"-8\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                is_zero ? "zero" : "grid", y, y, is_zero ? "#9aa5b1" : "#e3e7ec", y + 4,
                chart->y.ticks[i].text);
    }
    for (size_t i = 0; i < chart->x.tick_count; i++)
        fprintf(out, "<text x=\"%.2f%%\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                axis_place(&chart->x, chart->x.ticks[i].at) * 100, chart->plot_px + 18,
                chart->x.ticks[i].text);
    fputc('\n', out);
}

bool chart_part_of(const struct chart *chart, size_t line, enum chart_part part, size_t *first,
                   size_t *last)
{
    const struct chart_line *l = &chart->lines[line];
    const size_t end = chart->points ? chart->points - 1 : 0;
    const bool is_solid = l->solid_from < l->solid_to;
    *first = 0;
    *last = end;
    if (!l->has_doubt)
        return part == CHART_SOLID;
    switch (part) {
    case CHART_BEFORE:
        *last = is_solid ? l->solid_from : end;
        return *last > 0;
    case CHART_SOLID:
        *first = l->solid_from;
        *last = l->solid_to;
        return is_solid;
    case CHART_AFTER:
        *first = l->solid_to;
        return is_solid && *first < end;
    case CHART_PARTS: break;
    }
    return false;
}

/* The path of a line's stretch. It begins anew after each gap, with a stroke of no length that its round cap
 * makes a dot, so that a lone point is seen. */
static void write_path(FILE *out, const struct chart *chart, size_t line, size_t first, size_t last)
{
    struct chart_pen pen = {.out = out};
    for (size_t i = first; i <= last && i < chart->points; i++) {
        const double value = drawn(chart, line, i);
        if (isnan(value)) {
            if (!chart->spans)
                chart_pen_end(&pen);
            pen.is_down = pen.is_down && chart->spans;
            continue;
        }
        const bool begins = !pen.is_down;
        chart_pen_move(&pen, chart, chart->at[i], chart_y_px(chart, value));
        fputs(begins ? "h0" : "", out);
    }
    chart_pen_end(&pen);
}

/* The area of one layer of a stack: along its top, and back along the top of the layer below. */
static void write_area(FILE *out, const struct chart *chart, size_t line)
{
    struct chart_pen pen = {.out = out};
    for (size_t i = 0; i < chart->points; i++)
        chart_pen_move(&pen, chart, chart->at[i], chart_y_px(chart, drawn(chart, line, i)));
    for (size_t i = chart->points; i-- > 0;)
        chart_pen_move(&pen, chart, chart->at[i],
                 line == 0 ? (double)chart->plot_px : chart_y_px(chart, drawn(chart, line - 1, i)));
    chart_pen_end(&pen);
    fputc('z', out);
}

double chart_layer_opacity(const struct chart *chart, size_t line)
{
    return 0.85 - 0.6 * (double)line / (double)chart->line_count;
}

/* What lies below the floor, up to its last point that has a value. */
static void write_floor(FILE *out, const struct chart *chart)
{
    struct chart_pen pen = {.out = out};
    size_t points = 0;
    while (points < chart->points && !isnan(chart->floor[points]))
        points++;
    if (points == 0)
        return;
    fputs("<path class=\"floor\" fill=\"#e3e7ec\" d=\"", out);
    for (size_t i = 0; i < points; i++)
        chart_pen_move(&pen, chart, chart->at[i], chart_y_px(chart, chart->floor[i]));
    chart_pen_move(&pen, chart, chart->at[points - 1], chart->plot_px);
    chart_pen_move(&pen, chart, chart->at[0], chart->plot_px);
    chart_pen_end(&pen);
    fputs("z\"/>\n", out);
}

static void write_floor_text(FILE *out, const struct chart *chart)
{
    fprintf(out, "<text class=\"floor-text\" x=\"6\" y=\"%d\">", chart->plot_px - FLOOR_TEXT_PX);
    markup_prose(out, chart->floor_text);
    fputs("</text>\n", out);
}

/* The interval around a line, as far as there is one: forth along its upper ends and back. */
static void write_band(FILE *out, const struct chart *chart, size_t line)
{
    struct chart_pen pen = {.out = out};
    const struct chart_line *l = &chart->lines[line];
    const unsigned run = l->run % CHART_RUNS_MAX;
    for (size_t i = 0; i < chart->points; i++) {
        size_t end = i;
        while (end < chart->points && !isnan(l->low[end]) && !isnan(l->high[end]))
            end++;
        if (end < i + 2)
            continue;
        fprintf(out, "<path class=\"band run-%u\" fill=\"%s\" fill-opacity=\".16\" d=\"", run,
                colours[run]);
        pen.is_down = false;
        for (size_t k = i; k < end; k++)
            chart_pen_move(&pen, chart, chart->at[k], chart_y_px(chart, l->high[k]));
        for (size_t k = end; k-- > i;)
            chart_pen_move(&pen, chart, chart->at[k], chart_y_px(chart, l->low[k]));
        chart_pen_end(&pen);
        fputs("z\"/>\n", out);
        i = end;
    }
}

/* A line over a map: told apart from it by the paper around it. */
static void write_haloed(FILE *out, const struct chart *chart, size_t index)
{
    const unsigned run = chart->lines[index].run % CHART_RUNS_MAX;
    fprintf(out,
            "<defs><path id=\"%s-%zu\" fill=\"none\" stroke-linejoin=\"round\" "
            "vector-effect=\"non-scaling-stroke\" d=\"",
            chart->id, index);
    write_path(out, chart, index, 0, chart->points);
    fprintf(out,
            "\"/></defs><use href=\"#%s-%zu\" class=\"halo\" stroke=\"#fff\" stroke-width=\"4.5\"/>"
            "<use href=\"#%s-%zu\" class=\"line run-%u\" stroke=\"%s\" stroke-width=\"1.7\"/>\n",
            chart->id, index, chart->id, index, run, colours[run]);
}

/* A line: where it rests on little, in dashes. */
static void write_strokes(FILE *out, const struct chart *chart, size_t index)
{
    const struct chart_line *line = &chart->lines[index];
    const unsigned run = line->run % CHART_RUNS_MAX;
    for (int part = 0; part < CHART_PARTS; part++) {
        size_t first;
        size_t last;
        if (!chart_part_of(chart, index, (enum chart_part)part, &first, &last))
            continue;
        if (chart->kind == CHART_HEAT) {
            write_haloed(out, chart, index);
            continue;
        }
        fprintf(out,
                "<path class=\"line run-%u\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" "
                "stroke-linejoin=\"round\" stroke-linecap=\"round\" %s"
                "vector-effect=\"non-scaling-stroke\" d=\"",
                run, colours[run], line->dotted ? "1.2" : "1.7",
                line->dotted          ? "stroke-dasharray=\"1 4\" "
                : part == CHART_SOLID ? ""
                                      : "stroke-dasharray=\"4 4\" ");
        write_path(out, chart, index, first, last);
        fputs("\"/>\n", out);
    }
}

static void write_lines(FILE *out, const struct chart *chart)
{
    fprintf(out,
            "<svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
            "overflow=\"visible\">\n",
            chart->plot_px, CHART_STRETCH, chart->plot_px);
    if (chart->floor)
        write_floor(out, chart);
    if (chart->kind == CHART_HEAT)
        chart_write_heat(out, chart, CHART_STRETCH);
    for (size_t i = 0; i < chart->line_count; i++)
        if (chart->lines[i].low)
            write_band(out, chart, i);
    for (size_t i = 0; i < chart->line_count; i++) {
        const unsigned run = chart->lines[i].run % CHART_RUNS_MAX;
        if (chart->kind != CHART_STACK) {
            write_strokes(out, chart, i);
            continue;
        }
        fprintf(out, "<path class=\"fill run-%u\" fill=\"%s\" fill-opacity=\"%.2f\" d=\"", run,
                colours[run], chart_layer_opacity(chart, i));
        write_area(out, chart, i);
        fputs("\"/>\n", out);
    }
    fputs("</svg>\n", out);
}

size_t chart_marker_point(const struct chart *chart, size_t line, int marker)
{
    const double share =
        (marker + 0.3 + 0.09 * (chart->lines[line].run % CHART_RUNS_MAX)) / CHART_MARKERS_A_LINE;
    const size_t count = last_point(chart, line);
    return (size_t)(share * (double)(count < chart->points ? count : 0));
}

bool chart_wants_markers(const struct chart *chart)
{
    for (size_t i = 1; i < chart->line_count && chart->kind != CHART_STACK; i++) {
        if (chart->lines[i].run != chart->lines[0].run)
            return true;
    }
    return false;
}

static void write_markers(FILE *out, const struct chart *chart)
{
    for (size_t i = 0; i < chart->line_count && chart_wants_markers(chart); i++) {
        const struct chart_line *line = &chart->lines[i];
        const unsigned run = line->run % CHART_RUNS_MAX;
        for (int k = 0; k < CHART_MARKERS_A_LINE && !line->dotted; k++) {
            const size_t point = chart_marker_point(chart, i, k);
            if (point >= chart->points || isnan(line->y[point]))
                continue;
            fprintf(out,
                    "<use href=\"#marker-%u\" class=\"fill run-%u\" fill=\"%s\" x=\"%.2f%%\" "
                    "y=\"%.1f\"/>",
                    run, run, colours[run], axis_place(&chart->x, chart->at[point]) * 100,
                    chart_y_px(chart, line->y[point]));
        }
    }
}

/* A name at a line's end. */
struct end_label {
    size_t line;
    double x; /* 0 to 1 */
    double y; /* px */
};

static int compare_labels(const void *left, const void *right)
{
    const struct end_label *a = left;
    const struct end_label *b = right;
    return a->y < b->y ? -1 : a->y > b->y ? 1 : a->line < b->line ? -1 : a->line > b->line;
}

static void write_label(FILE *out, const struct chart *chart, const struct end_label *label)
{
    char name[CHART_LABEL_MAX * 4 + 1];
    const unsigned run = chart->lines[label->line].run % CHART_RUNS_MAX;
    markup_shorten(chart->lines[label->line].name, CHART_LABEL_MAX, name, sizeof name);
    fprintf(out,
            "<text class=\"end run-%u%s\" x=\"%.2f%%\" dx=\"8\" y=\"%.1f\" fill=\"%s\" "
            "font-weight=\"600\">",
            run, label->x < 0.6 ? " early" : "", label->x * 100, label->y + 4, colours[run]);
    markup_text(out, name);
    fputs("</text>", out);
}

static void write_labels(FILE *out, const struct chart *chart)
{
    struct end_label labels[CHART_LINES_MAX];
    double heights[CHART_LINES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < chart->line_count; i++) {
        const size_t last = last_point(chart, i);
        if (!chart->lines[i].name || last == chart->points)
            continue;
        const double below = chart->kind == CHART_STACK && i > 0 ? drawn(chart, i - 1, last) : 0;
        const double top = drawn(chart, i, last);
        const double middle = chart->kind == CHART_STACK ? (top + below) / 2 : top;
        labels[count++] =
            (struct end_label){i, axis_place(&chart->x, chart->at[last]), chart_y_px(chart, middle)};
    }
    qsort(labels, count, sizeof labels[0], compare_labels);
    for (size_t i = 0; i < count; i++)
        heights[i] = labels[i].y;
    chart_spread_labels(heights, count, LABEL_GAP_PX, 0, chart->plot_px);
    for (size_t i = 0; i < count; i++) {
        labels[i].y = heights[i];
        write_label(out, chart, &labels[i]);
    }
    fputc('\n', out);
}

static void write_marks(FILE *out, const struct chart *chart)
{
    for (size_t i = 0; i < chart->mark_count; i++) {
        const struct chart_mark *mark = &chart->marks[i];
        const double y = chart_y_px(chart, mark->y);
        fprintf(out,
                "<line class=\"limit\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#b3261e\" "
                "stroke-dasharray=\"1.5 4\" stroke-width=\"1.3\"/>"
                "<text class=\"limit-text\" x=\"6\" y=\"%.1f\" fill=\"#b3261e\">",
                y, y, y - 6);
        markup_prose(out, mark->text);
        fputs("</text>", out);
        if (!isnan(mark->x))
            fprintf(out,
                    "<svg x=\"%.2f%%\" y=\"%.1f\" overflow=\"visible\"><path class=\"limit\" "
                    "d=\"M-4-4 4 4M-4 4 4-4\" stroke=\"#b3261e\" stroke-width=\"1.6\"/></svg>",
                    axis_place(&chart->x, mark->x) * 100, y);
        fputc('\n', out);
    }
}

void chart_write_svg(FILE *out, const struct chart *chart)
{
    CHECK(chart->line_count, <=, CHART_LINES_MAX);
    CHECK(chart->mark_count, <=, CHART_MARKS_MAX);
    CHECK(chart->strip_count, <=, CHART_STRIPS_MAX);
    fprintf(out,
            "<svg class=\"chart\" width=\"" WIDTH_TEXT "\" height=\"%d\" overflow=\"visible\" "
            "role=\"img\" aria-label=\"",
            TOP_PX + chart->plot_px + AXIS_PX);
    markup_text(out, chart->label);
    fprintf(out,
            "\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#5b6572\">\n"
            "<g class=\"plot\" transform=\"translate(%d %d)\">\n",
            LEFT_PX, TOP_PX);
    write_axes(out, chart);
    write_lines(out, chart);
    if (chart->floor)
        write_floor_text(out, chart);
    write_marks(out, chart);
    write_markers(out, chart);
    write_labels(out, chart);
    fputs("</g></svg>\n", out);
}

/* Pools adjacent labels that would meet into blocks, each placed at the mean of what its members
 * want (pool adjacent violators: the least-squares fit in order; Barlow et al. 1972). */
void chart_spread_labels(double at[], size_t count, double gap, double low, double high)
{
    struct {
        double top; /* of the block's first label */
        size_t size;
    } blocks[CHART_LINES_MAX];
    size_t block_count = 0;
    CHECK(count, <=, CHART_LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        blocks[block_count].top = at[i];
        blocks[block_count].size = 1;
        block_count++;
        while (block_count > 1) {
            const size_t last = block_count - 1;
            const size_t above = blocks[last - 1].size;
            if (blocks[last].top >= blocks[last - 1].top + gap * (double)above)
                break;
            const double wanted = blocks[last].top - gap * (double)above;
            blocks[last - 1].top =
                (blocks[last - 1].top * (double)above + wanted * (double)blocks[last].size) /
                (double)(above + blocks[last].size);
            blocks[last - 1].size += blocks[last].size;
            block_count--;
        }
    }
    for (size_t block = 0, i = 0; block < block_count; block++) {
        for (size_t k = 0; k < blocks[block].size; k++, i++)
            at[i] = blocks[block].top + gap * (double)k;
    }
    for (size_t i = count; i-- > 0;) {
        const double most = high - gap * (double)(count - 1 - i);
        at[i] = at[i] > most ? most : at[i];
    }
    for (size_t i = 0; i < count; i++) {
        const double least = low + gap * (double)i;
        at[i] = at[i] < least ? least : at[i];
    }
}

double chart_place_ratio(double ratio, double most)
{
    if (!(ratio > 0))
        return 0;
    const double place = 0.5 + 0.5 * log(ratio) / log(most);
    return place < 0 ? 0 : place > 1 ? 1 : place;
}
