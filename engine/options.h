/* options.h - the command line of tare, read into a config. */
#ifndef TARE_OPTIONS_H
#define TARE_OPTIONS_H

#include "config.h"
#include "option_values.h"

#include <stdio.h>

enum options_result { OPTIONS_RUN, OPTIONS_PLAN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_BAD };

/* A config and what it points to. */
struct options {
    struct config config;
    char *body;       /* owned */
    char *body_lines; /* owned */
    const char **headers;
    struct form_field *form; /* owned, see option_request.c */
    size_t form_count;
    char form_type[96]; /* its Content-Type */
    char **secrets;     /* owned: header lines that must not be told */
    size_t secrets_count;
    uint32_t authorizations; /* that were given */
    const char **connect_to, **resolve;
    struct config_target *targets;
    char *urls; /* the file of --urls */
    struct goal *goals;
    struct expect *expect;
    struct retry_policy *retry;
    const char **expectations;
    char *expect_size; /* as --expect has it */
    int *cpus;
    const char **command;
    const char **only;
    char **overrides; /* owned: options that go before a plan's, as "--name=value" */
    size_t overrides_count;
};

/* Reads the command line, and the files that it names. argv is borrowed for the config's lifetime,
 * and secrets in it are overwritten (option_secrets.h).
 * Returns OPTIONS_BAD with cause and remedy in `error`: an unknown option, a value that does not
 * parse, one out of its limit, a file that cannot be read, no URL or more than one. */
enum options_result options_parse(struct options *options, int argc, char **argv,
                                  char error[OPTIONS_ERROR_MAX]);
void options_free(struct options *options);

/* Prints the text of --help. */
void options_print_help(FILE *file);

#endif
