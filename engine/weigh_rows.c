/* weigh_rows.c - fields between commas, sorted and taken at nearest ranks. */
#include "weigh_rows.h"

#include "units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4352 /* a folder's, and a file's name */

/* The start of a row's field, empty ones included; NULL where the row has fewer. */
static const char *find_field(const char *row, int column)
{
    while (row && column-- > 0) {
        row = strchr(row, ',');
        row = row ? row + 1 : NULL;
    }
    return row;
}

static bool has_field(const char *row, enum schema_column column, const char *text)
{
    const char *field = find_field(row, (int)column);
    return field && strncmp(field, text, strlen(text)) == 0 &&
           strchr(",\n", field[strlen(text)]) != NULL;
}

static bool read_time(const char *row, enum schema_column column, int64_t *ns)
{
    const char *field = find_field(row, (int)column);
    char *end;
    if (!field)
        return false;
    *ns = strtoll(field, &end, 10);
    return end > field;
}

static int add_row(struct weigh_rows *rows, size_t *room, int64_t service_ns, int64_t other_ns)
{
    if (rows->count == *room) {
        const size_t wanted = *room ? 2 * *room : 4096;
        int64_t *service = realloc(rows->service_ns, wanted * sizeof *service);
        if (service)
            rows->service_ns = service;
        int64_t *other = realloc(rows->other_ns, wanted * sizeof *other);
        if (other)
            rows->other_ns = other;
        if (!service || !other)
            return -ENOMEM;
        *room = wanted;
    }
    rows->service_ns[rows->count] = service_ns;
    rows->other_ns[rows->count++] = other_ns;
    return 0;
}

int weigh_rows_read(const char *folder, enum schema_column other, struct weigh_rows *rows)
{
    char path[PATH_BYTES], row[4096];
    size_t room = 0;
    int error = 0;
    memset(rows, 0, sizeof *rows);
    snprintf(path, sizeof path, "%s/" SCHEMA_FILE_SAMPLES, folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    while (error == 0 && fgets(row, sizeof row, file)) {
        int64_t service_ns, other_ns;
        if (has_field(row, COLUMN_PHASE, schema_phase_name(PHASE_MEASURE)) &&
            has_field(row, COLUMN_OUTCOME, outcome_name(OUTCOME_OK)) &&
            read_time(row, COLUMN_SERVICE_NS, &service_ns) && read_time(row, other, &other_ns))
            error = add_row(rows, &room, service_ns, other_ns);
    }
    if (error == 0 && ferror(file))
        error = errno ? -errno : -EIO;
    fclose(file);
    return error;
}

void weigh_rows_free(struct weigh_rows *rows)
{
    free(rows->service_ns);
    free(rows->other_ns);
    memset(rows, 0, sizeof *rows);
}

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Percentiles of a list, which is sorted by it. */
static struct weight_spread spread_of(int64_t *values_ns, size_t count)
{
    struct weight_spread spread = {.count = count};
    if (count == 0)
        return spread;
    qsort(values_ns, count, sizeof *values_ns, compare);
    spread.p50_ns = values_ns[units_rank(count, 500000) - 1];
    spread.p99_ns = values_ns[units_rank(count, 990000) - 1];
    spread.p999_ns = values_ns[units_rank(count, 999000) - 1];
    return spread;
}

/* Percentiles of service_ns * `service` + other_ns * `other`, row by row; count 0 where memory is
 * lacking. */
static struct weight_spread spread_sum(const struct weigh_rows *rows, int64_t service, int64_t other)
{
    int64_t *values_ns = malloc((rows->count ? rows->count : 1) * sizeof *values_ns);
    if (!values_ns)
        return (struct weight_spread){.count = 0};
    for (size_t i = 0; i < rows->count; i++)
        values_ns[i] = rows->service_ns[i] * service + rows->other_ns[i] * other;
    const struct weight_spread spread = spread_of(values_ns, rows->count);
    free(values_ns);
    return spread;
}

struct weight_spread weigh_rows_other(const struct weigh_rows *rows)
{
    return spread_sum(rows, 0, 1);
}

struct weight_spread weigh_rows_single(const struct weigh_rows *rows)
{
    return spread_sum(rows, 1, -1);
}

struct weight_spread weigh_rows_shift(const struct weigh_rows *rows)
{
    const struct weight_spread whole = spread_sum(rows, 1, 0), rest = spread_sum(rows, 1, -1);
    if (whole.count == 0 || rest.count == 0)
        return (struct weight_spread){.count = 0};
    return (struct weight_spread){.count = whole.count,
                                  .p50_ns = whole.p50_ns - rest.p50_ns,
                                  .p99_ns = whole.p99_ns - rest.p99_ns,
                                  .p999_ns = whole.p999_ns - rest.p999_ns};
}
