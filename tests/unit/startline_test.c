/* The start line: nobody passes before it is opened, everybody after. */
#include "startline.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define RUNNERS 16u

struct race {
    struct startline gate;
    uint32_t passed;
    bool was_open[RUNNERS];
    bool is_open;
};

struct runner {
    struct race *race;
    uint32_t index;
};

static void *run(void *argument)
{
    const struct runner *runner = argument;
    struct race *race = runner->race;
    startline_pass(&race->gate);
    race->was_open[runner->index] = __atomic_load_n(&race->is_open, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&race->passed, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void all_wait_and_all_start(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct race race = {.passed = 0};
        struct runner runners[RUNNERS];
        pthread_t threads[RUNNERS];
        startline_init(&race.gate);
        for (uint32_t i = 0; i < RUNNERS; i++) {
            runners[i] = (struct runner){&race, i};
            assert_int_equal(pthread_create(&threads[i], NULL, run, &runners[i]), 0);
        }
        startline_await(&race.gate, RUNNERS);
        assert_int_equal(race.gate.arrived, RUNNERS);
        assert_int_equal(__atomic_load_n(&race.passed, __ATOMIC_SEQ_CST), 0);
        __atomic_store_n(&race.is_open, true, __ATOMIC_SEQ_CST);
        startline_open(&race.gate);
        for (uint32_t i = 0; i < RUNNERS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(race.passed, RUNNERS);
        for (uint32_t i = 0; i < RUNNERS; i++)
            assert_true(race.was_open[i]);
        startline_free(&race.gate);
    }
}

static void an_open_gate_holds_nobody(void **state)
{
    (void)state;
    struct startline gate;
    startline_init(&gate);
    startline_await(&gate, 0);
    startline_open(&gate);
    startline_pass(&gate);
    startline_pass(&gate);
    startline_await(&gate, 2);
    startline_free(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_wait_and_all_start),
        cmocka_unit_test(an_open_gate_holds_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
