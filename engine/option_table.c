/* option_table.c - the rows, and the readers of values that are more than one number or word. */
#include "option_table.h"

#include "expect.h"
#include "limits.h"
#include "option_request.h"
#include "option_retry.h"
#include "option_secrets.h"
#include "option_values.h"
#include "option_where.h"
#include "target_lines.h"
#include "units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const arrivals[] = {"constant", "poisson", NULL};
static const char *const versions[] = {"any", "1.0", "1.1", "1.2", "1.3", NULL}; /* enum tls_version */
static const char *const waits[] = {"spin", "hybrid", "block", NULL};
static const char *const reuses[] = {"on", "off", NULL};

static bool read_rate(struct options *o, const char *value, char *error)
{
    o->config.loop = LOOP_OPEN;
    return option_read_rate("-R", value, &o->config.rate_milli, error);
}

static bool read_connect_rate(struct options *o, const char *value, char *error)
{
    return option_read_rate("--connect-rate", value, &o->config.connect_rate_milli, error);
}

static bool read_goal(struct options *o, const char *value, char *error)
{
    char cause[GOAL_ERROR_MAX];
    struct config *c = &o->config;
    if (c->goals_count == LIMIT_GOALS_MAX)
        return option_bad(error, "more than %u goals (--find-rate)\n      leave some out",
                          LIMIT_GOALS_MAX);
    if (!o->goals)
        o->goals = calloc(LIMIT_GOALS_MAX, sizeof *o->goals);
    if (!o->goals)
        return option_bad(error, OPTION_NO_MEMORY);
    c->goals = o->goals;
    return goal_parse(value, &o->goals[c->goals_count++], cause) ? true
                                                                  : option_bad(error, "%s", cause);
}

static bool read_expect(struct options *o, const char *value, char *error)
{
    struct config *c = &o->config;
    if (!o->expect) {
        o->expect = calloc(1, sizeof *o->expect);
        o->expectations = calloc(LIMIT_EXPECTATIONS_MAX, sizeof *o->expectations);
    }
    if (!o->expect || !o->expectations)
        return option_bad(error, OPTION_NO_MEMORY);
    if (c->expectations_count == LIMIT_EXPECTATIONS_MAX)
        return option_bad(error, "more than %u expectations (--expect)\n      leave some out",
                          LIMIT_EXPECTATIONS_MAX);
    c->expect = o->expect;
    c->expectations = o->expectations;
    o->expectations[c->expectations_count++] = value;
    return expect_read(o->expect, value, error);
}

static bool read_expect_size(struct options *o, const char *value, char *error)
{
    free(o->expect_size);
    if (asprintf(&o->expect_size, "size=%s", value) < 0) {
        o->expect_size = NULL;
        return option_bad(error, OPTION_NO_MEMORY);
    }
    return read_expect(o, o->expect_size, error);
}

static bool read_cpus(struct options *o, const char *value, char *error)
{
    if (!o->cpus)
        o->cpus = malloc(LIMIT_THREADS_MAX * sizeof *o->cpus);
    if (!o->cpus)
        return option_bad(error, OPTION_NO_MEMORY);
    o->config.cpus = o->cpus;
    return option_read_cpus("--cpus", value, o->cpus, LIMIT_THREADS_MAX, &o->config.cpus_count,
                            error);
}

static bool read_seed(struct options *o, const char *value, char *error)
{
    if (units_parse_count(value, &o->config.seed) && o->config.seed <= INT64_MAX) /* as JSON has it */
        return true;
    return option_bad(error, "--seed %s is no whole number\n      choose 0 to %lld", value,
                      (long long)INT64_MAX);
}

static bool read_only(struct options *o, const char *value, char *error)
{
    if (!o->only)
        o->only = calloc(LIMIT_TARGETS_MAX, sizeof *o->only);
    if (!o->only || o->config.only_count == LIMIT_TARGETS_MAX)
        return option_bad(error, "no room for --only %.100s\n      name fewer", value);
    o->only[o->config.only_count++] = value;
    o->config.only = o->only;
    return true;
}

