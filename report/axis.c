/* axis.c - ends and ticks that people read easily: 1, 2 and 5 times powers of ten. */
#include "axis.h"

#include "limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The smallest of 1, 2, 2.5, 5 or 10 times a power of ten that is at least `value`. */
static double round_up(double value)
{
    static const double steps[] = {1, 2, 2.5, 5};
    const double power = pow(10, floor(log10(value)));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i] * power >= value * (1 - 1e-9))
            return steps[i] * power;
    }
    return 10 * power;
}

static void add_tick(struct axis *axis, double at, const char *text)
{
    if (axis->tick_count == AXIS_TICKS_MAX)
        return;
    struct axis_tick *tick = &axis->ticks[axis->tick_count++];
    tick->at = at;
    snprintf(tick->text, sizeof tick->text, "%s", text);
}

/* "2.5 ms": a round latency, without digits that say nothing. */
static void format_latency(double ns, char text[AXIS_TEXT_MAX])
{
    if (ns < NS_PER_US)
        snprintf(text, AXIS_TEXT_MAX, "%.4g ns", ns);
    else if (ns < NS_PER_MS)
        snprintf(text, AXIS_TEXT_MAX, "%.4g µs", ns / NS_PER_US);
    else if (ns < NS_PER_S)
        snprintf(text, AXIS_TEXT_MAX, "%.4g ms", ns / NS_PER_MS);
    else
        snprintf(text, AXIS_TEXT_MAX, "%.6g s", ns / NS_PER_S);
}

/* "30k": a round count. */
static void format_count(double count, char text[AXIS_TEXT_MAX])
{
    if (count >= 1e9)
        snprintf(text, AXIS_TEXT_MAX, "%.4gG", count / 1e9);
    else if (count >= 1e6)
        snprintf(text, AXIS_TEXT_MAX, "%.4gM", count / 1e6);
    else if (count >= 1e4)
        snprintf(text, AXIS_TEXT_MAX, "%.4gk", count / 1e3);
    else if (count >= 1e3)
        snprintf(text, AXIS_TEXT_MAX, "%d,%03d", (int)(count + 0.5) / 1000,
                 (int)(count + 0.5) % 1000);
    else
        snprintf(text, AXIS_TEXT_MAX, "%.4g", count);
}

/* Sets a linear axis from 0 to at least `high`, in as many steps as leave least room unused, from
 * `steps` to two more. */
static void set_linear(struct axis *axis, double high, int steps,
                       void (*format)(double, char[AXIS_TEXT_MAX]))
{
    double step = 0;
    memset(axis, 0, sizeof *axis);
    axis->scale = AXIS_LINEAR;
    for (int i = steps; i <= steps + 2; i++) {
        const double own = round_up(high / i);
        const double top = own * ceil(high / own - 1e-9);
        if (step > 0 && top >= axis->high * 0.999)
            continue;
        step = own;
        axis->high = top;
    }
    for (int i = 0; step * i <= axis->high * (1 + 1e-9); i++) {
        char text[AXIS_TEXT_MAX] = "0";
        if (i > 0)
            format(step * i, text);
        add_tick(axis, step * i, text);
    }
}

void axis_set_latency(struct axis *axis, double high_ns, int steps)
{
    set_linear(axis, high_ns > 1 ? high_ns : 1, steps, format_latency);
}

void axis_set_count(struct axis *axis, double high, int steps)
{
    set_linear(axis, high > 0 ? high : 1, steps, format_count);
}

void axis_set_latency_log(struct axis *axis, double low_ns, double high_ns)
{
    static const double steps[] = {1, 2, 5, 10};
    const double least = low_ns > 1 ? low_ns : 1;
    const double most = high_ns > least ? high_ns : least;
    const double power = pow(10, floor(log10(least) + 1e-9));
    memset(axis, 0, sizeof *axis);
    axis->scale = AXIS_LOG;
    axis->low = power;
    for (int i = 1; i < 3; i++)
        axis->low = steps[i] * power <= least * (1 + 1e-9) ? steps[i] * power : axis->low;
    const double decade = pow(10, ceil(log10(most) - 1e-9) - 1);
    for (int i = 3; i > 0; i--)
        axis->high = steps[i] * decade >= most * (1 - 1e-9) ? steps[i] * decade : axis->high;
    if (axis->high < axis->low * 1.9)
        axis->high = axis->low * 2;
    /* Past three decades the twos and fives would crowd. */
    const double decades = log10(axis->high / axis->low);
    for (double at = power; at <= axis->high * 1.001; at *= 10) {
        for (int i = 0; i < 3; i++) {
            char text[AXIS_TEXT_MAX];
            const double value = at * steps[i];
            if (value < axis->low * 0.999 || value > axis->high * 1.001 || (i > 0 && decades > 3))
                continue;
            format_latency(value, text);
            add_tick(axis, value, text);
        }
    }
}

