/* loopback.h - a ring, its buffers, and plain sockets on the other side, for tests of both.
 * Header-only, since each test is one file. Nothing here waits longer than PATIENCE_NS for an
 * event. */
#ifndef TARE_TESTS_LOOPBACK_H
#define TARE_TESTS_LOOPBACK_H

#include "bufpool.h"
#include "clock.h"
#include "limits.h"
#include "ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define GROUP 3
#define PATIENCE_NS (10 * NS_PER_S)

/* Each by itself and all together, as TARE_DISABLE has them: what a test does must work with any.
 */
static const char *const variants[] = {"",
                                       "defer_taskrun",
                                       "single_issuer",
                                       "taskrun_flag",
                                       "ring_fd",
                                       "defer_taskrun,coop_taskrun",
                                       ("single_issuer,defer_taskrun,coop_taskrun,taskrun_flag,"
                                        "ring_fd,rx_stamps,tx_stamps,discard")};
#define VARIANTS (sizeof variants / sizeof variants[0])

struct loopback {
    struct ring *ring;
    struct bufpool pool;
    int listener;
    struct sockaddr_in address; /* the listener's */
};

/* Opens a ring. An unprivileged user's rings count against RLIMIT_MEMLOCK until the kernel has taken a
 * closed one apart, which it does in the background (kernel 6.18): a test after many others waits. */
static inline struct ring *loopback_open_ring(const struct ring_setup *setup)
{
    const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
    const char *step;
    int error;
    struct ring *ring;
    while (!(ring = ring_open(setup, &error, &step)) && error == -ENOMEM &&
           clock_mono_ns() < until_ns)
        clock_sleep_until(clock_mono_ns() + NS_PER_MS);
    if (!ring)
        fail_msg("%s: %s", step, strerror(-error));
    return ring;
}

/* buffers: of buffer_bytes each, overhead included; slots: of the ring. */
static inline struct loopback loopback_open(uint32_t slots, uint32_t buffers, uint32_t buffer_bytes)
{
    const struct ring_setup setup = {.slots = slots, .cq_entries = 4096};
    struct loopback l = {
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof l.address;
    l.ring = loopback_open_ring(&setup);
    assert_int_equal(bufpool_open(&l.pool, l.ring, GROUP, buffers, buffer_bytes), 0);
    l.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(l.listener, (struct sockaddr *)&l.address, sizeof l.address), 0);
    assert_int_equal(listen(l.listener, 64), 0);
    assert_int_equal(getsockname(l.listener, (struct sockaddr *)&l.address, &size), 0);
    return l;
}

static inline void loopback_close(struct loopback *l)
{
    bufpool_close(&l->pool, l->ring);
    ring_close(l->ring);
    close(l->listener);
}

/* The next event, waited for. */
static inline struct ring_event next_event(struct loopback *l)
{
    const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
    struct ring_event event;
    while (ring_take(l->ring, &event, 1) == 0) {
        const int error = ring_wait(l->ring, 100 * NS_PER_MS);
        if (error < 0 && error != -ETIME && error != -EINTR)
            fail_msg("ring_wait: %s", strerror(-error));
        if (clock_mono_ns() > until_ns)
            fail_msg("no event came");
    }
    return event;
}

static inline struct ring_event expect_event(struct loopback *l, enum ring_op op, uint32_t slot,
                                             uint32_t generation)
{
    const struct ring_event event = next_event(l);
    if (event.op != op || event.slot != slot || event.generation != generation)
        fail_msg("event %d of slot %u, generation %u, result %d, instead of event %d of %u, %u",
                 (int)event.op, event.slot, event.generation, event.result, (int)op, slot,
                 generation);
    return event;
}

/* Puts a fresh socket into a slot; it asks for stamps. */
static inline void install(struct loopback *l, uint32_t slot)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(ring_stamp_socket(fd), 0);
    assert_int_equal(ring_slot_install(l->ring, slot, fd), 0);
    close(fd);
}

static inline void connect_to(struct loopback *l, uint32_t slot, uint32_t generation)
{
    ring_connect(l->ring, slot, generation, (const struct sockaddr *)&l->address,
                 sizeof l->address);
}

/* A slot that is connected; returns the socket of the other side. */
static inline int connect_slot(struct loopback *l, uint32_t slot, uint32_t generation)
{
    install(l, slot);
    connect_to(l, slot, generation);
    const struct ring_event event = expect_event(l, RING_CONNECT, slot, generation);
    assert_int_equal(event.result, 0);
    assert_false(event.more);
    assert_false(event.has_buffer);
    const int peer = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(peer >= 0);
    return peer;
}

/* Closes a socket so that the other side sees a reset. */
static inline void reset(int fd)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

/* Ends a slot as the engine does: cancel, wait for what ends, close. */
static inline void end_slot(struct loopback *l, uint32_t slot, uint32_t generation, bool is_armed)
{
    bool is_cancelled = false;
    ring_cancel(l->ring, slot, generation);
    while (is_armed || !is_cancelled) {
        const struct ring_event event = next_event(l);
        assert_int_equal(event.slot, slot);
        is_cancelled |= event.op == RING_CANCEL;
        is_armed &= event.op != RING_RECEIVE || event.more;
        if (event.has_buffer) {
            bufpool_take(&l->pool, event.buffer);
            bufpool_give(&l->pool, event.buffer);
            bufpool_publish(&l->pool);
        }
    }
    ring_close_slot(l->ring, slot, generation);
    assert_int_equal(expect_event(l, RING_CLOSE, slot, generation).result, 0);
}

/* Runs a test, state[0], with every variant. */
static inline void in_every_variant(void **state)
{
    void (*const test)(struct loopback *) = *(void (**)(struct loopback *))state[0];
    for (size_t i = 0; i < VARIANTS; i++) {
        setenv("TARE_DISABLE", variants[i], 1);
        struct loopback l = loopback_open(8, 8, RING_MESSAGE_OVERHEAD + 64);
        test(&l);
        loopback_close(&l);
        unsetenv("TARE_DISABLE");
    }
}

#define RING_TEST(test)                                                                            \
    {                                                                                              \
#test, in_every_variant, NULL, NULL, &(void (*)(struct loopback *))                        \
        {                                                                                          \
            test                                                                                   \
        }                                                                                          \
    }

#endif
