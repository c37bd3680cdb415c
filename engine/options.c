/* options.c - getopt_long(3) over the table of options, and the checks that need several of them. */
#include "options.h"

#include "check.h"
#include "limits.h"
#include "option_request.h"
#include "option_retry.h"
#include "option_secrets.h"
#include "option_table.h"
#include "option_where.h"
#include "target_lines.h"
#include "units.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 128
#define FIRST_LONG 256 /* what getopt returns for the first row; letters are below */
#define HELP_COLUMN 26 /* where --help's sentences begin */

/* What getopt_long(3) wants to know of the table. */
struct known {
    const struct option_row *rows;
    size_t count;
    struct option longs[2 * ROWS_MAX];
    char letters[2 * ROWS_MAX + 4];
};

static void know(struct known *known)
{
    size_t at = 0;
    char *letter = known->letters;
    known->rows = option_table(&known->count);
    CHECK(known->count, <, ROWS_MAX - 2);
    *letter++ = ':';
    for (size_t i = 0; i < known->count; i++) {
        const struct option_row *row = &known->rows[i];
        const int argument = row->value ? required_argument : no_argument;
        known->longs[at++] = (struct option){row->name, argument, NULL, FIRST_LONG + (int)i};
        if (row->alias)
            known->longs[at++] = (struct option){row->alias, argument, NULL, FIRST_LONG + (int)i};
        if (row->letter) {
            *letter++ = row->letter;
            if (row->value)
                *letter++ = ':';
        }
    }
    known->longs[at++] = (struct option){"help", no_argument, NULL, 'h'};
    known->longs[at++] = (struct option){"version", no_argument, NULL, 'V'};
    known->longs[at] = (struct option){NULL, 0, NULL, 0};
    *letter++ = 'h';
    *letter = '\0';
}

/* The row that getopt's answer belongs to. */
static size_t row_of(const struct known *known, int found)
{
    if (found >= FIRST_LONG)
        return (size_t)(found - FIRST_LONG);
    for (size_t i = 0; i < known->count; i++)
        if (known->rows[i].letter == found)
            return i;
    check_failed(__FILE__, __LINE__, "getopt found a letter of the table", found, 0);
}

static bool read_row(struct options *o, const struct option_row *row, const char *value, char *error)
{
    char text[OPTION_NAME_MAX];
    const char *name = option_name(row, text);
    void *field = (char *)&o->config + row->offset;
    switch (row->kind) {
    case OPTION_FLAG: *(bool *)field = true; return true;
    case OPTION_TEXT: *(const char **)field = value; return true;
    case OPTION_U32: return option_read_u32(name, value, (uint32_t)row->max, field, error);
    case OPTION_U64: return option_read_u64(name, value, row->max, field, error);
    case OPTION_TIME: return option_read_time(name, value, false, field, error);
    case OPTION_TIME_OR_NONE: return option_read_time(name, value, true, field, error);
    case OPTION_CHOICE: return option_read_choice(name, value, row->choices, field, error);
    case OPTION_ONE_IN: return option_read_one_in(name, value, field, error);
    case OPTION_OWN: return row->read(o, value, error);
    }
    check_failed(__FILE__, __LINE__, "an option's kind is known", row->kind, OPTION_OWN);
}

/* Was the option with this name given? */
static bool is_given(const struct known *known, const bool *given, const char *name)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->rows[i].name, name) == 0)
            return given[i];
    check_failed(__FILE__, __LINE__, "an option of the table is asked for", 0, 0);
}

/* What a search for the highest rate does unless it is told otherwise. */
static void prepare_search(struct config *c, const struct known *known, const bool *given)
{
    c->loop = LOOP_OPEN;
    if (c->rate_milli == 0)
        c->rate_milli = (uint64_t)LIMIT_SEARCH_FLOOR * 1000;
    if (!is_given(known, given, "duration"))
        c->duration_ns = LIMIT_SEARCH_STEP_DEFAULT_NS;
    if (!is_given(known, given, "warmup"))
        c->warmup_ns = c->duration_ns / 10;
}

