/* repeats.c - distributions of one run at a time, put aside and pooled. */
#include "repeats.h"

#include "adder.h"
#include "interval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Values kept exactly, over all targets of a variant: bounds what many targets take. */
#define EXACT_VALUES_MAX (4u * DISTRIBUTION_EXACT_MAX)

static size_t count_places(const struct variant *variant)
{
    return variant->target_count + 1;
}

/* The target at a place; the total has the last one. */
static struct target *target_at(struct variant *variant, size_t place)
{
    return place < variant->target_count ? &variant->targets[place] : &variant->total;
}

static bool is_fine(const struct variant *variant)
{
    return variant->target_count <= ADDER_TARGETS_FINE;
}

static bool is_single(const struct variant *variant)
{
    return variant->target_count == 1;
}

static void init_series(struct variant *variant, size_t place, struct distribution *d)
{
    uint32_t exact_max = (uint32_t)(EXACT_VALUES_MAX / variant->target_count);
    if (exact_max > DISTRIBUTION_EXACT_MAX)
        exact_max = DISTRIBUTION_EXACT_MAX;
    if (place == variant->target_count)
        distribution_init(d, 3, DISTRIBUTION_EXACT_MAX);
    else
        distribution_init(d, is_fine(variant) ? 3 : 2, is_fine(variant) ? exact_max : 0);
}

static bool is_kept(const struct variant *variant, size_t place, enum series series,
                    const struct watch *watches, size_t watch_count)
{
    const bool is_total = place == variant->target_count;
    if (series == variant->latency && (is_total || is_fine(variant)))
        return true;
    if (series == SERIES_SERVICE && is_total)
        return true;
    for (size_t i = 0; i < watch_count; i++) {
        const struct target *only = is_total ? NULL : &variant->targets[place];
        const int asked = watches[i].series < 0 ? (int)variant->latency : watches[i].series;
        if (watches[i].is_found && watches[i].only == only && asked == (int)series)
            return true;
    }
    return false;
}

/* Digits of the blocks' histograms: the same as those of what is counted in them. */
static int block_digits(const struct variant *variant, size_t place)
{
    const bool is_alone = place == variant->target_count || variant->target_count == 1;
    return is_alone && variant->runs[0].config.samples == RUN_SAMPLES_ALL ? 3 : 2;
}

static int keep(struct variant *variant, size_t place, enum series series)
{
    struct target *target = target_at(variant, place);
    target->scatter[series] = calloc(1, sizeof *target->scatter[series]);
    if (!target->scatter[series])
        return -ENOMEM;
    if (variant->run_count > 1)
        return 0;
    /* Where there is one target, the total's blocks are its own. */
    if (place == 1 && variant->target_count == 1 && variant->targets[0].blocks[series]) {
        target->blocks[series] = variant->targets[0].blocks[series];
        return 0;
    }
    target->blocks[series] = malloc(sizeof *target->blocks[series]);
    if (!target->blocks[series])
        return -ENOMEM;
    scatter_blocks_init(target->blocks[series], block_digits(variant, place));
    return 0;
}

int repeats_init(struct repeats *repeats, struct variant *variant, const struct watch *watches,
                 size_t watch_count)
{
    const size_t places = count_places(variant);
    const size_t runs = variant->run_count;
    *repeats = (struct repeats){.variant = variant};
    variant->total.name = "all";
    for (size_t p = 0; p < places; p++) {
        struct target *target = target_at(variant, p);
        for (int s = 0; s < SERIES_COUNT; s++)
            init_series(variant, p, &target->series[s]);
        target->runs = calloc(runs, sizeof *target->runs);
        if (!target->runs)
            return -ENOMEM;
        for (int s = 0; s < SERIES_COUNT; s++)
            if (is_kept(variant, p, (enum series)s, watches, watch_count) &&
                keep(variant, p, (enum series)s) != 0)
                return -ENOMEM;
    }
    if (runs == 1)
        return 0;
    repeats->pooled = calloc(places * SERIES_COUNT, sizeof *repeats->pooled);
    repeats->columns = calloc(places * SERIES_COUNT * runs, sizeof *repeats->columns);
    if (!repeats->pooled || !repeats->columns)
        return -ENOMEM;
    for (size_t p = 0; p < places; p++)
        for (int s = 0; s < SERIES_COUNT; s++)
            init_series(variant, p, &repeats->pooled[p * SERIES_COUNT + (size_t)s]);
    return 0;
}

