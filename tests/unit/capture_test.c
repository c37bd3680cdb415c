/* Retry-After and Location out of heads, wherever they are cut. */
#include "capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *head, *retry_after, *location;
} heads[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", ""},
    {"HTTP/1.1 503 X\r\nRetry-After: 120\r\nLocation:/a b\r\n\r\n", "120", "/a b"},
    {"HTTP/1.1 503 X\r\nRETRY-AFTER:\t 7 \t\r\nx-location: /no\r\nlocation: http://h/ \r\n\r\n", "7", "http://h/"},
    {"HTTP/1.1 503 X\r\nRetry-After: 1\r\nRetry-After: 2\r\n\r\n", "1", ""},
    {"HTTP/1.1 503 X\r\nRetry-After:\r\nRetry-After-Not: 2\r\nLocatio: 1\r\n\r\n", "", ""},
    {"HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\nHTTP/1.1 429 X\r\nRetry-After: 3\r\n\r\n", "3", ""},
    {"HTTP/1.1 101 X\r\nLocation: /x\r\n\r\nHTTP/1.1 200 X\r\nLocation: /y\r\n\r\n", "", "/x"},
    {"HTTP/1.1 302 X\r\nLocation: /x\r\n\r\nLocation: /body\r\n\r\nRetry-After: 4\r\n", "", "/x"},
    {"HTTP/1.0 301\r\nLocation: /x\r\n\r\n", "", "/x"},
};

static void expect(const struct capture *c, size_t i)
{
    assert_int_equal(c->retry_after_size, strlen(heads[i].retry_after));
    assert_memory_equal(c->retry_after, heads[i].retry_after, c->retry_after_size);
    assert_int_equal(c->location_size, strlen(heads[i].location));
    assert_memory_equal(c->location, heads[i].location, c->location_size);
}

static void values_are_found_wherever_a_head_is_cut(void **state)
{
    (void)state;
    static struct capture c; /* the same for all: what one response held, the next does not */
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)heads[i].head;
        const size_t size = strlen(heads[i].head);
        for (size_t cut = 0; cut <= size; cut++) {
            capture_start(&c);
            capture_feed(&c, bytes, cut);
            capture_feed(&c, bytes + cut, size - cut);
            expect(&c, i);
        }
        capture_start(&c);
        for (size_t at = 0; at < size; at++)
            capture_feed(&c, bytes + at, 1);
        expect(&c, i);
    }
}

static void what_is_too_long_is_told_by_its_size(void **state)
{
    (void)state;
    static struct capture c;
    static char head[3 * LIMIT_LOCATION_MAX_BYTES];
    for (size_t size = LIMIT_LOCATION_MAX_BYTES - 1; size <= LIMIT_LOCATION_MAX_BYTES + 2; size++) {
        const int bytes = snprintf(head, sizeof head, "HTTP/1.1 301 X\r\nLocation: %0*d\r\nRetry-After: %070d\r\n\r\n",
                                   (int)size, 0, 0);
        capture_start(&c);
        capture_feed(&c, (const uint8_t *)head, (size_t)bytes);
        assert_int_equal(c.location_size > LIMIT_LOCATION_MAX_BYTES, size > LIMIT_LOCATION_MAX_BYTES);
        assert_int_equal(c.retry_after_size, CAPTURE_AFTER_MAX_BYTES + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_wherever_a_head_is_cut),
        cmocka_unit_test(what_is_too_long_is_told_by_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
