/* recorder.h - the writer: one thread that takes the samples of all workers, writes samples.csv,
 * histograms.csv and seconds.csv, and adds up what the summary says.
 * Beside a worker that keeps to a schedule on the same CPU it works in short slices, when invited, so that
 * no request waits for it long. */
#ifndef TARE_RECORDER_H
#define TARE_RECORDER_H

#include "config.h"
#include "outfile.h"
#include "row.h"
#include "seconds.h"
#include "tally.h"
#include "worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* What the live line shows of the last whole second. */
struct recorder_live {
    uint32_t seconds; /* whole seconds so far; 0: nothing to show yet */
    uint64_t done;    /* in that second */
    uint64_t failures;       /* since the start */
    uint64_t requests;       /* ended since the start */
    uint32_t in_flight;
    uint64_t backlog;
    int64_t p50_ns, p99_ns;  /* of successes, that second: response (open loop), service (closed) */
    int64_t send_lag_p99_ns;
};

struct recorder {
    const struct config *config;
    struct worker *workers;
    int cpu; /* pinned to it; -1: not pinned */
    bool shares_cpu; /* with a worker */
    bool discards; /* TARE_DISABLE=recording: what it takes is counted as dropped, nothing else */
    struct invite invite;
    pthread_t thread;

    struct outfile samples, histograms, seconds_file;
    struct row_common row;
    char histogram_start[96]; /* of a row of histograms.csv, before its bucket */
    size_t histogram_start_size;
    struct tally tally;
    uint32_t targets;
    struct seconds *seconds; /* by target */
    uint32_t seconds_target; /* whose row is being written */
    struct seconds_row second; /* the sum of all targets' last rows, for the live line */
    uint64_t rows_written;
    uint64_t rows_discarded;
    uint64_t done_measured; /* ended while the measured phase lasted */
    uint64_t sent_measured;
    struct histogram second_latency, second_lag;

    pthread_mutex_t live_lock;
    struct recorder_live live;

    /* Results, valid after the thread was joined; `failed` at any time. */
    bool failed; /* a file could not be written; relaxed */
    int error;   /* -errno, or 0 */
    const char *error_file;
    int64_t cpu_ns;
};

/* Creates the files in the folder. Returns 0 or -errno, and error_file names the file. */
int recorder_open(struct recorder *r, const struct config *config, struct worker *workers,
                  int folder_fd);

/* Takes up to `max` records of a worker's queue into the tally and the files; returns how many there
 * were. What the thread does again and again; for tests and benchmarks it can be called without. */
uint32_t recorder_take(struct recorder *r, uint32_t worker, uint32_t max);

/* The thread's function; argument: struct recorder *. Returns when every worker is done and all is
 * written. */
void *recorder_main(void *recorder);

/* A copy of the last whole second. Any thread. */
struct recorder_live recorder_look(struct recorder *r);

/* Frees memory; the files are closed by the thread. */
void recorder_free(struct recorder *r);

#endif
