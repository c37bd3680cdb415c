/* interval.c - design effects over blocks, and the ranks that they leave in doubt. */
#include "interval.h"

#include "check.h"
#include "statistics.h"

#include <math.h>
#include <string.h>

#define TAIL ((1 - INTERVAL_CONFIDENCE) / 2)
#define BLOCKS_LEAST 20u /* pairs of blocks, and degrees of freedom of what is called good */
#define RUNS_GOOD 5u
#define GROWTH_GOOD 2.0 /* of a design effect, from a lower percentile: see find_caution() */
#define GROWTH_FAIR 1.0

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
    double degrees;  /* of freedom of the variance */
    size_t blocks;
};

/* A variance that rests on few blocks, those with a stall in them, is known worse than one to which
 * all have contributed: the degrees of freedom that the kurtosis of what is summed leaves
 * (Satterthwaite's matching of moments). */
static double degrees_of(double squares, double fourths, size_t blocks)
{
    const double most = (double)blocks - 1;
    const double kurtosis = squares > 0 ? fourths * (double)blocks / (squares * squares) : 3;
    const double degrees = kurtosis > 1 ? 2 * (double)blocks / (kurtosis - 1) : most;
    return degrees < 1 ? 1 : degrees < most ? degrees : most;
}

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
    double fourths = 0;
    double products = 0;
    double before = 0;
    for (size_t b = 0; b < blocks; b++) {
        double gap = 0;
        for (size_t i = b * view->width; i < (b + 1) * view->width; i++)
            gap += part_of(view, i) - spread.share * whole_of(view, i);
        squares += gap * gap;
        fourths += gap * gap * gap * gap;
        products += b > 0 ? gap * before : 0;
        before = gap;
    }
    spread.variance = squares / (wholes * wholes) * (double)blocks / ((double)blocks - 1);
    spread.lag = squares > 0 ? products / squares : 0;
    spread.degrees = degrees_of(squares, fourths, blocks);
    return spread;
}

/* The spread over blocks, over pairs of them where neighbours are alike; and what neighbours still
 * have in common then counts twice, as in the variance of a sum. */
static struct spread find_spread(struct view *view, bool *is_correlated)
{
    view->width = 1;
    struct spread spread = spread_of(view);
    *is_correlated = false;
    if (view->scatter->are_runs)
        return spread;
    if (spread.lag > 2 / sqrt((double)spread.blocks) && spread.blocks >= 2 * BLOCKS_LEAST) {
        view->width = 2;
        spread = spread_of(view);
    }
    *is_correlated = spread.lag > 2 / sqrt((double)spread.blocks);
    spread.variance *= 1 + 2 * fmax(0, spread.lag);
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
                                  .tail = NAN,
                                  .degrees = NAN};
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
    interval->degrees = spread.degrees;
    interval->is_correlated = is_correlated;
}

/* Requests that count as independent: Korn and Graubard's, with the price of Student's t. */
static void set_effective(struct interval *interval, double requests)
{
    const double price = statistics_normal_quantile(1 - TAIL) /
                         statistics_student_quantile(1 - TAIL, interval->degrees);
    interval->effective = requests / interval->design_effect * price * price;
}

/* Where no scatter is to be seen: as independent as they come. */
static void assume_independent(struct interval *interval, const struct scatter *scatter)
{
    interval->design_effect = 1;
    interval->blocks = (uint32_t)scatter->blocks;
    interval->degrees = (double)scatter->blocks - 1;
}

