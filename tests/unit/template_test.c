/* template_test.c - what is compiled, what it renders to, what values may not do, and its mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"
#include "template.h"

static bool find(void *context, const char *name, uint32_t *slot)
{
    static const char *const names[] = {"id", "items.name"};
    (void)context;
    for (*slot = 0; *slot < 2; (*slot)++)
        if (strcmp(name, names[*slot]) == 0)
            return true;
    return false;
}

static struct template_text text_of(const char *text)
{
    return (struct template_text){(const uint8_t *)text, strlen(text)};
}

/* Renders a text at a place with an id and a name; NULL: the result is not OK, and in *result. */
static const char *render(const char *text, enum template_place place, const char *id,
                          enum template_result *result)
{
    static char out[512];
    struct arena arena = {0};
    struct template template;
    char error[TEMPLATE_ERROR_MAX];
    uint64_t random = 1;
    size_t size;
    const struct template_text texts[] = {text_of(id), text_of("a \"b\"\n\\")};
    const struct template_values values = {texts, 42, 7, 1700000000123, &random};
    if (!template_compile(&template, &arena, text, strlen(text), place, find, NULL, error))
        fail_msg("%s", error);
    *result = template_render(&template, &values, (uint8_t *)out, sizeof out - 1, &size);
    arena_free(&arena);
    if (*result != TEMPLATE_OK)
        return NULL;
    out[size] = '\0';
    return out;
}

static void renders(const char *text, const char *expected)
{
    enum template_result result;
    assert_string_equal(render(text, TEMPLATE_IN_BODY, "x-1", &result), expected);
}

static void values_stand_where_their_names_stood(void **state)
{
    (void)state;
    renders("", "");
    renders("plain {\"a\": {\"b\": 1}}", "plain {\"a\": {\"b\": 1}}");
    renders("/items/{{id}}", "/items/x-1");
    renders("{{ id }}{{id}}", "x-1x-1");
    renders("{{counter}}/{{user}}/{{time}}", "42/7/1700000000123");
    renders("{{{{id}} {{{{{{id}}", "{{id}} {{x-1");
    renders("{{random(5,5)}}", "5");
}

static void values_are_escaped_where_asked(void **state)
{
    (void)state;
    renders("{{items.name}}", "a \"b\"\n\\");
    renders("\"{{items.name|json}}\"", "\"a \\\"b\\\"\\u000A\\\\\"");
    renders("?q={{ items.name | url }}~", "?q=a%20%22b%22%0A%5C~");
    renders("{{id|url}}", "x-1");
}

static void random_values_are_of_their_kind(void **state)
{
    (void)state;
    enum template_result result;
    const char *uuid = render("{{uuid}}", TEMPLATE_IN_BODY, "", &result);
    assert_int_equal(strlen(uuid), 36);
    assert_int_equal(uuid[8], '-');
    assert_int_equal(uuid[14], '4');
    assert_non_null(strchr("89ab", uuid[19]));
    assert_int_equal(uuid[23], '-');
    struct arena arena = {0};
    struct template template;
    char error[TEMPLATE_ERROR_MAX];
    assert_true(template_compile(&template, &arena, "{{random(0,3)}}", 15, TEMPLATE_IN_BODY, find,
                                 NULL, error));
    uint64_t random = 5;
    uint32_t seen[4] = {0};
    const struct template_values values = {.random = &random};
    for (int i = 0; i < 4000; i++) {
        uint8_t digit;
        size_t size;
        assert_int_equal(template_render(&template, &values, &digit, 1, &size), TEMPLATE_OK);
        assert_in_range(digit, '0', '3');
        seen[digit - '0']++;
    }
    for (int i = 0; i < 4; i++)
        assert_in_range(seen[i], 850, 1150);
    assert_true(template_compile(&template, &arena, "{{random(0,18446744073709551615)}}", 34,
                                 TEMPLATE_IN_BODY, find, NULL, error));
    uint8_t number[20];
    size_t size;
    assert_int_equal(template_render(&template, &values, number, 20, &size), TEMPLATE_OK);
    arena_free(&arena);
}

