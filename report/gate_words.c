/* gate_words.c - sentences about gates. */
#include "gate_words.h"

#include "check.h"
#include "limits.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *metric_name(const struct gate *gate, char text[DISTRIBUTION_NAME_MAX])
{
    switch (gate->metric) {
    case GATE_PERCENTILE: return distribution_percentile_name(gate->ppm, text);
    case GATE_MEAN: return "mean";
    case GATE_MAX: return "max";
    case GATE_RATE: return "rate";
    case GATE_ERRORS: return gate->is_availability ? "availability" : "errors";
    }
    check_failed(__FILE__, __LINE__, "metric is known", gate->metric, 0);
}

static const char *series_name(const struct gate *gate)
{
    return gate->series < 0 ? "" : schema_series_name((enum series)gate->series);
}

/* What the gate limits: "p95", "service p99.9 of GET /users". */
static void write_label(const struct gate *gate, char text[GATE_TEXT_MAX])
{
    char name[DISTRIBUTION_NAME_MAX];
    snprintf(text, GATE_TEXT_MAX, "%s%s%s%s%.200s", series_name(gate), gate->series < 0 ? "" : " ",
             metric_name(gate, name), *gate->target ? " of " : "", gate->target);
}

/* ---- numbers ---- */

/* All digits of a time, in its unit. */
static char *format_whole_time(int64_t ns, char text[UNITS_TEXT_MAX])
{
    if (ns >= NS_PER_S)
        snprintf(text, UNITS_TEXT_MAX, "%.10g s", (double)ns / NS_PER_S);
    else if (ns >= NS_PER_MS)
        snprintf(text, UNITS_TEXT_MAX, "%.10g ms", (double)ns / NS_PER_MS);
    else
        snprintf(text, UNITS_TEXT_MAX, "%.10g us", (double)ns / NS_PER_US);
    return text;
}

/* A number below 10^10 with all of its digits, and commas where it is whole. */
static char *format_whole(double value, char text[UNITS_TEXT_MAX])
{
    if (value >= 1e10 || value == nearbyint(value))
        return units_format_count((uint64_t)fmin(value + 0.5, 1e18), text);
    snprintf(text, UNITS_TEXT_MAX, "%.10g", value);
    return text;
}

/* Billionths as a percentage, with all of its digits: "0.1". */
static char *format_percentage(uint64_t ppb, char text[UNITS_TEXT_MAX])
{
    int size = snprintf(text, UNITS_TEXT_MAX, "%llu.%07llu", (unsigned long long)(ppb / 10000000),
                        (unsigned long long)(ppb % 10000000));
    while (text[size - 1] == '0')
        text[--size] = '\0';
    if (text[size - 1] == '.')
        text[--size] = '\0';
    return text;
}

/* The time that a gate names: one to stay below is kept as the largest that does. */
static int64_t asked_ns(const struct gate *gate)
{
    return gate->limit_ns + (gate->relation == GATE_BELOW);
}

/* "490 ms", and "800.2 ms" beside a limit of 800 ms. */
static char *format_time(int64_t ns, int64_t limit_ns, char text[UNITS_TEXT_MAX])
{
    char limit[UNITS_TEXT_MAX];
    units_format_time(ns, text);
    if (ns != limit_ns && strcmp(text, units_format_time(limit_ns, limit)) == 0)
        format_whole_time(ns, text);
    return text;
}

/* "807/s", and "49.99/s" beside a limit of 50/s. */
static char *format_rate(double per_s, double limit, char text[UNITS_TEXT_MAX])
{
    char asked[UNITS_TEXT_MAX];
    units_format_rate(per_s, text);
    if (per_s != limit && strcmp(text, units_format_rate(limit, asked)) == 0)
        strcat(format_whole(per_s, text), "/s");
    return text;
}

/* "0.522", "1,230", and "2.0004" beside a limit of 2. */
static char *format_ratio(double ratio, double limit, char text[UNITS_TEXT_MAX])
{
    char asked[UNITS_TEXT_MAX];
    snprintf(asked, sizeof asked, "%.3g", limit);
    snprintf(text, UNITS_TEXT_MAX, "%.3g", ratio);
    if (ratio >= 999.5)
        units_format_count((uint64_t)fmin(ratio + 0.5, 1e18), text);
    else if (ratio != limit && strcmp(text, asked) == 0)
        snprintf(text, UNITS_TEXT_MAX, "%.10g", ratio);
    return text;
}

