/* What receives leave behind: as the kernel lays it out, and from real sockets, into buffers of one's own
 * and to nowhere. Live tests run with every feature of the kernel's, and without each. */
#include "dies.h"
#include "loopback.h"

#include <linux/errqueue.h>
#include <linux/io_uring.h>
#include <sys/mman.h>

/* As the kernel lays it out: its header, a control message, the bytes. */
struct laid_out {
    struct io_uring_recvmsg_out out;
    struct {
        size_t cmsg_len;
        int cmsg_level, cmsg_type;
    } control;
    struct scm_timestamping stamps;
    uint8_t payload[16];
};

static struct laid_out stamped_message(uint32_t size)
{
    return (struct laid_out){
        .out = {.payloadlen = size, .controllen = CMSG_LEN(sizeof(struct scm_timestamping))},
        .control = {.cmsg_len = CMSG_LEN(sizeof(struct scm_timestamping)),
                    .cmsg_level = SOL_SOCKET,
                    .cmsg_type = SCM_TIMESTAMPING},
        .stamps.ts[0] = {.tv_sec = 1700000000, .tv_nsec = 123456789},
        .payload = "0123456789abcdef"};
}

static bool read_message(const struct laid_out *m, int32_t result, struct ring_message *message)
{
    return ring_message((const uint8_t *)m, result, message);
}

static void a_message_is_read_within_its_bounds(void **state)
{
    (void)state;
    struct ring_message message;
    struct laid_out m = stamped_message(10);
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 10, &message));
    assert_int_equal(message.size, 10);
    assert_ptr_equal(message.bytes, m.payload);
    assert_true(message.has_stamp);
    assert_int_equal(message.stamp.ns, 1700000000123456789);
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 4, &message)); /* cut off (MSG_TRUNC) */
    assert_int_equal(message.size, 4);
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD, &message));
    assert_int_equal(message.size, 0);
    assert_false(read_message(&m, RING_MESSAGE_OVERHEAD - 1, &message));
    assert_false(read_message(&m, 0, &message));
    assert_false(read_message(&m, -ECONNRESET, &message));
}

static void only_a_stamp_is_a_stamp(void **state)
{
    (void)state;
    struct ring_message message;
    struct laid_out m = stamped_message(1);
    m.out.controllen = 0; /* the kernel had none; what stands there is an older message's */
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 1, &message));
    assert_false(message.has_stamp);
    m = stamped_message(1);
    m.control.cmsg_type = SCM_RIGHTS;
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 1, &message));
    assert_false(message.has_stamp);
    m = stamped_message(1);
    m.control.cmsg_level = IPPROTO_TCP;
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 1, &message));
    assert_false(message.has_stamp);
    m = stamped_message(1);
    m.stamps.ts[0] = (struct timespec){0, 0}; /* a hardware stamp only, say */
    assert_true(read_message(&m, RING_MESSAGE_OVERHEAD + 1, &message));
    assert_false(message.has_stamp);
}

/* ---- receives into one's own storage ---- */

