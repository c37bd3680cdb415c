/* second_rows.c - rows of seconds.csv. */
#include "second_rows.h"

#include "check.h"
#include "limits.h"
#include "schema.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum column {
    COLUMN_SECOND,
    COLUMN_ROW_PHASE,
    COLUMN_ROW_TARGET,
    COLUMN_DUE,
    COLUMN_SENT,
    COLUMN_DONE,
    COLUMN_ROW_BYTES_OUT,
    COLUMN_ROW_BYTES_IN,
    COLUMN_IN_FLIGHT,
    COLUMN_BACKLOG,
    COLUMN_OUTCOMES /* and as many more as there are outcomes */
};

static const char expected_count[] = "a whole number from 0";
static const char expected_second[] = "a second of the run";

#define HEADER_MAX 1024u
#define OUTCOMES_LEAST (OUTCOME_UNSENT + 1) /* of files of version 0.1.0; later ones were appended */

/* The header of schema.h and a column for each outcome. */
static void write_header(char header[HEADER_MAX])
{
    size_t size = (size_t)snprintf(header, HEADER_MAX, "%s", SCHEMA_HEADER_SECONDS);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        size += (size_t)snprintf(header + size, HEADER_MAX - size, ",%s",
                                 outcome_name((enum outcome)i));
    CHECK(size, <, HEADER_MAX);
}

static bool read_count(const struct table *table, size_t column, uint64_t *count)
{
    int64_t value;
    if (!field_read_wide(table_field(table, column), &value) || value < 0)
        return false;
    *count = (uint64_t)value;
    return true;
}

int second_rows_read_count(const struct table *table, size_t column, uint64_t *count,
                           struct fault *fault)
{
    return read_count(table, column, count) ? 0 : table_fault(table, column, expected_count, fault);
}

int second_rows_read_start(const struct table *table, size_t column, struct second_rows_seen *seen,
                           int64_t *start_ns, struct fault *fault)
{
    uint64_t second;
    if (!read_count(table, column, &second) || second >= 2 * LIMIT_TIME_MAX_NS / NS_PER_S)
        return table_fault(table, column, expected_second, fault);
    *start_ns = (int64_t)second * NS_PER_S;
    if (*start_ns + NS_PER_S > seen->end_ns)
        seen->end_ns = *start_ns + NS_PER_S;
    seen->rows++;
    return 0;
}

/* Reads the counts of a row. */
static int read_counts(const struct table *table, struct time_bin *row, struct fault *fault)
{
    uint64_t *const counts[] = {&row->due,      &row->sent,      &row->done,   &row->bytes_out,
                                &row->bytes_in, &row->in_flight, &row->backlog};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (second_rows_read_count(table, COLUMN_DUE + i, counts[i], fault) != 0)
            return -EINVAL;
    for (size_t i = 0; i < OUTCOME_COUNT && table_has(table, COLUMN_OUTCOMES + i); i++)
        if (second_rows_read_count(table, COLUMN_OUTCOMES + i, &row->outcomes[i], fault) != 0)
            return -EINVAL;
    return 0;
}

static void add_measured(struct target *target, const struct time_bin *row,
                         struct second_rows_seen *seen)
{
    target->sent += row->sent;
    target->done += row->done;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        target->done_ok += outcome_class((enum outcome)i) == OUTCOME_SUCCESS ? row->outcomes[i] : 0;
    seen->measured_sent += row->sent;
    seen->measured_done += row->done;
}

static int add_row(const struct table *table, struct target *const *targets, size_t target_count,
                   struct timeline *timeline, struct second_rows_seen *seen, struct fault *fault)
{
    const struct field phase_field = table_field(table, COLUMN_ROW_PHASE);
    enum phase phase;
    uint64_t target;
    int64_t start_ns;
    struct time_bin *bin;
    struct time_bin row = {0};
    if (second_rows_read_start(table, COLUMN_SECOND, seen, &start_ns, fault) != 0)
        return -EINVAL;
    if (!schema_phase_parse(phase_field.begin, (size_t)(phase_field.end - phase_field.begin),
                            &phase))
        return table_fault(table, COLUMN_ROW_PHASE, "warmup, measure or grace", fault);
    if (!read_count(table, COLUMN_ROW_TARGET, &target) || target >= target_count)
        return table_fault(table, COLUMN_ROW_TARGET, "the id of a target in run.json", fault);
    if (read_counts(table, &row, fault) != 0)
        return -EINVAL;
    if (timeline_bin(timeline, start_ns, &bin) != 0)
        return fault_set_errno(fault, ENOMEM, "cannot count %s", table->path);
    timeline_add(bin, &row);
    if (phase == PHASE_MEASURE)
        add_measured(targets[target], &row, seen);
    return 0;
}

int second_rows_read(const char *path, struct target *const *targets, size_t target_count,
                     struct timeline *timeline, struct second_rows_seen *seen, struct fault *fault)
{
    struct table table;
    char header[HEADER_MAX];
    enum table_result next = TABLE_END;
    memset(seen, 0, sizeof *seen);
    write_header(header);
    int result = table_open_grown(&table, path, header, COLUMN_OUTCOMES + OUTCOMES_LEAST, fault);
    while (result == 0 && (next = table_next(&table, fault)) == TABLE_ROW)
        result = add_row(&table, targets, target_count, timeline, seen, fault);
    seen->is_torn = table.is_torn;
    seen->torn_line = table.line + 1;
    table_close(&table);
    return next == TABLE_BAD ? -EINVAL : result;
}
