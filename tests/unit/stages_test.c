/* stages_test.c - users and requests of loads that change, held against the lines they follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "random.h"
#include "stages.h"

static struct stages read_all(enum stages_of of, const char *const *texts)
{
    struct stages stages = {0};
    char error[STAGES_ERROR_MAX] = "";
    for (; *texts; texts++)
        if (!stages_add(&stages, of, *texts, error))
            fail_msg("%s", error);
    return stages;
}

/* The spike of 0 to 100 users in 10 s: half a user away from the line at most, each one in turn. */
static void users_follow_a_ramp(void **state)
{
    (void)state;
    const struct stages s =
        read_all(STAGES_OF_USERS, (const char *const[]){"0 to 100 in 10s", "100 for 5s", NULL});
    uint32_t users = 0;
    int64_t at = 0;
    assert_int_equal(stages_users_at(&s, 0), 0);
    while ((at = stages_users_change_ns(&s, at)) != STAGES_TIME_NEVER) {
        users++;
        assert_int_equal(stages_users_at(&s, at), users);
        assert_int_equal(stages_users_at(&s, at - 1), users - 1);
        assert_int_equal(at, (2 * users - 1) * 50 * NS_PER_MS); /* where the line is at k - 0.5 */
    }
    assert_int_equal(users, 100);
    assert_int_equal(stages_duration_ns(&s), 15 * NS_PER_S);
    assert_int_equal(stages_peak_milli(&s), 100000);
    assert_int_equal(stages_users_at(&s, 20 * NS_PER_S), 100);
}

/* Up, level, down, a jump, and down to nobody: each change is found, and nothing in between. */
static void every_change_of_users_is_found(void **state)
{
    (void)state;
    const struct stages s = read_all(
        STAGES_OF_USERS, (const char *const[]){"2 to 7 in 1s", "7 for 300ms", "7 to 3 in 1s",
                                               "9 for 200ms", "9 for 100ms", "9 to 0 in 333ms", NULL});
    int64_t next = stages_users_change_ns(&s, 0);
    uint32_t users = stages_users_at(&s, 0);
    int changes = 0;
    for (int64_t t = 0; t <= 3 * NS_PER_S; t += 50 * NS_PER_US) {
        const uint32_t now = stages_users_at(&s, t);
        while (next <= t) {
            assert_int_not_equal(stages_users_at(&s, next), users);
            assert_int_equal(stages_users_at(&s, next - 1), users);
            users = stages_users_at(&s, next);
            next = stages_users_change_ns(&s, next);
            changes++;
        }
        assert_int_equal(now, users);
    }
    assert_int_equal(changes, 5 + 4 + 1 + 9);
    assert_int_equal(next, STAGES_TIME_NEVER);
}

/* From a level that is on a rounding border downwards. */
static void a_half_counts_as_one(void **state)
{
    (void)state;
    const struct stages s = read_all(STAGES_OF_USERS, (const char *const[]){"1 to 0 in 1s", NULL});
    assert_int_equal(stages_users_at(&s, 500 * NS_PER_MS), 1);
    assert_int_equal(stages_users_at(&s, 500 * NS_PER_MS + 1), 0);
    assert_int_equal(stages_users_change_ns(&s, 0), 500 * NS_PER_MS + 1);
    const struct stages up = read_all(STAGES_OF_USERS, (const char *const[]){"0 to 1 in 1ns", NULL});
    assert_int_equal(stages_users_change_ns(&up, 0), 1);
}

static void requests_of_one_level_are_equally_apart(void **state)
{
    (void)state;
    const struct stages s = read_all(STAGES_OF_RATE, (const char *const[]){"1000 for 2s", NULL});
    assert_true(fabs(stages_requests(&s) - (2000)) < 1e-9);
    for (int k = 0; k < 2000; k++)
        assert_in_range(stages_due_ns(&s, k), (uint64_t)(k * NS_PER_MS - (k > 0)),
                        (uint64_t)(k * NS_PER_MS));
    assert_int_equal(stages_due_ns(&s, 2000), STAGES_TIME_NEVER);
    assert_int_equal(stages_due_ns(&s, NAN), STAGES_TIME_NEVER);
}

/* Requests due until t are the area under the line, at any t, through every stage. */
static void requests_follow_the_line(void **state)
{
    (void)state;
    const struct stages s = read_all(
        STAGES_OF_RATE,
        (const char *const[]){"0 to 1k in 10s", "1k for 2s", "1k to 0 in 5s", "0 for 1s", "100 for 1s",
                              NULL});
    assert_true(fabs(stages_requests(&s) - (5000 + 2000 + 2500 + 100)) < 1e-6);
    assert_int_equal(stages_due_ns(&s, 0), 0);
    assert_int_equal(stages_due_ns(&s, 1250), 5 * NS_PER_S); /* 0.5 * 100/s^2 * 5 s * 5 s */
    assert_int_equal(stages_due_ns(&s, 6000), 11 * NS_PER_S);
    assert_int_equal(stages_due_ns(&s, 9500), 18 * NS_PER_S); /* none falls into the pause */
    int64_t before = 0;
    for (double k = 0; k < 9600; k += 0.25) {
        const int64_t due = stages_due_ns(&s, k);
        assert_true(due >= before && due <= 19 * NS_PER_S);
        before = due;
    }
}

