/* arena_test.c - pieces are zero, aligned, apart from each other, and of any size. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "starve.h"

static void pieces_are_zero_aligned_and_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 0, 24, 4000, 16384, 100000, 3, 17};
    struct arena arena = {0};
    for (int round = 0; round < 20; round++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            unsigned char *piece = arena_take(&arena, sizes[i]);
            assert_non_null(piece);
            assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(piece[k], 0);
            memset(piece, 0xff, sizes[i]);
        }
    arena_free(&arena);
    assert_null(arena.blocks);
    arena_free(&arena);
}

static void copies_end_in_a_zero(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_free(&arena);
}

static void what_cannot_be_had_is_null(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    assert_null(arena.blocks);
    arena_free(&arena);
}

static void memory_that_is_refused_is_told(void **state)
{
    (void)state;
    struct arena arena = {0};
    if (!STARVE_CAN)
        skip();
    starve_left = 0;
    assert_null(arena_take(&arena, 100));
    assert_null(arena.blocks);
    assert_non_null(arena_take(&arena, 100));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zero_aligned_and_apart),
        cmocka_unit_test(copies_end_in_a_zero),
        cmocka_unit_test(what_cannot_be_had_is_null),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
