/* buckets.c - rows of histograms.csv. */
#include "buckets.h"

#include "limits.h"
#include "schema.h"
#include "table.h"

#include <errno.h>
#include <string.h>

enum column {
    COLUMN_SLICE,
    COLUMN_ROW_PHASE,
    COLUMN_ROW_TARGET,
    COLUMN_ROW_OUTCOME,
    COLUMN_SERIES,
    COLUMN_LOW,
    COLUMN_HIGH,
    COLUMN_BUCKET_COUNT
};

struct reader {
    struct table table;
    const struct adder_into *into;
    enum buckets_use use;
    struct timeline *timeline;
    struct buckets_seen *seen;
    struct words phases;
    struct words outcomes;
    struct words series;
};

struct row {
    bool is_whole; /* no slice: the whole run */
    int64_t slice_ns;
    enum phase phase;
    size_t target;
    enum outcome outcome;
    enum series series;
    struct histogram_bucket bucket;
};

static void add_words(struct reader *reader)
{
    for (int i = 0; i < PHASE_COUNT; i++)
        words_add(&reader->phases, schema_phase_name((enum phase)i));
    for (int i = 0; i < OUTCOME_COUNT; i++)
        words_add(&reader->outcomes, outcome_name((enum outcome)i));
    for (int i = 0; i < SERIES_COUNT; i++)
        words_add(&reader->series, schema_series_name((enum series)i));
}

static int read_slice(const struct table *table, struct row *row, struct fault *fault)
{
    const struct field slice = table_field(table, COLUMN_SLICE);
    row->is_whole = slice.begin == slice.end;
    row->slice_ns = 0;
    if (!row->is_whole && (!field_read_wide(slice, &row->slice_ns) || row->slice_ns < 0 ||
                           row->slice_ns >= 2 * LIMIT_TIME_MAX_NS))
        return table_fault(table, COLUMN_SLICE, "a whole number of ns, or nothing", fault);
    return 0;
}

static int read_bucket(const struct table *table, struct row *row, struct fault *fault)
{
    struct histogram_bucket *bucket = &row->bucket;
    int64_t count;
    if (!field_read(table_field(table, COLUMN_LOW), &bucket->low_ns) || bucket->low_ns < 0 ||
        bucket->low_ns >> LIMIT_LATENCY_BITS != 0)
        return table_fault(table, COLUMN_LOW, "a whole number of ns within the range", fault);
    /* Buckets that are not the layout's would be counted in the wrong place. */
    const struct histogram_bucket layout =
        histogram_bucket_of(row->is_whole ? 3 : 2, bucket->low_ns);
    if (layout.low_ns != bucket->low_ns)
        return table_fault(table, COLUMN_LOW, "the lower edge of a bucket", fault);
    if (!field_read(table_field(table, COLUMN_HIGH), &bucket->high_ns) ||
        layout.high_ns != bucket->high_ns)
        return table_fault(table, COLUMN_HIGH, "the upper edge of the bucket", fault);
    if (!field_read(table_field(table, COLUMN_BUCKET_COUNT), &count) || count < 0)
        return table_fault(table, COLUMN_BUCKET_COUNT, "a whole number from 0", fault);
    bucket->count = (uint64_t)count;
    return 0;
}

static int read_row(const struct reader *reader, struct row *row, struct fault *fault)
{
    const struct table *table = &reader->table;
    const int phase = words_find(&reader->phases, table_field(table, COLUMN_ROW_PHASE));
    const int outcome = words_find(&reader->outcomes, table_field(table, COLUMN_ROW_OUTCOME));
    const int series = words_find(&reader->series, table_field(table, COLUMN_SERIES));
    int64_t target;
    if (read_slice(table, row, fault) != 0)
        return -EINVAL;
    if (phase < 0)
        return table_fault(table, COLUMN_ROW_PHASE, "warmup, measure or grace", fault);
    if (!field_read(table_field(table, COLUMN_ROW_TARGET), &target) || target < 0 ||
        (uint64_t)target >= reader->into->target_count)
        return table_fault(table, COLUMN_ROW_TARGET, "the id of a target in run.json", fault);
    if (outcome < 0)
        return table_fault(table, COLUMN_ROW_OUTCOME, "an outcome of schema 1", fault);
    if (series < 0)
        return table_fault(table, COLUMN_SERIES, "a series of schema 1", fault);
    row->phase = (enum phase)phase;
    row->target = (size_t)target;
    row->outcome = (enum outcome)outcome;
    row->series = (enum series)series;
    return read_bucket(table, row, fault);
}

