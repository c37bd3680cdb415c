/* Axes: what must fit fits, ends and ticks are round, texts say the unit. */
#include "axis.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void check_ticks(const struct axis *axis, const char *expected)
{
    char text[AXIS_TICKS_MAX * (AXIS_TEXT_MAX + 1)] = "";
    for (size_t i = 0; i < axis->tick_count; i++) {
        strcat(text, i ? "|" : "");
        strcat(text, axis->ticks[i].text);
    }
    assert_string_equal(text, expected);
}

static void a_linear_axis_wastes_little(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_latency(&axis, 23.0e6, 2);
    check_ticks(&axis, "0|10 ms|20 ms|30 ms");
    axis_set_latency(&axis, 2.05e6, 2);
    check_ticks(&axis, "0|1 ms|2 ms|3 ms");
    axis_set_latency(&axis, 480e3, 2);
    check_ticks(&axis, "0|250 µs|500 µs");
    axis_set_latency(&axis, 0, 2);
    assert_true(axis.high >= 1);
}

static void every_value_fits(void **state)
{
    (void)state;
    struct axis axis;
    for (double value = 1; value < 1e12; value *= 1.37) {
        axis_set_latency(&axis, value, 2);
        assert_true(axis.high >= value * (1 - 1e-9) && axis.high <= value * 2.01);
        axis_set_count(&axis, value, 2);
        assert_true(axis.high >= value * (1 - 1e-9));
        axis_set_latency_log(&axis, value, value * 40);
        assert_true(axis.low <= value * (1 + 1e-9) && axis.high >= 40 * value * (1 - 1e-9));
        assert_true(axis.tick_count >= 2 && axis.tick_count < AXIS_TICKS_MAX);
        for (size_t i = 1; i < axis.tick_count; i++)
            assert_true(axis.ticks[i].at > axis.ticks[i - 1].at);
    }
}

static void a_logarithmic_axis_ends_on_round_values(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_latency_log(&axis, 0.7e6, 18e6);
    check_ticks(&axis, "500 µs|1 ms|2 ms|5 ms|10 ms|20 ms");
    axis_set_latency_log(&axis, 1e3, 1e9); /* six decades: only tens */
    check_ticks(&axis, "1 µs|10 µs|100 µs|1 ms|10 ms|100 ms|1 s");
    axis_set_latency_log(&axis, 1e6, 1e6); /* one value */
    check_ticks(&axis, "1 ms|2 ms");
    axis_set_latency_log(&axis, 0, 0);
    assert_true(axis.low > 0 && axis.high > axis.low);
}

static void time_has_at_most_eight_ticks(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_time(&axis, 60);
    check_ticks(&axis, "0 s|10 s|20 s|30 s|40 s|50 s|60 s");
    axis_set_time(&axis, 600);
    check_ticks(&axis, "0:00|2:00|4:00|6:00|8:00|10:00");
    axis_set_time(&axis, 0.4);
    check_ticks(&axis, "0 s|0.1 s|0.2 s|0.3 s|0.4 s");
    axis_set_time(&axis, 0);
    assert_true(axis.high == 1);
    for (double high = 0.01; high < 7 * 86400; high *= 1.21) {
        axis_set_time(&axis, high);
        assert_true(axis.high == high && axis.tick_count >= 1 && axis.tick_count <= 8);
    }
}

static void percentiles_stand_by_their_nines(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_percentile(&axis, axis_percentile(0.99995));
    assert_true(fabs(axis.high - 5) < 1e-9);
    check_ticks(&axis, "1|50|90|99|99.9|99.99|99.999");
    axis_set_percentile(&axis, axis_percentile(0.4));
    check_ticks(&axis, "1|50|90");
    assert_true(fabs(axis_percentile(0.999) - 3) < 1e-9);
}

static void a_place_is_between_the_ends(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_latency_log(&axis, 1e6, 100e6);
    assert_true(fabs(axis_place(&axis, 10e6) - 0.5) < 1e-9);
    assert_true(axis_place(&axis, 0) == 0 && axis_place(&axis, 1e12) == 1);
    axis_set_time(&axis, 60);
    assert_true(fabs(axis_place(&axis, 15) - 0.25) < 1e-9);
}

static void counts_are_short(void **state)
{
    (void)state;
    struct axis axis;
    axis_set_count(&axis, 55000, 2);
    check_ticks(&axis, "0|20k|40k|60k");
    axis_set_count(&axis, 4100, 2);
    check_ticks(&axis, "0|2,500|5,000");
    axis_set_count(&axis, 1.9e6, 2);
    check_ticks(&axis, "0|1M|2M");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_axis_wastes_little),
        cmocka_unit_test(every_value_fits),
        cmocka_unit_test(a_logarithmic_axis_ends_on_round_values),
        cmocka_unit_test(time_has_at_most_eight_ticks),
        cmocka_unit_test(percentiles_stand_by_their_nines),
        cmocka_unit_test(a_place_is_between_the_ends),
        cmocka_unit_test(counts_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
