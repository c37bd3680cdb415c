/* Drawings and their numbers: places, gaps, labels apart, and nothing that anybody chose unescaped. */
#include "chart.h"

#include "random.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double moments[] = {0.5, 1.5, 2.5, 3.5};
static const double whole[] = {1e6, 2e6, 0, 4e6};
static const double broken[] = {1e6, NAN, 3e6, NAN};

static struct chart make_chart(enum chart_kind kind)
{
    struct chart chart = {.kind = kind,
                          .id = "tail",
                          .title = "",
                          .label = "p99 <of> \"it\"",
                          .plot_px = 100,
                          .points = 4,
                          .at = moments,
                          .line_count = 2,
                          .lines = {{.name = "one", .run = 0, .y = whole},
                                    {.name = "</text><script>", .run = 1, .y = broken}}};
    axis_set_time(&chart.x, 4);
    axis_set_latency(&chart.y, 4e6, 2);
    return chart;
}

/* Not inlined: gcc 12 then takes what open_memstream(3) returns for the address of `text`. */
__attribute__((noinline)) static char *svg_of(const struct chart *chart)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    chart_write_svg(out, chart);
    fclose(out);
    return text;
}

static json_t *json_of(const struct chart *chart, const struct chart *same)
{
    char *text = NULL;
    size_t size = 0;
    json_error_t error;
    FILE *out = open_memstream(&text, &size);
    chart_write_json(out, chart, same);
    fclose(out);
    assert_null(strchr(text, '<'));
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s: %s", error.text, text);
    free(text);
    return json;
}

static void points_stand_where_the_axes_say(void **state)
{
    (void)state;
    const struct chart chart = make_chart(CHART_TIME);
    char *svg = svg_of(&chart);
    /* 0.5 of 4 s is 125 of 1000; 1 of 4 ms is 75 px from the top. */
    assert_non_null(strstr(svg, "d=\"M125 75h0l250-25l250 50l250-100\""));
    free(svg);
}

static void a_gap_ends_a_line_and_a_lone_point_is_a_dot(void **state)
{
    (void)state;
    struct chart chart = make_chart(CHART_TIME);
    char *svg = svg_of(&chart);
    assert_non_null(strstr(svg, "d=\"M125 75h0M625 25h0\""));
    assert_null(strstr(svg, "nan"));
    free(svg);
    chart.spans = true;
    svg = svg_of(&chart);
    assert_non_null(strstr(svg, "d=\"M125 75h0l500-50\""));
    free(svg);
}

/* Ten thousand steps of a third of a tenth end where they should; what is level is one step. */
static void rounded_steps_do_not_add_up(void **state)
{
    (void)state;
    enum { POINTS = 10000 };
    static double at[POINTS];
    static double y[POINTS];
    for (int i = 0; i < POINTS; i++) {
        at[i] = (double)i / (POINTS - 1);
        y[i] = (double)i;
    }
    struct chart chart = make_chart(CHART_TIME);
    chart.at = at;
    chart.points = POINTS;
    chart.line_count = 1;
    chart.lines[0].y = y;
    axis_set_time(&chart.x, 1);
    axis_set_count(&chart.y, POINTS, 2);
    char *svg = svg_of(&chart);
    const char *pen = strstr(svg, "M0 100h0") + strlen("M0 100h0");
    double x = 0;
    double y_now = 100;
    int steps = 0;
    for (; *pen == 'l' || *pen == 'h'; steps++) {
        double right = 0;
        double down = 0;
        int used = 0;
        if (sscanf(pen, "l%lf%lf%n", &right, &down, &used) != 2)
            assert_int_equal(sscanf(pen, "h%lf%n", &right, &used), 1);
        pen += used;
        x += right;
        y_now += down;
    }
    assert_int_equal(*pen, '"');
    assert_true(fabs(x - 1000) < 1e-6 && fabs(y_now - 0.01) < 0.6);
    assert_true(steps > 100 && steps < 400); /* 100 px of height, whole ones */
    free(svg);
}

static void nothing_of_a_name_is_markup(void **state)
{
    (void)state;
    const struct chart chart = make_chart(CHART_TIME);
    char *svg = svg_of(&chart);
    assert_null(strstr(svg, "<script"));
    assert_non_null(strstr(svg, "&lt;/text&gt;&lt;script&gt;"));
    assert_non_null(strstr(svg, "aria-label=\"p99 &lt;of&gt; &quot;it&quot;\""));
    free(svg);
}

static void a_drawing_needs_no_style_sheet(void **state)
{
    (void)state;
    const struct chart chart = make_chart(CHART_TIME);
    char *svg = svg_of(&chart);
    assert_null(strstr(svg, "style="));
    assert_null(strstr(svg, "var("));
    assert_non_null(strstr(svg, "stroke=\"#0072b2\""));
    free(svg);
}

