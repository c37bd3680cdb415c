/* Pauses grow with attempts that bring nothing, to a limit, and only with those. */
#include "backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The attempts after which a failing one comes, each connected or not: pauses in ms. */
static void check_course(bool has_connected, const int64_t *pauses_ms, size_t count)
{
    uint8_t attempts = 0;
    for (size_t i = 0; i < count; i++) {
        attempts = backoff_count(attempts, has_connected);
        assert_int_equal(backoff_pause_ns(attempts), pauses_ms[i] * NS_PER_MS);
    }
}

static void a_server_that_answers_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(backoff_pause_ns(0), 0);
}

static void a_dead_port_is_tried_ever_more_rarely(void **state)
{
    (void)state;
    static const int64_t pauses_ms[] = {10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000};
    check_course(false, pauses_ms, 10);
}

static void one_connection_that_brought_nothing_says_little(void **state)
{
    (void)state;
    static const int64_t pauses_ms[] = {0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000};
    check_course(true, pauses_ms, 10);
}

static void the_count_does_not_wrap(void **state)
{
    (void)state;
    uint8_t attempts = 0;
    for (int i = 0; i < 1000; i++) {
        const uint8_t next = backoff_count(attempts, i % 2 == 0);
        assert_true(next >= attempts);
        attempts = next;
    }
    assert_int_equal(attempts, BACKOFF_ATTEMPTS_MAX);
    assert_int_equal(backoff_pause_ns(attempts), BACKOFF_MAX_NS);
    assert_int_equal(backoff_pause_ns(UINT8_MAX), BACKOFF_MAX_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_answers_is_not_waited_for),
        cmocka_unit_test(a_dead_port_is_tried_ever_more_rarely),
        cmocka_unit_test(one_connection_that_brought_nothing_says_little),
        cmocka_unit_test(the_count_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
