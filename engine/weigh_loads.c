/* weigh_loads.c - configs for run_execute(), and figures out of results and rows. */
#include "weigh_loads.h"

#include "limits.h"
#include "runfolder.h"
#include "units.h"
#include "weigh_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONNECTIONS 64u
#define LOAD_FOR_NS NS_PER_S
#define WARMUP_NS (100 * NS_PER_MS) /* connections and caches get warm; the first lag is no machine's */
#define RATE_MAX 20000u
#define SERVER_RATE_MAX 10000u /* so that p99.9 rests on ten requests */

static struct config base_of(const struct weigh_loads *loads)
{
    return (struct config){.url = loads->url,
                           .loop = LOOP_CLOSED,
                           .connections = CONNECTIONS,
                           .threads = 1,
                           .pipeline = 1,
                           .duration_ns = LOAD_FOR_NS,
                           .warmup_ns = WARMUP_NS,
                           .grace_ns = NS_PER_S,
                           .timeout_ns = 5 * NS_PER_S,
                           .connect_timeout_ns = 5 * NS_PER_S,
                           .wait = WAIT_BLOCK,
                           .seed = 1,
                           .cpus = loads->cpu,
                           .cpus_count = loads->cpu ? 1 : 0,
                           .output = loads->folder,
                           .samples_one_in = 1,
                           .send_stamps_one_in = CONFIG_SEND_STAMPS_ONE_IN,
                           .quiet = true};
}

static struct config open_of(const struct weigh_loads *loads, double rate_per_s, enum wait_mode wait)
{
    struct config config = base_of(loads);
    config.loop = LOOP_OPEN;
    config.rate_milli = (uint64_t)(rate_per_s * 1000);
    config.wait = wait;
    return config;
}

/* Runs it; the run's folder is the caller's to remove, its result to free, whatever is returned. */
static enum run_end load(const struct weigh_loads *loads, const struct config *config,
                         struct weight *weight, struct result *result)
{
    const enum run_end end = run_execute(config, loads->stop, result, loads->error);
    if (result->waited_share > weight->waited_share)
        weight->waited_share = result->waited_share;
    if (end == RUN_FAILED || end == RUN_INTERRUPTED)
        return end;
    if (result->latencies[SERIES_SERVICE].count > 0)
        return RUN_GOOD;
    snprintf(loads->error, RUN_ERROR_MAX,
             "tare-stub at %s answered no request of %llu in a second\n      is the machine busy? "
             "weigh again when it is quiet",
             loads->url, (unsigned long long)result->requests);
    return RUN_FAILED;
}

static void clear(const struct weigh_loads *loads, struct result *result)
{
    result_free(result);
    runfolder_remove(loads->folder);
}

static double request_ns(const struct result *r)
{
    return (double)(r->cpu_user_ns + r->cpu_system_ns) / (double)r->requests;
}

/* Two digits of it, so that the table has a round number. */
static double round_down(double rate)
{
    double unit = 1;
    while (rate / unit >= 100)
        unit *= 10;
    return (double)(uint64_t)(rate / unit) * unit;
}

enum run_end weigh_load_requests(const struct weigh_loads *loads, struct weight *weight)
{
    const struct config config = base_of(loads);
    struct result result;
    const enum run_end end = load(loads, &config, weight, &result);
    if (end == RUN_GOOD) {
        const double half = result_rate(&result) / 2;
        weight->connections = CONNECTIONS;
        weight->request_ns = request_ns(&result);
        weight->rate_per_s = result_rate(&result);
        weight->busy_share = result.busy_share;
        weight->lag_rate_per_s = half > RATE_MAX ? RATE_MAX : half < 1 ? 1 : round_down(half);
    }
    clear(loads, &result);
    return end;
}

enum run_end weigh_load_bare(const struct weigh_loads *loads, struct weight *weight)
{
    struct config config = base_of(loads);
    struct result result;
    config.samples_one_in = 0;
    const enum run_end end = load(loads, &config, weight, &result);
    if (end == RUN_GOOD)
        weight->request_bare_ns = request_ns(&result);
    clear(loads, &result);
    return end;
}

static struct weight_spread spread_of(const struct histogram *h)
{
    return (struct weight_spread){.count = h->count,
                                  .p50_ns = histogram_at_rank(h, units_rank(h->count, 500000)),
                                  .p99_ns = histogram_at_rank(h, units_rank(h->count, 990000)),
                                  .p999_ns = histogram_at_rank(h, units_rank(h->count, 999000))};
}

static enum run_end load_lag(const struct weigh_loads *loads, struct weight *weight,
                             enum wait_mode wait)
{
    const struct config config = open_of(loads, weight->lag_rate_per_s, wait);
    struct result result;
    const enum run_end end = load(loads, &config, weight, &result);
    if (end == RUN_GOOD)
        weight->send_lag[wait] = spread_of(&result.latencies[SERIES_SEND_LAG]);
    clear(loads, &result);
    return end;
}

enum run_end weigh_load_spin(const struct weigh_loads *loads, struct weight *weight)
{
    return load_lag(loads, weight, WAIT_SPIN);
}

enum run_end weigh_load_hybrid(const struct weigh_loads *loads, struct weight *weight)
{
    return load_lag(loads, weight, WAIT_HYBRID);
}

enum run_end weigh_load_block(const struct weigh_loads *loads, struct weight *weight)
{
    return load_lag(loads, weight, WAIT_BLOCK);
}

/* Reads rows of the run that has just been. */
static enum run_end read_rows(const struct weigh_loads *loads, enum schema_column other,
                              struct weigh_rows *rows)
{
    const int failure = weigh_rows_read(loads->folder, other, rows);
    if (failure == 0)
        return RUN_GOOD;
    snprintf(loads->error, RUN_ERROR_MAX,
             "%s/" SCHEMA_FILE_SAMPLES " cannot be read back: %s\n      name another place with -o",
             loads->folder, strerror(-failure));
    return RUN_FAILED;
}

enum run_end weigh_load_stamps(const struct weigh_loads *loads, struct weight *weight)
{
    struct config config = open_of(loads, weight->lag_rate_per_s, WAIT_SPIN);
    struct result result;
    struct weigh_rows rows = {.count = 0};
    config.send_stamps_one_in = 1;
    enum run_end end = load(loads, &config, weight, &result);
    if (end == RUN_GOOD)
        end = read_rows(loads, COLUMN_SEND_PATH_NS, &rows);
    if (end == RUN_GOOD) {
        weight->stamps = weigh_rows_shift(&rows);
        weight->single = weigh_rows_other(&rows);
    }
    weigh_rows_free(&rows);
    clear(loads, &result);
    return end;
}

enum run_end weigh_load_server(const struct weigh_loads *loads, struct weight *weight)
{
    const double most = weight->lag_rate_per_s / 2;
    const struct config config =
        open_of(loads, most > SERVER_RATE_MAX ? SERVER_RATE_MAX : most, WAIT_SPIN);
    struct result result;
    struct weigh_rows rows = {.count = 0};
    enum run_end end = load(loads, &config, weight, &result);
    if (end == RUN_GOOD)
        end = read_rows(loads, COLUMN_SERVER_NS, &rows);
    if (end == RUN_GOOD) {
        weight->server_delay_ns = WEIGH_SERVER_DELAY_NS;
        weight->server = weigh_rows_single(&rows);
    }
    weigh_rows_free(&rows);
    clear(loads, &result);
    return end;
}
