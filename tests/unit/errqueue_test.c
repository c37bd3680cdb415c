/* Control bytes of error queues, made by hand: whole, cut anywhere, of another kind. */
#include "errqueue.h"
#include "limits.h"
#include "random.h"

#include <time.h> /* which the next one needs */
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct bytes {
    uint8_t data[256];
    size_t size;
};

static void add(struct bytes *bytes, int level, int type, const void *data, size_t size)
{
    const struct cmsghdr header = {
        .cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
    memcpy(bytes->data + bytes->size, &header, sizeof header);
    memcpy(bytes->data + bytes->size + CMSG_LEN(0), data, size);
    bytes->size += CMSG_SPACE(size);
}

static void add_times(struct bytes *bytes, int64_t seconds, int64_t ns)
{
    const struct scm_timestamping times = {.ts = {{.tv_sec = seconds, .tv_nsec = ns}}};
    add(bytes, SOL_SOCKET, SCM_TIMESTAMPING, &times, sizeof times);
}

static void add_error(struct bytes *bytes, int level, int type, uint8_t origin, uint32_t info)
{
    struct {
        struct sock_extended_err error;
        struct sockaddr_in offender;
    } said = {.error = {.ee_errno = 42, .ee_origin = origin, .ee_info = info}};
    add(bytes, level, type, &said, sizeof said);
}

/* As kernels 6.1 and 6.18 write it for TCP over IPv4. */
static struct bytes good(void)
{
    struct bytes bytes = {.size = 0};
    add_times(&bytes, 1795192818, 606935911);
    add_error(&bytes, SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
    return bytes;
}

static bool finds(const struct bytes *bytes, int64_t *ns)
{
    struct wall_time stamp = {0};
    const bool found = errqueue_find_stamp(bytes->data, bytes->size, &stamp);
    *ns = stamp.ns;
    return found;
}

static void a_transmit_stamp_is_found(void **state)
{
    (void)state;
    int64_t ns;
    struct bytes bytes = good();
    assert_true(bytes.size <= ERRQUEUE_CONTROL_BYTES);
    assert_true(finds(&bytes, &ns));
    assert_int_equal(ns, 1795192818606935911);
    bytes.size = 0; /* the other order, over IPv6, with something else between */
    add_error(&bytes, SOL_IPV6, IPV6_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
    add(&bytes, SOL_SOCKET, SCM_RIGHTS, "abc", 3);
    add_times(&bytes, 7, 1);
    assert_true(finds(&bytes, &ns));
    assert_int_equal(ns, 7 * NS_PER_S + 1);
}

/* The size that recvmsg(2) leaves may end with the last message's data, without its padding. */
static void the_last_padding_may_be_missing(void **state)
{
    (void)state;
    int64_t ns;
    struct bytes bytes = {.size = 0};
    add_error(&bytes, SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
    add_times(&bytes, 1, 0);
    bytes.size -= CMSG_SPACE(sizeof(struct scm_timestamping)) -
                  CMSG_LEN(sizeof(struct scm_timestamping));
    assert_true(finds(&bytes, &ns));
}

static void what_is_cut_is_refused(void **state)
{
    (void)state;
    const struct bytes whole = good();
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
    const size_t needed = CMSG_SPACE(sizeof(struct scm_timestamping)) +
                          CMSG_LEN(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in));
    for (size_t size = 0; size <= whole.size; size++) {
        struct wall_time stamp;
        uint8_t *at = memory + page - size; /* a byte too far is a fault */
        memcpy(at, whole.data, size);
        assert_int_equal(errqueue_find_stamp(at, size, &stamp), size >= needed);
    }
    munmap(memory, 2 * page);
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, sizeof(struct cmsghdr) - 1, 1000, SIZE_MAX, SIZE_MAX - 7};
    int64_t ns;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct bytes bytes = good();
        memcpy(bytes.data, &lengths[i], sizeof lengths[i]);
        assert_false(finds(&bytes, &ns));
        bytes = good();
        memcpy(bytes.data + CMSG_SPACE(sizeof(struct scm_timestamping)), &lengths[i],
               sizeof lengths[i]);
        assert_false(finds(&bytes, &ns));
    }
}

static void other_errors_are_no_stamps(void **state)
{
    (void)state;
    int64_t ns;
    static const struct {
        int level, type;
        uint8_t origin;
        uint32_t info;
    } others[] = {{SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ICMP, SCM_TSTAMP_SND},
                  {SOL_IP, IP_RECVERR, SO_EE_ORIGIN_LOCAL, SCM_TSTAMP_SND},
                  {SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SCHED},
                  {SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_ACK},
                  {SOL_IP, IPV6_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND},
                  {SOL_SOCKET, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct bytes bytes = {.size = 0};
        add_times(&bytes, 1, 0);
        add_error(&bytes, others[i].level, others[i].type, others[i].origin, others[i].info);
        assert_false(finds(&bytes, &ns));
    }
    struct bytes bytes = {.size = 0};
    add_times(&bytes, 0, 0); /* a stamp of the hardware's alone has no first time */
    add_error(&bytes, SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
    assert_false(finds(&bytes, &ns));
    static const int64_t impossible[][2] = {
        {-1, 0}, {INT64_MAX, 0}, {INT64_MAX / NS_PER_S, 0}, {1, -1}, {1, NS_PER_S}};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        bytes.size = 0;
        add_times(&bytes, impossible[i][0], impossible[i][1]);
        add_error(&bytes, SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
        assert_false(finds(&bytes, &ns));
    }
    bytes.size = 0;
    const struct scm_timestamping times = {.ts = {{.tv_sec = 1}}};
    add(&bytes, SOL_IP, SCM_TIMESTAMPING, &times, sizeof times); /* of the wrong level */
    add_error(&bytes, SOL_IP, IP_RECVERR, SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND);
    assert_false(finds(&bytes, &ns));
}

/* Whatever the bytes, none outside of them is read and the walk ends. */
static void any_bytes_are_survived(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 200000; round++) {
        struct wall_time stamp;
        struct bytes bytes = good();
        for (int i = 0; i < 3; i++)
            bytes.data[random_next(&seed) % bytes.size] = (uint8_t)random_next(&seed);
        uint8_t *exact = malloc(bytes.size);
        memcpy(exact, bytes.data, bytes.size);
        errqueue_find_stamp(exact, random_next(&seed) % (bytes.size + 1), &stamp);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transmit_stamp_is_found),
        cmocka_unit_test(the_last_padding_may_be_missing),
        cmocka_unit_test(what_is_cut_is_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(other_errors_are_no_stamps),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
