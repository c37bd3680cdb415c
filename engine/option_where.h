/* option_where.h - the readers of the options that say where connections go and come from. */
#ifndef TARE_OPTION_WHERE_H
#define TARE_OPTION_WHERE_H

#include "options.h"

/* Each takes a value into options, as struct option_row's `read` does. The values are borrowed, and read
 * again where they are used; these see to it that they can be. */
bool option_read_connect_to(struct options *options, const char *value, char *error);
bool option_read_resolve(struct options *options, const char *value, char *error);
bool option_read_sources(struct options *options, const char *value, char *error);
bool option_read_proxy(struct options *options, const char *value, char *error);

/* What excludes what. Returns false with cause and remedy in `error`. */
bool option_check_where(struct config *config, char *error);

#endif
