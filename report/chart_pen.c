/* chart_pen.c - paths in steps, of few bytes. */
#include "chart_parts.h"

#include <math.h>

#define POINTS_MANY 200u /* from here on steps are whole */

static long round_place(const struct chart *chart, double value)
{
    return chart->points > POINTS_MANY && chart->kind != CHART_SPREAD && chart->kind != CHART_RATIO
               ? lround(value) * 10
               : lround(value * 10);
}

/* Draws what is still to be drawn of a level stretch: before the pen is lifted, or turns. */
void chart_pen_end(struct chart_pen *pen)
{
    if (pen->is_down && pen->level_x != pen->x)
        fprintf(pen->out, "h%.5g", (double)(pen->level_x - pen->x) / 10);
    pen->x = pen->level_x;
}

void chart_pen_move(struct chart_pen *pen, const struct chart *chart, double at, double y)
{
    const long x_now = round_place(chart, axis_place(&chart->x, at) * CHART_STRETCH);
    const long y_now = round_place(chart, y);
    if (pen->is_down && y_now == pen->y) {
        pen->level_x = x_now;
        return;
    }
    chart_pen_end(pen);
    if (pen->is_down)
        fprintf(pen->out, "l%.4g%s%.4g", (double)(x_now - pen->x) / 10, y_now < pen->y ? "" : " ",
                (double)(y_now - pen->y) / 10);
    else
        fprintf(pen->out, "M%.5g %.5g", (double)x_now / 10, (double)y_now / 10);
    *pen = (struct chart_pen){pen->out, x_now, y_now, x_now, true};
}

double chart_y_px(const struct chart *chart, double value)
{
    return (1 - axis_place(&chart->y, value)) * chart->plot_px;
}
