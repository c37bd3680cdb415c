/* check.h - assertions that stay on in release and print both operands.
 * For bugs of our own only; what a user, a server or a kernel can cause is an error, not a check. */
#ifndef TARE_CHECK_H
#define TARE_CHECK_H

#include <stdint.h>

/* Prints "file:line: CHECK(expression) failed: left against right" to stderr and aborts. */
_Noreturn void check_failed(const char *file, int line, const char *expression, int64_t left,
                            int64_t right);

/* CHECK(a, op, b): both operands are evaluated once, as integers. While coverage is counted the branch
 * to the failure is check_that()'s alone: no test can take it everywhere. */
#ifdef CHECK_IS_COUNTED_ONCE
void check_that(int is_true, const char *file, int line, const char *expression, int64_t left,
                int64_t right);
#define CHECK(a, op, b)                                                                            \
    do {                                                                                           \
        const int64_t check_left_ = (int64_t)(a);                                                  \
        const int64_t check_right_ = (int64_t)(b);                                                 \
        check_that(check_left_ op check_right_, __FILE__, __LINE__, #a " " #op " " #b,             \
                   check_left_, check_right_);                                                     \
    } while (0)
#else
#define CHECK(a, op, b)                                                                            \
    do {                                                                                           \
        const int64_t check_left_ = (int64_t)(a);                                                  \
        const int64_t check_right_ = (int64_t)(b);                                                 \
        if (__builtin_expect(!(check_left_ op check_right_), 0))                                   \
            check_failed(__FILE__, __LINE__, #a " " #op " " #b, check_left_, check_right_);        \
    } while (0)
#endif

#endif
