/* What a broken file brings into a message cannot move a terminal's cursor. */
#include "fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void control_characters_are_shown_as_such(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(fault_set(&fault, "a%sb\n      c", "\033[2J\r\x7f"), -EINVAL);
    assert_string_equal(fault.text, "a?[2J??b\n      c");
    /* C1, which terminals obey too, and what is no UTF-8. */
    fault_set(&fault, "%s", "\xc2\x9b" "2J \x9b \xff caf\xc3\xa9");
    assert_string_equal(fault.text, "?2J ? ? caf\xc3\xa9");
}

static void system_errors_have_their_words(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(fault_set_errno(&fault, ENOSPC, "cannot write %s", "x"), -ENOSPC);
    assert_string_equal(fault.text, "cannot write x: No space left on device");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct fault fault;
    char text[2 * FAULT_TEXT_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fault_set(&fault, "%s", text);
    assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
    fault_set_errno(&fault, EIO, "%s", text);
    assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_shown_as_such),
        cmocka_unit_test(system_errors_have_their_words),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
