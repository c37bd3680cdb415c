/* weigh_costs.c - rounds of the same small step, timed as a whole; the median round counts. */
#include "weigh_costs.h"

#include "clock.h"
#include "limits.h"

#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#define ROUNDS 31u
#define STEPS_A_ROUND 2048u /* a round takes about a millisecond */

/* Takes `steps` steps. */
typedef void step_many(struct ring *ring, uint32_t steps);

static void read_clocks(struct ring *ring, uint32_t steps)
{
    (void)ring;
    for (uint32_t i = 0; i < steps; i++)
        clock_mono_ns();
}

static void pass_nops(struct ring *ring, uint32_t count)
{
    struct ring_event events[WEIGHT_NOP_BATCH];
    uint32_t taken = 0;
    for (uint32_t i = 0; i < count; i++)
        ring_nop(ring);
    while (taken < count) {
        ring_wait(ring, -1);
        taken += ring_take(ring, events, WEIGHT_NOP_BATCH);
    }
}

static void pass_nops_alone(struct ring *ring, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++)
        pass_nops(ring, 1);
}

static void pass_nops_together(struct ring *ring, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i += WEIGHT_NOP_BATCH)
        pass_nops(ring, WEIGHT_NOP_BATCH);
}

static int compare(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* What one step takes, in ns. */
static double time_step(step_many *step, struct ring *ring)
{
    int64_t took_ns[ROUNDS];
    step(ring, STEPS_A_ROUND); /* caches and branch predictors get warm */
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const int64_t before_ns = clock_mono_ns();
        step(ring, STEPS_A_ROUND);
        took_ns[i] = clock_mono_ns() - before_ns;
    }
    qsort(took_ns, ROUNDS, sizeof took_ns[0], compare);
    return (double)took_ns[ROUNDS / 2] / STEPS_A_ROUND;
}

static_assert(STEPS_A_ROUND % WEIGHT_NOP_BATCH == 0, "rounds consist of whole batches");

int weigh_costs(int cpu, struct weight *weight, bool features[RING_FEATURE_COUNT], char *error,
                size_t error_size)
{
    const struct ring_setup setup = {.slots = 1, .cq_entries = 2 * LIMIT_SQ_ENTRIES};
    const char *step;
    int failure;
    cpu_set_t before, pinned;
    struct ring *ring = ring_open(&setup, &failure, &step);
    if (!ring) {
        ring_explain(failure, step, error, error_size);
        return failure;
    }
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        features[i] = ring_has(ring, (enum ring_feature)i);
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&pinned);
    if (cpu >= 0) {
        CPU_SET((size_t)cpu, &pinned);
        sched_setaffinity(0, sizeof pinned, &pinned);
    }
    weight->clock_ns = time_step(read_clocks, ring);
    weight->nop_ns = time_step(pass_nops_alone, ring);
    weight->nop_batch_ns = time_step(pass_nops_together, ring);
    sched_setaffinity(0, sizeof before, &before);
    ring_close(ring);
    return 0;
}
