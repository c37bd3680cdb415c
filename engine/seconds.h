/* seconds.h - the rows of seconds.csv, added up over the workers.
 * A worker's tick ends its second or phase; a row is written when every worker's tick of it, or of a
 * later one, has come, or the worker has ended. What was done is what stood before the tick in that
 * worker's queue. Pure but for memory. */
#ifndef TARE_SECONDS_H
#define TARE_SECONDS_H

#include "sample.h"

#include <stdint.h>

#define SECONDS_PENDING 64u /* rows that wait for a slow worker's tick */
#define SECONDS_ROW_MAX_BYTES 1024

/* One row, and how many workers it holds. */
struct seconds_row {
    uint32_t second;
    uint8_t phase;
    uint32_t workers;
    uint64_t due, sent, done, bytes_out, bytes_in, in_flight, backlog;
    uint64_t outcomes[OUTCOME_COUNT];
};

/* What a worker did since its last tick. */
struct seconds_worker {
    struct tick last;
    bool has_ticked; /* else there is no last */
    bool has_ended;
    uint64_t done, bytes_in;
    uint64_t outcomes[OUTCOME_COUNT];
};

struct seconds {
    uint32_t workers_count;
    struct seconds_worker *workers;
    struct seconds_row pending[SECONDS_PENDING + 1]; /* in their order; one too many for a while */
    uint32_t pending_count;
};

typedef void seconds_visit(void *context, const struct seconds_row *row);

/* Returns 0 or -ENOMEM. */
int seconds_init(struct seconds *seconds, uint32_t workers);
void seconds_free(struct seconds *seconds);

/* A request of this worker ended, or an attempt at one, which counts by its bytes alone. */
void seconds_add(struct seconds *seconds, uint32_t worker, const struct sample *sample);

/* A worker's second or phase ended; visits the rows that are whole with it, in their order. */
void seconds_tick(struct seconds *seconds, uint32_t worker, const struct tick *tick,
                  seconds_visit *visit, void *context);

/* A worker has no more ticks: no row waits for it any longer. */
void seconds_end(struct seconds *seconds, uint32_t worker, seconds_visit *visit, void *context);

/* Visits the rows that still wait. */
void seconds_finish(struct seconds *seconds, seconds_visit *visit, void *context);

/* The header line of seconds.csv, with a column per outcome. Static storage. */
const char *seconds_header(void);

/* Writes a row with its line end, returns its size. text: SECONDS_ROW_MAX_BYTES. */
size_t seconds_format(const struct seconds_row *row, uint16_t target, char *text);

#endif
