/* What several workers counted, as one result: sums, the busiest, and how long the phases lasted. */
#include "gather.h"
#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 3u

struct room {
    struct config config;
    struct worker workers[THREADS];
    struct recorder recorder;
    struct result result;
};

/* A run of 2 s after a warm-up of 1 s, in which nothing happened. */
static int set_up(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    room->config = (struct config){.threads = THREADS,
                                   .loop = LOOP_OPEN,
                                   .rate_milli = 100000,
                                   .warmup_ns = NS_PER_S,
                                   .duration_ns = 2 * NS_PER_S};
    for (uint32_t i = 0; i < THREADS; i++) {
        phases_init(&room->workers[i].phases, &room->config);
        room->workers[i].finished_ns = 3 * NS_PER_S + i;
        room->workers[i].looped_ns = 4 * NS_PER_S;
    }
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static const struct result *gather(struct room *room)
{
    memset(&room->result, 0, sizeof room->result);
    gather_result(&room->result, &room->config, room->workers, &room->recorder);
    return &room->result;
}

static void what_workers_counted_is_added_up(void **state)
{
    struct room *room = *state;
    for (uint32_t i = 0; i < THREADS; i++) {
        struct worker *w = &room->workers[i];
        w->due = 10 + i;
        w->sent = 20 + i;
        w->bytes_out = 30 + i;
        w->opened = 40 + i;
        for (uint32_t a = 0; a < ANOMALY_COUNT; a++)
            w->anomalies[a] = a + i;
    }
    const struct result *r = gather(room);
    assert_int_equal(r->due, 33);
    assert_int_equal(r->sent, 63);
    assert_int_equal(r->bytes_out, 93);
    assert_int_equal(r->connections_opened, 123);
    assert_int_equal(r->anomalies[ANOMALY_KEEPALIVE_REFUSED], 3 * ANOMALY_KEEPALIVE_REFUSED + 3);
}

/* Busy is what is neither slept nor spun away: at work, or ready and without a CPU. */
static void the_busiest_worker_counts(void **state)
{
    struct room *room = *state;
    room->workers[0].cpu_ns = 4 * NS_PER_S;
    room->workers[0].idle_ns = 3 * NS_PER_S;
    room->workers[1].cpu_ns = 2 * NS_PER_S;
    room->workers[1].waited_ns = NS_PER_S / 2;
    room->workers[2].waited_ns = NS_PER_S;
    const struct result *r = gather(room);
    assert_true(r->busy_share == 2.5 / 4);
    assert_true(r->waited_share == 1.0 / 4);
}

/* A thread that none of a few requests is for ends at once, and all that it did was work. */
static void a_worker_without_requests_is_not_the_busiest(void **state)
{
    struct room *room = *state;
    room->workers[0].cpu_ns = NS_PER_S;
    room->workers[1].looped_ns = room->workers[1].cpu_ns = 20 * NS_PER_US;
    room->workers[2].looped_ns = room->workers[2].waited_ns = 10 * NS_PER_US;
    const struct result *r = gather(room);
    assert_true(r->busy_share == 0.25);
    assert_true(r->waited_share < 0.00001);
}

/* The readings that shares are made of do not fall together: a share is a share all the same. */
static void shares_stay_between_none_and_all(void **state)
{
    struct room *room = *state;
    room->workers[1].cpu_ns = 3 * NS_PER_S;
    room->workers[1].waited_ns = 5 * NS_PER_S;
    assert_true(gather(room)->busy_share == 1);
    assert_true(gather(room)->waited_share == 1);
    memset(&room->workers[1], 0, sizeof room->workers[1]); /* ended before it looped */
    room->workers[0].idle_ns = 1;
    assert_true(gather(room)->busy_share == 0);
    assert_true(gather(room)->waited_share == 0);
}

static void phases_last_as_long_as_was_asked(void **state)
{
    struct room *room = *state;
    const struct result *r = gather(room);
    assert_int_equal(r->warmup_ns, NS_PER_S);
    assert_int_equal(r->measure_ns, 2 * NS_PER_S);
    assert_int_equal(r->grace_ns, THREADS - 1);
    assert_int_equal(r->issuing_ns, 0); /* the rate is that of the measured phase */
}

/* A count ends the run with its last answer; its rate is that of beginning, which the last of the threads
 * did: 100 a second, and so an interval of 10 ms behind it. */
static void a_run_by_count_lasts_until_its_last_answer(void **state)
{
    struct room *room = *state;
    room->config.duration_ns = 0;
    room->config.requests = 151;
    room->recorder.tally.last_end_ns = 9 * NS_PER_S;
    for (uint32_t i = 0; i < THREADS; i++) {
        phases_init(&room->workers[i].phases, &room->config);
        room->workers[i].last_begun_ns = 2500 * NS_PER_MS - 10 * NS_PER_MS * i;
        room->workers[i].last_scheduled_ns = 2490 * NS_PER_MS + NS_PER_MS * i;
    }
    const struct result *r = gather(room);
    assert_int_equal(r->measure_ns, 8 * NS_PER_S);
    assert_int_equal(r->issuing_ns, 1510 * NS_PER_MS);
    assert_int_equal(r->schedule_ns, 1502 * NS_PER_MS);
    room->config.loop = LOOP_CLOSED;
    assert_int_equal(gather(room)->issuing_ns, 0);
}

/* Stopped in its warm-up, a run has no measured phase. */
static void a_run_that_was_stopped_is_shorter(void **state)
{
    struct room *room = *state;
    for (uint32_t i = 0; i < THREADS; i++)
        phases_stop(&room->workers[i].phases, NS_PER_S / 2, 0);
    const struct result *r = gather(room);
    assert_int_equal(r->warmup_ns, NS_PER_S / 2);
    assert_int_equal(r->measure_ns, 0);
    assert_int_equal(r->issuing_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_workers_counted_is_added_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_busiest_worker_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_without_requests_is_not_the_busiest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shares_stay_between_none_and_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(phases_last_as_long_as_was_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_by_count_lasts_until_its_last_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_was_stopped_is_shorter, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
