/* adder.c - batches of rows on their way into distributions. */
#include "adder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int adder_init(struct adder *adder, const struct adder_into *into)
{
    adder->into = into;
    adder->row_count = 0;
    adder->rows = calloc(ADDER_BATCH_ROWS, sizeof *adder->rows);
    adder->starts = calloc(into->target_count + 1, sizeof *adder->starts);
    for (size_t i = 0; i < ADDER_BATCH_ROWS; i++)
        adder->order[i] = (uint16_t)i;
    return adder->rows && adder->starts ? 0 : -ENOMEM;
}

void adder_free(struct adder *adder)
{
    free(adder->rows);
    free(adder->starts);
    adder->rows = NULL;
    adder->starts = NULL;
}

static inline int64_t known_ns(int64_t ns)
{
    return ns == SCHEMA_NS_NONE ? 0 : ns;
}

/* Response time, as schema_response_ns() has it, where the loop has one. */
static void set_responses(struct adder *adder)
{
    const bool has_response = adder->into->latency == SERIES_RESPONSE;
    for (size_t i = 0; i < adder->row_count; i++) {
        int64_t *series_ns = adder->rows[i].series_ns;
        series_ns[SERIES_RESPONSE] =
            !has_response
                ? SCHEMA_NS_NONE
                : known_ns(series_ns[SERIES_WAIT]) + known_ns(series_ns[SERIES_CONNECT]) +
                      known_ns(series_ns[SERIES_TLS]) + known_ns(series_ns[SERIES_SEND_LAG]) +
                      known_ns(series_ns[SERIES_SERVICE]);
    }
}

static void count_watch(const struct adder *adder, struct watch *watch)
{
    const int series = watch->series < 0 ? (int)adder->into->latency : watch->series;
    uint64_t seen = 0;
    uint64_t above = 0;
    for (size_t i = 0; i < adder->row_count; i++) {
        const struct adder_row *row = &adder->rows[i];
        const int64_t ns = row->series_ns[series];
        const bool is_seen =
            ns != SCHEMA_NS_NONE && adder_is_watched(watch, adder->into->targets[row->target]);
        seen += is_seen;
        above += is_seen && ns > watch->limit_ns;
    }
    watch->seen += seen;
    watch->above += above;
}

/* Sorts the rows by target, by counting: starts[t] to starts[t + 1] are those of target t. */
static void sort_rows(struct adder *adder)
{
    const size_t targets = adder->into->target_count;
    if (targets == 1) { /* and `order` is as adder_init() left it */
        adder->starts[1] = adder->row_count;
        return;
    }
    memset(adder->starts, 0, (targets + 1) * sizeof *adder->starts);
    for (size_t i = 0; i < adder->row_count; i++)
        adder->starts[adder->rows[i].target]++;
    size_t before = 0;
    for (size_t t = 0; t <= targets; t++) {
        const size_t count = adder->starts[t];
        adder->starts[t] = before;
        before += count;
    }
    for (size_t i = 0; i < adder->row_count; i++)
        adder->order[adder->starts[adder->rows[i].target]++] = (uint16_t)i;
    memmove(adder->starts + 1, adder->starts, targets * sizeof *adder->starts);
    adder->starts[0] = 0;
}

/* ---- blocks of time ---- */

void adder_count_failure(const struct adder_into *into, size_t target, int64_t scheduled_ns,
                         uint64_t count)
{
    const size_t block = into->clock ? scatter_block_of(into->clock, scheduled_ns) : 0;
    for (int s = 0; s < SERIES_COUNT; s++) {
        if (into->targets[target]->blocks[s])
            into->targets[target]->blocks[s]->failed[block] += count;
        if (into->total->blocks[s] && !into->is_single)
            into->total->blocks[s]->failed[block] += count;
    }
}

/* The block of all rows; SCATTER_BLOCKS where they are of several. */
static size_t find_block(const struct adder *adder)
{
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
    for (size_t i = 0; i < adder->row_count; i++) {
        const int64_t ns = adder->rows[i].scheduled_ns;
        first_ns = ns < first_ns ? ns : first_ns;
        last_ns = ns > last_ns ? ns : last_ns;
    }
    const size_t block = scatter_block_of(adder->into->clock, first_ns);
    return block == scatter_block_of(adder->into->clock, last_ns) ? block : SCATTER_BLOCKS;
}

