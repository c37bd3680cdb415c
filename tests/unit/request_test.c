/* request_test.c - rendering of requests by the vectors of tests/vectors/request.md; what is
 * rendered is the whole of what goes on the wire, so that the text is compared byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "request.h"
#include "schema.h"
#include "vector.h"

#include <errno.h>

#define HEADERS_MAX 8
#define TEXT_MAX 8192

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_MALLOC 1
#endif
#endif

#ifndef HAS_OWN_MALLOC       /* a sanitizer's own malloc cannot be replaced */
static int malloc_left = -1; /* allocations before one fails; -1: none does */
static int malloc_live;      /* those that were not freed, while malloc_left is not -1 */

/* The program's malloc and free take the place of the library's, which they call (glibc manual,
 * section 3.2.5). */
void *__libc_malloc(size_t size);
void __libc_free(void *block);

void *malloc(size_t size)
{
    if (malloc_left == 0)
        return NULL;
    malloc_live += malloc_left > 0;
    malloc_left -= malloc_left > 0;
    return __libc_malloc(size);
}

void free(void *block)
{
    malloc_live -= malloc_left >= 0 && block;
    __libc_free(block);
}

/* Each allocation fails once: nothing leaks, and a person is told. */
static void lack_of_memory_is_told(void **state)
{
    (void)state;
    static struct url url;
    char error[REQUEST_ERROR_MAX];
    struct request request;
    assert_true(url_parse("http://h/", &url, error));
    const struct request_parts parts = {.url = &url};
    for (int left = 0; left < 4; left++) {
        malloc_live = 0;
        malloc_left = left;
        const int result = request_render_lines(&parts, "a\nb", 3, &request, error);
        if (result == 0)
            request_free(&request);
        const int live = malloc_live;
        malloc_left = -1;
        assert_int_equal(result, left < 3 ? -ENOMEM : 0);
        assert_int_equal(live, 0);
        assert_true(left == 3 || strstr(error, "no memory for ") != NULL);
        assert_null(request.bytes);
        assert_null(request.offsets);
    }
}
#endif

/* A vector's input, taken apart. */
struct input {
    struct url url;
    char text[TEXT_MAX]; /* the input, with zeros for the ends of lines */
    const char *headers[HEADERS_MAX];
    struct request_parts parts;
    bool by_line;
};

static void input_line(struct input *in, char *line, const char *end)
{
    char error[URL_ERROR_MAX];
    char *value = strchr(line, ' ') + 1;
    if (strncmp(line, "url ", 4) == 0) {
        assert_true(url_parse(value, &in->url, error));
    } else if (strncmp(line, "method ", 7) == 0) {
        in->parts.method = value;
    } else if (strncmp(line, "header ", 7) == 0) {
        in->headers[in->parts.headers_count++] = value;
    } else {
        assert_true(strncmp(line, "body ", 5) == 0 || strncmp(line, "lines ", 6) == 0);
        in->by_line = line[0] == 'l';
        in->parts.body = value;
        in->parts.body_bytes = (size_t)(end - value);
    }
}

static void input_parse(struct input *in, const struct vector *v)
{
    *in = (struct input){0};
    in->parts.url = &in->url;
    in->parts.headers = in->headers;
    assert_true(v->size < sizeof in->text);
    memcpy(in->text, v->input, v->size);
    char *end = in->text + v->size;
    for (char *line = in->text; line < end && !in->parts.body; line += strlen(line) + 1) {
        const bool is_last = line[0] == 'b' || line[0] == 'l';
        if (!is_last)
            line[strcspn(line, "\n")] = '\0';
        input_line(in, line, end);
    }
}

static int input_render(const struct input *in, struct request *request, char *error)
{
    if (in->by_line)
        return request_render_lines(&in->parts, in->parts.body, in->parts.body_bytes, request,
                                    error);
    return request_render(&in->parts, request, error);
}

/* Writes bytes as the vectors have them. */
static char *show(char *out, const uint8_t *bytes, size_t size)
{
    const char *start = out;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\r' && i + 1 < size && bytes[i + 1] == '\n') {
            *out++ = '\n';
            i++;
        } else if (bytes[i] == '\r' || bytes[i] == '\n' || bytes[i] == '\0') {
            *out++ = '\\';
            *out++ = bytes[i] == '\r' ? 'r' : bytes[i] == '\n' ? 'n' : '0';
        } else {
            *out++ = (char)bytes[i];
        }
    }
    if (out > start && out[-1] != '\n')
        *out++ = '\n';
    return out;
}

