/* report.h - everything that a report says, worked out, for the writers of files to put into words.
 * It is read-only once it is made, and holds no clock and no chance: the same runs give the same
 * bytes. */
#ifndef TARE_REPORT_H
#define TARE_REPORT_H

#include "baseline.h"
#include "compare.h"
#include "dataset.h"
#include "fault.h"
#include "gate.h"

#include <stdbool.h>
#include <stddef.h>

#define REPORT_VARIANTS_MAX 64u
#define REPORT_WATERMARK_MAX 512u

struct report {
    const char *version;      /* of this reporter */
    char *command;            /* owned: its own command line, quoted for a shell */
    struct variant *variants; /* owned, in the order of the command line; [0] is the base */
    size_t variant_count;
    struct comparison *comparisons; /* owned: variants[i + 1] against variants[0] */
    size_t comparison_count;
    struct baseline *baseline;               /* owned; NULL: none was named */
    struct comparison *baseline_comparisons; /* owned: each variant against it; NULL as well */
    struct gate *gates;                      /* owned */
    size_t gate_count;
    struct gate_result *results; /* owned: gate by gate, its variants in order */
    size_t result_count;
    uint32_t headline_ppm;           /* the percentile that sentences speak of */
    char headline[COMPARE_TEXT_MAX]; /* the verdict in a sentence, with a number */
    bool is_trusted; /* false: a run is invalid, or variants[i] cannot be compared with the base */
    bool inconclusive_fails; /* --inconclusive fail: an open gate counts as failed */
    bool is_forced;  /* --force: differences are shown all the same, under the watermark */
    char watermark[REPORT_WATERMARK_MAX]; /* what forbids it: "forced: b is invalid; connections: 20
                                             and 50". "": nothing does, or nothing is forced */
};

/* What a report is made of. All borrowed. */
struct report_ask {
    const char *const *paths; /* of the runs, 1 to REPORT_VARIANTS_MAX */
    size_t path_count;
    const struct gate *gates;
    size_t gate_count;
    const char *baseline; /* a baseline file; NULL: none */
    bool is_forced;
    bool inconclusive_fails;
};

/* Reads the runs and works everything out. report: storage of the caller's; to be freed with
 * report_free, after a failure too. command: the caller's own command line, taken over. With a
 * baseline and no gate of --max-regression those of report_default_gates() are judged.
 * Returns 0, or -errno with the fault's text. */
int report_make(struct report *report, char *command, const struct report_ask *ask,
                struct fault *fault);

/* What a baseline is held against unless --max-regression says, as texts of it: throughput, errors,
 * p50 and p99 within the margins that matter (compare_margin). */
#define REPORT_DEFAULT_GATES 4
extern const char *const report_default_gates[REPORT_DEFAULT_GATES];
void report_free(struct report *report);

/* "service time", "response time", or both where the loops of the first `count` variants differ.
 * Static storage. */
const char *report_latency_name(const struct report *report, size_t count);

/* How many results have this verdict. */
size_t report_count_verdict(const struct report *report, enum gate_verdict verdict);

#endif