/* What a server put into a value ends no line of the next request. */
static void values_cannot_break_out(void **state)
{
    (void)state;
    enum template_result result;
    assert_string_equal(render("{{id}}", TEMPLATE_IN_BODY, "a\r\nb", &result), "a\r\nb");
    assert_null(render("{{id}}", TEMPLATE_IN_FIELDS, "a\r\nX: y", &result));
    assert_int_equal(result, TEMPLATE_BAD_VALUE);
    assert_string_equal(render("{{id}}", TEMPLATE_IN_FIELDS, "a b\t", &result), "a b\t");
    assert_null(render("GET /{{id}} HTTP/1.1\r\n", TEMPLATE_IN_LINE, "a b", &result));
    assert_int_equal(result, TEMPLATE_BAD_VALUE);
    assert_null(render("{{id|json}}", TEMPLATE_IN_LINE, "a b", &result));
    assert_null(render("{{id}}", TEMPLATE_IN_FIELDS, "a\x7f", &result));
    assert_string_equal(render("{{id|url}}", TEMPLATE_IN_LINE, "a b", &result), "a%20b");
    assert_string_equal(render("G\r\nA: {{id}}", TEMPLATE_IN_LINE, "a b", &result), "G\r\nA: a b");
}

/* In every room that is too small nothing is written behind it. */
static void room_is_kept_to(void **state)
{
    (void)state;
    static const char text[] = "ab{{id}}{{id|json}}{{counter}}{{uuid}}cd";
    struct arena arena = {0};
    struct template template;
    char error[TEMPLATE_ERROR_MAX];
    uint64_t random = 1;
    const struct template_text texts[] = {text_of("x\"")};
    const struct template_values values = {texts, 42, 7, 1, &random};
    uint8_t out[128];
    size_t size;
    assert_true(template_compile(&template, &arena, text, sizeof text - 1, TEMPLATE_IN_BODY, find,
                                 NULL, error));
    assert_int_equal(template_render(&template, &values, out, sizeof out, &size), TEMPLATE_OK);
    const size_t whole = size;
    for (size_t room = 0; room < whole; room++) {
        memset(out, 0xee, sizeof out);
        assert_int_equal(template_render(&template, &values, out, room, &size), TEMPLATE_NO_ROOM);
        for (size_t i = room; i < sizeof out; i++)
            assert_int_equal(out[i], 0xee);
    }
    assert_int_equal(template_render(&template, &values, out, whole, &size), TEMPLATE_OK);
    arena_free(&arena);
}

static void refused(const char *text, const char *message)
{
    struct arena arena = {0};
    struct template template;
    char error[TEMPLATE_ERROR_MAX];
    assert_false(template_compile(&template, &arena, text, strlen(text), TEMPLATE_IN_BODY, find, NULL,
                                  error));
    assert_non_null(strstr(error, message));
    assert_non_null(strstr(error, "\n      "));
    arena_free(&arena);
}

