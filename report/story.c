/* story.c - rules first, words after: every claim is looked up in the report before it is made. */
#include "story.h"

#include "course.h"
#include "limits.h"
#include "markup.h"
#include "units.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 3 /* variants that a sentence names one by one */

/* Adds to a story. A blank before a sentence parts it from the one before, where there is one. */
__attribute__((format(printf, 2, 3))) static void tell(struct story *story, const char *format, ...)
{
    const size_t used = strlen(story->text);
    va_list arguments;
    if (used == 0 && *format == ' ')
        format++;
    va_start(arguments, format);
    vsnprintf(story->text + used, sizeof story->text - used, format, arguments);
    va_end(arguments);
}

char *story_number(uint64_t number, char text[UNITS_TEXT_MAX])
{
    static const char *const words[] = {"no",  "one", "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    if (number < sizeof words / sizeof words[0])
        snprintf(text, UNITS_TEXT_MAX, "%s", words[number]);
    else
        units_format_count(number, text);
    return text;
}

static const struct distribution *latency_of(const struct variant *variant)
{
    return &variant->total.series[variant->latency];
}

uint32_t story_deepest_ppm(const struct variant *variants, size_t count)
{
    uint32_t deepest = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t own = 0;
        for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
            if (distribution_is_resolved(latency_of(&variants[k]), distribution_percentiles_ppm[i]))
                own = distribution_percentiles_ppm[i];
        }
        if (own > 0 && (deepest == 0 || own < deepest))
            deepest = own;
    }
    return deepest;
}

static const char *percentile_name(uint32_t ppm)
{
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        if (distribution_percentiles_ppm[i] == ppm)
            return distribution_percentile_names[i];
    }
    return "p50";
}

/* "one in a hundred": the share beyond a percentile of the tables. */
static const char *one_in(uint32_t ppm)
{
    switch (ppm) {
    case 750000: return "one in four";
    case 900000: return "one in ten";
    case 950000: return "one in twenty";
    case 990000: return "one in a hundred";
    case 999000: return "one in a thousand";
    case 999900: return "one in ten thousand";
    case 999990: return "one in a hundred thousand";
    default: return NULL;
    }
}

/* Which way a difference goes: -1 faster, 1 slower, 0 about the same. */
static int direction(const struct compare_row *row)
{
    return row->change_percent <= -COMPARE_SAME_PERCENT  ? -1
           : row->change_percent >= COMPARE_SAME_PERCENT ? 1
                                                         : 0;
}

/* "from p50 to p95" of a stretch of percentiles that go the same way. */
static void tell_way(struct story *story, const struct compare_row *first,
                     const struct compare_row *last)
{
    static const char *const ways[] = {"faster", "about the same", "slower"};
    tell(story, first == last ? " %s at %s" : " %s from %s to %s", ways[direction(first) + 1],
         first->name, last->name);
}

/* Which way the percentiles go, as far as both variants resolve them. */
static void tell_difference(struct story *story, const struct report *report,
                            const struct comparison *comparison)
{
    const struct variant *base = &report->variants[comparison->base];
    const struct variant *other = &report->variants[comparison->other];
    const bool is_partial = target_error_share(&base->total) >= COMPARE_ERRORS_GAP ||
                            target_error_share(&other->total) >= COMPARE_ERRORS_GAP;
    const struct compare_row *first = NULL; /* of the stretch that is open */
    const struct compare_row *last = NULL;
    for (int metric = COMPARE_P50; metric <= COMPARE_P99_999; metric++) {
        const struct compare_row *row = &comparison->rows[metric];
        if (!row->has_change || !row->is_resolved)
            break;
        if (!first) {
            tell(story, is_partial ? "Against %s, what succeeded of %s is" : "Against %s, %s is", base->name,
                 other->name);
            first = row;
        } else if (direction(row) != direction(first)) {
            tell_way(story, first, last);
            tell(story, ",");
            first = row;
        }
        last = row;
    }
    if (first)
        tell_way(story, first, last);
}

static uint64_t failed(const struct variant *variant)
{
    return variant->total.failures + variant->total.censored;
}

/* "12 of 400 requests of baseline were not answered within --timeout", or of the several outcomes
 * the most frequent. */
static void tell_failed(struct story *story, const struct variant *variant)
{
    char some[UNITS_TEXT_MAX];
    char all[UNITS_TEXT_MAX];
    const struct target *total = &variant->total;
    int most = -1;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS && total->outcomes[i] > 0 &&
            (most < 0 || total->outcomes[i] > total->outcomes[most]))
            most = i;
    }
    tell(story, " %s of %s requests of %s", units_format_count(failed(variant), some),
         units_format_count(total->requests, all), variant->name);
    if (most >= 0 && total->outcomes[most] == failed(variant))
        tell(story, " %s.", outcome_sentence((enum outcome)most));
    else if (most >= 0)
        tell(story, " did not succeed; %s of them %s.",
             units_format_count(total->outcomes[most], some), outcome_sentence((enum outcome)most));
    else
        tell(story, " did not succeed.");
}

