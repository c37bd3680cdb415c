/* dataset.h - what was measured: run folders, read strictly and in one pass.
 * A `run` is one folder; a `variant` is what the command line names: one run, or a folder of runs,
 * which are repeats and are added up. Memory does not grow with the number of rows.
 * Text is borrowed from the run's run.json unless it says owned, and lives as long as the run.
 * Any text may come from a server or a user: whoever writes it out escapes it. */
#ifndef TARE_DATASET_H
#define TARE_DATASET_H

#include "digest.h"
#include "distribution.h"
#include "fault.h"
#include "outcome.h"
#include "scatter.h"
#include "scale.h"
#include "schema.h"
#include "timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's */

enum run_loop { RUN_LOOP_CLOSED, RUN_LOOP_OPEN };
enum run_state { RUN_STATE_RUNNING, RUN_STATE_COMPLETE, RUN_STATE_INTERRUPTED };
/* In rising order: the verdict of a group is the largest of its runs'. */
enum run_verdict { RUN_VALID, RUN_SUSPECT, RUN_INVALID, RUN_VERDICT_COUNT };
/* Which rows samples.csv has. */
enum run_samples { RUN_SAMPLES_ALL, RUN_SAMPLES_THINNED, RUN_SAMPLES_NONE };

#define RUN_REASONS_MAX 32u
#define RUN_ANOMALIES_MAX 64u
#define RUN_TARGETS_MAX 1024u /* LIMIT_TARGETS_MAX */
#define RUN_TEXT_MAX 320u

/* Why a verdict is not "valid": a name to look up and a sentence to read. */
struct run_reason {
    enum run_verdict verdict; /* how bad this makes the run */
    char name[48];
    char sentence[RUN_TEXT_MAX];
};

struct run_anomaly {
    const char *name;
    uint64_t count;
};

struct run_config {
    enum run_loop loop;
    uint64_t connections;
    uint64_t threads;
    double rate_per_s;    /* 0 in closed loop */
    const char *arrivals; /* "constant", "poisson"; NULL in closed loop */
    uint64_t requests;    /* -n; 0 where a duration was asked */
    int64_t duration_ns;  /* 0 where a number of requests was asked */
    int64_t warmup_ns;
    int64_t grace_ns;
    int64_t timeout_ns;
    uint64_t pipeline;
    uint64_t requests_per_connection; /* 0: any number */
    const char *wait; /* "spin", "hybrid", "block" */
    uint64_t seed;
    enum run_samples samples;
    const char *samples_text; /* "all", "none", "1/N" */
};

struct run_machine {
    const char *host;
    const char *kernel;
    const char *architecture;
    const char *cpu_model;
    uint64_t cpus;
    uint64_t memory_bytes;
};

struct run_totals {
    uint64_t due;
    uint64_t requests;
    uint64_t attempts;
    uint64_t rows;
    uint64_t sent;
    uint64_t done;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t connections_opened;
};

/* What the tool itself took. */
struct run_cost {
    uint64_t recording_bytes;
    int64_t recording_cpu_ns;
    int64_t cpu_user_ns;
    int64_t cpu_system_ns;
    uint64_t resident_bytes;
    double busy_share; /* 0 to 1; negative: not known */
};

/* A target as run.json lists it. */
struct run_target {
    const char *name; /* "GET /path" */
    const char *method;
    const char *url;
};

/* One run folder. */
/* What its handshakes came to; version NULL: the URL is plain, or none was done. */
struct run_tls {
    const char *version, *cipher;
    uint64_t handshakes, resumed;
};

struct run {
    char *path;              /* owned */
    struct json_t *document; /* run.json, owned: what the borrowed text below lies in */
    const char *version;     /* of the tare that made it */
    const char *started_utc; /* "2026-11-20T12:04:00Z" */
    char *command;           /* owned: its command line, quoted for a shell */
    enum run_state state;
    struct run_config config;
    struct run_machine machine;
    const char *liburing;     /* NULL where not known */
    const char *clock_source; /* NULL where not known */
    char *ring_features;      /* owned: names with a blank between, "" where none is known */
    char *ring_disabled;      /* owned: the same */
    bool is_measured;         /* the keys from `elapsed` on are there */
    int64_t warmup_ns;        /* time that passed */
    int64_t measure_ns;
    int64_t grace_ns;
    struct run_totals totals;
    uint64_t outcomes[OUTCOME_COUNT]; /* of all phases, by final outcome */
    uint64_t measured_requests;       /* of the measured phase, ended in whatever way */
    uint64_t measured_sent;           /* while that phase lasted */
    uint64_t measured_done;           /* the same, ended in whatever way */
    uint64_t measured_outcomes[OUTCOME_COUNT];
    struct run_cost cost;
    struct run_tls tls;
    struct scale scale; /* the machine's, where `tare --weigh` had weighed it */
    struct run_anomaly anomalies[RUN_ANOMALIES_MAX]; /* those above zero, as run.json has them */
    size_t anomaly_count;
    enum run_verdict verdict; /* the engine's, or worse where reading found a fault */
    struct run_reason reasons[RUN_REASONS_MAX];
    size_t reason_count;
    const char *limited_by;     /* "server", "generator", "schedule"; NULL where not known */
    struct run_target *targets; /* owned */
    size_t target_count;
    /* Found on reading. */
    uint64_t rows;         /* of samples.csv */
    uint64_t torn_rows;    /* last rows that a kill cut off, over all files */
    struct digest_file files[DIGEST_FILES];
    bool distinct_checked; /* false: too many requests to tell each from each */
};

