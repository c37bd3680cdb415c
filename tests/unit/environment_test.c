/* Facts of the machine, against other sources of the same. */
#include "environment.h"
#include "ring.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

static void facts_are_found(void **state)
{
    (void)state;
    struct environment e;
    struct utsname names;
    cpu_set_t allowed;
    uname(&names);
    sched_getaffinity(0, sizeof allowed, &allowed);
    environment_read(&e);
    assert_string_equal(e.host, names.nodename);
    assert_string_equal(e.architecture, names.machine);
    assert_non_null(strstr(e.kernel, names.release));
    assert_int_equal(e.cpus_allowed, CPU_COUNT(&allowed));
    assert_true(e.cpus >= e.cpus_allowed);
    assert_in_range(e.memory_bytes, 16 << 20, 1ull << 50);
    assert_null(strchr(e.cpu_model, '\n'));
    assert_null(strchr(e.clock_source, '\n'));
}

static void load_only_grows(void **state)
{
    (void)state;
    const int cpus[] = {sched_getcpu(), 0};
    for (size_t count = 0; count < 2; count++) {
        const struct machine_load before = environment_load(cpus, count);
        const struct machine_load after = environment_load(cpus, count);
        assert_true(before.steal_ns >= 0);
        assert_true(before.wanted_ns > before.steal_ns);
        assert_true(after.steal_ns >= before.steal_ns);
        assert_true(after.wanted_ns >= before.wanted_ns);
        assert_true(after.throttled >= before.throttled);
        assert_true(after.throttled_ns >= before.throttled_ns);
    }
}

/* Of a CPU that is named only its own time counts, and a CPU that is not there has none. */
static void load_is_of_the_named_cpus(void **state)
{
    (void)state;
    const int here = sched_getcpu(), nowhere = CPU_SETSIZE;
    const struct machine_load one = environment_load(&here, 1);
    assert_true(one.wanted_ns <= environment_load(NULL, 0).wanted_ns);
    assert_int_equal(environment_load(&nowhere, 1).wanted_ns, 0);
}

/* A datagram that a socket sends to itself, on a socket that asks for stamps. */
static bool comes_with_a_stamp(int fd)
{
    struct sockaddr_storage self;
    socklen_t size = sizeof self;
    char byte = 0, control[256];
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    assert_int_equal(getsockname(fd, (struct sockaddr *)&self, &size), 0);
    assert_int_equal(sendto(fd, &byte, 1, 0, (struct sockaddr *)&self, size), 1);
    assert_int_equal(recvmsg(fd, &message, 0), 1);
    const struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    return first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SO_TIMESTAMPING;
}

static void stamps_are_on_while_they_are_held(void **state)
{
    (void)state;
    const int fd = environment_hold_stamps();
    assert_true(fd >= 0);
    for (int i = 0; i < 100; i++)
        assert_true(comes_with_a_stamp(fd));
    close(fd);
}

static void stamps_that_are_switched_off_are_not_promised(void **state)
{
    (void)state;
    setenv("TARE_DISABLE", "rx_stamps", 1);
    assert_int_equal(environment_hold_stamps(), -1);
    unsetenv("TARE_DISABLE");
}

static void a_spare_cpu_is_allowed_and_not_taken(void **state)
{
    (void)state;
    cpu_set_t allowed;
    int cpus[CPU_SETSIZE];
    size_t count = 0;
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed))
            cpus[count++] = cpu;
    assert_int_equal(environment_spare_cpu(NULL, 0), cpus[0]);
    for (size_t taken = 1; taken < count; taken++)
        assert_int_equal(environment_spare_cpu(cpus, taken), cpus[taken]);
    assert_int_equal(environment_spare_cpu(cpus, count), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_found),
        cmocka_unit_test(load_only_grows),
        cmocka_unit_test(load_is_of_the_named_cpus),
        cmocka_unit_test(stamps_are_on_while_they_are_held),
        cmocka_unit_test(stamps_that_are_switched_off_are_not_promised),
        cmocka_unit_test(a_spare_cpu_is_allowed_and_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
