/* The stub's queue: its capacity, its order, and a plain search for the server that is free first. */
#include "limits.h"
#include "random.h"
#include "stub_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SERVERS 37
#define THREADS 4
#define EACH 20000

static struct stub_queue made(uint32_t servers)
{
    struct stub_queue queue;
    assert_int_equal(stub_queue_init(&queue, servers), 0);
    return queue;
}

static void without_servers_everything_begins_at_once(void **state)
{
    (void)state;
    struct stub_queue queue = made(0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(stub_queue_enter(&queue, 1000, 7), 1007);
    stub_queue_free(&queue);
}

static void those_that_come_at_once_leave_by_as_many_as_there_are_servers(void **state)
{
    (void)state;
    struct stub_queue queue = made(3);
    static const int64_t expected_ns[] = {10, 10, 10, 20, 20, 20, 30};
    for (int i = 0; i < 7; i++)
        assert_int_equal(stub_queue_enter(&queue, 0, 10), expected_ns[i]);
    assert_int_equal(stub_queue_enter(&queue, 1000, 10), 1010); /* the line is gone again */
    stub_queue_free(&queue);
}

/* 4 servers of 2 ms take 2,000/s: at that rate nobody waits, a tenth above it the line grows by a
 * tenth of a second each second. */
static void the_capacity_is_servers_per_time(void **state)
{
    (void)state;
    struct stub_queue at = made(4), above = made(4);
    int64_t last_ns = 0;
    for (int64_t i = 0; i < 20000; i++) {
        const int64_t due_ns = i * NS_PER_S / 2000;
        assert_int_equal(stub_queue_enter(&at, due_ns, 2 * NS_PER_MS), due_ns + 2 * NS_PER_MS);
    }
    for (int64_t i = 0; i < 22000; i++)
        last_ns = stub_queue_enter(&above, i * NS_PER_S / 2200, 2 * NS_PER_MS) - i * NS_PER_S / 2200;
    assert_in_range(last_ns, 999 * NS_PER_MS, 1003 * NS_PER_MS);
    stub_queue_free(&at);
    stub_queue_free(&above);
}

static void a_random_life_agrees_with_a_search(void **state)
{
    (void)state;
    struct stub_queue queue = made(SERVERS);
    int64_t free_ns[SERVERS] = {0};
    uint64_t seed = 5;
    int64_t now_ns = 0;
    for (int step = 0; step < 100000; step++) {
        const uint64_t dice = random_next(&seed);
        const int64_t busy_ns = (int64_t)(dice % 1000);
        int first = 0;
        now_ns += (int64_t)(dice >> 32) % 25; /* loads of less and of more than the capacity */
        for (int i = 1; i < SERVERS; i++)
            if (free_ns[i] < free_ns[first])
                first = i;
        free_ns[first] = (free_ns[first] > now_ns ? free_ns[first] : now_ns) + busy_ns;
        assert_int_equal(stub_queue_enter(&queue, now_ns, busy_ns), free_ns[first]);
    }
    stub_queue_free(&queue);
}

static void *enter_many(void *queue)
{
    for (int i = 0; i < EACH; i++)
        stub_queue_enter(queue, 0, 10);
    return NULL;
}

/* Whoever comes last leaves when all the work is done by all servers: nothing was lost between the
 * threads, and nothing done twice. */
static void threads_share_it_exactly(void **state)
{
    (void)state;
    struct stub_queue queue = made(8);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, enter_many, &queue), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(stub_queue_enter(&queue, 0, 0), THREADS * EACH / 8 * 10);
    stub_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_servers_everything_begins_at_once),
        cmocka_unit_test(those_that_come_at_once_leave_by_as_many_as_there_are_servers),
        cmocka_unit_test(the_capacity_is_servers_per_time),
        cmocka_unit_test(a_random_life_agrees_with_a_search),
        cmocka_unit_test(threads_share_it_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
