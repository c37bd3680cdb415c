/* The rules of --connect-to and --resolve: read, refused, and applied as curl applies them. */
#include "detour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct detour parse(const char *text)
{
    struct detour detour;
    char error[DETOUR_ERROR_MAX];
    if (!detour_parse(text, &detour, error))
        fail_msg("%s", error);
    return detour;
}

static void all_four_parts_may_stand_or_lack(void **state)
{
    (void)state;
    const struct detour full = parse("Example.COM:80:127.0.0.1:8080");
    assert_string_equal(full.of.host, "example.com");
    assert_int_equal(full.of.port, 80);
    assert_string_equal(full.to.host, "127.0.0.1");
    assert_int_equal(full.to.port, 8080);
    const struct detour six = parse("[FE80::1%25lo]:443:[::1]:8443");
    assert_string_equal(six.of.host, "fe80::1%25lo");
    assert_string_equal(six.to.host, "::1");
    const struct detour none = parse(":::");
    assert_string_equal(none.of.host, "");
    assert_int_equal(none.of.port + none.to.port, 0);
}

static void what_curl_would_not_read_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         "a",          "a:80",        "a:80:b",         "a:80:b:90:",     "a:80:b:90 ",
        "a:0:b:90", "a:65536:b:", "a:x:b:90",    "a:-1:b:90",      "[::1:80:b:90",   "[::1]x:80:b:90",
        "::1:80:b", "a:80:b:0",   "a:80:[::1:9", "a:80:[::1]9:90", "a:080000:b:99999"};
    struct detour detour;
    char error[DETOUR_ERROR_MAX];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (detour_parse(texts[i], &detour, error))
            fail_msg("%s is a rule", texts[i]);
        assert_non_null(strstr(error, " is not HOST:PORT:HOST:PORT\n      write it as "));
    }
}

static void a_host_too_long_is_refused(void **state)
{
    (void)state;
    char text[300], error[DETOUR_ERROR_MAX];
    struct detour detour;
    memset(text, 'h', sizeof text);
    memcpy(text + URL_HOST_MAX_BYTES, ":1::", 5);
    assert_true(detour_parse(text, &detour, error));
    memset(text, 'h', sizeof text);
    memcpy(text + URL_HOST_MAX_BYTES + 1, ":1::", 5);
    assert_false(detour_parse(text, &detour, error));
}

static void a_rule_fits_its_host_and_port_or_any(void **state)
{
    (void)state;
    const struct detour one = parse("a.test:80:b.test:90"), any = parse("::b.test:");
    assert_true(detour_fits(&one.of, "A.test", 80));
    assert_false(detour_fits(&one.of, "a.test", 81));
    assert_false(detour_fits(&one.of, "a.tes", 80));
    assert_true(detour_fits(&any.of, "c.test", 7));
    struct detour_place place = {.host = "a.test", .port = 80};
    detour_take(&any, &place);
    assert_string_equal(place.host, "b.test");
    assert_int_equal(place.port, 80);
    const struct detour port = parse(":80::90");
    detour_take(&port, &place);
    assert_string_equal(place.host, "b.test");
    assert_int_equal(place.port, 90);
}

static void resolutions_name_addresses(void **state)
{
    (void)state;
    struct resolution r;
    char error[DETOUR_ERROR_MAX];
    assert_true(detour_parse_resolution("A.test:80:127.0.0.1,[::1],::2", &r, error));
    assert_string_equal(r.of.host, "a.test");
    assert_string_equal(r.addresses, "127.0.0.1,[::1],::2");
    assert_true(detour_parse_resolution("+*:80:127.0.0.1", &r, error));
    assert_true(detour_fits(&r.of, "whatever", 80));
    assert_false(detour_fits(&r.of, "whatever", 81));
    static const char *const texts[] = {"a:80", "a:80:", "a:80:b", ":80:127.0.0.1", "a::127.0.0.1", "",
                                        "a:80:127.0.0.1,", "a:80:,127.0.0.1", "-a:80", "a:80:127.1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (detour_parse_resolution(texts[i], &r, error))
            fail_msg("%s is a rule", texts[i]);
        assert_non_null(strstr(error, " is not HOST:PORT:ADDRESS[,ADDRESS]\n      write it as "));
    }
}

static void there_is_a_limit_of_addresses(void **state)
{
    (void)state;
    struct resolution r;
    char error[DETOUR_ERROR_MAX], text[1024] = "a:80:127.0.0.1";
    for (uint32_t i = 1; i < LIMIT_ADDRESSES_MAX; i++)
        strcat(text, ",127.0.0.1");
    assert_true(detour_parse_resolution(text, &r, error));
    strcat(text, ",127.0.0.1");
    assert_false(detour_parse_resolution(text, &r, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_four_parts_may_stand_or_lack),
        cmocka_unit_test(what_curl_would_not_read_is_refused),
        cmocka_unit_test(a_host_too_long_is_refused),
        cmocka_unit_test(a_rule_fits_its_host_and_port_or_any),
        cmocka_unit_test(resolutions_name_addresses),
        cmocka_unit_test(there_is_a_limit_of_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