/* As many of a Poisson process fall into each second as the line says, within what is likely. */
static void poisson_arrivals_follow_the_line(void **state)
{
    (void)state;
    const struct stages s = read_all(STAGES_OF_RATE, (const char *const[]){"0 to 10k in 10s", NULL});
    uint32_t counts[10] = {0};
    uint64_t random = 7;
    double sum = 0;
    int64_t due;
    for (;;) {
        sum += -log(random_unit(&random));
        due = stages_due_ns(&s, sum);
        if (due == STAGES_TIME_NEVER)
            break;
        counts[due / NS_PER_S < 10 ? due / NS_PER_S : 9]++;
    }
    for (int i = 0; i < 10; i++) {
        const double mean = 1000.0 * i + 500;
        assert_true(fabs(counts[i] - mean) < 4.5 * sqrt(mean));
    }
}

static void times_are_stretched(void **state)
{
    (void)state;
    struct stages s =
        read_all(STAGES_OF_RATE, (const char *const[]){"0 to 100 in 10s", "100 for 30s", "5 for 1ns",
                                                       NULL});
    stages_stretch(&s, 50000);
    assert_int_equal(s.list[1].begin_ns, 500 * NS_PER_MS);
    assert_int_equal(s.list[1].end_ns, 2 * NS_PER_S);
    assert_int_equal(stages_duration_ns(&s), 2 * NS_PER_S + 1);
    assert_true(fabs(stages_requests(&s) - (25 + 150)) < 1e-3);
    assert_int_equal(stages_due_ns(&s, 25), 500 * NS_PER_MS);
    struct stages none = {0};
    stages_stretch(&none, 5);
    assert_int_equal(stages_duration_ns(&none), 0);
    assert_int_equal(stages_peak_milli(&none), 0);
    assert_int_equal(stages_due_ns(&none, 0), STAGES_TIME_NEVER);
}

static void refused(enum stages_of of, const char *text, const char *message)
{
    struct stages stages = {0};
    char error[STAGES_ERROR_MAX];
    assert_false(stages_add(&stages, of, text, error));
    assert_string_equal(error, message);
    assert_int_equal(stages.count, 0);
}

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    static const char *const none[] = {"", "100", "100 until 5s", "0 to 100", "0 to 100 for 5s",
                                       "100 for 5s now", "100 for", "0 to 5 in"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char message[STAGES_ERROR_MAX];
        snprintf(message, sizeof message,
                 i < 6 ? "'%s' is no stage\n      write '0 to 100 in 10s' or '100 for 30s'"
                       : "'' is no time that a stage can last\n      write it as 500ms, 30s or 2m",
                 none[i]);
        refused(STAGES_OF_USERS, none[i], message);
    }
    refused(STAGES_OF_USERS, "many for 5s",
            "'many' is no number of users\n      write it as 100, 10k or 0");
    refused(STAGES_OF_RATE, "0 to x in 5s",
            "'x' is no number of requests per second\n      write it as 100, 10k or 0");
    refused(STAGES_OF_USERS, "1.5 for 5s",
            "1.5 users are not a whole number\n      write it as 100 or 10k");
    refused(STAGES_OF_USERS, "0 to 1000000000 in 5s",
            "1000000000 is above the limit of 1000000 users\n      ask for less");
    refused(STAGES_OF_RATE, "1g for 5s",
            "1g is above the limit of 100000000 requests per second\n      ask for less");
    refused(STAGES_OF_RATE, "5 for 0s",
            "'0s' is no time that a stage can last\n      write it as 500ms, 30s or 2m");
    char text[300];
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char error[STAGES_ERROR_MAX];
    struct stages stages = {0};
    for (size_t at = 0; at < 60; at += 2) { /* a word too long at each place */
        memcpy(text, "0 to 5 in 5s ", at < 13 ? at : 13);
        assert_false(stages_add(&stages, STAGES_OF_RATE, text, error));
    }
    assert_true(stages_is_stage("5 for 1s"));
    assert_false(stages_is_stage("5"));
}

static void there_are_not_too_many_nor_too_long(void **state)
{
    (void)state;
    struct stages stages = {0};
    char error[STAGES_ERROR_MAX];
    assert_true(stages_add(&stages, STAGES_OF_RATE, "1.5 for 100h", error));
    assert_false(stages_add(&stages, STAGES_OF_RATE, "1 for 100h", error));
    assert_non_null(strstr(error, "7 days together"));
    while (stages.count < LIMIT_STAGES_MAX)
        assert_true(stages_add(&stages, STAGES_OF_RATE, "1 for 1s", error));
    assert_false(stages_add(&stages, STAGES_OF_RATE, "1 for 1s", error));
    assert_non_null(strstr(error, "more than 64 stages"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_follow_a_ramp),
        cmocka_unit_test(every_change_of_users_is_found),
        cmocka_unit_test(a_half_counts_as_one),
        cmocka_unit_test(requests_of_one_level_are_equally_apart),
        cmocka_unit_test(requests_follow_the_line),
        cmocka_unit_test(poisson_arrivals_follow_the_line),
        cmocka_unit_test(times_are_stretched),
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
        cmocka_unit_test(there_are_not_too_many_nor_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
