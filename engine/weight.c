/* weight.c - the figures of a calibration as JSON, and the file's fingerprint compared. */
#include "weight.h"

#include "jsonfile.h"
#include "schema.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

static json_t *from_spread(const struct weight_spread *spread)
{
    if (spread->count == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)spread->count, "p50_ns",
                     (json_int_t)spread->p50_ns, "p99_ns", (json_int_t)spread->p99_ns, "p99.9_ns",
                     (json_int_t)spread->p999_ns);
}

json_t *weight_to_json(const struct weight *w)
{
    json_t *lag = json_pack("{s:f}", "rate_per_s", w->lag_rate_per_s);
    for (int mode = 0; mode < WEIGHT_WAIT_MODES; mode++)
        json_object_set_new(lag, config_wait_name((enum wait_mode)mode),
                            from_spread(&w->send_lag[mode]));
    return json_pack("{s:s, s:I, s:b, s:I, s:f, s:I, s:f, s:f, s:f,"
                     " s:{s:I, s:f, s:f, s:f, s:f}, s:o, s:{s:o, s:o, s:I, s:o}}",
                     "weighed_utc", w->weighed_utc, "took_ns", (json_int_t)w->took_ns, "shares_cpu",
                     w->shares_cpu, "steal_ns", (json_int_t)w->steal_ns, "waited_share",
                     w->waited_share, "throttled_periods", (json_int_t)w->throttled, "clock_ns", w->clock_ns, "nop_ns", w->nop_ns,
                     "nop_batch_ns", w->nop_batch_ns, "request", "connections",
                     (json_int_t)w->connections, "cpu_ns", w->request_ns, "cpu_bare_ns",
                     w->request_bare_ns, "rate_per_s", w->rate_per_s, "busy_share", w->busy_share,
                     "send_lag", lag, "service_error", "stamps", from_spread(&w->stamps), "single",
                     from_spread(&w->single), "server_delay_ns", (json_int_t)w->server_delay_ns,
                     "server", from_spread(&w->server));
}

/* "2026-11-20T12:04:00Z": it is printed, so that nothing else passes. */
static bool is_moment(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

static bool to_spread(const json_t *value, struct weight_spread *spread)
{
    json_int_t count, p50, p99, p999;
    *spread = (struct weight_spread){.count = 0};
    if (json_is_null(value))
        return true;
    if (json_unpack((json_t *)(uintptr_t)value, "{s:I, s:I, s:I, s:I}", "count", &count, "p50_ns",
                    &p50, "p99_ns", &p99, "p99.9_ns", &p999) != 0 ||
        count < 1)
        return false;
    *spread = (struct weight_spread){(uint64_t)count, p50, p99, p999};
    return true;
}

/* Three figures that are never below 0. */
static bool are_counts(json_int_t a, json_int_t b, json_int_t c)
{
    return a >= 0 && b >= 0 && c >= 0;
}

static bool read_costs(json_t *object, struct weight *w)
{
    json_int_t connections;
    if (json_unpack(object, "{s:F, s:F, s:F, s:{s:I, s:F, s:F, s:F, s:F}}", "clock_ns", &w->clock_ns,
                    "nop_ns", &w->nop_ns, "nop_batch_ns", &w->nop_batch_ns, "request", "connections",
                    &connections, "cpu_ns", &w->request_ns, "cpu_bare_ns", &w->request_bare_ns,
                    "rate_per_s", &w->rate_per_s, "busy_share", &w->busy_share) != 0)
        return false;
    w->connections = (uint32_t)connections;
    return connections > 0 && connections <= UINT32_MAX && w->clock_ns >= 0 && w->nop_ns >= 0 &&
           w->nop_batch_ns >= 0 && w->request_ns >= 0 && w->request_bare_ns >= 0 &&
           w->rate_per_s >= 0 && w->busy_share >= 0;
}

static bool read_spreads(json_t *object, struct weight *w)
{
    json_t *lag, *stamps, *single, *server, *mode;
    json_int_t delay_ns;
    if (json_unpack(object, "{s:o, s:{s:o, s:o, s:I, s:o}}", "send_lag", &lag, "service_error",
                    "stamps", &stamps, "single", &single, "server_delay_ns", &delay_ns, "server",
                    &server) != 0 ||
        json_unpack(lag, "{s:F}", "rate_per_s", &w->lag_rate_per_s) != 0)
        return false;
    for (int i = 0; i < WEIGHT_WAIT_MODES; i++)
        if (!(mode = json_object_get(lag, config_wait_name((enum wait_mode)i))) ||
            !to_spread(mode, &w->send_lag[i]))
            return false;
    w->server_delay_ns = delay_ns;
    return delay_ns >= 0 && w->lag_rate_per_s >= 0 && to_spread(stamps, &w->stamps) &&
           to_spread(single, &w->single) && to_spread(server, &w->server);
}

bool weight_from_json(const json_t *object, struct weight *w)
{
    json_t *o = (json_t *)(uintptr_t)object; /* jansson reads by the same pointer as it writes */
    const char *utc;
    int shares_cpu;
    json_int_t took_ns, steal_ns, throttled;
    memset(w, 0, sizeof *w);
    if (json_unpack(o, "{s:s, s:I, s:b, s:I, s:F, s:I}", "weighed_utc", &utc, "took_ns", &took_ns,
                    "shares_cpu", &shares_cpu, "steal_ns", &steal_ns, "waited_share",
                    &w->waited_share, "throttled_periods", &throttled) != 0 ||
        !is_moment(utc) || !(w->waited_share >= 0) || !are_counts(took_ns, steal_ns, throttled))
        return false;
    memcpy(w->weighed_utc, utc, sizeof w->weighed_utc);
    w->took_ns = took_ns;
    w->shares_cpu = shares_cpu;
    w->steal_ns = steal_ns;
    w->throttled = (uint64_t)throttled;
    return read_costs(o, w) && read_spreads(o, w);
}

json_t *weight_document(const struct weight *weight, const struct weight_facts *facts)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:{s:s}, s:o}", "schema", SCHEMA_VERSION,
                     "tool", "tare", "version", TARE_VERSION, "kind", "weight", "command",
                     jsonfile_command(facts->config), "machine",
                     jsonfile_machine(facts->environment), "ring", jsonfile_ring(facts->features),
                     "clocks", "source", facts->environment->clock_source, "weight",
                     weight_to_json(weight));
}