void repeats_free(struct repeats *repeats)
{
    struct variant *variant = repeats->variant;
    const size_t series = variant ? count_places(variant) * SERIES_COUNT : 0;
    for (size_t i = 0; i < series && repeats->pooled; i++)
        distribution_free(&repeats->pooled[i]);
    for (size_t i = 0; repeats->columns && i < series * variant->run_count; i++)
        scatter_column_free(&repeats->columns[i]);
    free(repeats->pooled);
    free(repeats->columns);
    *repeats = (struct repeats){.variant = NULL};
}

/* ---- a run ends ---- */

/* What the outcomes of a target come to, those of runs before included. */
static struct target_run sum_target(const struct target *target)
{
    struct target_run sum = {.done = target->done, .done_ok = target->done_ok};
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        sum.requests += target->outcomes[i];
        if (outcome_class((enum outcome)i) != OUTCOME_SUCCESS)
            sum.failed += target->outcomes[i];
    }
    return sum;
}

static void take_run(struct target *target, size_t run)
{
    struct target_run sum = sum_target(target);
    for (size_t i = 0; i < run; i++) {
        sum.requests -= target->runs[i].requests;
        sum.failed -= target->runs[i].failed;
        sum.done -= target->runs[i].done;
        sum.done_ok -= target->runs[i].done_ok;
    }
    target->runs[run] = sum;
}

static void take_counts(struct variant *variant, size_t run)
{
    struct target_run *total = &variant->total.runs[run];
    for (size_t t = 0; t < variant->target_count; t++) {
        take_run(&variant->targets[t], run);
        const struct target_run *own = &variant->targets[t].runs[run];
        total->requests += own->requests;
        total->failed += own->failed;
        total->done += own->done;
        total->done_ok += own->done_ok;
    }
}

/* Adds the targets' distributions to the total's, where rows were not counted there too. */
static int merge_total(struct variant *variant)
{
    int result = 0;
    for (size_t t = 0; t < variant->target_count && is_fine(variant); t++)
        for (int s = 0; s < SERIES_COUNT && result == 0; s++)
            result = distribution_merge(&variant->total.series[s], &variant->targets[t].series[s]);
    return result;
}

/* Puts a run's distribution aside, and makes room for the next one's. */
static int put_aside(struct repeats *repeats, size_t place, int series, size_t run)
{
    struct variant *variant = repeats->variant;
    struct target *target = target_at(variant, place);
    const size_t index = place * SERIES_COUNT + (size_t)series;
    struct distribution *own = &target->series[series];
    int result = 0;
    if (target->scatter[series])
        result = scatter_column_make(&repeats->columns[index * variant->run_count + run],
                                     &own->histogram);
    if (result == 0)
        result = distribution_merge(&repeats->pooled[index], own);
    distribution_free(own);
    init_series(variant, place, own);
    return result;
}

/* Gives distributions what was left to blocks. */
static int take_blocks(struct variant *variant)
{
    int result = 0;
    for (size_t p = 0; p < count_places(variant); p++) {
        struct target *target = target_at(variant, p);
        /* The total of one target has none of its own. */
        for (int s = 0; s < SERIES_COUNT && p < variant->target_count + !is_single(variant); s++)
            if (target->blocks[s] && target->blocks[s]->hold_all)
                result |= scatter_blocks_merge(target->blocks[s], &target->series[s].histogram);
    }
    return result == 0 ? 0 : -ENOMEM;
}

