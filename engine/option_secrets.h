/* option_secrets.h - what proves who asks: read from a variable, a file or the command line, and left in no
 * file of a run. The command line keeps "***" where a secret stood, in ps(1) too. */
#ifndef TARE_OPTION_SECRETS_H
#define TARE_OPTION_SECRETS_H

#include "options.h"

/* Readers of --user, --bearer-env and --bearer-file (option_table.h). */
bool option_read_user(struct options *options, const char *value, char *error);
bool option_read_bearer_env(struct options *options, const char *value, char *error);
bool option_read_bearer_file(struct options *options, const char *value, char *error);

/* A header line "Name: value" of the command line. Where its name is that of a secret (Authorization, Cookie, or
 * one with token, secret, key or password in it) a copy of the options' own is made, and its value in the
 * command line is overwritten. Returns the line to send; NULL with `error` where memory is lacking, or
 * Authorization is given twice. */
const char *option_hide_header(struct options *options, const char *line, char *error);

/* Frees what the options own of these. */
void option_free_secrets(struct options *options);

#endif