static void describe(const struct request *request, char text[TEXT_MAX])
{
    char *out = text;
    for (size_t i = 0; i < request->count; i++) {
        size_t size;
        const uint8_t *bytes = request_pick(request, i, &size);
        out = show(out, bytes, size);
        out += sprintf(out, "[%zu of %zu", i + 1, request->count);
        if (i == 0) {
            const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
            assert_int_equal(request->head_bytes, end + 4 - bytes);
            out += sprintf(out, ": head HEAD bytes%s",
                           request->is_head ? ", answers without a body" : "");
        }
        out += sprintf(out, "]\n");
    }
}

/* Writes the version where the vector has VERSION. */
static void fill_in(char text[TEXT_MAX], const char *expected)
{
    const char *at;
    text[0] = '\0';
    while ((at = strstr(expected, "VERSION")) != NULL) {
        sprintf(text + strlen(text), "%.*s%s", (int)(at - expected), expected, TARE_VERSION);
        expected = at + strlen("VERSION");
    }
    strcat(text, expected);
}

static void vector_passes(void **state)
{
    const struct vector *v = *state;
    static struct input in;
    static char expected[TEXT_MAX], text[TEXT_MAX];
    struct request request;
    char error[REQUEST_ERROR_MAX];
    input_parse(&in, v);
    fill_in(expected, v->expected);
    const int result = input_render(&in, &request, error);
    if (result == 0)
        describe(&request, text);
    else
        snprintf(text, sizeof text, "refused: %s\n", error);
    assert_string_equal(text, expected);
    assert_true(result == 0 || result == -EINVAL);
    if (result == 0)
        request_free(&request);
    assert_null(request.bytes);
    assert_null(request.offsets);
}

/* A long header before each of many empty lines; nothing is allocated for what is too much. */
static void too_many_lines_are_refused(void **state)
{
    (void)state;
    enum { LINES = 5000, HEADER = 1000000 };
    static struct url url;
    static char lines[LINES], header[HEADER + 1] = "X: ";
    const char *const headers[] = {header};
    char error[REQUEST_ERROR_MAX];
    struct request request;
    assert_true(url_parse("http://h/", &url, error));
    memset(header + 3, 'x', HEADER - 3);
    memset(lines, '\n', LINES);
    const struct request_parts parts = {.url = &url, .headers = headers, .headers_count = 1};
    assert_int_equal(request_render_lines(&parts, lines, LINES, &request, error), -EINVAL);
    assert_string_equal(error, "the requests would take 5.0 GB of memory, more than the 4.3 GB "
                               "allowed: send fewer lines");
}

static void requests_are_picked_in_turn(void **state)
{
    (void)state;
    static struct url url;
    char error[REQUEST_ERROR_MAX];
    struct request request;
    size_t size;
    assert_true(url_parse("http://h/", &url, error));
    const struct request_parts parts = {.url = &url};
    assert_int_equal(request_render_lines(&parts, "0\n1\n2\n", 6, &request, error), 0);
    for (uint64_t i = 0; i < 10; i++) {
        const uint8_t *bytes = request_pick(&request, i, &size);
        assert_int_equal(bytes[size - 1], '0' + i % 3);
    }
    request_pick(&request, UINT64_MAX, &size);
    request_free(&request);
    assert_int_equal(request_render(&parts, &request, error), 0);
    assert_ptr_equal(request_pick(&request, UINT64_MAX, &size), request.bytes);
    assert_int_equal(size, request.head_bytes);
    request_free(&request);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
#ifndef HAS_OWN_MALLOC
        cmocka_unit_test(lack_of_memory_is_told),
#endif
        cmocka_unit_test(too_many_lines_are_refused),
        cmocka_unit_test(requests_are_picked_in_turn),
    };
    const size_t fixed_count = sizeof fixed / sizeof fixed[0];
    struct vectors vectors = {0};
    vectors_load(&vectors, "tests/vectors/request.md", "request", "\n");
    struct CMUnitTest *tests = calloc(fixed_count + vectors.count, sizeof *tests);
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < vectors.count; i++)
        tests[fixed_count + i] = (struct CMUnitTest){.name = vectors.list[i].name,
                                                     .test_func = vector_passes,
                                                     .initial_state = &vectors.list[i]};
    const int failed =
        _cmocka_run_group_tests("request", tests, fixed_count + vectors.count, NULL, NULL);
    free(tests);
    vectors_free(&vectors);
    return failed;
}
