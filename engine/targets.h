/* targets.h - the requests that a run is made of: rendered, and which of them is sent when.
 * Targets take turns in proportion to their weights: every block of requests as long as the sum of the weights
 * (without their common divisor) holds each target exactly as often as its weight, in an order that is drawn
 * anew for each block from the seed. Which target a request has depends on its number alone, so that it is the
 * same with any number of threads. Pure but for memory. */
#ifndef TARE_TARGETS_H
#define TARE_TARGETS_H

#include "config.h"
#include "request.h"

#define TARGETS_ERROR_MAX 512

struct target {
    struct url url;
    const char *method;     /* borrowed or static */
    const char *body;       /* borrowed; NULL: none */
    uint32_t weight;
    struct request request;
};

/* Never written again: workers share it. */
struct targets {
    struct target *all; /* owned */
    uint32_t count;
    uint16_t *cycle; /* owned: the targets of the first requests, after which it begins again */
    uint32_t cycle_size;
};

/* Reads the config's URLs, all of one server, and renders a request for each; with body lines as many as there
 * are lines. The body goes to targets whose method is not GET or HEAD, unless it is the config's. Returns 0; or
 * -EINVAL or -ENOMEM, cause and remedy in `error`; in any case targets_free() is due. */
int targets_render(struct targets *targets, const struct config *config,
                   char error[TARGETS_ERROR_MAX]);
void targets_free(struct targets *targets);

/* The number of the target that a request of the schedule has. */
static inline uint32_t targets_of(const struct targets *targets, uint64_t request)
{
    return __builtin_expect(targets->count == 1, 1) ? 0
                                                    : targets->cycle[request % targets->cycle_size];
}

#endif
