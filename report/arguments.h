/* arguments.h - the command line of tare-report as a plain struct. Pure: prints nothing. */
#ifndef TARE_ARGUMENTS_H
#define TARE_ARGUMENTS_H

#include "fault.h"
#include "gate.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>

enum arguments_do { ARGUMENTS_REPORT, ARGUMENTS_HELP, ARGUMENTS_VERSION };

struct arguments {
    enum arguments_do what;
    const char *runs[REPORT_VARIANTS_MAX]; /* borrowed from argv, in its order */
    size_t run_count;
    const char *output; /* borrowed; NULL: the default */
    struct gate gates[GATES_MAX];
    size_t gate_count;
    bool html;
    bool json;
    bool csv;
    bool markdown;
    bool junit;
    const char *baseline;      /* borrowed; NULL: none */
    const char *save_baseline; /* borrowed; NULL: none */
    bool is_forced;            /* --force */
    bool inconclusive_fails;   /* --inconclusive fail */
};

/* Reads argv, which getopt_long(3) puts in another order. Returns 0, or -EINVAL with cause and
 * remedy in the fault. */
int arguments_read(struct arguments *arguments, int argc, char **argv, struct fault *fault);

/* The text of --help. Static storage. */
const char *arguments_help(void);

#endif
