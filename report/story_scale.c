/* story_scale.c - what the scale was found to err by, and which differences lie within that. */
#include "story_parts.h"

#include <stdlib.h>
#include <string.h>

/* Whether two variants' service times at a percentile differ, and by no more than the scale errs. */
static bool is_within(const struct variant *base, const struct variant *other, uint32_t ppm,
                      int64_t error_ns)
{
    const struct distribution *left = &base->total.series[SERIES_SERVICE];
    const struct distribution *right = &other->total.series[SERIES_SERVICE];
    if (distribution_count(left) == 0 || distribution_count(right) == 0)
        return false;
    const int64_t difference_ns =
        distribution_at_ppm(left, ppm) - distribution_at_ppm(right, ppm);
    return difference_ns != 0 && llabs(difference_ns) <= error_ns;
}

/* "The p50 of b and a lie closer together than that." */
static void tell_within(struct story *story, const struct report *report,
                        const struct comparison *comparison, const struct scale_spread *error)
{
    const struct variant *base = &report->variants[comparison->base];
    const struct variant *other = &report->variants[comparison->other];
    const bool median = is_within(base, other, 500000, error->p50_ns);
    const bool tail = is_within(base, other, 990000, error->p99_ns);
    if (median || tail)
        story_add(story,
                  " The service times of %s and %s lie closer together than that at %s: this scale "
                  "cannot tell them apart there.",
                  base->name, other->name, median && tail ? "p50 and p99" : median ? "p50" : "p99");
}

/* Runs of different days may have different calibrations. */
static bool is_weighed_once(const struct report *report)
{
    const struct scale *first = NULL;
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct scale *scale = variant_scale(&report->variants[i]);
        if (scale && first && !scale_is_same(scale, first))
            return false;
        first = scale ? scale : first;
    }
    return true;
}

void story_tell_scale(struct story *story, const struct report *report)
{
    char median[UNITS_TEXT_MAX];
    char tail[UNITS_TEXT_MAX];
    char far[UNITS_TEXT_MAX];
    struct scale_spread error;
    struct story_told told = {0};
    const enum scale_source source =
        scale_error(report->variants, report->variant_count, &error);
    story->text[0] = '\0';
    if (source == SCALE_NONE)
        return;
    story_add(story,
              source == SCALE_STAMPS
                  ? " Weighed against the kernel's transmit stamps with nothing else to do, service "
                    "time was too long by %s%s at p50, %s at p99 and %s at p99.9."
                  : " Weighed against a server's own word with nothing else to do, service time was "
                    "longer by %s%s at p50, %s at p99 and %s at p99.9, the loopback and that server's "
                    "lateness included.",
              is_weighed_once(report) ? "" : "at most ", units_format_time(error.p50_ns, median),
              units_format_time(error.p99_ns, tail), units_format_time(error.p999_ns, far));
    story_add(story, " The grey band is that: a difference between runs that is no larger means "
                     "nothing.");
    for (size_t i = 0; i < report->comparison_count; i++) {
        const size_t size = strlen(story->text);
        tell_within(story, report, &report->comparisons[i], &error);
        story_end_variant(story, &told, size);
    }
    if (told.untold > 0)
        story_add(story, " The same holds for more of these runs.");
}
