/* json_parts.h - parts of report.json; for json*.c alone. */
#ifndef TARE_JSON_PARTS_H
#define TARE_JSON_PARTS_H

#include "emit.h"
#include "report.h"

/* What a figure is worth, as an object. */
void json_write_worth(struct emit *emit, const char *key, const struct interval *interval);

/* json_verdicts.c: a member of the array "gates", and of "comparisons". */
void json_write_gate(struct emit *emit, const struct report *report,
                     const struct gate_result *result);
void json_write_comparison(struct emit *emit, const struct report *report, const char *base,
                           const struct comparison *comparison);

/* json_run.c: one run folder, of a group or alone. */
void json_write_folder(struct emit *emit, const struct variant *variant, size_t index);

/* json.c: the member "outcomes". */
void json_write_outcomes(struct emit *emit, const uint64_t outcomes[OUTCOME_COUNT]);

#endif
