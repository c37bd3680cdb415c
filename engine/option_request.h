/* option_request.h - readers of the options that say what a request holds: headers, bodies, forms. */
#ifndef TARE_OPTION_REQUEST_H
#define TARE_OPTION_REQUEST_H

#include "options.h"

/* Readers of -H, --body, --body-lines, --form and --compressed (option_table.h). */
bool option_read_header(struct options *options, const char *line, char *error);
bool option_read_body(struct options *options, const char *value, char *error);
bool option_read_body_lines(struct options *options, const char *value, char *error);
bool option_read_form(struct options *options, const char *value, char *error);

/* Adds a line that is none of the command line's; borrowed for the config's lifetime. */
bool option_add_header(struct options *options, const char *line, char *error);

/* After all options were read: makes the body of the form's fields, which are urlencoded, or parts of a
 * multipart where one of them is a file (RFC 7578), and the headers that say so. */
bool option_finish_request(struct options *options, char *error);

/* Frees what the options own of these. */
void option_free_request(struct options *options);

#endif
