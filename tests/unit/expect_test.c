/* What is expected of responses: read, searched for in pieces, judged. */
#include "expect.h"

#include "dies.h"

#include "random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct expect *expect, const char *text)
{
    char error[EXPECT_ERROR_MAX];
    if (!expect_read(expect, text, error))
        fail_msg("%s: %s", text, error);
}

static void nothing_asked_is_any_status_below_400(void **state)
{
    (void)state;
    const struct expect expect = {0};
    assert_int_equal(expect_judge(&expect, NULL, 200, 0), EXPECT_MET);
    assert_int_equal(expect_judge(&expect, NULL, 399, 0), EXPECT_MET);
    assert_int_equal(expect_judge(&expect, NULL, 400, 0), EXPECT_STATUS);
}

static void statuses_are_single_classes_and_ranges(void **state)
{
    (void)state;
    struct expect expect = {0};
    add(&expect, "status=201,404,5xx");
    add(&expect, "status=300-302");
    static const int good[] = {201, 404, 500, 599, 300, 301, 302};
    static const int wrong[] = {200, 202, 403, 405, 499, 299, 303};
    for (int i = 0; i < 7; i++) {
        assert_int_equal(expect_judge(&expect, NULL, good[i], 0), EXPECT_MET);
        assert_int_equal(expect_judge(&expect, NULL, wrong[i], 0), EXPECT_STATUS);
    }
}

static void sizes_have_edges(void **state)
{
    (void)state;
    struct expect expect = {0};
    add(&expect, "size=100-200");
    assert_int_equal(expect_judge(&expect, NULL, 200, 99), EXPECT_SIZE);
    assert_int_equal(expect_judge(&expect, NULL, 200, 100), EXPECT_MET);
    assert_int_equal(expect_judge(&expect, NULL, 200, 200), EXPECT_MET);
    assert_int_equal(expect_judge(&expect, NULL, 200, 201), EXPECT_SIZE);
    expect = (struct expect){0};
    add(&expect, "size=0");
    assert_int_equal(expect_judge(&expect, NULL, 200, 0), EXPECT_MET);
    assert_int_equal(expect_judge(&expect, NULL, 200, 1), EXPECT_SIZE);
    assert_int_equal(expect_judge(&expect, NULL, 500, 1), EXPECT_STATUS); /* the first that fails */
}

static bool finds(const char *text, const uint8_t *body, size_t size, size_t piece)
{
    char line[EXPECT_TEXT_MAX_BYTES + 8];
    struct expect expect = {0};
    struct expect_search search = {0};
    snprintf(line, sizeof line, "body~%s", text);
    add(&expect, line);
    for (size_t at = 0; at < size; at += piece)
        expect_feed(&expect, &search, body + at, size - at < piece ? size - at : piece);
    return expect_judge(&expect, &search, 200, size) == EXPECT_MET;
}

/* Against memmem(3), over few letters so that borders are common, whole and in pieces. */
static void a_text_is_found_wherever_it_is_cut(void **state)
{
    (void)state;
    uint64_t random = 5;
    int found = 0;
    for (int round = 0; round < 20000; round++) {
        uint8_t body[40];
        char text[12] = "";
        const size_t size = random_next(&random) % sizeof body;
        const size_t text_size = 1 + random_next(&random) % 8;
        for (size_t i = 0; i < size; i++)
            body[i] = (uint8_t)('a' + random_next(&random) % 2);
        for (size_t i = 0; i < text_size; i++)
            text[i] = (char)('a' + random_next(&random) % 2);
        const bool is_there = memmem(body, size, text, text_size) != NULL;
        found += is_there;
        for (size_t piece = 1; piece <= 3; piece++)
            assert_int_equal(finds(text, body, size, piece), is_there);
        assert_int_equal(finds(text, body, size, sizeof body), is_there);
    }
    assert_in_range(found, 2000, 18000); /* both answers were tried */
}

static void every_text_must_be_there(void **state)
{
    (void)state;
    struct expect expect = {0};
    struct expect_search search = {0};
    add(&expect, "body~\"ok\":true");
    add(&expect, "body~}");
    expect_feed(&expect, &search, (const uint8_t *)"{\"ok\":tr", 8);
    assert_int_equal(expect_judge(&expect, &search, 200, 8), EXPECT_BODY);
    expect_feed(&expect, &search, (const uint8_t *)"ue", 2);
    assert_int_equal(expect_judge(&expect, &search, 200, 10), EXPECT_BODY);
    expect_feed(&expect, &search, (const uint8_t *)"}}}", 3);
    assert_int_equal(expect_judge(&expect, &search, 200, 13), EXPECT_MET);
    assert_string_equal(expect_result_name(EXPECT_BODY), "body");
}

static void name_of_result(void *result)
{
    expect_result_name(*(enum expect_result *)result);
}

static void results_have_names(void **state)
{
    (void)state;
    enum expect_result none = EXPECT_BODY + 1;
    assert_string_equal(expect_result_name(EXPECT_MET), "met");
    assert_string_equal(expect_result_name(EXPECT_STATUS), "status");
    assert_string_equal(expect_result_name(EXPECT_SIZE), "size");
    assert_true(dies(name_of_result, &none));
}

static void what_cannot_be_expected_is_told(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",           "status",         "status=",    "status=20",
                                        "status=600", "status=2x0",     "status=200,", "status=300-200",
                                        "size=",      "size=-1",        "size=2-1",   "size=a",
                                        "body~",      "header~X",       "status=200-", "body=x",
                                        "status=2:0", "status=2/0",     "status=20:", "status=20/",
                                        "status=2xy", "status=000",     "size=1-x",   "size=1-",
                                        "size=1234567890123456789012345678901234567890-5",
                                        ("status=20000000000000000000000000000000000000000000000000"
                                         "000000000000000000000000000000000000000000000000")};
    char error[EXPECT_ERROR_MAX];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct expect expect = {0};
        if (expect_read(&expect, wrong[i], error))
            fail_msg("taken: %s", wrong[i]);
        assert_non_null(strstr(error, "--expect"));
        assert_non_null(strchr(error, '\n')); /* the remedy */
    }
    struct expect expect = {0};
    add(&expect, "size=1");
    assert_false(expect_read(&expect, "size=2", error));
    char long_text[EXPECT_TEXT_MAX_BYTES + 7] = "body~";
    memset(long_text + 5, 'x', EXPECT_TEXT_MAX_BYTES + 1);
    assert_false(expect_read(&expect, long_text, error));
    for (int i = 0; i < EXPECT_STATUSES_MAX; i++)
        add(&expect, "status=200");
    assert_false(expect_read(&expect, "status=200", error));
    for (int i = 0; i < EXPECT_TEXTS_MAX; i++)
        add(&expect, "body~x");
    assert_false(expect_read(&expect, "body~x", error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_is_any_status_below_400),
        cmocka_unit_test(statuses_are_single_classes_and_ranges),
        cmocka_unit_test(sizes_have_edges),
        cmocka_unit_test(a_text_is_found_wherever_it_is_cut),
        cmocka_unit_test(every_text_must_be_there),
        cmocka_unit_test(results_have_names),
        cmocka_unit_test(what_cannot_be_expected_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
