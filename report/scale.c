/* scale.c - the figures of a calibration, key by key, and the largest of several. */
#include "scale.h"

#include "dataset.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *const scale_wait_names[SCALE_WAIT_MODES] = {"spin", "hybrid", "block"};

/* A key that may be null: then nothing was measured. */
static bool read_spread(json_t *parent, const char *key, struct scale_spread *spread,
                        json_error_t *error)
{
    json_int_t count = 0;
    json_int_t p50 = 0;
    json_int_t p99 = 0;
    json_int_t p999 = 0;
    json_t *value = json_object_get(parent, key);
    if (json_is_null(value))
        return true;
    if (json_unpack_ex(value, error, 0, "{s:I, s:I, s:I, s:I}", "count", &count, "p50_ns", &p50,
                       "p99_ns", &p99, "p99.9_ns", &p999) != 0 ||
        count < 1) {
        snprintf(error->text, sizeof error->text, "%s is not count, p50_ns, p99_ns and p99.9_ns",
                 key);
        return false;
    }
    *spread = (struct scale_spread){(uint64_t)count, p50, p99, p999};
    return true;
}

static bool read_spreads(json_t *object, struct scale *scale, json_error_t *error)
{
    json_t *lag;
    json_t *errors;
    json_int_t delay_ns;
    if (json_unpack_ex(object, error, 0, "{s:o, s:o}", "send_lag", &lag, "service_error",
                       &errors) != 0 ||
        json_unpack_ex(lag, error, 0, "{s:F}", "rate_per_s", &scale->lag_rate_per_s) != 0 ||
        json_unpack_ex(errors, error, 0, "{s:I}", "server_delay_ns", &delay_ns) != 0)
        return false;
    scale->server_delay_ns = delay_ns;
    for (int i = 0; i < SCALE_WAIT_MODES; i++)
        if (!read_spread(lag, scale_wait_names[i], &scale->send_lag[i], error))
            return false;
    return read_spread(errors, "stamps", &scale->stamps, error) &&
           read_spread(errors, "single", &scale->single, error) &&
           read_spread(errors, "server", &scale->server, error);
}

static bool read_costs(json_t *object, struct scale *scale, json_error_t *error)
{
    json_int_t connections;
    if (json_unpack_ex(object, error, 0, "{s:F, s:F, s:F, s:{s:I, s:F, s:F, s:F, s:F}}", "clock_ns",
                       &scale->clock_ns, "nop_ns", &scale->nop_ns, "nop_batch_ns",
                       &scale->nop_batch_ns, "request", "connections", &connections, "cpu_ns",
                       &scale->request_ns, "cpu_bare_ns", &scale->request_bare_ns, "rate_per_s",
                       &scale->rate_per_s, "busy_share", &scale->busy_share) != 0)
        return false;
    scale->connections = connections > 0 ? (uint64_t)connections : 0;
    return true;
}

/* "2026-11-20T12:04:00Z". */
static bool is_moment(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return true;
}

static bool are_from_zero(const struct scale *scale)
{
    return scale->connections > 0 && scale->waited_share >= 0 && scale->took_ns >= 0 && scale->steal_ns >= 0 &&
           scale->server_delay_ns >= 0 && scale->clock_ns >= 0 && scale->nop_ns >= 0 &&
           scale->nop_batch_ns >= 0 && scale->request_ns >= 0 && scale->request_bare_ns >= 0 &&
           scale->rate_per_s >= 0 && scale->busy_share >= 0 && scale->lag_rate_per_s >= 0;
}

bool scale_read(const json_t *object, struct scale *scale, char why[SCALE_WHY_MAX])
{
    json_t *o = (json_t *)(uintptr_t)object; /* jansson reads by the same pointer as it writes */
    json_error_t error = {.text = "is not as tare writes it"};
    json_int_t took_ns = 0;
    json_int_t steal_ns = 0;
    int shares_cpu = 0;
    memset(scale, 0, sizeof *scale);
    bool is_read = json_unpack_ex(o, &error, 0, "{s:s, s:I, s:b, s:I, s:F}", "weighed_utc",
                                  &scale->weighed_utc, "took_ns", &took_ns, "shares_cpu",
                                  &shares_cpu, "steal_ns", &steal_ns, "waited_share",
                                  &scale->waited_share) == 0 &&
                   read_costs(o, scale, &error) && read_spreads(o, scale, &error);
    scale->took_ns = took_ns;
    scale->steal_ns = steal_ns;
    scale->shares_cpu = shares_cpu;
    if (is_read && (!is_moment(scale->weighed_utc) || !are_from_zero(scale))) {
        is_read = false;
        snprintf(error.text, sizeof error.text, "has a figure that none can be");
    }
    scale->is_known = is_read;
    snprintf(why, SCALE_WHY_MAX, "%s", error.text);
    return is_read;
}

const struct scale *variant_scale(const struct variant *variant)
{
    for (size_t i = 0; i < variant->run_count; i++)
        if (variant->runs[i].scale.is_known)
            return &variant->runs[i].scale;
    return NULL;
}

bool scale_is_same(const struct scale *a, const struct scale *b)
{
    return strcmp(a->weighed_utc, b->weighed_utc) == 0 && a->took_ns == b->took_ns;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

enum scale_source scale_error(const struct variant *variants, size_t count,
                              struct scale_spread *error)
{
    enum scale_source source = SCALE_NONE;
    *error = (struct scale_spread){.count = 0};
    for (size_t i = 0; i < count; i++) {
        const struct scale *scale = variant_scale(&variants[i]);
        const bool has_stamps = scale && scale->stamps.count > 0;
        const struct scale_spread *own = !scale ? NULL : has_stamps ? &scale->stamps : &scale->server;
        if (!own || own->count == 0)
            continue;
        source = source == SCALE_SERVER || !has_stamps ? SCALE_SERVER : SCALE_STAMPS;
        error->count = own->count > error->count ? own->count : error->count;
        error->p50_ns = larger(error->p50_ns, own->p50_ns);
        error->p99_ns = larger(error->p99_ns, own->p99_ns);
        error->p999_ns = larger(error->p999_ns, own->p999_ns);
    }
    return source;
}
