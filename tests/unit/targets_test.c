/* Targets as they are written, what is sent to each, and the order in which they take turns. */
#include "target_lines.h"
#include "targets.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOST "http://127.0.0.1:1"

/* Options with these targets, as lines that a semicolon parts. Returns whether all could be read. */
static bool read_lines(struct options *o, char *lines, char *error)
{
    memset(o, 0, sizeof *o);
    for (char *line = strtok(lines, ";"); line; line = strtok(NULL, ";"))
        if (!target_lines_add(o, line, error))
            return false;
    return true;
}

static int render(const char *lines, struct options *o, struct targets *targets, char *error)
{
    static char text[4096];
    snprintf(text, sizeof text, "%s", lines);
    const uint64_t seed = o->config.seed;
    assert_true(read_lines(o, text, error));
    o->config.seed = seed;
    return targets_render(targets, &o->config, error);
}

static void words_are_weight_method_and_url(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint32_t weight;
        const char *method;
    } lines[] = {
        {HOST "/", 1, ""},         {"3 " HOST "/", 3, ""},           {"PUT " HOST "/", 1, "PUT"},
        {"65536 M-1 " HOST "/", 65536, "M-1"}, {"  2 \t GET  " HOST "/", 2, "GET"},
    };
    char error[OPTIONS_ERROR_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct options o = {0};
        assert_true(target_lines_add(&o, lines[i].line, error));
        assert_int_equal(o.config.targets_count, 1);
        assert_int_equal(o.config.targets[0].weight, lines[i].weight);
        assert_string_equal(o.config.targets[0].method, lines[i].method);
        assert_string_equal(o.config.targets[0].url, HOST "/");
        assert_string_equal(o.config.url, HOST "/");
        options_free(&o);
    }
}

static void what_is_no_target_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } lines[] = {
        {"0 " HOST "/", "the weight 0 is out of range"},
        {"65537 " HOST "/", "the weight 65537 is out of range"},
        {"1 GET POST " HOST "/", "too many words"},
        {"GET 3 " HOST "/", "too many words"},
        {"METHODTHATISMUCHTOOLONGFORANYBODY " HOST "/", "is no method"},
    };
    char error[OPTIONS_ERROR_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct options o = {0};
        assert_false(target_lines_add(&o, lines[i].line, error));
        assert_non_null(strstr(error, lines[i].expected));
        options_free(&o);
    }
}

static void each_block_holds_the_weights_exactly(void **state)
{
    (void)state;
    struct options o = {.config = {.seed = 1}};
    struct targets targets;
    char error[OPTIONS_ERROR_MAX];
    assert_int_equal(render("30 " HOST "/a;10 " HOST "/b;20 " HOST "/c", &o, &targets, error), 0);
    uint32_t differing = 0;
    for (uint64_t block = 0; block < 5000; block++) {
        uint32_t counts[3] = {0};
        for (uint64_t i = 6 * block; i < 6 * block + 6; i++) {
            counts[targets_of(&targets, i)]++;
            differing += targets_of(&targets, i) != targets_of(&targets, i % 6);
        }
        assert_int_equal(counts[0], 3);
        assert_int_equal(counts[1], 1);
        assert_int_equal(counts[2], 2);
    }
    assert_true(differing > 10000); /* blocks differ in their order */
    targets_free(&targets);
    options_free(&o);
}

static void the_order_is_the_seeds(void **state)
{
    (void)state;
    struct targets orders[3];
    struct options o[3] = {{.config = {.seed = 7}}, {.config = {.seed = 7}}, {.config = {.seed = 8}}};
    char error[OPTIONS_ERROR_MAX];
    uint32_t differing = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(render(HOST "/a;" HOST "/b", &o[i], &orders[i], error), 0);
    for (uint64_t i = 0; i < 10000; i++) {
        assert_int_equal(targets_of(&orders[0], i), targets_of(&orders[1], i));
        differing += targets_of(&orders[0], i) != targets_of(&orders[2], i);
    }
    assert_true(differing > 4000 && differing < 6000);
    for (int i = 0; i < 3; i++) {
        targets_free(&orders[i]);
        options_free(&o[i]);
    }
}

static void a_body_goes_to_who_takes_one(void **state)
{
    (void)state;
    struct options o;
    struct targets targets;
    char text[] = "GET " HOST "/a;" HOST "/b;PUT " HOST "/c", error[OPTIONS_ERROR_MAX];
    assert_true(read_lines(&o, text, error));
    o.config.body = "xyz";
    o.config.body_bytes = 3;
    assert_int_equal(targets_render(&targets, &o.config, error), 0);
    static const struct {
        const char *method;
        bool has_body;
    } expected[] = {{"GET", false}, {"POST", true}, {"PUT", true}};
    for (int i = 0; i < 3; i++) {
        size_t size;
        const uint8_t *bytes = request_pick(&targets.all[i].request, 0, &size);
        assert_string_equal(targets.all[i].method, expected[i].method);
        assert_memory_equal(bytes, expected[i].method, strlen(expected[i].method));
        assert_int_equal(memcmp(bytes + size - 3, "xyz", 3) == 0, expected[i].has_body);
    }
    targets_free(&targets);
    options_free(&o);
}

static void what_cannot_be_loaded_together_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *expected;
    } cases[] = {
        {HOST "/;http://127.0.0.1:2/", "127.0.0.1:2 is another server than 127.0.0.1:1"},
        {HOST "/;http://localhost:1/", "localhost:1 is another server"},
        {HOST "/a;2 " HOST "/a", "GET /a is given twice"},
        {HOST "/a;ftp://x/", "ftp"},
        {"65536 " HOST "/a;65535 " HOST "/b", "the weights add up to 131071"},
    };
    char error[OPTIONS_ERROR_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options o = {0};
        struct targets targets;
        assert_int_equal(render(cases[i].lines, &o, &targets, error), -EINVAL);
        assert_non_null(strstr(error, cases[i].expected));
        targets_free(&targets);
        options_free(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_weight_method_and_url),
        cmocka_unit_test(what_is_no_target_is_told),
        cmocka_unit_test(each_block_holds_the_weights_exactly),
        cmocka_unit_test(the_order_is_the_seeds),
        cmocka_unit_test(a_body_goes_to_who_takes_one),
        cmocka_unit_test(what_cannot_be_loaded_together_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
