/* samples.c - from the bytes of a row to its numbers. */
#include "samples.h"

#include "schema.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Two stretches of a row are mostly the same as in the row before: "200,ok,0" and
 * "1,measure,87,238,exact". What they meant is remembered with their bytes. */
struct head { /* status, outcome, target */
    size_t size;
    uint64_t words[2];
    enum outcome outcome;
    uint32_t target;
};
#define HEAD_MIN_BYTES 8u
#define HEAD_MAX_BYTES 16u

struct tail { /* attempt, phase, bytes_out, bytes_in, stamp */
    size_t size;
    uint64_t words[4];
    enum phase phase;
};
#define TAIL_MIN_BYTES 16u
#define TAIL_MAX_BYTES 32u

struct reader {
    struct table table;
    struct adder adder;
    struct samples_seen *seen;
    bool is_thinned;
    uint32_t target_count;
    struct words outcomes;
    struct words phases;
    struct words stamps;
    struct head head;
    struct tail tail;
    uint64_t *distinct; /* a bit for each request's number */
    size_t distinct_words;
};

static const char expected_ns[] = "a whole number of ns";
static const char expected_count[] = "a whole number from 0";

static int begin_reading(struct reader *reader, const struct adder_into *into)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        words_add(&reader->outcomes, outcome_name((enum outcome)i));
    for (int i = 0; i < PHASE_COUNT; i++)
        words_add(&reader->phases, schema_phase_name((enum phase)i));
    for (int i = 0; i < STAMP_COUNT; i++)
        words_add(&reader->stamps, schema_stamp_name((enum stamp)i));
    reader->distinct_words = SAMPLES_DISTINCT_FIRST_WORDS;
    reader->distinct = calloc(reader->distinct_words, sizeof *reader->distinct);
    reader->seen->distinct_checked = true;
    return reader->distinct ? adder_init(&reader->adder, into) : -ENOMEM;
}

/* Makes room for the bit of `request`. What does not fit is no longer checked. */
static int grow_distinct(struct reader *reader, uint64_t request)
{
    const size_t words_max = SAMPLES_DISTINCT_MAX_BYTES / sizeof *reader->distinct;
    if (request / 64 >= words_max) {
        reader->seen->distinct_checked = false;
        return 0;
    }
    size_t words = reader->distinct_words;
    while (request / 64 >= words)
        words *= 2;
    uint64_t *distinct = realloc(reader->distinct, words * sizeof *distinct);
    if (!distinct)
        return -ENOMEM;
    memset(distinct + reader->distinct_words, 0,
           (words - reader->distinct_words) * sizeof *distinct);
    reader->distinct = distinct;
    reader->distinct_words = words;
    return 0;
}

static inline int count_distinct(struct reader *reader, uint64_t request)
{
    if (__builtin_expect(request / 64 >= reader->distinct_words, 0)) {
        const int result = grow_distinct(reader, request);
        if (result != 0 || request / 64 >= reader->distinct_words)
            return result;
    }
    uint64_t *word = &reader->distinct[request / 64];
    const uint64_t bit = 1ull << (request % 64);
    reader->seen->distinct += (*word & bit) == 0;
    *word |= bit;
    return 0;
}

/* Reads a time that may be missing. */
static inline bool read_ns(const struct table *table, size_t column, int64_t *ns)
{
    const struct field field = table_field(table, column);
    if (field.begin == field.end) {
        *ns = SCHEMA_NS_NONE;
        return true;
    }
    return field_read(field, ns);
}

/* Reads the times of a row; the one that is wrong is named in *bad. */
static inline bool read_times(const struct table *table, struct adder_row *row, size_t *bad)
{
    static const struct {
        size_t column;
        enum series series;
    } times[] = {{COLUMN_WAIT_NS, SERIES_WAIT},
                 {COLUMN_SEND_LAG_NS, SERIES_SEND_LAG},
                 {COLUMN_CONNECT_NS, SERIES_CONNECT},
                 {COLUMN_TLS_NS, SERIES_TLS},
                 {COLUMN_FIRST_BYTE_NS, SERIES_FIRST_BYTE},
                 {COLUMN_SERVICE_NS, SERIES_SERVICE},
                 {COLUMN_RECEIVE_LAG_NS, SERIES_RECEIVE_LAG}};
    int64_t ns;
    *bad = COLUMN_SCHEDULED_NS;
    if (!field_read_wide(table_field(table, COLUMN_SCHEDULED_NS), &row->scheduled_ns))
        return false;
#pragma GCC unroll 7
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        *bad = times[i].column;
        if (!read_ns(table, times[i].column, &row->series_ns[times[i].series]))
            return false;
    }
    *bad = COLUMN_SERVER_NS;
    return read_ns(table, COLUMN_SERVER_NS, &ns);
}

