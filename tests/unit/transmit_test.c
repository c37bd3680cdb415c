/* Which requests are drawn for a transmit stamp, and stamps of sends over loopback, with and without
 * the ring's newer features. */
#include "loopback.h"
#include "random.h"
#include "transmit.h"

#define REQUESTS 640000u

static struct transmit transmit_of(uint32_t one_in, uint64_t seed)
{
    const struct config config = {.send_stamps_one_in = one_in, .seed = seed};
    struct transmit transmit;
    transmit_init(&transmit, &config, true);
    return transmit;
}

static uint32_t count_drawn(const struct transmit *transmit)
{
    uint32_t count = 0;
    for (uint64_t i = 0; i < REQUESTS; i++)
        count += transmit_is_drawn(transmit, i, 1);
    return count;
}

static void the_draw_is_even(void **state)
{
    (void)state;
    static const uint32_t fractions[] = {2, 3, 10, 64, 1000};
    for (size_t i = 0; i < sizeof fractions / sizeof fractions[0]; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            const struct transmit transmit = transmit_of(fractions[i], seed);
            const double expected = (double)REQUESTS / fractions[i];
            const double off = (double)count_drawn(&transmit) - expected;
            assert_true(off * off < 25 * expected); /* five standard deviations */
        }
    const struct transmit all = transmit_of(1, 7), none = transmit_of(0, 7);
    assert_int_equal(count_drawn(&all), REQUESTS);
    assert_int_equal(count_drawn(&none), 0);
}

static void the_draw_is_the_seeds_alone(void **state)
{
    (void)state;
    const struct transmit one = transmit_of(64, 1), again = transmit_of(64, 1),
                          other = transmit_of(64, 2);
    uint32_t both = 0, second = 0;
    for (uint64_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(transmit_is_drawn(&one, i, 1), transmit_is_drawn(&again, i, 1));
        both += transmit_is_drawn(&one, i, 1) && transmit_is_drawn(&other, i, 1);
        second += transmit_is_drawn(&one, i, 1) && transmit_is_drawn(&one, i, 2);
    }
    assert_in_range(both, 90, 230); /* 156 where they have nothing to do with each other */
    assert_in_range(second, 90, 230);
}

/* --samples keeps a row by another draw from the same seed (recorder.c). */
static void the_draw_is_apart_from_that_of_rows(void **state)
{
    (void)state;
    const struct transmit transmit = transmit_of(64, 1);
    uint32_t both = 0;
    for (uint64_t i = 0; i < REQUESTS; i++)
        both += transmit_is_drawn(&transmit, i, 1) && random_mix(1 ^ random_mix(i * 64 + 1)) % 64 == 0;
    assert_in_range(both, 90, 230);
}

/* ---- over loopback, in every variant ---- */

static void send_stamped(struct loopback *l, const struct transmit *transmit, uint32_t slot)
{
    static struct iovec piece = {.iov_base = "request", .iov_len = 7};
    static struct msghdr messages[8];
    messages[slot] = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1};
    transmit_mark(transmit, &messages[slot]);
    ring_send_message(l->ring, slot, 1, &messages[slot], false);
}

static bool ask(struct loopback *l, struct transmit *transmit, uint32_t slot, struct wall_time *stamp)
{
    transmit_ask(transmit, l->ring, 0, slot, 1);
    assert_int_equal(ring_submit(l->ring), 1);
    return transmit_answer(transmit, 0, stamp);
}

static void expect_none(struct loopback *l, struct transmit *transmit, uint32_t slot)
{
    struct wall_time stamp;
    assert_false(ask(l, transmit, slot, &stamp));
    assert_int_equal(expect_event(l, RING_ERROR, slot, 1).result, -EAGAIN);
}

/* The stamp is there when the submission is over, lies within it, and is given out once. */
static void a_marked_send_is_stamped(struct loopback *l)
{
    struct transmit transmit = transmit_of(1, 1);
    struct wall_time stamp;
    const int peer = connect_slot(l, 0, 1);
    for (int i = 0; i < 3; i++) {
        const struct wall_time before = clock_wall();
        send_stamped(l, &transmit, 0);
        assert_int_equal(ring_submit(l->ring), 1);
        const struct wall_time after = clock_wall();
        assert_true(ask(l, &transmit, 0, &stamp));
        assert_true(stamp.ns >= before.ns && stamp.ns <= after.ns);
    }
    expect_none(l, &transmit, 0);
    end_slot(l, 0, 1, false);
    close(peer);
}

static void an_unmarked_send_is_not(struct loopback *l)
{
    struct transmit transmit = transmit_of(1, 1);
    const int peer = connect_slot(l, 0, 1);
    ring_send(l->ring, 0, 1, "request", 7, false);
    assert_int_equal(ring_submit(l->ring), 1);
    expect_none(l, &transmit, 0);
    end_slot(l, 0, 1, false);
    close(peer);
}

static void the_stamps_of_a_batch_come_in_its_order(struct loopback *l)
{
    struct transmit transmit = transmit_of(1, 1);
    struct wall_time stamps[8];
    int peers[8];
    for (uint32_t i = 0; i < 8; i++)
        peers[i] = connect_slot(l, i, 1);
    for (uint32_t i = 0; i < 8; i++)
        send_stamped(l, &transmit, i);
    assert_int_equal(ring_submit(l->ring), 8);
    for (uint32_t i = 0; i < 8; i++)
        transmit_ask(&transmit, l->ring, i, i, 1);
    assert_int_equal(ring_submit(l->ring), 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_true(transmit_answer(&transmit, i, &stamps[i]));
        assert_true(i == 0 || stamps[i].ns > stamps[i - 1].ns);
    }
    for (uint32_t i = 0; i < 8; i++) {
        end_slot(l, i, 1, false);
        close(peers[i]);
    }
}

/* A stamp that arrives, read or not, ends no receive that is armed and makes no event. */
static void an_armed_receive_sleeps_on(struct loopback *l)
{
    struct transmit transmit = transmit_of(1, 1);
    struct wall_time stamp;
    struct ring_event event;
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    for (int i = 0; i < 4; i++) {
        const bool is_read_at_once = i % 2 == 0;
        send_stamped(l, &transmit, 0);
        assert_int_equal(ring_submit(l->ring), 1);
        assert_true(!is_read_at_once || ask(l, &transmit, 0, &stamp));
        ring_poll(l->ring);
        assert_int_equal(ring_take(l->ring, &event, 1), 0);
        assert_int_equal(write(peer, "answer", 6), 6);
        event = expect_event(l, RING_RECEIVE, 0, 1);
        assert_true(event.more && event.has_buffer && event.result > 0);
        bufpool_take(&l->pool, event.buffer);
        bufpool_give(&l->pool, event.buffer);
        bufpool_publish(&l->pool);
        assert_true(is_read_at_once || ask(l, &transmit, 0, &stamp));
    }
    end_slot(l, 0, 1, true);
    close(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_draw_is_even),
        cmocka_unit_test(the_draw_is_the_seeds_alone),
        cmocka_unit_test(the_draw_is_apart_from_that_of_rows),
        RING_TEST(a_marked_send_is_stamped),
        RING_TEST(an_unmarked_send_is_not),
        RING_TEST(the_stamps_of_a_batch_come_in_its_order),
        RING_TEST(an_armed_receive_sleeps_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
