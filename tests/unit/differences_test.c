/* What was not the same in two runs is told, in the order of how much it matters. */
#include "differences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct run_target targets[2][2];
static struct run runs[2];
static struct differences differences;

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        memset(&runs[i], 0, sizeof runs[i]);
        runs[i].config.connections = 20;
        runs[i].config.threads = 1;
        runs[i].config.pipeline = 1;
        runs[i].machine.cpu_model = "c";
        runs[i].machine.kernel = "k";
        runs[i].targets = targets[i];
        runs[i].target_count = 2;
        targets[i][0] = (struct run_target){"GET /a", "GET", "http://h/a"};
        targets[i][1] = (struct run_target){"GET /b", "GET", "http://h/b"};
    }
    return 0;
}

static void check(size_t index, enum difference_kind kind, const char *text)
{
    assert_true(index < differences.count);
    assert_string_equal(differences.list[index].text, text);
    assert_int_equal(differences.list[index].kind, kind);
}

static void the_same_differs_in_nothing(void **state)
{
    (void)state;
    differences_find(&differences, &runs[0], &runs[1], true);
    assert_int_equal(differences.count, 0);
}

static void loads_and_machines_are_told_apart(void **state)
{
    (void)state;
    runs[1].config.connections = 5000;
    runs[1].config.pipeline = 8;
    runs[1].config.requests_per_connection = 1;
    runs[1].machine.kernel = "l";
    runs[1].target_count = 1;
    differences_find(&differences, &runs[0], &runs[1], false);
    assert_int_equal(differences.count, 5);
    check(0, DIFFERENCE_LOAD, "connections: 20 and 5,000");
    check(1, DIFFERENCE_LOAD, "pipeline: 1 and 8");
    check(2, DIFFERENCE_LOAD, "requests a connection: any number and 1");
    check(3, DIFFERENCE_LOAD, "targets: not the same");
    check(4, DIFFERENCE_SETTING, "kernel: k and l");
    differences_find(&differences, &runs[1], &runs[0], false);
    check(2, DIFFERENCE_LOAD, "requests a connection: 1 and any number");
}

static void offered_rates_are_told_as_they_were_asked(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        runs[i].config.loop = RUN_LOOP_OPEN;
    runs[0].config.rate_per_s = 1234567;
    runs[1].config.rate_per_s = 2000.5;
    runs[0].config.arrivals = "constant";
    runs[1].config.arrivals = "poisson";
    differences_find(&differences, &runs[0], &runs[1], false);
    assert_int_equal(differences.count, 2);
    check(0, DIFFERENCE_LOAD, "offered rate: 1234567/s and 2000.5/s");
    check(1, DIFFERENCE_LOAD, "arrivals: constant and poisson");
}

static void loops_come_first(void **state)
{
    (void)state;
    runs[1].config.loop = RUN_LOOP_OPEN;
    runs[1].config.rate_per_s = 10;
    runs[1].config.threads = 2;
    differences_find(&differences, &runs[0], &runs[1], false);
    check(0, DIFFERENCE_LOOP, "loop: closed and open, whose latencies are different quantities");
    check(1, DIFFERENCE_LOAD, "threads: 1 and 2");
}

/* Two servers are compared by their URLs' difference; of repeats it is told. */
static void urls_matter_to_repeats(void **state)
{
    (void)state;
    targets[1][0].url = "http://h:81/a";
    differences_find(&differences, &runs[0], &runs[1], false);
    assert_int_equal(differences.count, 0);
    differences_find(&differences, &runs[0], &runs[1], true);
    assert_int_equal(differences.count, 1);
    check(0, DIFFERENCE_SETTING, "URL: http://h/a and http://h:81/a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_same_differs_in_nothing, set_up),
        cmocka_unit_test_setup(loads_and_machines_are_told_apart, set_up),
        cmocka_unit_test_setup(offered_rates_are_told_as_they_were_asked, set_up),
        cmocka_unit_test_setup(loops_come_first, set_up),
        cmocka_unit_test_setup(urls_matter_to_repeats, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
