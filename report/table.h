/* table.h - a strict, streaming reader of the run folder's CSV files.
 *
 * The contract is narrower than RFC 4180: the header of schema.h, comma, line feed, no quotes, no
 * carriage return, no byte order mark, numbers as plain decimal integers. What is outside is
 * refused with file, line and column. Columns appended by newer versions follow the known ones and
 * are skipped; of those that an older version had not, the reader says so. Memory is two buffers, whatever the size of the file.
 *
 * Two passes over a block of bytes: the first finds all separators (separators.h), the second
 * reads fields between them, whose ends are then known, so that fields do not wait for each other.
 * Research: simdjson (Langdale, Lemire 2019, arXiv 1902.08318) finds structure the same way. */
#ifndef TARE_TABLE_H
#define TARE_TABLE_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TABLE_BLOCK_BYTES (256u * 1024)
#define TABLE_ROW_MAX_BYTES (64u * 1024)
#define TABLE_COLUMNS_MAX 256u

struct table {
    const char *path;   /* borrowed, for messages */
    const char *header; /* the known columns, borrowed, for messages */
    size_t columns_least; /* of the known ones, those that every version wrote */
    size_t columns; /* in each row: fewer than the known ones in a file of an older version, more in
                       one of a newer */
    uint64_t line;  /* of the current row, from 1; the header is line 1 */
    bool is_torn;   /* the file ends within a row */
    int fd;
    bool at_end;
    char *memory; /* padding, block, padding */
    char *block;
    size_t size;          /* bytes in the block */
    uint32_t *separators; /* where in the block commas and line feeds lie */
    uint32_t *newlines;   /* where line feeds lie */
    size_t separator_next;
    size_t newline_next;
    size_t newline_count;
    uint32_t row_start;   /* where in the block the current row begins */
    const uint32_t *ends; /* of the current row's fields */
};

enum table_result { TABLE_ROW, TABLE_END, TABLE_BAD };

/* A field: its bytes in the block, without the separator. At least 8 bytes before and after may be
 * read. */
struct field {
    const char *begin;
    const char *end;
};

/* Opens `path` and reads its header line, which has to begin with `header`. Returns 0; -ENOENT
 * where there is no such file; else -errno, each with the fault's text. A file that ends before the
 * header does is torn and has no rows. */
int table_open(struct table *table, const char *path, const char *header, struct fault *fault);

/* The same where columns were added since the first version, which had the first `least` of them: the
 * file may end its header after any that follow. */
int table_open_grown(struct table *table, const char *path, const char *header, size_t least,
                     struct fault *fault);

/* Whether rows have a known column. */
static inline bool table_has(const struct table *table, size_t column)
{
    return column < table->columns;
}

/* Frees everything; also after a failed table_open. */
void table_close(struct table *table);

/* Goes to the next row. TABLE_END: there is none; where the file ends within a row, is_torn is set.
 * TABLE_BAD: fault says where the contract is broken. */
enum table_result table_next_slow(struct table *table, struct fault *fault);

static inline enum table_result table_next(struct table *table, struct fault *fault)
{
    const size_t last = table->separator_next + table->columns - 1;
    if (__builtin_expect(table->newline_next < table->newline_count, 1)) {
        const uint32_t newline = table->newlines[table->newline_next];
        /* A row of the right width ends at the separator that is the next line feed. */
        if (__builtin_expect(table->separators[last] == newline, 1)) {
            if (table->newline_next > 0)
                table->row_start = table->newlines[table->newline_next - 1] + 1;
            else
                table->row_start = 0;
            table->ends = table->separators + table->separator_next;
            table->separator_next = last + 1;
            table->newline_next++;
            table->line++;
            return TABLE_ROW;
        }
    }
    return table_next_slow(table, fault);
}

/* The field of a known column in the current row. */
static inline struct field table_field(const struct table *table, size_t column)
{
    const uint32_t begin = column == 0 ? table->row_start : table->ends[column - 1] + 1;
    return (struct field){table->block + begin, table->block + table->ends[column]};
}

/* Says that a field of the current row breaks the contract: "FILE:LINE:COLUMN: NAME is "TEXT":
 * EXPECTED". Returns -EINVAL. */
int table_fault(const struct table *table, size_t column, const char *expected,
                struct fault *fault);

/* No number of the contract has more digits: 10^18 ns are 31 years, and the sum of a row's times
 * fits an int64_t. */
