/* gate.c - judging a variant by a gate, and saying why in a sentence. */
#include "gate.h"

#include "check.h"
#include "schema.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A mean of bucket middles errs by at most half a bucket of two digits. */
#define BUCKET_MEAN_ERROR (1.0 / 256)

const char *gate_verdict_name(enum gate_verdict verdict)
{
    static const char *const names[] = {"pass", "fail", "inconclusive"};
    CHECK(verdict, <, GATE_VERDICT_COUNT);
    return names[verdict];
}

static const char *metric_name(const struct gate *gate, char text[DISTRIBUTION_NAME_MAX])
{
    switch (gate->metric) {
    case GATE_PERCENTILE: return distribution_percentile_name(gate->ppm, text);
    case GATE_MEAN: return "mean";
    case GATE_MAX: return "max";
    case GATE_RATE: return "rate";
    case GATE_ERRORS: return "errors";
    }
    check_failed(__FILE__, __LINE__, "metric is known", gate->metric, 0);
}

void gate_label(const struct gate *gate, char text[GATE_TEXT_MAX])
{
    char name[DISTRIBUTION_NAME_MAX];
    snprintf(text, GATE_TEXT_MAX, "%s%s%s%s%.200s",
             gate->series < 0 ? "" : schema_series_name((enum series)gate->series),
             gate->series < 0 ? "" : " ", metric_name(gate, name), *gate->target ? " of " : "",
             gate->target);
}

struct watch gate_watch(const struct gate *gate)
{
    return (struct watch){.target = *gate->target ? gate->target : NULL,
                          .series = gate->series,
                          .limit_ns = gate->limit_ns};
}

/* What a gate looks at in a variant. */
struct view {
    const struct gate *gate;
    const struct variant *variant;
    const struct target *target;
    const struct distribution *series;
    uint64_t bad; /* failed and censored */
};

static struct view view_of(const struct gate *gate, const struct variant *variant)
{
    struct view view = {.gate = gate, .variant = variant};
    view.target = variant_find_target(variant, gate->target);
    CHECK(view.target != NULL, ==, true);
    view.series = &view.target->series[gate->series < 0 ? (int)variant->latency : gate->series];
    view.bad = view.target->failures + view.target->censored;
    return view;
}

/* Latency at the percentile among all requests, those that did not succeed standing at its end.
 * Returns false where the percentile is one of those. */
static bool percentile_of_all(const struct view *view, int64_t *ns)
{
    const uint64_t negative = view->series->histogram.underflow;
    const uint64_t rank = units_rank(view->target->requests, view->gate->ppm);
    if (rank <= negative) {
        *ns = 0;
        return true;
    }
    if (rank - negative > distribution_count(view->series))
        return false;
    *ns = distribution_at_rank(view->series, rank - negative);
    return true;
}

/* The metric as a number: ns, per second, or a share. Returns false where it has none. */
static bool value_of(const struct view *view, double *value)
{
    int64_t ns = 0;
    switch (view->gate->metric) {
    case GATE_PERCENTILE:
        if (!percentile_of_all(view, &ns))
            return false;
        *value = (double)ns;
        return true;
    case GATE_MEAN: *value = distribution_mean_ns(view->series); break;
    case GATE_MAX: *value = (double)distribution_max_ns(view->series); break;
    case GATE_RATE: *value = variant_success_rate_per_s(view->variant, view->target); return true;
    case GATE_ERRORS: *value = target_error_share(view->target); return true;
    }
    return view->bad == 0 && distribution_count(view->series) > 0;
}

/* ---- at risk ---- */

/* Whether a count is so near what is allowed that a repeat might decide otherwise. */
static bool is_near(uint64_t n, double share, uint64_t above, uint64_t allowed)
{
    const double gap = fabs((double)above - (double)allowed);
    return allowed < DISTRIBUTION_TAIL_MIN || gap <= 2 * sqrt((double)n * share * (1 - share));
}

/* ---- the metrics ---- */

static void judge_percentile(const struct view *view, uint64_t maybe, struct gate_result *result)
{
    const struct gate *gate = view->gate;
    const unsigned __int128 beyond = (unsigned __int128)result->requests * (1000000 - gate->ppm);
    result->allowed = (uint64_t)(beyond / 1000000);
    if (result->above > result->allowed)
        result->verdict = GATE_FAIL;
    else if (result->above + maybe <= result->allowed)
        result->verdict = GATE_PASS;
    else
        result->verdict = GATE_INCONCLUSIVE;
    result->at_risk =
        is_near(result->requests, 1 - (double)gate->ppm / 1e6, result->above, result->allowed);
    result->is_finite = percentile_of_all(view, &result->figure_ns);
    /* The count is exact, the figure a bucket's upper edge: it must not seem to break the limit. */
    if (result->verdict == GATE_PASS && result->figure_ns > gate->limit_ns)
        result->figure_ns = gate->limit_ns;
}

