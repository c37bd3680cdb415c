/* A run drifts by stated rules: a median that moves by a tenth, in an order that chance does not
 * make. */
#include "drift.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct scatter_blocks blocks;
static struct drift drift;

/* Fifty requests a block around a level; finds the drift of the first `count` blocks. */
static void find(double (*level)(size_t block), size_t count, bool are_runs, int requests)
{
    struct scatter scatter;
    scatter_blocks_init(&blocks, 3);
    for (size_t b = 0; b < count; b++)
        for (int i = 0; i < requests; i++)
            histogram_record(&blocks.blocks[b], (int64_t)(level(b) * (1 + 0.001 * (i % 7))), 1);
    assert_int_equal(scatter_make(&scatter, blocks.blocks, blocks.failed, count, are_runs), 0);
    drift_find(&drift, &scatter);
    scatter_free(&scatter);
    scatter_blocks_free(&blocks);
}

static double rising(size_t block)
{
    return 1e6 * (1 + (double)block / 64);
}

static double creeping(size_t block)
{
    return 1e6 * (1 + (double)block / 1000);
}

/* The second half is slower as a whole, and goes up and down within. */
static double wavering(size_t block)
{
    return 1e6 * (block / 4 % 2 == 0 ? 1 : 2);
}

static void a_rise_is_told_by_its_halves(void **state)
{
    (void)state;
    find(rising, 64, false, 50);
    assert_true(drift.is_known && drift.is_drifting);
    assert_true(drift.change_percent > 35 && drift.change_percent < 45); /* 1.75 to 1.25 */
    assert_true(drift.p < 1e-6);
    find(rising, 32, false, 50); /* eight stretches are enough for as clear an order */
    assert_true(drift.is_drifting);
}

static void a_small_rise_is_no_drift(void **state)
{
    (void)state;
    find(creeping, 64, false, 50);
    assert_true(drift.is_known && !drift.is_drifting);
    assert_true(drift.p < 1e-6 && drift.change_percent < 10);
}

static void up_and_down_is_no_drift(void **state)
{
    (void)state;
    find(wavering, 64, false, 50);
    assert_true(drift.is_known && !drift.is_drifting && drift.p > 0.05);
}

static void too_little_shows_none(void **state)
{
    (void)state;
    find(rising, 64, false, 4); /* sixteen requests a stretch */
    assert_false(drift.is_known || drift.is_drifting);
    find(rising, 24, false, 50); /* six stretches */
    assert_false(drift.is_known);
    find(rising, 64, true, 50); /* runs are in no order */
    assert_false(drift.is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rise_is_told_by_its_halves),
        cmocka_unit_test(a_small_rise_is_no_drift),
        cmocka_unit_test(up_and_down_is_no_drift),
        cmocka_unit_test(too_little_shows_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
