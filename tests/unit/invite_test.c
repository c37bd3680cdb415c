/* invite_test.c - the writer wakes when it is invited, and without an invitation when its time is up. */
#include "invite.h"

#include "clock.h"
#include "limits.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_writer_that_nobody_invites_wakes_in_time(void **state)
{
    (void)state;
    struct invite invite = {0};
    const int64_t before_ns = clock_mono_ns();
    invite_await(&invite, invite_mark(&invite), 20 * NS_PER_MS);
    assert_true(clock_mono_ns() - before_ns >= 19 * NS_PER_MS);
}

struct guest {
    struct invite invite;
    unsigned mark;
    int64_t slept_ns;
};

static void *sleep_long(void *argument)
{
    struct guest *guest = argument;
    const int64_t before_ns = clock_mono_ns();
    invite_await(&guest->invite, guest->mark, 60 * NS_PER_S);
    guest->slept_ns = clock_mono_ns() - before_ns;
    return NULL;
}

static void an_invitation_wakes_the_writer(void **state)
{
    (void)state;
    struct guest guest = {.slept_ns = INT64_MAX};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, sleep_long, &guest), 0);
    /* Once is enough, also where it does not sleep yet. */
    invite_writer(&guest.invite);
    pthread_join(thread, NULL);
    assert_true(guest.slept_ns < 30 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_that_nobody_invites_wakes_in_time),
        cmocka_unit_test(an_invitation_wakes_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
