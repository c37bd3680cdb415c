/* plan_gate.c - whether a text is a gate in tare-report's words (report/gate.h), so that a wrong one is
 * told before anything runs. The reporter alone judges by it. */
#include "plan.h"

#include "schema.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>

#define GATE_MAX 128u

static bool bad(char error[PLAN_ERROR_MAX], const char *text, const char *how)
{
    snprintf(error, PLAN_ERROR_MAX, "'%.64s' is no gate\n      %s", text, how);
    return false;
}

/* Copies without blanks; false where it is too long. */
static bool squeeze(const char *text, char out[GATE_MAX])
{
    size_t at = 0;
    for (; *text; text++) {
        if (at + 1 == GATE_MAX)
            return false;
        if (*text != ' ')
            out[at++] = *text;
    }
    out[at] = '\0';
    return true;
}

/* The metric behind a series' name, if there is one. */
static const char *skip_series(const char *metric)
{
    const char *dot = strchr(metric, '.');
    enum series series;
    return dot && schema_series_parse(metric, (size_t)(dot - metric), &series) ? dot + 1 : metric;
}

/* A number above or at 0 with this behind it. */
static bool is_number(const char *text, const char *unit)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    strtod(text, &end);
    return strcmp(end, unit) == 0;
}

static bool check_limit(const char *metric, const char *limit, bool is_latency)
{
    int64_t ns;
    uint64_t milli;
    if (is_latency)
        return units_parse_time(limit, &ns);
    if (strcmp(metric, "rate") == 0)
        return units_parse_milli(limit, &milli);
    return is_number(limit, "%") || (strcmp(metric, "errors") == 0 && is_number(limit, ""));
}

/* 'p95<=2x', 'rate>=90%', 'errors<=+0.1%'. */
static bool check_ratio(const char *metric, const char *limit)
{
    if (strcmp(metric, "errors") == 0)
        return *limit == '+' && is_number(limit + 1, "%");
    return is_number(limit, "x") || is_number(limit, "%");
}

bool plan_gate_check(const char *text, bool is_regression, char error[PLAN_ERROR_MAX])
{
    char gate[GATE_MAX];
    uint32_t ppm;
    const char *how = is_regression ? "write 'p95<=2x', 'rate>=90%' or 'errors<=+0.1%'"
                                    : "write 'p95<=800ms', 'service.p99<2s', 'rate>=50', "
                                      "'errors<=0.1%' or 'availability>=99.9%'";
    if (!squeeze(text, gate))
        return bad(error, text, how);
    const size_t size = strcspn(gate, "<>");
    const bool is_least = gate[size] == '>';
    const char *limit = gate + size + 1;
    if (gate[size] == '\0')
        return bad(error, text, how);
    gate[size] = '\0';
    limit += *limit == '=';
    const char *metric = skip_series(gate);
    const bool is_latency = strcmp(metric, "mean") == 0 || strcmp(metric, "max") == 0 ||
                            (*metric == 'p' && units_parse_percentile(metric + 1, &ppm));
    const bool is_share = strcmp(gate, "errors") == 0 || strcmp(gate, "rate") == 0 ||
                          strcmp(gate, "availability") == 0;
    const bool takes_least = strcmp(gate, "rate") == 0 || strcmp(gate, "availability") == 0;
    if ((!is_latency && !is_share) || is_least != takes_least)
        return bad(error, text, how);
    return (is_regression ? check_ratio(metric, limit) : check_limit(metric, limit, is_latency))
               ? true
               : bad(error, text, how);
}
