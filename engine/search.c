/* search.c - a table of rates with what their steps said; each decision is read off it anew. */
#include "search.h"

#include "check.h"

#include <string.h>

#define PPM 1000000u
#define SAYS_SO 2u /* steps that an end of the answer's interval rests on */
#define LIMITED_MAX 2u
#define INVALID_MAX 3u

void search_start(struct search *search, const struct search_setup *setup)
{
    CHECK(setup->floor_milli, <=, setup->start_milli);
    CHECK(setup->start_milli, <=, setup->max_milli);
    CHECK(setup->steps_max, <=, LIMIT_SEARCH_STEPS_MAX);
    memset(search, 0, sizeof *search);
    search->setup = *setup;
}

/* The highest rate most of whose steps held; NULL: none. */
static const struct search_rate *find_low(const struct search *search)
{
    for (uint32_t i = search->rates_count; i-- > 0;)
        if (search->rates[i].holds > search->rates[i].fails)
            return &search->rates[i];
    return NULL;
}

/* The lowest rate most of whose steps failed; NULL: none. */
static const struct search_rate *find_high(const struct search *search)
{
    for (uint32_t i = 0; i < search->rates_count; i++)
        if (search->rates[i].fails > search->rates[i].holds)
            return &search->rates[i];
    return NULL;
}

static const struct search_rate *find_rate(const struct search *search, uint64_t rate_milli)
{
    for (uint32_t i = 0; i < search->rates_count; i++)
        if (search->rates[i].rate_milli == rate_milli)
            return &search->rates[i];
    return NULL;
}

static bool is_top(const struct search *search, const struct search_rate *rate)
{
    return rate == &search->rates[search->rates_count - 1];
}

/* A middle of three significant digits, for people to read. low < result < high. */
static uint64_t find_middle(uint64_t low_milli, uint64_t high_milli)
{
    const uint64_t middle = low_milli + (high_milli - low_milli) / 2;
    uint64_t grain = 1;
    while (middle >= grain * 1000)
        grain *= 10;
    const uint64_t round = (middle + grain / 2) / grain * grain;
    CHECK(round, >, low_milli); /* three digits are finer than LIMIT_SEARCH_RESOLUTION_PPM */
    CHECK(round, <, high_milli);
    return round;
}

static bool is_resolved(uint64_t low_milli, uint64_t high_milli)
{
    const uint64_t width_milli = low_milli * LIMIT_SEARCH_RESOLUTION_PPM / PPM;
    return high_milli - low_milli <= (width_milli > 1 ? width_milli : 1);
}

static bool ask(struct search_step *step, uint64_t rate_milli, enum search_purpose purpose)
{
    *step = (struct search_step){.rate_milli = rate_milli, .purpose = purpose};
    return true;
}

/* Whether the last step has to be repeated before anything else: it was spoilt, or the steps at its
 * rate disagree, or it ended the climb. */
static bool needs_repeat(const struct search *search)
{
    const struct search_rate *last = find_rate(search, search->last_milli);
    if (!last)
        return false;
    if (last->limited + last->invalid > 0)
        return true;
    return last->holds == last->fails ||
           (is_top(search, last) && last->fails == 1 && last->holds == 0);
}

/* The last look at the ends of the interval; high is NULL where nothing failed. False: both say so.
 * The rate that ended the climb said so early, in two steps after another: whatever disturbed the
 * one may have disturbed the other. */
static bool confirm(const struct search *search, const struct search_rate *low,
                    const struct search_rate *high, struct search_step *step)
{
    if (low && low->holds < SAYS_SO && low->limited + low->invalid == 0)
        return ask(step, low->rate_milli, SEARCH_CONFIRM);
    if (high && high->fails < SAYS_SO + is_top(search, high))
        return ask(step, high->rate_milli, SEARCH_CONFIRM);
    return false;
}

