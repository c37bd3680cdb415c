/* compare.h - one variant against the base: a table of differences, and the sentences that say it.
 * Figures only: intervals and verdicts on differences are not made here. Pure. */
#ifndef TARE_COMPARE_H
#define TARE_COMPARE_H

#include "dataset.h"
#include "differences.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compare_metric {
    COMPARE_RATE,
    COMPARE_ERRORS,
    COMPARE_MEAN,
    COMPARE_P50,
    COMPARE_P75,
    COMPARE_P90,
    COMPARE_P95,
    COMPARE_P99,
    COMPARE_P99_9,
    COMPARE_P99_99,
    COMPARE_P99_999,
    COMPARE_MAX,
    COMPARE_METRICS
};

enum compare_unit { COMPARE_PER_SECOND, COMPARE_SHARE, COMPARE_NS };

struct compare_row {
    enum compare_metric metric;
    const char *name; /* "throughput", "errors", "p95": static storage */
    enum compare_unit unit;
    bool less_is_better;
    double base; /* NAN: there is none */
    double other;
    bool has_change;       /* false: the base is 0, or one of them has no value */
    double change_percent; /* of the base; negative: less than it. errors: percentage points */
    bool
        is_resolved; /* both have enough requests beyond it to say something; a largest never has */
    bool counts_failures; /* throughput: the shares of errors differ, so that more need not be
                             better */
};

#define COMPARE_TEXT_MAX 256u

struct comparison {
    size_t base;        /* index of the variant */
    size_t other;       /* the same */
    bool is_comparable; /* false: the two do not mean the same, and differences.list[0] says why */
    struct differences differences; /* of their first runs */
    struct compare_row rows[COMPARE_METRICS];
    char sentence[COMPARE_TEXT_MAX]; /* "optimized is faster: p95 490 ms, 55 % below baseline" */
};

/* From this share of errors on, and from this gap between two of them, a sentence about latency
 * says so: one in a thousand requests. */
#define COMPARE_ERRORS_GAP 0.001

/* Changes below this say "about the same": without intervals nothing smaller should be claimed. */
#define COMPARE_SAME_PERCENT 5.0

/* Compares variants[other] with variants[base]. ppm: the percentile the sentence speaks of. */
void compare_variants(struct comparison *comparison, const struct variant *variants, size_t base,
                      size_t other, uint32_t ppm);

/* The percentile that sentences speak of: `asked` (a gate's; 0: none) where every variant resolves
 * it, else the highest of p99, p95, p50 that every variant does; p50 where none does. Variants
 * without a success have no say. */
uint32_t compare_percentile(const struct variant *variants, size_t count, uint32_t asked);

/* The headline: of one variant its percentile and rate, of two the comparison's sentence, of more
 * which differs most. */
void compare_headline(const struct variant *variants, size_t count,
                      const struct comparison *comparisons, uint32_t ppm,
                      char text[COMPARE_TEXT_MAX]);

#endif
