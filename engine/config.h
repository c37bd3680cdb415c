/* config.h - the plain description of a run: what options and plans fill in, and what all else only
 * reads, through one `const struct config *`. Strings are borrowed for the run. */
#ifndef TARE_CONFIG_H
#define TARE_CONFIG_H

#include "goal.h"
#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Closed: the next request when a connection frees. Open: when the schedule says. */
enum loop { LOOP_CLOSED, LOOP_OPEN };

enum arrivals { ARRIVALS_CONSTANT, ARRIVALS_POISSON };

/* Whether a connection serves one request after another, or is closed behind each response. */
enum reuse { REUSE_ON, REUSE_OFF };

/* What a worker does while nothing is due: spin burns its core, block sleeps on the ring, hybrid
 * sleeps until shortly before the due time and then spins. */
enum wait_mode { WAIT_SPIN, WAIT_HYBRID, WAIT_BLOCK };

/* One request in so many carries a transmit stamp where nothing else is asked for. */
#define CONFIG_SEND_STAMPS_ONE_IN 64u

enum tls_version { TLS_VERSION_ANY, TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* A target as it was asked for. */
struct config_target {
    const char *url;
    char method[LIMIT_METHOD_MAX_BYTES]; /* "": the config's */
    uint32_t weight;
};

struct expect;
struct retry_policy;

struct config {
    /* Where to, and what. */
    const char *url;
    const struct config_target *targets; /* NULL: one, which is url */
    uint32_t targets_count;
    const char *method; /* NULL: GET, or POST where there is a body */
    const char **headers;
    size_t headers_count;
    const char *body; /* the bytes themselves, or NULL */
    size_t body_bytes;
    const char *body_lines; /* lines of a file, one body each, or NULL */
    size_t body_lines_bytes;
    bool compressed; /* asked for; what comes is counted as it comes */
    const struct retry_policy *retry; /* NULL: what failed has failed */
    const struct expect *expect; /* what a good response is; NULL: any below 400 */
    const char *const *expectations; /* as they were written */
    size_t expectations_count;

    /* TLS, of an https URL: as tls.h has them. */
    bool insecure;
    bool tls_new_sessions;
    const char *cacert;
    const char *cert;
    const char *key;
    const char *ciphers;
    enum tls_version tls_min, tls_max;

    /* Where connections go, other than the URL says, and come from; as they were typed (option_where.h). */
    const char *const *connect_to;
    size_t connect_to_count;
    const char *const *resolve;
    size_t resolve_count;
    const char *unix_socket; /* path, or NULL */
    const char *sources;     /* addresses with commas between, or NULL */
    const char *proxy;       /* URL, or NULL */

    /* How much, and when. */
    enum loop loop;
    uint32_t connections;
    uint32_t threads;
    uint32_t pipeline;
    int64_t duration_ns; /* of the measured phase; 0: until `requests` are done */
    uint64_t requests;   /* of the measured phase; 0: until duration_ns is over */
    int64_t warmup_ns;
    int64_t grace_ns;   /* how long answers are awaited after the measured phase */
    int64_t timeout_ns; /* from sent */
    int64_t connect_timeout_ns; /* from a connect's begin */
    enum reuse reuse;
    uint32_t requests_per_connection; /* 0: no limit; 1 where reuse is off */
    uint64_t connect_rate_milli; /* thousandths of connections opened a second at most; 0: no limit */
    uint64_t rate_milli; /* open loop: thousandths of requests per second over all threads */
    enum arrivals arrivals;
    enum wait_mode wait;
    uint64_t seed;
    const int *cpus; /* workers are pinned to these in turn; NULL: nothing is pinned */
    size_t cpus_count;

    /* The search for the highest rate: rate_milli is its start, duration_ns a step's. */
    const struct goal *goals; /* NULL: a run, no search */
    uint32_t goals_count;

    /* What is kept and said. */
    const char *output;      /* the run folder; NULL: results/UTC time */
    uint32_t samples_one_in; /* 1: all, 0: none, n: one in n */
    uint32_t send_stamps_one_in; /* requests that carry a transmit stamp: 1 all, 0 none, n one in n */
    bool strict;
    bool json;
    bool quiet;

    /* No run but a suite of them (plan.h). */
    const char *plan; /* the file; NULL: none */
    bool dry_run;     /* only says what would run */
    bool list;        /* only names the scenarios */
    const char *const *only; /* scenarios; none: all */
    size_t only_count;
    uint32_t repeat; /* 0: as the plan says */

    bool weigh; /* no run: tare weighs itself (weigh.h) */

    const char *const *command; /* the command line, as it was typed */
    size_t command_count;
};

static inline const char *config_wait_name(enum wait_mode wait)
{
    return wait == WAIT_SPIN ? "spin" : wait == WAIT_HYBRID ? "hybrid" : "block";
}

static inline const char *config_arrivals_name(enum arrivals arrivals)
{
    return arrivals == ARRIVALS_CONSTANT ? "constant" : "poisson";
}

static inline const char *config_loop_name(enum loop loop)
{
    return loop == LOOP_OPEN ? "open" : "closed";
}

#endif
