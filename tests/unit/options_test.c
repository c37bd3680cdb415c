/* The command line: every option, every name, every default. What is wrong with one is told in
 * option_mistakes_test.c. */
#include "command_line.h"
#include "limits.h"

#include <unistd.h>

static void without_options_there_are_defaults(void **state)
{
    (void)state;
    struct line line;
    const struct config *c = good(&line, URL);
    assert_string_equal(c->url, URL);
    assert_null(c->method);
    assert_null(c->headers);
    assert_null(c->body);
    assert_null(c->body_lines);
    assert_null(c->output);
    assert_null(c->cpus);
    assert_int_equal(c->loop, LOOP_CLOSED);
    assert_int_equal(c->connections, 10);
    assert_int_equal(c->threads, 1);
    assert_int_equal(c->pipeline, 1);
    assert_int_equal(c->duration_ns, 10 * NS_PER_S);
    assert_int_equal(c->requests, 0);
    assert_int_equal(c->warmup_ns, 0);
    assert_int_equal(c->grace_ns, 5 * NS_PER_S);
    assert_int_equal(c->timeout_ns, 30 * NS_PER_S);
    assert_int_equal(c->rate_milli, 0);
    assert_int_equal(c->arrivals, ARRIVALS_CONSTANT);
    assert_int_equal(c->wait, WAIT_BLOCK);
    assert_int_equal(c->seed, 1);
    assert_int_equal(c->samples_one_in, 1);
    assert_int_equal(c->send_stamps_one_in, 64);
    assert_false(c->strict || c->json || c->quiet);
    options_free(&line.options);
}

static void every_option_has_its_place(void **state)
{
    (void)state;
    struct line line;
    const struct config *c =
        good(&line, "-c 64 -t 2 -d 30s -n 10k -R 20k --arrivals poisson -w 5s -X PATCH -H A:_1 "
                    "-H B:_2 --body hello --timeout 500ms --grace 1s -o out --samples 1/10 "
                    "--send-stamps 1/8 --wait spin --seed 7 --strict --json -q -k " URL);
    assert_int_equal(c->connections, 64);
    assert_int_equal(c->threads, 2);
    assert_int_equal(c->duration_ns, 30 * NS_PER_S);
    assert_int_equal(c->requests, 10000);
    assert_int_equal(c->loop, LOOP_OPEN);
    assert_int_equal(c->rate_milli, 20000000);
    assert_int_equal(c->arrivals, ARRIVALS_POISSON);
    assert_int_equal(c->warmup_ns, 5 * NS_PER_S);
    assert_string_equal(c->method, "PATCH");
    assert_int_equal(c->headers_count, 2);
    assert_string_equal(c->headers[0], "A: 1");
    assert_string_equal(c->headers[1], "B: 2");
    assert_int_equal(c->body_bytes, 5);
    assert_memory_equal(c->body, "hello", 5);
    assert_int_equal(c->timeout_ns, 500 * NS_PER_MS);
    assert_int_equal(c->grace_ns, NS_PER_S);
    assert_string_equal(c->output, "out");
    assert_int_equal(c->samples_one_in, 10);
    assert_int_equal(c->send_stamps_one_in, 8);
    assert_int_equal(c->wait, WAIT_SPIN);
    assert_int_equal(c->seed, 7);
    assert_true(c->strict && c->json && c->quiet);
    options_free(&line.options);
}

