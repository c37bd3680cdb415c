/* compare.h - one variant against the base: a table of differences with their intervals, an answer
 * for each, and the sentences that say it. Pure.
 *
 * The answer is "faster" or "slower" where the 95 % interval of the change (contrast.h) holds no
 * "no change", "about the same" where it holds one and lies within the margin that matters to the
 * figure, and "cannot tell" else. Groups of runs are answered for; one run against one only says
 * what differs within these two. Each interval holds for itself, 19 times in 20: the verdict is the
 * one of the percentile that the report speaks of, chosen before any difference is looked at, and
 * gates are corrected for their number (gate.h).
 *
 * Variants that were not made alike, or of which one is invalid, are refused: their differences are
 * worked out and not to be shown, unless is_shown is set (--force), and then under the watermark.
 */
#ifndef TARE_COMPARE_H
#define TARE_COMPARE_H

#include "contrast.h"
#include "dataset.h"
#include "differences.h"
#include "side.h"

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

enum compare_answer {
    COMPARE_UNSURE, /* the interval holds "no change" and changes that matter, or there is none */
    COMPARE_SAME,   /* "no change" and none that matters */
    COMPARE_BETTER,
    COMPARE_WORSE,
    COMPARE_ANSWER_COUNT
};

struct compare_row {
    enum compare_metric metric;
    const char *name; /* "throughput", "errors", "p95": static storage */
    enum compare_unit unit;
    bool less_is_better;
    double base; /* of all requests of the variant; NAN: there is none */
    double other;
    struct interval base_worth; /* what these two are worth: their values are the same */
    struct interval other_worth;
    struct contrast contrast; /* on the scale of ratios, errors on that of differences */
    bool has_change;          /* false: the base is 0, or one of them has no value */
    double change_percent;    /* of the base; negative: less than it. errors: percentage points */
    double low_percent;       /* its 95 % interval; NAN: there is none */
    double high_percent;      /* the same; INFINITY: open */
    double margin_percent;    /* a change below this does not matter, as change_percent has it */
    enum compare_answer answer;
    bool matters; /* the change is not below the margin */
    bool
        is_resolved; /* both have enough requests beyond it to say something; a largest never has */
    bool counts_failures; /* throughput: the shares of errors differ, so that more need not be
                             better */
};

/* Why two variants are not compared: "invalid", "loop", "connections", ... and a sentence. */
#define COMPARE_REFUSALS_MAX (DIFFERENCES_MAX + 2)
struct compare_refusal {
    char name[32];
    char sentence[DIFFERENCES_TEXT_MAX];
};

#define COMPARE_TEXT_MAX 512u

struct comparison {
    size_t base;        /* index of the variant */
    size_t other;       /* the same */
    bool is_comparable; /* false: the two do not mean the same, or one is invalid */
    bool is_shown;      /* comparable, or forced */
    struct compare_refusal refusals[COMPARE_REFUSALS_MAX]; /* why it is not comparable */
    size_t refusal_count;
    struct differences differences; /* of their first runs */
    enum contrast_basis basis;
    enum compare_answer answer;  /* of the percentile that the sentence speaks of */
    struct compare_row headline; /* that percentile; its metric is COMPARE_METRICS and its name ""
                                    where the table has none of it */
    struct compare_row rows[COMPARE_METRICS];
    char sentence[COMPARE_TEXT_MAX]; /* "optimized is faster: p95 490 ms, 55 % below baseline (53 to
                                        57 %)" */
};

/* From this share of errors on, and from this gap between two of them, a sentence about latency
 * says so: one in a thousand requests. */
#define COMPARE_ERRORS_GAP 0.001

/* The margin of percentiles up to p75: changes below it do not matter. Other figures have their own
 * (compare_margin). */
#define COMPARE_SAME_PERCENT 5.0

/* The margin of a metric, in percent of the base; of errors in percentage points. */
double compare_margin(enum compare_metric metric);

/* The same of any percentile p (0 < p < 1): that of the deepest of the table's which is not above p. */
double compare_margin_at(double p);

/* Compares variants[other] with variants[base]. ppm: the percentile the sentence speaks of.
 * is_forced: what is not comparable is shown all the same. */
void compare_variants(struct comparison *comparison, const struct variant *variants, size_t base,
                      size_t other, uint32_t ppm, bool is_forced);

/* The same of any two sides, a baseline among them; `base` and `other` are left 0. */
void compare_sides(struct comparison *comparison, const struct side *base, const struct side *other,
                   uint32_t ppm, bool is_forced);

/* The change of percentile p (0 < p < 1) of the variants' latency, with its interval: for curves.
 */
void compare_percentiles(struct contrast *contrast, const struct variant *base,
                         const struct variant *other, double p);

/* The percentile that sentences speak of: `asked` (a gate's; 0: none) where every variant resolves
 * it, else the highest of p99, p95, p50 that every variant does; p50 where none does. Variants
 * without a success have no say. */
uint32_t compare_percentile(const struct variant *variants, size_t count, uint32_t asked);

/* The headline: of one variant its percentile and rate, of two the comparison's sentence, of more
 * which differs most. */
void compare_headline(const struct variant *variants, size_t count,
                      const struct comparison *comparisons, uint32_t ppm,
                      char text[COMPARE_TEXT_MAX]);

/* "faster", "slower", "about the same", "cannot tell" of latencies; of throughput "more", "less",
 * of errors "fewer", "more". Static storage. */
const char *compare_answer_words(const struct compare_row *row);

/* "unsure", "same", "better", "worse". Static storage. */
const char *compare_answer_name(enum compare_answer answer);

#endif
