/* The command line: every option, every default, and every sentence that a person reads when it is
 * wrong. */
#include "limits.h"
#include "options.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 64
#define URL "http://127.0.0.1:8080/"

/* A command line, taken apart at spaces; '_' in a word stands for a space. */
struct line {
    char text[4096];
    char *words[WORDS_MAX];
    int count;
    struct options options;
    char error[OPTIONS_ERROR_MAX];
};

static enum options_result parse(struct line *line, const char *text)
{
    char *rest = line->text;
    snprintf(line->text, sizeof line->text, "tare %s", text);
    line->count = 0;
    line->error[0] = '\0';
    for (char *word; (word = strsep(&rest, " "));) {
        for (char *at = word; (at = strchr(at, '_'));)
            *at = ' ';
        if (*word)
            line->words[line->count++] = word;
    }
    line->words[line->count] = NULL;
    return options_parse(&line->options, line->count, line->words, line->error);
}

/* Parses what is right; the options are then to be freed. */
static const struct config *good(struct line *line, const char *text)
{
    if (parse(line, text) != OPTIONS_RUN)
        fail_msg("%s: %s", text, line->error);
    return &line->options.config;
}

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

static void rates_and_samples_have_their_forms(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(good(&line, "-R 0.5 " URL)->rate_milli, 500);
    options_free(&line.options);
    assert_int_equal(good(&line, "-R 100m " URL)->rate_milli, LIMIT_RATE_MAX * 1000ull);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples none " URL)->samples_one_in, 0);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples all " URL)->samples_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples 1/1 " URL)->samples_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples 1/10k " URL)->samples_one_in, 10000);
    options_free(&line.options);
    assert_int_equal(good(&line, "--send-stamps none " URL)->send_stamps_one_in, 0);
    options_free(&line.options);
    assert_int_equal(good(&line, "--send-stamps all " URL)->send_stamps_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "-w 0 --grace 0 " URL)->grace_ns, 0);
    options_free(&line.options);
}

/* ---- files ---- */

static void make_file(char *path, const char *text, size_t size)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
}

/* What has no size beforehand, and is longer than any first guess. */
static void a_body_may_come_through_a_pipe(void **state)
{
    (void)state;
    static char bytes[60000];
    struct line line;
    char text[256];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    assert_int_equal(write(ends[1], bytes, sizeof bytes), sizeof bytes);
    close(ends[1]);
    snprintf(text, sizeof text, "--body @/dev/fd/%d " URL, ends[0]);
    const struct config *c = good(&line, text);
    assert_int_equal(c->body_bytes, sizeof bytes);
    assert_memory_equal(c->body, bytes, sizeof bytes);
    options_free(&line.options);
    close(ends[0]);
}

/* Sizes around the steps in which the memory grows. */
static void a_body_of_any_size_is_whole(void **state)
{
    (void)state;
    static char bytes[20000];
    memset(bytes, 'x', sizeof bytes);
    for (size_t size = 4094; size <= 16386; size += size == 4098 ? 4092 : size == 8194 ? 8188 : 1) {
        struct line line;
        char path[] = "/tmp/options-test-XXXXXX", text[256];
        make_file(path, bytes, size);
        snprintf(text, sizeof text, "--body @%s " URL, path);
        const struct config *c = good(&line, text);
        assert_int_equal(c->body_bytes, size);
        assert_memory_equal(c->body, bytes, size);
        options_free(&line.options);
        unlink(path);
    }
}