static void tell_failures(struct story *story, const struct report *report)
{
    uint64_t total = 0;
    uint64_t requests = 0;
    bool unknown = false;
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        unknown = unknown || target_is_unknown(&variant->total);
        total += failed(variant);
        requests += variant->total.requests;
        if (failed(variant) > 0)
            tell_failed(story, variant);
    }
    if (requests == 0)
        tell(story, unknown ? " No latency is known." : " No request was measured.");
    else if (total == 0 && !unknown && report->variant_count > 1) /* of one run the headline says so */
        tell(story, " No request failed.");
}

static int64_t largest_median(const struct report *report, enum series series)
{
    int64_t largest = -1;
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct distribution *lag = &report->variants[i].total.series[series];
        const int64_t median = distribution_count(lag) ? distribution_at_ppm(lag, 500000) : -1;
        largest = median > largest ? median : largest;
    }
    return largest;
}

void story_tell_lead(struct story *story, const struct report *report)
{
    char before[UNITS_TEXT_MAX];
    char after[UNITS_TEXT_MAX];
    const uint32_t deepest = story_deepest_ppm(report->variants, report->variant_count);
    story->text[0] = '\0';
    if (report->comparison_count == 1 && report->comparisons[0].is_comparable)
        tell_difference(story, report, &report->comparisons[0]);
    const bool differs = story->text[0] != '\0';
    if (deepest == 0)
        tell(story, differs ? "; too few requests succeeded to tell more."
                            : "Too few requests succeeded to speak of percentiles.");
    else if (deepest < distribution_percentiles_ppm[DISTRIBUTION_PERCENTILES - 1])
        tell(story, differs ? "; beyond %s too few requests were seen to tell."
                            : "Beyond %s too few requests were seen to tell.",
             percentile_name(deepest));
    else
        tell(story, differs ? "." : "");
    tell_failures(story, report);
    const int64_t send = largest_median(report, SERIES_SEND_LAG);
    const int64_t receive = largest_median(report, SERIES_RECEIVE_LAG);
    if (send >= 0 && receive >= 0)
        tell(story, " At the median the generator took %s%s to send and %s to see an answer.",
             report->variant_count > 1 ? "at most " : "", units_format_time(send, before),
             units_format_time(receive, after));
}

void story_tell_spread(struct story *story, const struct report *report)
{
    char half[UNITS_TEXT_MAX];
    char rare[UNITS_TEXT_MAX];
    char most[UNITS_TEXT_MAX];
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count && i < TOLD_MAX; i++) {
        const struct variant *variant = &report->variants[i];
        const struct distribution *latency = latency_of(variant);
        const uint32_t deepest = story_deepest_ppm(variant, 1);
        if (distribution_count(latency) == 0) {
            tell(story, target_is_unknown(&variant->total) ? " No latency of %s is known."
                                                           : " No request of %s succeeded.",
                 variant->name);
            continue;
        }
        if (distribution_count(latency) == 1) {
            tell(story, " The one request of %s that succeeded took %s.", variant->name,
                 units_format_time(distribution_max_ns(latency), most));
            continue;
        }
        tell(story, " Half of the %srequests of %s took %s or less",
             failed(variant) ? "successful " : "", variant->name,
             units_format_time(distribution_at_ppm(latency, 500000), half));
        if (one_in(deepest))
            tell(story, "; %s took longer than %s", one_in(deepest),
                 units_format_time(distribution_at_ppm(latency, deepest), rare));
        tell(story, "; the slowest took %s.",
             units_format_time(distribution_max_ns(latency), most));
    }
}

/* What a bin is called: in long runs it is no second. */
static const char *second_of(const struct timeline *timeline)
{
    return timeline->bin_ns == NS_PER_S ? "second" : "stretch";
}

/* "for three seconds at 0:37", "for 30 s at 12:10", and how many times more. */
static void tell_stretches(struct story *story, const struct timeline *timeline,
                           const struct course_stretches *found)
{
    char number[UNITS_TEXT_MAX];
    char moment[MARKUP_TEXT_MAX];
    const double bin_s = (double)timeline->bin_ns / NS_PER_S;
    if (timeline->bin_ns == NS_PER_S)
        tell(story, " for %s second%s", story_number(found->size, number),
             found->size == 1 ? "" : "s");
    else
        tell(story, " for %.0f s", bin_s * (double)found->size);
    tell(story, " at %s",
         markup_moment(bin_s * (double)found->first, bin_s * (double)timeline->bin_count, moment));
    if (found->count > 1)
        tell(story, " and %s more time%s", story_number(found->count - 1, number),
             found->count == 2 ? "" : "s");
}

static void tell_what_stands_out(struct story *story, const struct variant *variant,
                                 const struct course *course)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    if (course->stalls.count > 0) {
        tell(story, " %s stalled", variant->name);
        tell_stretches(story, &variant->timeline, &course->stalls);
        tell(story, ".");
    }
    if (course->slow.count > 0) {
        tell(story, " p99 of %s rose to %s", variant->name,
             units_format_time(course->slow.p99_ns, high));
        tell_stretches(story, &variant->timeline, &course->slow);
        tell(story, "; its median %s has %s.", second_of(&variant->timeline),
             units_format_time(course->median_p99_ns, low));
    }
}

