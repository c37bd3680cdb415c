/* chunked_test.c - chunked bodies by the vectors of tests/vectors/chunked.md: each is fed whole,
 * byte by byte and at every two-way split, against a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check_caught.h"
#include "chunked.h"
#include "vector.h"

#define TEXT_MAX 256
#define SPLITS_WHOLE 4096 /* inputs up to this are cut at every place, longer ones near their end  \
                           */

/* A body that is being fed, and how it ended. */
struct session {
    struct chunked chunked;
    const struct guard *guard;
    size_t at;
    uint64_t body_bytes;
    bool over;
    char text[TEXT_MAX];
};

static void session_feed(struct session *s, const struct vector *v, size_t end)
{
    const size_t size = end - s->at;
    size_t consumed = SIZE_MAX;
    enum framing_error error = FRAMING_OK;
    const enum chunked_result result =
        chunked_feed(&s->chunked, guard_place(s->guard, v->input + s->at, size), size, &consumed,
                     &s->body_bytes, &error);
    s->at += consumed;
    s->over = true;
    switch (result) {
    case CHUNKED_MORE:
        s->over = consumed != size;
        snprintf(s->text, TEXT_MAX, "more body %zu\n", (size_t)s->body_bytes);
        break;
    case CHUNKED_LAST: snprintf(s->text, TEXT_MAX, "last body %zu\n", (size_t)s->body_bytes); break;
    case CHUNKED_BAD: snprintf(s->text, TEXT_MAX, "bad %s\n", framing_name(error)); break;
    }
}

/* Feeds the vector in pieces of `step` bytes, the first of `first`. */
static bool vector_holds(const struct vector *v, const struct guard *guard, size_t first,
                         size_t step)
{
    struct session s = {.guard = guard};
    const size_t stop = v->stops_count > 0 ? v->stops[0] : v->size;
    chunked_start(&s.chunked);
    for (size_t end = first; !s.over; end += step) {
        session_feed(&s, v, end < v->size ? end : v->size);
        if (end >= v->size)
            break;
    }
    if (strcmp(s.text, v->expected) == 0 && s.at == stop)
        return true;
    print_error("%s, first %zu, then by %zu: %sat %zu of %zu, expected: %sat %zu\n", v->name, first,
                step, s.text, s.at, v->size, v->expected, stop);
    return false;
}

static void vector_passes(void **state)
{
    const struct vector *v = *state;
    struct guard guard = guard_open(v->size);
    assert_true(vector_holds(v, &guard, v->size, 1));
    assert_true(vector_holds(v, &guard, 1, 1));
    assert_true(vector_holds(v, &guard, 0, 3));
    for (size_t cut = 1; cut < v->size; cut++)
        if (v->size <= SPLITS_WHOLE || cut + 50 > v->size)
            assert_true(vector_holds(v, &guard, cut, v->size));
    guard_close(&guard);
}

static void canary_wrong_expectations_are_seen(void **state)
{
    (void)state;
    struct vector v = {.name = "canary (the message above is wanted)",
                       .input = (uint8_t *)"0\r\n",
                       .size = 3,
                       .expected = (char *)"last body 1\n"};
    struct guard guard = guard_open(v.size);
    assert_false(vector_holds(&v, &guard, v.size, 1));
    v.expected = (char *)"last body 0\n";
    assert_true(vector_holds(&v, &guard, v.size, 1));
    guard_close(&guard);
}

static void misuse_is_caught(void **state)
{
    (void)state;
    struct chunked c;
    size_t consumed;
    uint64_t body_bytes = 0;
    enum framing_error error;
    chunked_start(&c);
    assert_int_equal(chunked_feed(&c, (const uint8_t *)"0\r\n", 3, &consumed, &body_bytes, &error),
                     CHUNKED_LAST);
    expect_assert_failure(
        chunked_feed(&c, (const uint8_t *)"0\r\n", 3, &consumed, &body_bytes, &error));
}

int main(void)
{
    struct vectors vectors = {0};
    vectors_load(&vectors, "tests/vectors/chunked.md", "chunked", "\r\n");
    struct CMUnitTest *tests = calloc(vectors.count + 2, sizeof *tests);
    tests[0] = (struct CMUnitTest)cmocka_unit_test(canary_wrong_expectations_are_seen);
    tests[1] = (struct CMUnitTest)cmocka_unit_test(misuse_is_caught);
    for (size_t i = 0; i < vectors.count; i++)
        tests[2 + i] = (struct CMUnitTest){.name = vectors.list[i].name,
                                           .test_func = vector_passes,
                                           .initial_state = &vectors.list[i]};
    const int failed = _cmocka_run_group_tests("chunked", tests, vectors.count + 2, NULL, NULL);
    free(tests);
    vectors_free(&vectors);
    return failed;
}
