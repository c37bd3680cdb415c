/* progress.h - the live line: on a terminal redrawn several times a second, on a pipe one plain line
 * every ten seconds, always on stderr. */
#ifndef TARE_PROGRESS_H
#define TARE_PROGRESS_H

#include "config.h"
#include "recorder.h"

#include <stdbool.h>

struct progress {
    const struct config *config;
    bool is_terminal;
    bool has_colour; /* a terminal, and NO_COLOR is not set */
    bool is_quiet;
    int64_t next_plain_ns;
    int drawn; /* width of the line that stands there */
};

void progress_init(struct progress *progress, const struct config *config);

/* One line before the start: what is loaded, and how. */
void progress_announce(const struct progress *progress, const char *url);

/* Shows where the run is. now_ns: run time. */
void progress_show(struct progress *progress, int64_t now_ns, const struct recorder_live *live);

/* Takes the line away again. */
void progress_clear(struct progress *progress);

#endif