static void watch_bucket(const struct adder_into *into, const struct row *row)
{
    for (size_t i = 0; i < into->watch_count; i++) {
        struct watch *watch = &into->watches[i];
        const int series = watch->series < 0 ? (int)into->latency : watch->series;
        if (series != (int)row->series || !adder_is_watched(watch, into->targets[row->target]))
            continue;
        watch->seen += row->bucket.count;
        if (row->bucket.low_ns > watch->limit_ns)
            watch->above += row->bucket.count;
        else if (row->bucket.high_ns > watch->limit_ns)
            watch->maybe += row->bucket.count;
    }
}

/* Counts a slice's row of the measured phase in the blocks of its time. */
static int add_to_blocks(const struct adder_into *into, const struct row *row)
{
    struct target *const holders[] = {into->targets[row->target],
                                      into->is_single ? NULL : into->total};
    const size_t block = into->clock ? scatter_block_of(into->clock, row->slice_ns) : 0;
    int result = 0;
    for (size_t i = 0; i < 2 && result == 0; i++) {
        struct scatter_blocks *blocks = holders[i] ? holders[i]->blocks[row->series] : NULL;
        if (!blocks)
            continue;
        struct histogram *histogram = &blocks->blocks[block];
        const int64_t half_ns = (row->bucket.high_ns - row->bucket.low_ns) / 2;
        result = histogram_record(histogram, row->bucket.high_ns, row->bucket.count);
        /* As distribution_record_bucket() has it: the mean is taken from the middle. */
        histogram->sum_ns -= (unsigned __int128)half_ns * row->bucket.count;
    }
    return result;
}

/* A slice's row of the measured phase, where blocks are made of slices. */
static int add_slice(const struct adder_into *into, const struct row *row)
{
    const enum series counted = into->latency == SERIES_RESPONSE ? SERIES_RESPONSE : SERIES_WAIT;
    if (outcome_class(row->outcome) == OUTCOME_SUCCESS)
        return add_to_blocks(into, row);
    if (row->series == counted)
        adder_count_failure(into, row->target, row->slice_ns, row->bucket.count);
    return 0;
}

/* Adds a row of the measured phase that distributions are made of. */
static int add_measured(const struct reader *reader, const struct row *row)
{
    const struct adder_into *into = reader->into;
    struct target *target = into->targets[row->target];
    reader->seen->measured_rows++;
    const enum series counted = into->latency == SERIES_RESPONSE ? SERIES_RESPONSE : SERIES_WAIT;
    if (row->series == counted) {
        target->outcomes[row->outcome] += row->bucket.count;
        reader->seen->outcomes[row->outcome] += row->bucket.count;
    }
    if (outcome_class(row->outcome) != OUTCOME_SUCCESS)
        return 0;
    int result = distribution_record_bucket(&target->series[row->series], &row->bucket);
    if (!into->is_fine)
        result |= distribution_record_bucket(&into->total->series[row->series], &row->bucket);
    watch_bucket(into, row);
    return result == 0 ? 0 : -ENOMEM;
}

static int add_row(const struct reader *reader, const struct row *row)
{
    const enum buckets_use use = row->is_whole ? BUCKETS_WHOLE : BUCKETS_SLICES;
    int result = 0;
    if (row->bucket.count == 0)
        return 0;
    if (reader->timeline && !row->is_whole && row->series == reader->into->latency &&
        outcome_class(row->outcome) == OUTCOME_SUCCESS)
        result = timeline_record(reader->timeline, row->slice_ns, &row->bucket);
    if (result == 0 && !row->is_whole && reader->use != BUCKETS_NONE && reader->timeline &&
        row->phase == PHASE_MEASURE)
        result = add_slice(reader->into, row);
    if (result == 0 && use == reader->use && row->phase == PHASE_MEASURE)
        result = add_measured(reader, row);
    return result;
}

int buckets_read(const char *path, const struct adder_into *into, enum buckets_use use,
                 struct timeline *timeline, struct buckets_seen *seen, struct fault *fault)
{
    struct reader reader = {.into = into, .use = use, .timeline = timeline, .seen = seen};
    struct row row;
    enum table_result next = TABLE_END;
    memset(seen, 0, sizeof *seen);
    add_words(&reader);
    int result = table_open(&reader.table, path, SCHEMA_HEADER_HISTOGRAMS, fault);
    while (result == 0 && (next = table_next(&reader.table, fault)) == TABLE_ROW) {
        result = read_row(&reader, &row, fault);
        if (result == 0 && add_row(&reader, &row) != 0)
            result = fault_set_errno(fault, ENOMEM, "cannot count %s", path);
        seen->whole_rows += result == 0 && row.is_whole;
    }
    seen->is_torn = reader.table.is_torn;
    seen->torn_line = reader.table.line + 1;
    table_close(&reader.table);
    return next == TABLE_BAD ? -EINVAL : result;
}
