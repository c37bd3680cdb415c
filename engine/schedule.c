/* schedule.c - constant and Poisson arrivals. */
#include "schedule.h"

#include "check.h"
#include "limits.h"
#include "random.h"

#include <math.h>

/* floor(number * 10^12 / rate_milli): the request's due time in ns, exact in integers. */
static int64_t constant_due_ns(const struct schedule *s)
{
    const unsigned __int128 scaled = (unsigned __int128)s->request * (1000u * NS_PER_S);
    return (int64_t)(scaled / s->rate_milli);
}

/* The number of the first request that is due after the warm-up: ceil(warmup * rate). */
static uint64_t constant_first_measured(const struct schedule *s)
{
    const unsigned __int128 scaled = (unsigned __int128)s->warmup_ns * s->rate_milli;
    return (uint64_t)((scaled + 1000u * NS_PER_S - 1) / (1000u * NS_PER_S));
}

/* Adds `count` exponential gaps with the schedule's mean (inversion of the distribution). */
static void poisson_add(struct schedule *s, uint64_t count)
{
    const double mean_ns = 1e12 / (double)s->rate_milli;
    for (uint64_t i = 0; i < count; i++) {
        s->elapsed_ns -= log(random_unit(&s->random)) * mean_ns;
        if (s->end == UINT64_MAX && s->requests > 0 && (int64_t)s->elapsed_ns >= s->warmup_ns)
            s->end = s->drawn + s->requests;
        s->drawn++;
    }
}

static int64_t find_due_ns(const struct schedule *s)
{
    switch (s->arrivals) {
    case ARRIVALS_CONSTANT: return constant_due_ns(s);
    case ARRIVALS_POISSON: return (int64_t)s->elapsed_ns;
    }
    check_failed(__FILE__, __LINE__, "arrivals are known", s->arrivals, ARRIVALS_POISSON);
}

void schedule_start(struct schedule *s, const struct config *config, uint64_t first,
                    uint64_t stride)
{
    CHECK(config->rate_milli, >, 0);
    CHECK(first, <, stride);
    *s = (struct schedule){.arrivals = config->arrivals,
                           .rate_milli = config->rate_milli,
                           .request = first,
                           .stride = stride,
                           .warmup_ns = config->warmup_ns,
                           .requests = config->requests,
                           .end = UINT64_MAX,
                           .random = random_mix(config->seed)};
    if (s->arrivals == ARRIVALS_POISSON)
        poisson_add(s, first + 1);
    else if (s->requests > 0)
        s->end = constant_first_measured(s) + s->requests;
    s->due_ns = find_due_ns(s);
}

void schedule_advance(struct schedule *s)
{
    s->request += s->stride;
    if (s->arrivals == ARRIVALS_POISSON)
        poisson_add(s, s->stride);
    s->due_ns = find_due_ns(s);
}
