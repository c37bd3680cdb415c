/* The queue between a worker and the writer: full, empty, wrapped, and with both at work at once.
 */
#include "sample.h"

#include "dies.h"
#include "starve.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void push_number(struct sample_queue *q, uint64_t number)
{
    struct sample_record *record = sample_next(q);
    record->is_tick = number % 1000 == 999;
    if (record->is_tick)
        record->tick = (struct tick){.due = number, .backlog = ~number};
    else
        record->sample = (struct sample){.request = number, .bytes_in = ~number};
    sample_push(q);
}

/* Reads a number back, and sees that nothing of the record is torn. */
static uint64_t read_number(const struct sample_record *record)
{
    const uint64_t number = record->is_tick ? record->tick.due : record->sample.request;
    assert_int_equal(record->is_tick, number % 1000 == 999);
    assert_true((record->is_tick ? record->tick.backlog : record->sample.bytes_in) == ~number);
    return number;
}

static void capacity_is_rounded_up(void **state)
{
    (void)state;
    static const uint32_t capacities[][2] = {{0, 8},  {1, 8},       {7, 8},       {8, 8},
                                             {9, 16}, {1000, 1024}, {1024, 1024}, {1025, 2048}};
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        struct sample_queue q;
        assert_int_equal(sample_queue_init(&q, capacities[i][0]), 0);
        assert_int_equal(q.capacity, capacities[i][1]);
        assert_int_equal(sample_room(&q, 1), q.capacity);
        assert_int_equal(sample_ready(&q), 0);
        sample_queue_free(&q);
        assert_null(q.records);
    }
}

static void full_and_empty_are_told_apart(void **state)
{
    (void)state;
    struct sample_queue q;
    assert_int_equal(sample_queue_init(&q, 8), 0);
    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(sample_room(&q, 8), 8 - i);
        push_number(&q, i);
        assert_int_equal(sample_ready(&q), i + 1);
    }
    assert_int_equal(sample_room(&q, 1), 0);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(read_number(sample_at(&q, i)), i);
    sample_release(&q, 3);
    assert_int_equal(sample_ready(&q), 5);
    assert_int_equal(read_number(sample_at(&q, 0)), 3);
    assert_int_equal(sample_room(&q, 1), 3);
    sample_release(&q, 5);
    assert_int_equal(sample_ready(&q), 0);
    assert_int_equal(sample_room(&q, 8), 8);
    sample_queue_free(&q);
}

/* The cached index of the consumer is only an estimate from below: asked for more, the producer
 * looks again; asked for less, it need not. */
static void room_is_never_overstated(void **state)
{
    (void)state;
    struct sample_queue q;
    assert_int_equal(sample_queue_init(&q, 8), 0);
    for (uint64_t i = 0; i < 6; i++)
        push_number(&q, i);
    sample_release(&q, 6);
    assert_in_range(sample_room(&q, 2), 2, 8);
    assert_int_equal(sample_room(&q, 8), 8);
    assert_int_equal(sample_room(&q, UINT32_MAX), 8);
    sample_queue_free(&q);
}

static void indices_wrap_at_2_to_32(void **state)
{
    (void)state;
    struct sample_queue q;
    uint64_t pushed = 0, taken = 0;
    assert_int_equal(sample_queue_init(&q, 16), 0);
    q.head = q.tail = q.head_seen = UINT32_MAX - 20;
    while (taken < 100) {
        while (pushed < 100 && sample_room(&q, 1) > 0)
            push_number(&q, pushed++);
        const uint32_t ready = sample_ready(&q);
        assert_in_range(ready, 1, 16);
        for (uint32_t i = 0; i < ready; i++)
            assert_int_equal(read_number(sample_at(&q, i)), taken + i);
        const uint32_t released = ready > 3 ? ready - 3 : ready; /* some stay over the wrap */
        sample_release(&q, released);
        taken += released;
        assert_int_equal(sample_room(&q, 16), 16 - (ready - released));
    }
    assert_in_range(q.tail, 1, 100); /* it did wrap */
    sample_queue_free(&q);
}

static void take_place_in_a_full_queue(void *unused)
{
    struct sample_queue q;
    (void)unused;
    sample_queue_init(&q, 8);
    for (uint64_t i = 0; i < 9; i++)
        push_number(&q, i);
}

static void no_record_is_written_over(void **state)
{
    (void)state;
    assert_true(dies(take_place_in_a_full_queue, NULL));
}

#define RECORDS 1000000u

/* Looks for room ahead of need, as a worker does, and pushes in bursts. */
static void *produce(void *queue)
{
    struct sample_queue *q = queue;
    for (uint64_t i = 0; i < RECORDS;) {
        const uint32_t wanted = 1 + (uint32_t)(i % 17);
        if (sample_room(q, wanted) < wanted) {
            sched_yield();
            continue;
        }
        for (uint32_t k = 0; k < wanted && i < RECORDS; k++)
            push_number(q, i++);
    }
    return NULL;
}

static void a_million_records_arrive_in_order(void **state)
{
    (void)state;
    struct sample_queue q;
    pthread_t producer;
    uint64_t taken = 0;
    assert_int_equal(sample_queue_init(&q, 256), 0);
    q.head = q.tail = q.head_seen = UINT32_MAX - RECORDS / 2;
    assert_int_equal(pthread_create(&producer, NULL, produce, &q), 0);
    while (taken < RECORDS) {
        const uint32_t ready = sample_ready(&q);
        assert_in_range(ready, 0, 256);
        for (uint32_t i = 0; i < ready; i++)
            if (read_number(sample_at(&q, i)) != taken + i)
                fail_msg("record %llu is out of its place", (unsigned long long)(taken + i));
        sample_release(&q, ready);
        taken += ready;
        if (ready == 0)
            sched_yield();
    }
    pthread_join(producer, NULL);
    assert_int_equal(sample_ready(&q), 0);
    sample_queue_free(&q);
}

static void memory_that_is_refused_is_told(void **state)
{
    (void)state;
    struct sample_queue q;
    if (!STARVE_CAN)
        skip();
    starve_left = 0;
    assert_int_equal(sample_queue_init(&q, 100), -ENOMEM);
    sample_queue_free(&q);
}

static void what_waits_is_counted(void **state)
{
    (void)state;
    struct sample_queue q;
    assert_int_equal(sample_queue_init(&q, 8), 0);
    assert_int_equal(sample_queued(&q), 0);
    for (uint32_t i = 0; i < 5; i++)
        push_number(&q, i);
    assert_int_equal(sample_queued(&q), 5);
    sample_queue_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_rounded_up),
        cmocka_unit_test(memory_that_is_refused_is_told),
        cmocka_unit_test(what_waits_is_counted),
        cmocka_unit_test(full_and_empty_are_told_apart),
        cmocka_unit_test(room_is_never_overstated),
        cmocka_unit_test(indices_wrap_at_2_to_32),
        cmocka_unit_test(no_record_is_written_over),
        cmocka_unit_test(a_million_records_arrive_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
