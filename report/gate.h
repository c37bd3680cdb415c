/* gate.h - service level objectives: '[TARGET:][SERIES.]METRIC RELATION LIMIT' against a variant.
 *
 *   p95<=800ms   GET /users:service.p99.9<2s   mean<=300ms   max<1s   rate>=50   errors<=0.1%
 *   availability>=99.9%
 *
 * A gate speaks of the measured phase, by final outcome. The series is response in open loop and
 * service in closed, unless named. `rate` is successes per second (throughput counts failures too),
 * `errors` the share (with %) or the number (without) of requests that failed or are censored;
 * `availability` the share of those that succeeded.
 * Failed and censored requests count as above every limit. With n requests a percentile holds when
 * at most floor((1-p) n) are above, which is the same as "the nearest rank is not above". n = 0
 * fails. A mean or a maximum holds only where no request failed.
 * Complete samples decide exactly. From buckets, a limit inside the bucket that decides is
 * inconclusive.
 * At risk, which never changes a verdict: the limit lies within the figure's 95 % interval
 * (interval.h), or fewer than DISTRIBUTION_TAIL_MIN requests may lie above it. Where no scatter was
 * kept: the number above lies within two standard deviations of what is allowed, as independent
 * requests would scatter. A number of errors, a share of 0 and a maximum are never at risk.
 * The relations <= and < limit latencies and errors from above; rate takes >= and > too, and
 * availability takes these alone.
 *
 * A gate of --max-regression holds a variant against the base, 'p95<=2x', 'rate>=90%', or
 * 'errors<=+0.1%', which is in percentage points. It fails where the figure is beyond the limit and
 * surely worse than the base's at all (or, where the limit asks for better, surely beyond it): at 5
 * % one-sided by contrast.h, corrected by Holm for the number of such gates and variants. It passes
 * where the figure is surely within the limit, and is inconclusive else. Without an interval the
 * figures alone decide.
 */
#ifndef TARE_REPORT_GATE_H
#define TARE_REPORT_GATE_H

#include "contrast.h"
#include "dataset.h"
#include "fault.h"
#include "interval.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATES_MAX 64u
#define GATE_TEXT_MAX 256u
#define GATE_WORDS_MAX 512u

enum gate_metric { GATE_PERCENTILE, GATE_MEAN, GATE_MAX, GATE_RATE, GATE_ERRORS };

/* What is surely so: at this level, one-sided. */
#define GATE_LEVEL 0.05
enum gate_relation { GATE_AT_MOST, GATE_BELOW, GATE_AT_LEAST, GATE_ABOVE };
enum gate_verdict { GATE_PASS, GATE_FAIL, GATE_INCONCLUSIVE, GATE_VERDICT_COUNT };

/* What was asked. */
struct gate {
    char text[GATE_TEXT_MAX];   /* as given, without blanks around it */
    char target[GATE_TEXT_MAX]; /* "" for all */
    int series;                 /* enum series; -1: the variant's latency */
    enum gate_metric metric;
    enum gate_relation relation;
    uint32_t ppm;         /* of a percentile */
    int64_t limit_ns;     /* of a latency */
    double limit;         /* rate: per second; errors: a share 0 to 1, or a number */
    uint64_t limit_milli; /* rate: the limit in thousandths, exactly */
    uint64_t limit_ppb;   /* errors: the share in billionths, exactly */
    bool limit_is_share;  /* errors */
    bool is_availability; /* errors, asked for as what is left of them */
    bool is_regression; /* --max-regression: the limit is `limit` times the base's value; of errors
                           so much more of a share */
};

/* What came out, for one variant. */
struct gate_result {
    size_t gate;    /* index of the gate */
    size_t variant; /* index of the variant */
    enum gate_verdict verdict;
    bool at_risk;
    uint64_t requests; /* n */
    uint64_t failed;   /* of them, failed or censored */
    uint64_t above;    /* percentiles, errors: above the limit, failed and censored ones included */
    uint64_t maybe;    /* so many more may be above: in the limit's bucket, or without this time */
    uint64_t allowed;  /* percentiles, errors: how many may be */
    bool is_finite; /* false: the figure is a failed request's, beyond every limit, or not known */
    int64_t figure_ns;     /* of a latency: what was measured */
    struct interval worth; /* what the figure is worth, against which at_risk is found */
    double figure; /* rate: per second; errors: share or number; --max-regression: the ratio, of
                      errors the difference of shares */
    double value;  /* --max-regression: what was measured, ns or per second; and in the base */
    double base_value;
    struct contrast contrast; /* --max-regression: the figure's interval */
    double p;                 /* of being no worse than the base; NAN where there is no interval */
    double p_adjusted;        /* by Holm, over all such gates and variants */
    const char *why;          /* --max-regression: why there is no figure; NULL. Static storage */
    char sentence[GATE_WORDS_MAX]; /* "p95 is 490 ms, within 800 ms: 0 of 400 requests are above, 20
                                      may be" */
};

/* Reads the text of --slo. Returns 0, or -EINVAL with cause and remedy in the fault. */
int gate_parse(struct gate *gate, const char *text, struct fault *fault);

/* Reads the text of --max-regression the same way: 'p95<=2x', 'p95<=120%', 'rate>=0.9x', as ratios
 * of the base's value. */
int gate_parse_regression(struct gate *gate, const char *text, struct fault *fault);

/* What the reader has to count for a gate. */
struct watch gate_watch(const struct gate *gate);

/* Judges a variant, `watch` holding what was counted in it. result: the indexes are the caller's.
 */
void gate_judge(const struct gate *gate, const struct variant *variant, const struct watch *watch,
                struct gate_result *result);

struct side;

/* Works out what a gate of --max-regression needs, of a base (a variant or a baseline) and of a
 * variant. result: gate_settle() completes it; the indexes are the caller's. */
void gate_judge_regression(const struct gate *gate, const struct side *base,
                           const struct variant *variant, struct gate_result *result);

/* Gives results of --max-regression their verdicts and sentences, all of a report's together;
 * passes over the others. A variant without a value fails, a base without one leaves it
 * inconclusive. Returns 0 or -ENOMEM. */
int gate_settle(const struct gate *gates, struct gate_result *results, size_t count);

/* "pass", "fail", "inconclusive". Static storage. */
const char *gate_verdict_name(enum gate_verdict verdict);

#endif
