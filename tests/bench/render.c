/* render.c - what a request with values in it costs to render, beside a copy of one that has none:
 *
 *   make units && build/tools/render [ROUNDS]      a line a kind: ns a request, the median of 9 rounds
 *
 * The request is a PUT with a header and a body of some 60 bytes: a captured id in path and body, a counter, a
 * text escaped for JSON. */
#include "clock.h"
#include "random.h"
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RENDERINGS 1000000u
#define ROUNDS_MAX 99

static const char with_values[] =
    "PUT /items/{{id}} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: tare\r\nAuthorization: Bearer "
    "0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    "{\"id\": \"{{id}}\", \"number\": {{counter}}, \"name\": \"{{name|json}}\"}";
static const char without[] =
    "PUT /items/1234567890 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: tare\r\nAuthorization: Bearer "
    "0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: 56\r\n\r\n"
    "{\"id\": \"1234567890\", \"number\": 100000, \"name\": \"a name\"}";

static bool find(void *context, const char *name, uint32_t *slot)
{
    (void)context;
    *slot = strcmp(name, "id") == 0 ? 0 : 1;
    return true;
}

static void compile(struct template_request *request, struct arena *arena, const char *text)
{
    char error[TEMPLATE_ERROR_MAX];
    const char *body = strstr(text, "\r\n\r\n") + 4;
    if (!template_request_compile(request, arena, (const uint8_t *)text, (size_t)(body - text),
                                  strlen(text), find, NULL, error)) {
        fprintf(stderr, "render: %s\n", error);
        exit(2);
    }
}

/* ns for each of RENDERINGS; *sink keeps the compiler from leaving them out. */
static double time_round(const struct template_request *request, uint64_t *sink)
{
    static const struct template_text texts[] = {{(const uint8_t *)"1234567890", 10},
                                                 {(const uint8_t *)"a name", 6}};
    uint8_t out[1024];
    uint64_t random = 1;
    struct template_values values = {.texts = texts, .user = 1, .random = &random};
    const int64_t began_ns = clock_mono_ns();
    for (uint64_t i = 0; i < RENDERINGS; i++) {
        size_t begin, size;
        values.counter = 100000 + i % 800000;
        if (template_request_render(request, &values, out, sizeof out, &begin, &size) != TEMPLATE_OK)
            abort();
        *sink += out[begin + size - 1] + size;
    }
    return (double)(clock_mono_ns() - began_ns) / RENDERINGS;
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 9;
    double times[2][ROUNDS_MAX];
    struct arena arena = {0};
    struct template_request requests[2];
    uint64_t sink = 0;
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "render: rounds are 1 to %d\n", ROUNDS_MAX);
        return 2;
    }
    compile(&requests[0], &arena, with_values);
    compile(&requests[1], &arena, without);
    for (int i = 0; i < rounds; i++)
        for (int kind = 0; kind < 2; kind++)
            times[kind][i] = time_round(&requests[kind], &sink);
    for (int kind = 0; kind < 2; kind++) {
        qsort(times[kind], (size_t)rounds, sizeof times[kind][0], compare);
        printf("%-28s %6.1f ns a request [%.1f, %.1f]\n",
               kind == 0 ? "with values, 4 of them" : "always the same", times[kind][rounds / 2],
               times[kind][rounds / 4], times[kind][rounds * 3 / 4]);
    }
    arena_free(&arena);
    return sink == 0;
}
