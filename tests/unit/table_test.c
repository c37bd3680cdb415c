/* Rows of CSV come out as they went in, wherever blocks end; what breaks the contract is refused
 * with file, line and column. */
#include "table.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEADER "a_ns,b,c"

static struct files files;
static struct table table;
static struct fault fault;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    files_free(&files);
    return 0;
}

/* Opens a file of this text. */
static int open_text(const char *text)
{
    return table_open(&table, files_text(&files, "t.csv", text), HEADER, &fault);
}

static void check_field(size_t column, const char *text)
{
    const struct field field = table_field(&table, column);
    assert_int_equal(field.end - field.begin, strlen(text));
    assert_memory_equal(field.begin, text, strlen(text));
}

/* The fault is "FILE:" and this, to the end of its first line or the whole. */
static void check_fault(const char *expected)
{
    const char *name = strstr(fault.text, "/t.csv");
    assert_non_null(name);
    if (strncmp(name + strlen("/t.csv"), expected, strlen(expected)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", name, expected);
}

static void rows_have_their_fields(void **state)
{
    (void)state;
    assert_int_equal(open_text(HEADER "\n1,2,3\n,,\nxy,\"q\",z\n"), 0);
    assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    assert_int_equal(table.line, 2);
    check_field(0, "1");
    check_field(2, "3");
    assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    check_field(0, "");
    check_field(1, "");
    check_field(2, "");
    assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    check_field(0, "xy");
    check_field(1, "\"q\"");
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    assert_false(table.is_torn);
    table_close(&table);
}

/* Rows of every length from 5 to 4,000 bytes, over several blocks: each vector, each block's end.
 */
static void rows_survive_the_ends_of_blocks(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs(HEADER "\n", out);
    for (int i = 0; i < 4000; i++)
        fprintf(out, "%d,%0*d,%d\n", i, i % 997 + 1, i, i * 7);
    fclose(out);
    assert_true(size > 5 * TABLE_BLOCK_BYTES);
    assert_int_equal(table_open(&table, files_write(&files, "t.csv", text, size), HEADER, &fault),
                     0);
    for (int i = 0; i < 4000; i++) {
        int64_t a;
        int64_t c;
        assert_int_equal(table_next(&table, &fault), TABLE_ROW);
        const struct field middle = table_field(&table, 1);
        assert_true(field_read(table_field(&table, 0), &a));
        assert_true(field_read(table_field(&table, 2), &c));
        assert_int_equal(a, i);
        assert_int_equal(c, i * 7);
        assert_int_equal(table.line, i + 2);
        assert_true(middle.end - middle.begin >= i % 997 + 1);
    }
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    table_close(&table);
    free(text);
}

static void many_separators_fit(void **state)
{
    (void)state;
    const size_t size = strlen(HEADER) + 1 + 3 * (size_t)TABLE_BLOCK_BYTES;
    char *text = malloc(size);
    memcpy(text, HEADER "\n", strlen(HEADER) + 1);
    for (size_t i = strlen(HEADER) + 1; i < size; i += 3)
        memcpy(text + i, ",,\n", 3);
    assert_int_equal(table_open(&table, files_write(&files, "t.csv", text, size), HEADER, &fault),
                     0);
    for (size_t i = 0; i < TABLE_BLOCK_BYTES; i++)
        assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    table_close(&table);
    free(text);
}

static void later_columns_are_skipped(void **state)
{
    (void)state;
    assert_int_equal(open_text(HEADER ",new,newer\n1,2,3,4,5\n"), 0);
    assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    check_field(2, "3");
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    table_close(&table);
    assert_int_equal(open_text(HEADER ",new\n1,2,3\n"), 0);
    assert_int_equal(table_next(&table, &fault), TABLE_BAD);
    check_fault(":2:6: the row has 3 fields, its header 4");
    table_close(&table);
}

static int open_grown(const char *text, size_t least)
{
    return table_open_grown(&table, files_text(&files, "t.csv", text), HEADER, least, &fault);
}

static void columns_that_came_later_may_be_missing(void **state)
{
    (void)state;
    assert_int_equal(open_grown("a_ns,b\n1,2\n", 2), 0);
    assert_int_equal(table_next(&table, &fault), TABLE_ROW);
    assert_true(table_has(&table, 1));
    assert_false(table_has(&table, 2));
    check_field(1, "2");
    assert_int_equal(table_next(&table, &fault), TABLE_END);
    table_close(&table);
    assert_int_equal(open_grown(HEADER "\n1,2,3\n", 2), 0);
    assert_true(table_has(&table, 2));
    table_close(&table);
    static const char *const refused[] = {"a_ns\n1\n", "a_ns,\n1,2\n", "a_ns,c\n1,2\n",
                                          "a_ns,bb\n1,2\n", "a_ns,b,\n1,2,3\n"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(open_grown(refused[i], 2), -EINVAL);
        table_close(&table);
    }
    assert_int_equal(open_grown("a_ns,b\n1,2\n", 3), -EINVAL);
    table_close(&table);
}

static void headers_are_held_against_the_contract(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"a_ns,x,c\n", ":1:6: the header is not that of schema 1\n      expected: a_ns,b,c"},
        {"a_ns,b\n", ":1:7: the header is not"},
        {"a_ns,b,cc\n", ":1:9: the header is not"},
        {"\n", ":1:1: the header is not"},
        {HEADER "\r\n1,2,3\r\n", ":1:9: the header is not that of schema 1 (a carriage return)"},
        {"\xef\xbb\xbf" HEADER "\n", ":1:1: the file begins with a byte order mark"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(open_text(cases[i].text), -EINVAL);
        check_fault(cases[i].expected);
        table_close(&table);
    }
}

static void rows_of_another_width_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *expected;
    } cases[] = {
        {"1,2\n", ":3:4: the row has 2 fields, its header 3"},
        {"1,2\n4,5,6\n", ":3:4: the row has 2 fields, its header 3"},
        {"1,2,3,4\n", ":3:6: the row has 4 fields, its header 3"},
        {"\n", ":3:1: the row has 0 fields, its header 3"},
        {"1,\"2,5\",3\n", ":3:8: the row has 4 fields, its header 3; quotes are not used"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, HEADER "\n7,8,9\n%s", cases[i].row);
        assert_int_equal(open_text(text), 0);
        assert_int_equal(table_next(&table, &fault), TABLE_ROW);
        assert_int_equal(table_next(&table, &fault), TABLE_BAD);
        check_fault(cases[i].expected);
        table_close(&table);
    }
}

