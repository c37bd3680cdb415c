/* quote.h - text that a program or a shell reads back as it was. Pure but for allocation. */
#ifndef TARE_QUOTE_H
#define TARE_QUOTE_H

#include <stddef.h>

/* Joins words into a command line that a POSIX shell splits into the same words. Returns an owned
 * text, or NULL where memory is short. */
char *quote_command(const char *const *words, size_t count);

#endif
