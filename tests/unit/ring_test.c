/* The ring with real sockets: what io_uring does when held right, and the traps when it is not.
 * Each test runs with every feature of the kernel's, and without each. */
#include "dies.h"
#include "loopback.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/time.h>

static void bytes_of(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
}

/* Reads all that is sent until `size` bytes have come; checks each. */
static void read_bytes(int fd, const uint8_t *expected, size_t size)
{
    static uint8_t part[65536];
    for (size_t at = 0; at < size;) {
        const ssize_t got = read(fd, part, sizeof part < size - at ? sizeof part : size - at);
        assert_true(got > 0);
        assert_memory_equal(part, expected + at, (size_t)got);
        at += (size_t)got;
    }
}

static void write_bytes(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

/* Gives an event's buffer back. */
static void give_back(struct loopback *l, const struct ring_event *event)
{
    bufpool_give(&l->pool, event->buffer);
    bufpool_publish(&l->pool);
}

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

/* The other side's end of a stream, now or soon. */
static bool sees_end(int fd, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&watched, 1, timeout_ms) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

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

/* ---- sending ---- */

static void a_send_without_event_has_none(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    struct ring_event event;
    ring_send(l->ring, 0, 1, "one", 3, false);
    ring_send(l->ring, 0, 1, "two", 3, true);
    event = expect_event(l, RING_SEND, 0, 1);
    assert_int_equal(event.result, 3); /* of the second: the first has none */
    read_bytes(peer, (const uint8_t *)"onetwo", 6);
    assert_int_equal(ring_take(l->ring, &event, 1), 0);
    end_slot(l, 0, 1, false);
    close(peer);
}

struct reader {
    int fd;
    const uint8_t *expected;
    size_t size;
};

static void *read_slowly(void *argument)
{
    const struct reader *reader = argument;
    read_bytes(reader->fd, reader->expected, reader->size);
    return NULL;
}

/* Far more than a socket holds: one event, when all of it went out. */
static void a_long_send_delivers_all(struct loopback *l)
{
    enum { SIZE = 12 << 20 };
    uint8_t *bytes = malloc(SIZE);
    const int peer = connect_slot(l, 0, 1);
    struct reader reader = {.fd = peer, .expected = bytes, .size = SIZE};
    pthread_t thread;
    bytes_of(bytes, SIZE);
    ring_send(l->ring, 0, 1, bytes, SIZE, true);
    assert_true(ring_submit(l->ring) >= 0);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    const struct ring_event event = expect_event(l, RING_SEND, 0, 1);
    assert_int_equal(event.result, SIZE);
    assert_false(event.more);
    pthread_join(thread, NULL);
    end_slot(l, 0, 1, false);
    close(peer);
    free(bytes);
}

static void a_message_goes_out_in_the_order_of_its_pieces(struct loopback *l)
{
    enum { SIZE = 4 << 20 };
    uint8_t *bytes = malloc(SIZE);
    const int peer = connect_slot(l, 0, 1);
    struct iovec pieces[] = {
        {bytes, 10}, {bytes + 10, 0}, {bytes + 10, SIZE - 11}, {bytes + SIZE - 1, 1}};
    const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 4};
    struct reader reader = {.fd = peer, .expected = bytes, .size = SIZE};
    pthread_t thread;
    bytes_of(bytes, SIZE);
    ring_send_message(l->ring, 0, 1, &message, true);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    assert_int_equal(expect_event(l, RING_SEND, 0, 1).result, SIZE);
    pthread_join(thread, NULL);
    end_slot(l, 0, 1, false);
    close(peer);
    free(bytes);
}

