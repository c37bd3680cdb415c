/* How many local ports there are, how many a run can need, and what is said where they do not suffice. */
#include "ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct ports usual = {.low = 32768, .high = 60999, .time_wait_reuse = 2};

static void add(struct address *addresses, uint32_t *count, const char *text)
{
    assert_true(route_parse(text, strlen(text), 80, &addresses[(*count)++]));
}

/* One address, and so many sources. */
static void make_routes(struct routes *r, const char *to, uint32_t sources)
{
    memset(r, 0, sizeof *r);
    add(r->to, &r->to_count, to);
    for (uint32_t i = 0; i < sources; i++)
        add(r->from, &r->from_count, "127.0.0.1");
}

static void each_pair_has_all_of_them(void **state)
{
    (void)state;
    static struct routes r;
    make_routes(&r, "127.0.0.1", 0);
    assert_int_equal(ports_count(&usual, &r), 28232);
    make_routes(&r, "127.0.0.1", 3);
    assert_int_equal(ports_count(&usual, &r), 3 * 28232);
    const struct ports unknown = {.high = 0};
    assert_true(ports_count(&unknown, &r) == UINT64_MAX);
    assert_true(route_unix("/run/x", &r.to[0]));
    assert_true(ports_count(&usual, &r) == UINT64_MAX);
}

static void what_is_closed_holds_its_port(void **state)
{
    (void)state;
    static struct routes r;
    struct config c = {.connections = 100, .rate_milli = 1000000, .loop = LOOP_OPEN};
    make_routes(&r, "192.0.2.1", 0);
    assert_int_equal(ports_needed(&usual, &r, &c), 100); /* connections are kept */
    c.requests_per_connection = 1;
    assert_int_equal(ports_needed(&usual, &r, &c), 100 + 1000 * 60);
    c.requests_per_connection = 10;
    assert_int_equal(ports_needed(&usual, &r, &c), 100 + 100 * 60);
    c.connect_rate_milli = 50000;
    assert_int_equal(ports_needed(&usual, &r, &c), 100 + 50 * 60);
    c.loop = LOOP_CLOSED;
    assert_int_equal(ports_needed(&usual, &r, &c), 100 + 50 * 60);
    make_routes(&r, "127.0.0.1", 0); /* reused after a second, on loopback */
    assert_int_equal(ports_needed(&usual, &r, &c), 100 + 50);
    const struct ports never = {.low = 1, .high = 2}, always = {.low = 1, .high = 2, .time_wait_reuse = 1};
    assert_int_equal(ports_needed(&never, &r, &c), 100 + 50 * 60);
    make_routes(&r, "192.0.2.1", 0);
    assert_int_equal(ports_needed(&always, &r, &c), 100 + 50);
    c.connect_rate_milli = 0;
    assert_int_equal(ports_needed(&usual, &r, &c), 100); /* nobody knows the rate */
}

static void too_many_connections_are_refused_in_words(void **state)
{
    (void)state;
    static struct routes r;
    char error[PORTS_ERROR_MAX];
    struct config c = {.connections = 28232};
    make_routes(&r, "127.0.0.1", 0);
    assert_true(ports_check(&usual, &r, &c, error));
    c.connections++;
    assert_false(ports_check(&usual, &r, &c, error));
    assert_string_equal(error,
                        "28,233 connections need as many local ports, and there are 28,232: 32768 to 60999 "
                        "(net.ipv4.ip_local_port_range)\n      connect from more sources (--source "
                        "127.0.0.2,127.0.0.3), widen the range (sysctl -w "
                        "net.ipv4.ip_local_port_range='1024 65535'), or ask for fewer (-c)");
    make_routes(&r, "192.0.2.1", 2);
    c.connections = 60000;
    assert_false(ports_check(&usual, &r, &c, error));
    assert_non_null(strstr(error, "there are 56,464: 32768 to 60999 (net.ipv4.ip_local_port_range) for "
                                  "each of 2 pairs of source and address\n      connect from more "
                                  "addresses of this machine (--source A,B), "));
}

static void what_may_run_out_is_warned_of(void **state)
{
    (void)state;
    static struct routes r;
    char text[PORTS_ERROR_MAX] = "";
    struct config c = {.connections = 32,
                       .loop = LOOP_OPEN,
                       .rate_milli = 470000,
                       .requests_per_connection = 1};
    make_routes(&r, "192.0.2.1", 0);
    assert_false(ports_warn(&usual, &r, &c, text)); /* 32 + 470 x 60 = 28,232 */
    c.connections++;
    assert_true(ports_warn(&usual, &r, &c, text));
    assert_non_null(strstr(text, "may take 28,233 local ports, each for 60 s (TIME_WAIT), and there are "
                                 "28,232: 32768 to 60999"));
    assert_non_null(strstr(text, "end as connect_no_port; connect from more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_has_all_of_them),
        cmocka_unit_test(what_is_closed_holds_its_port),
        cmocka_unit_test(too_many_connections_are_refused_in_words),
        cmocka_unit_test(what_may_run_out_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
