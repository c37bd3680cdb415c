/* The closed list of outcomes: names that never change, and what becomes which. */
#include "outcome.h"

#include "dies.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As files hold them: appended to, never renamed, never moved. */
static const struct {
    const char *name;
    enum outcome_class class;
} expected[OUTCOME_COUNT] = {
    {"ok", OUTCOME_SUCCESS},
    {"status_4xx", OUTCOME_FAILURE},
    {"status_5xx", OUTCOME_FAILURE},
    {"connect_refused", OUTCOME_FAILURE},
    {"connect_timeout", OUTCOME_FAILURE},
    {"connect_unreachable", OUTCOME_FAILURE},
    {"connect_no_port", OUTCOME_FAILURE},
    {"connect_failed", OUTCOME_FAILURE},
    {"reset", OUTCOME_FAILURE},
    {"closed", OUTCOME_FAILURE},
    {"malformed", OUTCOME_FAILURE},
    {"io_failed", OUTCOME_FAILURE},
    {"timeout", OUTCOME_CENSORED},
    {"in_flight", OUTCOME_CENSORED},
    {"unsent", OUTCOME_CENSORED},
};

static void names_classes_and_order_stay(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        const enum outcome outcome = (enum outcome)i;
        enum outcome parsed;
        assert_string_equal(outcome_name(outcome), expected[i].name);
        assert_int_equal(outcome_class(outcome), expected[i].class);
        assert_true(outcome_parse(expected[i].name, strlen(expected[i].name), &parsed));
        assert_int_equal(parsed, outcome);
        assert_true(strlen(outcome_sentence(outcome)) > 8);
    }
    assert_string_equal(outcome_class_name(OUTCOME_SUCCESS), "success");
    assert_string_equal(outcome_class_name(OUTCOME_FAILURE), "failure");
    assert_string_equal(outcome_class_name(OUTCOME_CENSORED), "censored");
}

static void other_names_are_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"", "OK", "okay", "o", "ok ", "status_3xx", "connect"};
    enum outcome outcome = OUTCOME_RESET;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(outcome_parse(others[i], strlen(others[i]), &outcome));
    assert_false(outcome_parse("ok", 1, &outcome));
    assert_false(outcome_parse("ok\0", 3, &outcome));
    assert_int_equal(outcome, OUTCOME_RESET);
    assert_true(outcome_parse("ok,200", 2, &outcome)); /* a field in the middle of a row */
    assert_int_equal(outcome, OUTCOME_OK);
}

static void a_status_is_judged_by_its_class(void **state)
{
    (void)state;
    for (int status = 100; status <= 999; status++)
        assert_int_equal(outcome_of_status(status), status < 400   ? OUTCOME_OK
                                                    : status < 500 ? OUTCOME_STATUS_4XX
                                                                   : OUTCOME_STATUS_5XX);
}

static void errors_of_the_kernel_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_connect_error(ECONNREFUSED), OUTCOME_CONNECT_REFUSED);
    assert_int_equal(outcome_of_connect_error(ETIMEDOUT), OUTCOME_CONNECT_TIMEOUT);
    assert_int_equal(outcome_of_connect_error(ENETUNREACH), OUTCOME_CONNECT_UNREACHABLE);
    assert_int_equal(outcome_of_connect_error(EHOSTUNREACH), OUTCOME_CONNECT_UNREACHABLE);
    assert_int_equal(outcome_of_connect_error(EADDRNOTAVAIL), OUTCOME_CONNECT_NO_PORT);
    assert_int_equal(outcome_of_connect_error(EMFILE), OUTCOME_CONNECT_FAILED);
    assert_int_equal(outcome_of_connect_error(ECANCELED), OUTCOME_CONNECT_FAILED);
    assert_int_equal(outcome_of_io_error(ECONNRESET), OUTCOME_RESET);
    assert_int_equal(outcome_of_io_error(EPIPE), OUTCOME_RESET);
    assert_int_equal(outcome_of_io_error(ETIMEDOUT), OUTCOME_TIMEOUT);
    assert_int_equal(outcome_of_io_error(EFAULT), OUTCOME_IO_FAILED);
}

static void name_of(void *outcome)
{
    outcome_name(*(enum outcome *)outcome);
}

static void what_is_no_outcome_is_a_bug(void **state)
{
    (void)state;
    enum outcome none = OUTCOME_COUNT, last = OUTCOME_UNSENT;
    assert_true(dies(name_of, &none));
    assert_false(dies(name_of, &last)); /* the canary: a call that is right survives */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_classes_and_order_stay),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(a_status_is_judged_by_its_class),
        cmocka_unit_test(errors_of_the_kernel_are_told_apart),
        cmocka_unit_test(what_is_no_outcome_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
