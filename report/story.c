/* story.c - rules first, words after: every claim is looked up in the report before it is made. */
#include "story.h"

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
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        for (size_t k = 0; k < count; k++) {
            if (!distribution_is_resolved(latency_of(&variants[k]), distribution_percentiles_ppm[i]))
                return deepest;
        }
        deepest = distribution_percentiles_ppm[i];
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
    const struct compare_row *first = NULL; /* of the stretch that is open */
    const struct compare_row *last = NULL;
    for (int metric = COMPARE_P50; metric <= COMPARE_P99_999; metric++) {
        const struct compare_row *row = &comparison->rows[metric];
        if (!row->has_change || !row->is_resolved)
            break;
        if (!first) {
            tell(story, "Against %s, %s is", report->variants[comparison->base].name,
                 report->variants[comparison->other].name);
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

static void tell_failures(struct story *story, const struct report *report)
{
    char some[UNITS_TEXT_MAX];
    char all[UNITS_TEXT_MAX];
    uint64_t total = 0;
    uint64_t requests = 0;
    for (size_t i = 0; i < report->variant_count; i++) {
        total += failed(&report->variants[i]);
        requests += report->variants[i].total.requests;
    }
    if (requests == 0)
        tell(story, " No request was measured.");
    else if (total == 0)
        tell(story, " No request failed.");
    for (size_t i = 0; total > 0 && i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        if (failed(variant) > 0)
            tell(story, " %s of %s's %s requests did not succeed.",
                 units_format_count(failed(variant), some), variant->name,
                 units_format_count(variant->total.requests, all));
    }
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
        tell(story, " At the median the generator took at most %s to send and %s to see an answer.",
             units_format_time(send, before), units_format_time(receive, after));
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
            tell(story, " No request of %s succeeded.", variant->name);
            continue;
        }
        if (distribution_count(latency) == 1) {
            tell(story, " The one request of %s that succeeded took %s.", variant->name,
                 units_format_time(distribution_max_ns(latency), most));
            continue;
        }
        tell(story, " Half of %s's %s took %s or less", variant->name,
             failed(variant) ? "successful requests" : "requests",
             units_format_time(distribution_at_ppm(latency, 500000), half));
        if (one_in(deepest))
            tell(story, "; %s took longer than %s", one_in(deepest),
                 units_format_time(distribution_at_ppm(latency, deepest), rare));
        tell(story, "; the slowest took %s.",
             units_format_time(distribution_max_ns(latency), most));
    }
}

/* What a variant's whole measured seconds looked like. */
struct course {
    size_t first; /* bin */
    size_t end;   /* bin, exclusive */
    double median_done;
    double median_p99;
    double least_p99;
    double most_p99;
    bool has_p99; /* enough requests in the median second */
};

static int compare_counts(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_counts);
    return count ? values[(count - 1) / 2] : 0;
}

/* The bins that lie wholly in the measured time of every run; false where they are too few. */
static bool find_course(const struct variant *variant, struct course *course)
{
    double done[TIMELINE_BINS_MAX];
    double p99[TIMELINE_BINS_MAX];
    double requests[TIMELINE_BINS_MAX];
    const struct timeline *timeline = &variant->timeline;
    size_t seconds = 0;
    size_t answered = 0;
    memset(course, 0, sizeof *course);
    course->end = timeline->bin_count;
    for (size_t i = 0; i < variant->run_count; i++) {
        const struct run *run = &variant->runs[i];
        const size_t first = (size_t)((run->warmup_ns + timeline->bin_ns - 1) / timeline->bin_ns);
        const size_t end = (size_t)((run->warmup_ns + run->measure_ns) / timeline->bin_ns);
        course->first = first > course->first ? first : course->first;
        course->end = end < course->end ? end : course->end;
    }
    for (size_t i = course->first; i < course->end; i++, seconds++) {
        const struct time_bin *bin = &timeline->bins[i];
        done[seconds] = (double)bin->done;
        requests[seconds] = (double)bin->latency_count;
        if (bin->latency_count == 0)
            continue;
        p99[answered++] = (double)bin->p99_ns;
    }
    course->median_done = median(done, seconds);
    course->median_p99 = median(p99, answered);
    course->least_p99 = answered ? p99[0] : 0;
    course->most_p99 = answered ? p99[answered - 1] : 0;
    course->has_p99 = median(requests, seconds) >= STORY_SECOND_REQUESTS;
    return seconds >= STORY_SECONDS_MIN;
}

