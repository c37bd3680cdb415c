/* Escaping of what anybody can choose, and numbers as people read them. */
#include "markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_written(void (*write)(FILE *, const char *), const char *text, const char *expected)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    write(out, text);
    fclose(out);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void html_escapes_what_means_something(void **state)
{
    (void)state;
    check_written(markup_text, "<b a=\"x\" c='y'>&", "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;");
    check_written(markup_text, "a\tb\nc", "a\tb\nc");
    check_written(markup_text, "a\x01\x7f", "a\uFFFD\uFFFD");
    check_written(markup_text, "Grüße \U0001F600", "Grüße \U0001F600");
}

/* Each byte that is no part of a character is one U+FFFD: RFC 3629, section 3. */
static void broken_utf8_is_replaced(void **state)
{
    (void)state;
    check_written(markup_text, "\xff", "\uFFFD");
    check_written(markup_text, "\xc3", "\uFFFD");                     /* cut off */
    check_written(markup_text, "\xc0\xbc", "\uFFFD\uFFFD");           /* an over-long < */
    check_written(markup_text, "\xe0\x80\xbc", "\uFFFD\uFFFD\uFFFD"); /* another */
    check_written(markup_text, "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"); /* a surrogate */
    check_written(markup_text, "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD");
    check_written(markup_text, "\xe2\x82<", "\uFFFD\uFFFD&lt;");
}

static void json_is_safe_inside_a_script(void **state)
{
    (void)state;
    check_written(markup_json, "</script><!--", "\"\\u003c/script>\\u003c!--\"");
    check_written(markup_json, "a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\"");
    check_written(markup_json, "\u2028\u2029é", "\"\\u2028\\u2029é\"");
    check_written(markup_json, "\xfe", "\"\uFFFD\"");
}

static void prose_sets_units(void **state)
{
    (void)state;
    check_written(markup_prose, "took 28.2 us, or 3 ms", "took 28.2\u00a0µs, or 3\u00a0ms");
    check_written(markup_prose, "55 % below", "55\u00a0% below");
    check_written(markup_prose, "5 users, thus us", "5 users, thus us");
    check_written(markup_prose, "3 sets", "3 sets");
    check_written(markup_prose, "1 us<b>", "1\u00a0µs&lt;b&gt;");
}

static void names_are_shortened_by_characters(void **state)
{
    (void)state;
    char copy[64];
    markup_shorten("short", 5, copy, sizeof copy);
    assert_string_equal(copy, "short");
    markup_shorten("longer", 5, copy, sizeof copy);
    assert_string_equal(copy, "long…");
    markup_shorten("äöüßéè", 5, copy, sizeof copy);
    assert_string_equal(copy, "äöüß…");
    markup_shorten("", 5, copy, sizeof copy);
    assert_string_equal(copy, "");
}

static void numbers_have_three_digits_and_a_unit(void **state)
{
    (void)state;
    char text[MARKUP_TEXT_MAX];
    assert_string_equal(markup_time(28200, text), "28.2\u00a0µs");
    assert_string_equal(markup_time(1970000, text), "1.97\u00a0ms");
    assert_string_equal(markup_time(150 * 1000000000LL, text), "2\u00a0min\u00a030\u00a0s");
    assert_string_equal(markup_rate(31240, text), "31,240/s");
    assert_string_equal(markup_rate(34.418, text), "34.4/s");
    assert_string_equal(markup_rate(0, text), "0/s");
    assert_string_equal(markup_share(0, text), "0\u00a0%");
    assert_string_equal(markup_share(1, text), "100\u00a0%");
    assert_string_equal(markup_share(0.0123, text), "1.23\u00a0%");
    assert_string_equal(markup_share(1e-7, text), "under\u00a00.001\u00a0%");
    assert_string_equal(markup_bytes(47000000, text), "47\u00a0MB");
}

/* One failure in a million is not "100 %". */
static void a_share_is_never_rounded_to_all(void **state)
{
    (void)state;
    char text[MARKUP_TEXT_MAX];
    assert_string_equal(markup_share(0.999999, text), "99.9999\u00a0%");
    assert_string_equal(markup_share(0.99999999, text), "99.9999\u00a0%");
}

static void changes_are_signed(void **state)
{
    (void)state;
    char text[MARKUP_TEXT_MAX];
    assert_string_equal(markup_change(0.683, text), "−31.7\u00a0%");
    assert_string_equal(markup_change(1.44, text), "+44.0\u00a0%");
    assert_string_equal(markup_change(1.0001, text), "none");
    assert_string_equal(markup_change(12.44, text), "12.4 times");
    assert_string_equal(markup_change(12345.6, text), "12,346 times");
    assert_string_equal(markup_change(1.0 / 0.0, text), "from nothing");
}

static void moments_are_said_as_people_do(void **state)
{
    (void)state;
    char text[MARKUP_TEXT_MAX];
    assert_string_equal(markup_moment(37, 60, text), "0:37");
    assert_string_equal(markup_moment(1.2, 5, text), "0:01");
    assert_string_equal(markup_moment(3725, 7200, text), "1:02:05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_escapes_what_means_something),
        cmocka_unit_test(broken_utf8_is_replaced),
        cmocka_unit_test(json_is_safe_inside_a_script),
        cmocka_unit_test(prose_sets_units),
        cmocka_unit_test(names_are_shortened_by_characters),
        cmocka_unit_test(numbers_have_three_digits_and_a_unit),
        cmocka_unit_test(a_share_is_never_rounded_to_all),
        cmocka_unit_test(changes_are_signed),
        cmocka_unit_test(moments_are_said_as_people_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
