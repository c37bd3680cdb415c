/* option_retry.c - a policy, made when the first of its options is read. */
#include "option_retry.h"

#include "limits.h"
#include "retry.h"

#include <stdlib.h>

#define BASE_DEFAULT_NS (100 * NS_PER_MS)
#define CAP_DEFAULT_NS (10 * NS_PER_S)

static struct retry_policy *policy_of(struct options *o, char *error)
{
    if (!o->retry)
        o->retry = calloc(1, sizeof *o->retry);
    if (!o->retry)
        option_bad(error, OPTION_NO_MEMORY);
    return o->retry;
}

bool option_read_retry(struct options *o, const char *value, char *error)
{
    struct retry_policy *policy = policy_of(o, error);
    return policy &&
           option_read_u32("--retry", value, LIMIT_RETRIES_MAX, &policy->attempts_max, error);
}

bool option_read_retry_on(struct options *o, const char *value, char *error)
{
    struct retry_policy *policy = policy_of(o, error);
    return policy && retry_read_conditions(policy, value, error);
}

bool option_read_retry_base(struct options *o, const char *value, char *error)
{
    struct retry_policy *policy = policy_of(o, error);
    return policy && option_read_time("--retry-base", value, false, &policy->base_ns, error);
}

bool option_read_retry_max(struct options *o, const char *value, char *error)
{
    struct retry_policy *policy = policy_of(o, error);
    return policy && option_read_time("--retry-max", value, false, &policy->cap_ns, error);
}

bool option_finish_retry(struct options *o, char *error)
{
    struct retry_policy *policy = o->retry;
    if (!policy)
        return true;
    if (policy->attempts_max == 0)
        return option_bad(error, "--retry-on, --retry-base and --retry-max need --retry\n      say how often "
                                 "with --retry N");
    if (policy->outcomes == 0 && policy->statuses_count == 0 &&
        !retry_read_conditions(policy, retry_default_conditions, error))
        return false;
    policy->base_ns = policy->base_ns > 0 ? policy->base_ns : BASE_DEFAULT_NS;
    policy->cap_ns = policy->cap_ns > 0 ? policy->cap_ns : CAP_DEFAULT_NS;
    o->config.retry = policy;
    return true;
}
