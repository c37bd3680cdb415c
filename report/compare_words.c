/* compare_words.c - sentences about a comparison. */
#include "check.h"
#include "compare_parts.h"
#include "units.h"
#include "worth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES_MAX 60 /* of a variant's name in a sentence */
#define PART_MAX 120u     /* of a sentence's part */

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

/* ---- a change ---- */

/* "55 % below baseline", "2.2 times baseline's". */
static void say_change(double change_percent, const struct side *base, char text[PART_MAX])
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

/* Digits after the point with which two ends differ, as few as that takes. */
static int decimals_of(double low, double high)
{
    const double width = fabs(high - low);
    return width >= 5 || !isfinite(width) ? 0 : width >= 0.2 ? 1 : 2;
}

/* " (53 to 57 %)", " (2.1 to 2.3)" after a change whose interval says which way it goes. */
static void say_interval(const struct compare_row *row, char text[PART_MAX])
{
    const bool is_times = row->change_percent >= 100;
    double near = row->change_percent < 0 ? -row->high_percent : row->low_percent;
    double far = row->change_percent < 0 ? -row->low_percent : row->high_percent;
    const int decimals = is_times ? 1 : decimals_of(near, far);
    text[0] = '\0';
    if (far - near < 0.005) /* which two digits would not show */
        return;
    near = is_times ? 1 + near / 100 : near;
    far = is_times ? 1 + far / 100 : far;
    if (isfinite(far))
        snprintf(text, PART_MAX, " (%.*f to %.*f%s)", decimals, near, decimals, far,
                 is_times ? "" : " %");
    else
        snprintf(text, PART_MAX, " (%.*f%s or more)", decimals, near, is_times ? "" : " %");
}

/* An end of an interval: "2.1 % below", "no different", "3.2 times". */
static void say_end(double percent, char text[PART_MAX])
{
    if (!isfinite(percent))
        snprintf(text, PART_MAX, "far above");
    else if (percent >= 100)
        snprintf(text, PART_MAX, "%.1f times", 1 + percent / 100);
    else
        snprintf(text, PART_MAX, "%.*f %% %s", fabs(percent) < 9.95 ? 1 : 0, fabs(percent),
                 percent < 0 ? "below" : "above");
}

/* "between 2.1 % below and 9.9 % above baseline", where the interval holds "no change". */
static void say_range(const struct compare_row *row, const struct side *base,
                      char text[2 * PART_MAX])
{
    char low[PART_MAX];
    char high[PART_MAX];
    say_end(row->low_percent, low);
    say_end(row->high_percent, high);
    snprintf(text, 2 * PART_MAX, "between %.40s and %.40s %.*s", low, high, NAME(base));
}

/* ", but fails 2.1 % of its requests" where errors differ, else "". */
static void say_errors(const struct side *base, const struct side *other, bool is_faster,
                       char text[PART_MAX])
{
    const double base_share = compare_error_share(base);
    const double other_share = compare_error_share(other);
    char share[UNITS_TEXT_MAX];
    text[0] = '\0';
    if (other_share - base_share >= COMPARE_ERRORS_GAP)
        snprintf(text, PART_MAX, "%s fails %s of its requests", is_faster ? ", but" : " and",
                 units_format_share(other_share, share));
    else if (base_share - other_share >= COMPARE_ERRORS_GAP)
        snprintf(text, PART_MAX, "%s fails fewer requests", is_faster ? " and" : ", but");
}

/* ---- the sentence ---- */

/* Faster, slower or about as fast. */
static void say_answer(struct comparison *comparison, const struct side *base,
                       const struct side *other, const char *figure)
{
    const struct compare_row *row = &comparison->headline;
    const char *within = comparison->basis == CONTRAST_TWO_RUNS ? " within these two runs" : "";
    char change[2 * PART_MAX];
    char interval[PART_MAX] = "";
    char errors[PART_MAX];
    char small[PART_MAX] = "";
    say_errors(base, other, row->answer != COMPARE_WORSE, errors);
    if (row->answer == COMPARE_SAME && row->high_percent - row->low_percent > 0.1) {
        say_range(row, base, change);
    } else {
        say_change(row->change_percent, base, change);
        say_interval(row, interval);
        if (!row->matters && row->answer != COMPARE_SAME)
            snprintf(small, sizeof small, ", less than the %.0f %% that matter",
                     row->margin_percent);
    }
    snprintf(comparison->sentence, COMPARE_TEXT_MAX, "%.*s is %s%s%s: %s, %s%s%s", NAME(other),
             row->answer == COMPARE_SAME     ? "about as fast"
             : row->answer == COMPARE_BETTER ? "faster"
                                             : "slower",
             within, errors, figure, change, interval, small);
}

static void say_unsure(struct comparison *comparison, const struct side *base,
                       const struct side *other, const char *figure)
{
    const struct compare_row *row = &comparison->headline;
    const char *by = comparison->basis == CONTRAST_TWO_RUNS ? "these two runs" : "these runs";
    char change[2 * PART_MAX];
    if (isnan(row->low_percent) || row->contrast.quality < INTERVAL_FAIR || !row->is_resolved) {
        say_change(row->change_percent, base, change);
        snprintf(comparison->sentence, COMPARE_TEXT_MAX,
                 "%.*s and %.*s cannot be told apart, too few requests: %s, %s", NAME(other),
                 NAME(base), figure, change);
        return;
    }
    say_range(row, base, change);
    snprintf(comparison->sentence, COMPARE_TEXT_MAX,
             "%.*s and %.*s cannot be told apart by %s: %s, %s", NAME(other), NAME(base), by,
             figure, change);
}

void compare_say(struct comparison *comparison, const struct side *base, const struct side *other,
                 uint32_t ppm)
{
    const struct compare_row *row = &comparison->headline;
    char percentile[DISTRIBUTION_NAME_MAX];
    char time[UNITS_TEXT_MAX];
    char figure[PART_MAX];
    if (!comparison->is_shown) {
        snprintf(comparison->sentence, COMPARE_TEXT_MAX, "%.*s and %.*s cannot be compared: %.250s",
                 NAME(other), NAME(base), comparison->refusals[0].sentence);
        return;
    }
    if (!row->has_change || !(row->other > 0)) {
        const struct side *empty = row->has_change || isnan(row->other) ? other : base;
        snprintf(comparison->sentence, COMPARE_TEXT_MAX, "no request of %.*s succeeded",
                 NAME(empty));
        return;
    }
    snprintf(figure, sizeof figure, "%s %s", distribution_percentile_name(ppm, percentile),
             units_format_time(llround(row->other), time));
    if (row->answer == COMPARE_UNSURE)
        say_unsure(comparison, base, other, figure);
    else
        say_answer(comparison, base, other, figure);
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