/* Counts one series of rows that are of several blocks, row by row. */
static int record_mixed(const struct adder *adder, size_t from, size_t to, size_t series,
                        struct scatter_blocks *blocks)
{
    int result = 0;
    for (size_t i = from; i < to; i++) {
        const struct adder_row *row = &adder->rows[adder->order[i]];
        const size_t block = scatter_block_of(adder->into->clock, row->scheduled_ns);
        if (row->series_ns[series] != SCHEMA_NS_NONE)
            result |= histogram_record(&blocks->blocks[block], row->series_ns[series], 1);
    }
    return result == 0 ? 0 : -ENOMEM;
}

/* Counts one series of the rows order[from] to order[to - 1], in a distribution unless it is NULL,
 * and in blocks likewise. Zeros, which most waits and connects are, are counted by their number. */
static int record_series(const struct adder *adder, size_t from, size_t to, size_t series,
                         struct distribution *d, struct scatter_blocks *blocks)
{
    int64_t values_ns[ADDER_BATCH_ROWS];
    size_t count = 0;
    uint64_t zeros = 0;
    int result = 0;
    for (size_t i = from; i < to; i++) {
        const int64_t ns = adder->rows[adder->order[i]].series_ns[series];
        values_ns[count] = ns;
        count += ns != 0 && ns != SCHEMA_NS_NONE;
        zeros += ns == 0;
    }
    if (blocks && adder->block < SCATTER_BLOCKS) {
        result |= histogram_record_all(&blocks->blocks[adder->block], values_ns, count);
        if (zeros > 0)
            result |= histogram_record(&blocks->blocks[adder->block], 0, zeros);
    } else if (blocks) {
        result |= record_mixed(adder, from, to, series, blocks);
    }
    if (!d || (blocks && blocks->hold_all))
        return result;
    result |= distribution_record_all(d, values_ns, count);
    return result | distribution_record_many(d, 0, zeros);
}

/* Once a distribution keeps no value exactly any more, blocks of the same digits can stand for it:
 * they have what it has, and from now on each value is counted once. */
static void leave_to_blocks(struct distribution *d, struct scatter_blocks *blocks)
{
    if (d->exact_max > 0 || blocks->hold_all || d->histogram.digits != blocks->blocks[0].digits)
        return;
    blocks->hold_all = true;
    histogram_clear(&d->histogram);
}

static int record_target(const struct adder *adder, size_t from, size_t to, struct target *target)
{
    int result = 0;
    for (size_t s = 0; s < SERIES_COUNT && from < to; s++) {
        result |= record_series(adder, from, to, s, &target->series[s], target->blocks[s]);
        if (target->blocks[s])
            leave_to_blocks(&target->series[s], target->blocks[s]);
    }
    return result == 0 ? 0 : -ENOMEM;
}

/* The total's blocks, where its distributions are made of its targets'. */
static int record_total_blocks(const struct adder *adder)
{
    struct target *total = adder->into->total;
    int result = 0;
    for (size_t s = 0; s < SERIES_COUNT; s++)
        if (total->blocks[s])
            result |= record_series(adder, 0, adder->row_count, s, NULL, total->blocks[s]);
    return result == 0 ? 0 : -ENOMEM;
}

int adder_flush(struct adder *adder)
{
    const struct adder_into *into = adder->into;
    int result = 0;
    set_responses(adder);
    for (size_t i = 0; i < into->watch_count; i++)
        count_watch(adder, &into->watches[i]);
    sort_rows(adder);
    adder->block = into->clock ? find_block(adder) : SCATTER_BLOCKS;
    for (size_t t = 0; t < into->target_count; t++)
        result |= record_target(adder, adder->starts[t], adder->starts[t + 1], into->targets[t]);
    if (!into->is_fine)
        result |= record_target(adder, 0, adder->row_count, into->total);
    else if (!into->is_single)
        result |= record_total_blocks(adder);
    adder->row_count = 0;
    return result == 0 ? 0 : -ENOMEM;
}
