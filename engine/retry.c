/* retry.c - conditions as a set of outcomes and statuses, pauses, and Retry-After. */
#include "retry.h"

#include "check.h"
#include "httpdate.h"
#include "limits.h"
#include "random.h"

#include <stdio.h>
#include <string.h>

#define AFTER_MAX_S 86400

const char retry_default_conditions[] =
    "connect_refused,connect_timeout,connect_unreachable,connect_failed,reset,closed,timeout,"
    "408,425,429,500,502,503,504";

/* Reads a status of three digits; 0 where it is none. */
static int read_status(const char *text, size_t size)
{
    if (size != 3 || text[0] < '1' || text[0] > '5' || text[1] < '0' || text[1] > '9' ||
        text[2] < '0' || text[2] > '9')
        return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + text[2] - '0';
}

static bool read_condition(struct retry_policy *policy, const char *text, size_t size, char *error)
{
    enum outcome outcome;
    const int status = read_status(text, size);
    if (status > 0) {
        if (policy->statuses_count == RETRY_STATUSES_MAX) {
            snprintf(error, RETRY_ERROR_MAX, "--retry-on names more than %d statuses\n"
                                             "      leave some out",
                     RETRY_STATUSES_MAX);
            return false;
        }
        policy->statuses[policy->statuses_count++] = (uint16_t)status;
        return true;
    }
    if (outcome_parse(text, size, &outcome) && outcome != OUTCOME_UNSENT &&
        outcome != OUTCOME_IN_FLIGHT && outcome != OUTCOME_OK) {
        policy->outcomes |= 1u << outcome;
        return true;
    }
    snprintf(error, RETRY_ERROR_MAX,
             "--retry-on: \"%.*s\" is neither a status nor an outcome that can be tried again\n"
             "      write for example --retry-on timeout,reset,429,503",
             (int)(size < 64 ? size : 64), text);
    return false;
}

bool retry_read_conditions(struct retry_policy *policy, const char *text,
                           char error[RETRY_ERROR_MAX])
{
    policy->outcomes = 0;
    policy->statuses_count = 0;
    for (;;) {
        const size_t size = strcspn(text, ",");
        if (!read_condition(policy, text, size, error))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

bool retry_is_wanted(const struct retry_policy *policy, uint32_t attempt, enum outcome outcome,
                     int status)
{
    if (attempt > policy->attempts_max)
        return false;
    if (policy->outcomes >> outcome & 1)
        return true;
    for (uint32_t i = 0; status > 0 && i < policy->statuses_count; i++)
        if (policy->statuses[i] == status)
            return true;
    return false;
}

int64_t retry_pause_ns(const struct retry_policy *policy, uint32_t attempt, uint64_t *random)
{
    CHECK(attempt, >, 0);
    int64_t most_ns = policy->base_ns;
    for (uint32_t i = 1; i < attempt && most_ns < policy->cap_ns; i++)
        most_ns *= 2;
    if (most_ns > policy->cap_ns)
        most_ns = policy->cap_ns;
    return (int64_t)(random_unit(random) * (double)most_ns);
}

bool retry_read_after(const char *value, size_t size, int64_t wall_s, int64_t *pause_ns)
{
    int64_t s = 0;
    size_t digits = 0;
    while (digits < size && value[digits] >= '0' && value[digits] <= '9' && s <= AFTER_MAX_S)
        s = s * 10 + (value[digits++] - '0');
    if (digits == 0 || digits < size) {
        if (!httpdate_read(value, size, wall_s, &s))
            return false;
        s = s > wall_s ? s - wall_s : 0;
    }
    if (s > AFTER_MAX_S)
        return false;
    *pause_ns = s * NS_PER_S;
    return true;
}
