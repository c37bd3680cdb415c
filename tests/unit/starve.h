/* starve.h - lets the n-th allocation of a test program fail: malloc(3) and its kin are the program's own
 * here (glibc manual, section 3.2.5). Header-only, since each test is one file. */
#ifndef TARE_TESTS_STARVE_H
#define TARE_TESTS_STARVE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* Sanitizers have their own malloc, which must stay: a test skips itself there. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define STARVE_CAN 0
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STARVE_CAN 0
#endif
#endif
#ifndef STARVE_CAN
#define STARVE_CAN 1
#endif

static long starve_left = -1; /* allocations until one fails; below 0: none does */

#if STARVE_CAN
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *aligned_alloc(size_t alignment, size_t size);

static inline bool starve_now(void)
{
    if (starve_left < 0 || starve_left-- > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return starve_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return starve_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return starve_now() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return starve_now() ? NULL : __libc_memalign(alignment, size);
}
#endif

#endif
