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
    {"unexpected", OUTCOME_FAILURE},
    {"redirect_refused", OUTCOME_FAILURE},
    {"connect_forbidden", OUTCOME_FAILURE},
    {"unreachable", OUTCOME_FAILURE},
    {"exhausted", OUTCOME_FAILURE},
    {"tls_untrusted", OUTCOME_FAILURE},
    {"tls_refused", OUTCOME_FAILURE},
    {"tls_malformed", OUTCOME_FAILURE},
    {"tls_truncated", OUTCOME_FAILURE},
    {"tls_timeout", OUTCOME_FAILURE},
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

static void name_of_class(void *class)
{
    outcome_class_name(*(enum outcome_class *)class);
}

static void what_is_no_class_is_a_bug(void **state)
{
    (void)state;
    enum outcome_class none = OUTCOME_CENSORED + 1, one = OUTCOME_CENSORED;
    assert_true(dies(name_of_class, &none));
    assert_false(dies(name_of_class, &one));
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
    assert_int_equal(outcome_of_status(99), OUTCOME_STATUS_5XX); /* no status: framing refuses them */
    assert_int_equal(outcome_of_status(600), OUTCOME_STATUS_5XX);
    for (int status = 100; status <= 999; status++)
        assert_int_equal(outcome_of_status(status), status < 400   ? OUTCOME_OK
                                                    : status < 500 ? OUTCOME_STATUS_4XX
                                                                   : OUTCOME_STATUS_5XX);
}

/* What the manual pages say that a connection's system calls can fail with, and that this engine can
 * meet: connect(2), send(2), recv(2), tcp(7), ip(7), unix(7), icmp(7) by net/ipv4/icmp.c's table. */
static void every_error_of_the_kernel_has_a_name(void **state)
{
    (void)state;
    static const struct {
        int error;
        enum outcome connect, io;
    } errors[] = {
        {ECONNREFUSED, OUTCOME_CONNECT_REFUSED, OUTCOME_UNREACHABLE},
        {ETIMEDOUT, OUTCOME_CONNECT_TIMEOUT, OUTCOME_TIMEOUT},
        {ENETUNREACH, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_UNREACHABLE},
        {EHOSTUNREACH, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_UNREACHABLE},
        {ENETDOWN, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_UNREACHABLE},
        {EHOSTDOWN, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_UNREACHABLE},
        {ENONET, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_UNREACHABLE},
        {EADDRNOTAVAIL, OUTCOME_CONNECT_NO_PORT, OUTCOME_COUNT},
        {EADDRINUSE, OUTCOME_CONNECT_NO_PORT, OUTCOME_COUNT},
        {EACCES, OUTCOME_CONNECT_FORBIDDEN, OUTCOME_UNREACHABLE},
        {EPERM, OUTCOME_CONNECT_FORBIDDEN, OUTCOME_UNREACHABLE},
        {ENOENT, OUTCOME_CONNECT_UNREACHABLE, OUTCOME_COUNT},
        {EAGAIN, OUTCOME_EXHAUSTED, OUTCOME_COUNT},
        {ENOMEM, OUTCOME_EXHAUSTED, OUTCOME_EXHAUSTED},
        {ENOBUFS, OUTCOME_EXHAUSTED, OUTCOME_EXHAUSTED},
        {EMFILE, OUTCOME_EXHAUSTED, OUTCOME_COUNT},
        {ENFILE, OUTCOME_EXHAUSTED, OUTCOME_COUNT},
        {ECONNRESET, OUTCOME_RESET, OUTCOME_RESET},
        {EPIPE, OUTCOME_RESET, OUTCOME_RESET},
        {ECONNABORTED, OUTCOME_RESET, OUTCOME_RESET},
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        assert_int_equal(outcome_of_connect_error(errors[i].error), errors[i].connect);
        if (errors[i].io != OUTCOME_COUNT)
            assert_int_equal(outcome_of_io_error(errors[i].error), errors[i].io);
    }
}

/* What only a bug of tare's can cause. */
static void what_nobody_foresees_has_a_name_too(void **state)
{
    (void)state;
    static const int errors[] = {EBADF, EFAULT, EINVAL, EISCONN, ENOTSOCK, ECANCELED, EALREADY};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        assert_int_equal(outcome_of_connect_error(errors[i]), OUTCOME_CONNECT_FAILED);
        assert_int_equal(outcome_of_io_error(errors[i]), OUTCOME_IO_FAILED);
    }
}

static void a_whole_response_is_an_answer(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        const bool is_answered = i <= OUTCOME_STATUS_5XX || i == OUTCOME_UNEXPECTED ||
                                 i == OUTCOME_REDIRECT_REFUSED;
        assert_int_equal(outcome_is_answered((enum outcome)i), is_answered);
    }
}

static void name_of(void *outcome)
{
    outcome_name(*(enum outcome *)outcome);
}

static void what_is_no_outcome_is_a_bug(void **state)
{
    (void)state;
    enum outcome none = OUTCOME_COUNT, last = OUTCOME_COUNT - 1;
    assert_true(dies(name_of, &none));
    assert_false(dies(name_of, &last)); /* the canary: a call that is right survives */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_classes_and_order_stay),
        cmocka_unit_test(what_is_no_class_is_a_bug),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(a_status_is_judged_by_its_class),
        cmocka_unit_test(every_error_of_the_kernel_has_a_name),
        cmocka_unit_test(what_nobody_foresees_has_a_name_too),
        cmocka_unit_test(a_whole_response_is_an_answer),
        cmocka_unit_test(what_is_no_outcome_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
