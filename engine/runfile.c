/* runfile.c - JSON objects by jansson, section by section; keys are only ever added. */
#include "runfile.h"

#include "jsonfile.h"
#include "request.h"
#include "retry.h"
#include "units.h"
#include "verdict.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

const uint32_t runfile_percentiles_ppm[RUNFILE_PERCENTILES] = {500000, 900000, 990000, 999000,
                                                               999900};
const char *const runfile_percentile_names[RUNFILE_PERCENTILES] = {"p50", "p90", "p99", "p99.9",
                                                                   "p99.99"};

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* A count where it was asked for, else null. */
static json_t *integer_or_null(uint64_t value)
{
    return value > 0 ? integer(value) : json_null();
}

static json_t *text_or_null(const char *text)
{
    return text ? jsonfile_text(text) : json_null();
}

static json_t *make_cpus(const struct config *config)
{
    if (config->cpus_count == 0)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < config->cpus_count; i++)
        json_array_append_new(list, json_integer(config->cpus[i]));
    return list;
}

static json_t *make_one_in(uint32_t one_in)
{
    return one_in <= 1 ? json_string(one_in == 1 ? "all" : "none") : json_sprintf("1/%u", one_in);
}

static json_t *make_expectations(const struct config *config)
{
    if (!config->expect)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < config->expectations_count; i++)
        json_array_append_new(list, jsonfile_text(config->expectations[i]));
    return list;
}

static json_t *make_retry(const struct retry_policy *retry)
{
    return retry ? json_pack("{s:I, s:I, s:I}", "attempts_max", (json_int_t)retry->attempts_max,
                             "base_ns", (json_int_t)retry->base_ns, "max_ns",
                             (json_int_t)retry->cap_ns)
                 : json_null();
}

static json_t *make_config(const struct config *config)
{
    const bool is_open = config->loop == LOOP_OPEN;
    json_t *o = json_object();
    json_object_set_new(o, "loop", json_string(config_loop_name(config->loop)));
    json_object_set_new(o, "connections", integer(config->connections));
    json_object_set_new(o, "threads", integer(config->threads));
    json_object_set_new(o, "rate_per_s",
                        is_open ? json_real((double)config->rate_milli / 1000) : json_null());
    json_object_set_new(
        o, "arrivals",
        is_open ? json_string(config_arrivals_name(config->arrivals)) : json_null());
    json_object_set_new(o, "requests", integer_or_null(config->requests));
    json_object_set_new(o, "duration_ns", integer_or_null((uint64_t)config->duration_ns));
    json_object_set_new(o, "warmup_ns", json_integer(config->warmup_ns));
    json_object_set_new(o, "grace_ns", json_integer(config->grace_ns));
    json_object_set_new(o, "timeout_ns", json_integer(config->timeout_ns));
    json_object_set_new(o, "connect_timeout_ns", json_integer(config->connect_timeout_ns));
    json_object_set_new(o, "requests_per_connection",
                        integer_or_null(config->requests_per_connection));
    json_object_set_new(o, "connect_rate_per_s",
                        config->connect_rate_milli > 0
                            ? json_real((double)config->connect_rate_milli / 1000)
                            : json_null());
    json_object_set_new(o, "proxy", text_or_null(config->proxy));
    json_object_set_new(o, "unix_socket", text_or_null(config->unix_socket));
    json_object_set_new(o, "pipeline", integer(config->pipeline));
    json_object_set_new(o, "wait", json_string(config_wait_name(config->wait)));
    json_object_set_new(o, "cpus", make_cpus(config));
    json_object_set_new(o, "seed", integer(config->seed));
    json_object_set_new(o, "samples", make_one_in(config->samples_one_in));
    json_object_set_new(o, "send_stamps", make_one_in(config->send_stamps_one_in));
    json_object_set_new(o, "expect", make_expectations(config));
    json_object_set_new(o, "retry", make_retry(config->retry));
    json_object_set_new(o, "compressed", json_boolean(config->compressed));
    return o;
}

static json_t *make_addresses(const struct address *addresses, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, jsonfile_text(addresses[i].text));
    return list;
}

/* Addresses of the name where nothing answered, and why. */
static json_t *make_left_out(const struct routes *routes)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < routes->left_out_count; i++)
        json_array_append_new(list, json_pack("{s:o, s:s}", "address",
                                              jsonfile_text(routes->left_out[i].text), "reason",
                                              strerror(-routes->left_out_errors[i])));
    return list;
}

static json_t *make_target(const struct runfile *f, uint32_t id)
{
    const struct target *from = &f->targets->all[id];
    char authority[URL_AUTHORITY_MAX];
    json_t *target = json_object();
    json_object_set_new(target, "id", integer(id));
    json_object_set_new(target, "name", json_sprintf("%s %s", from->method, from->url.target));
    json_object_set_new(target, "method", jsonfile_text(from->method));
    json_object_set_new(target, "url",
                        json_sprintf("%s://%s%s", from->url.scheme == URL_HTTPS ? "https" : "http",
                                     url_format_authority(&from->url, authority), from->url.target));
    json_object_set_new(target, "address", jsonfile_text(f->routes->to[0].text));
    json_object_set_new(target, "addresses", make_addresses(f->routes->to, f->routes->to_count));
    json_object_set_new(target, "addresses_left_out", make_left_out(f->routes));
    json_object_set_new(target, "sources", make_addresses(f->routes->from, f->routes->from_count));
    json_object_set_new(target, "weight", integer(from->weight));
    return target;
}

