/* adder.c - batches of values on their way into distributions. */
#include "adder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int adder_init(struct adder *adder, const struct adder_into *into)
{
    adder->into = into;
    adder->batches = calloc(into->is_fine ? into->target_count : 1, sizeof *adder->batches);
    return adder->batches ? 0 : -ENOMEM;
}

void adder_free(struct adder *adder)
{
    free(adder->batches);
    adder->batches = NULL;
}

static int flush_batch(struct adder_batch *batch, struct target *target)
{
    int result = 0;
    for (int i = 0; i < SERIES_COUNT; i++) {
        struct distribution *d = &target->series[i];
        result |= distribution_record_all(d, batch->values_ns[i], batch->counts[i]);
        result |= distribution_record_many(d, 0, batch->zeros[i]);
    }
    batch->rows = 0;
    memset(batch->counts, 0, sizeof batch->counts);
    memset(batch->zeros, 0, sizeof batch->zeros);
    return result == 0 ? 0 : -ENOMEM;
}

int adder_finish(struct adder *adder)
{
    const struct adder_into *into = adder->into;
    if (!into->is_fine)
        return flush_batch(&adder->batches[0], into->total);
    int result = 0;
    for (size_t i = 0; i < into->target_count; i++)
        result |= flush_batch(&adder->batches[i], into->targets[i]);
    return result == 0 ? 0 : -ENOMEM;
}

static inline int64_t known_ns(int64_t ns)
{
    return ns == SCHEMA_NS_NONE ? 0 : ns;
}

/* schema_response_ns() of a row's series. */
static inline int64_t response_ns(const int64_t series_ns[SERIES_COUNT])
{
    return known_ns(series_ns[SERIES_WAIT]) + known_ns(series_ns[SERIES_CONNECT]) +
           known_ns(series_ns[SERIES_TLS]) + known_ns(series_ns[SERIES_SEND_LAG]) +
           known_ns(series_ns[SERIES_SERVICE]);
}

static inline void watch_row(const struct adder_into *into, const struct adder_row *row)
{
    for (size_t i = 0; i < into->watch_count; i++) {
        struct watch *watch = &into->watches[i];
        if (!adder_is_watched(watch, into->targets[row->target]))
            continue;
        const int series = watch->series < 0 ? (int)into->latency : watch->series;
        const int64_t ns = row->series_ns[series];
        if (ns == SCHEMA_NS_NONE)
            continue;
        watch->seen++;
        watch->above += ns > watch->limit_ns;
    }
}

static inline void gather_row(struct adder_batch *batch, const int64_t series_ns[SERIES_COUNT])
{
#pragma GCC unroll 8
    for (int i = 0; i < SERIES_COUNT; i++) {
        const int64_t ns = series_ns[i];
        if (ns == 0) {
            batch->zeros[i]++;
        } else {
            batch->values_ns[i][batch->counts[i]] = ns;
            batch->counts[i] += ns != SCHEMA_NS_NONE;
        }
    }
    batch->rows++;
}

static int record_coarse(struct target *target, const int64_t series_ns[SERIES_COUNT])
{
    int result = 0;
    for (int i = 0; i < SERIES_COUNT; i++)
        if (series_ns[i] != SCHEMA_NS_NONE)
            result |= distribution_record(&target->series[i], series_ns[i]);
    return result == 0 ? 0 : -ENOMEM;
}

int adder_add(struct adder *adder, struct adder_row *row)
{
    const struct adder_into *into = adder->into;
    struct target *target = into->targets[row->target];
    target->outcomes[row->outcome]++;
    if (row->outcome != OUTCOME_OK && outcome_class(row->outcome) != OUTCOME_SUCCESS)
        return 0;
    row->series_ns[SERIES_RESPONSE] =
        into->latency == SERIES_RESPONSE ? response_ns(row->series_ns) : SCHEMA_NS_NONE;
    watch_row(into, row);
    struct adder_batch *batch = &adder->batches[into->is_fine ? row->target : 0];
    gather_row(batch, row->series_ns);
    int result = 0;
    if (batch->rows == ADDER_BATCH_ROWS)
        result = flush_batch(batch, into->is_fine ? target : into->total);
    return result == 0 && !into->is_fine ? record_coarse(target, row->series_ns) : result;
}
