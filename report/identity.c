/* identity.c - equalities, and the sentences that tell where they fail. */
#include "identity.h"

#include "folder.h"
#include "units.h"

static uint64_t sum_of(const uint64_t outcomes[OUTCOME_COUNT])
{
    uint64_t sum = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        sum += outcomes[i];
    return sum;
}

/* Blames the run unless the two counts are the same. */
static void hold(struct run *run, uint64_t left, const char *left_name, uint64_t right,
                 const char *right_name)
{
    char left_text[UNITS_TEXT_MAX];
    char right_text[UNITS_TEXT_MAX];
    if (left != right)
        folder_blame(run, RUN_INVALID, "identity_broken", "%s %s, but %s %s",
                     units_format_count(left, left_text), left_name,
                     units_format_count(right, right_text), right_name);
}

static void check_document(struct run *run)
{
    const struct run_totals *totals = &run->totals;
    hold(run, totals->due, "requests were due", totals->requests, "are told of in run.json");
    hold(run, totals->requests, "requests ended in run.json", sum_of(run->outcomes),
         "outcomes are counted there");
    hold(run, run->measured_requests, "requests were measured", sum_of(run->measured_outcomes),
         "outcomes of the measured phase are counted");
}

static void check_whole_samples(struct run *run, const struct samples_seen *seen)
{
    const struct run_totals *totals = &run->totals;
    hold(run, totals->due, "requests were due", seen->ended, "rows of samples.csv end a request");
    if (seen->distinct_checked)
        hold(run, totals->due, "requests were due", seen->distinct,
             "different ones are in samples.csv");
    hold(run, totals->attempts, "attempts were made", seen->rows, "rows are in samples.csv");
    hold(run, run->measured_requests, "requests were measured", seen->measured,
         "rows of samples.csv say so");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        hold(run, run->outcomes[i], outcome_sentence((enum outcome)i), seen->outcomes[i],
             "rows of samples.csv say so");
}

void identity_check(struct run *run, const struct samples_seen *seen)
{
    if (!run->is_measured)
        return;
    check_document(run);
    if (!seen)
        return;
    hold(run, run->totals.rows, "rows were written", seen->rows, "are in samples.csv");
    if (run->config.samples == RUN_SAMPLES_ALL)
        check_whole_samples(run, seen);
}

void identity_check_buckets(struct run *run, const struct buckets_seen *seen)
{
    if (!run->is_measured || run->totals.attempts != run->totals.requests)
        return;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        hold(run, run->measured_outcomes[i], outcome_sentence((enum outcome)i), seen->outcomes[i],
             "are counted in histograms.csv");
}

void identity_check_seconds(struct run *run, const struct second_rows_seen *seen)
{
    if (!run->is_measured)
        return;
    hold(run, run->measured_sent, "requests were sent while measured", seen->measured_sent,
         "are counted in seconds.csv");
    hold(run, run->measured_done, "requests were done while measured", seen->measured_done,
         "are counted in seconds.csv");
}
