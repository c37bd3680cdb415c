/* names.c - telling folders apart by as little of their path as does it. */
#include "names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *names_of_path(const char *path, int parts)
{
    char *real = realpath(path, NULL);
    const char *from = real ? real : path;
    const char *at = from + strlen(from);
    while (at > from && (at[-1] != '/' || --parts > 0))
        at--;
    char *name = strdup(*at ? at : from);
    free(real);
    return name;
}

/* Whether one of the first `count` variants but `index` has the name. */
static bool is_taken(const struct variant *variants, size_t count, size_t index, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (i != index && strcmp(variants[i].name, name) == 0)
            return true;
    return false;
}

/* Those that share a name with one before or behind them get the longer one, all of them: which is
 * why names are looked at before any is replaced. */
static int lengthen(struct variant *variants, size_t count)
{
    char **names = calloc(count, sizeof *names);
    int result = names ? 0 : -ENOMEM;
    for (size_t i = 0; names && i < count; i++) {
        if (!is_taken(variants, count, i, variants[i].name))
            continue;
        names[i] = names_of_path(variants[i].path, 2);
        if (!names[i])
            result = -ENOMEM;
    }
    for (size_t i = 0; names && i < count; i++) {
        if (!names[i])
            continue;
        free(variants[i].name);
        variants[i].name = names[i];
    }
    free(names);
    return result;
}

static int number(struct variant *variants, size_t index)
{
    char *name = NULL;
    for (size_t i = 2; is_taken(variants, index, index, name ? name : variants[index].name); i++) {
        free(name);
        if (asprintf(&name, "%s (%zu)", variants[index].name, i) < 0)
            return -ENOMEM;
    }
    if (name) {
        free(variants[index].name);
        variants[index].name = name;
    }
    return 0;
}

int names_set_apart(struct variant *variants, size_t count)
{
    int result = lengthen(variants, count);
    for (size_t i = 1; i < count && result == 0; i++)
        result = number(variants, i);
    return result;
}
