/* contrast.c - t over runs, and MOVER over two intervals. */
#include "contrast.h"

#include "check.h"
#include "statistics.h"

#include <math.h>
#include <string.h>

#define TAIL ((1 - INTERVAL_CONFIDENCE) / 2)
#define LEVEL (1 - INTERVAL_CONFIDENCE)

static double forth(enum contrast_scale scale, double value)
{
    return scale == CONTRAST_RATIO ? log(value) : value;
}

static double back(enum contrast_scale scale, double value)
{
    return scale == CONTRAST_RATIO ? exp(value) : value;
}

/* A side's runs as one mean. */
struct mean {
    double mean;
    double variance; /* of one run */
    size_t runs;     /* with a value */
    double values[STATISTICS_EXCHANGED_MAX]; /* the first of them, on the scale */
};

static struct mean mean_of(const struct contrast_side *side, enum contrast_scale scale)
{
    struct mean mean = {.runs = 0};
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < side->runs; i++) {
        if (!isfinite(forth(scale, side->values[i])))
            continue;
        sum += forth(scale, side->values[i]);
        if (mean.runs < STATISTICS_EXCHANGED_MAX)
            mean.values[mean.runs] = forth(scale, side->values[i]);
        mean.runs++;
    }
    mean.mean = mean.runs > 0 ? sum / (double)mean.runs : NAN;
    for (size_t i = 0; i < side->runs; i++) {
        const double gap = forth(scale, side->values[i]) - mean.mean;
        squares += isfinite(gap) ? gap * gap : 0;
    }
    mean.variance = mean.runs > 1 ? squares / ((double)mean.runs - 1) : NAN;
    return mean;
}

/* Sets change, interval and p from a difference of means and its standard error. */
static void set_student(struct contrast *contrast, enum contrast_scale scale, double gap,
                        double error, double degrees)
{
    contrast->change = back(scale, gap);
    contrast->degrees = degrees;
    if (!(error > 0)) { /* not a run differs from another of its side */
        contrast->low = contrast->high = contrast->change;
        contrast->p = gap == 0 ? 1 : 0;
        return;
    }
    const double reach = statistics_student_quantile(1 - TAIL, degrees) * error;
    contrast->low = back(scale, gap - reach);
    contrast->high = back(scale, gap + reach);
    contrast->p = 2 * statistics_student(-fabs(gap) / error, degrees);
}

/* Widens the interval of t to that of exchange, on the scale, and with it p. */
static void widen(struct contrast *contrast, enum contrast_scale scale, double gap, double low,
                  double high)
{
    const double t = statistics_student_quantile(1 - TAIL, contrast->degrees);
    const double down = fmax(gap - forth(scale, contrast->low), gap - low);
    const double up = fmax(forth(scale, contrast->high) - gap, high - gap);
    const double toward = gap > 0 ? down : up;
    contrast->low = back(scale, gap - down);
    contrast->high = back(scale, gap + up);
    contrast->p = 2 * statistics_student(-fabs(gap) / toward * t, contrast->degrees);
}

static void find_groups(struct contrast *contrast, enum contrast_scale scale,
                        const struct mean *base, const struct mean *other)
{
    const double base_error = base->variance / (double)base->runs;
    const double other_error = other->variance / (double)other->runs;
    const double error = sqrt(base_error + other_error);
    double low;
    double high;
    set_student(contrast, scale, other->mean - base->mean, error,
                statistics_welch_degrees(base_error, base->runs, other_error, other->runs));
    if (error > 0 && statistics_exchange(base->values, base->runs, other->values, other->runs,
                                         INTERVAL_CONFIDENCE, &low, &high))
        widen(contrast, scale, other->mean - base->mean, low, high);
}

/* One run against the scatter of a group's. */
static void find_one(struct contrast *contrast, enum contrast_scale scale, const struct mean *base,
                     const struct mean *other)
{
    const struct mean *group = base->runs > 1 ? base : other;
    set_student(contrast, scale, other->mean - base->mean,
                sqrt(group->variance * (1 + 1 / (double)group->runs)), (double)group->runs - 1);
}

/* Distance from a figure to an end of its interval, on the scale; INFINITY where it is open. */
static double reach_down(const struct interval *interval, enum contrast_scale scale)
{
    return forth(scale, interval->value) - forth(scale, interval->low);
}

static double reach_up(const struct interval *interval, enum contrast_scale scale)
{
    return interval->is_open ? INFINITY
                             : forth(scale, interval->high) - forth(scale, interval->value);
}

