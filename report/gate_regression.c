/* gate_regression.c - judging a variant by what it was before. */
#include "gate.h"

#include "check.h"
#include "gate_parts.h"
#include "gate_words.h"
#include "side.h"
#include "statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct side_figure figure_of(const struct gate *gate)
{
    struct side_figure figure = {.target = gate->target, .series = gate->series};
    switch (gate->metric) {
    case GATE_PERCENTILE:
        figure.metric = SIDE_PERCENTILE_OF_ALL;
        figure.p = gate->ppm / 1e6;
        return figure;
    case GATE_MEAN: figure.metric = SIDE_MEAN; return figure;
    case GATE_MAX: figure.metric = SIDE_MAX; return figure;
    case GATE_RATE: figure.metric = SIDE_RATE; return figure;
    case GATE_ERRORS: figure.metric = SIDE_ERRORS; return figure;
    }
    check_failed(__FILE__, __LINE__, "metric is known", gate->metric, 0);
}

/* A mean or a maximum has no value where requests failed, which are above every limit. */
static bool is_beyond(const struct gate *gate, uint64_t failed)
{
    return (gate->metric == GATE_MEAN || gate->metric == GATE_MAX) && failed > 0;
}

void gate_judge_regression(const struct gate *gate, const struct side *base,
                           const struct variant *variant, struct gate_result *result)
{
    const struct side side = side_of_variant(variant);
    struct side_figure figure = figure_of(gate);
    struct interval worths[2];
    const struct target *target = variant_find_target(variant, gate->target);
    CHECK(target != NULL, ==, 1);
    memset(result, 0, sizeof *result);
    figure.target = *gate->target ? target->name : ""; /* as baselines have it */
    side_contrast(&result->contrast, base, &side, &figure, worths);
    result->requests = target->requests;
    result->failed = target_failed(target);
    result->worth = worths[1];
    result->base_value = worths[0].value;
    result->value = worths[1].value;
    result->is_finite = isfinite(result->value) && !is_beyond(gate, result->failed);
    if (base->variant &&
        is_beyond(gate, target_failed(variant_find_target(base->variant, gate->target))))
        result->base_value = NAN;
    if (gate->metric == GATE_ERRORS)
        result->figure = result->value - result->base_value;
    else if (result->contrast.basis != CONTRAST_TWO_RUNS && isfinite(result->contrast.change))
        result->figure = result->contrast.change; /* which the interval belongs to */
    else /* both are the nearest doubles to their quotients: of the same ratio, the same */
        result->figure = result->value / result->base_value;
    if (gate->metric <= GATE_MAX && result->is_finite)
        result->figure_ns = (int64_t)(result->value + 0.5);
    result->why = gate_find_void(gate, variant);
    result->is_finite &= !result->why;
    result->at_risk = result->contrast.basis == CONTRAST_TWO_RUNS &&
                      gate->metric == GATE_PERCENTILE &&
                      (result->contrast.quality == INTERVAL_UNRESOLVED ||
                       !side_is_resolved(base, &figure) || !side_is_resolved(&side, &figure));
}

/* ---- all together ---- */

static bool limits_from_above(const struct gate *gate)
{
    return gate->relation == GATE_AT_MOST || gate->relation == GATE_BELOW;
}

static bool holds(const struct gate *gate, double figure)
{
    switch (gate->relation) {
    case GATE_AT_MOST: return figure <= gate->limit;
    case GATE_BELOW: return figure < gate->limit;
    case GATE_AT_LEAST: return figure >= gate->limit;
    case GATE_ABOVE: return figure > gate->limit;
    }
    check_failed(__FILE__, __LINE__, "relation is known", gate->relation, 0);
}

/* How often what lies on the bad side of a limit would look like this if it did not, or the other
 * way round. */
static double p_beyond(const struct gate *gate, const struct contrast *contrast, double limit,
                       bool is_bad_side)
{
    const enum contrast_scale scale =
        gate->metric == GATE_ERRORS ? CONTRAST_DIFFERENCE : CONTRAST_RATIO;
    const double above = contrast_p_above(contrast, scale, limit);
    return limits_from_above(gate) == is_bad_side ? above : 1 - above;
}

/* From where on a figure is surely bad: worse than the base, or than a limit that asks for better.
 */
static double bad_from(const struct gate *gate)
{
    const double none = gate->metric == GATE_ERRORS ? 0 : 1;
    return limits_from_above(gate) == (gate->limit < none) ? gate->limit : none;
}

static void set_p(const struct gate *gate, struct gate_result *result)
{
    result->p = p_beyond(gate, &result->contrast, bad_from(gate), true);
}

static enum gate_verdict verdict_of(const struct gate *gate, const struct gate_result *result)
{
    const bool is_within = holds(gate, result->figure);
    const struct contrast *contrast = &result->contrast;
    if (isnan(result->p) || contrast->low == contrast->high)
        return is_within ? GATE_PASS : GATE_FAIL;
    if (!is_within && result->p_adjusted < GATE_LEVEL)
        return GATE_FAIL;
    if (is_within && p_beyond(gate, contrast, gate->limit, false) < GATE_LEVEL)
        return GATE_PASS;
    return GATE_INCONCLUSIVE;
}

static bool has_base(const struct gate *gate, const struct gate_result *result)
{
    return isfinite(result->base_value) && (gate->metric == GATE_ERRORS || result->base_value > 0);
}

static void settle(const struct gate *gate, struct gate_result *result)
{
    if (!result->is_finite) {
        result->verdict = GATE_FAIL;
        gate_words_tell_nothing(gate, result->why ? result->why : "too many requests failed",
                                result);
    } else if (!has_base(gate, result)) {
        result->verdict = GATE_INCONCLUSIVE;
        gate_words_tell_nothing(gate, "the base has none to compare with", result);
    } else {
        result->verdict = verdict_of(gate, result);
        gate_words_tell(gate, result);
    }
}

int gate_settle(const struct gate *gates, struct gate_result *results, size_t count)
{
    double *p = calloc(2 * count + 1, sizeof *p);
    size_t asked = 0;
    if (!p)
        return -ENOMEM;
    double *adjusted = p + count;
    for (size_t i = 0; i < count; i++) {
        const struct gate *gate = &gates[results[i].gate];
        if (!gate->is_regression)
            continue;
        set_p(gate, &results[i]);
        results[i].p_adjusted = NAN;
        if (!isnan(results[i].p))
            p[asked++] = results[i].p;
    }
    statistics_holm(p, asked, adjusted);
    asked = 0;
    for (size_t i = 0; i < count; i++) {
        const struct gate *gate = &gates[results[i].gate];
        if (!gate->is_regression)
            continue;
        if (!isnan(results[i].p))
            results[i].p_adjusted = adjusted[asked++];
        settle(gate, &results[i]);
    }
    free(p);
    return 0;
}