static void the_numbers_are_those_of_the_drawing(void **state)
{
    (void)state;
    const struct chart chart = make_chart(CHART_TIME);
    json_t *json = json_of(&chart, NULL);
    json_t *y = json_object_get(json_array_get(json_object_get(json, "lines"), 1), "y");
    assert_true(json_is_null(json_array_get(y, 1)));
    assert_true(json_number_value(json_array_get(y, 2)) == 3e6);
    assert_int_equal(json_array_size(json_object_get(json, "at")), 4);
    assert_true(json_number_value(json_object_get(json_object_get(json, "y"), "high")) == 4e6);
    json_decref(json);
    json = json_of(&chart, &chart);
    assert_string_equal(json_string_value(json_object_get(json, "at")), "tail");
    json_decref(json);
}

static void numbers_keep_four_digits(void **state)
{
    (void)state;
    const double values[] = {12345678901.0, 0.000012345, 99999.6, 12345};
    struct chart chart = make_chart(CHART_TIME);
    chart.lines[0].y = values;
    json_t *json = json_of(&chart, NULL);
    json_t *y = json_object_get(json_array_get(json_object_get(json, "lines"), 0), "y");
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(json_number_value(json_array_get(y, i)) / values[i] - 1) < 5.1e-4);
    json_decref(json);
}

/* The first line's values as they are read back. */
static void read_back(enum chart_kind kind, const double *values, double *back)
{
    struct chart chart = make_chart(kind);
    chart.lines[0].y = values;
    json_t *json = json_of(&chart, NULL);
    const json_t *y = json_object_get(json_array_get(json_object_get(json, "lines"), 0), "y");
    for (size_t i = 0; i < chart.points; i++)
        back[i] = json_number_value(json_array_get(y, i));
    json_decref(json);
}

/* Rounded to four digits and then to three, 12.3451 ms were 12.4 ms under the cursor and 12.3 ms in the
 * table. */
static void three_digits_of_a_number_are_those_of_the_time(void **state)
{
    (void)state;
    const double nasty[] = {12345100, 9994999, 12354900, 999500};
    uint64_t random = 1;
    for (int round = 0; round < 5000; round++) {
        double values[4];
        double back[4];
        for (int i = 0; i < 4; i++)
            values[i] = round == 0 ? nasty[i]
                                   : floor(pow(10, 2 + 9 * ((double)random_next(&random) / 0x1p64)));
        read_back(CHART_TIME, values, back);
        for (int i = 0; i < 4; i++) {
            char expected[32];
            char shown[32];
            snprintf(expected, sizeof expected, "%.2e", values[i]);
            snprintf(shown, sizeof shown, "%.2e", back[i]);
            if (strcmp(shown, expected) != 0)
                fail_msg("%.0f became %.0f", values[i], back[i]);
        }
    }
}

/* 60,511/s were 60,510/s under the cursor. */
static void rates_are_whole_where_they_are_shown_whole(void **state)
{
    (void)state;
    const double values[] = {60511.4, 1234567.5, 99.96, 12.34};
    const double expected[] = {60511, 1234568, 100, 12.34};
    double back[4];
    read_back(CHART_RATE, values, back);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(back[i] - expected[i]) < 1e-9);
}

static void layers_of_a_stack_stand_on_each_other(void **state)
{
    (void)state;
    struct chart chart = make_chart(CHART_STACK);
    static const double low[] = {1, 1, 1, 1};
    static const double high[] = {1, 2, 3, 1};
    chart.lines[0].y = low;
    chart.lines[1].y = high;
    axis_set_count(&chart.y, 4, 2);
    char *svg = svg_of(&chart);
    assert_non_null(strstr(svg, "d=\"M125 75h750l0 25h-750z\""));
    assert_non_null(strstr(svg, "d=\"M125 50l250-25l250-25l250 50l0 25h-750z\""));
    free(svg);
}

static void empty_lines_are_drawn_as_nothing(void **state)
{
    (void)state;
    static const double none[] = {NAN, NAN, NAN, NAN};
    struct chart chart = make_chart(CHART_TIME);
    chart.lines[0].y = none;
    chart.lines[1].y = none;
    char *svg = svg_of(&chart);
    assert_non_null(strstr(svg, "d=\"\""));
    assert_null(strstr(svg, "class=\"end"));
    free(svg);
    chart.points = 0;
    svg = svg_of(&chart);
    free(svg);
    json_decref(json_of(&chart, NULL));
}

static void labels_move_apart_and_no_further(void **state)
{
    (void)state;
    double two[] = {50, 52};
    chart_spread_labels(two, 2, 16, 0, 100);
    assert_true(fabs(two[0] - 43) < 1e-9 && fabs(two[1] - 59) < 1e-9);
    double far[] = {10, 80};
    chart_spread_labels(far, 2, 16, 0, 100);
    assert_true(far[0] == 10 && far[1] == 80);
    double low[] = {98, 99, 100};
    chart_spread_labels(low, 3, 16, 0, 100);
    assert_true(fabs(low[2] - 100) < 1e-9 && fabs(low[0] - 68) < 1e-9);
    double crowd[] = {0, 1, 2, 50, 51, 52};
    chart_spread_labels(crowd, 6, 16, 0, 100);
    for (size_t i = 1; i < 6; i++)
        assert_true(crowd[i] - crowd[i - 1] >= 16 - 1e-9);
    assert_true(crowd[0] >= 0 && crowd[5] <= 100);
    chart_spread_labels(NULL, 0, 16, 0, 100);
}

