/* check.c - what a failed assertion prints. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *expression, int64_t left,
                            int64_t right)
{
    fprintf(stderr, "%s:%d: CHECK(%s) failed: %" PRId64 " against %" PRId64 "\n", file, line,
            expression, left, right);
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
