/* story_time.c - what happened when: stalls and slow seconds, by course.h's rules, and failures. */
#include "story_parts.h"

#include "course.h"
#include "limits.h"
#include "markup.h"
#include "worth.h"

#include <string.h>

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
        story_add(story, " for %s second%s", story_number(found->size, number),
                  found->size == 1 ? "" : "s");
    else
        story_add(story, " for %.0f s", bin_s * (double)found->size);
    story_add(
        story, " at %s",
        markup_moment(bin_s * (double)found->first, bin_s * (double)timeline->bin_count, moment));
    if (found->count > 1)
        story_add(story, " and %s more time%s", story_number(found->count - 1, number),
                  found->count == 2 ? "" : "s");
}

static void tell_what_stands_out(struct story *story, const struct variant *variant,
                                 const struct course *course)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    if (course->stalls.count > 0) {
        story_add(story, " %s stalled", variant->name);
        tell_stretches(story, &variant->timeline, &course->stalls);
        story_add(story, ".");
    }
    if (course->slow.count > 0) {
        story_add(story, " p99 of %s rose to %s", variant->name,
                  units_format_time(course->slow.p99_ns, high));
        tell_stretches(story, &variant->timeline, &course->slow);
        story_add(story, "; its median %s has %s.", second_of(&variant->timeline),
                  units_format_time(course->median_p99_ns, low));
    }
}

enum course_kind { COURSE_UNKNOWN, COURSE_STEADY, COURSE_THIN, COURSE_UNEVEN };

/* Returns whether the one run of a variant drifted, and says so. */
static bool tell_drift(struct story *story, const struct variant *variant)
{
    char text[WORTH_TEXT_MAX];
    if (!worth_drift(variant, text))
        return false;
    story_add(story, " The median of %s %s: its figures depend on how long it ran.", variant->name,
              text);
    return true;
}

/* Tells of a variant what stands out; what does not is told where `fully`. */
static enum course_kind tell_course(struct story *story, const struct variant *variant, bool fully)
{
    char low[UNITS_TEXT_MAX];
    char high[UNITS_TEXT_MAX];
    struct course course;
    course_find(&course, variant);
    if (variant->total.successes == 0) {
        if (!target_is_unknown(&variant->total))
            story_add(story, " No request of %s succeeded.", variant->name);
        return COURSE_UNKNOWN;
    }
    if (!course.is_long_enough) {
        if (fully)
            story_add(story, " %s has too few whole seconds to show a course.", variant->name);
        return COURSE_UNKNOWN;
    }
    tell_what_stands_out(story, variant, &course);
    if (tell_drift(story, variant))
        return COURSE_UNEVEN;
    if (course.stalls.count > 0 || course.slow.count > 0)
        return COURSE_UNEVEN;
    if (course.has_p99 && fully)
        story_add(story, " %s was steady, with p99 of a %s between %s and %s.", variant->name,
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
    const bool has_warmup = variant->run_count > 0 && variant->runs[0].warmup_ns > 0;
    uint64_t errors = 0;
    size_t first = timeline->bin_count;
    for (size_t i = 0; i < timeline->bin_count; i++) {
        const uint64_t own = timeline_errors(&timeline->bins[i]);
        errors += own;
        first = own > 0 && i < first ? i : first;
    }
    if (errors > 0)
        story_add(
            story, " %s request%s of %s%s did not succeed, the first at %s.",
            units_format_count(errors, number), errors == 1 ? "" : "s", variant->name,
            has_warmup && errors > target_failed(&variant->total) ? ", warm-up included," : "",
            markup_moment(bin_s * (double)first, bin_s * (double)timeline->bin_count, moment));
}

void story_tell_time(struct story *story, const struct report *report)
{
    const bool fully = report->variant_count <= STORY_TOLD_MAX;
    char number[UNITS_TEXT_MAX];
    uint64_t errors = 0;
    size_t steady = 0;
    bool thin = false;
    struct story_told told = {0};
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        const size_t size = strlen(story->text);
        const enum course_kind kind = tell_course(story, variant, fully);
        steady += kind == COURSE_STEADY;
        thin = thin || kind == COURSE_THIN;
        if (variant->total.successes > 0)
            tell_errors(story, variant);
        story_end_variant(story, &told, size);
        for (size_t k = 0; k < variant->timeline.bin_count; k++)
            errors += timeline_errors(&variant->timeline.bins[k]);
    }
    story_tell_untold(story, &told);
    if (steady > 0 && !fully)
        story_add(story, " Of %zu runs, %s %s steady.", report->variant_count,
                  story_number(steady, number), steady == 1 ? "was" : "were");
    if (thin)
        story_add(story,
                  " Where a second has fewer than %u requests, its p99 is its slowest request.",
                  COURSE_SECOND_REQUESTS);
    if (errors == 0)
        story_add(story, " No request failed.");
}
