/* The two domains of time, and their text. */
#include "clock.h"
#include "limits.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void the_offset_joins_both_clocks(void **state)
{
    (void)state;
    int64_t error_ns;
    const int64_t offset_ns = clock_offset_ns(&error_ns);
    const int64_t before_ns = clock_mono_ns();
    const int64_t wall_ns = clock_wall().ns;
    const int64_t after_ns = clock_mono_ns();
    /* Read in between, whenever this thread was interrupted; 2 us for a slewed clock. */
    assert_true(wall_ns - offset_ns >= before_ns - 2000);
    assert_true(wall_ns - offset_ns <= after_ns + 2000);
}

static void run_time_begins_at_the_start(void **state)
{
    (void)state;
    const struct clock clock = clock_start();
    const int64_t first_ns = clock_now_ns(&clock);
    const struct wall_time stamp = clock_wall();
    const int64_t last_ns = clock_now_ns(&clock);
    assert_true(first_ns >= 0);
    assert_true(clock_of_wall_ns(&clock, stamp) >= first_ns - 2000);
    assert_true(clock_of_wall_ns(&clock, stamp) <= last_ns + 2000);
    const struct clock known = {.start_mono_ns = 500, .offset_ns = 1000000};
    assert_int_equal(clock_of_wall_ns(&known, (struct wall_time){1000750}), 250);
    assert_int_equal(clock_of_wall_ns(&known, (struct wall_time){1000400}), -100);
}

static void a_sleep_ends_at_its_moment_and_not_before(void **state)
{
    (void)state;
    const int64_t until_ns = clock_mono_ns() + 3 * NS_PER_MS;
    clock_sleep_until(until_ns);
    assert_true(clock_mono_ns() >= until_ns);
    const int64_t before_ns = clock_mono_ns();
    clock_sleep_until(before_ns - NS_PER_S); /* already over */
    clock_sleep_until(0);
    assert_true(clock_mono_ns() - before_ns < NS_PER_S);
}

static void cpu_time_grows_by_work_and_not_by_sleep(void **state)
{
    (void)state;
    const int64_t before_ns = clock_thread_cpu_ns();
    clock_sleep_until(clock_mono_ns() + 20 * NS_PER_MS);
    const int64_t slept_ns = clock_thread_cpu_ns();
    while (clock_thread_cpu_ns() < slept_ns + 2 * NS_PER_MS)
        continue;
    assert_true(slept_ns - before_ns < 15 * NS_PER_MS);
}

/* What the kernel says of a thread, instead of what stands in /proc; NULL: /proc itself. */
static const char *schedstat;

/* This program's own, for the clock: a kernel without CONFIG_SCHED_INFO has no such file. */
FILE *fopen(const char *path, const char *mode)
{
    const int fd = open(schedstat ? schedstat : path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? NULL : fdopen(fd, mode);
}

static void waiting_is_what_the_kernel_says(void **state)
{
    (void)state;
    char path[] = "/tmp/clock_test.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(clock_thread_waited_ns() >= 0);
    assert_int_equal(write(fd, "5000 ", 5), 5);
    schedstat = path;
    assert_int_equal(clock_thread_waited_ns(), 0);
    assert_int_equal(write(fd, "1234 9\n", 7), 7);
    assert_int_equal(clock_thread_waited_ns(), 1234);
    unlink(path);
    assert_int_equal(clock_thread_waited_ns(), 0);
    schedstat = NULL;
    close(fd);
}

static void wall_time_is_written_as_utc(void **state)
{
    (void)state;
    char text[21];
    clock_format_utc((struct wall_time){0}, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    clock_format_utc((struct wall_time){1795176240999999999}, text);
    assert_string_equal(text, "2026-11-20T12:04:00Z");
    clock_format_utc((struct wall_time){1709210096 * NS_PER_S}, text);
    assert_string_equal(text, "2024-02-29T12:34:56Z");
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    clock_format_utc((struct wall_time){0}, text); /* wherever the machine stands */
    assert_string_equal(text, "1970-01-01T00:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_offset_joins_both_clocks),
        cmocka_unit_test(run_time_begins_at_the_start),
        cmocka_unit_test(a_sleep_ends_at_its_moment_and_not_before),
        cmocka_unit_test(cpu_time_grows_by_work_and_not_by_sleep),
        cmocka_unit_test(waiting_is_what_the_kernel_says),
        cmocka_unit_test(wall_time_is_written_as_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