#define IN_CONFIG(field) .offset = offsetof(struct config, field)

static const struct option_row rows[] = {
    {"connections", NULL, 'c', OPTION_U32, IN_CONFIG(connections), .max = LIMIT_CONNECTIONS_MAX,
     .value = "N", .help = "connections kept open (10)"},
    {"threads", NULL, 't', OPTION_U32, IN_CONFIG(threads), .max = LIMIT_THREADS_MAX, .value = "N",
     .help = "threads, each with its share of them (1)"},
    {"duration", NULL, 'd', OPTION_TIME, IN_CONFIG(duration_ns), .value = "TIME",
     .help = "how long is measured (10s; not with -n alone)"},
    {"requests", NULL, 'n', OPTION_U64, IN_CONFIG(requests), .max = UINT64_MAX / 2, .value = "N",
     .help = "how many requests are measured"},
    {"rate", NULL, 'R', OPTION_OWN, .read = read_rate, .value = "N",
     .help = "open loop: requests a second in all; without it a\n"
             "closed loop, where the next request follows an answer"},
    {"arrivals", NULL, 0, OPTION_CHOICE, IN_CONFIG(arrivals), .choices = arrivals, .value = "KIND",
     .help = "constant or poisson (constant)"},
    {"find-rate", NULL, 0, OPTION_OWN, .read = read_goal, .value = "GOAL",
     .help = "search the highest rate that keeps 'p99<=10ms', or\n"
             "several; steps last -d (2s) after -w (a tenth of it)\n"
             "and begin at -R (100)"},
    {"warmup", NULL, 'w', OPTION_TIME_OR_NONE, IN_CONFIG(warmup_ns), .value = "TIME",
     .help = "load before what is measured (0s)"},
    {"pipeline", NULL, 'p', OPTION_U32, IN_CONFIG(pipeline), .max = LIMIT_PIPELINE_MAX, .value = "N",
     .help = "requests on a connection at a time (1)"},

    {"urls", NULL, 0, OPTION_OWN, .read = target_lines_read, .value = "FILE",
     .help = "targets, a line each: [WEIGHT] [METHOD] URL",
     .begins_group = true},
    {"method", "request", 'X', OPTION_TEXT, IN_CONFIG(method), .value = "METHOD",
     .help = "(GET; POST where there is a body)"},
    {"header", NULL, 'H', OPTION_OWN, .read = option_read_header, .value = "'N: V'",
     .help = "a header line; may be repeated"},
    {"user", NULL, 'u', OPTION_OWN, .read = option_read_user, .value = "NAME",
     .help = "basic authentication; the password is TARE_PASSWORD's,\n"
             "or NAME:PASSWORD stands in a file: @FILE"},
    {"bearer-env", NULL, 0, OPTION_OWN, .read = option_read_bearer_env, .value = "VAR",
     .help = "Authorization: Bearer, by a variable's token"},
    {"bearer-file", NULL, 0, OPTION_OWN, .read = option_read_bearer_file, .value = "FILE",
     .help = "the same by a file's"},
    {"compressed", NULL, 0, OPTION_FLAG, IN_CONFIG(compressed),
     .help = "ask for gzip, deflate or br; counted undecoded"},
    {"form", NULL, 'F', OPTION_OWN, .read = option_read_form, .value = "NAME=V",
     .help = "a field of a form; NAME=@FILE makes it multipart"},
    {"body", "data", 0, OPTION_OWN, .read = option_read_body, .value = "TEXT|@FILE",
     .help = "the body (curl's --data too); @-: standard input"},
    {"body-lines", NULL, 0, OPTION_OWN, .read = option_read_body_lines, .value = "FILE",
     .help = "request i sends line i of the file"},
    {"expect", NULL, 0, OPTION_OWN, .read = read_expect, .value = "CHECK",
     .help = "status=200,204, size=100-200 or body~TEXT: what a\n"
             "good answer is; else it ends as unexpected"},
    {"expect-size", NULL, 0, OPTION_OWN, .read = read_expect_size, .value = "N",
     .help = "the same as --expect size=N"},
    {"retry", NULL, 0, OPTION_OWN, .read = option_read_retry, .value = "N",
     .help = "attempts at a request beyond the first (0)"},
    {"retry-on", NULL, 0, OPTION_OWN, .read = option_read_retry_on, .value = "LIST",
     .help = "outcomes and statuses, as timeout,reset,429,503\n"
             "(the connection's failures, 408,425,429,500,502-504)"},
    {"retry-base", NULL, 0, OPTION_OWN, .read = option_read_retry_base, .value = "TIME",
     .help = "the first pause is drawn below it, each next below\n"
             "twice as much, unless Retry-After says else (100ms)"},
    {"retry-max", NULL, 0, OPTION_OWN, .read = option_read_retry_max, .value = "TIME",
     .help = "no pause is longer (10s)"},
    {"timeout", "max-time", 0, OPTION_TIME, IN_CONFIG(timeout_ns), .value = "TIME",
     .help = "from sent to the whole answer (30s)"},
    {"grace", NULL, 0, OPTION_TIME_OR_NONE, IN_CONFIG(grace_ns), .value = "TIME",
     .help = "how long answers are awaited at the end (5s)"},

    {"insecure", NULL, 'k', OPTION_FLAG, IN_CONFIG(insecure),
     .help = "do not verify the server's certificate",
     .begins_group = true},
    {"cacert", NULL, 0, OPTION_TEXT, IN_CONFIG(cacert), .value = "FILE",
     .help = "certificates to trust, PEM (the system's)"},
    {"cert", NULL, 'E', OPTION_TEXT, IN_CONFIG(cert), .value = "FILE",
     .help = "the client's own certificate and chain, PEM"},
    {"key", NULL, 0, OPTION_TEXT, IN_CONFIG(key), .value = "FILE",
     .help = "its key, where --cert does not hold it"},
    {"tls-min", NULL, 0, OPTION_CHOICE, IN_CONFIG(tls_min), .choices = versions, .value = "VERSION",
     .help = "the least version of TLS: 1.0, 1.1, 1.2, 1.3"},
    {"tls-max", NULL, 0, OPTION_CHOICE, IN_CONFIG(tls_max), .choices = versions, .value = "VERSION",
     .help = "and the highest"},
    {"ciphers", NULL, 0, OPTION_TEXT, IN_CONFIG(ciphers), .value = "LIST",
     .help = "as openssl-ciphers(1); TLS_... are those of 1.3"},
    {"tls-new-sessions", NULL, 0, OPTION_FLAG, IN_CONFIG(tls_new_sessions),
     .help = "a full handshake each time: none is resumed"},

    {"connect-to", NULL, 0, OPTION_OWN, .read = option_read_connect_to, .value = "RULE",
     .help = "HOST:PORT:HOST:PORT, as curl has it: connections\n"
             "for the first go to the second; may be repeated",
     .begins_group = true},
    {"resolve", NULL, 0, OPTION_OWN, .read = option_read_resolve, .value = "RULE",
     .help = "HOST:PORT:ADDRESS[,ADDRESS], as curl has it: they\n"
             "take turns; may be repeated"},
    {"unix-socket", NULL, 0, OPTION_TEXT, IN_CONFIG(unix_socket), .value = "PATH",
     .help = "connect there; the URL says only what is asked for"},
    {"source", "interface", 0, OPTION_OWN, .read = option_read_sources, .value = "LIST",
     .help = "addresses to connect from, by turns"},
    {"proxy", NULL, 'x', OPTION_OWN, .read = option_read_proxy, .value = "URL",
     .help = "an HTTP proxy, which is asked for the whole URL"},

    {"reuse", NULL, 0, OPTION_CHOICE, IN_CONFIG(reuse), .choices = reuses, .value = "on|off",
     .help = "off: a connection for each request, which says\n"
             "Connection: close (on)", .begins_group = true},
    {"requests-per-connection", NULL, 0, OPTION_U32, IN_CONFIG(requests_per_connection),
     .max = UINT32_MAX, .value = "N", .help = "then another is opened (no limit)"},
    {"connect-timeout", NULL, 0, OPTION_TIME, IN_CONFIG(connect_timeout_ns), .value = "TIME",
     .help = "from a connect's begin to its end (as --timeout)"},
    {"connect-rate", NULL, 0, OPTION_OWN, .read = read_connect_rate, .value = "N",
     .help = "connections opened a second at most, before the\n"
             "start and after (no limit)"},

    {"output", NULL, 'o', OPTION_TEXT, IN_CONFIG(output), .value = "DIR",
     .help = "the run's folder (results/ and the time)", .goes_with_weigh = true,
     .begins_group = true},
    {"samples", NULL, 0, OPTION_ONE_IN, IN_CONFIG(samples_one_in), .value = "KIND",
     .help = "rows written: all, none, or 1/N of them (all)"},
    {"send-stamps", NULL, 0, OPTION_ONE_IN, IN_CONFIG(send_stamps_one_in), .value = "KIND",
     .help = "requests whose leaving the kernel stamps: all, none,\n"
             "or 1/N of them (1/64)"},
    {"wait", NULL, 0, OPTION_CHOICE, IN_CONFIG(wait), .choices = waits, .value = "KIND",
     .help = "spin, hybrid or block (open loop hybrid, else block)"},
    {"cpus", NULL, 0, OPTION_OWN, .read = read_cpus, .value = "LIST",
     .help = "pin threads, as 1 or 2,3 or 4-7", .goes_with_weigh = true},
    {"seed", NULL, 0, OPTION_OWN, .read = read_seed, .value = "N", .help = "of all that is drawn (1)"},
    {"strict", NULL, 0, OPTION_FLAG, IN_CONFIG(strict),
     .help = "a suspect run exits 3 as an invalid one does"},
    {"json", NULL, 0, OPTION_FLAG, IN_CONFIG(json), .help = "the summary as JSON on stdout",
     .goes_with_weigh = true},
    {"quiet", NULL, 'q', OPTION_FLAG, IN_CONFIG(quiet), .help = "nothing but errors",
     .goes_with_weigh = true},

    {"plan", NULL, 0, OPTION_TEXT, IN_CONFIG(plan), .value = "FILE",
     .help = "no URL: the runs of a YAML file, each scenario with\n"
             "its report; other options go before the file's",
     .begins_group = true},
    {"dry-run", NULL, 0, OPTION_FLAG, IN_CONFIG(dry_run), .help = "say what the plan would run"},
    {"list", NULL, 0, OPTION_FLAG, IN_CONFIG(list), .help = "name the plan's scenarios"},
    {"only", NULL, 0, OPTION_OWN, .read = read_only, .value = "NAME",
     .help = "of the plan this scenario; may be repeated"},
    {"repeat", NULL, 0, OPTION_U32, IN_CONFIG(repeat), .max = 1000, .value = "N",
     .help = "run each scenario so often, whatever the plan says"},

    {"weigh", NULL, 0, OPTION_FLAG, IN_CONFIG(weigh),
     .help = "no run: weigh tare itself on this machine, for some\n"
             "seconds; -o names the file (results/weight.json)",
     .goes_with_weigh = true, .begins_group = true},
};

const struct option_row *option_table(size_t *count)
{
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

const char *option_name(const struct option_row *row, char text[OPTION_NAME_MAX])
{
    if (row->letter)
        snprintf(text, OPTION_NAME_MAX, "-%c", row->letter);
    else
        snprintf(text, OPTION_NAME_MAX, "--%s", row->name);
    return text;
}