static bool check_together(struct config *c, const struct known *known, const bool *given,
                           char *error)
{
    if (c->requests > 0 && !is_given(known, given, "duration"))
        c->duration_ns = 0;
    if (c->goals && c->requests > 0)
        return option_bad(error, "-n and --find-rate exclude each other\n      say how long a step "
                                 "lasts with -d");
    if (c->goals)
        prepare_search(c, known, given);
    if (!is_given(known, given, "connect-timeout"))
        c->connect_timeout_ns = c->timeout_ns;
    if (c->reuse == REUSE_OFF && c->requests_per_connection > 1)
        return option_bad(error, "--reuse off and --requests-per-connection %u exclude each other\n"
                                 "      leave one out",
                          c->requests_per_connection);
    if (c->reuse == REUSE_OFF)
        c->requests_per_connection = 1;
    if (c->unix_socket && !is_given(known, given, "send-stamps"))
        c->send_stamps_one_in = 0; /* there are none */
    if (!is_given(known, given, "wait"))
        c->wait = c->loop == LOOP_OPEN ? WAIT_HYBRID : WAIT_BLOCK;
    if (c->threads > c->connections)
        return option_bad(error,
                          "-t %u threads cannot share -c %u connections\n      ask for at least one "
                          "connection a thread",
                          c->threads, c->connections);
    if (c->key && !c->cert)
        return option_bad(error, "--key is of no use without --cert\n      name the certificate that it "
                                 "belongs to");
    if (!option_check_where(c, error))
        return false;
    if (c->body && c->body_lines)
        return option_bad(error, "--body and --body-lines exclude each other\n      leave one out");
    if (c->arrivals == ARRIVALS_POISSON && c->loop == LOOP_CLOSED)
        return option_bad(error, "--arrivals needs a rate\n      add -R, such as -R 1000");
    return true;
}

/* A calibration has loads of its own, and takes few options. url: NULL, or what stands there as one. */
static bool check_weigh(const struct options *o, const struct known *known, const bool *given,
                        const char *url, char *error)
{
    char name[OPTION_NAME_MAX];
    for (size_t i = 0; i < known->count; i++)
        if (given[i] && !known->rows[i].goes_with_weigh)
            return option_bad(error,
                              "%s does not go with --weigh, whose loads are its own\n      leave one "
                              "of them out",
                              option_name(&known->rows[i], name));
    if (url)
        return option_bad(error,
                          "--weigh takes no URL: it loads a tare-stub of its own\n      leave out %s, "
                          "or --weigh",
                          url);
    if (o->config.cpus_count > 1)
        return option_bad(error, "--cpus names %zu CPUs, and --weigh loads with one thread\n      name "
                                 "one",
                          o->config.cpus_count);
    return true;
}

/* A plan's options are its runs': what else was given goes before them, and is kept for that. */
static bool check_plan(const struct known *known, const bool *given, const char *url, char *error)
{
    static const char *const others[] = {"weigh", "urls", "find-rate", "json", NULL};
    for (const char *const *other = others; *other; other++)
        if (is_given(known, given, *other))
            return option_bad(error, "--%s does not go with --plan\n      leave one of them out", *other);
    return url ? option_bad(error, "--plan takes no URL: the plan names its servers\n      leave out %s, or "
                                   "--plan", url)
               : true;
}

/* Keeps an option for the runs of a plan. */
static bool keep_override(struct options *o, const struct option_row *row, const char *value, char *error)
{
    static const char *const own[] = {"plan", "dry-run", "list", "only", "repeat", "output", "quiet", "strict"};
    char *word = NULL;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(row->name, own[i]) == 0)
            return true;
    char **grown = realloc(o->overrides, (o->overrides_count + 1) * sizeof *grown);
    o->overrides = grown ? grown : o->overrides;
    if (!grown || asprintf(&word, "--%s%s%s", row->name, value ? "=" : "", value ? value : "") < 0)
        return option_bad(error, OPTION_NO_MEMORY);
    o->overrides[o->overrides_count++] = word;
    return true;
}

/* Keeps the command line as it was typed: getopt_long(3) puts argv into another order. */
static bool keep_command(struct options *o, int argc, char **argv, char *error)
{
    o->command = malloc((size_t)argc * sizeof *o->command);
    if (!o->command)
        return option_bad(error, OPTION_NO_MEMORY);
    memcpy(o->command, argv, (size_t)argc * sizeof *o->command);
    o->config.command = o->command;
    o->config.command_count = (size_t)argc;
    return true;
}

static void set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    o->config = (struct config){.connections = 10,
                                .threads = 1,
                                .pipeline = 1,
                                .duration_ns = 10 * NS_PER_S,
                                .grace_ns = 5 * NS_PER_S,
                                .timeout_ns = 30 * NS_PER_S,
                                .seed = 1,
                                .samples_one_in = 1,
                                .send_stamps_one_in = CONFIG_SEND_STAMPS_ONE_IN};
}

/* What getopt found wrong, in our own words. A letter may stand in a word with others, which getopt
 * may not be done with; a long option is the word before the next, and has no letter unless it is
 * known. */
