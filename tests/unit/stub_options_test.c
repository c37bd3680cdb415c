/* The stub's command line: what it sets, and what it says of mistakes. */
#include "stub_options.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Parses words that a space separates. */
static enum stub_options_result parse(struct stub_options *options, const char *line, char *why,
                                      size_t why_size)
{
    static char words[512]; /* the options borrow from it */
    char *argv[32] = {(char *)(uintptr_t) "tare-stub"};
    int argc = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return stub_options_parse(options, argc, argv, why, why_size);
}

static struct stub_options parsed(const char *line)
{
    struct stub_options options;
    char why[512] = "";
    if (parse(&options, line, why, sizeof why) != STUB_OPTIONS_RUN)
        fail_msg("%s: %s", line, why);
    return options;
}

static void defaults_are_those_of_the_help(void **state)
{
    (void)state;
    const struct stub_options options = parsed("");
    const struct sockaddr_in *address = (const struct sockaddr_in *)&options.address;
    assert_int_equal(address->sin_family, AF_INET);
    assert_int_equal(ntohs(address->sin_port), 8080);
    assert_int_equal(ntohl(address->sin_addr.s_addr), INADDR_LOOPBACK);
    assert_int_equal(options.threads, 1);
    assert_int_equal(options.seed, 1);
    assert_int_equal(options.status, 200);
    assert_int_equal(options.body_bytes, 13);
    assert_int_equal(options.close_after, 0);
    assert_int_equal(options.servers, 0);
    assert_false(options.null);
    assert_false(options.chunked);
    assert_null(options.log_path);
    assert_int_equal(stub_delay_ns(&options.delay, 5), 0);
}

static void every_option_is_taken(void **state)
{
    (void)state;
    struct stub_options options =
        parsed("--port=0 --address ::1 --delay turns:1ms,2ms --seed 7 --size 64k --chunked "
               "--status 503 --close-after 10 --log x.log --threads 2 --servers 4");
    const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)&options.address;
    assert_int_equal(address->sin6_family, AF_INET6);
    assert_int_equal(address->sin6_port, 0);
    assert_int_equal(options.address_size, sizeof *address);
    assert_int_equal(stub_delay_ns(&options.delay, 1), 2000000);
    assert_int_equal(options.seed, 7);
    assert_int_equal(options.body_bytes, 64000);
    assert_true(options.chunked);
    assert_int_equal(options.status, 503);
    assert_int_equal(options.close_after, 10);
    assert_string_equal(options.log_path, "x.log");
    assert_int_equal(options.threads, 2);
    assert_int_equal(options.servers, 4);
    assert_true(parsed("--null").null);
}

/* The seed counts wherever it stands. */
static void modes_are_shuffled_by_the_seed(void **state)
{
    (void)state;
    const struct stub_options before = parsed("--seed 9 --mode optimized");
    const struct stub_options after = parsed("--mode optimized --seed 9");
    struct stub_delay delay;
    stub_delay_of_mode(&delay, STUB_DELAY_OPTIMIZED, 9);
    for (uint64_t i = 0; i < 400; i++) {
        assert_int_equal(stub_delay_ns(&before.delay, i), stub_delay_ns(&delay, i));
        assert_int_equal(stub_delay_ns(&after.delay, i), stub_delay_ns(&delay, i));
    }
    assert_int_equal(parsed("--mode baseline").delay.kind, STUB_DELAY_STRATIFIED);
}

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *expected;
    } mistakes[] = {
        {"--port 65536", "a port from 0 to 65535"},
        {"--port", "--port lacks its value"},
        {"--port x", "--port x"},
        {"--address localhost", "not a name"},
        {"--mode fast", "baseline or optimized"},
        {"--servers 0 --delay fixed:1ms", "from 1 to 1,000,000"},
        {"--servers 4", "--servers are busy for as long as --delay says"},
        {"--servers 4 --null", "--servers are busy for as long as --delay says"},
        {"--servers 4 --null --delay fixed:1ms", "--null answers at once"},
        {"--delay soon", "known are"},
        {"--delay fixed:soon", "it is written fixed:5ms"},
        {"--threads 0", "from 1 to 256"},
        {"--threads 257", "from 1 to 256"},
        {"--size 2g", "bytes"},
        {"--size -1", "bytes"},
        {"--status 101", "from 200"},
        {"--status 4294967496", "from 200"}, /* 200 modulo 2^32 */
        {"--close-after 0", "from 1 on"},
        {"--seed x", "--seed x"},
        {"--log=", "a file's name"},
        {"--null=yes", "takes no value"},
        {"--nul", "--help lists them"},
        {"--", "--help lists them"},
        {"8080", "--help lists them"},
        {"--mode baseline --delay fixed:1s", "leave one of them out"},
        {"--null --mode baseline", "no latencies"},
        {"--null --delay fixed:1s", "no latencies"},
        {"--null --log x", "keeps no log"},
        {"--null --close-after 1", "--close-after"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct stub_options options;
        char why[512] = "";
        assert_int_equal(parse(&options, mistakes[i].line, why, sizeof why), STUB_OPTIONS_BAD);
        if (!strstr(why, mistakes[i].expected) || !strstr(why, "\n      "))
            fail_msg("%s: expected \"%s\" in: %s", mistakes[i].line, mistakes[i].expected, why);
    }
}

static void help_and_version_go_first(void **state)
{
    (void)state;
    struct stub_options options;
    char why[512];
    assert_int_equal(parse(&options, "--null --help", why, sizeof why), STUB_OPTIONS_HELP);
    assert_int_equal(parse(&options, "-h", why, sizeof why), STUB_OPTIONS_HELP);
    assert_int_equal(parse(&options, "--version", why, sizeof why), STUB_OPTIONS_VERSION);
    assert_non_null(strstr(stub_options_help(), "--close-after N"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_help),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(modes_are_shuffled_by_the_seed),
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
        cmocka_unit_test(help_and_version_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
