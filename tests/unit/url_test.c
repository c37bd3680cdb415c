/* url_test.c - URLs by the vectors of tests/vectors/url.md, and every prefix of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "url.h"
#include "vector.h"

#define TEXT_MAX (LIMIT_URL_MAX_BYTES + 1024)

/* Parses a copy that ends at a guard page and writes what came out, as the vectors have it. */
static void describe(const struct guard *guard, const uint8_t *input, size_t size,
                     char text[TEXT_MAX])
{
    static struct url url;
    static char zeroed[TEXT_MAX];
    char error[URL_ERROR_MAX];
    char authority[URL_AUTHORITY_MAX];
    memcpy(zeroed, input, size);
    zeroed[size] = '\0';
    const char *placed = (const char *)guard_place(guard, (const uint8_t *)zeroed, size + 1);
    if (!url_parse(placed, &url, error)) {
        snprintf(text, TEXT_MAX, "refused: %s\n", error);
        return;
    }
    snprintf(text, TEXT_MAX, "%s %s port %u target %s%s\nauthority %s\n",
             url.scheme == URL_HTTP ? "http" : "https", url.host, url.port, url.target,
             url.is_ipv6_literal ? " ipv6" : "", url_format_authority(&url, authority));
}

static void vector_passes(void **state)
{
    const struct vector *v = *state;
    static char text[TEXT_MAX];
    struct guard guard = guard_open(TEXT_MAX);
    describe(&guard, v->input, v->size, text);
    assert_string_equal(text, v->expected);
    guard_close(&guard);
}

/* No prefix reads too far, and each comes to a result in one line. */
static void prefixes_are_harmless(void **state)
{
    const struct vectors *vectors = *state;
    static char text[TEXT_MAX];
    struct guard guard = guard_open(TEXT_MAX);
    for (size_t i = 0; i < vectors->count; i++) {
        const struct vector *v = &vectors->list[i];
        for (size_t size = 0; size < v->size && size < 300; size++) {
            describe(&guard, v->input, size, text);
            assert_true(strncmp(text, "refused: ", 9) == 0 || strncmp(text, "http", 4) == 0);
            assert_int_equal(text[strlen(text) - 1], '\n');
        }
    }
    guard_close(&guard);
}

static void the_longest_url_fits(void **state)
{
    (void)state;
    static struct url url;
    static char text[LIMIT_URL_MAX_BYTES + 1] = "http://h?";
    char error[URL_ERROR_MAX];
    memset(text + 9, 'a', LIMIT_URL_MAX_BYTES - 9);
    assert_true(url_parse(text, &url, error));
    assert_int_equal(strlen(url.target), LIMIT_URL_MAX_BYTES - 7);
}

static void authorities_fit_their_text(void **state)
{
    (void)state;
    static struct url url = {.scheme = URL_HTTP, .port = 65535, .is_ipv6_literal = true};
    char text[URL_AUTHORITY_MAX];
    memset(url.host, 'a', URL_HOST_MAX_BYTES);
    assert_int_equal(strlen(url_format_authority(&url, text)), URL_AUTHORITY_MAX - 1);
}

int main(void)
{
    struct vectors vectors = {0};
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test_prestate(prefixes_are_harmless, &vectors),
        cmocka_unit_test(the_longest_url_fits),
        cmocka_unit_test(authorities_fit_their_text),
    };
    const size_t fixed_count = sizeof fixed / sizeof fixed[0];
    vectors_load(&vectors, "tests/vectors/url.md", "url", "");
    struct CMUnitTest *tests = calloc(fixed_count + vectors.count, sizeof *tests);
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < vectors.count; i++)
        tests[fixed_count + i] = (struct CMUnitTest){.name = vectors.list[i].name,
                                                     .test_func = vector_passes,
                                                     .initial_state = &vectors.list[i]};
    const int failed =
        _cmocka_run_group_tests("url", tests, fixed_count + vectors.count, NULL, NULL);
    free(tests);
    vectors_free(&vectors);
    return failed;
}
