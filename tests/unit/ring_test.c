/* The ring with real sockets: what io_uring does when held right, and the traps when it is not.
 * Each test runs with every feature of the kernel's, and without each. Sending is ring_send_test.c's,
 * queues and set-up are ring_queue_test.c's. */
#include "loopback.h"
#include "loopback_bytes.h"

/* ---- connecting ---- */

static void a_refused_connection_says_so(struct loopback *l)
{
    close(l->listener); /* the port is known, and nothing listens there */
    install(l, 2);
    connect_to(l, 2, 5);
    const struct ring_event event = expect_event(l, RING_CONNECT, 2, 5);
    assert_int_equal(event.result, -ECONNREFUSED);
    assert_false(event.more);
    end_slot(l, 2, 5, false);
    l->listener = -1;
}

static void an_operation_on_an_empty_slot_fails(struct loopback *l)
{
    connect_to(l, 1, 9);
    assert_int_equal(expect_event(l, RING_CONNECT, 1, 9).result, -EBADF);
    ring_receive(l->ring, 1, 9, GROUP);
    const struct ring_event receive = expect_event(l, RING_RECEIVE, 1, 9);
    assert_int_equal(receive.result, -EBADF);
    assert_false(receive.more);
    ring_cancel(l->ring, 1, 9);
    assert_int_equal(expect_event(l, RING_CANCEL, 1, 9).result, -EBADF);
    ring_close_slot(l->ring, 1, 9);
    assert_int_equal(expect_event(l, RING_CLOSE, 1, 9).result, -EBADF);
}

/* ---- receiving ---- */

static void a_receive_stays_armed_and_is_stamped(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    struct ring_message message = {.size = 0};
    const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
    bool stamped = !ring_has(l->ring, RING_RX_STAMPS);
    ring_receive(l->ring, 0, 1, GROUP);
    /* The kernel turns stamping on in the background, some time after it was first asked for. */
    for (int i = 0; i < 5 || (!stamped && clock_mono_ns() < until_ns); i++) {
        const int64_t before_ns = clock_wall().ns;
        write_bytes(peer, "hello", 5);
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
        const int64_t after_ns = clock_wall().ns;
        assert_int_equal(event.result, RING_MESSAGE_OVERHEAD + 5);
        assert_true(event.has_buffer && event.more);
        assert_true(ring_message(bufpool_take(&l->pool, event.buffer), event.result, &message));
        assert_int_equal(message.size, 5);
        assert_memory_equal(message.bytes, "hello", 5);
        if (message.has_stamp) {
            assert_in_range(message.stamp.ns, before_ns, after_ns);
            stamped = true;
        }
        give_back(l, &event);
    }
    assert_true(stamped);
    end_slot(l, 0, 1, true);
    close(peer);
}

static void a_plain_receive_holds_only_bytes(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_receive_plain(l->ring, 0, 1, GROUP);
    write_bytes(peer, "plain", 5);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(event.result, 5);
    assert_true(event.more);
    assert_memory_equal(bufpool_take(&l->pool, event.buffer), "plain", 5);
    give_back(l, &event);
    close(peer);
    const struct ring_event last = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(last.result, 0);
    assert_false(last.more);
    end_slot(l, 0, 1, false);
}

/* The end of a stream uses a buffer, which has to go back: else these rounds run out of them. */
static void the_end_of_a_stream_is_empty_and_has_a_buffer(struct loopback *l)
{
    for (uint32_t round = 0; round < 3 * l->pool.count; round++) {
        struct ring_message message;
        const int peer = connect_slot(l, 0, round);
        ring_receive(l->ring, 0, round, GROUP);
        close(peer);
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, round);
        assert_int_equal(event.result, RING_MESSAGE_OVERHEAD);
        assert_true(event.has_buffer);
        assert_false(event.more);
        assert_true(ring_message(bufpool_take(&l->pool, event.buffer), event.result, &message));
        assert_int_equal(message.size, 0);
        assert_false(message.has_stamp && message.stamp.ns == 0);
        give_back(l, &event);
        end_slot(l, 0, round, false);
    }
}

static void a_reset_is_an_error_and_ends_the_receive(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    reset(peer);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(event.result, -ECONNRESET);
    assert_false(event.more);
    assert_false(event.has_buffer);
    end_slot(l, 0, 1, false);
}

/* Takes all events of a receive until it ends, with or without its buffers being given back at
 * once. Returns how many bytes came; *last: how it ended. */
static size_t drain(struct loopback *l, uint8_t *bytes, struct ring_event *kept, size_t *kept_count,
                    int32_t *last)
{
    size_t size = 0;
    for (;;) {
        struct ring_message message;
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
        *last = event.result;
        if (!event.has_buffer)
            return size;
        assert_true(ring_message(bufpool_take(&l->pool, event.buffer), event.result, &message));
        memcpy(bytes + size, message.bytes, message.size);
        size += message.size;
        kept[(*kept_count)++] = event;
        if (!event.more)
            return size;
    }
}

/* More bytes than all buffers hold: the receive ends with ENOBUFS, and armed again once there are
 * buffers, it goes on with the very next byte. */
