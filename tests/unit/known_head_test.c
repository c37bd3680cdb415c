/* The head that is known: recalled where it comes again, and forgotten where heads differ. That a
 * response comes to the same either way is response_test's, by all of its vectors. */
#include "known_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct response feed(struct known_head *known, const char *text, bool to_head)
{
    struct response r;
    size_t consumed;
    response_start(&r, to_head);
    known_head_feed(known, &r, (const uint8_t *)text, strlen(text), &consumed, NULL);
    return r;
}

static void a_head_is_recalled(void **state)
{
    (void)state;
    struct known_head known = {0};
    static const char text[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
    feed(&known, text, false);
    assert_int_equal(known.size, strlen(text) - 2);
    assert_memory_equal(known.bytes, text, known.size);
    known.response.status = 499; /* so that it is seen where the answer comes from */
    assert_int_equal(feed(&known, text, false).status, 499);
    assert_int_equal(feed(&known, text, false).body_bytes, 2);
    assert_int_equal(feed(&known, text, false).bytes, strlen(text));
}

/* The answer to a HEAD has the same head, and ends with it. */
static void what_was_asked_is_part_of_it(void **state)
{
    (void)state;
    struct known_head known = {0};
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    feed(&known, text, false);
    known.response.status = 499;
    assert_int_equal(feed(&known, text, true).status, 200);
}

static void the_last_byte_of_a_head_tells(void **state)
{
    (void)state;
    struct known_head known = {0};
    feed(&known, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);
    assert_int_equal(
        feed(&known, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok", false).body_bytes, 1);
    assert_int_equal(feed(&known, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r", false).head_seen,
                     false);
}

static void long_interim_and_broken_heads_are_not_learned(void **state)
{
    (void)state;
    struct known_head known = {0};
    char text[2 * KNOWN_HEAD_MAX_BYTES];
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nX: %0*d\r\nContent-Length: 0\r\n\r\n",
             (int)KNOWN_HEAD_MAX_BYTES, 0);
    assert_true(feed(&known, text, false).head_seen);
    assert_int_equal(known.size, 0);
    feed(&known, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
         false);
    assert_int_equal(known.size, 0);
    feed(&known, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false);
    assert_int_equal(known.size, 0);
    feed(&known, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", false);
    assert_int_equal(known.size, 0);
}

/* A head that is known is looked for where a response begins, and nowhere else. */
static void pieces_of_a_response_are_taken_as_they_come(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n";
    static const char interim[] = "HTTP/1.1 103 Early Hints\r\n\r\n";
    const size_t size = strlen(head);
    struct known_head known = {0};
    struct response r;
    size_t consumed;
    feed(&known, interim, false);
    assert_int_equal(known.size, 0);
    known = (struct known_head){0};
    feed(&known, head, false);
    assert_int_equal(known.size, size);
    response_start(&r, false); /* alone, it is recalled and wants more */
    assert_int_equal(known_head_feed(&known, &r, (const uint8_t *)head, size, &consumed, NULL),
                     RESPONSE_MORE);
    assert_int_equal(consumed, size);
    for (int i = 0; i < 4; i++) /* the body, which happens to look like a head */
        known_head_feed(&known, &r, (const uint8_t *)head, size, &consumed, NULL);
    assert_int_equal(r.body_bytes, 4 * size);
    assert_int_equal(known.size, size);
}

/* How many of 10,000 heads are learned, of which each comes `times` times. */
static int count_learned(int times)
{
    struct known_head known = {0};
    int learned = 0;
    for (int i = 0; i < 10000; i++) {
        char text[128];
        uint8_t before[KNOWN_HEAD_MAX_BYTES];
        memcpy(before, known.bytes, sizeof before);
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nX: %08d\r\nContent-Length: 0\r\n\r\n",
                 i / times);
        feed(&known, text, false);
        learned += memcmp(before, known.bytes, sizeof before) != 0;
    }
    return learned;
}

static void heads_that_differ_are_hardly_ever_learned(void **state)
{
    (void)state;
    assert_in_range(count_learned(1), 11, 20);
    assert_int_equal(count_learned(100), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_recalled),
        cmocka_unit_test(what_was_asked_is_part_of_it),
        cmocka_unit_test(the_last_byte_of_a_head_tells),
        cmocka_unit_test(long_interim_and_broken_heads_are_not_learned),
        cmocka_unit_test(pieces_of_a_response_are_taken_as_they_come),
        cmocka_unit_test(heads_that_differ_are_hardly_ever_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
