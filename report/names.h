/* names.h - what variants are called in reports: their folders' names, each different. */
#ifndef TARE_NAMES_H
#define TARE_NAMES_H

#include "dataset.h"

#include <stddef.h>

/* The last `parts` parts of a path, "." and ".." followed. Owned; NULL where memory is short. */
char *names_of_path(const char *path, int parts);

/* Gives variants that share a name different ones: with their parent's name before it, and, where
 * that is the same too, a number behind it. Returns 0 or -ENOMEM. */
int names_set_apart(struct variant *variants, size_t count);

#endif