static void judge_mean(const struct view *view, struct gate_result *result)
{
    const double mean_ns = distribution_mean_ns(view->series);
    const double gap_ns = fabs(mean_ns - (double)view->gate->limit_ns);
    result->is_finite = view->bad == 0;
    result->figure_ns = (int64_t)(mean_ns + 0.5);
    if (!result->is_finite || distribution_count(view->series) == 0)
        result->verdict = GATE_FAIL;
    else if (view->series->from_buckets && gap_ns <= mean_ns * BUCKET_MEAN_ERROR)
        result->verdict = GATE_INCONCLUSIVE;
    else
        result->verdict = mean_ns <= (double)view->gate->limit_ns ? GATE_PASS : GATE_FAIL;
}

static void judge_max(const struct view *view, uint64_t maybe, struct gate_result *result)
{
    result->is_finite = view->bad == 0;
    result->figure_ns = distribution_max_ns(view->series);
    if (result->above > 0)
        result->verdict = GATE_FAIL;
    else
        result->verdict = maybe > 0 ? GATE_INCONCLUSIVE : GATE_PASS;
    if (result->verdict == GATE_PASS && result->figure_ns > view->gate->limit_ns)
        result->figure_ns = view->gate->limit_ns;
}

static bool holds(double value, enum gate_relation relation, double limit)
{
    switch (relation) {
    case GATE_AT_MOST: return value <= limit;
    case GATE_BELOW: return value < limit;
    case GATE_AT_LEAST: return value >= limit;
    case GATE_ABOVE: return value > limit;
    }
    check_failed(__FILE__, __LINE__, "relation is known", relation, 0);
}

static void judge_rate(const struct view *view, struct gate_result *result)
{
    result->figure = variant_success_rate_per_s(view->variant, view->target);
    result->is_finite = true;
    result->verdict =
        holds(result->figure, view->gate->relation, view->gate->limit) ? GATE_PASS : GATE_FAIL;
}

static void judge_errors(const struct view *view, struct gate_result *result)
{
    const struct gate *gate = view->gate;
    const bool is_below = gate->relation == GATE_BELOW;
    if (gate->limit_is_share) {
        const unsigned __int128 scaled = (unsigned __int128)result->requests * gate->limit_ppb;
        result->allowed = (uint64_t)((scaled - (is_below && scaled > 0)) / 1000000000);
        result->figure = target_error_share(view->target);
        result->at_risk =
            gate->limit > 0 && is_near(result->requests, gate->limit, view->bad, result->allowed);
    } else {
        result->allowed = (uint64_t)gate->limit - is_below;
        result->figure = (double)view->bad;
    }
    result->above = view->bad;
    result->is_finite = true;
    result->verdict = view->bad <= result->allowed ? GATE_PASS : GATE_FAIL;
}

/* ---- sentences ---- */

static const char *risk_words(const struct gate_result *result)
{
    if (!result->at_risk)
        return "";
    return result->allowed < DISTRIBUTION_TAIL_MIN ? "; at risk, since that is few"
                                                   : "; at risk, since that is close";
}

static void say_percentile(const struct gate *gate, uint64_t maybe, const char *label,
                           struct gate_result *result)
{
    char figure[UNITS_TEXT_MAX];
    char limit[UNITS_TEXT_MAX];
    char above[UNITS_TEXT_MAX];
    char n[UNITS_TEXT_MAX];
    char allowed[UNITS_TEXT_MAX];
    char unsure[UNITS_TEXT_MAX + 32] = "";
    static const char *const words[] = {"within", "above", "too near to tell from"};
    if (result->verdict == GATE_INCONCLUSIVE)
        snprintf(unsure, sizeof unsure, " and %s more may be", units_format_count(maybe, figure));
    units_format_time(result->figure_ns, figure);
    snprintf(result->sentence, sizeof result->sentence,
             "%.220s is %s, %s %s: %s of %s requests are above%s, %s %s allowed%s", label,
             result->is_finite ? figure : "that of a failed request", words[result->verdict],
             units_format_time(gate->limit_ns + (gate->relation == GATE_BELOW), limit),
             units_format_count(result->above, above), units_format_count(result->requests, n),
             unsure, units_format_count(result->allowed, allowed),
             result->allowed == 1 ? "is" : "are", risk_words(result));
}

static void say_time(const struct gate *gate, const struct view *view, const char *label,
                     struct gate_result *result)
{
    char figure[UNITS_TEXT_MAX];
    char limit[UNITS_TEXT_MAX];
    char bad[UNITS_TEXT_MAX];
    static const char *const words[] = {"within", "above", "too near to tell from"};
    units_format_time(gate->limit_ns + (gate->relation == GATE_BELOW), limit);
    if (!result->is_finite)
        snprintf(result->sentence, sizeof result->sentence,
                 "%.220s is not within %s: %s %s above every limit", label, limit,
                 units_format_count(view->bad, bad),
                 view->bad == 1 ? "request failed, which counts as"
                                : "requests failed, which count as");
    else
        snprintf(result->sentence, sizeof result->sentence, "%.220s is %s, %s %s", label,
                 units_format_time(result->figure_ns, figure), words[result->verdict], limit);
}