/* What is not sent at once is told by its count; what fits has no event. */
static void sending_now_sends_what_fits(struct loopback *l)
{
    enum { SIZE = 64 << 20 };
    uint8_t *bytes = malloc(SIZE);
    const int peer = connect_slot(l, 0, 1);
    bytes_of(bytes, SIZE);
    ring_send_now(l->ring, 0, 1, bytes, 100);
    ring_send_now(l->ring, 0, 1, bytes + 100, SIZE - 100);
    struct ring_event event = expect_event(l, RING_SEND, 0, 1);
    assert_in_range(event.result, 4096, SIZE - 101);
    size_t sent = 100 + (size_t)event.result;
    ring_send_now(l->ring, 0, 1, bytes + sent, SIZE - sent);
    event = expect_event(l, RING_SEND, 0, 1);
    assert_true(event.result == -EAGAIN || event.result > 0);
    sent += event.result > 0 ? (size_t)event.result : 0;
    read_bytes(peer, bytes, sent);
    end_slot(l, 0, 1, false);
    assert_true(sees_end(peer, 10000)); /* and not a byte more */
    close(peer);
    free(bytes);
}

/* A send that was asked to make no event makes one when it fails, even when part of it went out:
 * then its result is that part. */
static void a_send_that_is_cut_off_has_its_event(struct loopback *l)
{
    enum { SIZE = 64 << 20 };
    uint8_t *bytes = malloc(SIZE);
    const int peer = connect_slot(l, 0, 1);
    uint8_t first;
    bytes_of(bytes, SIZE);
    ring_send(l->ring, 0, 1, bytes, SIZE, false);
    assert_true(ring_submit(l->ring) >= 0);
    assert_int_equal(read(peer, &first, 1), 1);
    reset(peer);
    const struct ring_event event = expect_event(l, RING_SEND, 0, 1);
    assert_true(event.result < SIZE);
    assert_true(event.result > 0 || event.result == -EPIPE || event.result == -ECONNRESET);
    end_slot(l, 0, 1, false);
    free(bytes);
}

static void a_send_to_a_peer_that_is_gone_fails_without_a_signal(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    reset(peer);
    assert_int_equal(expect_event(l, RING_RECEIVE, 0, 1).result, -ECONNRESET);
    ring_send(l->ring, 0, 1, "x", 1, false); /* no SIGPIPE, or this test would end here */
    assert_int_equal(expect_event(l, RING_SEND, 0, 1).result, -EPIPE);
    end_slot(l, 0, 1, false);
}

/* Behind what was sent the other side sees the end, and what it says then is still received. */
static void a_finished_stream_still_receives(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    ring_send(l->ring, 0, 1, "last", 4, false);
    ring_finish(l->ring, 0, 1);
    assert_true(ring_submit(l->ring) >= 0);
    read_bytes(peer, (const uint8_t *)"last", 4);
    assert_true(sees_end(peer, 10000));
    write_bytes(peer, "!", 1);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_int_equal(event.result, RING_MESSAGE_OVERHEAD + 1);
    bufpool_take(&l->pool, event.buffer);
    give_back(l, &event);
    end_slot(l, 0, 1, true);
    close(peer);
}

/* ---- queues ---- */

/* More operations than the submission queue holds, and more completions than the other one does:
 * all have their event, in their order. */
static void full_queues_lose_nothing(struct loopback *l)
{
    enum { MANY = 10000 };
    static struct ring_event events[MANY];
    uint32_t count = 0;
    for (uint32_t i = 0; i < MANY; i++)
        ring_close_slot(l->ring, 1, i); /* an empty slot: an event at once */
    assert_in_range(ring_prepared(l->ring), 1, LIMIT_SQ_ENTRIES);
    while (count < MANY) {
        assert_int_equal(ring_wait(l->ring, PATIENCE_NS), 0);
        count += ring_take(l->ring, events + count, count % 3 == 0 ? 1 : MANY - count);
    }
    assert_int_equal(ring_prepared(l->ring), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(events[i].generation, i);
        assert_int_equal(events[i].result, -EBADF);
    }
    assert_int_equal(ring_overflows(l->ring), 0);
}

static void only_so_many_events_are_taken(struct loopback *l)
{
    struct ring_event events[8] = {{.slot = 99}};
    for (uint32_t i = 0; i < 5; i++)
        ring_close_slot(l->ring, 1, i);
    assert_int_equal(ring_prepared(l->ring), 5);
    assert_int_equal(ring_submit(l->ring), 5);
    assert_int_equal(ring_submit(l->ring), 0);
    assert_int_equal(ring_wait(l->ring, PATIENCE_NS), 0);
    assert_int_equal(ring_take(l->ring, events, 0), 0);
    assert_int_equal(events[0].slot, 99);
    assert_int_equal(ring_take(l->ring, events, 2), 2);
    assert_int_equal(ring_take(l->ring, events + 2, 8), 3);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(events[i].generation, i);
    assert_int_equal(ring_take(l->ring, events, 8), 0);
}