static void a_body_may_be_a_file(void **state)
{
    (void)state;
    struct line line;
    char path[] = "/tmp/options-test-XXXXXX", text[256];
    make_file(path, "a\0b\n", 4);
    snprintf(text, sizeof text, "--body @%s " URL, path);
    const struct config *c = good(&line, text);
    assert_int_equal(c->body_bytes, 4);
    assert_memory_equal(c->body, "a\0b\n", 4); /* byte by byte, its last line end too */
    options_free(&line.options);
    snprintf(text, sizeof text, "--body-lines %s " URL, path);
    c = good(&line, text);
    assert_null(c->body);
    assert_int_equal(c->body_lines_bytes, 4);
    assert_memory_equal(c->body_lines, "a\0b\n", 4);
    options_free(&line.options);
    snprintf(text, sizeof text, "--body @%s --body plain --body-lines %s", path, path);
    assert_int_equal(parse(&line, text), OPTIONS_BAD); /* and nothing leaks on the way */
    options_free(&line.options);
    snprintf(text, sizeof text, "--body @%s --body @%s --body last " URL, path, path);
    assert_memory_equal(good(&line, text)->body, "last", 4);
    options_free(&line.options);
    assert_int_equal(truncate(path, 0), 0);
    snprintf(text, sizeof text, "--body @%s " URL, path);
    c = good(&line, text);
    assert_non_null(c->body);
    assert_int_equal(c->body_bytes, 0);
    options_free(&line.options);
    unlink(path);
}

/* ---- CPUs ---- */

/* Keeps this process to CPUs `first` and, where the machine has it, the next. Returns how many. */
static int cpus_allowed(int *first)
{
    cpu_set_t allowed;
    int count = 0;
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (CPU_ISSET((size_t)cpu, &allowed)) {
            *first = cpu;
            count++;
        }
    }
    return count;
}

static void cpus_are_a_list(void **state)
{
    (void)state;
    struct line line;
    char text[256];
    int cpu = 0;
    cpus_allowed(&cpu);
    snprintf(text, sizeof text, "--cpus %d " URL, cpu);
    const struct config *c = good(&line, text);
    assert_int_equal(c->cpus_count, 1);
    assert_int_equal(c->cpus[0], cpu);
    options_free(&line.options);
    snprintf(text, sizeof text, "--cpus %d,%d-%d,%d " URL, cpu, cpu, cpu, cpu);
    c = good(&line, text);
    assert_int_equal(c->cpus_count, 3); /* threads may share one */
    options_free(&line.options);
    snprintf(text, sizeof text, "--cpus %d,%d --cpus %d " URL, cpu, cpu, cpu);
    assert_int_equal(good(&line, text)->cpus_count, 1); /* the last word counts */
    options_free(&line.options);
}

static void a_range_of_cpus_is_all_of_it(void **state)
{
    (void)state;
    cpu_set_t allowed;
    struct line line;
    char text[256];
    int cpu = 0;
    cpus_allowed(&cpu);
    sched_getaffinity(0, sizeof allowed, &allowed);
    if (!CPU_ISSET((size_t)cpu + 1, &allowed))
        skip();
    snprintf(text, sizeof text, "--cpus %d-%d,%d " URL, cpu, cpu + 1, cpu);
    const struct config *c = good(&line, text);
    assert_int_equal(c->cpus_count, 3);
    assert_int_equal(c->cpus[0], cpu);
    assert_int_equal(c->cpus[1], cpu + 1);
    assert_int_equal(c->cpus[2], cpu);
    options_free(&line.options);
}

static void lists_of_cpus_that_are_none(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",       ",",      "x",   "%dx",  "%d;%d",   "%d-",    "%d,",  ",%d",
        "%d,,%d", "%d-%d-", "+%d", "%d,-", "%d,%d-x", "%d,_%d", "0x%d", "%d,65535-%d",
    };
    struct line line;
    char text[256], list[64], expected[512];
    int cpu = 0;
    cpus_allowed(&cpu);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(text, sizeof text, "--cpus=%s " URL, forms[i]);
        char *copy = strdup(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, copy, cpu, cpu, cpu);
        snprintf(list, sizeof list, forms[i], cpu, cpu, cpu);
