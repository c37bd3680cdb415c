/* scale.h - what the machine's scale weighs, as `tare --weigh` found it and run.json took it along.
 * Text is borrowed from the run's run.json. Pure. */
#ifndef TARE_SCALE_H
#define TARE_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's */
struct variant;

#define SCALE_WAIT_MODES 3
#define SCALE_WHY_MAX 200

/* Nearest-rank percentiles of `count` values; count 0: it was not measured. */
struct scale_spread {
    uint64_t count;
    int64_t p50_ns;
    int64_t p99_ns;
    int64_t p999_ns;
};

struct scale {
    bool is_known; /* else all is 0 */
    const char *weighed_utc;
    int64_t took_ns;
    int64_t steal_ns; /* of it, taken by the hypervisor, over all CPUs */
    double waited_share; /* of a load's time in which the generator was kept from its CPU, at most */
    bool shares_cpu;  /* generator and stub had one CPU between them */
    double clock_ns;
    double nop_ns;
    double nop_batch_ns;
    uint64_t connections; /* of the closed loop that the next four are from */
    double request_ns;    /* CPU time of a request */
    double request_bare_ns;
    double rate_per_s;
    double busy_share;
    double lag_rate_per_s;
    struct scale_spread send_lag[SCALE_WAIT_MODES]; /* as scale_wait_names */
    /* By how much service time is too long: of percentiles and of one request by transmit stamps, of
     * one request by the server's own word. */
    struct scale_spread stamps;
    struct scale_spread single;
    struct scale_spread server;
    int64_t server_delay_ns;
};

extern const char *const scale_wait_names[SCALE_WAIT_MODES];

/* Reads run.json's `weight`. Returns false, and what is wrong in `why`, where a figure is missing, of
 * another kind or below 0. */
bool scale_read(const struct json_t *object, struct scale *scale, char why[SCALE_WHY_MAX]);

/* The scale of a variant: of its first run that has one; NULL where none has. */
const struct scale *variant_scale(const struct variant *variant);

/* Whether two are one calibration: of one machine, since each has its moment. */
bool scale_is_same(const struct scale *a, const struct scale *b);

/* Whose word the error of service time is. */
enum scale_source { SCALE_NONE, SCALE_STAMPS, SCALE_SERVER };

/* The error of service time at percentiles, the largest over all variants that have a scale: what a
 * difference has to exceed. From transmit stamps; where one was weighed without, SCALE_SERVER. */
enum scale_source scale_error(const struct variant *variants, size_t count,
                              struct scale_spread *error);

#endif