static void a_poll_sees_what_came_without_sleeping(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    for (int i = 0; i < 100; i++)
        assert_false(ring_poll(l->ring));
    for (int round = 0; round < 20; round++) {
        const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
        write_bytes(peer, "x", 1);
        while (!ring_poll(l->ring))
            assert_true(clock_mono_ns() < until_ns);
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
        bufpool_take(&l->pool, event.buffer);
        give_back(l, &event);
    }
    end_slot(l, 0, 1, true);
    close(peer);
}

static void take_note(int signal)
{
    (void)signal;
}

static void a_wait_ends_by_time_by_event_and_by_signal(struct loopback *l)
{
    const struct itimerval soon = {.it_value.tv_usec = 20000};
    const struct sigaction note = {.sa_handler = take_note};
    struct sigaction before;
    int64_t began_ns = clock_mono_ns();
    assert_int_equal(ring_wait(l->ring, 3 * NS_PER_MS), -ETIME);
    assert_true(clock_mono_ns() - began_ns >= 3 * NS_PER_MS);
    assert_int_equal(ring_wait(l->ring, 0), -ETIME);
    sigaction(SIGALRM, &note, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    began_ns = clock_mono_ns();
    assert_int_equal(ring_wait(l->ring, 5 * NS_PER_S), -EINTR);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(ring_wait(l->ring, -1), -EINTR);
    assert_true(clock_mono_ns() - began_ns < 5 * NS_PER_S);
    sigaction(SIGALRM, &before, NULL);
    ring_close_slot(l->ring, 1, 4); /* submitted by the wait itself */
    assert_int_equal(ring_wait(l->ring, -1), 0);
    assert_int_equal(ring_wait(l->ring, 5 * NS_PER_S), 0); /* it still stands there */
    assert_int_equal(expect_event(l, RING_CLOSE, 1, 4).result, -EBADF);
}

static void accepting_fills_free_slots(struct loopback *l)
{
    int clients[3];
    bool is_taken[8] = {false};
    install(l, 0); /* not free */
    ring_accept(l->ring, l->listener);
    assert_true(ring_submit(l->ring) >= 0);
    for (int i = 0; i < 3; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(clients[i], (struct sockaddr *)&l->address, sizeof l->address), 0);
        const struct ring_event event = next_event(l);
        assert_int_equal(event.op, RING_ACCEPT);
        assert_true(event.more);
        assert_in_range(event.result, 1, 7);
        assert_false(is_taken[event.result]);
        is_taken[event.result] = true;
        ring_send(l->ring, (uint32_t)event.result, 1, "hi", 2, true);
        assert_int_equal(next_event(l).result, 2);
        read_bytes(clients[i], (const uint8_t *)"hi", 2);
    }
    for (int i = 0; i < 3; i++)
        close(clients[i]);
}

/* ---- features ---- */

static void *submit_elsewhere(void *argument)
{
    struct loopback *l = argument;
    static int result;
    ring_close_slot(l->ring, 1, 1);
    result = ring_submit(l->ring);
    return &result;
}

static void a_ring_belongs_to_its_thread(struct loopback *l)
{
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, submit_elsewhere, l), 0);
    pthread_join(thread, &result);
    /* The thread has no registered ring of that number (EINVAL), or may not submit (EEXIST). */
    if (ring_has(l->ring, RING_REGISTERED_FD))
        assert_int_equal(*(int *)result, -EINVAL);
    else if (ring_has(l->ring, RING_SINGLE_ISSUER))
        assert_int_equal(*(int *)result, -EEXIST);
    else
        assert_int_equal(*(int *)result, 1);
}

/* What a ring says that it has is what it uses: nothing that was switched off, one kind of task
 * run. */
