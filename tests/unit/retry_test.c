/* Conditions, pauses with full jitter, and Retry-After. */
#include "retry.h"

#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void conditions_are_outcomes_and_statuses(void **state)
{
    (void)state;
    struct retry_policy policy = {.attempts_max = 2};
    char error[RETRY_ERROR_MAX];
    assert_true(retry_read_conditions(&policy, "timeout,429,reset,503", error));
    assert_true(retry_is_wanted(&policy, 1, OUTCOME_TIMEOUT, 0));
    assert_true(retry_is_wanted(&policy, 2, OUTCOME_RESET, 0));
    assert_true(retry_is_wanted(&policy, 1, OUTCOME_STATUS_4XX, 429));
    assert_true(retry_is_wanted(&policy, 1, OUTCOME_STATUS_5XX, 503));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_STATUS_5XX, 500));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_CLOSED, 0));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_OK, 200));
    assert_false(retry_is_wanted(&policy, 3, OUTCOME_TIMEOUT, 0)); /* two more than the first */
    policy.attempts_max = 0;
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_TIMEOUT, 0));
}

static void the_default_leaves_success_and_mistakes_alone(void **state)
{
    (void)state;
    struct retry_policy policy = {.attempts_max = 1};
    char error[RETRY_ERROR_MAX];
    assert_true(retry_read_conditions(&policy, retry_default_conditions, error));
    assert_true(retry_is_wanted(&policy, 1, OUTCOME_CONNECT_REFUSED, 0));
    assert_true(retry_is_wanted(&policy, 1, OUTCOME_STATUS_5XX, 503));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_OK, 200));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_STATUS_4XX, 404));
    assert_false(retry_is_wanted(&policy, 1, OUTCOME_MALFORMED, 0));
}

static void what_is_no_condition_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "timeout,", "ok", "unsent", "in_flight", "99", "600", "5xx",
                                        "timeout,,503", " 503", "5:3", "5/3", "50:", "50/", "503x", "9",
                                        ("a_name_that_is_longer_than_what_is_quoted_of_it_in_a_"
                                         "sentence_for_people_to_read")};
    struct retry_policy policy;
    char error[RETRY_ERROR_MAX];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (retry_read_conditions(&policy, wrong[i], error))
            fail_msg("taken: %s", wrong[i]);
        assert_non_null(strstr(error, "--retry-on"));
    }
    char many[4 * (RETRY_STATUSES_MAX + 1) + 1] = "";
    for (int i = 0; i <= RETRY_STATUSES_MAX; i++)
        strcat(many, i ? ",503" : "503");
    assert_false(retry_read_conditions(&policy, many, error));
    assert_non_null(strstr(error, "leave some out"));
}

/* Full jitter: uniform between 0 and the bound, which doubles up to the cap. */
static void pauses_are_uniform_below_a_doubling_bound(void **state)
{
    (void)state;
    const struct retry_policy policy = {.base_ns = 100 * NS_PER_MS, .cap_ns = 700 * NS_PER_MS};
    static const int64_t bounds_ms[] = {100, 200, 400, 700, 700};
    uint64_t random = 7;
    for (uint32_t attempt = 1; attempt <= 5; attempt++) {
        const int64_t bound_ns = bounds_ms[attempt - 1] * NS_PER_MS;
        int64_t sum_ns = 0, most_ns = 0, least_ns = INT64_MAX;
        for (int i = 0; i < 100000; i++) {
            const int64_t pause_ns = retry_pause_ns(&policy, attempt, &random);
            sum_ns += pause_ns;
            most_ns = pause_ns > most_ns ? pause_ns : most_ns;
            least_ns = pause_ns < least_ns ? pause_ns : least_ns;
        }
        assert_in_range(sum_ns / 100000, bound_ns / 2 - bound_ns / 200, bound_ns / 2 + bound_ns / 200);
        assert_in_range(most_ns, bound_ns - bound_ns / 1000, bound_ns);
        assert_in_range(least_ns, 0, bound_ns / 1000);
    }
    assert_in_range(retry_pause_ns(&policy, UINT32_MAX, &random), 0, policy.cap_ns);
}

static void retry_after_has_two_forms(void **state)
{
    (void)state;
    const int64_t now_s = 784111770; /* seven seconds before RFC 9110's example */
    int64_t pause_ns = -1;
    assert_true(retry_read_after("120", 3, now_s, &pause_ns));
    assert_int_equal(pause_ns, 120 * NS_PER_S);
    assert_true(retry_read_after("0", 1, now_s, &pause_ns));
    assert_int_equal(pause_ns, 0);
    assert_true(retry_read_after("Sun, 06 Nov 1994 08:49:37 GMT", 29, now_s, &pause_ns));
    assert_int_equal(pause_ns, 7 * NS_PER_S);
    assert_true(retry_read_after("Sun, 06 Nov 1994 08:49:30 GMT", 29, now_s + 60, &pause_ns));
    assert_int_equal(pause_ns, 0); /* it has passed */
    static const char *const wrong[] = {"", "-1", "1.5", "86401", "99999999999999999999", "soon", "1 ",
                                        "Wed, 09 Nov 1994 08:49:37 GMT"}; /* more than a day */
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (retry_read_after(wrong[i], strlen(wrong[i]), now_s, &pause_ns))
            fail_msg("taken: %s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_outcomes_and_statuses),
        cmocka_unit_test(the_default_leaves_success_and_mistakes_alone),
        cmocka_unit_test(what_is_no_condition_is_told),
        cmocka_unit_test(pauses_are_uniform_below_a_doubling_bound),
        cmocka_unit_test(retry_after_has_two_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