/* Long names, curl's names, values behind '=', letters run together: the same thing. */
static void options_have_other_names(void **state)
{
    (void)state;
    struct line line;
    const struct config *c = good(
        &line, "--connections=64 --threads 2 --duration 30s --requests 10k --rate 20k --warmup "
               "5s --request PUT --header A:_1 --data hello --max-time 1s --output out "
               "--pipeline 64 --quiet --insecure " URL);
    assert_int_equal(c->connections, 64);
    assert_int_equal(c->pipeline, 64);
    assert_int_equal(c->threads, 2);
    assert_int_equal(c->duration_ns, 30 * NS_PER_S);
    assert_int_equal(c->requests, 10000);
    assert_int_equal(c->rate_milli, 20000000);
    assert_int_equal(c->warmup_ns, 5 * NS_PER_S);
    assert_string_equal(c->method, "PUT");
    assert_string_equal(c->headers[0], "A: 1");
    assert_memory_equal(c->body, "hello", 5);
    assert_int_equal(c->timeout_ns, NS_PER_S);
    assert_string_equal(c->output, "out");
    assert_true(c->quiet);
    options_free(&line.options);
    assert_string_equal(good(&line, "--method PUT " URL)->method, "PUT");
    options_free(&line.options);
    c = good(&line, "-qkc64 -t2 " URL);
    assert_int_equal(c->connections, 64);
    assert_int_equal(c->threads, 2);
    assert_true(c->quiet);
    options_free(&line.options);
}

static void the_url_may_stand_anywhere(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(good(&line, URL " -c 3")->connections, 3);
    assert_string_equal(line.options.config.url, URL);
    options_free(&line.options);
    assert_string_equal(good(&line, "-c 3 -- -weird")->url, "-weird");
    options_free(&line.options);
}

