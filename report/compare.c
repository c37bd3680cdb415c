/* compare.c - differences between two variants, as rows and as sentences. */
#include "compare.h"

#include "check.h"
#include "limits.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES_MAX 60 /* of a variant's name in a sentence */
#define PART_MAX 120u     /* of a sentence's part */

static const struct {
    const char *name;
    enum compare_unit unit;
    bool less_is_better;
    uint32_t ppm; /* 0: no percentile */
} metrics[COMPARE_METRICS] = {[COMPARE_RATE] = {"throughput", COMPARE_PER_SECOND, false, 0},
                              [COMPARE_ERRORS] = {"errors", COMPARE_SHARE, true, 0},
                              [COMPARE_MEAN] = {"mean", COMPARE_NS, true, 0},
                              [COMPARE_P50] = {"p50", COMPARE_NS, true, 500000},
                              [COMPARE_P75] = {"p75", COMPARE_NS, true, 750000},
                              [COMPARE_P90] = {"p90", COMPARE_NS, true, 900000},
                              [COMPARE_P95] = {"p95", COMPARE_NS, true, 950000},
                              [COMPARE_P99] = {"p99", COMPARE_NS, true, 990000},
                              [COMPARE_P99_9] = {"p99.9", COMPARE_NS, true, 999000},
                              [COMPARE_P99_99] = {"p99.99", COMPARE_NS, true, 999900},
                              [COMPARE_P99_999] = {"p99.999", COMPARE_NS, true, 999990},
                              [COMPARE_MAX] = {"max", COMPARE_NS, true, 0}};

/* ---- rows ---- */

static double value_of(const struct variant *variant, enum compare_metric metric)
{
    const struct distribution *latency = variant_latency(variant);
    switch (metric) {
    case COMPARE_RATE: return variant_rate_per_s(variant, &variant->total);
    case COMPARE_ERRORS: return target_error_share(&variant->total);
    case COMPARE_MEAN: return distribution_mean_ns(latency);
    case COMPARE_MAX: return (double)distribution_max_ns(latency);
    case COMPARE_P50:
    case COMPARE_P75:
    case COMPARE_P90:
    case COMPARE_P95:
    case COMPARE_P99:
    case COMPARE_P99_9:
    case COMPARE_P99_99:
    case COMPARE_P99_999: return (double)distribution_at_ppm(latency, metrics[metric].ppm);
    case COMPARE_METRICS: break;
    }
    check_failed(__FILE__, __LINE__, "metric is known", metric, COMPARE_METRICS);
}

static bool has_value(const struct variant *variant, enum compare_metric metric)
{
    if (metrics[metric].unit == COMPARE_NS)
        return distribution_count(variant_latency(variant)) > 0;
    return variant->total.requests > 0;
}

static bool is_resolved(const struct variant *variant, enum compare_metric metric)
{
    return has_value(variant, metric) && metric != COMPARE_MAX &&
           (metrics[metric].ppm == 0 ||
            distribution_is_resolved(variant_latency(variant), metrics[metric].ppm));
}

static struct compare_row make_row(const struct variant *base, const struct variant *other,
                                   enum compare_metric metric)
{
    struct compare_row row = {.metric = metric,
                              .name = metrics[metric].name,
                              .unit = metrics[metric].unit,
                              .less_is_better = metrics[metric].less_is_better,
                              .base = has_value(base, metric) ? value_of(base, metric) : NAN,
                              .other = has_value(other, metric) ? value_of(other, metric) : NAN};
    row.has_change = has_value(base, metric) && has_value(other, metric);
    row.is_resolved = is_resolved(base, metric) && is_resolved(other, metric);
    row.counts_failures =
        metric == COMPARE_RATE && fabs(target_error_share(&other->total) -
                                       target_error_share(&base->total)) >= COMPARE_ERRORS_GAP;
    if (row.unit == COMPARE_SHARE)
        row.change_percent = 100 * (row.other - row.base);
    else if (row.base > 0)
        row.change_percent = 100 * (row.other - row.base) / row.base;
    else
        row.has_change = false;
    return row;
}

/* ---- sentences ---- */

/* A name, cut at NAME_BYTES_MAX between two characters (UTF-8, RFC 3629). */
static int name_bytes(const char *name)
{
    size_t size = strlen(name);
    if (size > NAME_BYTES_MAX)
        for (size = NAME_BYTES_MAX; size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80;)
            size--;
    return (int)size;
}

#define NAME(variant) name_bytes((variant)->name), (variant)->name

/* "55 % below baseline", "2.2 times baseline's". */
static void say_change(double change_percent, const struct variant *base, char text[PART_MAX])
{
    const double size = fabs(change_percent);
    if (change_percent >= 100)
        snprintf(text, PART_MAX, "%.*f times %.*s's", change_percent < 900 ? 1 : 0,
                 1 + change_percent / 100, NAME(base));
    else if (size < 0.05)
        snprintf(text, PART_MAX, "the same as %.*s's", NAME(base));
    else
        snprintf(text, PART_MAX, "%.*f %% %s %.*s", size < 9.95 ? 1 : 0, size,
                 change_percent < 0 ? "below" : "above", NAME(base));
}

