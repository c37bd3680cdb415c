/* option_retry.h - readers of the options that say what is tried again, and when. */
#ifndef TARE_OPTION_RETRY_H
#define TARE_OPTION_RETRY_H

#include "options.h"

/* Readers of --retry, --retry-on, --retry-base and --retry-max (option_table.h). */
bool option_read_retry(struct options *options, const char *value, char *error);
bool option_read_retry_on(struct options *options, const char *value, char *error);
bool option_read_retry_base(struct options *options, const char *value, char *error);
bool option_read_retry_max(struct options *options, const char *value, char *error);

/* After all options were read: what was not said has its default; the others need --retry. */
bool option_finish_retry(struct options *options, char *error);

#endif