#define FIELD_DIGITS_MAX 18

/* Reads any plain decimal integer, with a sign or more than 16 digits. Returns false for anything
 * else. */
bool field_read_long(struct field field, int64_t *value);

/* Eight digits to their value, the first in the lowest byte and every byte 0 to 9. */
static inline uint64_t field_eight_digits(uint64_t digits)
{
    const uint64_t mask = 0x000000ff000000ff;
    digits = digits * 10 + (digits >> 8);
    return ((digits & mask) * 0x000f424000000064 + ((digits >> 16) & mask) * 0x0000271000000001) >>
           32;
}

/* The values of a field's 1 to 8 digits, a byte each, the last one in the highest byte: the eight
 * bytes before the field's end, without those that are not the field's. */
static inline uint64_t field_digits(struct field field)
{
    uint64_t digits;
    memcpy(&digits, field.end - 8, sizeof digits);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    digits = __builtin_bswap64(digits);
#endif
    return (digits ^ 0x3030303030303030) & (~0ull << (64 - 8 * (field.end - field.begin)));
}

/* True where every byte is 0 to 9. */
static inline bool field_are_digits(uint64_t digits)
{
    return ((digits | (digits + 0x7676767676767676)) & 0x8080808080808080) == 0;
}

/* Reads a decimal integer of one byte or more. Returns false where the field is anything else. */
static inline bool field_read(struct field field, int64_t *value)
{
    const size_t size = (size_t)(field.end - field.begin);
    if (size == 1) {
        *value = *field.begin - '0';
        return (uint64_t)*value <= 9;
    }
    if (__builtin_expect(size - 1 >= 8, 0))
        return field_read_long(field, value);
    const uint64_t digits = field_digits(field);
    if (__builtin_expect(!field_are_digits(digits), 0))
        return field_read_long(field, value);
    *value = (int64_t)field_eight_digits(digits);
    return true;
}

/* True where the field is a decimal integer from 0, of one byte or more. */
static inline bool field_is_count(struct field field)
{
    const size_t size = (size_t)(field.end - field.begin);
    int64_t value;
    if (size - 1 < 8)
        return field_are_digits(field_digits(field));
    return field_read_long(field, &value) && value >= 0;
}

/* The same for fields that often have more than 8 digits. */
static inline bool field_read_wide(struct field field, int64_t *value)
{
    int64_t low;
    int64_t high;
    const size_t size = (size_t)(field.end - field.begin);
    if (size - 9 < 8 && field_read((struct field){field.end - 8, field.end}, &low) &&
        field_read((struct field){field.begin, field.end - 8}, &high) && (low | high) >= 0) {
        *value = high * 100000000 + low;
        return true;
    }
    return field_read(field, value);
}

/* True where the field is a decimal integer of one byte or more, with a sign or without; made for 9
 * to 16 digits. */
static inline bool field_is_time(struct field field)
{
    const size_t size = (size_t)(field.end - field.begin);
    int64_t value;
    if (size - 9 < 8 && field_are_digits(field_digits((struct field){field.end - 8, field.end})) &&
        field_are_digits(field_digits((struct field){field.begin, field.end - 8})))
        return true;
    return field_read_long(field, &value);
}

/* A closed list of words, found by length and last eight bytes before they are compared whole. */
#define WORDS_MAX 32u
struct words {
    size_t count;
    uint64_t keys[WORDS_MAX];
    const char *names[WORDS_MAX];
    size_t sizes[WORDS_MAX];
};

static inline uint64_t words_key(const char *end, size_t size)
{
    uint64_t key;
    memcpy(&key, end - 8, sizeof key);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    key = __builtin_bswap64(key);
#endif
    return size >= 8 ? key : size == 0 ? 0 : key >> (64 - 8 * size);
}

/* Adds a name, which lives on; its number is the count before. */
void words_add(struct words *words, const char *name);

/* The number of the word in the field, or -1. */
static inline int words_find(const struct words *words, struct field field)
{
    const size_t size = (size_t)(field.end - field.begin);
    const uint64_t key = words_key(field.end, size);
    for (size_t i = 0; i < words->count; i++)
        if (words->keys[i] == key && words->sizes[i] == size &&
            (size <= 8 || memcmp(words->names[i], field.begin, size) == 0))
            return (int)i;
    return -1;
}

#endif