/* ---- what was asked ---- */

static void write_limit(const struct gate *gate, char text[2 * UNITS_TEXT_MAX])
{
    char number[UNITS_TEXT_MAX];
    if (gate->is_regression && gate->metric == GATE_ERRORS)
        snprintf(text, 2 * UNITS_TEXT_MAX, "the base's + %s points",
                 format_percentage(gate->limit_ppb, number));
    else if (gate->is_regression)
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s times the base's",
                 format_whole(gate->limit, number));
    else if (gate->is_availability)
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s %%",
                 format_percentage(1000000000 - gate->limit_ppb, number));
    else if (gate->metric == GATE_RATE)
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s/s", format_whole(gate->limit, number));
    else if (gate->metric == GATE_ERRORS && gate->limit_is_share)
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s %%", format_percentage(gate->limit_ppb, number));
    else if (gate->metric == GATE_ERRORS)
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s", format_whole(gate->limit, number));
    else
        snprintf(text, 2 * UNITS_TEXT_MAX, "%s", format_whole_time(asked_ns(gate), number));
}

/* Availability is asked for from below, and kept as a limit on errors. */
static enum gate_relation asked_relation(const struct gate *gate)
{
    if (!gate->is_availability)
        return gate->relation;
    return gate->relation == GATE_BELOW ? GATE_ABOVE : GATE_AT_LEAST;
}

void gate_words_asked(const struct gate *gate, char text[GATE_WORDS_MAX])
{
    static const char *const relations[] = {
        [GATE_AT_MOST] = "≤", [GATE_BELOW] = "<", [GATE_AT_LEAST] = "≥", [GATE_ABOVE] = ">"};
    char metric[DISTRIBUTION_NAME_MAX];
    char limit[2 * UNITS_TEXT_MAX];
    write_limit(gate, limit);
    snprintf(text, GATE_WORDS_MAX, "%s%s%s%s%s %s %s", gate->target, gate->target[0] ? ": " : "",
             series_name(gate), gate->series < 0 ? "" : " ",
             gate->metric == GATE_RATE ? "successes" : metric_name(gate, metric),
             relations[asked_relation(gate)], limit);
}

/* ---- what came of it ---- */

static const char *risk_words(const struct gate_result *result)
{
    if (!result->at_risk)
        return "";
    return result->allowed < DISTRIBUTION_TAIL_MIN ? "; at risk, since so few decide it"
                                                   : "; at risk, since that is close";
}

/* "; at risk, since the interval, 780 ms to 830 ms, holds the limit". */
static void say_risk(const struct gate *gate, const struct gate_result *result,
                     char text[GATE_TEXT_MAX])
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (!result->at_risk)
        return;
    if (gate->metric == GATE_RATE) {
        units_format_rate(result->worth.low, low);
        units_format_rate(result->worth.high, high);
    } else {
        units_format_time(llround(result->worth.low), low);
        units_format_time(llround(result->worth.high), high);
    }
    snprintf(text, GATE_TEXT_MAX, "; at risk, since its interval, %s to %s, holds the limit", low,
             high);
}

/* "within", and where it is neither within nor above. */
static const char *verdict_words(enum gate_verdict verdict)
{
    static const char *const words[] = {"within", "above", "too near to tell from"};
    CHECK(verdict, <, GATE_VERDICT_COUNT);
    return words[verdict];
}

