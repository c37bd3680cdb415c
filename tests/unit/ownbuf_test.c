/* Buffers of a connection's own: each has one owner, and what it is made ready for fits what comes. */
#include "ownbuf.h"

#include "dies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 5u

static void each_has_one_owner(void **state)
{
    (void)state;
    struct ownbuf_pool pool;
    bool is_taken[COUNT] = {false};
    assert_int_equal(ownbuf_open(&pool, COUNT), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        const uint16_t index = ownbuf_take(&pool);
        assert_true(index < COUNT);
        assert_false(is_taken[index]);
        is_taken[index] = true;
    }
    assert_int_equal(ownbuf_take(&pool), OWNBUF_NONE);
    ownbuf_give(&pool, 3);
    assert_int_equal(ownbuf_take(&pool), 3);
    assert_int_equal(ownbuf_take(&pool), OWNBUF_NONE);
    ownbuf_close(&pool);
}

static void give_too_many(void *pool)
{
    ownbuf_give(pool, 0);
}

static void give_unknown(void *pool)
{
    ownbuf_give(pool, COUNT);
}

static void misuse_is_caught(void **state)
{
    (void)state;
    struct ownbuf_pool pool;
    assert_int_equal(ownbuf_open(&pool, COUNT), 0);
    assert_true(dies(give_too_many, &pool));
    ownbuf_take(&pool);
    assert_true(dies(give_unknown, &pool));
    ownbuf_close(&pool);
}

/* The pieces of different buffers lie apart, and can be written to their ends. */
static void pieces_lie_apart(void **state)
{
    (void)state;
    struct ownbuf_pool pool;
    assert_int_equal(ownbuf_open(&pool, COUNT), 0);
    for (int inside = 0; inside < 2; inside++) {
        for (uint16_t i = 0; i < COUNT; i++) {
            const struct iovec piece = ownbuf_prepare(&pool, i, inside == 1, 0, true)->piece;
            assert_int_equal(piece.iov_len, inside ? OWNBUF_LARGE_BYTES : OWNBUF_HEAD_BYTES);
            memset(piece.iov_base, i + 1, piece.iov_len);
        }
        for (uint16_t i = 0; i < COUNT; i++) {
            const struct iovec piece = ownbuf_prepare(&pool, i, inside == 1, 0, true)->piece;
            for (size_t at = 0; at < piece.iov_len; at++)
                assert_int_equal(((uint8_t *)piece.iov_base)[at], i + 1);
        }
    }
    ownbuf_close(&pool);
}

/* Never more is thrown away than is content, and nothing where it must be looked at. */
static void only_content_is_thrown_away(void **state)
{
    static const struct {
        uint64_t left;
        bool may_discard, discards;
        size_t most;
    } cases[] = {
        {0, true, false, OWNBUF_LARGE_BYTES},
        {1023, true, false, OWNBUF_LARGE_BYTES},
        {1024, true, true, 1024},
        {100000, true, true, 100000},
        {100000, false, false, OWNBUF_LARGE_BYTES},
        {INT64_MAX, true, true, 256 * 1024},
    };
    (void)state;
    struct ownbuf_pool pool;
    assert_int_equal(ownbuf_open(&pool, 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ring_once *once =
            ownbuf_prepare(&pool, 0, true, cases[i].left, cases[i].may_discard);
        assert_int_equal(once->discards, cases[i].discards);
        assert_int_equal(once->piece.iov_len, cases[i].most);
    }
    ownbuf_close(&pool);
}

static void a_pool_of_zeros_may_be_closed(void **state)
{
    (void)state;
    struct ownbuf_pool pool = {0};
    ownbuf_close(&pool);
    assert_int_equal(ownbuf_take(&pool), OWNBUF_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_one_owner),
        cmocka_unit_test(misuse_is_caught),
        cmocka_unit_test(pieces_lie_apart),
        cmocka_unit_test(only_content_is_thrown_away),
        cmocka_unit_test(a_pool_of_zeros_may_be_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
