/* drift.c - medians of stretches, and in what order they come. */
#include "drift.h"

#include "interval.h"
#include "statistics.h"

#include <math.h>

#define STRETCHES_MAX (SCATTER_BLOCKS / DRIFT_BLOCKS)

/* The median of `count` blocks; NAN where they have too few requests. */
static double median_of(const struct scatter *scatter, size_t first, size_t count)
{
    uint64_t values = 0;
    for (size_t b = first; b < first + count; b++)
        values += scatter->counts[b];
    return values < DRIFT_REQUESTS_MIN
               ? NAN
               : (double)scatter_value_of(scatter, first, count, interval_rank(0.5, values));
}

/* How often as clear an order would come about by chance: two-sided, by the normal approximation.
 */
static double order_of(const double *medians, size_t count)
{
    const double n = (double)count;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            sum += (medians[k] > medians[i]) - (medians[k] < medians[i]);
    const double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    return 2 * statistics_normal(-fmax(0, fabs(sum) - 1) / deviation);
}

void drift_find(struct drift *drift, const struct scatter *scatter)
{
    double medians[STRETCHES_MAX];
    *drift = (struct drift){.is_known = false};
    const size_t stretches = scatter->are_runs ? 0 : scatter->blocks / DRIFT_BLOCKS;
    for (size_t i = 0; i < stretches; i++) {
        medians[i] = median_of(scatter, i * DRIFT_BLOCKS, DRIFT_BLOCKS);
        if (isnan(medians[i]))
            return;
    }
    if (stretches < DRIFT_STRETCHES_MIN)
        return;
    const size_t half = scatter->blocks / 2;
    const double before = median_of(scatter, 0, half);
    const double after = median_of(scatter, scatter->blocks - half, half);
    if (!(before > 0)) /* of times that round to nothing */
        return;
    drift->is_known = true;
    drift->change_percent = 100 * (after / before - 1);
    drift->p = order_of(medians, stretches);
    drift->is_drifting = fabs(drift->change_percent) >= DRIFT_PERCENT && drift->p < DRIFT_LEVEL;
}
