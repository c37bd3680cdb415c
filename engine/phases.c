/* phases.c - boundaries as absolute run times. */
#include "phases.h"

#include "limits.h"

void phases_init(struct phases *phases, const struct config *config)
{
    phases->warmup_end_ns = config->warmup_ns;
    phases->grace_ns = config->grace_ns;
    phases->end_ns = INT64_MAX;
    phases->grace_end_ns = INT64_MAX;
    if (config->duration_ns > 0)
        phases_stop(phases, config->warmup_ns + config->duration_ns, config->grace_ns);
}

void phases_stop(struct phases *phases, int64_t now_ns, int64_t grace_ns)
{
    phases->end_ns = now_ns;
    phases->grace_end_ns = now_ns + grace_ns;
    phases->grace_ns = grace_ns;
    if (phases->warmup_end_ns > now_ns)
        phases->warmup_end_ns = now_ns;
}

enum phase phases_of_request(const struct phases *phases, int64_t scheduled_ns)
{
    return scheduled_ns < phases->warmup_end_ns ? PHASE_WARMUP : PHASE_MEASURE;
}

enum phase phases_of_moment(const struct phases *phases, int64_t now_ns)
{
    if (now_ns >= phases->end_ns)
        return PHASE_GRACE;
    return now_ns < phases->warmup_end_ns ? PHASE_WARMUP : PHASE_MEASURE;
}

int64_t phases_next_boundary_ns(const struct phases *phases, int64_t after_ns)
{
    int64_t next_ns = (after_ns / NS_PER_S + 1) * NS_PER_S;
    if (phases->warmup_end_ns > after_ns && phases->warmup_end_ns < next_ns)
        next_ns = phases->warmup_end_ns;
    if (phases->end_ns > after_ns && phases->end_ns < next_ns)
        next_ns = phases->end_ns;
    return next_ns;
}
