/* story_lead.c - what is read under the headline: the difference, how sure it is, the failures, and
 * whether the generator is to blame. */
#include "story_parts.h"

#include "worth.h"

#include <math.h>
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

/* How often chance would do the same: "in under 1 of 1,000 comparisons". */
static void tell_chance(struct story *story, double p)
{
    if (p < 0.001)
        story_add(story, " would show by chance in fewer than one of 1,000 comparisons");
    else if (p < 0.05)
        story_add(story, " would show by chance in one of %.0f comparisons", floor(1 / p));
    else
        story_add(story, " would show by chance in %.0f of 100 comparisons", fmin(99, p * 100));
}

/* What the answer rests on: runs as the units, or the course of two runs alone. */
static void tell_sureness(struct story *story, const struct report *report,
                          const struct comparison *comparison)
{
    const struct contrast *contrast = &comparison->headline.contrast;
    char base[UNITS_TEXT_MAX];
    char other[UNITS_TEXT_MAX];
    const size_t base_runs = report->variants[comparison->base].run_count;
    const size_t other_runs = report->variants[comparison->other].run_count;
    if (isnan(contrast->low))
        return;
    if (comparison->basis == CONTRAST_TWO_RUNS) {
        story_add(story, " This holds within these two runs, 19 times in 20; what differs from run to "
                         "run only repeats of each, in groups, can show.");
        return;
    }
    story_number(base_runs, base);
    story_number(other_runs, other);
    story_add(story, " Of %s run%s against %s, so large a difference", other,
              other_runs == 1 ? "" : "s", base);
    tell_chance(story, contrast->p);
    if (contrast->is_doubted)
        story_add(story, "; their ranks disagree, so that it hangs on few of the runs");
    else if (!isnan(contrast->p_rank) && (contrast->p < 0.05) == (contrast->p_rank < 0.05))
        story_add(story, ", and their ranks agree");
    if (contrast->quality == INTERVAL_FAIR)
        story_add(story, "; fewer than %u runs a side are little to go by", CONTRAST_RUNS_GOOD);
    story_add(story, ".");
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

/* Whether any run is limited by the generator, or judged so badly. */
static const struct variant *find_blamed(const struct report *report, enum run_verdict verdict)
{
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        if (variant->verdict == verdict)
            return variant;
    }
    return NULL;
}

static void tell_blame(struct story *story, const struct report *report)
{
    char before[UNITS_TEXT_MAX];
    char after[UNITS_TEXT_MAX];
    const int64_t send = largest_median(report, SERIES_SEND_LAG);
    const int64_t receive = largest_median(report, SERIES_RECEIVE_LAG);
    const struct variant *invalid = find_blamed(report, RUN_INVALID);
    const struct variant *suspect = find_blamed(report, RUN_SUSPECT);
    if (invalid)
        story_add(story, " The generator is to blame for some of it: %s is invalid.", invalid->name);
    else if (suspect)
        story_add(story, " %s is suspect, for the reason that stands with it.", suspect->name);
    if (send < 0 || receive < 0)
        return;
    story_add(story, "%s the median %s took %s%s to send and %s to see an answer.",
              invalid || suspect ? " At" : " The generator is not to blame: at",
              invalid || suspect ? "the generator" : "it",
              report->variant_count > 1 ? "at most " : "", units_format_time(send, before),
              units_format_time(receive, after));
}

/* What a run's figures depend on beside the server: how long it lasted. */
static void tell_drifts(struct story *story, const struct report *report)
{
    struct story_told told = {0};
    for (size_t i = 0; i < report->variant_count; i++) {
        char text[WORTH_TEXT_MAX];
        const size_t size = strlen(story->text);
        if (worth_drift(&report->variants[i], text))
            story_add(story, " %s drifted: its median %s, so that its figures depend on how long it ran.",
                      report->variants[i].name, text);
        story_end_variant(story, &told, size);
    }
    story_tell_untold(story, &told);
}

void story_tell_lead(struct story *story, const struct report *report)
{
    char name[DISTRIBUTION_NAME_MAX];
    const uint32_t deepest = story_deepest_ppm(report->variants, report->variant_count);
    const bool is_pair = report->comparison_count == 1 && report->comparisons[0].is_shown;
    story->text[0] = '\0';
    if (is_pair)
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
    if (is_pair)
        tell_sureness(story, report, &report->comparisons[0]);
    tell_drifts(story, report);
    tell_failures(story, report);
    tell_blame(story, report);
}
