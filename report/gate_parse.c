/* gate_parse.c - the text of a gate, [TARGET:][SERIES.]METRIC RELATION LIMIT, taken apart. */
#include "gate.h"

#include "limits.h"
#include "schema.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char form[] =
    "      write it as [TARGET:][SERIES.]METRIC<=LIMIT, such as 'p95<=800ms', "
    "'mean<=300ms',\n      'max<1s', 'rate>=50', 'errors<=0.1%', "
    "'GET /users:service.p99<=2s'";

/* A part of the text without blanks around it. */
struct part {
    const char *begin;
    const char *end;
};

static struct part trim(struct part part)
{
    while (part.begin < part.end && isspace((unsigned char)*part.begin))
        part.begin++;
    while (part.begin < part.end && isspace((unsigned char)part.end[-1]))
        part.end--;
    return part;
}

/* Copies a part without any blanks in it: "800 ms" is 800ms. Returns false where it is too long. */
static bool copy_dense(struct part part, char text[GATE_TEXT_MAX])
{
    size_t size = 0;
    for (; part.begin < part.end; part.begin++) {
        if (isspace((unsigned char)*part.begin))
            continue;
        if (size + 1 == GATE_TEXT_MAX)
            return false;
        text[size++] = *part.begin;
    }
    text[size] = '\0';
    return true;
}

static int refuse(struct fault *fault, const struct gate *gate, const char *cause)
{
    return fault_set(fault, "the gate '%s' %s\n%s", gate->text, cause, form);
}

/* Finds the last < or > and what follows it. */
static bool split_relation(struct gate *gate, struct part all, struct part *what,
                           struct part *limit)
{
    const char *at = all.end;
    while (at > all.begin && at[-1] != '<' && at[-1] != '>')
        at--;
    if (at == all.begin)
        return false;
    const bool is_equal = at < all.end && *at == '=';
    const bool is_less = at[-1] == '<';
    gate->relation =
        is_less ? (is_equal ? GATE_AT_MOST : GATE_BELOW) : (is_equal ? GATE_AT_LEAST : GATE_ABOVE);
    *what = trim((struct part){all.begin, at - 1});
    *limit = trim((struct part){at + is_equal, all.end});
    return what->begin < what->end && limit->begin < limit->end;
}

/* Takes "TARGET:" and "SERIES." off, and leaves the metric. */
static struct part split_target(struct gate *gate, struct part what)
{
    const char *colon = what.end;
    while (colon > what.begin && colon[-1] != ':')
        colon--;
    if (colon > what.begin) {
        const struct part target = trim((struct part){what.begin, colon - 1});
        memcpy(gate->target, target.begin, (size_t)(target.end - target.begin));
        what = trim((struct part){colon, what.end});
    }
    gate->series = -1;
    const char *dot = memchr(what.begin, '.', (size_t)(what.end - what.begin));
    enum series series;
    if (dot && schema_series_parse(what.begin, (size_t)(dot - what.begin), &series)) {
        gate->series = (int)series;
        what.begin = dot + 1;
    }
    return what;
}

static int parse_metric(struct gate *gate, struct part part, struct fault *fault)
{
    static const struct {
        const char *name;
        enum gate_metric metric;
    } names[] = {{"mean", GATE_MEAN},
                 {"max", GATE_MAX},
                 {"rate", GATE_RATE},
                 {"errors", GATE_ERRORS},
                 {"availability", GATE_ERRORS}};
    char text[GATE_TEXT_MAX];
    if (!copy_dense(part, text))
        return refuse(fault, gate, "is too long");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0) {
            gate->metric = names[i].metric;
            gate->is_availability = strcmp(text, "availability") == 0;
            if (gate->series >= 0 && (gate->metric == GATE_RATE || gate->metric == GATE_ERRORS))
                return refuse(fault, gate, "names a series, which rate and errors have none of");
            return 0;
        }
    gate->metric = GATE_PERCENTILE;
    if (text[0] == 'p' && units_parse_percentile(text + 1, &gate->ppm))
        return 0;
    if (strcmp(text, "p100") == 0)
        return refuse(fault, gate, "asks for p100: that is max");
    return refuse(
        fault, gate,
        "names no metric: p50 to p99.9999, mean, max, rate, errors and availability are known");
}