static void a_field_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_int_equal(open_text(HEADER "\n1,2,3\n10,12a,3\n1,2,3\r\n1,\"2\",3\n"), 0);
    table_next(&table, &fault);
    table_next(&table, &fault);
    assert_int_equal(table_fault(&table, 1, "a whole number", &fault), -EINVAL);
    check_fault(":3:4: b is \"12a\": a whole number is expected");
    table_next(&table, &fault);
    table_fault(&table, 2, "a whole number", &fault);
    check_fault(":4:5: c is \"3?\": a whole number is expected\n"
                "      the file has carriage returns");
    table_next(&table, &fault);
    table_fault(&table, 1, "a whole number", &fault);
    check_fault(":5:3: b is \"\"2\"\": a whole number is expected\n      the file has quotes");
    table_close(&table);
}

static void a_torn_row_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {HEADER "\n1,2,3\n4", HEADER "\n1,2,3\n4,5,6",
                                        HEADER "\n1,2,3\n4,"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(open_text(texts[i]), 0);
        assert_int_equal(table_next(&table, &fault), TABLE_ROW);
        assert_int_equal(table_next(&table, &fault), TABLE_END);
        assert_true(table.is_torn);
        assert_int_equal(table.line, 2);
        table_close(&table);
    }
}

static void a_torn_header_has_no_rows(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a_", HEADER};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(open_text(texts[i]), 0);
        assert_true(table.is_torn);
        assert_int_equal(table_next(&table, &fault), TABLE_END);
        table_close(&table);
    }
}

static void endless_rows_are_refused(void **state)
{
    (void)state;
    const size_t size = TABLE_ROW_MAX_BYTES + 100;
    char *text = malloc(size);
    memset(text, 'x', size);
    assert_int_equal(table_open(&table, files_write(&files, "t.csv", text, size), HEADER, &fault),
                     -EINVAL);
    table_close(&table);
    memcpy(text, HEADER "\n", strlen(HEADER) + 1);
    assert_int_equal(table_open(&table, files_write(&files, "t.csv", text, size), HEADER, &fault),
                     0);
    assert_int_equal(table_next(&table, &fault), TABLE_BAD);
    check_fault(":2:65537: the row is longer than 65536 bytes");
    table_close(&table);
    free(text);
}

