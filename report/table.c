/* table.c - blocks of a CSV file: where their separators are, and what is wrong with a row. */
#include "table.h"

#include "check.h"
#include "separators.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PADDING_BYTES SEPARATORS_STEP_BYTES
static_assert(PADDING_BYTES >= 8, "eight bytes before a field may be read");
static_assert(TABLE_ROW_MAX_BYTES < TABLE_BLOCK_BYTES, "a block holds a row");

static void find_separators(struct table *table)
{
    memset(table->block + table->size, 0, PADDING_BYTES);
    const size_t count = separators_find(table->block, (uint32_t)table->size, table->separators,
                                         table->newlines, &table->newline_count);
    /* A row with too few fields must not find its end in what an earlier block left here. */
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        table->separators[count + i] = UINT32_MAX;
    table->separator_next = 0;
    table->newline_next = 0;
}

/* Moves what follows byte `from` to the block's start and reads as much as fits behind it. */
static int fill_block(struct table *table, size_t from, struct fault *fault)
{
    table->size -= from;
    memmove(table->block, table->block + from, table->size);
    while (table->size < TABLE_BLOCK_BYTES && !table->at_end) {
        const ssize_t got =
            read(table->fd, table->block + table->size, TABLE_BLOCK_BYTES - table->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_set_errno(fault, errno, "cannot read %s", table->path);
        table->at_end = got == 0;
        table->size += (size_t)got;
    }
    find_separators(table);
    return 0;
}

static size_t count_columns(const char *text, size_t size)
{
    size_t columns = 1;
    for (size_t i = 0; i < size; i++)
        columns += text[i] == ',';
    return columns;
}

/* Does the file's header end before the known one, after a column that a version ended with? */
static bool is_older(const struct table *table, size_t size, size_t same)
{
    return same == size && table->header[size] == ',' &&
           count_columns(table->header, size) >= table->columns_least;
}

static int check_header(struct table *table, struct fault *fault)
{
    const size_t known = strlen(table->header);
    if (table->newline_count == 0) {
        if (table->size > TABLE_ROW_MAX_BYTES)
            return fault_set(fault, "%s:1:1: this is not a file that tare wrote", table->path);
        table->is_torn = true;
        return 0;
    }
    const size_t size = table->newlines[0];
    if (size >= 3 && memcmp(table->block, "\xef\xbb\xbf", 3) == 0)
        return fault_set(
            fault,
            "%s:1:1: the file begins with a byte order mark\n"
            "      an editor or a spreadsheet rewrote it: take the file that tare wrote",
            table->path);
    size_t same = 0;
    while (same < known && same < size && table->block[same] == table->header[same])
        same++;
    const bool is_known = same == known && (size == known || table->block[known] == ',');
    if (!is_known && !is_older(table, size, same))
        return fault_set(fault,
                         "%s:1:%zu: the header is not that of schema 1%s\n"
                         "      expected: %s",
                         table->path, same + 1,
                         same < size && table->block[same] == '\r' ? " (a carriage return)" : "",
                         table->header);
    table->columns = count_columns(table->block, size);
    if (table->columns > TABLE_COLUMNS_MAX)
        return fault_set(fault, "%s:1:1: %zu columns, of which tare-report can read %u",
                         table->path, table->columns, TABLE_COLUMNS_MAX);
    table->separator_next = table->columns;
    table->newline_next = 1;
    table->line = 1;
    return 0;
}

int table_open(struct table *table, const char *path, const char *header, struct fault *fault)
{
    return table_open_grown(table, path, header, count_columns(header, strlen(header)), fault);
}

int table_open_grown(struct table *table, const char *path, const char *header, size_t least,
                     struct fault *fault)
{
    struct stat status;
    memset(table, 0, sizeof *table);
    table->path = path;
    table->header = header;
    table->columns_least = least;
    table->columns = count_columns(header, strlen(header));
    /* A pipe without a writer would be waited for. */
    table->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (table->fd < 0 && errno == ENOENT) {
        fault_set(fault, "%s is missing, which the run came with\n      copy its whole folder again",
                  path);
        return -ENOENT;
    }
    if (table->fd < 0)
        return fault_set_errno(fault, errno, "cannot open %s", path);
    if (fstat(table->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return fault_set(fault, "%s is not a regular file, as tare writes it", path);
    /* Every byte may be a separator. */
    const size_t places = TABLE_BLOCK_BYTES + TABLE_COLUMNS_MAX + SEPARATORS_SPARE;
    table->memory = calloc(1, PADDING_BYTES + TABLE_BLOCK_BYTES + PADDING_BYTES);
    table->separators = malloc(places * sizeof *table->separators);
    table->newlines = malloc(places * sizeof *table->newlines);
    if (!table->memory || !table->separators || !table->newlines)
        return fault_set_errno(fault, ENOMEM, "cannot read %s", path);
    table->block = table->memory + PADDING_BYTES;
    const int result = fill_block(table, 0, fault);
    return result == 0 ? check_header(table, fault) : result;
}

void table_close(struct table *table)
{
    if (table->fd >= 0)
        close(table->fd);
    table->fd = -1;
    free(table->memory);
    free(table->separators);
    free(table->newlines);
    table->memory = NULL;
    table->separators = NULL;
    table->newlines = NULL;
}

/* The row from row_start to the next line feed has the wrong number of fields. */
static enum table_result refuse_width(struct table *table, struct fault *fault)
{
    const uint32_t newline = table->newlines[table->newline_next];
    const char *row = table->block + table->row_start;
    const size_t size = newline - table->row_start;
    const size_t fields = size == 0 ? 0 : count_columns(row, size);
    size_t column = size + 1; /* where a field is missing */
    if (fields > table->columns)
        column =
            table->separators[table->separator_next + table->columns - 1] - table->row_start + 1;
    fault_set(fault, "%s:%llu:%zu: the row has %zu fields, its header %zu%s", table->path,
              (unsigned long long)table->line + 1, column, fields, table->columns,
              memchr(row, '"', size) ? "; quotes are not used in this file" : "");
    return TABLE_BAD;
}

enum table_result table_next_slow(struct table *table, struct fault *fault)
{
    if (table->is_torn)
        return TABLE_END;
    table->row_start = table->newline_next == 0 ? 0 : table->newlines[table->newline_next - 1] + 1;
    if (table->newline_next < table->newline_count)
        return refuse_width(table, fault);
    if (fill_block(table, table->row_start, fault) != 0)
        return TABLE_BAD;
    table->row_start = 0;
    if (table->newline_count > 0)
        return table_next(table, fault);
    if (table->size > TABLE_ROW_MAX_BYTES) {
        fault_set(fault, "%s:%llu:%u: the row is longer than %u bytes", table->path,
                  (unsigned long long)table->line + 1, TABLE_ROW_MAX_BYTES + 1,
                  TABLE_ROW_MAX_BYTES);
        return TABLE_BAD;
    }
    table->is_torn = table->size > 0;
    return TABLE_END;
}

/* The name of a known column, as the header has it. */
static struct field column_name(const struct table *table, size_t column)
{
    const char *begin = table->header;
    for (; column > 0; column--)
        begin = strchr(begin, ',') + 1;
    return (struct field){begin, begin + strcspn(begin, ",")};
}

int table_fault(const struct table *table, size_t column, const char *expected, struct fault *fault)
{
    const struct field name = column_name(table, column);
    const struct field field = table_field(table, column);
    const size_t size = (size_t)(field.end - field.begin);
    const char *more = "";
    if (memchr(field.begin, '\r', size))
        more = "\n      the file has carriage returns: an editor rewrote it, tare writes none";
    else if (memchr(field.begin, '"', size))
        more = "\n      the file has quotes: an editor rewrote it, tare writes none here";
    return fault_set(fault, "%s:%llu:%llu: %.*s is \"%.*s\": %s is expected%s", table->path,
                     (unsigned long long)table->line,
                     (unsigned long long)(field.begin - table->block) - table->row_start + 1,
                     (int)(name.end - name.begin), name.begin, (int)(size > 60 ? 60 : size),
                     field.begin, expected, more);
}

bool field_read_long(struct field field, int64_t *value)
{
    const bool is_negative = field.begin < field.end && *field.begin == '-';
    const char *at = field.begin + is_negative;
    if (at == field.end || field.end - at > FIELD_DIGITS_MAX ||
        (*at == '0' && field.end - at > 1) || (is_negative && *at == '0'))
        return false;
    uint64_t sum = 0;
    for (; at < field.end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        sum = sum * 10 + (uint64_t)(*at - '0');
    }
    *value = is_negative ? -(int64_t)sum : (int64_t)sum;
    return true;
}

void words_add(struct words *words, const char *name)
{
    char padded[64] = {0};
    const size_t size = strlen(name);
    CHECK(words->count, <, WORDS_MAX);
    CHECK(size, <=, sizeof padded - 8);
    memcpy(padded + 8, name, size);
    words->keys[words->count] = words_key(padded + 8 + size, size);
    words->names[words->count] = name;
    words->sizes[words->count] = size;
    words->count++;
}