static void write_bytes(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

/* Receives once into `once`, whose piece is set; returns the event. */
static struct ring_event receive_once(struct loopback *l, struct ring_once *once,
                                      struct ring_message *message)
{
    ring_receive_once(l->ring, 0, 1, once, RING_MAY_BE_THERE);
    const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
    assert_true(event.result >= 0);
    assert_false(event.more);
    assert_false(event.has_buffer);
    ring_message_once(once, event.result, message);
    assert_int_equal(message->size, event.result);
    return event;
}

/* Waits until the kernel stamps what arrives: it begins some time after the first socket asked. */
static void await_stamps(struct loopback *l, int peer)
{
    const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
    char byte[1];
    struct ring_once once = {.piece = {byte, sizeof byte}};
    struct ring_message message = {.has_stamp = false};
    while (!message.has_stamp) {
        assert_true(clock_mono_ns() < until_ns);
        write_bytes(peer, ".", 1);
        receive_once(l, &once, &message);
    }
}

/* One event each, with the kernel's stamp. */
static void a_receive_of_ones_own_is_stamped_and_ends(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    char bytes[16];
    struct ring_once once = {.piece = {bytes, sizeof bytes}};
    struct ring_message message;
    await_stamps(l, peer);
    for (int i = 0; i < 5; i++) {
        const int64_t before_ns = clock_wall().ns;
        write_bytes(peer, "hello", 5);
        const struct ring_event event = receive_once(l, &once, &message);
        assert_int_equal(message.size, 5);
        assert_ptr_equal(message.bytes, bytes);
        assert_memory_equal(bytes, "hello", 5);
        assert_false(event.has_rest);
        assert_true(message.has_stamp);
        assert_in_range(message.stamp.ns, before_ns, clock_wall().ns);
    }
    close(peer);
    receive_once(l, &once, &message);
    assert_int_equal(message.size, 0); /* the stream's end */
    end_slot(l, 0, 1, false);
}

/* What does not fit stays in the socket, which is told; what is awaited comes when it is there. */
static void a_receive_of_ones_own_leaves_what_does_not_fit(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    char bytes[4];
    struct ring_once once = {.piece = {bytes, sizeof bytes}};
    struct ring_message message;
    write_bytes(peer, "one two", 7);
    assert_true(receive_once(l, &once, &message).has_rest);
    assert_memory_equal(bytes, "one ", 4);
    assert_false(receive_once(l, &once, &message).has_rest);
    assert_int_equal(message.size, 3);
    ring_receive_once(l->ring, 0, 1, &once, RING_NOT_YET);
    assert_true(ring_submit(l->ring) >= 0);
    write_bytes(peer, "late", 4);
    assert_int_equal(expect_event(l, RING_RECEIVE, 0, 1).result, 4);
    assert_memory_equal(bytes, "late", 4);
    close(peer);
    end_slot(l, 0, 1, false);
}

/* Bytes that are thrown away go nowhere, not even where the piece says; those behind are whole. */
static void what_is_discarded_is_counted_and_touches_nothing(struct loopback *l)
{
    static uint8_t content[100000];
    const int peer = connect_slot(l, 0, 1);
    void *forbidden = mmap(NULL, sizeof content, PROT_NONE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    char bytes[16];
    struct ring_once once = {.piece = {bytes, 5}};
    struct ring_message message;
    size_t left = sizeof content;
    bool is_stamped = false;
    await_stamps(l, peer);
    write_bytes(peer, "head:", 5);
    write_bytes(peer, content, sizeof content);
    write_bytes(peer, "behind", 6);
    receive_once(l, &once, &message);
    assert_memory_equal(bytes, "head:", 5);
    while (left > 0) {
        once = (struct ring_once){.piece = {forbidden, left}, .discards = true};
        receive_once(l, &once, &message);
        assert_null(message.bytes);
        assert_in_range(message.size, 1, left);
        left -= message.size;
        is_stamped |= message.has_stamp;
    }
    once = (struct ring_once){.piece = {bytes, sizeof bytes}};
    receive_once(l, &once, &message);
    assert_int_equal(message.size, 6);
    assert_memory_equal(bytes, "behind", 6);
    assert_true(is_stamped || message.has_stamp);
    munmap(forbidden, sizeof content);
    close(peer);
    end_slot(l, 0, 1, false);
}

/* From the buffers of all to one of its own, and no byte is lost or comes twice. */
static void a_disarmed_receive_ends_and_loses_nothing(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    char bytes[64], seen[64] = "";
    struct ring_once once = {.piece = {bytes, sizeof bytes}};
    struct ring_message message;
    ring_receive(l->ring, 0, 1, GROUP);
    assert_true(ring_submit(l->ring) >= 0);
    write_bytes(peer, "before ", 7);
    ring_disarm(l->ring, RING_RECEIVE, 0, 1);
    for (bool has_ended = false; !has_ended;) {
        const struct ring_event event = expect_event(l, RING_RECEIVE, 0, 1);
        has_ended = !event.more;
        if (!event.has_buffer) {
            assert_int_equal(event.result, -ECANCELED);
            continue;
        }
        assert_true(ring_message(bufpool_take(&l->pool, event.buffer), event.result, &message));
        strncat(seen, (const char *)message.bytes, message.size);
        bufpool_give(&l->pool, event.buffer);
        bufpool_publish(&l->pool);
    }
    write_bytes(peer, "behind", 6);
    while (strlen(seen) < 13) {
        receive_once(l, &once, &message);
        strncat(seen, (const char *)message.bytes, message.size);
    }
    assert_string_equal(seen, "before behind");
    close(peer);
    end_slot(l, 0, 1, false);
}

static void to_disarm_nothing_asks_for_nothing(struct loopback *l)
{
    const int peer = connect_slot(l, 0, 1);
    ring_disarm(l->ring, RING_RECEIVE, 0, 1);
    assert_int_equal(expect_event(l, RING_DISARM, 0, 1).result, -ENOENT);
    ring_receive(l->ring, 0, 1, GROUP); /* another generation's is not meant */
    ring_disarm(l->ring, RING_RECEIVE, 0, 2);
    assert_int_equal(expect_event(l, RING_DISARM, 0, 2).result, -ENOENT);
    end_slot(l, 0, 1, true);
    close(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_read_within_its_bounds),
        cmocka_unit_test(only_a_stamp_is_a_stamp),
        RING_TEST(a_receive_of_ones_own_is_stamped_and_ends),
        RING_TEST(a_receive_of_ones_own_leaves_what_does_not_fit),
        RING_TEST(what_is_discarded_is_counted_and_touches_nothing),
        RING_TEST(a_disarmed_receive_ends_and_loses_nothing),
        RING_TEST(to_disarm_nothing_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
