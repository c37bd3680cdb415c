/* Seeded numbers: SplitMix64's own sequence, and what is made of it. */
#include "random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The first outputs for the seed 1234567, as published with the reference implementation. */
static void the_sequence_is_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[] = {6457827717110365317ull, 3203168211198807973ull,
                                        9817491932198370423ull, 4593380528125082431ull,
                                        16408922859458223821ull};
    uint64_t seed = 1234567;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(random_next(&seed) == expected[i]);
}

static void units_lie_above_zero_and_up_to_one(void **state)
{
    (void)state;
    enum { DRAWS = 1000000 };
    uint64_t seed = 0;
    double sum = 0, least = 2, most = -1;
    for (int i = 0; i < DRAWS; i++) {
        const double unit = random_unit(&seed);
        assert_true(unit > 0 && unit <= 1);
        sum += unit;
        least = unit < least ? unit : least;
        most = unit > most ? unit : most;
    }
    assert_true(fabs(sum / DRAWS - 0.5) < 0.0015); /* five standard errors */
    assert_true(least < 1e-5 && most > 1 - 1e-5);
}

/* Neighbouring counters, hashed, differ in half of their bits: what --samples 1/N draws by. */
static void a_mixed_counter_is_even(void **state)
{
    (void)state;
    enum { DRAWS = 1000000, CELLS = 10 };
    int cells[CELLS] = {0};
    uint64_t bits = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        cells[random_mix(1 ^ random_mix(i * 64 + 1)) % CELLS]++;
        bits += (uint64_t)__builtin_popcountll(random_mix(i) ^ random_mix(i + 1));
    }
    assert_true(fabs((double)bits / DRAWS - 32) < 0.05);
    for (int i = 0; i < CELLS; i++)
        assert_in_range(cells[i], DRAWS / CELLS - 1500, DRAWS / CELLS + 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sequence_is_splitmix64),
        cmocka_unit_test(units_lie_above_zero_and_up_to_one),
        cmocka_unit_test(a_mixed_counter_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