static void find_two_runs(struct contrast *contrast, enum contrast_scale scale,
                          const struct interval *base, const struct interval *other)
{
    const double gap = forth(scale, other->value) - forth(scale, base->value);
    contrast->change = back(scale, gap);
    contrast->quality = base->quality < other->quality ? base->quality : other->quality;
    if (contrast->quality == INTERVAL_NONE)
        return;
    const double down = hypot(reach_down(other, scale), reach_up(base, scale));
    const double up = hypot(reach_up(other, scale), reach_down(base, scale));
    contrast->low = back(scale, gap - down);
    contrast->high = back(scale, gap + up);
    const double toward = gap > 0 ? down : up;
    const double z = toward > 0 ? fabs(gap) / toward * statistics_normal_quantile(1 - TAIL)
                     : gap == 0 ? 0
                                : INFINITY;
    contrast->p = 2 * statistics_normal(-z);
}

/* The rank test has its say where it could have said otherwise. */
static void ask_ranks(struct contrast *contrast, const struct contrast_side *base,
                      const struct contrast_side *other)
{
    /* Of n and m runs no arrangement is rarer than one side wholly below the other. */
    double least = 2;
    for (size_t i = 1; i <= base->runs; i++)
        least *= (double)i / (double)(other->runs + i);
    contrast->p_rank = statistics_rank_test(base->values, base->runs, other->values, other->runs);
    contrast->is_doubted = least < LEVEL && (contrast->p < LEVEL) != (contrast->p_rank < LEVEL);
}

void contrast_find(struct contrast *contrast, enum contrast_scale scale,
                   const struct contrast_side *base, const struct contrast_side *other)
{
    *contrast = (struct contrast){.basis = CONTRAST_TWO_RUNS,
                                  .change = NAN,
                                  .low = NAN,
                                  .high = NAN,
                                  .p = NAN,
                                  .p_rank = NAN,
                                  .degrees = NAN,
                                  .quality = INTERVAL_NONE};
    if (base->runs < 2 && other->runs < 2) {
        if (isfinite(forth(scale, base->interval.value)) &&
            isfinite(forth(scale, other->interval.value)))
            find_two_runs(contrast, scale, &base->interval, &other->interval);
        return;
    }
    contrast->basis = base->runs > 1 && other->runs > 1 ? CONTRAST_GROUPS : CONTRAST_ONE_RUN;
    const struct mean base_mean = mean_of(base, scale);
    const struct mean other_mean = mean_of(other, scale);
    if (base_mean.runs == 0 || other_mean.runs == 0 || base_mean.runs + other_mean.runs < 3)
        return;
    const size_t least = base_mean.runs < other_mean.runs ? base_mean.runs : other_mean.runs;
    contrast->quality = least >= CONTRAST_RUNS_GOOD ? INTERVAL_GOOD : INTERVAL_FAIR;
    if (least == 1) {
        find_one(contrast, scale, &base_mean, &other_mean);
        return;
    }
    find_groups(contrast, scale, &base_mean, &other_mean);
    if (base_mean.runs == base->runs && other_mean.runs == other->runs)
        ask_ranks(contrast, base, other);
}

bool contrast_is_clear(const struct contrast *contrast, enum contrast_scale scale)
{
    const double none = scale == CONTRAST_RATIO ? 1 : 0;
    return contrast->low > none || contrast->high < none;
}

double contrast_p_above(const struct contrast *contrast, enum contrast_scale scale, double limit)
{
    const double gap = forth(scale, contrast->change) - forth(scale, limit);
    const double down = forth(scale, contrast->change) - forth(scale, contrast->low);
    const double up = forth(scale, contrast->high) - forth(scale, contrast->change);
    const double reach = gap > 0 ? down : up;
    if (isnan(contrast->low))
        return NAN;
    if (!(reach > 0))
        return gap > 0 ? 0 : 1;
    if (isnan(contrast->degrees))
        return statistics_normal(-gap / reach * statistics_normal_quantile(1 - TAIL));
    return statistics_student(
        -gap / reach * statistics_student_quantile(1 - TAIL, contrast->degrees), contrast->degrees);
}

const char *contrast_basis_name(enum contrast_basis basis)
{
    static const char *const names[] = {"two runs", "a run and a group", "groups"};
    CHECK(basis, <, CONTRAST_BASIS_COUNT);
    return names[basis];
}
