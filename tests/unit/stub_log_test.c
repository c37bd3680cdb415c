/* Lines of the stub's log: what JSON's readers and the checks of a run rely on. */
#include "stub_log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct stub_log_line line_of(const char *body, uint32_t size, uint64_t body_bytes)
{
    return (struct stub_log_line){.n = 3,
                                  .connection = 1,
                                  .request = 7,
                                  .has_request = true,
                                  .status = 200,
                                  .latency_ns = 5000000,
                                  .received_ns = 1700000000000000000,
                                  .sent_ns = 1700000000005000000,
                                  .method = (const uint8_t *)"POST",
                                  .method_size = 4,
                                  .target = (const uint8_t *)"/a?\"\\",
                                  .target_size = 5,
                                  .body = (const uint8_t *)body,
                                  .body_size = size,
                                  .body_bytes = body_bytes};
}

static void a_line_holds_all_of_a_request(void **state)
{
    (void)state;
    static char text[STUB_LOG_LINE_MAX];
    struct stub_log_line line = line_of("{\"id\":7}", 8, 8);
    text[stub_log_format(&line, text)] = '\0';
    assert_string_equal(text,
                        "{\"n\":3,\"connection\":1,\"method\":\"POST\",\"path\":\"/a?\\\"\\\\\","
                        "\"body\":\"{\\\"id\\\":7}\",\"body_bytes\":8,\"request\":7,"
                        "\"status\":200,\"latency_ns\":5000000,"
                        "\"received_ns\":1700000000000000000,"
                        "\"sent_ns\":1700000000005000000}\n");
    line.has_request = false;
    line.sent_ns = 0;
    text[stub_log_format(&line, text)] = '\0';
    assert_non_null(strstr(text, "\"request\":null,"));
    assert_non_null(strstr(text, "\"sent_ns\":null}"));
}

static void bodies_are_text_where_they_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        uint64_t cut; /* bytes of the body that were not kept */
        const char *expected;
    } bodies[] = {
        {"", 0, ",\"body\":\"\","},
        {"a\nb\x7f", 0, ",\"body\":\"a\\u000ab\\u007f\","},
        {"gr\xc3\xbc\xc3\x9f", 0, ",\"body\":\"gr\xc3\xbc\xc3\x9f\","},
        {"\xf0\x9f\x98\x80", 0, ",\"body\":\"\xf0\x9f\x98\x80\","},
        {"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", 0,
         ",\"body\":\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\","},
        {"gr\xc3", 1, ",\"body\":\"gr\","},          /* cut inside a character */
        {"gr\xc3", 0, ",\"body_base64\":\"Z3LD\","}, /* it came so */
        {"\xff", 0, ",\"body_base64\":\"/w==\","},
        {"a\xff", 1, ",\"body_base64\":\"Yf8=\","},
        {"\xc0\xaf", 0, ",\"body_base64\":\"wK8=\","},     /* overlong */
        {"\xe0\x80\x80", 0, ",\"body_base64\":\"4ICA\","}, /* overlong */
        {"\xed\xa0\x80", 0, ",\"body_base64\":\"7aCA\","}, /* a surrogate */
        {"\xf4\x90\x80\x80", 0, ",\"body_base64\":\"9JCAgA==\","},
        {"\xc3\x28", 0, ",\"body_base64\":\"wyg=\","},
    };
    static char text[STUB_LOG_LINE_MAX];
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const uint32_t size = (uint32_t)strlen(bodies[i].body);
        const struct stub_log_line line = line_of(bodies[i].body, size, size + bodies[i].cut);
        text[stub_log_format(&line, text)] = '\0';
        if (!strstr(text, bodies[i].expected))
            fail_msg("expected %s in %s", bodies[i].expected, text);
    }
}

/* The longest of each: the line stays within what was promised. */
static void the_longest_line_fits(void **state)
{
    (void)state;
    static uint8_t controls[LIMIT_URL_MAX_BYTES];
    static char text[STUB_LOG_LINE_MAX];
    memset(controls, 1, sizeof controls);
    const struct stub_log_line line = {.n = UINT64_MAX,
                                       .connection = UINT64_MAX,
                                       .request = UINT64_MAX,
                                       .has_request = true,
                                       .body_bytes = UINT64_MAX,
                                       .latency_ns = INT64_MAX,
                                       .received_ns = INT64_MAX,
                                       .sent_ns = INT64_MAX,
                                       .status = 599,
                                       .method = controls,
                                       .method_size = LIMIT_STUB_METHOD_MAX_BYTES,
                                       .target = controls,
                                       .target_size = LIMIT_URL_MAX_BYTES,
                                       .body = controls,
                                       .body_size = LIMIT_STUB_LOG_BODY_BYTES};
    assert_in_range(stub_log_format(&line, text), 6 * LIMIT_URL_MAX_BYTES, STUB_LOG_LINE_MAX);
}

/* More lines than the buffer holds: all arrive, whole and in order. */
static void lines_arrive_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/stub_log_test.XXXXXX";
    const int fd = mkstemp(path);
    struct stub_log log;
    assert_true(fd >= 0);
    assert_int_equal(stub_log_init(&log, fd), 0);
    for (uint64_t i = 0; i < 5000; i++) {
        struct stub_log_line line = line_of("x", 1, 1);
        line.n = i;
        stub_log_add(&log, &line);
    }
    stub_log_flush(&log);
    assert_int_equal(log.error, 0);
    stub_log_free(&log);
    FILE *file = fdopen(fd, "r");
    char text[512];
    uint64_t count = 0;
    rewind(file);
    while (fgets(text, sizeof text, file)) {
        assert_int_equal(strtoull(text + 5, NULL, 10), count++);
        assert_non_null(strstr(text, "}\n"));
    }
    assert_int_equal(count, 5000);
    fclose(file);
    unlink(path);
}

static void a_full_disk_is_remembered(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    struct stub_log log;
    const struct stub_log_line line = line_of("x", 1, 1);
    assert_non_null(full);
    assert_int_equal(stub_log_init(&log, fileno(full)), 0);
    stub_log_add(&log, &line);
    stub_log_flush(&log);
    assert_int_equal(log.error, -ENOSPC);
    stub_log_free(&log);
    stub_log_add(&log, &line); /* no log: nothing happens */
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_holds_all_of_a_request),
        cmocka_unit_test(bodies_are_text_where_they_can_be),
        cmocka_unit_test(the_longest_line_fits),
        cmocka_unit_test(lines_arrive_whole),
        cmocka_unit_test(a_full_disk_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