/* Reads the column that files of version 0.1.0 have not, and takes it off service time. */
static inline bool read_send_path(const struct table *table, int64_t series_ns[SERIES_COUNT])
{
    series_ns[SERIES_SEND_PATH] = SCHEMA_NS_NONE;
    const bool is_right = !table_has(table, COLUMN_SEND_PATH_NS) ||
                          read_ns(table, COLUMN_SEND_PATH_NS, &series_ns[SERIES_SEND_PATH]);
    series_ns[SERIES_WIRE] = schema_wire_ns(series_ns[SERIES_SERVICE], series_ns[SERIES_SEND_PATH]);
    return is_right;
}

/* Reads status, outcome and target. Returns 0, or -EINVAL with the fault's text. */
static int read_head(struct reader *reader, struct field all, struct fault *fault)
{
    const struct table *table = &reader->table;
    struct head *head = &reader->head;
    const struct field status = table_field(table, COLUMN_STATUS);
    const int outcome = words_find(&reader->outcomes, table_field(table, COLUMN_OUTCOME));
    int64_t target;
    head->size = 0;
    if (status.begin != status.end && !field_is_count(status))
        return table_fault(table, COLUMN_STATUS, expected_count, fault);
    if (outcome < 0)
        return table_fault(table, COLUMN_OUTCOME, "an outcome of schema 1", fault);
    if (!field_read(table_field(table, COLUMN_TARGET), &target) || target < 0 ||
        target >= reader->target_count)
        return table_fault(table, COLUMN_TARGET, "the id of a target in run.json", fault);
    head->outcome = (enum outcome)outcome;
    head->target = (uint32_t)target;
    const size_t size = (size_t)(all.end - all.begin);
    if (size < HEAD_MIN_BYTES || size > HEAD_MAX_BYTES)
        return 0;
    memcpy(&head->words[0], all.begin, 8);
    memcpy(&head->words[1], all.end - 8, 8);
    head->size = size;
    return 0;
}

static inline bool is_same_head(const struct head *head, struct field all)
{
    uint64_t words[2];
    memcpy(&words[0], all.begin, 8);
    memcpy(&words[1], all.end - 8, 8);
    return (size_t)(all.end - all.begin) == head->size &&
           ((words[0] ^ head->words[0]) | (words[1] ^ head->words[1])) == 0;
}

/* Reads attempt, phase, bytes_out, bytes_in and stamp. Returns 0, or -EINVAL with the fault's text.
 */
static int read_tail(struct reader *reader, struct field all, struct fault *fault)
{
    const struct table *table = &reader->table;
    struct tail *tail = &reader->tail;
    const int phase = words_find(&reader->phases, table_field(table, COLUMN_PHASE));
    tail->size = 0;
    if (!field_is_count(table_field(table, COLUMN_ATTEMPT)))
        return table_fault(table, COLUMN_ATTEMPT, expected_count, fault);
    if (phase < 0)
        return table_fault(table, COLUMN_PHASE, "warmup, measure or grace", fault);
    if (!field_is_count(table_field(table, COLUMN_BYTES_OUT)))
        return table_fault(table, COLUMN_BYTES_OUT, expected_count, fault);
    if (!field_is_count(table_field(table, COLUMN_BYTES_IN)))
        return table_fault(table, COLUMN_BYTES_IN, expected_count, fault);
    if (words_find(&reader->stamps, table_field(table, COLUMN_STAMP)) < 0)
        return table_fault(table, COLUMN_STAMP, "exact, shared, engine or nothing", fault);
    tail->phase = (enum phase)phase;
    const size_t size = (size_t)(all.end - all.begin);
    if (size < TAIL_MIN_BYTES || size > TAIL_MAX_BYTES)
        return 0;
    memcpy(&tail->words[0], all.begin, 16);
    memcpy(&tail->words[2], all.end - 16, 16);
    tail->size = size;
    return 0;
}

static inline bool is_same_tail(const struct tail *tail, struct field all)
{
    uint64_t words[4];
    memcpy(&words[0], all.begin, 16);
    memcpy(&words[2], all.end - 16, 16);
    return (size_t)(all.end - all.begin) == tail->size &&
           ((words[0] ^ tail->words[0]) | (words[1] ^ tail->words[1]) |
            (words[2] ^ tail->words[2]) | (words[3] ^ tail->words[3])) == 0;
}

