/* story.c - rules first, words after: every claim is looked up in the report before it is made. */
#include "story_parts.h"

#include "units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void story_add(struct story *story, const char *format, ...)
{
    const size_t used = strlen(story->text);
    va_list arguments;
    if (used == 0 && *format == ' ')
        format++;
    va_start(arguments, format);
    vsnprintf(story->text + used, sizeof story->text - used, format, arguments);
    va_end(arguments);
}

void story_end_variant(struct story *story, struct story_told *told, size_t size)
{
    if (story->text[size] == '\0')
        return;
    if (told->told < STORY_TOLD_MAX) {
        told->told++;
        return;
    }
    story->text[size] = '\0';
    told->untold++;
}

void story_tell_untold(struct story *story, const struct story_told *told)
{
    char number[UNITS_TEXT_MAX];
    if (told->untold > 0)
        story_add(story, " The tables tell of %s more run%s.", story_number(told->untold, number),
                  told->untold == 1 ? "" : "s");
}

char *story_number(uint64_t number, char text[UNITS_TEXT_MAX])
{
    static const char *const words[] = {"no",  "one",   "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    if (number < sizeof words / sizeof words[0])
        snprintf(text, UNITS_TEXT_MAX, "%s", words[number]);
    else
        units_format_count(number, text);
    return text;
}

uint32_t story_deepest_ppm(const struct variant *variants, size_t count)
{
    uint32_t deepest = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t own = 0;
        for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
            if (distribution_is_resolved(variant_latency(&variants[k]),
                                         distribution_percentiles_ppm[i]))
                own = distribution_percentiles_ppm[i];
        }
        if (own > 0 && (deepest == 0 || own < deepest))
            deepest = own;
    }
    return deepest;
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

void story_tell_spread(struct story *story, const struct report *report)
{
    char half[UNITS_TEXT_MAX];
    char rare[UNITS_TEXT_MAX];
    char most[UNITS_TEXT_MAX];
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count && i < STORY_TOLD_MAX; i++) {
        const struct variant *variant = &report->variants[i];
        const struct distribution *latency = variant_latency(variant);
        const uint32_t deepest = story_deepest_ppm(variant, 1);
        if (distribution_count(latency) == 0) {
            story_add(story,
                      target_is_unknown(&variant->total) ? " No latency of %s is known."
                                                         : " No request of %s succeeded.",
                      variant->name);
            continue;
        }
        if (distribution_count(latency) == 1) {
            story_add(story, " The one request of %s that succeeded took %s.", variant->name,
                      units_format_time(distribution_max_ns(latency), most));
            continue;
        }
        story_add(story, " Half of the %srequests of %s took %s or less",
                  target_failed(&variant->total) ? "successful " : "", variant->name,
                  units_format_time(distribution_at_ppm(latency, 500000), half));
        if (one_in(deepest))
            story_add(story, "; %s took longer than %s", one_in(deepest),
                      units_format_time(distribution_at_ppm(latency, deepest), rare));
        story_add(story, "; the slowest took %s.",
                  units_format_time(distribution_max_ns(latency), most));
    }
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
        story_add(story, " How the requests of %s ended is not known.", name);
    else if (total->requests == 0)
        story_add(story, " %s measured no request.", name);
    else if (total->requests == 1)
        story_add(story, " The one request of %s %s.", name,
                  total->successes ? "succeeded" : "did not succeed");
    else if (total->successes == total->requests)
        story_add(story, " All %s requests of %s succeeded.", all, name);
    else if (total->successes == 0)
        story_add(story, " None of the %s requests of %s succeeded.", all, name);
    else
        story_add(story, " %s of %s requests of %s succeeded.", some, all, name);
}

void story_tell_outcomes(struct story *story, const struct report *report)
{
    size_t whole = 0;
    struct story_told told = {0};
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct target *total = &report->variants[i].total;
        const bool is_whole = total->requests > 0 && total->successes == total->requests;
        whole += is_whole;
        const size_t size = strlen(story->text);
        if (!is_whole || report->variant_count <= STORY_TOLD_MAX)
            tell_outcomes(story, &report->variants[i]);
        story_end_variant(story, &told, size);
    }
    story_tell_untold(story, &told);
    if (whole > 0 && report->variant_count > STORY_TOLD_MAX)
        story_add(story, " All requests of %s%zu runs succeeded.",
                  whole < report->variant_count ? "the other " : "all ", whole);
}

void story_tell_weight(struct story *story, const struct report *report)
{
    bool closed = false;
    bool open = false;
    story->text[0] = '\0';
    for (size_t i = 0; i < report->variant_count; i++)
        *(report->variants[i].loop == RUN_LOOP_OPEN ? &open : &closed) = true;
    story_add(
        story,
        "The generator's own share in the median request, before and after what the server and "
        "the network took. It is no part of service time, which runs between kernel stamps.");
    if (closed)
        story_add(story,
                  " In closed loop the time before a send holds the time after the answer before "
                  "it: the two are not to be added over requests.");
    if (open)
        story_add(story, " In open loop response time holds what came before the send.");
}