/* ---- a later run ---- */

/* Memory is left out: what the kernel calls all of it moves from one start to the next; so is the
 * number of CPUs allowed, which is one process's. */
static bool is_this_machine(const json_t *machine, const char *clock_source,
                            const struct environment *e)
{
    static const char *const same[] = {"host", "kernel", "architecture", "cpu_model", "cpus"};
    json_t *here = jsonfile_machine(e);
    bool is_same = strcmp(clock_source, e->clock_source) == 0;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        const json_t *there = json_object_get(machine, same[i]);
        is_same = is_same && there && json_equal(there, json_object_get(here, same[i]));
    }
    json_decref(here);
    return is_same;
}

static enum weight_found read_document(json_t *document, const struct environment *environment,
                                       struct weight *weight)
{
    const char *tool, *version, *kind, *clock_source;
    json_t *machine, *figures;
    int schema;
    if (json_unpack(document, "{s:i, s:s, s:s, s:s, s:o, s:{s:s}, s:o}", "schema", &schema, "tool",
                    &tool, "version", &version, "kind", &kind, "machine", &machine, "clocks",
                    "source", &clock_source, "weight", &figures) != 0 ||
        strcmp(tool, "tare") != 0 || strcmp(kind, "weight") != 0)
        return WEIGHT_BROKEN;
    if (schema != SCHEMA_VERSION || strcmp(version, TARE_VERSION) != 0 ||
        !is_this_machine(machine, clock_source, environment))
        return WEIGHT_NONE;
    return weight_from_json(figures, weight) ? WEIGHT_FOUND : WEIGHT_BROKEN;
}

static enum weight_found look(int folder_fd, const char *path,
                              const struct environment *environment, struct weight *weight)
{
    const int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES ? WEIGHT_NONE : WEIGHT_BROKEN;
    json_t *document = json_loadfd(fd, JSON_REJECT_DUPLICATES, NULL);
    const enum weight_found found = read_document(document, environment, weight);
    json_decref(document);
    close(fd);
    return found;
}

enum weight_found weight_find(int run_folder_fd, const struct environment *environment,
                              struct weight *weight)
{
    static const char *const places[] = {"../" SCHEMA_FILE_WEIGHT, "../../" SCHEMA_FILE_WEIGHT};
    enum weight_found best = WEIGHT_NONE;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const enum weight_found found = look(run_folder_fd, places[i], environment, weight);
        if (found == WEIGHT_FOUND)
            return found;
        best = found == WEIGHT_BROKEN ? found : best;
    }
    return best;
}
