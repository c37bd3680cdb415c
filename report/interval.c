/* interval.c - design effects over blocks, and the ranks that they leave in doubt. */
#include "interval.h"

#include "check.h"
#include "statistics.h"

#include <math.h>
#include <string.h>

#define TAIL ((1 - INTERVAL_CONFIDENCE) / 2)

/* What of each block is looked at, as a ratio. */
enum view_kind {
    VIEW_ABOVE,    /* values above a bin, of its values */
    VIEW_ALL,      /* all of them */
    VIEW_FAILURES, /* failures, of its requests */
    VIEW_SUM,      /* the sum of its values, of their number */
    VIEW_COUNT     /* its requests, of one block */
};

struct view {
    const struct scatter *scatter;
    enum view_kind kind;
    size_t bin;      /* VIEW_ABOVE */
    bool has_failed; /* failures count as above, and as requests */
    size_t width;    /* how many blocks are taken as one */
};

static double part_of(const struct view *view, size_t block)
{
    const struct scatter *scatter = view->scatter;
    const double failed = view->has_failed ? (double)scatter->failed[block] : 0;
    switch (view->kind) {
    case VIEW_ABOVE: return (double)scatter->above[view->bin * scatter->blocks + block] + failed;
    case VIEW_ALL:
    case VIEW_COUNT: return (double)scatter->counts[block] + failed;
    case VIEW_FAILURES: return failed;
    case VIEW_SUM: return scatter->sums_ns[block];
    }
    check_failed(__FILE__, __LINE__, "kind is known", view->kind, 0);
}

static double whole_of(const struct view *view, size_t block)
{
    const struct scatter *scatter = view->scatter;
    if (view->kind == VIEW_COUNT)
        return 1;
    return (double)scatter->counts[block] + (view->has_failed ? (double)scatter->failed[block] : 0);
}

/* How a share scatters over blocks. */
struct spread {
    double share;
    double variance; /* of the share, a squared standard error */
    double lag;      /* correlation of neighbours */
    size_t blocks;
};

/* The linearized variance of a ratio of sums (Cochran 1977, section 6.3), blocks being the units.
 */
static struct spread spread_of(const struct view *view)
{
    const size_t blocks = view->scatter->blocks / view->width;
    struct spread spread = {.blocks = blocks};
    double parts = 0;
    double wholes = 0;
    for (size_t b = 0; b < blocks * view->width; b++) {
        parts += part_of(view, b);
        wholes += whole_of(view, b);
    }
    spread.share = parts / wholes;
    double squares = 0;
    double products = 0;
    double before = 0;
    for (size_t b = 0; b < blocks; b++) {
        double gap = 0;
        for (size_t i = b * view->width; i < (b + 1) * view->width; i++)
            gap += part_of(view, i) - spread.share * whole_of(view, i);
        squares += gap * gap;
        products += b > 0 ? gap * before : 0;
        before = gap;
    }
    spread.variance = squares / (wholes * wholes) * (double)blocks / ((double)blocks - 1);
    spread.lag = squares > 0 ? products / squares : 0;
    return spread;
}

/* The spread over blocks, over pairs of them where neighbours are alike. */
static struct spread find_spread(struct view *view, bool *is_correlated)
{
    view->width = 1;
    struct spread spread = spread_of(view);
    *is_correlated = false;
    if (view->scatter->are_runs || spread.lag <= 2 / sqrt((double)spread.blocks) ||
        spread.blocks < SCATTER_BLOCKS)
        return spread;
    view->width = 2;
    spread = spread_of(view);
    *is_correlated = spread.lag > 2 / sqrt((double)spread.blocks);
    return spread;
}

static void set_none(struct interval *interval, double value, uint64_t count)
{
    *interval = (struct interval){.quality = INTERVAL_NONE,
                                  .value = value,
                                  .low = NAN,
                                  .high = NAN,
                                  .count = count,
                                  .design_effect = NAN,
                                  .effective = NAN,
                                  .tail = NAN};
}