static json_t *make_targets(const struct runfile *f)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < f->targets->count; i++)
        json_array_append_new(list, make_target(f, i));
    return list;
}

static json_t *make_outcomes(const uint64_t counts[OUTCOME_COUNT])
{
    json_t *o = json_object();
    for (int i = 0; i < OUTCOME_COUNT; i++)
        json_object_set_new(o, outcome_name((enum outcome)i), integer(counts[i]));
    return o;
}

static json_t *make_totals(const struct result *r)
{
    json_t *o = json_object();
    json_object_set_new(o, "due", integer(r->due));
    json_object_set_new(o, "requests", integer(r->requests));
    json_object_set_new(o, "attempts", integer(r->attempts));
    json_object_set_new(o, "rows", integer(r->rows_written));
    json_object_set_new(o, "sent", integer(r->sent));
    json_object_set_new(o, "done", integer(r->requests));
    json_object_set_new(o, "bytes_in", integer(r->bytes_in));
    json_object_set_new(o, "bytes_out", integer(r->bytes_out));
    json_object_set_new(o, "connections_opened", integer(r->connections_opened));
    return o;
}

/* Responses by the check that they failed, the first of those that they did. */
static json_t *make_unexpected(const struct result *r)
{
    json_t *o = json_object();
    for (int i = EXPECT_MET + 1; i < EXPECT_RESULTS; i++)
        json_object_set_new(o, expect_result_name((enum expect_result)i), integer(r->unexpected[i]));
    return o;
}

static json_t *make_anomalies(const struct result *r)
{
    json_t *o = json_object();
    for (int i = 0; i < ANOMALY_COUNT; i++)
        json_object_set_new(o, anomaly_name((enum anomaly)i), integer(r->anomalies[i]));
    return o;
}

static json_t *make_validity(const struct result *r)
{
    json_t *reasons = json_array();
    for (uint32_t i = 0; i < r->reasons_count; i++)
        json_array_append_new(reasons, json_pack("{s:s, s:s, s:s}", "name", r->reasons[i].name,
                                                 "verdict", verdict_name(r->reasons[i].verdict),
                                                 "sentence", r->reasons[i].sentence));
    return json_pack("{s:s, s:o, s:s}", "verdict", verdict_name(r->verdict), "reasons", reasons,
                     "limited_by", verdict_limit_name(r->limited_by));
}

/* A percentile; null where there is nothing to take it from. */
static json_t *make_percentile(const struct histogram *h, uint32_t ppm)
{
    return h->count == 0 ? json_null()
                         : json_integer(histogram_at_rank(h, units_rank(h->count, ppm)));
}

/* What lies between a request's date and its leaving, and service time without it: of successes of the
 * measured phase that carried a transmit stamp. */
static json_t *make_send_path(const struct config *config, const struct result *r)
{
    const struct histogram *path = &r->latencies[SERIES_SEND_PATH];
    const struct histogram *wire = &r->latencies[SERIES_WIRE];
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:{s:o, s:o, s:o, s:o}}", "one_in",
                     integer(config->send_stamps_one_in), "stamped", integer(path->count),
                     "p50_ns", make_percentile(path, 500000), "p99_ns",
                     make_percentile(path, 990000), "max_ns",
                     path->count > 0 ? json_integer(path->max_ns) : json_null(),
                     "dated_late_max_ns", (json_int_t)r->dated_late_max_ns, "wire", "p50_ns",
                     make_percentile(wire, 500000), "p90_ns", make_percentile(wire, 900000),
                     "p99_ns", make_percentile(wire, 990000), "p99.9_ns",
                     make_percentile(wire, 999000));
}

/* What the handshakes came to; a text that is not known is null. */
static json_t *make_tls(const struct config *config, const struct result *r)
{
    const struct tls_facts *tls = &r->tls;
    return json_pack("{s:s?, s:s?, s:o, s:o, s:f, s:b, s:b, s:o}", "version",
                     tls->version[0] ? tls->version : NULL, "cipher",
                     tls->cipher[0] ? tls->cipher : NULL, "handshakes", integer(tls->handshakes),
                     "resumed", integer(tls->resumed), "resumption_rate", tls_resumption(tls),
                     "resumes", !config->tls_new_sessions, "verified", !config->insecure,
                     "last_failure", r->tls_why[0] ? jsonfile_text(r->tls_why) : json_null());
}