/* ", but fails 2.1 % of its requests" where errors differ, else "". */
static void say_errors(const struct variant *base, const struct variant *other, bool is_faster,
                       char text[PART_MAX])
{
    const double base_share = target_error_share(&base->total);
    const double other_share = target_error_share(&other->total);
    char share[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (other_share - base_share >= COMPARE_ERRORS_GAP)
        snprintf(text, PART_MAX, "%s fails %s of its requests", is_faster ? ", but" : " and",
                 units_format_share(other_share, share));
    else if (base_share - other_share >= COMPARE_ERRORS_GAP)
        snprintf(text, PART_MAX, "%s fails fewer requests", is_faster ? " and" : ", but");
}

static void say_comparison(struct comparison *comparison, const struct variant *base,
                           const struct variant *other, uint32_t ppm)
{
    char *text = comparison->sentence;
    char percentile[DISTRIBUTION_NAME_MAX];
    char time[UNITS_TEXT_MAX];
    char change[PART_MAX];
    char errors[PART_MAX];
    const int64_t base_ns = distribution_at_ppm(variant_latency(base), ppm);
    const int64_t other_ns = distribution_at_ppm(variant_latency(other), ppm);
    if (!comparison->is_comparable || base_ns <= 0 || other_ns <= 0) {
        const struct variant *empty = other->total.successes == 0 ? other : base;
        if (!comparison->is_comparable)
            snprintf(text, COMPARE_TEXT_MAX, "%.*s and %.*s cannot be compared: %.100s",
                     NAME(other), NAME(base), comparison->differences.list[0].text);
        else
            snprintf(text, COMPARE_TEXT_MAX, "no request of %.*s succeeded", NAME(empty));
        return;
    }
    const double change_percent = 100 * ((double)other_ns / (double)base_ns - 1);
    const bool is_same = fabs(change_percent) < COMPARE_SAME_PERCENT;
    say_change(change_percent, base, change);
    say_errors(base, other, is_same || change_percent < 0, errors);
    snprintf(text, COMPARE_TEXT_MAX, "%.*s is %s%.40s: %s %.20s, %.90s", NAME(other),
             is_same              ? "about as fast"
             : change_percent < 0 ? "faster"
                                  : "slower",
             errors, distribution_percentile_name(ppm, percentile),
             units_format_time(other_ns, time), change);
}

void compare_variants(struct comparison *comparison, const struct variant *variants, size_t base,
                      size_t other, uint32_t ppm)
{
    memset(comparison, 0, sizeof *comparison);
    comparison->base = base;
    comparison->other = other;
    comparison->is_comparable = variants[base].loop == variants[other].loop;
    for (int i = 0; i < COMPARE_METRICS; i++)
        comparison->rows[i] = make_row(&variants[base], &variants[other], (enum compare_metric)i);
    differences_find(&comparison->differences, &variants[base].runs[0], &variants[other].runs[0],
                     false);
    say_comparison(comparison, &variants[base], &variants[other], ppm);
}

/* Whether all variants resolve a percentile; those without a success do not count, if there is
 * another. */
static bool all_resolve(const struct variant *variants, size_t count, uint32_t ppm)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const struct distribution *latency = variant_latency(&variants[i]);
        if (distribution_count(latency) == 0)
            continue;
        any = true;
        if (!distribution_is_resolved(latency, ppm))
            return false;
    }
    return any;
}

uint32_t compare_percentile(const struct variant *variants, size_t count, uint32_t asked)
{
    const uint32_t candidates[] = {asked, 990000, 950000};
    for (size_t c = asked ? 0 : 1; c < sizeof candidates / sizeof candidates[0]; c++) {
        if (all_resolve(variants, count, candidates[c]))
            return candidates[c];
    }
    return 500000;
}

/* "baseline: p99 2.94 ms at 31,240/s, no request failed". */
static void say_single(const struct variant *variant, uint32_t ppm, char text[COMPARE_TEXT_MAX])
{
    char percentile[DISTRIBUTION_NAME_MAX];
    char time[UNITS_TEXT_MAX];
    char rate[UNITS_TEXT_MAX];
    char failed[UNITS_TEXT_MAX];
    char requests[UNITS_TEXT_MAX];
    const struct target *total = &variant->total;
    const uint64_t bad = target_failed(total);
    units_format_count(total->requests, requests);
    if (total->successes == 0) {
        if (total->requests == 0)
            snprintf(text, COMPARE_TEXT_MAX, "%.*s: no %s", NAME(variant),
                     target_is_unknown(total) ? "latency is known" : "request was measured");
        else
            snprintf(text, COMPARE_TEXT_MAX, "%.*s: none of %s requests succeeded", NAME(variant),
                     requests);
        return;
    }
    snprintf(text, COMPARE_TEXT_MAX, "%.*s: %s %s at %s, %s%s%s", NAME(variant),
             distribution_percentile_name(ppm, percentile),
             units_format_time(distribution_at_ppm(variant_latency(variant), ppm), time),
             units_format_rate(variant_rate_per_s(variant, total), rate),
             bad == 0 ? "no request failed" : units_format_count(bad, failed),
             bad == 0 ? "" : " failed of ", bad == 0 ? "" : requests);
}

void compare_headline(const struct variant *variants, size_t count,
                      const struct comparison *comparisons, uint32_t ppm,
                      char text[COMPARE_TEXT_MAX])
{
    CHECK(count, >=, 1);
    if (count == 1) {
        say_single(&variants[0], ppm, text);
        return;
    }
    /* Of several, the one that differs most, as a ratio, speaks for all. */
    size_t most = 0;
    double most_log = -1;
    for (size_t i = 0; i + 1 < count; i++) {
        const int64_t base_ns = distribution_at_ppm(variant_latency(&variants[0]), ppm);
        const int64_t other_ns = distribution_at_ppm(variant_latency(&variants[i + 1]), ppm);
        double size =
            base_ns > 0 && other_ns > 0 ? fabs(log((double)other_ns / (double)base_ns)) : 0;
        if ((variants[0].total.successes == 0) != (variants[i + 1].total.successes == 0))
            size = INFINITY; /* what does not answer at all differs most */
        if (size > most_log) {
            most_log = size;
            most = i;
        }
    }
    memcpy(text, comparisons[most].sentence, COMPARE_TEXT_MAX);
}