static void format_ratio(double ratio, char text[AXIS_TEXT_MAX])
{
    if (ratio == 1)
        snprintf(text, AXIS_TEXT_MAX, "same");
    else if (ratio >= 10)
        snprintf(text, AXIS_TEXT_MAX, "× %.6g", ratio);
    else if (ratio <= 0.1)
        snprintf(text, AXIS_TEXT_MAX, "÷ %.6g", 1 / ratio);
    else
        snprintf(text, AXIS_TEXT_MAX, "%s%.3g\u00a0%%", ratio < 1 ? "\u2212" : "+",
                 fabs(ratio - 1) * 100);
}

void axis_set_ratio(struct axis *axis, double most)
{
    static const double ends[] = {1.1, 1.25, 1.5, 2, 4, 10, 100, 1000, 1e6};
    const double middles[] = {1, 1.1, 1.25, 1.5, 2, 2, 10, 10, 1000}; /* a tick between each end and 1 */
    const size_t count = sizeof ends / sizeof ends[0];
    size_t i = 0;
    memset(axis, 0, sizeof *axis);
    while (i + 1 < count && ends[i] < most)
        i++;
    axis->scale = AXIS_LOG;
    axis->low = 1 / ends[i];
    axis->high = ends[i];
    const double ticks[] = {1 / ends[i], 1 / middles[i], 1, middles[i], ends[i]};
    for (size_t k = 0; k < 5; k++) {
        char text[AXIS_TEXT_MAX];
        if (middles[i] == 1 && (k == 1 || k == 3))
            continue;
        format_ratio(ticks[k], text);
        add_tick(axis, ticks[k], text);
    }
}

void axis_set_share(struct axis *axis)
{
    memset(axis, 0, sizeof *axis);
    axis->scale = AXIS_LINEAR;
    axis->high = 1;
    for (int i = 0; i <= 4; i++) {
        char text[AXIS_TEXT_MAX];
        snprintf(text, sizeof text, "%d\u00a0%%", 25 * i);
        add_tick(axis, 0.25 * i, text);
    }
}

/* "10 s" in runs of up to two minutes, "1:30" in longer ones, "1 h 30" in those of hours. */
static void format_moment(double seconds, double high, char text[AXIS_TEXT_MAX])
{
    const long whole = lround(seconds);
    if (high <= 120)
        snprintf(text, AXIS_TEXT_MAX, "%.3g s", seconds);
    else if (high < 7200)
        snprintf(text, AXIS_TEXT_MAX, "%ld:%02ld", whole / 60, whole % 60);
    else
        snprintf(text, AXIS_TEXT_MAX, "%ld:%02ld h", whole / 3600, whole / 60 % 60);
}

void axis_set_time(struct axis *axis, double high)
{
    static const double steps[] = {0.01, 0.02, 0.05,  0.1,   0.2,   0.5,   1,     2,   5,
                                   10,   15,   30,    60,    120,   300,   600,   900, 1800,
                                   3600, 7200, 14400, 21600, 43200, 86400, 172800};
    memset(axis, 0, sizeof *axis);
    axis->scale = AXIS_LINEAR;
    axis->high = high > 0 ? high : 1;
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && axis->high / steps[i] > 7)
        i++;
    for (int k = 0; steps[i] * k <= axis->high * (1 + 1e-9) && k < 8; k++) {
        char text[AXIS_TEXT_MAX];
        format_moment(steps[i] * k, axis->high, text);
        add_tick(axis, steps[i] * k, text);
    }
}

double axis_percentile(double p)
{
    return -log10(1 - p);
}

void axis_set_percentile(struct axis *axis, double high)
{
    static const struct {
        double p;
        const char *text;
    } marks[] = {{0.01, "1"},     {0.5, "50"},       {0.9, "90"},         {0.99, "99"},
                 {0.999, "99.9"}, {0.9999, "99.99"}, {0.99999, "99.999"}, {0.999999, "99.9999"}};
    memset(axis, 0, sizeof *axis);
    axis->scale = AXIS_LINEAR;
    axis->high = high > 1 ? ceil(high - 1e-9) : 1;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (axis_percentile(marks[i].p) <= axis->high + 1e-9)
            add_tick(axis, axis_percentile(marks[i].p), marks[i].text);
    }
}

double axis_place(const struct axis *axis, double value)
{
    double place;
    if (axis->scale == AXIS_LOG)
        place = value <= axis->low ? 0 : log(value / axis->low) / log(axis->high / axis->low);
    else
        place = (value - axis->low) / (axis->high - axis->low);
    return place < 0 ? 0 : place > 1 ? 1 : place;
}
