/* Characters are decoded as RFC 3629 has them, and come out as they went in. */
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_character_comes_back(void **state)
{
    (void)state;
    for (uint32_t value = 1; value <= 0x10ffff; value++) {
        char text[5] = "";
        const char *at = text;
        if (value >= 0xd800 && value <= 0xdfff)
            continue;
        const size_t size = utf8_encode(value, text);
        if (utf8_next(&at) != value || (size_t)(at - text) != size)
            fail_msg("U+%04X", (unsigned)value);
    }
}

static void check(const char *bytes, size_t replaced)
{
    const char *at = bytes;
    size_t count = 0;
    while (*at)
        count += utf8_next(&at) == UTF8_REPLACEMENT;
    assert_int_equal(count, replaced);
    assert_int_equal((size_t)(at - bytes), strlen(bytes));
}

static void what_is_no_utf8_is_replaced_byte_by_byte(void **state)
{
    (void)state;
    check("\xff", 1);
    check("\x80", 1);
    check("\xc3", 1);             /* cut off */
    check("\xc0\xbc", 2);         /* an over-long < */
    check("\xe0\x80\xbc", 3);     /* another */
    check("\xed\xa0\x80", 3);     /* a surrogate */
    check("\xf4\x90\x80\x80", 4); /* above U+10FFFF */
    check("\xf8\x88\x80\x80\x80", 5);
    check("\xe2\x82<", 2);
    check("\xe2\x82\xac", 0);
}

static void terminals_obey_three_ranges(void **state)
{
    (void)state;
    assert_true(utf8_is_control(0x1b));
    assert_true(utf8_is_control('\n'));
    assert_true(utf8_is_control(0x7f));
    assert_true(utf8_is_control(0x9b));
    assert_false(utf8_is_control(' '));
    assert_false(utf8_is_control('~'));
    assert_false(utf8_is_control(0xa0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_comes_back),
        cmocka_unit_test(what_is_no_utf8_is_replaced_byte_by_byte),
        cmocka_unit_test(terminals_obey_three_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