static void say_rate(const struct gate *gate, const char *label, struct gate_result *result)
{
    snprintf(result->sentence, sizeof result->sentence, "%.220s is %.6g/s, %s the limit of %.6g/s",
             label, result->figure, result->verdict == GATE_PASS ? "within" : "beyond",
             gate->limit);
}

static void say_errors(const struct gate *gate, const char *label, struct gate_result *result)
{
    char bad[UNITS_TEXT_MAX];
    char n[UNITS_TEXT_MAX];
    char allowed[UNITS_TEXT_MAX];
    char share[UNITS_TEXT_MAX] = "";
    if (gate->limit_is_share && result->above > 0)
        snprintf(share, sizeof share, " (%.4g %%)", 100 * result->figure);
    snprintf(result->sentence, sizeof result->sentence,
             "%.220s: %s of %s requests%s did not succeed, %s %s allowed%s", label,
             units_format_count(result->above, bad), units_format_count(result->requests, n), share,
             units_format_count(result->allowed, allowed), result->allowed == 1 ? "is" : "are",
             risk_words(result));
}

static void judge_requests(const struct view *view, const struct watch *watch, const char *label,
                           struct gate_result *result)
{
    const struct gate *gate = view->gate;
    /* A success without this time may be above the limit as well as below. */
    const uint64_t successes = view->target->successes;
    const uint64_t maybe = watch->maybe + (successes > watch->seen ? successes - watch->seen : 0);
    result->above = watch->above + view->bad;
    switch (gate->metric) {
    case GATE_PERCENTILE:
        judge_percentile(view, maybe, result);
        say_percentile(gate, maybe, label, result);
        return;
    case GATE_MEAN:
        judge_mean(view, result);
        say_time(gate, view, label, result);
        return;
    case GATE_MAX:
        judge_max(view, maybe, result);
        say_time(gate, view, label, result);
        return;
    case GATE_RATE:
        judge_rate(view, result);
        say_rate(gate, label, result);
        return;
    case GATE_ERRORS:
        judge_errors(view, result);
        say_errors(gate, label, result);
        return;
    }
}

void gate_judge(const struct gate *gate, const struct variant *variant, const struct watch *watch,
                struct gate_result *result)
{
    char label[GATE_TEXT_MAX];
    const struct view view = view_of(gate, variant);
    memset(result, 0, sizeof *result);
    result->requests = view.target->requests;
    gate_label(gate, label);
    if (result->requests == 0) {
        result->verdict = GATE_FAIL;
        snprintf(result->sentence, sizeof result->sentence,
                 "%.220s has no value: no request was measured", label);
    } else if (gate->series == SERIES_RESPONSE && variant->loop == RUN_LOOP_CLOSED) {
        result->verdict = GATE_FAIL;
        snprintf(result->sentence, sizeof result->sentence,
                 "%.220s has no value: a closed loop has no response time, ask for service", label);
    } else {
        judge_requests(&view, watch, label, result);
    }
}

void gate_judge_regression(const struct gate *gate, const struct variant *base,
                           const struct variant *variant, struct gate_result *result)
{
    char label[GATE_TEXT_MAX];
    const struct view was = view_of(gate, base);
    const struct view is = view_of(gate, variant);
    double was_value = 0;
    double is_value = 0;
    memset(result, 0, sizeof *result);
    gate_label(gate, label);
    result->requests = is.target->requests;
    const bool has_base = was.target->requests > 0 && value_of(&was, &was_value) && was_value > 0;
    result->is_finite = is.target->requests > 0 && value_of(&is, &is_value);
    result->at_risk =
        gate->metric == GATE_PERCENTILE && (!distribution_is_resolved(was.series, gate->ppm) ||
                                            !distribution_is_resolved(is.series, gate->ppm));
    if (!has_base || !result->is_finite) {
        result->verdict = has_base ? GATE_FAIL : GATE_INCONCLUSIVE;
        snprintf(result->sentence, sizeof result->sentence,
                 "%.200s has no value%s: too many requests failed, or there were none", label,
                 has_base ? "" : " in the base");
        return;
    }
    result->figure = is_value / was_value;
    if (gate->metric != GATE_RATE)
        result->figure_ns = (int64_t)is_value;
    result->verdict = holds(result->figure, gate->relation, gate->limit) ? GATE_PASS : GATE_FAIL;
    snprintf(result->sentence, sizeof result->sentence,
             "%.200s is %.3g times the base's, %s %.6g%s", label, result->figure,
             result->verdict == GATE_PASS ? "within" : "beyond", gate->limit,
             result->at_risk ? "; at risk, since few requests are beyond it" : "");
}
