/* Where a moment lies: warm-up, measured time, grace; and when the next row of seconds.csv ends. */
#include "limits.h"
#include "phases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct phases phases_of(int64_t warmup_ns, int64_t duration_ns, int64_t grace_ns)
{
    const struct config config = {
        .warmup_ns = warmup_ns, .duration_ns = duration_ns, .grace_ns = grace_ns};
    struct phases p;
    phases_init(&p, &config);
    return p;
}

static void a_run_by_time_has_three_phases(void **state)
{
    (void)state;
    const struct phases p = phases_of(2 * NS_PER_S, 10 * NS_PER_S, 5 * NS_PER_S);
    assert_int_equal(p.end_ns, 12 * NS_PER_S);
    assert_int_equal(p.grace_end_ns, 17 * NS_PER_S);
    assert_int_equal(phases_of_moment(&p, -1), PHASE_WARMUP);
    assert_int_equal(phases_of_moment(&p, 0), PHASE_WARMUP);
    assert_int_equal(phases_of_moment(&p, 2 * NS_PER_S - 1), PHASE_WARMUP);
    assert_int_equal(phases_of_moment(&p, 2 * NS_PER_S), PHASE_MEASURE);
    assert_int_equal(phases_of_moment(&p, 12 * NS_PER_S - 1), PHASE_MEASURE);
    assert_int_equal(phases_of_moment(&p, 12 * NS_PER_S), PHASE_GRACE);
    assert_int_equal(phases_of_moment(&p, INT64_MAX), PHASE_GRACE);
}

static void a_request_belongs_to_when_it_was_scheduled(void **state)
{
    (void)state;
    const struct phases p = phases_of(2 * NS_PER_S, 10 * NS_PER_S, 5 * NS_PER_S);
    assert_int_equal(phases_of_request(&p, 0), PHASE_WARMUP);
    assert_int_equal(phases_of_request(&p, 2 * NS_PER_S - 1), PHASE_WARMUP);
    assert_int_equal(phases_of_request(&p, 2 * NS_PER_S), PHASE_MEASURE);
    assert_int_equal(phases_of_request(&p, 12 * NS_PER_S - 1), PHASE_MEASURE);
}

static void a_run_by_count_has_no_end(void **state)
{
    (void)state;
    const struct phases p = phases_of(NS_PER_S, 0, 5 * NS_PER_S);
    assert_true(p.end_ns == INT64_MAX);
    assert_true(p.grace_end_ns == INT64_MAX);
    assert_int_equal(phases_of_moment(&p, NS_PER_S - 1), PHASE_WARMUP);
    assert_int_equal(phases_of_moment(&p, LIMIT_TIME_MAX_NS), PHASE_MEASURE);
    assert_int_equal(phases_next_boundary_ns(&p, LIMIT_TIME_MAX_NS), LIMIT_TIME_MAX_NS + NS_PER_S);
}

static void a_stopped_run_ends_now(void **state)
{
    (void)state;
    struct phases p = phases_of(2 * NS_PER_S, 10 * NS_PER_S, 5 * NS_PER_S);
    phases_stop(&p, 7 * NS_PER_S + 5, NS_PER_S);
    assert_int_equal(p.end_ns, 7 * NS_PER_S + 5);
    assert_int_equal(p.grace_end_ns, 8 * NS_PER_S + 5);
    assert_int_equal(p.warmup_end_ns, 2 * NS_PER_S);
    assert_int_equal(phases_of_moment(&p, 7 * NS_PER_S + 5), PHASE_GRACE);
    phases_stop(&p, 7 * NS_PER_S + 5, 0); /* asked again: no more waiting */
    assert_int_equal(p.grace_end_ns, 7 * NS_PER_S + 5);
}

static void a_run_stopped_in_its_warmup_measured_nothing(void **state)
{
    (void)state;
    struct phases p = phases_of(2 * NS_PER_S, 10 * NS_PER_S, 5 * NS_PER_S);
    phases_stop(&p, NS_PER_S, NS_PER_S);
    assert_int_equal(phases_of_request(&p, NS_PER_S - 1), PHASE_WARMUP);
    for (int64_t at_ns = 0; at_ns < 3 * NS_PER_S; at_ns += 1000003)
        assert_int_not_equal(phases_of_moment(&p, at_ns), PHASE_MEASURE);
}

/* Rows end at whole seconds and where a phase does; no row is empty, none lies in two. */
static void boundaries_are_seconds_and_phases(void **state)
{
    (void)state;
    static const int64_t expected_ms[] = {1000, 1500, 2000, 3000, 3250, 4000, 5000};
    const struct phases p = phases_of(1500 * NS_PER_MS, 1750 * NS_PER_MS, NS_PER_S);
    int64_t at_ns = 0;
    for (size_t i = 0; i < sizeof expected_ms / sizeof expected_ms[0]; i++) {
        const int64_t next_ns = phases_next_boundary_ns(&p, at_ns);
        assert_int_equal(next_ns, expected_ms[i] * NS_PER_MS);
        assert_int_equal(phases_of_moment(&p, at_ns), phases_of_moment(&p, next_ns - 1));
        at_ns = next_ns;
    }
    const struct phases whole = phases_of(NS_PER_S, NS_PER_S, 0); /* both at once: one boundary */
    assert_int_equal(phases_next_boundary_ns(&whole, 0), NS_PER_S);
    assert_int_equal(phases_next_boundary_ns(&whole, NS_PER_S), 2 * NS_PER_S);
    assert_int_equal(phases_next_boundary_ns(&whole, 2 * NS_PER_S), 3 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_by_time_has_three_phases),
        cmocka_unit_test(a_request_belongs_to_when_it_was_scheduled),
        cmocka_unit_test(a_run_by_count_has_no_end),
        cmocka_unit_test(a_stopped_run_ends_now),
        cmocka_unit_test(a_run_stopped_in_its_warmup_measured_nothing),
        cmocka_unit_test(boundaries_are_seconds_and_phases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
