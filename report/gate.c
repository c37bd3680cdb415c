/* gate.c - judging a variant by a gate. */
#include "gate.h"

#include "check.h"
#include "gate_parts.h"
#include "gate_words.h"
#include "limits.h"
#include "side.h"
#include "units.h"
#include "worth.h"

#include <math.h>
#include <string.h>

/* A mean of bucket middles errs by at most half a bucket of two digits. */
#define BUCKET_MEAN_ERROR (1.0 / 256)

const char *gate_verdict_name(enum gate_verdict verdict)
{
    static const char *const names[] = {"pass", "fail", "inconclusive"};
    CHECK(verdict, <, GATE_VERDICT_COUNT);
    return names[verdict];
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
    uint64_t failed; /* and censored */
};

static enum series series_of(const struct view *view)
{
    return view->gate->series < 0 ? view->variant->latency : (enum series)view->gate->series;
}

static struct view view_of(const struct gate *gate, const struct variant *variant)
{
    struct view view = {.gate = gate, .variant = variant};
    view.target = variant_find_target(variant, gate->target);
    CHECK(view.target != NULL, ==, true);
    view.series = &view.target->series[series_of(&view)];
    view.failed = target_failed(view.target);
    return view;
}

const char *gate_find_void(const struct gate *gate, const struct variant *variant)
{
    const struct view view = view_of(gate, variant);
    if (view.target->requests == 0)
        return target_is_unknown(view.target) ? "no latency is known" : "no request was measured";
    if (gate->series == SERIES_RESPONSE && variant->loop == RUN_LOOP_CLOSED)
        return "a closed loop has no response time, ask for service";
    return NULL;
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

/* Whether a count is so near what is allowed, by two standard deviations, that a repeat might
 * decide otherwise. */
static bool is_near(const struct gate_result *result, double share)
{
    const double gap = fabs((double)result->above - (double)result->allowed);
    return gap <= 2 * sqrt((double)result->requests * share * (1 - share));
}

/* Whether the limit lies within the figure's interval; without one, whether the count is near. */
static bool is_unsure(const struct gate_result *result, double limit, double share)
{
    if (result->worth.quality == INTERVAL_NONE)
        return is_near(result, share);
    return result->worth.low <= limit && (limit <= result->worth.high || result->worth.is_open);
}

static bool is_thin(const struct gate_result *result)
{
    return result->allowed < DISTRIBUTION_TAIL_MIN;
}

/* ---- the metrics ---- */

/* The count is exact, the figure may be a bucket's upper edge: it must not seem to break the limit.
 */
static void bound_figure(const struct gate *gate, struct gate_result *result)
{
    if (result->verdict == GATE_PASS && result->figure_ns > gate->limit_ns)
        result->figure_ns = gate->limit_ns;
}

static void judge_percentile(const struct view *view, struct gate_result *result)
{
    const struct gate *gate = view->gate;
    const unsigned __int128 beyond = (unsigned __int128)result->requests * (1000000 - gate->ppm);
    result->allowed = (uint64_t)(beyond / 1000000);
    if (result->above > result->allowed)
        result->verdict = GATE_FAIL;
    else if (result->above + result->maybe <= result->allowed)
        result->verdict = GATE_PASS;
    else
        result->verdict = GATE_INCONCLUSIVE;
    worth_percentile_of_all(&result->worth, view->target, series_of(view), gate->ppm / 1e6);
    result->at_risk =
        is_thin(result) || is_unsure(result, (double)gate->limit_ns, 1 - (double)gate->ppm / 1e6);
    result->is_finite = percentile_of_all(view, &result->figure_ns);
    bound_figure(gate, result);
}

/* Whether a mean holds, as integers: a mean has fractions of a ns, so that "below" is not "at most
 * one less". */
static bool mean_holds(const struct gate *gate, const struct histogram *h)
{
    const unsigned __int128 limit =
        (unsigned __int128)h->count * (uint64_t)(gate->limit_ns + (gate->relation == GATE_BELOW));
    return gate->relation == GATE_BELOW ? h->sum_ns < limit : h->sum_ns <= limit;
}

static void judge_mean(const struct view *view, struct gate_result *result)
{
    const struct histogram *h = &view->series->histogram;
    const double mean_ns = distribution_mean_ns(view->series);
    const double gap_ns = fabs(mean_ns - (double)view->gate->limit_ns);
    result->is_finite = view->failed == 0;
    result->figure_ns = (int64_t)(mean_ns + 0.5);
    if (!result->is_finite)
        result->verdict = GATE_FAIL;
    else if (h->count < view->target->successes || /* some are not known, or below 0 */
             (view->series->from_buckets && gap_ns <= mean_ns * BUCKET_MEAN_ERROR))
        result->verdict = GATE_INCONCLUSIVE;
    else
        result->verdict = mean_holds(view->gate, h) ? GATE_PASS : GATE_FAIL;
    worth_mean(&result->worth, view->target, series_of(view));
    result->at_risk = result->is_finite && result->worth.quality != INTERVAL_NONE &&
                      is_unsure(result, (double)view->gate->limit_ns, 0);
}

static void judge_max(const struct view *view, struct gate_result *result)
{
    result->is_finite = view->failed == 0;
    result->figure_ns = distribution_max_ns(view->series);
    if (result->above > 0)
        result->verdict = GATE_FAIL;
    else
        result->verdict = result->maybe > 0 ? GATE_INCONCLUSIVE : GATE_PASS;
    bound_figure(view->gate, result);
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

/* As integers: successes in 10^12 seconds against thousandths a second in as many. */
static bool rate_holds(const struct view *view)
{
    const unsigned __int128 is =
        (unsigned __int128)view->target->done_ok * (uint64_t)(1000 * NS_PER_S);
    const unsigned __int128 limit =
        (unsigned __int128)view->gate->limit_milli * (uint64_t)view->variant->measure_ns;
    return holds((double)((is > limit) - (is < limit)), view->gate->relation, 0);
}

static void judge_rate(const struct view *view, struct gate_result *result)
{
    const struct side side = side_of_variant(view->variant);
    const struct side_figure figure = {.metric = SIDE_RATE, .target = view->gate->target};
    result->figure = variant_success_rate_per_s(view->variant, view->target);
    result->is_finite = true;
    side_worth(&result->worth, &side, &figure);
    result->at_risk =
        result->worth.quality != INTERVAL_NONE && is_unsure(result, view->gate->limit, 0);
    result->verdict = rate_holds(view) ? GATE_PASS : GATE_FAIL;
}

static void judge_errors(const struct view *view, struct gate_result *result)
{
    const struct gate *gate = view->gate;
    const bool is_below = gate->relation == GATE_BELOW;
    result->above = view->failed;
    result->is_finite = true;
    if (gate->limit_is_share) {
        const unsigned __int128 scaled = (unsigned __int128)result->requests * gate->limit_ppb;
        result->allowed = (uint64_t)((scaled - (is_below && scaled > 0)) / 1000000000);
        result->figure = target_error_share(view->target);
    } else {
        result->allowed = (uint64_t)gate->limit - is_below;
        result->figure = (double)view->failed;
    }
    result->verdict = view->failed <= result->allowed ? GATE_PASS : GATE_FAIL;
    worth_errors(&result->worth, view->variant, view->target);
    result->at_risk = gate->limit_is_share && gate->limit > 0 &&
                      ((is_thin(result) && result->verdict == GATE_PASS) ||
                       is_unsure(result, gate->limit, gate->limit));
}

static void judge_requests(const struct view *view, const struct watch *watch,
                           struct gate_result *result)
{
    /* A success without this time may be above the limit as well as below. */
    const uint64_t successes = view->target->successes;
    result->maybe = watch->maybe + (successes > watch->seen ? successes - watch->seen : 0);
    result->above = watch->above + view->failed;
    switch (view->gate->metric) {
    case GATE_PERCENTILE: judge_percentile(view, result); return;
    case GATE_MEAN: judge_mean(view, result); return;
    case GATE_MAX: judge_max(view, result); return;
    case GATE_RATE: judge_rate(view, result); return;
    case GATE_ERRORS: judge_errors(view, result); return;
    }
}

void gate_judge(const struct gate *gate, const struct variant *variant, const struct watch *watch,
                struct gate_result *result)
{
    const struct view view = view_of(gate, variant);
    const char *why = gate_find_void(gate, variant);
    memset(result, 0, sizeof *result);
    result->requests = view.target->requests;
    result->failed = view.failed;
    if (why) {
        result->verdict = GATE_FAIL;
        gate_words_tell_nothing(gate, why, result);
        return;
    }
    judge_requests(&view, watch, result);
    gate_words_tell(gate, result);
}
