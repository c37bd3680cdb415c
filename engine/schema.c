/* schema.c - the names of the run folder's closed lists, and the arithmetic that its rows share. */
#include "schema.h"

#include "check.h"
#include "limits.h"

#include <string.h>

static const char *const phases[PHASE_COUNT] = {
    [PHASE_WARMUP] = "warmup", [PHASE_MEASURE] = "measure", [PHASE_GRACE] = "grace"};

static const char *const stamps[STAMP_COUNT] = {[STAMP_EXACT] = "exact",
                                                [STAMP_SHARED] = "shared",
                                                [STAMP_ENGINE] = "engine",
                                                [STAMP_NONE] = ""};

static const char *const series_names[SERIES_COUNT] = {
    [SERIES_SERVICE] = "service",       [SERIES_RESPONSE] = "response",
    [SERIES_WAIT] = "wait",             [SERIES_CONNECT] = "connect",
    [SERIES_TLS] = "tls",               [SERIES_FIRST_BYTE] = "first_byte",
    [SERIES_SEND_LAG] = "send_lag",     [SERIES_RECEIVE_LAG] = "receive_lag",
    [SERIES_SEND_PATH] = "send_path",   [SERIES_WIRE] = "wire"};

static const char *const columns[COLUMN_COUNT] = {
    "scheduled_ns", "wait_ns",    "send_lag_ns",    "connect_ns", "tls_ns",     "first_byte_ns",
    "service_ns",   "receive_lag_ns", "server_ns",  "status",     "outcome",    "target",
    "connection",   "attempt",    "phase",          "bytes_out",  "bytes_in",   "stamp",
    "request",      "last",       "group",      "send_path_ns"};

static bool find_name(const char *const *names, int count, const char *name, size_t size, int *found)
{
    for (int i = 0; i < count; i++) {
        if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0) {
            *found = i;
            return true;
        }
    }
    return false;
}

const char *schema_column_name(enum schema_column column)
{
    CHECK(column, <, COLUMN_COUNT);
    return columns[column];
}

const char *schema_phase_name(enum phase phase)
{
    CHECK(phase, <, PHASE_COUNT);
    return phases[phase];
}

const char *schema_stamp_name(enum stamp stamp)
{
    CHECK(stamp, <, STAMP_COUNT);
    return stamps[stamp];
}

const char *schema_series_name(enum series series)
{
    CHECK(series, <, SERIES_COUNT);
    return series_names[series];
}

bool schema_phase_parse(const char *name, size_t size, enum phase *phase)
{
    int found;
    if (!find_name(phases, PHASE_COUNT, name, size, &found))
        return false;
    *phase = (enum phase)found;
    return true;
}

bool schema_stamp_parse(const char *name, size_t size, enum stamp *stamp)
{
    int found;
    if (!find_name(stamps, STAMP_COUNT, name, size, &found))
        return false;
    *stamp = (enum stamp)found;
    return true;
}

bool schema_series_parse(const char *name, size_t size, enum series *series)
{
    int found;
    if (!find_name(series_names, SERIES_COUNT, name, size, &found))
        return false;
    *series = (enum series)found;
    return true;
}

static int64_t known_ns(int64_t ns)
{
    return ns == SCHEMA_NS_NONE ? 0 : ns;
}

int64_t schema_response_ns(const struct sample *sample)
{
    return known_ns(sample->wait_ns) + known_ns(sample->connect_ns) + known_ns(sample->tls_ns) +
           known_ns(sample->send_lag_ns) + known_ns(sample->service_ns);
}

int64_t schema_wire_ns(int64_t service_ns, int64_t send_path_ns)
{
    return service_ns == SCHEMA_NS_NONE || send_path_ns == SCHEMA_NS_NONE
               ? SCHEMA_NS_NONE
               : service_ns - send_path_ns;
}

void schema_series_all_ns(const struct sample *sample, int64_t values_ns[SERIES_COUNT])
{
    values_ns[SERIES_SERVICE] = sample->service_ns;
    values_ns[SERIES_RESPONSE] = schema_response_ns(sample);
    values_ns[SERIES_WAIT] = sample->wait_ns;
    values_ns[SERIES_CONNECT] = sample->connect_ns;
    values_ns[SERIES_TLS] = sample->tls_ns;
    values_ns[SERIES_FIRST_BYTE] = sample->first_byte_ns;
    values_ns[SERIES_SEND_LAG] = sample->send_lag_ns;
    values_ns[SERIES_RECEIVE_LAG] = sample->receive_lag_ns;
    values_ns[SERIES_SEND_PATH] = sample->send_path_ns;
    values_ns[SERIES_WIRE] = schema_wire_ns(sample->service_ns, sample->send_path_ns);
}

int64_t schema_series_ns(const struct sample *sample, enum series series)
{
    int64_t values_ns[SERIES_COUNT];
    CHECK(series, <, SERIES_COUNT);
    schema_series_all_ns(sample, values_ns);
    return values_ns[series];
}

static int64_t slice_length_ns(int64_t scheduled_ns)
{
    if (scheduled_ns >= 600 * NS_PER_S)
        return 10 * NS_PER_S;
    return scheduled_ns >= 60 * NS_PER_S ? NS_PER_S : 100 * NS_PER_MS;
}

int64_t schema_slice_ns(int64_t scheduled_ns)
{
    const int64_t length_ns = slice_length_ns(scheduled_ns);
    return scheduled_ns < 0 ? 0 : scheduled_ns / length_ns * length_ns;
}

int64_t schema_slice_end_ns(int64_t slice_ns)
{
    return slice_ns + slice_length_ns(slice_ns);
}
