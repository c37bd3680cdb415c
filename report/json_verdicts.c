/* json_verdicts.c - what report.json says of gates and comparisons, and what figures are worth. */
#include "json_parts.h"

#include <math.h>

/* What a figure is worth; its value stands beside. */
void json_write_worth(struct emit *emit, const char *key, const struct interval *interval)
{
    emit_object(emit, key);
    emit_text(emit, "quality", interval_quality_name(interval->quality));
    emit_number(emit, "value", interval->value);
    emit_number(emit, "low", interval->low);
    emit_number(emit, "high", interval->high);
    emit_bool(emit, "high_is_open", interval->is_open);
    emit_number(emit, "design_effect", interval->design_effect);
    emit_number(emit, "effective_requests", interval->effective);
    emit_number(emit, "effective_tail", interval->tail);
    emit_count(emit, "blocks", interval->blocks);
    emit_text(emit, "blocks_of", interval->are_runs ? "runs" : "time");
    emit_bool(emit, "correlated", interval->is_correlated);
    emit_object_end(emit);
}

/* The interval of a change, its answer and the tests behind it. */
static void write_answer(struct emit *emit, const struct compare_row *row)
{
    emit_number(emit, "low_percent", row->low_percent);
    emit_number(emit, "high_percent", row->high_percent);
    emit_text(emit, "answer", compare_answer_name(row->answer));
    emit_text(emit, "words", compare_answer_words(row));
    emit_number(emit, "margin_percent", row->margin_percent);
    emit_bool(emit, "matters", row->matters);
    emit_bool(emit, "resolved", row->is_resolved);
    emit_text(emit, "quality", interval_quality_name(row->contrast.quality));
    emit_number(emit, "p", row->contrast.p);
    emit_number(emit, "p_rank", row->contrast.p_rank);
    emit_number(emit, "degrees", row->contrast.degrees);
    emit_bool(emit, "doubted", row->contrast.is_doubted);
}

static void write_rows(struct emit *emit, const struct comparison *comparison)
{
    static const char *const units[] = {"per_s", "share", "ns"};
    emit_array(emit, "metrics");
    for (int i = 0; i < COMPARE_METRICS; i++) {
        const struct compare_row *row = &comparison->rows[i];
        emit_object(emit, NULL);
        emit_text(emit, "metric", row->name);
        emit_text(emit, "unit", units[row->unit]);
        emit_number(emit, "base", row->base);
        emit_number(emit, "other", row->other);
        if (!row->has_change)
            emit_null(emit, "change_percent");
        else
            emit_number(emit, "change_percent", row->change_percent);
        write_answer(emit, row);
        emit_object_end(emit);
    }
    emit_array_end(emit);
}

static void write_refusals(struct emit *emit, const struct comparison *comparison)
{
    emit_array(emit, "refusals"); /* why the two cannot be compared */
    for (size_t i = 0; i < comparison->refusal_count; i++) {
        emit_object(emit, NULL);
        emit_text(emit, "name", comparison->refusals[i].name);
        emit_text(emit, "sentence", comparison->refusals[i].sentence);
        emit_object_end(emit);
    }
    emit_array_end(emit);
}

void json_write_comparison(struct emit *emit, const struct report *report, const char *base,
                           const struct comparison *comparison)
{
    emit_object(emit, NULL);
    emit_text(emit, "base", base);
    emit_text(emit, "other", report->variants[comparison->other].name);
    emit_text(emit, "sentence", comparison->sentence);
    emit_text(emit, "basis", contrast_basis_name(comparison->basis));
    emit_text(emit, "answer", compare_answer_name(comparison->answer));
    emit_bool(emit, "comparable", comparison->is_comparable);
    write_refusals(emit, comparison);
    emit_array(emit, "differences");
    for (size_t i = 0; i < comparison->differences.count; i++)
        emit_text(emit, NULL, comparison->differences.list[i].text);
    emit_array_end(emit);
    write_rows(emit, comparison);
    emit_object_end(emit);
}

static void write_figure(struct emit *emit, const struct gate *gate,
                         const struct gate_result *result)
{
    if (gate->is_regression && gate->metric == GATE_ERRORS)
        emit_number(emit, "share_more", result->is_finite ? result->figure : NAN);
    else if (gate->is_regression)
        emit_number(emit, "ratio", result->is_finite ? result->figure : NAN);
    else if (gate->metric == GATE_RATE)
        emit_number(emit, "per_s", result->figure);
    else if (gate->metric == GATE_ERRORS)
        emit_number(emit, gate->limit_is_share ? "share" : "number", result->figure);
    else if (result->is_finite)
        emit_ns(emit, "ns", result->figure_ns);
    else
        emit_null(emit, "ns");
}

/* The interval of a ratio or of a difference, and the tests behind it. */
static void write_regression(struct emit *emit, const struct gate_result *result)
{
    emit_number(emit, "value", result->value);
    emit_number(emit, "base_value", result->base_value);
    emit_number(emit, "low", result->contrast.low);
    emit_number(emit, "high", result->contrast.high);
    emit_text(emit, "basis", contrast_basis_name(result->contrast.basis));
    emit_number(emit, "p", result->p);
    emit_number(emit, "p_adjusted", result->p_adjusted);
}

void json_write_gate(struct emit *emit, const struct report *report,
                     const struct gate_result *result)
{
    const struct gate *gate = &report->gates[result->gate];
    emit_object(emit, NULL);
    emit_text(emit, "gate", gate->text);
    emit_text(emit, "run", report->variants[result->variant].name);
    emit_text(emit, "verdict", gate_verdict_name(result->verdict));
    emit_bool(emit, "at_risk", result->at_risk);
    write_figure(emit, gate, result);
    emit_count(emit, "requests", result->requests);
    if ((gate->metric == GATE_PERCENTILE || gate->metric == GATE_ERRORS) && !gate->is_regression) {
        emit_count(emit, "above", result->above);
        emit_count(emit, "allowed", result->allowed);
    }
    if (gate->is_regression)
        write_regression(emit, result);
    else if (result->worth.quality != INTERVAL_NONE)
        json_write_worth(emit, "worth", &result->worth);
    emit_text(emit, "sentence", result->sentence);
    emit_object_end(emit);
}