static void a_receive_without_buffers_loses_no_byte(struct loopback *l)
{
    enum { SIZE = 5000 };
    static uint8_t sent[SIZE], got[SIZE + 4096];
    const int peer = connect_slot(l, 0, 1);
    size_t size = 0;
    int exhausted = 0;
    bytes_of(sent, SIZE);
    write_bytes(peer, sent, SIZE);
    while (size < SIZE) {
        struct ring_event kept[64];
        size_t kept_count = 0;
        int32_t last = 0;
        ring_receive(l->ring, 0, 1, GROUP);
        if (size + l->pool.count * (l->pool.size - RING_MESSAGE_OVERHEAD) > SIZE)
            close(peer); /* the last round ends with the stream */
        size += drain(l, got + size, kept, &kept_count, &last);
        exhausted += last == -ENOBUFS;
        assert_in_range(kept_count, 1, l->pool.count);
        for (size_t i = 0; i < kept_count; i++)
            bufpool_give(&l->pool, kept[i].buffer);
        bufpool_publish(&l->pool);
    }
    assert_int_equal(size, SIZE);
    assert_memory_equal(got, sent, SIZE);
    assert_true(exhausted > 2);
    end_slot(l, 0, 1, false);
}

/* Even with nothing to receive: so buffers are published before a receive is armed. */
static void arming_without_buffers_fails_at_once(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    struct ring_event events[64];
    const uint32_t count = l->pool.count;
    for (uint32_t i = 0; i < count; i++) {
        ring_receive(l->ring, 0, 1, GROUP);
        assert_true(ring_submit(l->ring) >= 0);
        write_bytes(peer, "x", 1);
        events[i] = expect_event(l, RING_RECEIVE, 0, 1);
        bufpool_take(&l->pool, events[i].buffer);
        ring_cancel(l->ring, 0, 1);
        struct ring_event ended[2] = {next_event(l), next_event(l)};
        const int at = ended[0].op == RING_RECEIVE ? 0 : 1;
        assert_int_equal(ended[at].op, RING_RECEIVE);
        assert_int_equal(ended[1 - at].op, RING_CANCEL);
        /* With the last buffer gone the kernel may end it for want of one. */
        assert_true(ended[at].result == -ECANCELED || ended[at].result == -ENOBUFS);
    }
    ring_receive(l->ring, 0, 1, GROUP);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(event.result, -ENOBUFS);
    assert_false(event.more);
    for (uint32_t i = 0; i < count; i++)
        bufpool_give(&l->pool, events[i].buffer);
    bufpool_publish(&l->pool);
    ring_receive(l->ring, 0, 1, GROUP);
    write_bytes(peer, "y", 1);
    const struct ring_event again = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(again.result, RING_MESSAGE_OVERHEAD + 1);
    bufpool_take(&l->pool, again.buffer);
    give_back(l, &again);
    end_slot(l, 0, 1, true);
    close(peer);
}

/* ---- ending ---- */

static void a_cancel_ends_an_armed_receive(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 77);
    bool has_ended = false, is_cancelled = false;
    ring_receive(l->ring, 0, 77, GROUP);
    ring_cancel(l->ring, 0, 77);
    while (!has_ended || !is_cancelled) {
        const struct ring_event event = next_event(l);
        assert_int_equal(event.generation, 77);
        if (event.op == RING_CANCEL) {
            assert_int_equal(event.result, 1); /* one operation */
            is_cancelled = true;
        } else {
            assert_int_equal(event.op, RING_RECEIVE);
            assert_int_equal(event.result, -ECANCELED);
            assert_false(event.more);
            assert_false(event.has_buffer);
            has_ended = true;
        }
    }
    assert_false(sees_end(peer, 0));
    ring_close_slot(l->ring, 0, 77);
    assert_int_equal(expect_event(l, RING_CLOSE, 0, 77).result, 0);
    assert_true(sees_end(peer, 10000));
    close(peer);
}

static void a_cancel_with_nothing_to_cancel_has_its_event(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_cancel(l->ring, 0, 1);
    const struct ring_event event = expect_event(l, RING_CANCEL, 0, 1);
    assert_true(event.result == 0 || event.result == -ENOENT);
    end_slot(l, 0, 1, false);
    close(peer);
}

/* A connect that hangs, since the other side's queue is full, ends too. */
static void a_cancel_ends_a_connect(struct loopback *l)
{
    int fillers[8], count = 0;
    bool has_ended = false, is_cancelled = false;
    assert_int_equal(listen(l->listener, 0), 0); /* from now on one may wait, and no more */
    for (; count < 4; count++) {
        fillers[count] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fillers[count], (struct sockaddr *)&l->address, sizeof l->address);
    }
    install(l, 0);
    connect_to(l, 0, 1);
    assert_true(ring_submit(l->ring) >= 0);
    ring_cancel(l->ring, 0, 1);
    while (!has_ended || !is_cancelled) {
        const struct ring_event event = next_event(l);
        if (event.op == RING_CONNECT) {
            assert_int_equal(event.result, -ECANCELED);
            has_ended = true;
        } else {
            assert_int_equal(event.op, RING_CANCEL);
            is_cancelled = true;
        }
    }
    end_slot(l, 0, 1, false);
    while (count > 0)
        close(fillers[--count]);
}

