/* weight.h - what a machine's scale was found to weigh: the figures of `tare --weigh`, the file that
 * keeps them, and how a later run on the same machine and kernel finds them again. */
#ifndef TARE_WEIGHT_H
#define TARE_WEIGHT_H

#include "config.h"
#include "environment.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t; /* jansson's */

#define WEIGHT_WAIT_MODES 3 /* in the order of enum wait_mode */

/* Nearest-rank percentiles of `count` values. count 0: it was not measured. */
struct weight_spread {
    uint64_t count;
    int64_t p50_ns, p99_ns, p999_ns;
};

struct weight {
    char weighed_utc[21]; /* when */
    int64_t took_ns;
    bool shares_cpu;    /* generator and stub had one CPU between them */
    int64_t steal_ns;   /* that the hypervisor took in the meantime, all CPUs together */
    double waited_share; /* of a load's time in which the worker was ready and had no CPU, the largest */
    uint64_t throttled; /* periods in which the cgroup's quota was used up */

    double clock_ns;     /* to read the clock */
    double nop_ns;       /* a NOP through the ring, submitted and completed alone */
    double nop_batch_ns; /* one of WEIGHT_NOP_BATCH that went together */

    /* Closed loop against the null stub, one worker. */
    uint32_t connections;
    double request_ns;      /* CPU time of the whole process a request, all recorded */
    double request_bare_ns; /* the same with --samples none */
    double rate_per_s;      /* all recorded */
    double busy_share;      /* of the worker's core, at that rate */

    /* Open loop against the null stub. */
    double lag_rate_per_s;
    struct weight_spread send_lag[WEIGHT_WAIT_MODES];

    /* By how much service time is too long: `stamps` a percentile of it as recorded, minus the same
     * percentile without the way that transmit stamps show the requests took to the wire; `single` that
     * way of one request; `server` service time minus what the server itself says, of one request, which
     * holds the loopback and the stub's own lateness. */
    struct weight_spread stamps, single, server;
    int64_t server_delay_ns; /* the stub's, in `server` */
};

#define WEIGHT_NOP_BATCH 8u

/* Shares of the time weighed that are half of what lies beyond a p99: more of it taken away, by the
 * hypervisor or by other processes, moves the figures. */
#define WEIGHT_STEAL_SHARE_MAX 0.005
#define WEIGHT_WAITED_SHARE_MAX 0.005

/* Whether the hypervisor, or other processes, took so much that the figures hold it. Where generator
 * and stub share a CPU, they wait for each other, and the second is not known. */
static inline bool weight_is_stolen(const struct weight *weight)
{
    return (double)weight->steal_ns > WEIGHT_STEAL_SHARE_MAX * (double)weight->took_ns;
}

static inline bool weight_is_crowded(const struct weight *weight)
{
    return weight->waited_share > WEIGHT_WAITED_SHARE_MAX && !weight->shares_cpu;
}

/* The figures as an object; a new reference of the caller's. What was not measured is null. */
struct json_t *weight_to_json(const struct weight *weight);

/* Reads them back; false where one is missing, of another kind or below 0. */
bool weight_from_json(const struct json_t *object, struct weight *weight);

/* What a calibration is told apart by: all borrowed. */
struct weight_facts {
    const struct config *config;
    const struct environment *environment;
    const bool *features; /* of the ring */
};

/* The file's document: the figures, and the machine that they are of. */
struct json_t *weight_document(const struct weight *weight, const struct weight_facts *facts);

enum weight_found {
    WEIGHT_FOUND,
    WEIGHT_NONE,  /* no file, or one of another machine, kernel or version of tare */
    WEIGHT_BROKEN /* a file that tare did not write so */
};

/* Looks for weight.json in the folder that the run folder lies in, and in the one above, where the run
 * is one of a group. Fills in `weight` where it is of this machine (host, architecture, CPUs, source of
 * the clock), this kernel and this version of tare. */
enum weight_found weight_find(int run_folder_fd, const struct environment *environment,
                              struct weight *weight);

#endif