/* Reads a decimal number with at most `decimals` decimals, times 10^decimals. Stops at what is
 * none: *rest. Returns false where there is no number or it is beyond 2^53. */
static bool parse_decimal(const char *text, int decimals, uint64_t *value, const char **rest)
{
    uint64_t sum = 0;
    bool is_fraction = false;
    int left = decimals;
    const char *at = text;
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !is_fraction); at++) {
        if (*at == '.') {
            is_fraction = true;
            continue;
        }
        if (is_fraction && left-- == 0)
            return false;
        sum = sum * 10 + (uint64_t)(*at - '0');
        if (sum > 1ull << 53)
            return false;
    }
    if (at == text || at[-1] == '.')
        return false;
    for (; left > 0; left--)
        sum *= 10;
    *value = sum;
    *rest = at;
    return sum <= 1ull << 53;
}

static int parse_latency_limit(struct gate *gate, const char *text, struct fault *fault)
{
    const char *rest;
    uint64_t number;
    if (gate->relation == GATE_AT_LEAST || gate->relation == GATE_ABOVE)
        return refuse(fault, gate, "limits a latency from below: <= and < are what it takes");
    /* A bare number would be seconds elsewhere, and most who write one mean milliseconds. */
    if (parse_decimal(text, 9, &number, &rest) && *rest == '\0')
        return refuse(fault, gate, "has a limit without a unit: ns, us, ms, s, m or h");
    if (!units_parse_time(text, &gate->limit_ns))
        return refuse(fault, gate, "has a limit that is no time");
    /* Latencies are whole nanoseconds: below 800 ms is at most 799,999,999 ns. */
    if (gate->relation == GATE_BELOW && gate->limit_ns == 0)
        return refuse(fault, gate, "can never hold");
    gate->limit_ns -= gate->relation == GATE_BELOW;
    return 0;
}

static int parse_errors_limit(struct gate *gate, const char *text, struct fault *fault)
{
    const char *rest;
    uint64_t number;
    if (gate->relation == GATE_AT_LEAST || gate->relation == GATE_ABOVE)
        return refuse(fault, gate, "limits errors from below: <= and < are what it takes");
    if (!parse_decimal(text, 7, &number, &rest) || (*rest != '\0' && strcmp(rest, "%") != 0))
        return refuse(fault, gate, "has a limit that is neither a number nor a percentage");
    gate->limit_is_share = *rest == '%';
    if (gate->limit_is_share && number > 1000000000)
        return refuse(fault, gate, "allows more than 100 %");
    if (!gate->limit_is_share && number % 10000000 != 0)
        return refuse(fault, gate, "allows a part of a request: write a percentage with %");
    if (gate->relation == GATE_BELOW && number == 0)
        return refuse(fault, gate, "can never hold");
    gate->limit_ppb = gate->limit_is_share ? number : 0;
    gate->limit = gate->limit_is_share ? (double)number / 1e9 : (double)(number / 10000000);
    return 0;
}

/* 99.9 % is a limit of 0.1 % on what is left. */
static int parse_availability_limit(struct gate *gate, const char *text, struct fault *fault)
{
    const char *rest;
    uint64_t number;
    if (gate->relation == GATE_AT_MOST || gate->relation == GATE_BELOW)
        return refuse(fault, gate, "limits availability from above: >= and > are what it takes");
    if (!parse_decimal(text, 7, &number, &rest) || strcmp(rest, "%") != 0)
        return refuse(fault, gate, "has a limit that is no percentage, such as 99.9%");
    if (number > 1000000000)
        return refuse(fault, gate, "asks for more than 100 %");
    if (gate->relation == GATE_ABOVE && number == 1000000000)
        return refuse(fault, gate, "can never hold");
    gate->relation = gate->relation == GATE_ABOVE ? GATE_BELOW : GATE_AT_MOST;
    gate->limit_is_share = true;
    gate->limit_ppb = 1000000000 - number;
    gate->limit = (double)gate->limit_ppb / 1e9;
    return 0;
}