static bool is_stalled(const struct course *course, const struct time_bin *bin)
{
    return course->median_done >= STORY_STALL_REQUESTS &&
           (double)bin->done < STORY_STALL_SHARE * course->median_done;
}

static bool is_slow(const struct course *course, const struct time_bin *bin)
{
    return course->has_p99 && bin->latency_count >= STORY_SECOND_REQUESTS &&
           (double)bin->p99_ns > STORY_SLOW_TIMES * course->median_p99;
}

/* Stretches of bins for which `is` holds: how many, and the longest of them. */
struct stretches {
    size_t count;
    size_t first; /* bin of the longest */
    size_t size;
};

static struct stretches find_stretches(const struct variant *variant, const struct course *course,
                                       bool (*is)(const struct course *, const struct time_bin *))
{
    struct stretches found = {0};
    size_t size = 0;
    for (size_t i = course->first; i < course->end; i++) {
        size = is(course, &variant->timeline.bins[i]) ? size + 1 : 0;
        found.count += size == 1;
        if (size > found.size) {
            found.size = size;
            found.first = i + 1 - size;
        }
    }
    return found;
}

/* "for three seconds at 0:37", "for 30 s at 12:10", and how many times more. */
static void tell_stretches(struct story *story, const struct variant *variant,
                           const struct stretches *found)
{
    char number[UNITS_TEXT_MAX];
    char moment[MARKUP_TEXT_MAX];
    const struct timeline *timeline = &variant->timeline;
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

/* The highest p99 of a stretch. */
static int64_t stretch_p99(const struct variant *variant, const struct stretches *found)
{
    int64_t highest = 0;
    for (size_t i = found->first; i < found->first + found->size; i++) {
        const int64_t p99 = variant->timeline.bins[i].p99_ns;
        highest = p99 > highest ? p99 : highest;
    }
    return highest;
}

/* How a variant went. */
enum kind_of_course { COURSE_STEADY, COURSE_THIN, COURSE_SHORT, COURSE_NONE, COURSE_UNEVEN };

static enum kind_of_course tell_stalls(struct story *story, const struct variant *variant,
                                       const struct course *course)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    const struct stretches stalls = find_stretches(variant, course, is_stalled);
    const struct stretches slow = find_stretches(variant, course, is_slow);
    if (stalls.count > 0) {
        tell(story, " %s stalled", variant->name);
        tell_stretches(story, variant, &stalls);
        tell(story, ".");
    }
    if (slow.count > 0) {
        tell(story, " p99 of %s rose to %s", variant->name,
             units_format_time(stretch_p99(variant, &slow), high));
        tell_stretches(story, variant, &slow);
        tell(story, "; its median second has %s.",
             units_format_time((int64_t)course->median_p99, low));
    }
    if (stalls.count > 0 || slow.count > 0)
        return COURSE_UNEVEN;
    return course->has_p99 ? COURSE_STEADY : COURSE_THIN;
}

/* Tells of a variant what stands out; what does not is told where `fully`. */
static enum kind_of_course tell_course(struct story *story, const struct variant *variant,
                                       bool fully)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    struct course course;
    if (variant->total.successes == 0) {
        tell(story, " No request of %s succeeded.", variant->name);
        return COURSE_NONE;
    }
    if (!find_course(variant, &course)) {
        if (fully)
            tell(story, " %s has too few whole seconds to show a course.", variant->name);
        return COURSE_SHORT;
    }
    const enum kind_of_course kind = tell_stalls(story, variant, &course);
    if (kind == COURSE_STEADY && fully)
        tell(story, " %s was steady, with p99 between %s and %s.", variant->name,
             units_format_time((int64_t)course.least_p99, low),
             units_format_time((int64_t)course.most_p99, high));
    return kind;
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
        tell(story, " %s of %s's requests did not succeed, the first at %s.",
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
        const enum kind_of_course kind = tell_course(story, variant, fully);
        steady += kind == COURSE_STEADY;
        thin = thin || kind == COURSE_THIN;
        tell_errors(story, variant);
        for (size_t k = 0; k < variant->timeline.bin_count; k++)
            errors += timeline_errors(&variant->timeline.bins[k]);
    }
    if (steady > 0 && !fully)
        tell(story, " %s of %zu were steady.", story_number(steady, number),
             report->variant_count);
    if (thin)
        tell(story, " Where a second has fewer than %u requests, its p99 is its slowest request.",
             STORY_SECOND_REQUESTS);
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
    if (total->requests == 0)
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