int repeats_end_run(struct repeats *repeats, size_t run)
{
    struct variant *variant = repeats->variant;
    take_counts(variant, run);
    int result = take_blocks(variant);
    if (result == 0)
        result = merge_total(variant);
    for (size_t p = 0; p < count_places(variant) && repeats->pooled; p++)
        for (int s = 0; s < SERIES_COUNT && result == 0; s++)
            result = put_aside(repeats, p, s, run);
    return result;
}

/* ---- all runs have ended ---- */

/* The scatter over runs, of what was put aside of each. */
static int make_of_columns(struct scatter *scatter, const struct target *target,
                           const struct scatter_column *columns, size_t runs)
{
    struct histogram *histograms = calloc(runs, sizeof *histograms);
    uint64_t *failed = calloc(runs, sizeof *failed);
    int result = histograms && failed ? 0 : -ENOMEM;
    for (size_t r = 0; r < runs && result == 0; r++) {
        histogram_init(&histograms[r], target->series[0].histogram.digits);
        failed[r] = target->runs[r].failed;
        result = scatter_column_restore(&columns[r], &histograms[r]);
    }
    if (result == 0)
        result = scatter_make(scatter, histograms, failed, runs, true);
    for (size_t r = 0; r < runs && histograms; r++)
        histogram_free(&histograms[r]);
    free(histograms);
    free(failed);
    return result;
}

static int finish_scatter(struct repeats *repeats, size_t place, int series,
                          const struct scatter_clock *clock)
{
    struct variant *variant = repeats->variant;
    struct target *target = target_at(variant, place);
    const size_t index = place * SERIES_COUNT + (size_t)series;
    if (!target->scatter[series])
        return 0;
    if (repeats->columns)
        return make_of_columns(target->scatter[series], target,
                               &repeats->columns[index * variant->run_count], variant->run_count);
    return scatter_make(target->scatter[series], target->blocks[series]->blocks,
                        target->blocks[series]->failed, clock->blocks, false);
}

static void free_blocks(struct variant *variant)
{
    for (int s = 0; s < SERIES_COUNT; s++) {
        if (variant->target_count > 0 && variant->total.blocks[s] == variant->targets[0].blocks[s])
            variant->total.blocks[s] = NULL;
        for (size_t p = 0; p < count_places(variant); p++) {
            struct target *target = target_at(variant, p);
            if (target->blocks[s])
                scatter_blocks_free(target->blocks[s]);
            free(target->blocks[s]);
            target->blocks[s] = NULL;
        }
    }
}

int repeats_finish(struct repeats *repeats, const struct scatter_clock *clock)
{
    struct variant *variant = repeats->variant;
    int result = 0;
    for (size_t p = 0; p < count_places(variant); p++) {
        struct target *target = target_at(variant, p);
        for (int s = 0; s < SERIES_COUNT && result == 0; s++) {
            if (repeats->pooled) {
                struct distribution *pooled = &repeats->pooled[p * SERIES_COUNT + (size_t)s];
                distribution_free(&target->series[s]);
                target->series[s] = *pooled;
                init_series(variant, p, pooled);
            }
            distribution_finish(&target->series[s]);
            result = finish_scatter(repeats, p, s, clock);
            if (target->scatter[s] && result == 0)
                interval_prepare(target->scatter[s], &target->series[s]);
        }
    }
    free_blocks(variant);
    return result;
}

void repeats_free_targets(struct variant *variant)
{
    if (variant->targets)
        free_blocks(variant);
    for (size_t p = 0; p < count_places(variant); p++) { /* without any target, the total alone */
        struct target *target = target_at(variant, p);
        free(target->runs);
        for (int s = 0; s < SERIES_COUNT; s++) {
            distribution_free(&target->series[s]);
            if (target->scatter[s])
                scatter_free(target->scatter[s]);
            free(target->scatter[s]);
        }
    }
}
