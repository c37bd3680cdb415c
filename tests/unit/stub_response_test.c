/* The stub's answers, byte by byte. */
#include "stub_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct stub_answer *answer, size_t size, bool chunked, const char *bytes)
{
    struct stub_body body;
    struct iovec rest;
    char text[STUB_RESPONSE_HEAD_MAX + 1024];
    assert_int_equal(stub_body_init(&body, size, chunked), 0);
    const size_t head_size = stub_response_head(answer, &body, text, &rest);
    assert_true(rest.iov_len < 1024);
    memcpy(text + head_size, rest.iov_base, rest.iov_len);
    text[head_size + rest.iov_len] = '\0';
    assert_string_equal(text, bytes);
    stub_body_free(&body);
}

#define FIRST "HTTP/1.1 200 OK\r\nServer: tare-stub\r\nContent-Type: text/plain\r\n"

static void answers_have_their_bytes(void **state)
{
    (void)state;
    struct stub_answer answer = {.status = 200, .latency_ns = 479830000, .keep_alive = true};
    expect(&answer, 13, false,
           FIRST "Content-Length: 13\r\nServer-Timing: total;dur=479.830\r\n\r\nHello, World!");
    answer.latency_ns = -1;
    expect(&answer, 13, false, FIRST "Content-Length: 13\r\n\r\nHello, World!");
    expect(&answer, 15, false, FIRST "Content-Length: 15\r\n\r\nHello, World!He");
    expect(&answer, 0, false, FIRST "Content-Length: 0\r\n\r\n");
    expect(&answer, 13, true,
           FIRST "Transfer-Encoding: chunked\r\n\r\nd\r\nHello, World!\r\n0\r\n\r\n");
    expect(&answer, 0, true, FIRST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    answer.is_head_method = true;
    expect(&answer, 13, true, FIRST "Transfer-Encoding: chunked\r\n\r\n");
    expect(&answer, 13, false, FIRST "Content-Length: 13\r\n\r\n");
    answer = (struct stub_answer){.status = 200, .latency_ns = -1, .is_http_1_0 = true};
    expect(&answer, 2, true, FIRST "Content-Length: 2\r\nConnection: close\r\n\r\nHe");
    answer.keep_alive = true;
    expect(&answer, 2, true, FIRST "Content-Length: 2\r\nConnection: keep-alive\r\n\r\nHe");
    answer = (struct stub_answer){.status = 204, .latency_ns = -1, .keep_alive = true};
    expect(&answer, 13, false, "HTTP/1.1 204 No Content\r\nServer: tare-stub\r\n\r\n");
    answer = (struct stub_answer){.status = 599, .latency_ns = 1234567, .keep_alive = true};
    expect(&answer, 1, false,
           "HTTP/1.1 599 \r\nServer: tare-stub\r\nContent-Type: text/plain\r\n"
           "Content-Length: 1\r\nServer-Timing: total;dur=1.234567\r\n\r\nH");
    answer = (struct stub_answer){.status = 400, .latency_ns = -1, .error = "no"};
    expect(&answer, 13, true,
           "HTTP/1.1 400 Bad Request\r\nServer: tare-stub\r\nContent-Type: text/plain\r\n"
           "Content-Length: 2\r\nConnection: close\r\n\r\nno");
}

/* A body of several chunks holds every byte of it, and a size line before each part. */
static void large_bodies_come_in_chunks(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 65536, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct stub_body body;
        assert_int_equal(stub_body_init(&body, sizes[i], true), 0);
        const uint8_t *at = body.chunks;
        size_t taken = 0;
        char *end;
        size_t size;
        while ((size = strtoul((const char *)at, &end, 16)) > 0) {
            assert_memory_equal(end, "\r\n", 2);
            assert_memory_equal(end + 2, body.bytes + taken, size);
            assert_memory_equal(end + 2 + size, "\r\n", 2);
            at = (const uint8_t *)end + 4 + size;
            taken += size;
        }
        assert_int_equal(taken, sizes[i]);
        assert_memory_equal(at, "0\r\n\r\n", 5);
        assert_int_equal(at + 5 - body.chunks, body.chunks_size);
        stub_body_free(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_their_bytes),
        cmocka_unit_test(large_bodies_come_in_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