static void tell_percentile(const struct gate *gate, const char *label, struct gate_result *result)
{
    char limit[UNITS_TEXT_MAX];
    char above[UNITS_TEXT_MAX];
    char n[UNITS_TEXT_MAX];
    char allowed[UNITS_TEXT_MAX];
    char maybe[UNITS_TEXT_MAX];
    char figure[UNITS_TEXT_MAX + 24] = "not known";
    char unsure[UNITS_TEXT_MAX + 32] = "";
    if (result->verdict == GATE_INCONCLUSIVE)
        snprintf(unsure, sizeof unsure, " and %s more may be",
                 units_format_count(result->maybe, maybe));
    if (result->is_finite)
        strcat(format_time(result->figure_ns, asked_ns(gate), figure),
               result->failed > 0 ? " with failures on top" : "");
    else if (result->failed > result->allowed)
        snprintf(figure, sizeof figure, "that of a failed request");
    snprintf(result->sentence, sizeof result->sentence,
             "%.220s is %s, %s %s: %s of %s request%s above%s, %s %s allowed%s", label, figure,
             verdict_words(result->verdict), format_whole_time(asked_ns(gate), limit),
             units_format_count(result->above, above), units_format_count(result->requests, n),
             result->requests == 1 ? " is" : "s are", unsure,
             units_format_count(result->allowed, allowed), result->allowed == 1 ? "is" : "are",
             risk_words(result));
}

static void tell_time(const struct gate *gate, const char *label, struct gate_result *result)
{
    char figure[UNITS_TEXT_MAX];
    char limit[UNITS_TEXT_MAX];
    char failed[UNITS_TEXT_MAX];
    char risk[GATE_TEXT_MAX];
    say_risk(gate, result, risk);
    format_whole_time(asked_ns(gate), limit);
    if (!result->is_finite)
        snprintf(result->sentence, sizeof result->sentence,
                 "%.220s is not within %s: %s %s above every limit", label, limit,
                 units_format_count(result->failed, failed),
                 result->failed == 1 ? "request failed, which counts as"
                                     : "requests failed, which count as");
    else
        snprintf(result->sentence, sizeof result->sentence, "%.220s is %s, %s %s%s", label,
                 format_time(result->figure_ns, asked_ns(gate), figure),
                 verdict_words(result->verdict), limit, risk);
}

/* "at most", as limits of rates and ratios are said. */
static const char *relation_words(enum gate_relation relation)
{
    switch (relation) {
    case GATE_AT_MOST: return "at most";
    case GATE_BELOW: return "less than";
    case GATE_AT_LEAST: return "at least";
    case GATE_ABOVE: return "more than";
    }
    check_failed(__FILE__, __LINE__, "relation is known", relation, 0);
}

static void tell_rate(const struct gate *gate, const char *label, struct gate_result *result)
{
    char figure[UNITS_TEXT_MAX];
    char limit[UNITS_TEXT_MAX];
    char risk[GATE_TEXT_MAX];
    say_risk(gate, result, risk);
    snprintf(result->sentence, sizeof result->sentence,
             "%.220s is %s of successes: %s %s/s is asked%s", label,
             format_rate(result->figure, gate->limit, figure), relation_words(gate->relation),
             format_whole(gate->limit, limit), risk);
}

static void tell_errors(const struct gate *gate, const char *label, struct gate_result *result)
{
    char failed[UNITS_TEXT_MAX];
    char n[UNITS_TEXT_MAX];
    char allowed[UNITS_TEXT_MAX];
    char share[UNITS_TEXT_MAX];
    char shown[UNITS_TEXT_MAX + 4] = "";
    if (gate->is_availability)
        units_format_share(1 - result->figure, share);
    if (gate->limit_is_share && result->failed > 0 && !gate->is_availability)
        snprintf(shown, sizeof shown, " (%s)", units_format_share(result->figure, share));
    snprintf(result->sentence, sizeof result->sentence,
             "%.220s%s%s: %s of %s request%s%s did not succeed, %s %s allowed%s", label,
             gate->is_availability ? " is " : "", gate->is_availability ? share : "",
             units_format_count(result->failed, failed), units_format_count(result->requests, n),
             result->requests == 1 ? "" : "s", shown, units_format_count(result->allowed, allowed),
             result->allowed == 1 ? "is" : "are", risk_words(result));
}

