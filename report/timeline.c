/* timeline.c - bins that grow in length instead of in number. */
#include "timeline.h"

#include "check.h"
#include "limits.h"
#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BIN_FIRST_NS NS_PER_S
#define BIN_SECOND_NS (10 * NS_PER_S) /* the length of histograms.csv's longest slices */
#define BIN_DIGITS 2                  /* those of histograms.csv's slices */

/* histograms.csv has slices of 10 s after ten minutes: before that, bins must be able to be 1 s. */
static_assert(TIMELINE_BINS_MAX * BIN_FIRST_NS >= 600 * NS_PER_S, "no bin is shorter than a slice");

int timeline_init(struct timeline *timeline)
{
    memset(timeline, 0, sizeof *timeline);
    timeline->bin_ns = BIN_FIRST_NS;
    timeline->bins = calloc(TIMELINE_BINS_MAX, sizeof *timeline->bins);
    timeline->histograms = calloc(TIMELINE_BINS_MAX, sizeof *timeline->histograms);
    timeline->cells = calloc(TIMELINE_BINS_MAX * TIMELINE_ROWS, sizeof *timeline->cells);
    if (!timeline->bins || !timeline->histograms || !timeline->cells)
        return -ENOMEM;
    for (size_t i = 0; i < TIMELINE_BINS_MAX; i++)
        histogram_init(&timeline->histograms[i], BIN_DIGITS);
    return 0;
}

static void free_histograms(struct timeline *timeline)
{
    for (size_t i = 0; timeline->histograms && i < TIMELINE_BINS_MAX; i++)
        histogram_free(&timeline->histograms[i]);
    free(timeline->histograms);
    timeline->histograms = NULL;
}

void timeline_free(struct timeline *timeline)
{
    free_histograms(timeline);
    free(timeline->bins);
    free(timeline->cells);
    timeline->bins = NULL;
    timeline->cells = NULL;
    timeline->bin_count = 0;
}

void timeline_add(struct time_bin *to, const struct time_bin *from)
{
    to->due += from->due;
    to->sent += from->sent;
    to->done += from->done;
    to->bytes_out += from->bytes_out;
    to->bytes_in += from->bytes_in;
    to->in_flight += from->in_flight;
    to->backlog += from->backlog;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        to->outcomes[i] += from->outcomes[i];
    for (int i = 0; i < TIME_USERS; i++) {
        to->uses[i].cpu_ns += from->uses[i].cpu_ns;
        to->uses[i].watched_ns += from->uses[i].watched_ns;
        to->uses[i].resident_bytes += from->uses[i].resident_bytes;
        to->uses[i].readings += from->uses[i].readings;
    }
}

/* Joins `factor` neighbours into one bin, all along. */
static int lengthen_bins(struct timeline *timeline, size_t factor)
{
    for (size_t i = 1; i < timeline->bin_count; i++) {
        const size_t to = i / factor;
        if (to == i)
            continue;
        if (i % factor == 0) {
            /* The first of its group moves; its place is left empty for nobody or a later move. */
            timeline->bins[to] = timeline->bins[i];
            const struct histogram moved = timeline->histograms[i];
            timeline->histograms[i] = timeline->histograms[to];
            timeline->histograms[to] = moved;
        } else {
            timeline_add(&timeline->bins[to], &timeline->bins[i]);
            const int result = histogram_merge(&timeline->histograms[to], &timeline->histograms[i]);
            if (result != 0)
                return result;
        }
        memset(&timeline->bins[i], 0, sizeof timeline->bins[i]);
        histogram_free(&timeline->histograms[i]);
    }
    timeline->bin_count = (timeline->bin_count + factor - 1) / factor;
    timeline->bin_ns *= (int64_t)factor;
    return 0;
}

static int find_index(struct timeline *timeline, int64_t start_ns, size_t *index)
{
    CHECK(start_ns, >=, 0);
    CHECK(start_ns, <, 2 * LIMIT_TIME_MAX_NS);
    while (start_ns / timeline->bin_ns >= TIMELINE_BINS_MAX) {
        const size_t factor = timeline->bin_ns == BIN_FIRST_NS ? BIN_SECOND_NS / BIN_FIRST_NS : 2;
        const int result = lengthen_bins(timeline, factor);
        if (result != 0)
            return result;
    }
    *index = (size_t)(start_ns / timeline->bin_ns);
    if (*index >= timeline->bin_count)
        timeline->bin_count = *index + 1;
    return 0;
}

int timeline_bin(struct timeline *timeline, int64_t start_ns, struct time_bin **bin)
{
    size_t index;
    const int result = find_index(timeline, start_ns, &index);
    if (result == 0)
        *bin = &timeline->bins[index];
    return result;
}

int timeline_record(struct timeline *timeline, int64_t start_ns,
                    const struct histogram_bucket *bucket)
{
    size_t index;
    const int result = find_index(timeline, start_ns, &index);
    if (result != 0)
        return result;
    return histogram_record(&timeline->histograms[index], bucket->high_ns, bucket->count);
}

double timeline_row_ns(size_t row)
{
    return pow(10, (double)row / TIMELINE_ROWS_A_DECADE);
}

static void count_cells(uint32_t cells[TIMELINE_ROWS], const struct histogram *histogram)
{
    struct histogram_bucket bucket;
    uint32_t cursor = 0;
    while (histogram_next(histogram, &cursor, &bucket)) {
        const double middle = ((double)bucket.low_ns + (double)bucket.high_ns) / 2;
        const double place = middle > 1 ? floor(log10(middle) * TIMELINE_ROWS_A_DECADE) : 0;
        uint32_t *cell = &cells[place < TIMELINE_ROWS ? (size_t)place : TIMELINE_ROWS - 1];
        const uint64_t sum = *cell + bucket.count;
        *cell = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
}

void timeline_finish(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->bin_count; i++) {
        const struct histogram *h = &timeline->histograms[i];
        struct time_bin *bin = &timeline->bins[i];
        bin->latency_count = h->count;
        bin->p50_ns = histogram_at_rank(h, units_rank(h->count, 500000));
        bin->p90_ns = histogram_at_rank(h, units_rank(h->count, 900000));
        bin->p99_ns = histogram_at_rank(h, units_rank(h->count, 990000));
        bin->max_ns = h->count == 0 ? 0 : h->max_ns;
        if (h->count > 0)
            count_cells(&timeline->cells[i * TIMELINE_ROWS], h);
    }
    free_histograms(timeline);
}

uint64_t timeline_errors(const struct time_bin *bin)
{
    uint64_t errors = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS)
            errors += bin->outcomes[i];
    return errors;
}

double timeline_cpu_share(const struct time_bin *bin, enum time_user user)
{
    const struct time_use *use = &bin->uses[user];
    return use->watched_ns > 0 ? (double)use->cpu_ns / (double)use->watched_ns : NAN;
}

double timeline_resident_bytes(const struct time_bin *bin, enum time_user user)
{
    const struct time_use *use = &bin->uses[user];
    return use->readings > 0 ? (double)use->resident_bytes / (double)use->readings : NAN;
}

double timeline_rate(const struct timeline *timeline, uint64_t count, size_t runs)
{
    return runs == 0 ? 0.0
                     : (double)count * (double)NS_PER_S / ((double)timeline->bin_ns * (double)runs);
}
