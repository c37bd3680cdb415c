/* main.c - tare: options in, a run, a calibration or a search, an exit code out. Nothing else of the
 * engine exits. */
#include "find_rate.h"
#include "options.h"
#include "run.h"
#include "schema.h"
#include "suite.h"
#include "weigh.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_GOOD = 0, EXIT_NOT_HELD = 1, EXIT_WRONG = 2, EXIT_UNTRUSTED = 3, EXIT_INTERRUPTED = 130 };

/* The one mutable global: how often the user asked to stop. */
static atomic_int stop_asked;

static void ask_to_stop(int signal)
{
    (void)signal;
    atomic_fetch_add(&stop_asked, 1); /* lock-free, so that a handler may (C17 7.14.1.1) */
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static const char *environment_variable(const char *name)
{
    return getenv(name);
}

static int search(const struct config *config)
{
    char error[RUN_ERROR_MAX];
    watch_signals();
    switch (find_rate(config, &stop_asked, error)) {
    case FIND_RATE_HELD: return EXIT_GOOD;
    case FIND_RATE_NONE_HELD: return EXIT_NOT_HELD;
    case FIND_RATE_UNKNOWN: return EXIT_UNTRUSTED;
    case FIND_RATE_INTERRUPTED: return EXIT_INTERRUPTED;
    case FIND_RATE_FAILED: break;
    }
    fprintf(stderr, "tare: %s\n", error);
    return EXIT_WRONG;
}

static int run(const struct config *config)
{
    char error[RUN_ERROR_MAX];
    watch_signals();
    switch (config->weigh ? weigh_once(config, &stop_asked, error)
                          : run_once(config, &stop_asked, error)) {
    case RUN_GOOD: return EXIT_GOOD;
    case RUN_SUSPECT: return config->strict ? EXIT_UNTRUSTED : EXIT_GOOD;
    case RUN_INVALID: return EXIT_UNTRUSTED;
    case RUN_INTERRUPTED: return EXIT_INTERRUPTED;
    case RUN_FAILED: break;
    }
    fprintf(stderr, "tare: %s\n", error);
    return EXIT_WRONG;
}

static int run_suite(struct plan *plan, const struct options *o, const char *text, size_t size)
{
    char error[RUN_ERROR_MAX];
    const struct config *c = &o->config;
    const struct suite_wish wish = {c->output, c->only, c->only_count, text, size, c->quiet, c->strict,
                                    c->command, c->command_count};
    watch_signals();
    const enum suite_end end = suite_run(plan, &wish, &stop_asked, error);
    if (error[0])
        fprintf(stderr, "tare: %s\n", error);
    switch (end) {
    case SUITE_GOOD: return EXIT_GOOD;
    case SUITE_NOT_HELD: return EXIT_NOT_HELD;
    case SUITE_UNTRUSTED: return EXIT_UNTRUSTED;
    case SUITE_FAILED: return EXIT_WRONG;
    case SUITE_INTERRUPTED: break;
    }
    return EXIT_INTERRUPTED;
}

/* Reads the plan, and runs it or says what it would run. */
static int follow(const struct options *o)
{
    char error[PLAN_ERROR_MAX];
    struct plan plan = {0};
    struct plan_tree tree;
    char *text = NULL;
    size_t size;
    int code = EXIT_WRONG;
    const struct config *c = &o->config;
    bool is_read = option_read_file("--plan", c->plan, &text, &size, error) &&
                   plan_tree_read(&tree, c->plan, text, size, environment_variable, error);
    if (is_read)
        is_read = plan_read(&plan, &tree, (const char *const *)o->overrides, o->overrides_count, error) &&
                  plan_check_only(&plan, c->only, c->only_count, error);
    plan.repeat = c->repeat > 0 ? c->repeat : plan.repeat;
    if (!is_read) {
        fprintf(stderr, "tare: %s\n", error);
    } else if (c->list || c->dry_run) {
        plan_print(&plan, c->only, c->only_count, c->list, stdout);
        code = EXIT_GOOD;
    } else {
        code = run_suite(&plan, o, text, size);
    }
    plan_free(&plan);
    free(text);
    return code;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_MAX];
    struct options options;
    int code = EXIT_GOOD;
    switch (options_parse(&options, argc, argv, error)) {
    case OPTIONS_HELP: options_print_help(stdout); break;
    case OPTIONS_VERSION: puts("tare " TARE_VERSION); break;
    case OPTIONS_BAD:
        fprintf(stderr, "tare: %s\n", error);
        code = EXIT_WRONG;
        break;
    case OPTIONS_PLAN: code = follow(&options); break;
    case OPTIONS_RUN:
        code = options.config.goals ? search(&options.config) : run(&options.config);
        break;
    }
    options_free(&options);
    return code;
}