static void mistakes_are_told_with_a_remedy(void **state)
{
    (void)state;
    char text[300];
    refused("a {{id", "'{{id' is not closed");
    refused("{{}}", "'{{}}' is no name");
    refused("{{ }}", "'{{}}' is no name");
    refused("{{idd}}", "nothing gives {{idd}} its value");
    refused("{{id|xml}}", "'|xml' is no way to write a value");
    refused("{{random}}", "nothing gives {{random}}");
    static const char *const wrong[] = {"{{random()}}",      "{{random(1)}}",  "{{random(5,1)}}",
                                        "{{random(1,2)x}}",  "{{random (1}}",  "{{random(1.5,2)}}",
                                        "{{random(1k1,2)}}", "{{random(1,kk)}}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refused(wrong[i], "is no random number");
    snprintf(text, sizeof text, "{{%0200d}}", 1);
    refused(text, "is no name");
    assert_true(template_is_wanted("a{{", 3));
    assert_false(template_is_wanted("a{b{", 4));
    assert_false(template_is_wanted("{", 1));
}

/* ---- Requests ---- */

static bool compile_request(struct template_request *compiled, struct arena *arena,
                            const char *url_text, const char *method, const char *header,
                            const char *body, char error[TEMPLATE_ERROR_MAX])
{
    static struct url url;
    struct request request;
    char cause[REQUEST_ERROR_MAX];
    char wrong[URL_ERROR_MAX];
    if (!url_parse(url_text, &url, wrong))
        fail_msg("%s", wrong);
    const struct request_parts parts = {.method = method, .url = &url, .headers = &header,
                                        .headers_count = header ? 1 : 0, .body = body,
                                        .body_bytes = body ? strlen(body) : 0};
    if (request_render(&parts, &request, cause) != 0)
        fail_msg("%s", cause);
    const bool is_compiled =
        template_request_compile(compiled, arena, request.bytes, request.head_bytes,
                                 request.offsets[1], find, NULL, error);
    request_free(&request);
    return is_compiled;
}

/* The same request as if it had been written with its values in place, for bodies of any size. */
static void a_request_has_the_length_of_its_body(void **state)
{
    (void)state;
    static char id[1200], body[1400], expected[2000];
    struct arena arena = {0};
    struct template_request compiled;
    struct url url;
    char error[TEMPLATE_ERROR_MAX], cause[REQUEST_ERROR_MAX];
    assert_true(compile_request(&compiled, &arena, "http://h/i/{{id}}", "PUT", "X-Id: {{id}}",
                                "{\"id\": \"{{id}}\"}", error));
    assert_true(compiled.has_length);
    for (size_t bytes = 0; bytes < 1000; bytes = bytes * 2 + 1) {
        uint8_t out[4096];
        size_t begin, size;
        memset(id, 'z', bytes);
        id[bytes] = '\0';
        const struct template_text texts[] = {text_of(id)};
        const struct template_values values = {.texts = texts};
        assert_int_equal(template_request_render(&compiled, &values, out, sizeof out, &begin, &size),
                         TEMPLATE_OK);
        snprintf(expected, sizeof expected, "http://h/i/%s", id);
        char wrong[URL_ERROR_MAX];
        assert_true(url_parse(expected, &url, wrong));
        snprintf(expected, sizeof expected, "X-Id: %s", id);
        snprintf(body, sizeof body, "{\"id\": \"%s\"}", id);
        const char *header = expected;
        struct request request;
        const struct request_parts parts = {.method = "PUT", .url = &url, .headers = &header,
                                            .headers_count = 1, .body = body,
                                            .body_bytes = strlen(body)};
        assert_int_equal(request_render(&parts, &request, cause), 0);
        assert_int_equal(size, request.offsets[1]);
        assert_memory_equal(out + begin, request.bytes, size);
        /* Where there is no room for it all, the request is refused and no byte behind is touched. */
        for (size_t room = 0; room < begin + size; room += 13)
            assert_int_equal(template_request_render(&compiled, &values, out, room, &begin, &size),
                             TEMPLATE_NO_ROOM);
        request_free(&request);
    }
    arena_free(&arena);
}

static void a_request_without_a_length_gets_none(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct template_request compiled;
    char error[TEMPLATE_ERROR_MAX];
    uint8_t out[512];
    size_t begin, size;
    const struct template_text texts[] = {text_of("5")};
    const struct template_values values = {.texts = texts};
    assert_true(compile_request(&compiled, &arena, "http://h/{{id}}", "GET", NULL, NULL, error));
    assert_int_equal(template_request_render(&compiled, &values, out, sizeof out, &begin, &size),
                     TEMPLATE_OK);
    assert_int_equal(begin, 0);
    assert_memory_equal(out, "GET /5 HTTP/1.1\r\nHost: h\r\n", 26);
    assert_memory_equal(out + size - 4, "\r\n\r\n", 4);
    assert_null(memmem(out, size, "Content-Length", 14));
    arena_free(&arena);
}

static void a_bad_value_anywhere_is_told(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct template_request compiled;
    char error[TEMPLATE_ERROR_MAX];
    uint8_t out[512];
    size_t begin, size;
    const struct template_text texts[] = {text_of("5\r\nEvil: 1")};
    const struct template_values values = {.texts = texts};
    assert_true(compile_request(&compiled, &arena, "http://h/", "GET", "A: {{id}}", NULL, error));
    assert_int_equal(template_request_render(&compiled, &values, out, sizeof out, &begin, &size),
                     TEMPLATE_BAD_VALUE);
    arena_free(&arena);
}

/* A length of the user's own is true for one body only. */
static void a_length_of_the_users_is_refused(void **state)
{
    (void)state;
    static const char bytes[] = "PUT / HTTP/1.1\r\ncontent-length: 6\r\nA: b\r\n\r\n{{id}}";
    struct arena arena = {0};
    struct template_request compiled;
    char error[TEMPLATE_ERROR_MAX];
    assert_false(template_request_compile(&compiled, &arena, (const uint8_t *)bytes,
                                          sizeof bytes - 7, sizeof bytes - 1, find, NULL, error));
    assert_non_null(strstr(error, "leave the Content-Length out"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_where_their_names_stood),
        cmocka_unit_test(values_are_escaped_where_asked),
        cmocka_unit_test(random_values_are_of_their_kind),
        cmocka_unit_test(values_cannot_break_out),
        cmocka_unit_test(room_is_kept_to),
        cmocka_unit_test(mistakes_are_told_with_a_remedy),
        cmocka_unit_test(a_request_has_the_length_of_its_body),
        cmocka_unit_test(a_request_without_a_length_gets_none),
        cmocka_unit_test(a_bad_value_anywhere_is_told),
        cmocka_unit_test(a_length_of_the_users_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