/* Gives the class; good_tail, fair_tail: the effective requests beyond, as cautious as it takes. */
static void grade(struct interval *interval, double good_tail, double fair_tail)
{
    const double least = interval->are_runs ? RUNS_GOOD - 1 : BLOCKS_LEAST;
    interval->quality = good_tail >= INTERVAL_GOOD_TAIL && interval->degrees >= least
                            ? INTERVAL_GOOD
                        : fair_tail >= INTERVAL_FAIR_TAIL ? INTERVAL_FAIR
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

/* Takes the design effect at a value. The share above it is known at both edges of its bucket. */
static void take_percentile(struct interval *interval, const struct scatter *scatter, double value,
                            bool has_failed, double requests)
{
    struct view view = {.scatter = scatter, .has_failed = has_failed};
    const size_t bin = isfinite(value) ? scatter_bin_of(scatter, (int64_t)value) : scatter->bins;
    view.kind = bin < scatter->bins ? VIEW_ABOVE : VIEW_FAILURES;
    view.bin = bin;
    take_effect(interval, &view, requests);
    view.kind = bin > 0 ? VIEW_ABOVE : VIEW_ALL;
    view.bin = bin - 1;
    take_effect(interval, &view, requests);
}

/* What lies beyond a percentile comes in clusters no smaller than what lies beyond a lower one. A
 * run that happens to show smaller ones would be called good just when its interval is too narrow.
 * So a class is given by the largest effect of all lower percentiles of the tables, times `growth`
 * or the ratio of what lies beyond, if that is less. Returns by how much that exceeds the effect
 * seen. */
static double find_caution(const struct interval *interval, const struct scatter *scatter,
                           const double effects[DISTRIBUTION_PERCENTILES], double p, double growth)
{
    double most = interval->design_effect;
    for (int i = 0; i < DISTRIBUTION_PERCENTILES && !scatter->are_runs; i++) {
        const double lower = distribution_percentiles_ppm[i] / 1e6;
        if (lower < p)
            most = fmax(most, 1 + (effects[i] - 1) * fmin(growth, (1 - lower) / (1 - p)));
    }
    return most / interval->design_effect;
}

/* The design effects of the tables' percentiles below p; 1 where none is seen. */
static void find_effects(double effects[DISTRIBUTION_PERCENTILES], const struct scatter *scatter,
                         const struct distribution *values, double p, bool has_failed,
                         uint64_t count)
{
    for (int i = 0; i < DISTRIBUTION_PERCENTILES; i++) {
        const double lower = distribution_percentiles_ppm[i] / 1e6;
        struct interval own = {.blocks = 0};
        if (lower < p && !scatter->are_runs)
            take_percentile(&own, scatter, value_at(values, interval_rank(lower, count)),
                            has_failed, (double)count);
        effects[i] = own.blocks > 0 ? own.design_effect : 1;
    }
}

void interval_prepare(struct scatter *scatter, const struct distribution *values)
{
    if (scatter->are_runs || scatter->blocks < 2 || scatter_count(scatter) == 0)
        return;
    find_effects(scatter->effects, scatter, values, 1, false, distribution_count(values));
    scatter->has_effects = true;
}

static void grade_percentile(struct interval *interval, const struct scatter *scatter,
                             const struct distribution *values, double p, bool has_failed)
{
    double effects[DISTRIBUTION_PERCENTILES];
    if (scatter->has_effects && !has_failed)
        memcpy(effects, scatter->effects, sizeof effects);
    else
        find_effects(effects, scatter, values, p, has_failed, interval->count);
    interval->tail = interval->effective * fmin(p, 1 - p);
    grade(interval, interval->tail / find_caution(interval, scatter, effects, p, GROWTH_GOOD),
          interval->tail / find_caution(interval, scatter, effects, p, GROWTH_FAIR));
}

/* The upper end's share, by the scatter above that end where it is the larger one. Runs of a group are
 * too few to tell. */
static double bound_above(const struct interval *interval, const struct scatter *scatter,
                          const struct distribution *values, double p, bool has_failed, double high)
{
    struct interval end = {.blocks = 0};
    double unused;
    if (scatter->are_runs)
        return high;
    take_percentile(&end, scatter, value_at(values, interval_rank(high, interval->count)),
                    has_failed, (double)interval->count);
    if (end.blocks == 0)
        return high;
    set_effective(&end, (double)interval->count);
    if (end.effective < interval->effective)
        bound_share(p, end.effective, &unused, &high);
    return high;
}

void interval_of_percentile(struct interval *interval, const struct scatter *scatter,
                            const struct distribution *values, double p, uint64_t failed)
{
    const bool has_scatter = scatter && scatter->blocks > 1;
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
    take_percentile(interval, scatter, value, failed > 0, (double)count);
    if (interval->blocks == 0) { /* all values are in one bucket, and tell of no scatter in it */
        assume_independent(interval, scatter);
    }
    interval->are_runs = scatter->are_runs;
    set_effective(interval, (double)count);
    grade_percentile(interval, scatter, values, p, failed > 0);
    double low;
    double high;
    bound_share(p, interval->effective, &low, &high);
    high = bound_above(interval, scatter, values, p, failed > 0, high);
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
        assume_independent(interval, scatter);
    }
    interval->are_runs = scatter->are_runs;
    set_effective(interval, (double)count);
    interval->tail = interval->effective * fmin(interval->value, 1 - interval->value);
    grade(interval, interval->tail, interval->tail);
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
    interval->degrees = spread->degrees;
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
    grade(interval, interval->tail, interval->tail);
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
    grade(interval, interval->tail, interval->tail);
}

const char *interval_quality_name(enum interval_quality quality)
{
    static const char *const names[] = {"none", "unresolved", "fair", "good"};
    CHECK(quality, <, INTERVAL_QUALITY_COUNT);
    return names[quality];
}