/* getopt_long(3) puts the words in another order; run.json has them as they were typed. */
static void the_command_is_kept_as_it_was_typed(void **state)
{
    (void)state;
    static const char *const typed[] = {"tare", URL, "-c", "3", "-q"};
    struct line line;
    const struct config *c = good(&line, URL " -c 3 -q");
    assert_int_equal(c->command_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(c->command[i], typed[i]);
    options_free(&line.options);
}

static void requests_alone_have_no_duration(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(good(&line, "-n 400 " URL)->duration_ns, 0);
    options_free(&line.options);
    assert_int_equal(good(&line, "-n 400 -d 10s " URL)->duration_ns, 10 * NS_PER_S);
    options_free(&line.options);
    assert_int_equal(good(&line, "-d 3s -n 400 " URL)->duration_ns, 3 * NS_PER_S);
    options_free(&line.options);
}

static void waiting_depends_on_the_loop_unless_it_is_asked_for(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(good(&line, "-R 5 " URL)->wait, WAIT_HYBRID);
    options_free(&line.options);
    assert_int_equal(good(&line, "--wait block -R 5 " URL)->wait, WAIT_BLOCK);
    options_free(&line.options);
    assert_int_equal(good(&line, "--wait hybrid " URL)->wait, WAIT_HYBRID);
    options_free(&line.options);
}

static void a_search_has_defaults_of_its_own(void **state)
{
    (void)state;
    struct line line;
    const struct config *c = good(&line, "--find-rate p99<=10ms " URL);
    assert_int_equal(c->goals_count, 1);
    assert_int_equal(c->goals[0].ppm, 990000);
    assert_int_equal(c->loop, LOOP_OPEN);
    assert_int_equal(c->wait, WAIT_HYBRID);
    assert_int_equal(c->rate_milli, 100000);
    assert_int_equal(c->duration_ns, 2 * NS_PER_S);
    assert_int_equal(c->warmup_ns, NS_PER_S / 5);
    options_free(&line.options);
    c = good(&line, "-R 2k --find-rate p99<=10ms --find-rate service.p50<1ms -d 5s -w 0s "
                    "--arrivals poisson " URL);
    assert_int_equal(c->goals_count, 2);
    assert_int_equal(c->goals[1].series, SERIES_SERVICE);
    assert_int_equal(c->rate_milli, 2000000);
    assert_int_equal(c->duration_ns, 5 * NS_PER_S);
    assert_int_equal(c->warmup_ns, 0);
    options_free(&line.options);
}

static void goals_have_a_limit(void **state)
{
    (void)state;
    struct line line;
    char text[1024] = URL;
    for (unsigned i = 0; i < LIMIT_GOALS_MAX; i++)
        strcat(text, " --find-rate p99<=9ms");
    assert_int_equal(good(&line, text)->goals_count, LIMIT_GOALS_MAX);
    options_free(&line.options);
    strcat(text, " --find-rate p99<=9ms");
    assert_int_equal(parse(&line, text), OPTIONS_BAD);
    assert_string_equal(line.error, "more than 8 goals (--find-rate)\n      leave some out");
    options_free(&line.options);
}

static void weighing_needs_no_url(void **state)
{
    (void)state;
    struct line line;
    const struct config *c = good(&line, "-q --weigh --json -o here.json --cpus 0");
    assert_true(c->weigh && c->quiet && c->json);
    assert_null(c->url);
    assert_string_equal(c->output, "here.json");
    assert_int_equal(c->cpus_count, 1);
    options_free(&line.options);
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return;
    assert_int_equal(parse(&line, "--weigh --cpus 0-1"), OPTIONS_BAD);
    assert_string_equal(line.error, "--cpus names 2 CPUs, and --weigh loads with one thread\n      "
                                    "name one");
    options_free(&line.options);
}

static void headers_have_a_limit(void **state)
{
    (void)state;
    static char name[] = "tare", letter[] = "-H", header[] = "A: 1", url[] = URL;
    static char *words[2 * LIMIT_HEADERS_MAX + 8];
    struct options options;
    char error[OPTIONS_ERROR_MAX];
    int count = 1;
    words[0] = name;
    for (uint32_t i = 0; i < LIMIT_HEADERS_MAX; i++) {
        words[count++] = letter;
        words[count++] = header;
    }
    words[count] = url;
    assert_int_equal(options_parse(&options, count + 1, words, error), OPTIONS_RUN);
    assert_int_equal(options.config.headers_count, LIMIT_HEADERS_MAX);
    options_free(&options);
    words[count++] = letter;
    words[count++] = header;
    words[count] = url;
    assert_int_equal(options_parse(&options, count + 1, words, error), OPTIONS_BAD);
    assert_string_equal(error, "more than 256 header lines\n      leave some out");
    options_free(&options);
}

static void help_and_version_need_no_url(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(parse(&line, "-h"), OPTIONS_HELP);
    options_free(&line.options);
    assert_int_equal(parse(&line, "-c 5 --help"), OPTIONS_HELP);
    options_free(&line.options);
    assert_int_equal(parse(&line, "--version"), OPTIONS_VERSION);
    options_free(&line.options);
}

static void the_help_names_every_option_and_fits_a_terminal(void **state)
{
    (void)state;
    static const char *const names[] = {"-c, --connections",
                                        "-t, --threads",
                                        "-d, --duration",
                                        "-n, --requests",
                                        "-R, --rate",
                                        "--arrivals",
                                        "-w, --warmup",
                                        "-X, --method",
                                        "-H, --header",
                                        "--body ",
                                        "--body-lines",
                                        "--timeout",
                                        "--grace",
                                        "-o, --output",
                                        "--samples",
                                        "--send-stamps",
                                        "--wait",
                                        "--cpus",
                                        "--seed",
                                        "--strict",
                                        "--find-rate GOAL",
                                        "--json",
                                        "-q, --quiet",
                                        "--weigh",
                                        "-h, --help",
                                        "--version"};
    char *help = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&help, &size);
    options_print_help(file);
    fclose(file);
    const char *text = help;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strstr(text, names[i]))
            fail_msg("the help does not speak of %s", names[i]);
    while (*text) {
        const size_t width = strcspn(text, "\n");
        assert_in_range(width, 0, 80);
        text += width + 1;
    }
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_there_are_defaults),
        cmocka_unit_test(every_option_has_its_place),
        cmocka_unit_test(options_have_other_names),
        cmocka_unit_test(the_url_may_stand_anywhere),
        cmocka_unit_test(the_command_is_kept_as_it_was_typed),
        cmocka_unit_test(requests_alone_have_no_duration),
        cmocka_unit_test(waiting_depends_on_the_loop_unless_it_is_asked_for),
        cmocka_unit_test(a_search_has_defaults_of_its_own),
        cmocka_unit_test(goals_have_a_limit),
        cmocka_unit_test(weighing_needs_no_url),
        cmocka_unit_test(headers_have_a_limit),
        cmocka_unit_test(help_and_version_need_no_url),
        cmocka_unit_test(the_help_names_every_option_and_fits_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
