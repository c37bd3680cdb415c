/* chart_heat.c - a map of counts under a chart's lines: cells of the same strength in one stroke. */
#include "chart_parts.h"

#include <math.h>

#define LEVELS 8            /* of strength, as the style sheet and the script have them */
#define DRAWN_COLUMNS 75    /* of the drawing, which a script replaces */
#define WRITTEN_COLUMNS 200 /* for the script */

/* Cividis (Nunez, Anderton, Renslow 2018), which every kind of eye sees in the same order. */
static const char *const colours[LEVELS] = {"#00224e", "#233e6c", "#4a546c", "#6a6c71",
                                            "#8b8779", "#b1a570", "#dbc75d", "#fee838"};

/* How many columns are joined into one, so that there are at most `most`. */
static size_t joined(const struct chart_heat *heat, size_t most)
{
    return heat->columns > most ? (heat->columns + most - 1) / most : 1;
}

/* The strength of a cell of `factor` joined columns, from 1 to LEVELS; 0: it is empty. */
static int level_of(const struct chart_heat *heat, size_t column, size_t factor, size_t row)
{
    double count = 0;
    size_t own = 0;
    for (; own < factor && column * factor + own < heat->columns; own++)
        count += heat->cells[(column * factor + own) * heat->stride + row];
    if (count == 0)
        return 0;
    const double per_s = count / ((double)own * heat->column_s * heat->runs);
    if (heat->most <= heat->least || per_s <= heat->least)
        return 1;
    const double place = log(per_s / heat->least) / log(heat->most / heat->least);
    const int level = 1 + (int)(place * LEVELS);
    return level < LEVELS ? level : LEVELS;
}

/* Strokes as high as a row, along all cells of a level. */
static void write_level(FILE *out, const struct chart *chart, int level, double stretch)
{
    const struct chart_heat *heat = &chart->heat;
    const size_t factor = joined(heat, DRAWN_COLUMNS);
    const size_t columns = (heat->columns + factor - 1) / factor;
    const double width = heat->column_s * (double)factor;
    double row_px = 0;
    bool any = false;
    for (size_t row = 0; row < heat->rows; row++) {
        const double low = axis_place(&chart->y, heat->low * pow(heat->row_step, (double)row));
        const double high = axis_place(&chart->y, heat->low * pow(heat->row_step, (double)row + 1));
        const double y = (1 - (low + high) / 2) * chart->plot_px;
        row_px = fmax(row_px, (high - low) * chart->plot_px);
        for (size_t i = 0; i < columns; i++) {
            size_t end = i;
            while (end < columns && level_of(heat, end, factor, row) == level)
                end++;
            if (end == i)
                continue;
            const double x = axis_place(&chart->x, width * (double)i) * stretch;
            const double x_end = axis_place(&chart->x, width * (double)end) * stretch;
            if (!any)
                fprintf(out, "<path class=\"heat-%d\" stroke=\"%s\" d=\"", level - 1,
                        colours[level - 1]);
            any = true;
            fprintf(out, "M%.0f %.4gh%.0f", x, y, ceil(x_end - x));
            i = end;
        }
    }
    if (any)
        fprintf(out, "\" stroke-width=\"%.3g\"/>\n", row_px);
}

void chart_write_heat(FILE *out, const struct chart *chart, double stretch)
{
    fputs("<g fill=\"none\" shape-rendering=\"crispEdges\">\n", out);
    for (int level = 1; level <= LEVELS; level++)
        write_level(out, chart, level, stretch);
    fputs("</g>\n", out);
}

void chart_write_heat_json(FILE *out, const struct chart *chart)
{
    const struct chart_heat *heat = &chart->heat;
    const size_t factor = joined(heat, WRITTEN_COLUMNS);
    const size_t columns = (heat->columns + factor - 1) / factor;
    fprintf(out, "\"heat\":{\"low\":%.6g,\"step\":%.9g,\"width\":%.6g,\"rows\":[", heat->low,
            heat->row_step, heat->column_s * (double)factor);
    for (size_t row = 0; row < heat->rows; row++) {
        size_t end = columns;
        while (end > 0 && level_of(heat, end - 1, factor, row) == 0)
            end--;
        fputs(row ? ",\"" : "\"", out);
        for (size_t i = 0; i < end; i++)
            fputc('0' + level_of(heat, i, factor, row), out);
        fputc('"', out);
    }
    fputs("]},", out);
}
