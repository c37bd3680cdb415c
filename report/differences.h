/* differences.h - what was not the same when two runs were made, and so may be why their figures
 * are not. Pure. */
#ifndef TARE_DIFFERENCES_H
#define TARE_DIFFERENCES_H

#include "dataset.h"

#include <stdbool.h>
#include <stddef.h>

#define DIFFERENCES_MAX 12u
#define DIFFERENCES_TEXT_MAX 256u

enum difference_kind {
    DIFFERENCE_LOOP,    /* the two latencies are different quantities */
    DIFFERENCE_LOAD,    /* what was asked of the server: the figures have reason to differ */
    DIFFERENCE_SETTING, /* where it was asked, and by which machine: they may */
};

struct difference {
    enum difference_kind kind;
    const char *name;                /* "connections", "machine": one word, static storage */
    char text[DIFFERENCES_TEXT_MAX]; /* "connections: 20 and 50" */
};

struct differences {
    struct difference list[DIFFERENCES_MAX];
    size_t count;
};

/* Compares how two runs were made, in the order of the kinds. are_repeats: the two should be
 * repeats of one another, for which their URLs matter too. */
void differences_find(struct differences *differences, const struct run *base,
                      const struct run *other, bool are_repeats);

#endif
