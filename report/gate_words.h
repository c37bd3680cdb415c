/* gate_words.h - what a gate asked and what came of it, in words. Pure.
 * A limit is written as it was asked, a figure with three digits; with more where three would make
 * it look like the limit that it misses. */
#ifndef TARE_REPORT_GATE_WORDS_H
#define TARE_REPORT_GATE_WORDS_H

#include "gate.h"

/* The gate as people write it: "p95 ≤ 800 ms", "GET /users: service p99.9 < 2 s". */
void gate_words_asked(const struct gate *gate, char text[GATE_WORDS_MAX]);

/* Writes the sentence of a result whose other members are known. */
void gate_words_tell(const struct gate *gate, struct gate_result *result);

/* Writes "p95 of GET /users has no value: WHY" instead. */
void gate_words_tell_nothing(const struct gate *gate, const char *why, struct gate_result *result);

#endif
