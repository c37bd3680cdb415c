/* targets.c - URLs to rendered requests, and weights to an order. */
#include "targets.h"

#include "random.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The order begins again after this many requests at least, so that no rhythm of a server's meets it. */
#define CYCLE_MIN 4096u

static int refuse(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, TARGETS_ERROR_MAX, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* ---- what is sent ---- */

static bool is_same_server(const struct url *a, const struct url *b)
{
    return a->scheme == b->scheme && a->port == b->port && strcmp(a->host, b->host) == 0;
}

static int render(struct target *target, const struct config *c, const char *method, char *error)
{
    const bool is_bare = method && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
    const bool has_body = !is_bare || !c->targets || method == c->method;
    const bool has_lines = has_body && c->body_lines;
    const struct request_parts parts = {.method = method,
                                        .url = &target->url,
                                        .headers = c->headers,
                                        .headers_count = c->headers_count,
                                        .body = has_body ? c->body : NULL,
                                        .body_bytes = has_body ? c->body_bytes : 0,
                                        .is_proxied = c->proxy != NULL,
                                        .is_only = c->requests_per_connection == 1};
    target->method = method ? method : parts.body || has_lines ? "POST" : "GET";
    target->body = parts.body;
    return has_lines ? request_render_lines(&parts, c->body_lines, c->body_lines_bytes,
                                            &target->request, error)
                     : request_render(&parts, &target->request, error);
}

/* Two targets that would look the same in every table are one with a larger weight. */
static int check_new(const struct targets *targets, uint32_t at, char *error)
{
    const struct target *target = &targets->all[at];
    char first[URL_AUTHORITY_MAX];
    if (!is_same_server(&target->url, &targets->all[0].url))
        return refuse(error,
                      "%s:%u is another server than %s\n      a run loads one: start tare once for "
                      "each of them",
                      target->url.host, target->url.port,
                      url_format_authority(&targets->all[0].url, first));
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(targets->all[i].url.target, target->url.target) == 0 &&
            strcmp(targets->all[i].method, target->method) == 0)
            return refuse(error,
                          "%s %.200s is given twice\n      give it once, with a weight before it: "
                          "'2 %s URL'",
                          target->method, target->url.target, target->method);
    return 0;
}

/* ---- and when ---- */

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

/* Draws an order of the block's places (Fisher and Yates, as Durstenfeld has it, CACM 7, 1964). */
static void shuffle(uint16_t *block, uint32_t size, uint64_t *random)
{
    for (uint32_t i = size - 1; i > 0; i--) {
        const uint32_t other = (uint32_t)(random_next(random) % (i + 1));
        const uint16_t kept = block[i];
        block[i] = block[other];
        block[other] = kept;
    }
}

static int make_cycle(struct targets *targets, uint64_t seed, char *error)
{
    uint32_t divisor = 0;
    uint64_t sum = 0;
    uint64_t random = random_mix(seed ^ 0x746172676574ull); /* other draws than those of the schedule */
    for (uint32_t i = 0; i < targets->count; i++)
        divisor = common_divisor(targets->all[i].weight, divisor);
    for (uint32_t i = 0; i < targets->count; i++)
        sum += targets->all[i].weight / divisor;
    if (sum > LIMIT_WEIGHTS_MAX)
        return refuse(error,
                      "the weights add up to %llu\n      choose smaller ones: all of them may be %u",
                      (unsigned long long)sum, LIMIT_WEIGHTS_MAX);
    const uint32_t blocks = (uint32_t)((CYCLE_MIN + sum - 1) / sum);
    targets->cycle_size = blocks * (uint32_t)sum;
    targets->cycle = malloc(targets->cycle_size * sizeof *targets->cycle);
    if (!targets->cycle)
        return -ENOMEM;
    for (uint32_t b = 0, at = 0; b < blocks; b++) {
        for (uint32_t i = 0; i < targets->count; i++)
            for (uint32_t n = 0; n < targets->all[i].weight / divisor; n++)
                targets->cycle[at++] = (uint16_t)i;
        shuffle(targets->cycle + b * sum, (uint32_t)sum, &random);
    }
    return 0;
}

int targets_render(struct targets *targets, const struct config *c, char error[TARGETS_ERROR_MAX])
{
    const struct config_target only = {.url = c->url, .weight = 1};
    const struct config_target *asked = c->targets ? c->targets : &only;
    const uint32_t count = c->targets ? c->targets_count : 1;
    int result = 0;
    *targets = (struct targets){.all = calloc(count, sizeof *targets->all)};
    if (!targets->all)
        return -ENOMEM;
    for (uint32_t i = 0; i < count && result == 0; i++) {
        struct target *target = &targets->all[i];
        target->weight = asked[i].weight;
        if (!url_parse(asked[i].url, &target->url, error))
            return -EINVAL;
        result = render(target, c, asked[i].method[0] ? asked[i].method : c->method, error);
        targets->count += result == 0;
        if (result == 0)
            result = check_new(targets, i, error);
    }
    return result == 0 ? make_cycle(targets, c->seed, error) : result;
}

void targets_free(struct targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++)
        request_free(&targets->all[i].request);
    free(targets->all);
    free(targets->cycle);
    *targets = (struct targets){0};
}