enum course_kind { COURSE_UNKNOWN, COURSE_STEADY, COURSE_THIN, COURSE_UNEVEN };

/* Tells of a variant what stands out; what does not is told where `fully`. */
static enum course_kind tell_course(struct story *story, const struct variant *variant, bool fully)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    struct course course;
    course_find(&course, variant);
    if (variant->total.successes == 0) {
        if (!target_is_unknown(&variant->total))
            tell(story, " No request of %s succeeded.", variant->name);
        return COURSE_UNKNOWN;
    }
    if (!course.is_long_enough) {
        if (fully)
            tell(story, " %s has too few whole seconds to show a course.", variant->name);
        return COURSE_UNKNOWN;
    }
    tell_what_stands_out(story, variant, &course);
    if (course.stalls.count > 0 || course.slow.count > 0)
        return COURSE_UNEVEN;
    if (course.has_p99 && fully)
        tell(story, " %s was steady, with p99 of a %s between %s and %s.", variant->name,
             second_of(&variant->timeline), units_format_time(course.least_p99_ns, low),
             units_format_time(course.most_p99_ns, high));
    return course.has_p99 ? COURSE_STEADY : COURSE_THIN;
}

static void tell_errors(struct story *story, const struct variant *variant)
{
    char number[UNITS_TEXT_MAX];
    char moment[MARKUP_TEXT_MAX];
    const struct timeline *timeline = &variant->timeline;
    const double bin_s = (double)timeline->bin_ns / NS_PER_S;
    uint64_t errors = 0;
    size_t first = timeline->bin_count;
    for (size_t i = 0; i < timeline->bin_count; i++) {
        const uint64_t own = timeline_errors(&timeline->bins[i]);
        errors += own;
        first = own > 0 && i < first ? i : first;
    }
    if (errors > 0)
        tell(story, " %s requests of %s did not succeed, the first at %s.",
             units_format_count(errors, number), variant->name,
             markup_moment(bin_s * (double)first, bin_s * (double)timeline->bin_count, moment));
}

void story_tell_time(struct story *story, const struct report *report)
{
    const bool fully = report->variant_count <= TOLD_MAX;
    char number[UNITS_TEXT_MAX];
    uint64_t errors = 0;
    size_t steady = 0;
    bool thin = false;
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        const enum course_kind kind = tell_course(story, variant, fully);
        steady += kind == COURSE_STEADY;
        thin = thin || kind == COURSE_THIN;
        tell_errors(story, variant);
        for (size_t k = 0; k < variant->timeline.bin_count; k++)
            errors += timeline_errors(&variant->timeline.bins[k]);
    }
    if (steady > 0 && !fully)
        tell(story, " Of %zu runs, %s %s steady.", report->variant_count,
             story_number(steady, number), steady == 1 ? "was" : "were");
    if (thin)
        tell(story, " Where a second has fewer than %u requests, its p99 is its slowest request.",
             COURSE_SECOND_REQUESTS);
    if (errors == 0)
        tell(story, " No request failed.");
}

static void tell_outcomes(struct story *story, const struct variant *variant)
{
    char some[UNITS_TEXT_MAX];
    char all[UNITS_TEXT_MAX];
    const struct target *total = &variant->total;
    const char *name = variant->name;
    units_format_count(total->successes, some);
    units_format_count(total->requests, all);
    if (target_is_unknown(total))
        tell(story, " How the requests of %s ended is not known.", name);
    else if (total->requests == 0)
        tell(story, " %s measured no request.", name);
    else if (total->requests == 1)
        tell(story, " The one request of %s %s.", name,
             total->successes ? "succeeded" : "did not succeed");
    else if (total->successes == total->requests)
        tell(story, " All %s requests of %s succeeded.", all, name);
    else if (total->successes == 0)
        tell(story, " None of the %s requests of %s succeeded.", all, name);
    else
        tell(story, " %s of %s requests of %s succeeded.", some, all, name);
}

void story_tell_outcomes(struct story *story, const struct report *report)
{
    size_t whole = 0;
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct target *total = &report->variants[i].total;
        const bool is_whole = total->requests > 0 && total->successes == total->requests;
        whole += is_whole;
        if (!is_whole || report->variant_count <= TOLD_MAX)
            tell_outcomes(story, &report->variants[i]);
    }
    if (whole > 0 && report->variant_count > TOLD_MAX)
        tell(story, " All requests of %s%zu runs succeeded.",
             whole < report->variant_count ? "the other " : "all ", whole);
}

void story_tell_weight(struct story *story, const struct report *report)
{
    bool closed = false;
    bool open = false;
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++)
        *(report->variants[i].loop == RUN_LOOP_OPEN ? &open : &closed) = true;
    tell(story, "The generator's own share in the median request, before and after what the server and "
                "the network took. It is no part of service time, which runs between kernel stamps.");
    if (closed)
        tell(story, " In closed loop the time before a send holds the time after the answer before "
                    "it: the two are not to be added over requests.");
    if (open)
        tell(story, " In open loop response time holds what came before the send.");
}
