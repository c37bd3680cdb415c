/* Addresses as text, and whose turn it is. */
#include "route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct address parse(const char *text, uint16_t port)
{
    struct address address;
    if (!route_parse(text, strlen(text), port, &address))
        fail_msg("%s is no address", text);
    return address;
}

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    assert_string_equal(parse("127.0.0.1", 80).text, "127.0.0.1:80");
    assert_string_equal(parse("127.0.0.2", 0).text, "127.0.0.2");
    assert_string_equal(parse("::1", 65535).text, "[::1]:65535");
    assert_string_equal(parse("[0:0::FFFF]", 8080).text, "[::ffff]:8080");
    assert_string_equal(parse("fe80::1%lo", 0).text, "fe80::1");
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "127.1",     "localhost", "256.0.0.1", "[127.0.0.1]",
                                        "[]",      ":",         "1:2",       "[::1",      "127.0.0.1 ",
                                        "::1%nix", "127.0.0.1,127.0.0.2",
                                        "1111111111111111111111111111111111111111111111111111111111111111111111111"};
    struct address address;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (route_parse(texts[i], strlen(texts[i]), 1, &address))
            fail_msg("%s is an address", texts[i]);
}

static void the_same_place_is_known_again(void **state)
{
    (void)state;
    const struct address a = parse("::1", 80), b = parse("0:0:0:0:0:0:0:1", 80), c = parse("::1", 81);
    assert_true(route_equals(&a, &b));
    assert_false(route_equals(&a, &c));
}

static void paths_of_sockets(void **state)
{
    (void)state;
    struct address address;
    char path[109];
    memset(path, 'p', sizeof path);
    path[107] = '\0';
    assert_true(route_unix(path, &address));
    assert_int_equal(address.size, sizeof(sa_family_t) + 108);
    assert_true(route_unix("/run/x", &address));
    assert_string_equal(address.text, "unix:/run/x");
    path[107] = 'p';
    path[108] = '\0';
    assert_false(route_unix(path, &address));
    assert_false(route_unix("", &address));
}

/* Two addresses and three sources of each kind: every pair once in six connections of a kind. */
static void every_pair_has_its_turn(void **state)
{
    (void)state;
    static struct routes r = {.to_count = 2, .from_count = 4};
    char seen[12][260];
    r.to[0] = parse("127.0.0.1", 80);
    r.to[1] = parse("::1", 80);
    r.from[0] = parse("127.0.0.2", 0);
    r.from[1] = parse("::2", 0);
    r.from[2] = parse("127.0.0.3", 0);
    r.from[3] = parse("127.0.0.4", 0);
    assert_int_equal(route_count_pairs(&r), 4);
    for (uint32_t serial = 0; serial < 12; serial++)
        snprintf(seen[serial], sizeof seen[0], "%s %s", route_from(&r, serial)->text,
                 route_to(&r, serial)->text);
    for (int i = 0; i < 3; i++) {
        static const char *const four[] = {"127.0.0.2 127.0.0.1:80", "127.0.0.3 127.0.0.1:80",
                                           "127.0.0.4 127.0.0.1:80"};
        assert_string_equal(seen[2 * i], four[i]);
        assert_string_equal(seen[2 * i + 6], four[i]);
        assert_string_equal(seen[2 * i + 1], "::2 [::1]:80");
    }
    r.from_count = 0;
    assert_null(route_from(&r, 7));
    assert_int_equal(route_count_pairs(&r), 2);
    assert_ptr_equal(route_to(&r, UINT32_MAX), &r.to[1]);
}

static void loopback_is_this_machine(void **state)
{
    (void)state;
    static struct routes r = {.to_count = 2};
    r.to[0] = parse("127.200.0.1", 80);
    r.to[1] = parse("::1", 80);
    assert_true(route_is_loopback(&r));
    r.to[1] = parse("::2", 80);
    assert_false(route_is_loopback(&r));
    r.to[1] = parse("128.0.0.1", 80);
    assert_false(route_is_loopback(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(the_same_place_is_known_again),
        cmocka_unit_test(paths_of_sockets),
        cmocka_unit_test(every_pair_has_its_turn),
        cmocka_unit_test(loopback_is_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