/* Takes the design effect of a share from a view, where it is the largest so far. */
static void take_effect(struct interval *interval, struct view *view, double requests)
{
    bool is_correlated;
    const struct spread spread = find_spread(view, &is_correlated);
    if (!(spread.share > 0 && spread.share < 1))
        return;
    const double independent = spread.share * (1 - spread.share) / requests;
    const double effect = spread.variance / independent;
    if (interval->blocks > 0 && !(effect > interval->design_effect))
        return;
    interval->design_effect = effect > 1 ? effect : 1;
    interval->blocks = (uint32_t)spread.blocks;
    interval->is_correlated = is_correlated;
}

/* Requests that count as independent: Korn and Graubard's, with the price of Student's t. */
static void set_effective(struct interval *interval, double requests)
{
    const double price = statistics_normal_quantile(1 - TAIL) /
                         statistics_student_quantile(1 - TAIL, (double)interval->blocks - 1);
    interval->effective = requests / interval->design_effect * price * price;
}

static void grade(struct interval *interval)
{
    interval->quality = interval->tail >= INTERVAL_GOOD_TAIL   ? INTERVAL_GOOD
                        : interval->tail >= INTERVAL_FAIR_TAIL ? INTERVAL_FAIR
                                                               : INTERVAL_UNRESOLVED;
}

/* The exact binomial interval of a share, for a number of requests that need not be whole. */
static void bound_share(double share, double requests, double *low, double *high)
{
    const double hits = share * requests;
    const double rest = requests - hits;
    *low = hits > 0 ? statistics_beta_quantile(TAIL, hits, rest + 1) : 0;
    *high = rest > 0 ? statistics_beta_quantile(1 - TAIL, hits + 1, rest) : 1;
}

uint64_t interval_rank(double p, uint64_t count)
{
    const double rank = ceil(p * (double)count - 1e-6);
    return rank < 1 ? 1 : rank > (double)count ? count : (uint64_t)rank;
}

/* The value at a rank among those that succeeded and then those that did not. */
static double value_at(const struct distribution *values, uint64_t rank)
{
    return rank > distribution_count(values) ? INFINITY
                                             : (double)distribution_at_rank(values, rank);
}

void interval_of_percentile(struct interval *interval, const struct scatter *scatter,
                            const struct distribution *values, double p, bool is_of_all)
{
    const bool has_scatter = scatter && scatter->blocks > 1;
    const uint64_t failed = is_of_all && has_scatter ? scatter_failed(scatter) : 0;
    const uint64_t count = distribution_count(values) + failed;
    CHECK(p > 0 && p < 1, ==, 1);
    if (count == 0) {
        set_none(interval, NAN, 0);
        return;
    }
    const double value = value_at(values, interval_rank(p, count));
    set_none(interval, value, count);
    if (!has_scatter || scatter_count(scatter) == 0)
        return;
    /* The share above the value is known at both edges of its bucket. */
    struct view view = {.scatter = scatter, .has_failed = is_of_all};
    const size_t bin = isfinite(value) ? scatter_bin_of(scatter, (int64_t)value) : scatter->bins;
    view.kind = bin < scatter->bins ? VIEW_ABOVE : VIEW_FAILURES;
    view.bin = bin;
    take_effect(interval, &view, (double)count);
    view.kind = bin > 0 ? VIEW_ABOVE : VIEW_ALL;
    view.bin = bin - 1;
    take_effect(interval, &view, (double)count);
    if (interval->blocks == 0) { /* all values are in one bucket, and tell of no scatter in it */
        interval->design_effect = 1;
        interval->blocks = (uint32_t)scatter->blocks;
    }
    interval->are_runs = scatter->are_runs;
    set_effective(interval, (double)count);
    interval->tail = interval->effective * fmin(p, 1 - p);
    grade(interval);
    double low;
    double high;
    bound_share(p, interval->effective, &low, &high);
    interval->low = value_at(values, interval_rank(low, count));
    interval->high = value_at(values, interval_rank(high, count));
    interval->is_open = high * (double)count > (double)count - 1;
}

