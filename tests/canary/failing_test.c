/* failing_test.c - a unit test that must fail, so that the runner is seen to notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void canary_sings(void **state)
{
    (void)state;
    assert_int_equal(1, 1);
}

static void canary_dies(void **state)
{
    (void)state;
    if (getenv("CANARY_ABORTS"))
        abort(); /* in the middle: fewer results than planned */
    assert_int_equal(1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(canary_sings),
                                       cmocka_unit_test(canary_dies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
