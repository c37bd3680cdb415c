/* JSON comes out valid, indented, and the same for the same calls. */
#include "emit.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *text;
static size_t size;
static struct emit emit;

static int set_up(void **state)
{
    (void)state;
    emit = (struct emit){.out = open_memstream(&text, &size)};
    return emit.out ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void members_stand_in_lines(void **state)
{
    (void)state;
    emit_object(&emit, NULL);
    emit_count(&emit, "a", 1);
    emit_array(&emit, "b");
    emit_text(&emit, NULL, "x");
    emit_object(&emit, NULL);
    emit_object_end(&emit);
    emit_array_end(&emit);
    emit_array(&emit, "c");
    emit_array_end(&emit);
    emit_bool(&emit, "d", true);
    emit_null(&emit, "e");
    emit_object_end(&emit);
    fclose(emit.out);
    assert_string_equal(text, "{\n  \"a\": 1,\n  \"b\": [\n    \"x\",\n    {}\n  ],\n  \"c\": [],\n"
                              "  \"d\": true,\n  \"e\": null\n}\n");
}

static void values_are_read_back(void **state)
{
    (void)state;
    emit_object(&emit, NULL);
    emit_text(&emit, "\"quoted\"", "</script>\n\t\"\\\x01 caf\xc3\xa9");
    emit_text(&emit, "none", NULL);
    emit_ns(&emit, "low", INT64_MIN);
    emit_count(&emit, "high", INT64_MAX);
    emit_number(&emit, "number", 0.1);
    emit_number(&emit, "large", 1e20);
    emit_number(&emit, "nan", NAN);
    emit_number(&emit, "infinite", -INFINITY);
    emit_object_end(&emit);
    fclose(emit.out);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s", error.text);
    assert_string_equal(json_string_value(json_object_get(root, "\"quoted\"")),
                        "</script>\n\t\"\\\x01 caf\xc3\xa9");
    assert_true(json_is_null(json_object_get(root, "none")));
    assert_int_equal(json_integer_value(json_object_get(root, "low")), INT64_MIN);
    assert_int_equal(json_integer_value(json_object_get(root, "high")), INT64_MAX);
    assert_true(fabs(json_number_value(json_object_get(root, "number")) - 0.1) < 1e-9);
    assert_true(fabs(json_number_value(json_object_get(root, "large")) / 1e20 - 1) < 1e-8);
    assert_true(json_is_null(json_object_get(root, "nan")));
    assert_true(json_is_null(json_object_get(root, "infinite")));
    json_decref(root);
}

/* Cut to nine digits, a base of 1,099,515,640 ns was written as 1.09951564e+09. */
static void check_number(double value, const char *expected)
{
    set_up(NULL);
    emit_number(&emit, NULL, value);
    fclose(emit.out);
    assert_string_equal(text, expected);
    free(text);
    text = NULL;
}

static void whole_numbers_are_written_as_such(void **state)
{
    (void)state;
    check_number(1099515640, "1099515640");
    check_number(0, "0");
    check_number(-0.0, "0");
    check_number(-7, "-7");
    check_number(9007199254740992.0, "9007199254740992");
    check_number(1e20, "1e+20");
}

static void fractions_are_read_back_as_they_were(void **state)
{
    (void)state;
    check_number(0.1, "0.1");
    check_number(34.5, "34.5");
    check_number(1.0 / 3, "0.3333333333333333");
    for (double value = 1e-9; value < 1e12; value *= 7.123456789) {
        set_up(NULL);
        emit_number(&emit, NULL, value);
        fclose(emit.out);
        assert_true(memcmp(&(double){strtod(text, NULL)}, &value, sizeof value) == 0);
        free(text);
    }
    text = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_stand_in_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_are_read_back, set_up, tear_down),
        cmocka_unit_test(whole_numbers_are_written_as_such),
        cmocka_unit_test(fractions_are_read_back_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
