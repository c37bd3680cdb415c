/* chart_json.c - the numbers of a chart, for the page's script. */
#include "chart_parts.h"

#include "markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_axis_json(FILE *out, const char *name, const struct axis *axis)
{
    fprintf(out, "\"%s\":{\"log\":%s,\"low\":%.6g,\"high\":%.6g,\"ticks\":[", name,
            axis->scale == AXIS_LOG ? "true" : "false", axis->low, axis->high);
    for (size_t i = 0; i < axis->tick_count; i++) {
        fprintf(out, "%s[%.6g,", i ? "," : "", axis->ticks[i].at);
        markup_json(out, axis->ticks[i].text);
        fputc(']', out);
    }
    fputs("]}", out);
}

/* A time in ns, four significant digits in few bytes: 2143e3. A last 5 gives way to 4 or 6, so that
 * who shows three digits of it shows those of the time itself. NAN is null. */
static void write_time(FILE *out, double ns)
{
    char four[32];
    char three[32];
    char twice[32];
    if (isnan(ns)) {
        fputs("null", out);
        return;
    }
    snprintf(four, sizeof four, "%.3e", ns);
    snprintf(three, sizeof three, "%.2e", ns);
    snprintf(twice, sizeof twice, "%.2e", strtod(four, NULL));
    if (strcmp(three, twice) != 0) /* of "2.145e+06" the fifth byte is the last digit */
        four[4] = strtod(three, NULL) < strtod(twice, NULL) ? '4' : '6';
    const double value = strtod(four, NULL);
    if (value >= 1e4) {
        const int exponent = (int)floor(log10(value) + 1e-9) - 3;
        fprintf(out, "%.0fe%d", value / pow(10, exponent), exponent);
    } else {
        fprintf(out, "%.4g", value);
    }
}

/* A rate: whole from where pages show it whole, else as a time. NAN is null. */
static void write_rate(FILE *out, double per_s)
{
    if (per_s >= 99.95)
        fprintf(out, "%.0f", floor(per_s + 0.5));
    else
        write_time(out, per_s);
}

/* A ratio or a share, so exactly that its change has a digit after the point. NAN is null. */
static void write_ratio(FILE *out, double value)
{
    if (isnan(value))
        fputs("null", out);
    else
        fprintf(out, value < 10 ? "%.4f" : "%.4g", value);
}

static void write_numbers(FILE *out, const struct chart *chart, const double *values)
{
    fputc('[', out);
    for (size_t i = 0; i < chart->points; i++) {
        if (i)
            fputc(',', out);
        switch (chart->kind) {
        case CHART_SPREAD:
        case CHART_TIME:
        case CHART_HEAT: write_time(out, values[i]); break;
        case CHART_COUNT:
        case CHART_RATE:
        case CHART_STACK: write_rate(out, values[i]); break;
        case CHART_RATIO:
        case CHART_SHARE: write_ratio(out, values[i]); break;
        }
    }
    fputc(']', out);
}

/* Places on x are told apart, however long the run: six digits. */
static void write_places(FILE *out, const struct chart *chart)
{
    for (size_t i = 0; i < chart->points; i++)
        fprintf(out, "%s%.6g", i ? "," : "[", chart->at[i]);
    fputs(chart->points ? "]" : "[]", out);
}

static void write_line_json(FILE *out, const struct chart *chart, size_t index)
{
    const struct chart_line *line = &chart->lines[index];
    fprintf(out, "%s{\"name\":", index ? "," : "");
    markup_json(out, line->name ? line->name : "");
    fprintf(out, ",\"run\":%u,\"dotted\":%s,\"opacity\":%.2f,\"markers\":[",
            line->run % CHART_RUNS_MAX, line->dotted ? "true" : "false",
            chart_layer_opacity(chart, index));
    for (int k = 0; k < CHART_MARKERS_A_LINE && !line->dotted && chart_wants_markers(chart); k++)
        fprintf(out, "%s%zu", k ? "," : "", chart_marker_point(chart, index, k));
    fputs("],\"y\":", out);
    if (line->same)
        fprintf(out, "\"%s\"", line->same);
    else
        write_numbers(out, chart, line->y);
    if (line->low) {
        fputs(",\"low\":", out);
        write_numbers(out, chart, line->low);
        fputs(",\"high\":", out);
        write_numbers(out, chart, line->high);
    }
    if (line->has_doubt)
        fprintf(out, ",\"solid\":[%zu,%zu]", line->solid_from, line->solid_to);
    fputc('}', out);
}

static void write_floor(FILE *out, const struct chart *chart)
{
    if (!chart->floor)
        return;
    fputs("\"floor\":{\"text\":", out);
    markup_json(out, chart->floor_text);
    fputs(",\"y\":", out);
    write_numbers(out, chart, chart->floor);
    fputs("},", out);
}

void chart_write_json(FILE *out, const struct chart *chart, const struct chart *same)
{
    static const char *const kinds[] = {[CHART_SPREAD] = "spread",
                                        [CHART_TIME] = "time",
                                        [CHART_RATE] = "rate",
                                        [CHART_STACK] = "stack",
                                        [CHART_COUNT] = "count",
                                        [CHART_HEAT] = "heat",
                                        [CHART_RATIO] = "ratio",
                                        [CHART_SHARE] = "share"};
    fprintf(out, "{\"id\":\"%s\",\"kind\":\"%s\",\"plot\":%d,\"spans\":%s,\"shaded\":%.6g,",
            chart->id, kinds[chart->kind], chart->plot_px, chart->spans ? "true" : "false",
            chart->shaded_to);
    write_axis_json(out, "x", &chart->x);
    fputc(',', out);
    write_axis_json(out, "y", &chart->y);
    fputs(",\"at\":", out);
    if (same && same->at == chart->at && same->points == chart->points)
        fprintf(out, "\"%s\"", same->id);
    else
        write_places(out, chart);
    fputs(",\"lines\":[", out);
    for (size_t i = 0; i < chart->line_count; i++)
        write_line_json(out, chart, i);
    fputs("],", out);
    write_floor(out, chart);
    if (chart->kind == CHART_HEAT)
        chart_write_heat_json(out, chart);
    fputs("\"strips\":[", out);
    for (size_t i = 0; i < chart->strip_count; i++)
        fprintf(out, "%s[%.6g,%.6g,%.6g,%.6g]", i ? "," : "", chart->strips[i].from,
                chart->strips[i].to, chart->strips[i].low, chart->strips[i].high);
    fputs("],\"marks\":[", out);
    for (size_t i = 0; i < chart->mark_count; i++) {
        fprintf(out, "%s{\"x\":", i ? "," : "");
        if (isnan(chart->marks[i].x))
            fputs("null", out);
        else
            fprintf(out, "%.6g", chart->marks[i].x);
        fprintf(out, ",\"y\":%.6g,\"text\":", chart->marks[i].y);
        markup_json(out, chart->marks[i].text);
        fputc('}', out);
    }
    fputs("]}", out);
}