/* What one run of a variant counted of a target. */
struct target_run {
    uint64_t requests;
    uint64_t failed; /* of them, failed or censored */
    uint64_t done;   /* while the measured phase lasted */
    uint64_t done_ok;
};

/* Figures of the measured phase, by final outcome: of one target, or of all of them. */
struct target {
    const char *name; /* borrowed from the variant's first run; "all" for the total */
    const char *method;
    const char *url;
    uint64_t requests; /* measured and ended, in whatever way: the n of gates */
    uint64_t successes;
    uint64_t failures;
    uint64_t censored;
    uint64_t outcomes[OUTCOME_COUNT];
    /* While the measured phase lasted, whenever they had been due: what rates are made of. */
    uint64_t sent;
    uint64_t done; /* ended in whatever way */
    uint64_t done_ok;
    struct distribution series[SERIES_COUNT]; /* of successes, in ns */
    struct target_run *runs;                  /* owned: by run */
    /* How these scatter over time or runs (interval.h); owned, NULL where it was not kept. */
    struct scatter *scatter[SERIES_COUNT];
    struct scatter_blocks *blocks[SERIES_COUNT]; /* while the one run is read; else NULL */
};

/* A process that resources.csv speaks of. */
struct run_process {
    char name[32];
    uint64_t pid;
    int64_t cpu_user_ns; /* the last value */
    int64_t cpu_system_ns;
    uint64_t resident_first_bytes;
    uint64_t resident_peak_bytes;
    uint64_t descriptors_peak;
    uint64_t threads_peak;
};
#define VARIANT_PROCESSES_MAX 16u
#define VARIANT_RUNS_MAX 1024u /* repeats in a group */

/* What one RUN of the command line holds. */
struct variant {
    char *name;       /* owned: the folder's, made unique among the report's */
    char *path;       /* owned: as given */
    struct run *runs; /* owned, in the order of their names */
    size_t run_count; /* above 1: a group of repeats */
    bool is_group;
    enum run_loop loop;
    enum series latency;      /* SERIES_RESPONSE in open loop, SERIES_SERVICE in closed */
    int64_t measure_ns;       /* measured time, of all runs together */
    enum run_verdict verdict; /* the worst of its runs' */
    bool from_histograms;     /* samples were thinned: distributions come from histograms.csv */
    struct target total;
    struct target *targets; /* owned; those of all runs, joined by name */
    size_t target_count;
    struct timeline timeline; /* the runs laid over each other; all phases */
    struct run_process processes[VARIANT_PROCESSES_MAX]; /* of the first run */
    size_t process_count;
};

/* A limit whose exceeders are counted while rows pass: exactly from complete samples, else from
 * buckets. Only successes are compared; the others are in struct target. */
struct watch {
    /* What to watch. */
    const char *target; /* a target's name, or its name without the method; NULL: all */
    int series;         /* enum series; -1: the variant's latency */
    int64_t limit_ns;
    /* What was seen. */
    bool is_found;             /* the variant has the target */
    const struct target *only; /* the target; NULL: all of them */
    uint64_t seen;             /* successes that had a value */
    uint64_t above;            /* of them, certainly above limit_ns */
    uint64_t maybe; /* of them, in the bucket that holds limit_ns; 0 from complete samples */
};

/* Reads the run or the group of runs at `path` and counts what `watches` ask for.
 * variant: storage of the caller's; to be freed with variant_free, after a failure too.
 * Returns 0, or -errno with the fault's text set: -EINVAL where a file breaks the contract. A run
 * that is whole but not to be trusted is no error: variant->verdict says so. */
int variant_read(struct variant *variant, const char *path, struct watch *watches,
                 size_t watch_count, struct fault *fault);
void variant_free(struct variant *variant);

/* The target that a person names: "GET /users", or "/users" where one target alone has that path;
 * NULL or "" for the total. NULL: there is none. */
const struct target *variant_find_target(const struct variant *variant, const char *name);

/* The latency that a variant is judged by, over all targets. */
static inline const struct distribution *variant_latency(const struct variant *variant)
{
    return &variant->total.series[variant->latency];
}

/* Requests that failed or are censored. */
static inline uint64_t target_failed(const struct target *target)
{
    return target->failures + target->censored;
}

/* Throughput: requests done while the measured phase lasted, in whatever way, per second of it, as
 * run.json's rate_per_s; and of those the successes. 0 where no time passed. */
double variant_rate_per_s(const struct variant *variant, const struct target *target);
double variant_success_rate_per_s(const struct variant *variant, const struct target *target);

/* Requests sent while the measured phase lasted, per second of it: what an open loop achieved. */
double variant_sent_rate_per_s(const struct variant *variant, const struct target *target);

/* Whether requests were done and none is known by itself: of a run that was killed while it
 * thinned. */
bool target_is_unknown(const struct target *target);

/* Failed and censored requests as a share of all, 0 to 1; 0 where there is none. */
double target_error_share(const struct target *target);

/* How many of the variant's runs were interrupted. */
size_t variant_count_interrupted(const struct variant *variant);

/* "valid", "suspect", "invalid"; "closed loop", "open loop". Static storage. */
const char *run_verdict_name(enum run_verdict verdict);
const char *run_loop_name(enum run_loop loop);

#endif