/* From the first byte of one field to the last of a later one. */
static inline struct field join_fields(const struct table *table, size_t first, size_t last)
{
    return (struct field){table_field(table, first).begin, table_field(table, last).end};
}

/* Reads a row. Returns 0, or -EINVAL with the fault's text. */
static inline int read_row(struct reader *reader, struct adder_row *row, int64_t *request,
                           bool *is_last, struct fault *fault)
{
    const struct table *table = &reader->table;
    size_t bad;
    if (__builtin_expect(!read_times(table, row, &bad), 0))
        return table_fault(table, bad, expected_ns, fault);
    const struct field head = join_fields(table, COLUMN_STATUS, COLUMN_TARGET);
    if (!is_same_head(&reader->head, head) && read_head(reader, head, fault) != 0)
        return -EINVAL;
    const struct field tail = join_fields(table, COLUMN_ATTEMPT, COLUMN_STAMP);
    if (!is_same_tail(&reader->tail, tail) && read_tail(reader, tail, fault) != 0)
        return -EINVAL;
    const struct field connection = table_field(table, COLUMN_CONNECTION);
    if (connection.begin != connection.end && !field_is_count(connection))
        return table_fault(table, COLUMN_CONNECTION, expected_count, fault);
    if (!field_read(table_field(table, COLUMN_REQUEST), request) || *request < 0)
        return table_fault(table, COLUMN_REQUEST, expected_count, fault);
    const struct field last = table_field(table, COLUMN_LAST);
    if (__builtin_expect(last.end - last.begin != 1 || (*last.begin & ~1) != '0', 0))
        return table_fault(table, COLUMN_LAST, "0 or 1", fault);
    const struct field group = table_field(table, COLUMN_GROUP);
    if (group.begin != group.end && !field_is_count(group))
        return table_fault(table, COLUMN_GROUP, expected_count, fault);
    if (!read_send_path(table, row->series_ns))
        return table_fault(table, COLUMN_SEND_PATH_NS, expected_ns, fault);
    *is_last = *last.begin == '1';
    row->outcome = reader->head.outcome;
    row->target = reader->head.target;
    if (row->outcome == OUTCOME_OK && row->series_ns[SERIES_SERVICE] == SCHEMA_NS_NONE)
        return table_fault(table, COLUMN_SERVICE_NS, "a time, since the request succeeded,", fault);
    return 0;
}

/* Adds the row that was read into adder_next(). */
static inline int add_row(struct reader *reader, enum outcome outcome, uint64_t request,
                          bool is_last)
{
    struct samples_seen *seen = reader->seen;
    const int result = count_distinct(reader, request);
    seen->rows++;
    if (!is_last || result != 0)
        return result;
    seen->ended++;
    seen->outcomes[outcome]++;
    if (reader->tail.phase != PHASE_MEASURE)
        return 0;
    seen->measured++;
    return reader->is_thinned ? 0 : adder_add(&reader->adder);
}

static int read_rows(struct reader *reader, struct fault *fault)
{
    enum table_result next;
    while ((next = table_next(&reader->table, fault)) == TABLE_ROW) {
        struct adder_row *row = adder_next(&reader->adder);
        int64_t request = 0;
        bool is_last = false;
        int result = read_row(reader, row, &request, &is_last, fault);
        if (__builtin_expect(result != 0, 0))
            return result;
        result = add_row(reader, row->outcome, (uint64_t)request, is_last);
        if (__builtin_expect(result != 0, 0))
            return fault_set_errno(fault, -result, "cannot count %s", reader->table.path);
    }
    return next == TABLE_BAD ? -EINVAL : 0;
}

int samples_read(const char *path, const struct adder_into *into, bool is_thinned,
                 struct samples_seen *seen, struct fault *fault)
{
    struct reader reader = {
        .seen = seen, .is_thinned = is_thinned, .target_count = (uint32_t)into->target_count};
    memset(seen, 0, sizeof *seen);
    int result =
        table_open_grown(&reader.table, path, SCHEMA_HEADER_SAMPLES, COLUMN_SEND_PATH_NS, fault);
    if (result == 0 && begin_reading(&reader, into) != 0)
        result = fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    if (result == 0)
        result = read_rows(&reader, fault);
    if (result == 0 && adder_flush(&reader.adder) != 0)
        result = fault_set_errno(fault, ENOMEM, "cannot count %s", path);
    seen->is_torn = reader.table.is_torn;
    seen->torn_line = reader.table.line + 1;
    table_close(&reader.table);
    adder_free(&reader.adder);
    free(reader.distinct);
    return result;
}