static void features_that_are_off_are_not_told(struct loopback *l)
{
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        if (ring_feature_disabled((enum ring_feature)i))
            assert_false(ring_has(l->ring, (enum ring_feature)i));
    assert_false(ring_has(l->ring, RING_DEFER_TASKRUN) && ring_has(l->ring, RING_COOP_TASKRUN));
    assert_false(ring_has(l->ring, RING_DEFER_TASKRUN) && !ring_has(l->ring, RING_SINGLE_ISSUER));
    assert_false(ring_has(l->ring, RING_TASKRUN_FLAG) && !ring_has(l->ring, RING_DEFER_TASKRUN) &&
                 !ring_has(l->ring, RING_COOP_TASKRUN));
}

static void features_are_disabled_by_whole_names(void **state)
{
    (void)state;
    setenv("TARE_DISABLE", "defer_taskrun,ring_fd", 1);
    assert_true(ring_feature_disabled(RING_DEFER_TASKRUN));
    assert_true(ring_feature_disabled(RING_REGISTERED_FD));
    assert_false(ring_feature_disabled(RING_COOP_TASKRUN));
    setenv("TARE_DISABLE", ",ring_f,ring_fdx,xring_fd,,RING_FD", 1);
    assert_false(ring_feature_disabled(RING_REGISTERED_FD));
    setenv("TARE_DISABLE", ",,ring_fd,", 1);
    assert_true(ring_feature_disabled(RING_REGISTERED_FD));
    setenv("TARE_DISABLE", "", 1);
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        assert_false(ring_feature_disabled((enum ring_feature)i));
    unsetenv("TARE_DISABLE");
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        assert_false(ring_feature_disabled((enum ring_feature)i));
    assert_true(strlen(ring_library_version()) >= 3);
}

/* ---- set-up that fails ---- */

/* In a child, since a limit that was lowered stays low. */
static void too_few_descriptors_are_told(void **state)
{
    (void)state;
    const struct ring_setup setup = {.slots = 5000, .cq_entries = 4096};
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const char *step = "";
        int error = 0;
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){1000, 1000});
        const bool is_open = ring_open(&setup, &error, &step) != NULL;
        const bool is_told = error == -EMFILE && strcmp(step, "io_uring_register_files") == 0;
        _exit(!is_open && is_told ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void every_failure_has_a_cause_and_a_remedy(void **state)
{
    (void)state;
    static const int errors[] = {-EPERM, -ENOSYS, -EMFILE, -ENOMEM, -EINVAL, -EFAULT};
    static const char *const words[] = {"kernel.io_uring_disabled",
                                        "Linux 6.1",
                                        "ulimit -n",
                                        "ulimit -l",
                                        "TARE_DISABLE",
                                        "Bad address"};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char text[512];
        ring_explain(errors[i], "a_step", text, sizeof text);
        assert_non_null(strstr(text, "a_step"));
        assert_non_null(strstr(text, words[i]));
        assert_non_null(strstr(text, "\n      ")); /* the remedy stands on its own line */
    }
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
        RING_TEST(a_send_without_event_has_none),
        RING_TEST(a_long_send_delivers_all),
        RING_TEST(a_message_goes_out_in_the_order_of_its_pieces),
        RING_TEST(sending_now_sends_what_fits),
        RING_TEST(a_send_that_is_cut_off_has_its_event),
        RING_TEST(a_send_to_a_peer_that_is_gone_fails_without_a_signal),
        RING_TEST(a_finished_stream_still_receives),
        RING_TEST(full_queues_lose_nothing),
        RING_TEST(only_so_many_events_are_taken),
        RING_TEST(a_poll_sees_what_came_without_sleeping),
        RING_TEST(a_wait_ends_by_time_by_event_and_by_signal),
        RING_TEST(accepting_fills_free_slots),
        RING_TEST(a_ring_belongs_to_its_thread),
        RING_TEST(features_that_are_off_are_not_told),
        cmocka_unit_test(features_are_disabled_by_whole_names),
        cmocka_unit_test(too_few_descriptors_are_told),
        cmocka_unit_test(every_failure_has_a_cause_and_a_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
