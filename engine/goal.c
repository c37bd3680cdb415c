/* goal.c - the text of a goal taken apart, and the counting that decides it. */
#include "goal.h"

#include "units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 64 /* of a goal without its blanks */

static bool refuse(const char *text, const char *cause, char error[GOAL_ERROR_MAX])
{
    snprintf(error, GOAL_ERROR_MAX,
             "--find-rate '%.128s' %s\n"
             "      write it as [SERIES.]pNN<=TIME, such as 'p99<=10ms' or 'service.p99.9<50ms'",
             text, cause);
    return false;
}

/* Copies a text without any blanks in it: "10 ms" is 10ms. Returns false where it is too long. */
static bool copy_dense(const char *text, char dense[TEXT_MAX])
{
    size_t size = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text))
            continue;
        if (size + 1 == TEXT_MAX)
            return false;
        dense[size++] = *text;
    }
    dense[size] = '\0';
    return true;
}

/* Takes "SERIES." off; returns what follows. */
static const char *read_series(const char *name, struct goal *goal)
{
    const char *dot = strchr(name, '.');
    goal->series = SERIES_RESPONSE;
    return dot && schema_series_parse(name, (size_t)(dot - name), &goal->series) ? dot + 1 : name;
}

/* What is the generator's own and says nothing of a server. */
static bool is_weight(enum series series)
{
    return series == SERIES_SEND_LAG || series == SERIES_RECEIVE_LAG || series == SERIES_SEND_PATH;
}

bool goal_parse(const char *text, struct goal *goal, char error[GOAL_ERROR_MAX])
{
    char dense[TEXT_MAX];
    goal->text = text;
    if (!copy_dense(text, dense))
        return refuse(text, "is too long", error);
    char *limit = strchr(dense, '<');
    if (!limit)
        return refuse(text, strchr(dense, '>') ? "limits a latency from below" : "has no limit",
                      error);
    const bool is_equal = limit[1] == '=';
    *limit = '\0';
    limit += 1 + is_equal;
    const char *metric = read_series(dense, goal);
    if (metric[0] != 'p' || !units_parse_percentile(metric + 1, &goal->ppm))
        return refuse(text, "names no percentile from p1 to p99.9999", error);
    if (is_weight(goal->series))
        return refuse(text, "speaks of the generator's own weight, not of the server's", error);
    if (goal->series == SERIES_WIRE)
        return refuse(text, "speaks of wire, which few requests have: service has all", error);
    /* A bare number would be seconds elsewhere, and most who write one mean milliseconds. */
    if (*limit && strspn(limit, "0123456789.") == strlen(limit))
        return refuse(text, "has a limit without a unit: us, ms, s, m or h", error);
    if (!units_parse_time(limit, &goal->limit_ns))
        return refuse(text, "has a limit that is no time", error);
    if (goal->limit_ns == 0)
        return refuse(text, "can never hold", error);
    goal->limit_ns -= !is_equal;
    return true;
}

int64_t goal_figure_ns(const struct histogram *times, uint64_t requests, uint32_t ppm)
{
    const uint64_t rank = units_rank(requests, ppm);
    return rank > 0 && rank <= times->count ? histogram_at_rank(times, rank) : -1;
}

struct goal_result goal_judge(const struct goal *goal, const struct histogram *times,
                              uint64_t requests)
{
    uint64_t maybe = 0;
    const uint64_t slow = histogram_above(times, goal->limit_ns, &maybe);
    const uint64_t timeless = requests > times->count ? requests - times->count : 0;
    struct goal_result result = {.requests = requests,
                                 .above = slow + maybe + timeless,
                                 .allowed = requests - units_rank(requests, goal->ppm),
                                 .figure_ns = goal_figure_ns(times, requests, goal->ppm)};
    result.holds = requests > 0 && result.above <= result.allowed;
    return result;
}
