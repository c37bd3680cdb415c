/* The pool of receive buffers: each is the kernel's or ours, and the round goes on for ever. */
#include "dies.h"
#include "loopback.h"

#define BUFFERS 8u
#define SIZE (RING_MESSAGE_OVERHEAD + 64)

static int set_up(void **state)
{
    struct loopback *l = malloc(sizeof *l);
    *l = loopback_open(4, BUFFERS, SIZE);
    *state = l;
    return 0;
}

static int tear_down(void **state)
{
    loopback_close(*state);
    free(*state);
    return 0;
}

/* A byte goes to the other end of slot 0 and comes back as an event with a buffer. */
static struct ring_event receive_byte(struct loopback *l, int peer, char byte)
{
    assert_int_equal(send(peer, &byte, 1, MSG_NOSIGNAL), 1);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(event.result, RING_MESSAGE_OVERHEAD + 1);
    return event;
}

/* The tail has 16 bits: it wraps, and more than once around the ring of buffers. */
static void buffers_go_round_for_ever(void **state)
{
    struct loopback *l = *state;
    const int peer = connect_slot(l, 0, 1);
    uint32_t used[BUFFERS] = {0};
    ring_receive(l->ring, 0, 1, GROUP);
    for (uint32_t i = 0; i < 70000; i++) {
        struct ring_message message;
        const struct ring_event event = receive_byte(l, peer, (char)i);
        assert_true(ring_message(bufpool_take(&l->pool, event.buffer), event.result, &message));
        assert_int_equal(message.bytes[0], (uint8_t)i);
        used[event.buffer]++;
        bufpool_give(&l->pool, event.buffer);
        bufpool_publish(&l->pool);
    }
    for (uint32_t i = 0; i < BUFFERS; i++)
        assert_int_equal(used[i], 70000 / BUFFERS); /* in turn */
    end_slot(l, 0, 1, true);
    close(peer);
}

/* All are given back in a disorder: the kernel gets each once, with its own bytes. */
static void buffers_may_come_back_in_any_order(void **state)
{
    struct loopback *l = *state;
    const int peer = connect_slot(l, 0, 1);
    for (int round = 0; round < 20; round++) {
        uint16_t taken[BUFFERS];
        const uint8_t *bytes[BUFFERS];
        ring_receive(l->ring, 0, 1, GROUP);
        for (uint32_t i = 0; i < BUFFERS; i++) {
            const struct ring_event event = receive_byte(l, peer, (char)('a' + i));
            taken[i] = event.buffer;
            bytes[i] = bufpool_take(&l->pool, event.buffer);
            for (uint32_t k = 0; k < i; k++)
                assert_true(bytes[k] + SIZE <= bytes[i] || bytes[i] + SIZE <= bytes[k]);
        }
        for (uint32_t i = 0; i < BUFFERS; i++)
            assert_int_equal(bytes[i][RING_MESSAGE_OVERHEAD], 'a' + i); /* none was written over */
        assert_int_equal(send(peer, "z", 1, MSG_NOSIGNAL), 1);
        assert_int_equal(expect_event(l, RING_RECEIVE, 0, 1).result, -ENOBUFS);
        for (uint32_t i = 0; i < BUFFERS; i++)
            bufpool_give(&l->pool, taken[(i * 5 + (uint32_t)round) % BUFFERS]);
        bufpool_publish(&l->pool);
        ring_receive(l->ring, 0, 1, GROUP);
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
        assert_int_equal(bufpool_take(&l->pool, event.buffer)[RING_MESSAGE_OVERHEAD], 'z');
        bufpool_give(&l->pool, event.buffer);
        bufpool_publish(&l->pool);
        ring_cancel(l->ring, 0, 1);
        assert_int_equal(next_event(l).slot, 0);
        assert_int_equal(next_event(l).slot, 0);
    }
    end_slot(l, 0, 1, false);
    close(peer);
}

/* The kernel sees what was given only once it is published. */
static void what_is_not_published_is_not_used(void **state)
{
    struct loopback *l = *state;
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    for (uint32_t i = 0; i < BUFFERS; i++) {
        const struct ring_event event = receive_byte(l, peer, 'x');
        bufpool_take(&l->pool, event.buffer);
        bufpool_give(&l->pool, event.buffer);
    }
    assert_int_equal(send(peer, "y", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(expect_event(l, RING_RECEIVE, 0, 1).result, -ENOBUFS);
    bufpool_publish(&l->pool);
    ring_receive(l->ring, 0, 1, GROUP);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(bufpool_take(&l->pool, event.buffer)[RING_MESSAGE_OVERHEAD], 'y');
    bufpool_give(&l->pool, event.buffer);
    end_slot(l, 0, 1, true);
    close(peer);
}

/* ---- misuse ---- */

static void give_first(void *pool)
{
    bufpool_give(pool, 0);
}

static void take_first(void *pool)
{
    bufpool_take(pool, 0);
}

static void take_beyond(void *pool)
{
    bufpool_take(pool, BUFFERS);
}

static void give_beyond(void *pool)
{
    bufpool_give(pool, BUFFERS);
}

static void take_twice(void *pool)
{
    take_first(pool);
    take_first(pool);
}

static void give_twice(void *pool)
{
    take_first(pool);
    give_first(pool);
    give_first(pool);
}

static void take_and_give_twice(void *pool)
{
    take_first(pool);
    give_first(pool);
    take_first(pool);
    give_first(pool);
}

static void nothing_is_taken_or_given_twice(void **state)
{
    struct loopback *l = *state;
    assert_true(dies(give_first, &l->pool)); /* it is the kernel's from the start */
    assert_true(dies(take_twice, &l->pool));
    assert_true(dies(give_twice, &l->pool));
    assert_true(dies(take_beyond, &l->pool));
    assert_true(dies(give_beyond, &l->pool));
    assert_false(dies(take_and_give_twice, &l->pool));
}

static void open_of_seven(void *l)
{
    struct bufpool pool;
    bufpool_open(&pool, ((struct loopback *)l)->ring, 9, 7, SIZE);
}

static void open_of_too_many(void *l)
{
    struct bufpool pool;
    bufpool_open(&pool, ((struct loopback *)l)->ring, 9, 65536, SIZE);
}

static void counts_are_powers_of_two_up_to_a_limit(void **state)
{
    struct loopback *l = *state;
    struct bufpool pool;
    assert_true(dies(open_of_seven, l));
    assert_true(dies(open_of_too_many, l));
    assert_int_equal(bufpool_open(&pool, l->ring, 9, 32768, 128), 0);
    bufpool_close(&pool, l->ring);
    assert_int_equal(bufpool_open(&pool, l->ring, 9, 1, 4096), 0); /* the group is free again */
    bufpool_close(&pool, l->ring);
}

/* A worker asks pool.bytes whether there is a pool to be closed. */
static void a_pool_that_did_not_open_is_empty(void **state)
{
    struct loopback *l = *state;
    struct bufpool pool;
    assert_int_equal(bufpool_open(&pool, l->ring, GROUP, BUFFERS, SIZE), -EEXIST);
    assert_null(pool.bytes);
    assert_null(pool.entries);
    assert_null(pool.is_ours);
    assert_int_equal(pool.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(buffers_go_round_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buffers_may_come_back_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_published_is_not_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_taken_or_given_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_are_powers_of_two_up_to_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pool_that_did_not_open_is_empty, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
