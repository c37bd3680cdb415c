/* story_lead.c - what is read under the headline: the difference, the failures, the generator's
 * weight. */
#include "story_parts.h"

#include <string.h>

/* "from p50 to p95" of a stretch of percentiles that go the same way. */
static void tell_way(struct story *story, const struct compare_row *first,
                     const struct compare_row *last)
{
    static const char *const ways[] = {[COMPARE_UNSURE] = "not told apart",
                                       [COMPARE_SAME] = "about the same",
                                       [COMPARE_BETTER] = "faster",
                                       [COMPARE_WORSE] = "slower"};
    story_add(story, first == last ? " %s at %s" : " %s from %s to %s", ways[first->answer],
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
            story_add(story,
                      is_partial ? "Against %s, what succeeded of %s is" : "Against %s, %s is",
                      base->name, other->name);
            first = row;
        } else if (row->answer != first->answer) {
            tell_way(story, first, last);
            story_add(story, ",");
            first = row;
        }
        last = row;
    }
    if (first)
        tell_way(story, first, last);
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
    story_add(story, " %s of %s requests of %s",
              units_format_count(target_failed(&variant->total), some),
              units_format_count(total->requests, all), variant->name);
    if (most >= 0 && total->outcomes[most] == target_failed(&variant->total))
        story_add(story, " %s.", outcome_sentence((enum outcome)most));
    else if (most >= 0)
        story_add(story, " did not succeed; %s of them %s.",
                  units_format_count(total->outcomes[most], some),
                  outcome_sentence((enum outcome)most));
    else
        story_add(story, " did not succeed.");
}

static void tell_failures(struct story *story, const struct report *report)
{
    uint64_t total = 0;
    uint64_t requests = 0;
    bool unknown = false;
    struct story_told told = {0};
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        unknown = unknown || target_is_unknown(&variant->total);
        total += target_failed(&variant->total);
        requests += variant->total.requests;
        const size_t size = strlen(story->text);
        if (target_failed(&variant->total) > 0)
            tell_failed(story, variant);
        story_end_variant(story, &told, size);
    }
    story_tell_untold(story, &told);
    if (requests == 0)
        story_add(story, unknown ? " No latency is known." : " No request was measured.");
    else if (total == 0 && !unknown &&
             report->variant_count > 1) /* of one run the headline says so */
        story_add(story, " No request failed.");
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
    char name[DISTRIBUTION_NAME_MAX];
    char before[UNITS_TEXT_MAX];
    char after[UNITS_TEXT_MAX];
    const uint32_t deepest = story_deepest_ppm(report->variants, report->variant_count);
    story->text[0] = '\0';
    if (report->comparison_count == 1 && report->comparisons[0].is_shown)
        tell_difference(story, report, &report->comparisons[0]);
    const bool differs = story->text[0] != '\0';
    if (deepest == 0)
        story_add(story, differs ? "; too few requests succeeded to tell more."
                                 : "Too few requests succeeded to speak of percentiles.");
    else if (deepest < distribution_percentiles_ppm[DISTRIBUTION_PERCENTILES - 1])
        story_add(story,
                  differs ? "; beyond %s too few requests were seen to tell."
                          : "Beyond %s too few requests were seen to tell.",
                  distribution_percentile_name(deepest, name));
    else
        story_add(story, differs ? "." : "");
    tell_failures(story, report);
    const int64_t send = largest_median(report, SERIES_SEND_LAG);
    const int64_t receive = largest_median(report, SERIES_RECEIVE_LAG);
    if (send >= 0 && receive >= 0)
        story_add(story, " At the median the generator took %s%s to send and %s to see an answer.",
                  report->variant_count > 1 ? "at most " : "", units_format_time(send, before),
                  units_format_time(receive, after));
}
