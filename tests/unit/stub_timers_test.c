/* The stub's heap of due slots, against a plain table that is searched from end to end. */
#include "random.h"
#include "stub_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SLOTS 37

static int64_t first_of(const int64_t *table)
{
    int64_t first = STUB_TIMERS_NEVER;
    for (int i = 0; i < SLOTS; i++)
        if (table[i] < first)
            first = table[i];
    return first;
}

static void a_random_life_agrees_with_a_table(void **state)
{
    (void)state;
    struct stub_timers timers;
    int64_t table[SLOTS];
    uint64_t seed = 3;
    assert_int_equal(stub_timers_init(&timers, SLOTS), 0);
    for (int i = 0; i < SLOTS; i++)
        table[i] = STUB_TIMERS_NEVER;
    for (int step = 0; step < 200000; step++) {
        const uint64_t dice = random_next(&seed);
        uint32_t slot = (uint32_t)(dice % SLOTS);
        const int64_t due_ns = (int64_t)(dice >> 32) % 50; /* many are due at once */
        if (dice >> 16 & 1) {
            stub_timers_set(&timers, slot, due_ns);
            table[slot] = due_ns;
        } else if (dice >> 17 & 1) {
            stub_timers_drop(&timers, slot);
            table[slot] = STUB_TIMERS_NEVER;
        } else if (stub_timers_take(&timers, due_ns, &slot)) {
            assert_true(table[slot] <= due_ns);
            assert_int_equal(table[slot], first_of(table));
            table[slot] = STUB_TIMERS_NEVER;
        } else {
            assert_true(first_of(table) > due_ns);
        }
        assert_int_equal(stub_timers_first_ns(&timers), first_of(table));
    }
    stub_timers_free(&timers);
}

static void an_empty_heap_has_nothing_even_at_the_end_of_time(void **state)
{
    (void)state;
    struct stub_timers timers;
    uint32_t slot;
    assert_int_equal(stub_timers_init(&timers, SLOTS), 0);
    assert_false(stub_timers_take(&timers, INT64_MAX, &slot));
    stub_timers_drop(&timers, 1);
    stub_timers_free(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_life_agrees_with_a_table),
        cmocka_unit_test(an_empty_heap_has_nothing_even_at_the_end_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