static int parse_rate_limit(struct gate *gate, char *text, struct fault *fault)
{
    const size_t size = strlen(text);
    if (size > 2 && strcmp(text + size - 2, "/s") == 0)
        text[size - 2] = '\0';
    if (!units_parse_milli(text, &gate->limit_milli))
        return refuse(fault, gate, "has a limit that is no rate, such as 50 or 10k");
    gate->limit = (double)gate->limit_milli / 1000;
    return 0;
}

/* So many percentage points above the base's share: "+0.1%". */
static int parse_points_limit(struct gate *gate, const char *text, struct fault *fault)
{
    const char *rest;
    uint64_t number;
    if (gate->is_availability)
        return refuse(fault, gate, "asks for a ratio of availability: use 'errors<=+0.1%'");
    if (gate->relation == GATE_AT_LEAST || gate->relation == GATE_ABOVE)
        return refuse(fault, gate, "limits errors from below: <= and < are what it takes");
    if (*text != '+' || !parse_decimal(text + 1, 7, &number, &rest) || strcmp(rest, "%") != 0)
        return refuse(fault, gate,
                      "has a limit that is no share more than the base's, such as '+0.1%'");
    gate->limit_ppb = number;
    gate->limit = (double)number / 1e9;
    gate->limit_is_share = true;
    gate->is_regression = true;
    return 0;
}

static int parse_ratio_limit(struct gate *gate, const char *text, struct fault *fault)
{
    const char *rest;
    uint64_t number;
    const bool is_low = gate->relation == GATE_AT_LEAST || gate->relation == GATE_ABOVE;
    if (gate->metric == GATE_ERRORS)
        return parse_points_limit(gate, text, fault);
    if (is_low != (gate->metric == GATE_RATE))
        return refuse(fault, gate, "looks the wrong way: latencies take <=, rate takes >=");
    if (!parse_decimal(text, 6, &number, &rest) || number == 0 ||
        (strcmp(rest, "x") != 0 && strcmp(rest, "%") != 0))
        return refuse(fault, gate, "has a limit that is no ratio, such as 2x or 120%");
    gate->limit = (double)number / (*rest == 'x' ? 1e6 : 1e8);
    gate->is_regression = true;
    return 0;
}

static int parse_limit(struct gate *gate, struct part part, bool is_regression, struct fault *fault)
{
    char text[GATE_TEXT_MAX];
    if (!copy_dense(part, text))
        return refuse(fault, gate, "is too long");
    if (is_regression)
        return parse_ratio_limit(gate, text, fault);
    switch (gate->metric) {
    case GATE_PERCENTILE:
    case GATE_MEAN:
    case GATE_MAX: return parse_latency_limit(gate, text, fault);
    case GATE_RATE: return parse_rate_limit(gate, text, fault);
    case GATE_ERRORS:
        return gate->is_availability ? parse_availability_limit(gate, text, fault)
                                     : parse_errors_limit(gate, text, fault);
    }
    return refuse(fault, gate, "names no metric");
}

static int parse(struct gate *gate, const char *text, bool is_regression, struct fault *fault)
{
    struct part what;
    struct part limit;
    memset(gate, 0, sizeof *gate);
    const struct part all = trim((struct part){text, text + strlen(text)});
    if (all.end - all.begin >= (ptrdiff_t)GATE_TEXT_MAX)
        return fault_set(fault, "a gate is longer than %u characters\n%s", GATE_TEXT_MAX - 1, form);
    memcpy(gate->text, all.begin, (size_t)(all.end - all.begin));
    if (!split_relation(gate, all, &what, &limit))
        return refuse(fault, gate, "has no limit");
    const int result = parse_metric(gate, split_target(gate, what), fault);
    return result == 0 ? parse_limit(gate, limit, is_regression, fault) : result;
}

int gate_parse(struct gate *gate, const char *text, struct fault *fault)
{
    return parse(gate, text, false, fault);
}

int gate_parse_regression(struct gate *gate, const char *text, struct fault *fault)
{
    return parse(gate, text, true, fault);
}
