/* The ring's queues, its waiting, its features, and what it says when it cannot be opened. */
#include "dies.h"
#include "loopback.h"
#include "loopback_bytes.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/time.h>

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