/* " (0.5 to 0.55)" of a ratio; "" where there is no interval, or one without a width. */
static void say_interval(const struct gate *gate, const struct contrast *contrast,
                         char text[2 * UNITS_TEXT_MAX])
{
    const double scale = gate->metric == GATE_ERRORS ? 100 : 1;
    text[0] = '\0';
    if (isnan(contrast->low) || contrast->low == contrast->high)
        return;
    if (isfinite(contrast->high))
        snprintf(text, 2 * UNITS_TEXT_MAX, " (%.3g to %.3g)", scale * contrast->low,
                 scale * contrast->high);
    else
        snprintf(text, 2 * UNITS_TEXT_MAX, " (%.3g or more)", scale * contrast->low);
}

/* ": at most 1.2 times is allowed", and what an interval says that reaches beyond. */
static void say_allowed(const struct gate *gate, const struct gate_result *result,
                        const char *number, const char *unit, char text[GATE_TEXT_MAX])
{
    const bool is_open = result->verdict == GATE_INCONCLUSIVE;
    snprintf(text, GATE_TEXT_MAX, ": %s %s %s is %s%s", relation_words(gate->relation), number,
             unit, gate->metric == GATE_RATE ? "asked" : "allowed",
             is_open ? ", and these runs cannot tell" : "");
}

/* "errors is 0.3 %, 0.2 points above the base's 0.1 %: at most 0.1 points more are allowed". */
static void tell_points(const struct gate *gate, const char *label, struct gate_result *result)
{
    char is[UNITS_TEXT_MAX];
    char was[UNITS_TEXT_MAX];
    char number[UNITS_TEXT_MAX];
    char interval[2 * UNITS_TEXT_MAX];
    char allowed[GATE_TEXT_MAX];
    say_interval(gate, &result->contrast, interval);
    say_allowed(gate, result, format_percentage(gate->limit_ppb, number), "points more", allowed);
    snprintf(result->sentence, sizeof result->sentence,
             "%.180s: %s of requests, %.3g points %s the base's %s%s%.110s", label,
             units_format_share(result->value, is), fabs(100 * result->figure),
             result->figure < 0 ? "below" : "above", units_format_share(result->base_value, was),
             interval, allowed);
}

/* "p95 is 11.6 ms, 0.522 times the base's 22.2 ms (0.5 to 0.55): at most 1.2 times is allowed". */
static void tell_regression(const struct gate *gate, const char *label, struct gate_result *result)
{
    char is[UNITS_TEXT_MAX];
    char was[UNITS_TEXT_MAX];
    char ratio[UNITS_TEXT_MAX];
    char limit[UNITS_TEXT_MAX];
    char interval[2 * UNITS_TEXT_MAX];
    char allowed[GATE_TEXT_MAX];
    if (gate->metric == GATE_RATE) {
        units_format_rate(result->value, is);
        units_format_rate(result->base_value, was);
    } else {
        units_format_time((int64_t)(result->value + 0.5), is);
        units_format_time((int64_t)(result->base_value + 0.5), was);
    }
    say_interval(gate, &result->contrast, interval);
    say_allowed(gate, result, format_whole(gate->limit, limit), "times", allowed);
    snprintf(result->sentence, sizeof result->sentence,
             "%.180s is %s, %s times the base's %s%.60s%.110s%s", label, is,
             format_ratio(result->figure, gate->limit, ratio), was, interval, allowed,
             result->at_risk ? "; at risk, since few requests are beyond it" : "");
}

void gate_words_tell(const struct gate *gate, struct gate_result *result)
{
    char label[GATE_TEXT_MAX];
    write_label(gate, label);
    if (gate->is_regression) {
        if (gate->metric == GATE_ERRORS)
            tell_points(gate, label, result);
        else
            tell_regression(gate, label, result);
        return;
    }
    switch (gate->metric) {
    case GATE_PERCENTILE: tell_percentile(gate, label, result); return;
    case GATE_MEAN:
    case GATE_MAX: tell_time(gate, label, result); return;
    case GATE_RATE: tell_rate(gate, label, result); return;
    case GATE_ERRORS: tell_errors(gate, label, result); return;
    }
}

void gate_words_tell_nothing(const struct gate *gate, const char *why, struct gate_result *result)
{
    char label[GATE_TEXT_MAX];
    write_label(gate, label);
    snprintf(result->sentence, sizeof result->sentence, "%.220s has no value: %.200s", label, why);
}