#pragma GCC diagnostic pop
        free(copy);
        if (parse(&line, text) != OPTIONS_BAD)
            fail_msg("--cpus %s is taken for a list", list);
        for (char *at = list; (at = strchr(at, '_'));)
            *at = ' ';
        snprintf(expected, sizeof expected,
                 "--cpus %s is no list of CPUs\n      write it as 1 or 2,3 or 4-7", list);
        assert_string_equal(line.error, expected);
        options_free(&line.options);
    }
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

/* ---- what is wrong ---- */

static const struct {
    const char *line, *error;
} mistakes[] = {
    {"",
     "no URL is given\n      tare http://127.0.0.1:8080/ loads a server there; see tare --help"},
    {"-c 3", "no URL is given\n      tare http://127.0.0.1:8080/ loads a server there; see tare "
             "--help"},
    {"http://a/ http://b/", "more than one URL is given (http://b/)\n      this version loads one"},
    {"-c x " URL, "-c x is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c 0 " URL, "-c 0 is out of range\n      choose 1 to 1000000"},
    {"-c 1.5 " URL, "-c 1.5 is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c -5 " URL, "-c -5 is no count\n      write a whole number as 100, 10k or 1m"},
    {"-c 1000001 " URL, "-c 1000001 is out of range\n      choose 1 to 1000000"},
    {"-c= " URL, "-c = is no count\n      write a whole number as 100, 10k or 1m"},
    {"-t 0 " URL, "-t 0 is out of range\n      choose 1 to 256"},
    {"-t 257 " URL, "-t 257 is out of range\n      choose 1 to 256"},
    {"-t 11 " URL, "-t 11 threads cannot share -c 10 connections\n      ask for at least one "
                   "connection a thread"},
    {"-d x " URL, "-d x is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 8d " URL, "-d 8d is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 169h " URL, "-d 169h is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"-d 0 " URL, "-d must be longer than nothing\n      write it as 500ms, 30s or 2m"},
    {"-w -1s " URL, "-w -1s is no time\n      write it as 500ms, 30s or 2m, up to 7 days"},
    {"--timeout 0s " URL, "--timeout must be longer than nothing\n      write it as 500ms, 30s or "
                          "2m"},
    {"--grace soon " URL, "--grace soon is no time\n      write it as 500ms, 30s or 2m, up to 7 "
                          "days"},
    {"-n 0 " URL, "-n 0 is out of range\n      choose 1 to 9223372036854775807"},
    {"-n many " URL, "-n many is no count\n      write a whole number as 100, 10k or 1m"},
    {"-R -5 " URL, "-R -5 is no rate\n      write requests a second, as 50, 0.5 or 20k"},
    {"-R 0 " URL, "-R 0 is out of range\n      choose 0.001 to 100000000 requests a second"},
    {"-R 0.0001 " URL, "-R 0.0001 is no rate\n      write requests a second, as 50, 0.5 or 20k"},
    {"-R 1g " URL, "-R 1g is out of range\n      choose 0.001 to 100000000 requests a second"},
    {"--arrivals poisson " URL, "--arrivals needs a rate\n      add -R, such as -R 1000"},
    {"-R 5 --arrivals even " URL, "--arrivals even is not known\n      choose one of constant, "
                                  "poisson"},
    {"--wait busy " URL, "--wait busy is not known\n      choose one of spin, hybrid, block"},
    {"--samples some " URL, "--samples some is not known\n      choose all, none, or 1/N such as "
                            "1/10"},
    {"--samples 1/0 " URL,
     "--samples 1/0 is not known\n      choose all, none, or 1/N such as 1/10"},
    {"--send-stamps 64 " URL, "--send-stamps 64 is not known\n      choose all, none, or 1/N such as "
                              "1/10"},
    {"--samples 2/3 " URL,
     "--samples 2/3 is not known\n      choose all, none, or 1/N such as 1/10"},
    {"--samples 1/5g " URL, "--samples 1/5g is not known\n      choose all, none, or 1/N such as "
                            "1/10"},
    {"--seed x " URL, "--seed x is no whole number\n      choose 0 to 9223372036854775807"},
    {"--seed 9223372036854775808 " URL,
     "--seed 9223372036854775808 is no whole number\n      choose "
     "0 to 9223372036854775807"},
    {"-p 0 " URL, "-p 0 is out of range\n      choose 1 to 64"},
    {"-p 65 " URL, "-p 65 is out of range\n      choose 1 to 64"},
    {"--find-rate p99 " URL, "--find-rate 'p99' has no limit\n      write it as [SERIES.]pNN<=TIME, "
                             "such as 'p99<=10ms' or 'service.p99.9<50ms'"},
    {"--find-rate p99<=9ms -n 5 " URL,
     "-n and --find-rate exclude each other\n      say how long a step lasts with -d"},
    {"--body a --body-lines /dev/null " URL,
     "--body and --body-lines exclude each other\n      leave "
     "one out"},
    {"--body @/nonexistent " URL, "--body: /nonexistent cannot be read: No such file or directory\n"
                                  "      check the path"},
    {"--body-lines /nonexistent " URL, "--body-lines: /nonexistent cannot be read: No such file or "
                                       "directory\n      check the path"},
    {"--body @/proc/self " URL,
     "--body: /proc/self cannot be read: Is a directory\n      check the "
     "path"},
    {"--cpus 4095 " URL, "--cpus 4095: there is no CPU 4095 here, or this process may not use it\n"
                         "      see nproc and taskset -p $$"},
    {"--cpus -1 " URL, "--cpus -1 is no list of CPUs\n      write it as 1 or 2,3 or 4-7"},
    {"-Z " URL, "-Z is not an option of tare\n      see tare --help"},
    {"-Zq " URL, "-Z is not an option of tare\n      see tare --help"},
    {"-qZ " URL, "-Z is not an option of tare\n      see tare --help"},
    {"--nope " URL, "--nope is not an option of tare\n      see tare --help"},
    {"--nope=5 " URL, "--nope=5 is not an option of tare\n      see tare --help"},
    {"--re " URL, "--re is not an option of tare\n      see tare --help"}, /* rate? requests? */
    {"--quiet=5 " URL, "--quiet=5 is not an option of tare\n      see tare --help"},
    {URL " -c", "-c needs a value\n      see tare --help"},
    {URL " -qc", "-c needs a value\n      see tare --help"},
    {"--weigh " URL, "--weigh takes no URL: it loads a tare-stub of its own\n      leave out " URL
                     ", or --weigh"},
    {URL " -q --weigh", "--weigh takes no URL: it loads a tare-stub of its own\n      leave out " URL
                        ", or --weigh"},
    {"--weigh -c 64", "-c does not go with --weigh, whose loads are its own\n      leave one of them "
                      "out"},
    {"--max-time 5s --weigh", "--timeout does not go with --weigh, whose loads are its own\n      "
                              "leave one of them out"},
    {URL " --rate", "--rate needs a value\n      see tare --help"},
};

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct line line;
        if (parse(&line, mistakes[i].line) != OPTIONS_BAD)
            fail_msg("tare %s is taken", mistakes[i].line);
        if (strcmp(line.error, mistakes[i].error) != 0)
            fail_msg("tare %s: %s\ninstead of %s", mistakes[i].line, line.error, mistakes[i].error);
        options_free(&line.options);
    }
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
        cmocka_unit_test(rates_and_samples_have_their_forms),
        cmocka_unit_test(a_body_may_come_through_a_pipe),
        cmocka_unit_test(a_body_of_any_size_is_whole),
        cmocka_unit_test(a_body_may_be_a_file),
        cmocka_unit_test(cpus_are_a_list),
        cmocka_unit_test(a_range_of_cpus_is_all_of_it),
        cmocka_unit_test(lists_of_cpus_that_are_none),
        cmocka_unit_test(weighing_needs_no_url),
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
        cmocka_unit_test(headers_have_a_limit),
        cmocka_unit_test(help_and_version_need_no_url),
        cmocka_unit_test(the_help_names_every_option_and_fits_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
