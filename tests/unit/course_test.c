/* The rules by which seconds are called stalled or slow, at their edges. */
#include "course.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Twenty seconds of a hundred requests each, of 1 ms at p99. */
struct fixture {
    struct time_bin bins[20];
    struct run run;
    struct variant variant;
    struct course course;
};

static void make_even(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < 20; i++)
        f->bins[i] = (struct time_bin){.done = 100, .latency_count = 100, .p99_ns = NS_PER_MS};
    f->run.measure_ns = 20 * NS_PER_S;
    f->variant.runs = &f->run;
    f->variant.run_count = 1;
    f->variant.timeline.bins = f->bins;
    f->variant.timeline.bin_count = 20;
    f->variant.timeline.bin_ns = NS_PER_S;
}

static void an_even_run_has_nothing_that_stands_out(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    course_find(&f.course, &f.variant);
    assert_true(f.course.is_long_enough && f.course.has_p99);
    assert_int_equal(f.course.stalls.count + f.course.slow.count, 0);
    assert_int_equal(f.course.median_p99_ns, NS_PER_MS);
}

static void the_limits_are_where_they_are_said_to_be(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    f.bins[3].done = 10;                 /* a tenth is no stall */
    f.bins[5].p99_ns = 3 * NS_PER_MS;    /* three times is not slow */
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.stalls.count + f.course.slow.count, 0);
    f.bins[3].done = 9;
    f.bins[5].p99_ns++;
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.stalls.count, 1);
    assert_int_equal(f.course.stalls.first, 3);
    assert_int_equal(f.course.slow.first, 5);
    assert_int_equal(f.course.slow.p99_ns, 3 * NS_PER_MS + 1);
}

static void a_second_of_few_requests_is_not_called_slow(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    f.bins[5].p99_ns = NS_PER_S;
    f.bins[5].latency_count = 99;
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.slow.count, 0);
}

static void the_longest_stretch_is_named_and_all_are_counted(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    f.bins[2].done = f.bins[7].done = f.bins[8].done = f.bins[15].done = f.bins[16].done = 0;
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.stalls.count, 3);
    assert_int_equal(f.course.stalls.first, 7); /* the first of two that are as long */
    assert_int_equal(f.course.stalls.size, 2);
}

static void warm_up_grace_and_cut_seconds_are_left_out(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    f.run.warmup_ns = 2 * NS_PER_S;
    f.run.measure_ns = 15 * NS_PER_S + NS_PER_S / 2;
    f.run.grace_ns = 2 * NS_PER_S;
    f.bins[0].done = f.bins[1].done = 0;
    f.bins[17].done = f.bins[18].done = f.bins[19].done = 0;
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.stalls.count, 0);
    f.bins[2].done = f.bins[16].done = 0;
    course_find(&f.course, &f.variant);
    assert_int_equal(f.course.stalls.count, 2);
}

static void a_short_run_has_no_course(void **state)
{
    (void)state;
    struct fixture f;
    make_even(&f);
    f.run.measure_ns = 5 * NS_PER_S - 1;
    course_find(&f.course, &f.variant);
    assert_false(f.course.is_long_enough);
    f.variant.timeline.bin_count = 0;
    f.run.warmup_ns = 30 * NS_PER_S;
    course_find(&f.course, &f.variant);
    assert_false(f.course.is_long_enough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_even_run_has_nothing_that_stands_out),
        cmocka_unit_test(the_limits_are_where_they_are_said_to_be),
        cmocka_unit_test(a_second_of_few_requests_is_not_called_slow),
        cmocka_unit_test(the_longest_stretch_is_named_and_all_are_counted),
        cmocka_unit_test(warm_up_grace_and_cut_seconds_are_left_out),
        cmocka_unit_test(a_short_run_has_no_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