static bool explain_getopt(const struct known *known, int letter, char **argv, char *error)
{
    const char *word = argv[optind > 0 ? optind - 1 : 0];
    const bool is_known =
        optopt != 0 && (optopt >= FIRST_LONG || strchr(known->letters, optopt) || optopt == 'V');
    const bool is_word = letter == ':' ? strncmp(word, "--", 2) == 0 : optopt == 0 || is_known;
    const char name[] = {'-', (char)optopt, '\0'};
    return option_bad(error, "%s %s\n      see tare --help", is_word ? word : name,
                      letter == ':' ? "needs a value" : "is not an option of tare");
}

static bool read_urls(struct options *o, int argc, char **argv, char *error)
{
    for (int i = optind; i < argc; i++)
        if (!target_lines_add(o, argv[i], error))
            return false;
    if (o->config.targets_count == 0)
        return option_bad(error, "no URL is given\n      tare http://127.0.0.1:8080/ loads a server "
                                 "there; see tare --help");
    return true;
}

enum options_result options_parse(struct options *o, int argc, char **argv,
                                  char error[OPTIONS_ERROR_MAX])
{
    struct known known;
    bool given[ROWS_MAX] = {false};
    int found;
    set_defaults(o);
    know(&known);
    if (!keep_command(o, argc, argv, error))
        return OPTIONS_BAD;
    optind = 0; /* glibc: begin anew, so that a test can parse more than once */
    opterr = 0;
    while ((found = getopt_long(argc, argv, known.letters, known.longs, NULL)) != -1) {
        if (found == 'h')
            return OPTIONS_HELP;
        if (found == 'V')
            return OPTIONS_VERSION;
        if (found == '?' || found == ':') {
            explain_getopt(&known, found, argv, error);
            return OPTIONS_BAD;
        }
        const size_t row = row_of(&known, found);
        given[row] = true;
        if (!keep_override(o, &known.rows[row], optarg, error) || !read_row(o, &known.rows[row], optarg, error))
            return OPTIONS_BAD;
    }
    if (o->config.plan)
        return check_plan(&known, given, argv[optind], error) ? OPTIONS_PLAN : OPTIONS_BAD;
    if (is_given(&known, given, "dry-run") || is_given(&known, given, "list") || o->only || o->config.repeat) {
        option_bad(error, "--dry-run, --list, --only and --repeat speak of a plan\n      name it with --plan FILE");
        return OPTIONS_BAD;
    }
    if (o->config.weigh)
        return check_weigh(o, &known, given, argv[optind], error) ? OPTIONS_RUN : OPTIONS_BAD;
    if (!read_urls(o, argc, argv, error) || !option_finish_request(o, error) ||
        !option_finish_retry(o, error) ||
        !check_together(&o->config, &known, given, error))
        return OPTIONS_BAD;
    return OPTIONS_RUN;
}

void options_free(struct options *o)
{
    option_free_request(o);
    option_free_secrets(o);
    free(o->connect_to);
    free(o->resolve);
    free(o->targets);
    free(o->urls);
    free(o->goals);
    free(o->expect);
    free(o->retry);
    free(o->expectations);
    free(o->expect_size);
    free(o->command);
    free(o->cpus);
    free(o->only);
    for (size_t i = 0; i < o->overrides_count; i++)
        free(o->overrides[i]);
    free(o->overrides);
}

/* ---- --help ---- */

static void print_row(const struct option_row *row, FILE *file)
{
    const char *line = row->help;
    char names[64];
    const char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(names, sizeof names, "  %s--%s %s", row->letter ? letter : "    ", row->name,
             row->value ? row->value : "");
    fprintf(file, "%s%-*s", row->begins_group ? "\n" : "", HELP_COLUMN - 1, names);
    for (;;) {
        const size_t size = strcspn(line, "\n");
        fprintf(file, " %.*s\n", (int)size, line);
        if (line[size] == '\0')
            return;
        line += size + 1;
        fprintf(file, "%*s", HELP_COLUMN - 1, "");
    }
}

void options_print_help(FILE *file)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    fputs("usage: tare [options] URL...   or   tare --plan FILE   or   tare --weigh\n"
          "Loads an HTTP/1.1 server and writes every request as a row of CSV.\n"
          "\n",
          file);
    for (size_t i = 0; i < count; i++)
        if (rows[i].help)
            print_row(&rows[i], file);
    fputs("  -h, --help              --version\n"
          "\n"
          "URL: also '3 GET http://host/path' with its weight and method, where there are\n"
          "several of one server.  TIME: 500ms, 30s, 2m.  N: 100, 10k, 1m.\n"
          "Exit: 0 good, 1 no rate held or a plan's gate said no, 2 wrong use or failure,\n"
          "3 an invalid run, 130 interrupted.\n",
          file);
}
