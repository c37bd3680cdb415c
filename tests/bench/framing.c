/* framing.c - what it costs to frame one response, in ns: the best of several rounds, whole in one
 * feed, cut in two inside the head, and byte by byte. make build/tare && gcc -O2 -iquote engine -o
 * build/framing tests/bench/framing.c build/obj/engine.a build/framing [ROUNDS] For instructions
 * instead of time: valgrind --tool=callgrind build/framing 1 */
#include "clock.h"
#include "response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESPONSES 100000
#define CONNECTIONS 64 /* as a worker has it: not always the same cache line */

struct sample_response {
    const char *name;
    const char *bytes;
};

static const struct sample_response responses[] = {
    {"nginx, 236 bytes of head", "HTTP/1.1 200 OK\r\n"
                                 "Server: nginx/1.22.1\r\n"
                                 "Date: Fri, 20 Nov 2026 12:04:00 GMT\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 13\r\n"
                                 "Last-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
                                 "Connection: keep-alive\r\n"
                                 "ETag: \"6560a1b0-d\"\r\n"
                                 "Accept-Ranges: bytes\r\n\r\nHello, world\n"},
    {"small, 85 bytes of head", "HTTP/1.1 200 OK\r\n"
                                "Content-Length: 13\r\n"
                                "Content-Type: text/plain\r\n"
                                "Server: tiny/1.0.0\r\n\r\nHello, world\n"},
    {"smallest, 38 bytes of head", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"with Server-Timing", "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/plain\r\n"
                           "Content-Length: 13\r\n"
                           "Server-Timing: total;dur=12.345\r\n\r\nHello, world\n"},
    {"chunked", "HTTP/1.1 200 OK\r\n"
                "Server: nginx/1.22.1\r\n"
                "Date: Fri, 20 Nov 2026 12:04:00 GMT\r\n"
                "Content-Type: text/plain\r\n"
                "Transfer-Encoding: chunked\r\n"
                "Connection: keep-alive\r\n\r\nd\r\nHello, world\n\r\n0\r\n\r\n"},
};

/* Feeds one response in pieces of `step` bytes. */
static void frame(struct response *r, const uint8_t *bytes, size_t size, size_t step)
{
    enum response_result result = RESPONSE_MORE;
    size_t consumed;
    response_start(r, false);
    for (size_t at = 0; at < size; at += step)
        result = response_feed(r, bytes + at, step < size - at ? step : size - at, &consumed);
    if (result != RESPONSE_DONE)
        abort();
}

static double best_ns(const char *text, size_t step, int rounds)
{
    static struct response connections[CONNECTIONS];
    const size_t size = strlen(text);
    int64_t best = INT64_MAX;
    for (int round = 0; round < rounds; round++) {
        const int64_t start = clock_mono_ns();
        for (int i = 0; i < RESPONSES; i++)
            frame(&connections[i % CONNECTIONS], (const uint8_t *)text, size, step);
        const int64_t took = clock_mono_ns() - start;
        best = took < best ? took : best;
    }
    return (double)best / RESPONSES;
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 20;
    printf("%-28s %10s %10s %10s\n", "ns for each response", "whole", "cut in two", "by byte");
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        const char *text = responses[i].bytes;
        const size_t head = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
        printf("%-28s %10.0f %10.0f %10.0f\n", responses[i].name,
               best_ns(text, SIZE_MAX / 2, rounds), best_ns(text, strlen(text) - head / 2, rounds),
               best_ns(text, 1, rounds));
    }
    return 0;
}