/* The step, or why there is none. */
static enum search_end decide(const struct search *search, struct search_step *step)
{
    const struct search_setup *setup = &search->setup;
    const struct search_rate *low = find_low(search);
    const struct search_rate *high = find_high(search);
    if (search->steps >= setup->steps_max)
        return SEARCH_OUT_OF_STEPS;
    if (search->spoilt_milli > 0)
        return confirm(search, low, NULL, step) ? SEARCH_NOT_OVER
               : search->is_limited             ? SEARCH_AT_GENERATOR
                                                : SEARCH_ALL_INVALID;
    if (needs_repeat(search))
        ask(step, search->last_milli, SEARCH_REPEAT);
    else if (!low && !high)
        ask(step, setup->start_milli, SEARCH_CLIMB);
    else if (!high && low->rate_milli < setup->max_milli)
        ask(step, 2 * low->rate_milli < setup->max_milli ? 2 * low->rate_milli : setup->max_milli,
            SEARCH_CLIMB);
    else if (!high)
        return confirm(search, low, NULL, step) ? SEARCH_NOT_OVER : SEARCH_AT_MAX;
    else if (!low && high->rate_milli > setup->floor_milli)
        ask(step,
            high->rate_milli / 2 > setup->floor_milli ? high->rate_milli / 2 : setup->floor_milli,
            SEARCH_DESCEND);
    else if (low && !is_resolved(low->rate_milli, high->rate_milli))
        ask(step, find_middle(low->rate_milli, high->rate_milli), SEARCH_HALVE);
    else
        return confirm(search, low, high, step) ? SEARCH_NOT_OVER : SEARCH_RESOLVED;
    return SEARCH_NOT_OVER;
}

bool search_next(const struct search *search, struct search_step *step)
{
    return decide(search, step) == SEARCH_NOT_OVER;
}

/* The rate's place in the table, which is made where it is new. */
static struct search_rate *place(struct search *search, uint64_t rate_milli)
{
    uint32_t at = 0;
    while (at < search->rates_count && search->rates[at].rate_milli < rate_milli)
        at++;
    if (at == search->rates_count || search->rates[at].rate_milli != rate_milli) {
        CHECK(search->rates_count, <, LIMIT_SEARCH_STEPS_MAX);
        memmove(&search->rates[at + 1], &search->rates[at],
                (search->rates_count++ - at) * sizeof search->rates[0]);
        search->rates[at] = (struct search_rate){.rate_milli = rate_milli};
    }
    return &search->rates[at];
}

static uint32_t *count_of(struct search_rate *rate, enum search_outcome outcome)
{
    switch (outcome) {
    case SEARCH_HOLDS: return &rate->holds;
    case SEARCH_FAILS: return &rate->fails;
    case SEARCH_LIMITED: return &rate->limited;
    case SEARCH_INVALID: return &rate->invalid;
    }
    check_failed(__FILE__, __LINE__, "outcome is known", outcome, SEARCH_INVALID);
}

void search_add(struct search *search, uint64_t rate_milli, enum search_outcome outcome)
{
    struct search_rate *rate = place(search, rate_milli);
    search->steps++;
    search->last_milli = rate_milli;
    ++*count_of(rate, outcome);
    if (outcome == SEARCH_HOLDS || outcome == SEARCH_FAILS)
        rate->limited = rate->invalid = 0;
    if ((rate->limited < LIMITED_MAX && rate->limited + rate->invalid < INVALID_MAX) ||
        search->spoilt_milli > 0)
        return;
    search->spoilt_milli = rate_milli;
    search->is_limited = rate->limited > 0;
}

struct search_answer search_answer(const struct search *search)
{
    struct search_step step;
    struct search_answer answer = {.end = decide(search, &step),
                                   .spoilt_milli = search->spoilt_milli};
    const struct search_rate *low = find_low(search);
    const struct search_rate *high = find_high(search);
    if (low)
        answer.low = *low;
    if (high)
        answer.high = *high;
    answer.known = low && high                                             ? SEARCH_FOUND
                   : low                                                   ? SEARCH_ALL_HELD
                   : high && high->rate_milli == search->setup.floor_milli ? SEARCH_NONE_HELD
                                                                           : SEARCH_UNKNOWN;
    return answer;
}

const char *search_purpose_name(enum search_purpose purpose)
{
    static const char *const names[] = {"climb", "descend", "halve", "repeat", "confirm"};
    return names[purpose];
}

const char *search_outcome_name(enum search_outcome outcome)
{
    static const char *const names[] = {"holds", "fails", "generator_limited", "invalid"};
    return names[outcome];
}

const char *search_known_name(enum search_known known)
{
    static const char *const names[] = {"found", "all_held", "none_held", "unknown"};
    return names[known];
}

const char *search_end_name(enum search_end end)
{
    static const char *const names[] = {"stopped", "resolved",          "maximum",
                                        "steps",   "generator_limited", "invalid"};
    return names[end];
}
