/* gates.h - gates of a text, and a closed loop's variant to hold them against. Header-only, since each
 * test is one file. */
#ifndef TARE_TESTS_GATES_H
#define TARE_TESTS_GATES_H

#include "report.h"

#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fault fault;

static inline struct gate parsed(const char *text)
{
    struct gate gate;
    if (gate_parse(&gate, text, &fault) != 0)
        fail_msg("%s", fault.text);
    return gate;
}

/* A closed loop variant, and the watch that reading it would have filled. */
struct fixture {
    struct variant variant;
    struct watch watch;
};

static inline void begin(struct fixture *f, const struct gate *gate)
{
    memset(f, 0, sizeof *f);
    f->variant.loop = RUN_LOOP_CLOSED;
    f->variant.latency = SERIES_SERVICE;
    f->variant.measure_ns = 10 * NS_PER_S;
    f->watch = gate_watch(gate);
    f->watch.is_found = true;
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_init(&f->variant.total.series[s], 3, DISTRIBUTION_EXACT_MAX);
}

static inline void add(struct fixture *f, int64_t ns, uint64_t count)
{
    distribution_record_many(&f->variant.total.series[SERIES_SERVICE], ns, count);
    f->variant.total.successes += count;
    f->variant.total.done += count;
    f->variant.total.done_ok += count;
    f->variant.total.requests += count;
    f->watch.seen += count;
    f->watch.above += ns > f->watch.limit_ns ? count : 0;
}

static inline void fail_requests(struct fixture *f, uint64_t failures, uint64_t censored)
{
    f->variant.total.failures += failures;
    f->variant.total.censored += censored;
    f->variant.total.requests += failures + censored;
}

static inline struct gate_result judge(struct fixture *f, const struct gate *gate)
{
    struct gate_result result;
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_finish(&f->variant.total.series[s]);
    gate_judge(gate, &f->variant, &f->watch, &result);
    return result;
}

static inline void end(struct fixture *f)
{
    for (int s = 0; s < SERIES_COUNT; s++)
        distribution_free(&f->variant.total.series[s]);
}

/* Judges `below` requests of 1 ms and `above` of 3 ms, failed and censored ones beside. */
static inline struct gate_result judged(const char *text, uint64_t below, uint64_t above,
                                        uint64_t failures, uint64_t censored)
{
    const struct gate gate = parsed(text);
    struct fixture f;
    begin(&f, &gate);
    add(&f, NS_PER_MS, below);
    add(&f, 3 * NS_PER_MS, above);
    fail_requests(&f, failures, censored);
    const struct gate_result result = judge(&f, &gate);
    end(&f);
    return result;
}

#endif
