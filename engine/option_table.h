/* option_table.h - the options of tare, a row each: what getopt, the readers and --help are made of. */
#ifndef TARE_OPTION_TABLE_H
#define TARE_OPTION_TABLE_H

#include "options.h"

/* How the value of an option is read. */
enum option_kind {
    OPTION_FLAG, /* no value: sets a bool */
    OPTION_TEXT, /* kept as it stands: const char * */
    OPTION_U32,  /* 1 to max */
    OPTION_U64,
    OPTION_TIME,         /* int64_t, ns, above 0 */
    OPTION_TIME_OR_NONE, /* int64_t, ns */
    OPTION_CHOICE,       /* an enum, in the order of choices */
    OPTION_ONE_IN,       /* uint32_t: all is 1, none 0, 1/N N */
    OPTION_OWN           /* by a reader of its own */
};

/* Reads a value into options; false with a sentence in `error`. */
typedef bool option_reader(struct options *options, const char *value, char *error);

struct option_row {
    const char *name;  /* without its dashes */
    const char *alias; /* curl's name, or NULL */
    char letter;       /* 0: none */
    enum option_kind kind;
    size_t offset; /* of what it sets, in struct config */
    uint64_t max;
    const char *const *choices; /* ending with NULL */
    option_reader *read;
    const char *value; /* as --help calls it; NULL: none */
    const char *help;  /* lines of at most 53 characters */
    bool goes_with_weigh; /* else --weigh refuses it */
    bool begins_group; /* --help leaves a line free before it */
};

/* All rows, *count of them. Static storage. */
const struct option_row *option_table(size_t *count);

/* "-c" or "--grace", as messages call it. */
#define OPTION_NAME_MAX 40
const char *option_name(const struct option_row *row, char text[OPTION_NAME_MAX]);

#endif
