/* The options that say where connections go, come from and how they are used: read, kept, refused. */
#include "options.h"

#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 160

/* Parses "tare WORDS... http://name.test/". */
static enum options_result parse(struct options *o, const char *const *words, char *error)
{
    char *argv[WORDS_MAX] = {"tare"};
    int argc = 1;
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    argv[argc++] = "http://name.test/";
    return options_parse(o, argc, argv, error);
}

#define PARSE(o, error, ...) parse(&(o), (const char *const[]){__VA_ARGS__, NULL}, error)

static void good(struct options *o, enum options_result result, const char *error)
{
    if (result != OPTIONS_RUN)
        fail_msg("%s", error);
    (void)o;
}

static void rules_are_kept_as_they_were_typed(void **state)
{
    (void)state;
    struct options o;
    char error[OPTIONS_ERROR_MAX];
    good(&o, PARSE(o, error, "--connect-to", "a:1:b:2", "--connect-to", ":::", "--resolve", "*:80:::1"),
         error);
    assert_int_equal(o.config.connect_to_count, 2);
    assert_string_equal(o.config.connect_to[0], "a:1:b:2");
    assert_string_equal(o.config.connect_to[1], ":::");
    assert_int_equal(o.config.resolve_count, 1);
    options_free(&o);
    good(&o, PARSE(o, error, "--source", "127.0.0.2,::1", "-x", "proxy.test:3128"), error);
    assert_string_equal(o.config.sources, "127.0.0.2,::1");
    assert_string_equal(o.config.proxy, "proxy.test:3128");
    options_free(&o);
}

static void connections_are_used_as_asked(void **state)
{
    (void)state;
    struct options o;
    char error[OPTIONS_ERROR_MAX];
    good(&o, PARSE(o, error, "-q"), error);
    assert_int_equal(o.config.requests_per_connection, 0);
    assert_true(o.config.connect_timeout_ns == o.config.timeout_ns);
    assert_int_equal(o.config.connect_rate_milli, 0);
    options_free(&o);
    good(&o, PARSE(o, error, "--reuse", "off", "--timeout", "2s", "--connect-rate", "0.5"), error);
    assert_int_equal(o.config.requests_per_connection, 1);
    assert_true(o.config.connect_timeout_ns == 2 * NS_PER_S);
    assert_int_equal(o.config.connect_rate_milli, 500);
    options_free(&o);
    good(&o, PARSE(o, error, "--reuse", "on", "--requests-per-connection", "7", "--connect-timeout", "1s"),
         error);
    assert_int_equal(o.config.requests_per_connection, 7);
    assert_true(o.config.connect_timeout_ns == NS_PER_S);
    options_free(&o);
}

/* Unix sockets have no stamps: none is promised unless it was asked for by name. */
static void unix_sockets_promise_no_send_stamps(void **state)
{
    (void)state;
    struct options o;
    char error[OPTIONS_ERROR_MAX];
    good(&o, PARSE(o, error, "--unix-socket", "/run/x"), error);
    assert_string_equal(o.config.unix_socket, "/run/x");
    assert_int_equal(o.config.send_stamps_one_in, 0);
    options_free(&o);
    good(&o, PARSE(o, error, "--unix-socket", "/run/x", "--send-stamps", "all"), error);
    assert_int_equal(o.config.send_stamps_one_in, 1);
    options_free(&o);
}

static void what_cannot_be_is_refused_with_a_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *words[6], *cause;
    } cases[] = {
        {{"--connect-to", "a:b"}, "--connect-to a:b is not HOST:PORT:HOST:PORT\n      write it"},
        {{"--resolve", "a:80:b"}, "--resolve a:80:b is not HOST:PORT:ADDRESS[,ADDRESS]\n      write it"},
        {{"--source", "127.0.0.1,eth0"}, "--source eth0 is no address\n      write IPv4 or IPv6"},
        {{"--source", ""}, "--source  is no address\n"},
        {{"-x", "https://p.test/"}, "--proxy https://p.test/ is not a plain HTTP proxy\n      write it"},
        {{"-x", "http://p.test/path"}, "is not a plain HTTP proxy\n      write it as http://HOST:PORT"},
        {{"-x", "http://p.test:x"}, "--proxy http://p.test:x: the port"},
        {{"--unix-socket", "/x", "--proxy", "p.test"}, "--unix-socket and --proxy exclude each other\n"},
        {{"--unix-socket", "/x", "--source", "::1"}, "--unix-socket and --source exclude each other\n"},
        {{"--unix-socket", "/x", "--resolve", "a:1:::1"}, "--unix-socket and --resolve exclude"},
        {{"--unix-socket", "/x", "--connect-to", ":::"}, "--unix-socket and --connect-to exclude"},
        {{"--reuse", "maybe"}, "--reuse maybe is not known\n      choose one of on, off"},
        {{"--reuse", "off", "--requests-per-connection", "2"},
         "--reuse off and --requests-per-connection 2 exclude each other\n      leave one out"},
        {{"--connect-rate", "0"}, "--connect-rate 0 is out of range\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options o;
        char error[OPTIONS_ERROR_MAX] = "";
        assert_int_equal(parse(&o, cases[i].words, error), OPTIONS_BAD);
        if (!strstr(error, cases[i].cause))
            fail_msg("case %zu: %s", i, error);
        options_free(&o);
    }
}

static void lists_have_an_end(void **state)
{
    (void)state;
    const char *words[2 * LIMIT_ADDRESSES_MAX + 3] = {NULL};
    static char list[16 * LIMIT_ADDRESSES_MAX];
    struct options o;
    char error[OPTIONS_ERROR_MAX];
    for (uint32_t i = 0; i <= LIMIT_ADDRESSES_MAX; i++) {
        words[2 * i] = "--connect-to";
        words[2 * i + 1] = ":::";
        strcat(strcat(list, i > 0 ? "," : ""), "127.0.0.1");
    }
    assert_int_equal(parse(&o, words, error), OPTIONS_BAD);
    assert_string_equal(error, "more than 64 times --connect-to\n      leave some out");
    options_free(&o);
    assert_int_equal(PARSE(o, error, "--source", list), OPTIONS_BAD);
    assert_string_equal(error, "--source names more than 64 addresses\n      leave some out");
    options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_kept_as_they_were_typed),
        cmocka_unit_test(connections_are_used_as_asked),
        cmocka_unit_test(unix_sockets_promise_no_send_stamps),
        cmocka_unit_test(what_cannot_be_is_refused_with_a_remedy),
        cmocka_unit_test(lists_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
