/* loopback_bytes.h - what goes over a loopback, byte by byte. Header-only, since each test is one
 * file. */
#ifndef TARE_TESTS_LOOPBACK_BYTES_H
#define TARE_TESTS_LOOPBACK_BYTES_H

#include "loopback.h"

static inline void bytes_of(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
}

/* Reads all that is sent until `size` bytes have come; checks each. */
static inline void read_bytes(int fd, const uint8_t *expected, size_t size)
{
    static uint8_t part[65536];
    for (size_t at = 0; at < size;) {
        const ssize_t got = read(fd, part, sizeof part < size - at ? sizeof part : size - at);
        assert_true(got > 0);
        assert_memory_equal(part, expected + at, (size_t)got);
        at += (size_t)got;
    }
}

static inline void write_bytes(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

/* Gives an event's buffer back. */
static inline void give_back(struct loopback *l, const struct ring_event *event)
{
    bufpool_give(&l->pool, event->buffer);
    bufpool_publish(&l->pool);
}

/* The other side's end of a stream, now or soon. */
static inline bool sees_end(int fd, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&watched, 1, timeout_ms) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

#endif