void interval_of_failures(struct interval *interval, const struct scatter *scatter)
{
    const uint64_t count = scatter_count(scatter) + scatter_failed(scatter);
    struct view view = {.scatter = scatter, .kind = VIEW_FAILURES, .has_failed = true};
    set_none(interval, count ? (double)scatter_failed(scatter) / (double)count : NAN, count);
    if (scatter->blocks < 2 || count == 0)
        return;
    take_effect(interval, &view, (double)count);
    if (interval->blocks == 0) { /* none failed, or all: as independent as they come */
        interval->design_effect = 1;
        interval->blocks = (uint32_t)scatter->blocks;
    }
    interval->are_runs = scatter->are_runs;
    set_effective(interval, (double)count);
    interval->tail = interval->effective * fmin(interval->value, 1 - interval->value);
    grade(interval);
    bound_share(interval->value, interval->effective, &interval->low, &interval->high);
}

/* Values' own variance, from the middles of their buckets. */
static double variance_of_values(const struct scatter *scatter, double mean)
{
    double squares = 0;
    double before = (double)scatter_count(scatter);
    for (size_t bin = 0; bin < scatter->bins; bin++) {
        double left = 0;
        for (size_t b = 0; b < scatter->blocks; b++)
            left += (double)scatter->above[bin * scatter->blocks + b];
        const double gap =
            ((double)scatter->low_ns[bin] + (double)scatter->high_ns[bin]) / 2 - mean;
        squares += (before - left) * gap * gap;
        before = left;
    }
    return squares / (double)scatter_count(scatter);
}

/* Value and interval of a mean over blocks: value +- t times its standard error. */
static void bound_mean(struct interval *interval, const struct spread *spread, double value)
{
    const double error =
        sqrt(spread->variance) * statistics_student_quantile(1 - TAIL, (double)spread->blocks - 1);
    interval->low = fmax(0, value - error);
    interval->high = value + error;
    interval->blocks = (uint32_t)spread->blocks;
}

void interval_of_mean(struct interval *interval, const struct scatter *scatter)
{
    struct view view = {.scatter = scatter, .kind = VIEW_SUM};
    const double count = (double)scatter_count(scatter);
    set_none(interval, NAN, (uint64_t)count);
    if (scatter->blocks < 2 || count < 2)
        return;
    const struct spread spread = find_spread(&view, &interval->is_correlated);
    const double independent = variance_of_values(scatter, spread.share) / count;
    interval->value = spread.share;
    interval->are_runs = scatter->are_runs;
    bound_mean(interval, &spread, spread.share);
    interval->design_effect = independent > 0 ? fmax(1, spread.variance / independent) : 1;
    set_effective(interval, count);
    interval->tail = interval->effective / 2;
    grade(interval);
}

void interval_of_rate(struct interval *interval, const struct scatter *scatter, double per_s)
{
    struct view view = {.scatter = scatter, .kind = VIEW_COUNT, .has_failed = true};
    const double count = (double)(scatter_count(scatter) + scatter_failed(scatter));
    set_none(interval, per_s, (uint64_t)count);
    if (scatter->blocks < 2 || count < 2)
        return;
    struct spread spread = find_spread(&view, &interval->is_correlated);
    const double scale = per_s / spread.share;
    spread.variance *= scale * scale;
    interval->are_runs = scatter->are_runs;
    bound_mean(interval, &spread, per_s);
    interval->design_effect = 1;
    set_effective(interval, count);
    interval->tail = interval->effective / 2;
    grade(interval);
}

const char *interval_quality_name(enum interval_quality quality)
{
    static const char *const names[] = {"none", "unresolved", "fair", "good"};
    CHECK(quality, <, INTERVAL_QUALITY_COUNT);
    return names[quality];
}
