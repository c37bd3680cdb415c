/* stub_options.h - the stub's command line, read into a plain struct and checked.
 * Pure: it opens nothing and exits never. */
#ifndef TARE_STUB_OPTIONS_H
#define TARE_STUB_OPTIONS_H

#include "stub_delay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct stub_options {
    struct sockaddr_storage address; /* with its port; 0: any */
    socklen_t address_size;
    uint32_t threads;
    uint64_t seed;
    struct stub_delay delay;
    uint32_t servers; /* that requests queue for, all threads together; 0: no queue */
    bool null; /* answer at once and measure nothing */
    bool chunked;
    int status;           /* of good answers */
    uint64_t body_bytes;  /* of their body */
    uint64_t close_after; /* requests on a connection; 0: no limit */
    const char *log_path; /* NULL: no log; borrowed from argv */
};

enum stub_options_result {
    STUB_OPTIONS_RUN,
    STUB_OPTIONS_HELP,
    STUB_OPTIONS_VERSION,
    STUB_OPTIONS_BAD /* `why` holds cause and remedy */
};

/* Reads argv[1] to argv[argc - 1]. */
enum stub_options_result stub_options_parse(struct stub_options *options, int argc,
                                            char *const *argv, char *why, size_t why_size);

/* What --help prints. Static storage. */
const char *stub_options_help(void);

#endif