static void add_result(json_t *o, const struct config *config, bool is_secure, const struct result *r)
{
    json_object_set_new(o, "elapsed",
                        json_pack("{s:I, s:I, s:I}", "warmup_ns", (json_int_t)r->warmup_ns,
                                  "measure_ns", (json_int_t)r->measure_ns, "grace_ns",
                                  (json_int_t)r->grace_ns));
    json_object_set_new(o, "totals", make_totals(r));
    json_object_set_new(o, "outcomes", make_outcomes(r->outcomes));
    json_object_set_new(o, "measured",
                        json_pack("{s:o, s:o, s:o, s:f, s:o}", "requests",
                                  integer(r->measured_requests), "sent", integer(r->measured_sent),
                                  "done", integer(r->measured_done), "rate_per_s", result_rate(r),
                                  "outcomes", make_outcomes(r->measured_outcomes)));
    if (config->retry)
        json_object_set_new(o, "retried", make_outcomes(r->retried));
    if (config->expect)
        json_object_set_new(o, "unexpected", make_unexpected(r));
    json_object_set_new(o, "send_path", make_send_path(config, r));
    json_object_set_new(o, "tls", is_secure ? make_tls(config, r) : json_null());
    json_object_set_new(o, "anomalies", make_anomalies(r));
    json_object_set_new(o, "load",
                        json_pack("{s:I, s:o, s:I, s:I}", "steal_ns", (json_int_t)r->load.steal_ns,
                                  "throttled_periods", integer(r->load.throttled), "throttled_ns",
                                  (json_int_t)r->load.throttled_ns, "cpu_wanted_ns",
                                  (json_int_t)r->load.wanted_ns));
    json_object_set_new(o, "recording",
                        json_pack("{s:o, s:I}", "bytes", integer(r->recording_bytes), "cpu_ns",
                                  (json_int_t)r->recording_cpu_ns));
    json_object_set_new(o, "generator",
                        json_pack("{s:I, s:I, s:o, s:f, s:f}", "cpu_user_ns",
                                  (json_int_t)r->cpu_user_ns, "cpu_system_ns",
                                  (json_int_t)r->cpu_system_ns, "resident_bytes",
                                  integer(r->resident_bytes), "busy_share", r->busy_share,
                                  "waited_share", r->waited_share));
    json_object_set_new(o, "validity", make_validity(r));
}

static json_t *make_document(const struct runfile *f, const struct result *result)
{
    char utc[21];
    json_t *o = json_object();
    clock_format_utc(f->started, utc);
    json_object_set_new(o, "schema", json_integer(SCHEMA_VERSION));
    json_object_set_new(o, "tool", json_string("tare"));
    json_object_set_new(o, "version", json_string(TARE_VERSION));
    json_object_set_new(o, "state",
                        json_string(!result                  ? "running"
                                    : result->is_interrupted ? "interrupted"
                                                             : "complete"));
    json_object_set_new(o, "started_utc", json_string(utc));
    json_object_set_new(o, "command", jsonfile_command(f->config));
    json_object_set_new(o, "config", make_config(f->config));
    json_object_set_new(o, "targets", make_targets(f));
    json_object_set_new(o, "machine", jsonfile_machine(f->environment));
    json_object_set_new(o, "ring", jsonfile_ring(f->features));
    json_object_set_new(
        o, "clocks",
        json_pack("{s:s, s:I}", "source", f->environment->clock_source, "offset_change_max_ns",
                  result ? (json_int_t)result->offset_change_max_ns : (json_int_t)0));
    if (f->weight)
        json_object_set_new(o, "weight", weight_to_json(f->weight));
    if (result)
        add_result(o, f->config, f->targets->all[0].url.scheme == URL_HTTPS, result);
    return o;
}

int runfile_write(const struct runfile *f, const struct result *result, int folder_fd)
{
    jsonfile_begin();
    json_t *document = make_document(f, result);
    const int error = jsonfile_write(document, folder_fd, SCHEMA_FILE_RUN);
    json_decref(document);
    return error;
}

static json_t *make_percentiles(const struct histogram *h)
{
    json_t *o = json_object();
    json_object_set_new(o, "count", integer(h->count));
    json_object_set_new(o, "mean_ns", json_real(histogram_mean_ns(h)));
    for (int i = 0; i < RUNFILE_PERCENTILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s_ns", runfile_percentile_names[i]);
        json_object_set_new(
            o, key,
            json_integer(histogram_at_rank(h, units_rank(h->count, runfile_percentiles_ppm[i]))));
    }
    json_object_set_new(o, "max_ns", json_integer(h->max_ns < 0 ? 0 : h->max_ns));
    return o;
}

int runfile_print(const struct runfile *f, const struct result *result, const char *folder,
                  FILE *out)
{
    json_t *document = make_document(f, result);
    json_t *latencies = json_object();
    for (int s = 0; s < SERIES_COUNT; s++)
        if (result->latencies[s].count > 0)
            json_object_set_new(latencies, schema_series_name((enum series)s),
                                make_percentiles(&result->latencies[s]));
    json_object_set_new(document, "latencies", latencies);
    json_object_set_new(document, "folder", jsonfile_text(folder));
    const int failed = json_dumpf(document, out, JSON_INDENT(2)) != 0 || fputc('\n', out) == EOF ||
                       fflush(out) != 0;
    json_decref(document);
    return failed ? -EIO : 0;
}
