/* Requests as the stub reads them: each vector is fed whole, byte by byte and at every two-way
 * split, its last byte against a page that must not be read. */
#include "stub_request.h"
#include "vector.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct dialogue {
    const char *bytes;
    const char *expected; /* a line a request; what remains unread ends as "more" */
};

#define HOST "Host: x\r\n"

static const struct dialogue vectors[] = {
    /* Requests without a body. */
    {"GET / HTTP/1.1\r\n" HOST "\r\n", "GET / keep\n"},
    {"\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "GET / keep\n"},
    {"HEAD /a?b=1 HTTP/1.1\r\n" HOST "\r\n", "HEAD /a?b=1 headless keep\n"},
    {"HEADS / HTTP/1.1\r\n" HOST "\r\n", "HEADS / keep\n"},
    {"HEA / HTTP/1.1\r\n" HOST "\r\n", "HEA / keep\n"},
    {"OPTIONS * HTTP/1.1\r\nhOsT:\r\n\r\n", "OPTIONS * keep\n"},
    {"GET / HTTP/1.1\r\n" HOST "X-A: \t one\x80 \r\nTransfer-Encoding-Of-Old: x\r\n\r\n",
     "GET / keep\n"},
    {"GET / HTTP/1.1\r\n" HOST, "more\n"},
    {"", ""},
    {"\r\n", ""},
    /* Whether the connection stays. */
    {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "GET / close\n"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: upgrade , CLOSE,x\r\n\r\n", "GET / close\n"},
    {"GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", "GET / keep\n"},
    {"GET / HTTP/1.0\r\n\r\n", "GET / 1.0 close\n"},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / 1.0 keep\n"},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nConnection: close\r\n\r\n", "GET / 1.0 close\n"},
    /* Bodies by length. */
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST /p keep 5 hello\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length:5 \r\nContent-Length: 005\r\n\r\nhello",
     "POST /p keep 5 hello\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST /p keep\n"},
    {"GET /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcGET", "GET /p keep 3 abc\nmore\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 16\r\n\r\n0123456789abcdef",
     "POST /p keep 16 01234567 #123456789\n"},
    /* Numbers: the first, whatever stands around it. */
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n{\"id\": 7, 8}",
     "POST /p keep 12 {\"id\": 7 #7\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n-3.5", "POST /p keep 4 -3.5 #3\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 22\r\n\r\n18446744073709551617 9",
     "POST /p keep 22 18446744 #1\n"},
    {"POST /p HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n00", "POST /p keep 2 00 #0\n"},
    /* Chunks. */
    {"POST /c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "POST /c keep 5 hello\n"},
    {"POST /c HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
     "02;a=\"b\"\r\n a\r\nA ; x\r\n4223456789\r\n1\r\n0\r\n000\r\nTrailer: 1\r\nX:\r\n\r\n",
     "POST /c keep 13  a422345 #42234567890\n"},
    {"POST /c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
     "POST /c keep\nmore\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5x\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\nx", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nxy", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\r", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n40000001\r\n", "413\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX\n", "400\n"},
    /* Pipelined. */
    {"GET /1 HTTP/1.1\r\n" HOST "\r\nPOST /2 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n2"
     "HEAD /3 HTTP/1.1\r\n" HOST "\r\nGE",
     "GET /1 keep\nPOST /2 keep 1 2 #2\nHEAD /3 headless keep\nmore\n"},
    /* Expectations. */
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n", "more 100\n"},
    {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
     "more 100\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\na", "more\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n",
     "POST / keep\n"},
    {"POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", "more\n"},
    {"POST / HTTP/1.1\r\n" HOST "Expect: wonders\r\n\r\n", "417\n"},
    /* What breaks a rule. */
    {" GET / HTTP/1.1\r\n", "400\n"},
    {"G@T / HTTP/1.1\r\n", "400\n"},
    {"GET  / HTTP/1.1\r\n", "400\n"},
    {"GET /\xc3\xa4 HTTP/1.1\r\n", "400\n"},
    {"GET /\r\n", "400\n"},
    {"GET / HTTP/1.1 \r\n", "400\n"},
    {"GET / HTTP/1.1\n" HOST "\n", "400\n"},
    {"GET / HTTP/1.1\r" HOST "\r\n", "400\n"},
    {"GET / http/1.1\r\n", "400\n"},
    {"GET / HTTP/2.0\r\n", "505\n"},
    {"GET / HTTP/1.2\r\n", "505\n"},
    {"GET / HTTP/1.1\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X : 1\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X: 1\r\n folded\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST ": 1\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X: a\n\r\n", "400\n"},
    {"GET / HTTP/1.1\r\n" HOST "X: a\r\n\rX", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1073741825\r\n\r\n", "413\n"},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999999\r\n\r\n", "413\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "400\n"},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "400\n"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400\n"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n", "501\n"},
};

#define TARGET_MAX 16
#define BODY_MAX 8

/* Feeds pieces of a connection's bytes, and writes what it makes of them. */
struct reader {
    struct stub_request request;
    struct stub_request_text *text;
    bool bad;
    char seen[4096];
};

static void reader_start(struct reader *reader)
{
    memset(reader, 0xa5, sizeof *reader); /* what start does not set must not matter */
    reader->text =
        malloc(sizeof *reader->text + LIMIT_STUB_METHOD_MAX_BYTES + TARGET_MAX + BODY_MAX);
    assert_non_null(reader->text);
    reader->text->target_max = TARGET_MAX;
    reader->text->body_max = BODY_MAX;
    reader->bad = false;
    reader->seen[0] = '\0';
    stub_request_start(&reader->request, reader->text);
}

static void note(struct reader *reader, const char *format, ...)
{
    const size_t size = strlen(reader->seen);
    va_list values;
    va_start(values, format);
    vsnprintf(reader->seen + size, sizeof reader->seen - size, format, values);
    va_end(values);
}

static void note_done(struct reader *reader)
{
    const struct stub_request *r = &reader->request;
    const struct stub_request_text *text = reader->text;
    const char *target = (const char *)text->bytes + text->method_size;
    note(reader, "%.*s %.*s%s%s %s", (int)text->method_size, (const char *)text->bytes,
         (int)text->target_size, target, r->is_head_method ? " headless" : "",
         r->is_http_1_0 ? " 1.0" : "", r->keep_alive ? "keep" : "close");
    if (r->body_bytes > 0)
        note(reader, " %" PRIu64 " %.*s", r->body_bytes, (int)text->body_size,
             target + text->target_size);
    if (r->has_number)
        note(reader, " #%" PRIu64, r->number);
    note(reader, "\n");
}

static void reader_feed(struct reader *reader, const uint8_t *bytes, size_t size)
{
    while (size > 0 && !reader->bad) {
        size_t consumed = SIZE_MAX;
        const enum stub_request_result result =
            stub_request_feed(&reader->request, bytes, size, &consumed);
        assert_true(consumed <= size);
        bytes += consumed;
        size -= consumed;
        switch (result) {
        case STUB_REQUEST_MORE: assert_int_equal(size, 0); break;
        case STUB_REQUEST_DONE:
            note_done(reader);
            stub_request_start(&reader->request, reader->text);
            break;
        case STUB_REQUEST_BAD:
            assert_non_null(reader->request.error);
            note(reader, "%d\n", reader->request.status);
            reader->bad = true;
            break;
        }
    }
}

static void reader_end(struct reader *reader, const char *expected, const char *how, size_t at)
{
    if (!reader->bad && stub_request_is_begun(&reader->request))
        note(reader, reader->request.continue_due ? "more 100\n" : "more\n");
    free(reader->text);
    if (strcmp(reader->seen, expected) != 0)
        fail_msg("%s (%zu): expected\n%sgot\n%s", how, at, expected, reader->seen);
}

static void vectors_read_the_same_however_they_are_cut(void **state)
{
    (void)state;
    struct guard guard = guard_open(4096);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)vectors[i].bytes;
        const size_t size = strlen(vectors[i].bytes);
        struct reader reader;
        reader_start(&reader);
        reader_feed(&reader, guard_place(&guard, bytes, size), size);
        reader_end(&reader, vectors[i].expected, vectors[i].bytes, 0);
        reader_start(&reader);
        for (size_t at = 0; at < size; at++)
            reader_feed(&reader, guard_place(&guard, bytes + at, 1), 1);
        reader_end(&reader, vectors[i].expected, vectors[i].bytes, 1);
        for (size_t at = 1; at < size; at++) {
            reader_start(&reader);
            reader_feed(&reader, guard_place(&guard, bytes, at), at);
            reader_feed(&reader, guard_place(&guard, bytes + at, size - at), size - at);
            reader_end(&reader, vectors[i].expected, vectors[i].bytes, at);
        }
    }
}

/* Feeds a head, then `count` times a piece; returns the status, 0 where it is still read. */
static int status_after(const char *head, const char *piece, size_t count)
{
    struct stub_request r;
    size_t consumed;
    stub_request_start(&r, NULL);
    enum stub_request_result result =
        stub_request_feed(&r, (const uint8_t *)head, strlen(head), &consumed);
    while (result == STUB_REQUEST_MORE && count-- > 0)
        result = stub_request_feed(&r, (const uint8_t *)piece, strlen(piece), &consumed);
    return result == STUB_REQUEST_BAD ? r.status : 0;
}

static void limits_hold(void **state)
{
    (void)state;
    const char *line = "GET / HTTP/1.1\r\n" HOST;
    assert_int_equal(status_after("GET /", "12345678", 1023), 0);
    assert_int_equal(status_after("GET /", "12345678", 1024), 414);
    assert_int_equal(status_after(line, "X: 345678\r\n", 5955), 0);
    assert_int_equal(status_after(line, "X: 345678\r\n", 5956), 431);
    assert_int_equal(status_after(line, "X", 70000), 431);
    assert_int_equal(status_after("", "\r\n", 40000), 431);
    assert_int_equal(status_after("GET / HTTP/1.1\r\nConnection:", " 1234567", 16), 0);
    assert_int_equal(status_after("GET / HTTP/1.1\r\nConnection:", " 1234567", 17), 431);
    const char *chunked = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
    assert_int_equal(status_after(chunked, "1;abcdefg\r\nx\r\n", 10000), 0);
    assert_int_equal(status_after(chunked, "0", 60000), 0);
    assert_int_equal(status_after(chunked, "0", 70000), 431);
    char text[256];
    snprintf(text, sizeof text, "%s0;", chunked);
    assert_int_equal(status_after(text, "abcdefgh", 9000), 431);
    snprintf(text, sizeof text, "%s0\r\n", chunked);
    assert_int_equal(status_after(text, "T: 45678\r\n", 6000), 0);
    assert_int_equal(status_after(text, "T: 45678\r\n", 7000), 431);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_read_the_same_however_they_are_cut),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
