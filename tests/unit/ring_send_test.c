/* Sending through the ring with real sockets, with every feature of the kernel's and without each. */
#include "loopback.h"
#include "loopback_bytes.h"

#include <pthread.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(a_send_without_event_has_none),
        RING_TEST(a_long_send_delivers_all),
        RING_TEST(a_message_goes_out_in_the_order_of_its_pieces),
        RING_TEST(sending_now_sends_what_fits),
        RING_TEST(a_send_that_is_cut_off_has_its_event),
        RING_TEST(a_send_to_a_peer_that_is_gone_fails_without_a_signal),
        RING_TEST(a_finished_stream_still_receives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