static void missing_files_and_folders_are_told(void **state)
{
    (void)state;
    assert_int_equal(table_open(&table, files_path(&files, "none.csv"), HEADER, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "none.csv is missing"));
    table_close(&table);
    assert_int_equal(table_open(&table, files.root, HEADER, &fault), -EINVAL);
    assert_non_null(strstr(fault.text, " is not a regular file"));
    table_close(&table);
    /* A pipe that nobody writes to was waited for, for ever. */
    assert_int_equal(mkfifo(files_path(&files, "pipe.csv"), 0600), 0);
    assert_int_equal(table_open(&table, files_path(&files, "pipe.csv"), HEADER, &fault), -EINVAL);
    assert_non_null(strstr(fault.text, "pipe.csv is not a regular file"));
    table_close(&table);
}

/* A field in the middle of other bytes, which must not matter. */
static struct field field_of(char storage[64], const char *text)
{
    memset(storage, '7', 64);
    memcpy(storage + 16, text, strlen(text));
    storage[15] = ',';
    storage[16 + strlen(text)] = ',';
    return (struct field){storage + 16, storage + 16 + strlen(text)};
}

static void numbers_are_read_exactly(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0,
                                      1,
                                      9,
                                      10,
                                      99,
                                      12345,
                                      9999999,
                                      12345678,
                                      99999999,
                                      100000000,
                                      123456789,
                                      1234567890123,
                                      1234567890123456,
                                      9999999999999999,
                                      10000000000000000,
                                      999999999999999999,
                                      -999999999999999999,
                                      -1,
                                      -10,
                                      -12345678,
                                      -123456789,
                                      -1234567890123456};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char storage[64];
        char text[32];
        int64_t value = 42;
        snprintf(text, sizeof text, "%" PRId64, numbers[i]);
        const struct field field = field_of(storage, text);
        assert_true(field_read(field, &value));
        assert_int_equal(value, numbers[i]);
        value = 42;
        assert_true(field_read_wide(field, &value));
        assert_int_equal(value, numbers[i]);
        assert_true(field_is_time(field));
        assert_int_equal(field_is_count(field), numbers[i] >= 0);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "+1",
                                        "1.0",
                                        "1e5",
                                        " 1",
                                        "1 ",
                                        "a",
                                        "12a",
                                        "a12",
                                        "12345678a",
                                        "a12345678",
                                        "-0",
                                        "-00000001",
                                        "1-2",
                                        "12-2345678",
                                        "0x10",
                                        "1\r",
                                        "\"1\"",
                                        "-123456-8",
                                        "12345678:",
                                        ":12345678",
                                        "1/2",
                                        "1000000000000000000",
                                        "9223372036854775808",
                                        "99999999999999999999",
                                        "\xb1\xb2",
                                        "1234567890123456x"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char storage[64];
        int64_t value;
        const struct field field = field_of(storage, texts[i]);
        if (field_read(field, &value) || field_read_wide(field, &value) || field_is_time(field) ||
            field_is_count(field))
            fail_msg("\"%s\" was taken for a number", texts[i]);
    }
}

static void words_are_found_whole(void **state)
{
    (void)state;
    static const char *const names[] = {
        "", "ok", "connect_timeout", "connect_refused", "timeout", "status_4xx", "status_5xx"};
    struct words words = {.count = 0};
    char storage[64];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        words_add(&words, names[i]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(words_find(&words, field_of(storage, names[i])), i);
    assert_int_equal(words_find(&words, field_of(storage, "o")), -1);
    assert_int_equal(words_find(&words, field_of(storage, "okk")), -1);
    assert_int_equal(words_find(&words, field_of(storage, "OK")), -1);
    /* The same last eight bytes and length, another beginning. */
    assert_int_equal(words_find(&words, field_of(storage, "konnect_refused")), -1);
    assert_int_equal(words_find(&words, field_of(storage, "7timeout")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_have_their_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_survive_the_ends_of_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_separators_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later_columns_are_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_that_came_later_may_be_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_are_held_against_the_contract, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_of_another_width_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_field_is_refused_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_row_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_header_has_no_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(endless_rows_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_files_and_folders_are_told, set_up, tear_down),
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(words_are_found_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
