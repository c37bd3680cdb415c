/* check_caught.h - makes a failed CHECK() something that expect_assert_failure() can see.
 * Include it once in a test program: it takes the place of engine/check.c. */
#ifndef TARE_TESTS_CHECK_CAUGHT_H
#define TARE_TESTS_CHECK_CAUGHT_H

#include "check.h"

_Noreturn void check_failed(const char *file, int line, const char *expression, int64_t left,
                            int64_t right)
{
    (void)left;
    (void)right;
    mock_assert(0, expression, file, line);
    abort();
}

#ifdef CHECK_IS_COUNTED_ONCE
void check_that(int is_true, const char *file, int line, const char *expression, int64_t left,
                int64_t right)
{
    if (!is_true)
        check_failed(file, line, expression, left, right);
}
#endif

#endif