/* The trap that cancelling first avoids: a socket that is closed under an armed receive lives on,
 * and what it still receives comes under its old generation, though the slot has a new socket by
 * then. */
static void a_close_under_an_armed_receive_is_told_by_its_generation(struct loopback *l)
{
    const int old_peer = connect_slot(l, 0, 0xfffffe);
    ring_receive(l->ring, 0, 0xfffffe, GROUP);
    ring_close_slot(l->ring, 0, 0xfffffe);
    assert_int_equal(expect_event(l, RING_CLOSE, 0, 0xfffffe).result, 0);
    assert_false(sees_end(old_peer, 0)); /* it lives on */
    const int peer = connect_slot(l, 0, 0xffffff);
    ring_receive(l->ring, 0, 0xffffff, GROUP);
    write_bytes(old_peer, "old", 3);
    const struct ring_event stale = expect_event(l, RING_RECEIVE, 0, 0xfffffe);
    assert_int_equal(stale.result, RING_MESSAGE_OVERHEAD + 3);
    bufpool_take(&l->pool, stale.buffer);
    give_back(l, &stale);
    write_bytes(peer, "new", 3);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 0xffffff);
    assert_int_equal(event.result, RING_MESSAGE_OVERHEAD + 3);
    bufpool_take(&l->pool, event.buffer);
    give_back(l, &event);
    close(old_peer);
    const struct ring_event last = expect_event(l, RING_RECEIVE, 0, 0xfffffe);
    assert_false(last.more);
    bufpool_take(&l->pool, last.buffer);
    give_back(l, &last);
    end_slot(l, 0, 0xffffff, true);
    close(peer);
}

/* Held right: what is armed on the old socket is disarmed by name, and nobody waits for its end. Its
 * events come under its own generation, and with the last of them its peer sees the end. */
static void a_slot_is_taken_over_while_its_receive_ends(struct loopback *l)
{
    enum { ROUNDS = 50 };
    int peers[ROUNDS] = {[1] = connect_slot(l, 0, 1)};
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    for (uint32_t round = 2; round < ROUNDS; round++) {
        bool is_connected = false, has_ended = false;
        ring_disarm(l->ring, RING_RECEIVE, 0, round - 1);
        install(l, 0);
        connect_to(l, 0, round);
        while (!is_connected || !has_ended) {
            const struct ring_event event = next_event(l);
            if (event.op == RING_CONNECT) {
                assert_int_equal(event.generation, round);
                assert_int_equal(event.result, 0);
                is_connected = true;
            } else {
                assert_int_equal(event.op, RING_RECEIVE);
                assert_int_equal(event.generation, round - 1);
                assert_int_equal(event.result, -ECANCELED);
                assert_false(event.more);
                has_ended = true;
            }
        }
        peers[round] = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
        ring_receive(l->ring, 0, round, GROUP);
        write_bytes(peers[round], "new", 3);
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, round);
        assert_int_equal(event.result, RING_MESSAGE_OVERHEAD + 3);
        bufpool_take(&l->pool, event.buffer);
        give_back(l, &event);
    }
    end_slot(l, 0, ROUNDS - 1, true);
    for (int i = 1; i < ROUNDS; i++) { /* kernel 6.1 takes up to a second, for all of them */
        assert_true(sees_end(peers[i], 10000));
        close(peers[i]);
    }
}

/* A slot that is cleared has no socket, and its peer sees the end. */
static void a_cleared_slot_is_empty(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_slot_clear(l->ring, 0);
    assert_true(sees_end(peer, 10000));
    connect_to(l, 0, 2);
    assert_int_equal(expect_event(l, RING_CONNECT, 0, 2).result, -EBADF);
    ring_slot_clear(l->ring, 0);
    close(peer);
}

static void generations_have_24_bits(struct loopback *l)
{
    connect_to(l, 3, 0x1000002);
    assert_int_equal(next_event(l).generation, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(a_refused_connection_says_so),
        RING_TEST(an_operation_on_an_empty_slot_fails),
        RING_TEST(a_receive_stays_armed_and_is_stamped),
        RING_TEST(a_plain_receive_holds_only_bytes),
        RING_TEST(the_end_of_a_stream_is_empty_and_has_a_buffer),
        RING_TEST(a_reset_is_an_error_and_ends_the_receive),
        RING_TEST(a_receive_without_buffers_loses_no_byte),
        RING_TEST(arming_without_buffers_fails_at_once),
        RING_TEST(a_cancel_ends_an_armed_receive),
        RING_TEST(a_cancel_with_nothing_to_cancel_has_its_event),
        RING_TEST(a_cancel_ends_a_connect),
        RING_TEST(a_close_under_an_armed_receive_is_told_by_its_generation),
        RING_TEST(a_slot_is_taken_over_while_its_receive_ends),
        RING_TEST(a_cleared_slot_is_empty),
        RING_TEST(generations_have_24_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