static void a_halving_is_as_far_as_a_doubling(void **state)
{
    (void)state;
    assert_true(fabs(chart_place_ratio(1, 4) - 0.5) < 1e-9);
    assert_true(fabs(chart_place_ratio(2, 4) - 0.75) < 1e-9);
    assert_true(fabs(chart_place_ratio(0.5, 4) - 0.25) < 1e-9);
    assert_true(chart_place_ratio(100, 4) == 1 && chart_place_ratio(0, 4) == 0);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + strlen(part), part))
        count++;
    return count;
}

/* A line is solid where it can be relied on and dashed before and after; its band has both ends. */
static void what_is_not_sure_is_dashed_within_its_band(void **state)
{
    (void)state;
    static const double low[] = {0.5e6, 1e6, 1.5e6, NAN};
    static const double high[] = {2e6, 3e6, 3.5e6, 4e6};
    struct chart chart = make_chart(CHART_TIME);
    chart.line_count = 1;
    chart.lines[0].low = low;
    chart.lines[0].high = high;
    chart.lines[0].has_doubt = true;
    chart.lines[0].solid_from = 1;
    chart.lines[0].solid_to = 2;
    char *svg = svg_of(&chart);
    assert_int_equal(count_of(svg, "<path class=\"line run-0\""), 3);
    assert_int_equal(count_of(svg, "stroke-dasharray=\"4 4\""), 2);
    assert_int_equal(count_of(svg, "<path class=\"band run-0\""), 1);
    assert_non_null(strstr(svg, "d=\"M125 50l250-25l250-12.5l0 50l-250 12.5l-250 12.5z\""));
    free(svg);
    chart.lines[0].solid_from = chart.lines[0].solid_to = 0; /* nothing is sure */
    svg = svg_of(&chart);
    assert_int_equal(count_of(svg, "<path class=\"line run-0\""), 1);
    assert_int_equal(count_of(svg, "stroke-dasharray=\"4 4\""), 1);
    free(svg);
}

/* Neighbours of the same strength are one stroke, and an empty cell is none. */
static void a_map_has_a_stroke_for_cells_of_a_strength(void **state)
{
    (void)state;
    static const uint32_t cells[] = {1, 0, 1, 100, 0, 100, 1, 0}; /* two rows a column */
    struct chart chart = make_chart(CHART_HEAT);
    chart.heat = (struct chart_heat){.cells = cells, .stride = 2, .columns = 4, .rows = 2, .low = 1e5,
                                     .row_step = 10, .column_s = 1, .runs = 1, .least = 1, .most = 100};
    axis_set_latency_log(&chart.y, 1e5, 1e7);
    char *svg = svg_of(&chart);
    assert_int_equal(count_of(svg, "class=\"heat-0\""), 1);
    assert_int_equal(count_of(svg, "class=\"heat-7\""), 1);
    assert_non_null(strstr(svg, "d=\"M0 75h500M750 75h250\" stroke-width=\"50\""));
    assert_non_null(strstr(svg, "d=\"M250 25h500\" stroke-width=\"50\""));
    free(svg);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    chart_write_json(out, &chart, NULL);
    fclose(out);
    json_t *json = json_loads(text, 0, NULL);
    const json_t *rows = json_object_get(json_object_get(json, "heat"), "rows");
    assert_string_equal(json_string_value(json_array_get(rows, 0)), "1101");
    assert_string_equal(json_string_value(json_array_get(rows, 1)), "088");
    json_decref(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_sure_is_dashed_within_its_band),
        cmocka_unit_test(a_map_has_a_stroke_for_cells_of_a_strength),
        cmocka_unit_test(points_stand_where_the_axes_say),
        cmocka_unit_test(a_gap_ends_a_line_and_a_lone_point_is_a_dot),
        cmocka_unit_test(rounded_steps_do_not_add_up),
        cmocka_unit_test(nothing_of_a_name_is_markup),
        cmocka_unit_test(a_drawing_needs_no_style_sheet),
        cmocka_unit_test(the_numbers_are_those_of_the_drawing),
        cmocka_unit_test(numbers_keep_four_digits),
        cmocka_unit_test(three_digits_of_a_number_are_those_of_the_time),
        cmocka_unit_test(rates_are_whole_where_they_are_shown_whole),
        cmocka_unit_test(layers_of_a_stack_stand_on_each_other),
        cmocka_unit_test(empty_lines_are_drawn_as_nothing),
        cmocka_unit_test(labels_move_apart_and_no_further),
        cmocka_unit_test(a_halving_is_as_far_as_a_doubling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
