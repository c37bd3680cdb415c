/* Dates of RFC 9110 section 5.6.7 in their three forms, against timegm(3). */
#include "httpdate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW_S 1795000000 /* November 2026 */

static void the_three_forms_of_the_standard_are_one_date(void **state)
{
    (void)state;
    static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    for (int i = 0; i < 3; i++) {
        int64_t s = 0;
        assert_true(httpdate_read(forms[i], strlen(forms[i]), NOW_S, &s));
        assert_int_equal(s, 784111777); /* RFC 9110's own example */
    }
}

static void every_day_of_many_years_agrees_with_the_library(void **state)
{
    (void)state;
    for (time_t day = 0; day < 4102444800; day += 86400 - 1) { /* to 2100, at all hours */
        char text[64];
        struct tm parts;
        int64_t s = -1;
        gmtime_r(&day, &parts);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        assert_true(httpdate_read(text, strlen(text), NOW_S, &s));
        assert_int_equal(s, day);
        strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts);
        assert_true(httpdate_read(text, strlen(text), NOW_S, &s));
        assert_int_equal(s, day);
    }
}

static void a_year_of_two_digits_is_near(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        time_t s;
    } dates[] = {{"Monday, 01-Jan-35 00:00:00 GMT", 2051222400},
                 {"Friday, 01-Jan-99 00:00:00 GMT", 915148800},
                 {"Wednesday, 01-Jan-70 00:00:00 GMT", 3155760000}}; /* 44 years ahead */
    for (int i = 0; i < 3; i++) {
        int64_t s = 0;
        assert_true(httpdate_read(dates[i].text, strlen(dates[i].text), NOW_S, &s));
        assert_int_equal(s, dates[i].s);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Nov 1994 08:49:37 CET",
                                        "Sun, 6 Nov 1994 08:49:37 GMT",
                                        "Sun, 31 Feb 1994 08:49:37 GMT",
                                        "Sun, 00 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 24:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:60:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:61 GMT",
                                        "Sun, 06 nov 1994 08:49:37 GMT",
                                        "Sun, 06 anF 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1969 08:49:37 GMT",
                                        "5un, 06 Nov 1994 08:49:37 GMT",
                                        "{un, 06 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 0::49:37 GMT",
                                        "Sun, 06 Nov 1994 0/:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 GMT ",
                                        "Sun Nov 06 08:49:37 1994 and a long tail behind it"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t s;
        if (httpdate_read(wrong[i], strlen(wrong[i]), NOW_S, &s))
            fail_msg("taken for a date: %s", wrong[i]);
        for (size_t cut = 0; cut < strlen(wrong[i]); cut++)
            assert_false(httpdate_read(wrong[i], cut, NOW_S, &s) && cut < 24);
    }
    int64_t s;
    assert_false(httpdate_read("Sun, 06 Nov 1994 08:49:37 GMT\0", 30, NOW_S, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_of_the_standard_are_one_date),
        cmocka_unit_test(every_day_of_many_years_agrees_with_the_library),
        cmocka_unit_test(a_year_of_two_digits_is_near),
        cmocka_unit_test(what_is_no_date_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
