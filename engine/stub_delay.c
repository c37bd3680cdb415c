/* stub_delay.c - quantile tables, the strata's order, and the distributions. */
#include "stub_delay.h"

#include "check.h"
#include "random.h"
#include "units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Latencies at ranks 1 to 400, in us. Given are P50, P95 and P99 (ranks 200, 380, 396) of a service
 * before and after its optimisation; between them the logarithm is linear over the normal quantile,
 * as it is in most services' latencies, and the slopes of both ends go on to the first and the
 * last. Between these points it is linear over the rank, in whole us. */
struct point {
    uint32_t rank;
    int64_t us;
};

#define POINTS 16
static const struct point tables[][POINTS] = {[STUB_DELAY_BASELINE] = {{1, 116560},
                                                                       {4, 148520},
                                                                       {20, 209400},
                                                                       {60, 284570},
                                                                       {100, 341530},
                                                                       {150, 408630},
                                                                       {200, 479830},
                                                                       {240, 545200},
                                                                       {280, 625020},
                                                                       {320, 733400},
                                                                       {350, 856900},
                                                                       {380, 1099490},
                                                                       {388, 1158960},
                                                                       {396, 1280170},
                                                                       {398, 1353500},
                                                                       {400, 1495710}},
                                              [STUB_DELAY_OPTIMIZED] = {{1, 52490},
                                                                        {4, 66820},
                                                                        {20, 94080},
                                                                        {60, 127680},
                                                                        {100, 153120},
                                                                        {150, 183070},
                                                                        {200, 214830},
                                                                        {240, 243970},
                                                                        {280, 279530},
                                                                        {320, 327780},
                                                                        {350, 382730},
                                                                        {380, 490580},
                                                                        {388, 511300},
                                                                        {396, 552850},
                                                                        {398, 577570},
                                                                        {400, 624720}}};

int64_t stub_delay_of_rank_ns(enum stub_delay_mode mode, uint32_t rank)
{
    const struct point *point = tables[mode];
    CHECK(rank, >=, point[0].rank);
    CHECK(rank, <=, point[POINTS - 1].rank);
    while (point[1].rank < rank)
        point++;
    const int64_t rise_us = point[1].us - point[0].us;
    return (point[0].us + rise_us * (rank - point[0].rank) / (point[1].rank - point[0].rank)) *
           NS_PER_US;
}

/* Fisher and Yates's shuffle of 0 to count - 1 (Knuth, TAOCP 3.4.2, algorithm P). */
static void shuffle(uint32_t *order, uint32_t count, uint64_t *state)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = (uint32_t)(random_next(state) % (i + 1));
        order[i] = order[at];
        order[at] = i;
    }
}

/* A scrambled net in the manner of Owen (1995): the parts of the distribution are split 20 x 5 x 4
 * ways, and the digits of the number in the same mixed radix, lowest first, choose among them, each
 * through a permutation of its own. */
void stub_delay_of_mode(struct stub_delay *delay, enum stub_delay_mode mode, uint64_t seed)
{
    enum { COARSE = 20, MIDDLE = 5, FINE = 4 };
    static_assert(COARSE * MIDDLE * FINE == STUB_DELAY_STRATA, "every stratum has its digits");
    uint32_t coarse[COARSE], middle[MIDDLE], fine[FINE];
    uint64_t state = seed;
    *delay = (struct stub_delay){.kind = STUB_DELAY_STRATIFIED, .seed = seed};
    shuffle(coarse, COARSE, &state);
    for (uint32_t a = 0; a < COARSE; a++) {
        shuffle(middle, MIDDLE, &state);
        for (uint32_t b = 0; b < MIDDLE; b++) {
            shuffle(fine, FINE, &state);
            for (uint32_t c = 0; c < FINE; c++) {
                const uint32_t stratum = (coarse[a] * MIDDLE + middle[b]) * FINE + fine[c];
                delay->strata_ns[a + COARSE * (b + MIDDLE * c)] =
                    stub_delay_of_rank_ns(mode, stratum + 1);
            }
        }
    }
}

void stub_delay_none(struct stub_delay *delay)
{
    *delay = (struct stub_delay){.kind = STUB_DELAY_FIXED};
}

static int64_t bounded_ns(double ns)
{
    return ns < (double)LIMIT_TIME_MAX_NS ? (int64_t)ns : LIMIT_TIME_MAX_NS;
}

/* Where a number's own sequence begins; mixed twice, since numbers and seeds are both small. */
static uint64_t sequence_of(const struct stub_delay *delay, uint64_t number)
{
    return random_mix(random_mix(delay->seed + 0x9e3779b97f4a7c15ull) ^ number);
}

/* A normal deviate (Box and Muller, 1958). */
static double draw_normal(uint64_t *state)
{
    const double radius = sqrt(-2 * log(random_unit(state)));
    return radius * cos(2 * M_PI * random_unit(state));
}

int64_t stub_delay_ns(const struct stub_delay *delay, uint64_t number)
{
    uint64_t state = sequence_of(delay, number);
    switch (delay->kind) {
    case STUB_DELAY_FIXED: return delay->low_ns;
    case STUB_DELAY_UNIFORM: {
        const uint64_t width = (uint64_t)(delay->high_ns - delay->low_ns) + 1;
        return delay->low_ns + (int64_t)((unsigned __int128)random_next(&state) * width >> 64);
    }
    case STUB_DELAY_EXPONENTIAL:
        return bounded_ns(-(double)delay->low_ns * log(random_unit(&state)));
    case STUB_DELAY_LOGNORMAL:
        return bounded_ns((double)delay->low_ns * exp(delay->sigma * draw_normal(&state)));
    case STUB_DELAY_TURNS: return delay->turns_ns[number % delay->turns];
    case STUB_DELAY_STRATIFIED: return delay->strata_ns[number % STUB_DELAY_STRATA];
    }
    return 0;
}

/* Cuts the next item off *text at `separator`, as text of its own. Returns false where the item
 * does not fit or there is none left; *text is NULL after the last. */
static bool next_item(const char **text, char separator, char item[UNITS_TEXT_MAX])
{
    if (!*text)
        return false;
    const char *end = strchr(*text, separator);
    const size_t size = end ? (size_t)(end - *text) : strlen(*text);
    if (size >= UNITS_TEXT_MAX)
        return false;
    memcpy(item, *text, size);
    item[size] = '\0';
    *text = end ? end + 1 : NULL;
    return true;
}

static bool next_time(const char **text, char separator, int64_t *ns)
{
    char item[UNITS_TEXT_MAX];
    return next_item(text, separator, item) && units_parse_time(item, ns);
}

static bool parse_sigma(const char *text, double *sigma)
{
    char *end;
    errno = 0;
    *sigma = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && *sigma >= 0 && *sigma <= 10;
}

/* Each reads what follows the colon, all of it. */
static bool parse_single(struct stub_delay *delay, const char *text)
{
    return next_time(&text, ',', &delay->low_ns) && !text;
}

static bool parse_uniform(struct stub_delay *delay, const char *text)
{
    return next_time(&text, '-', &delay->low_ns) && next_time(&text, '-', &delay->high_ns) &&
           !text && delay->low_ns <= delay->high_ns;
}

static bool parse_lognormal(struct stub_delay *delay, const char *text)
{
    return next_time(&text, ',', &delay->low_ns) && text && parse_sigma(text, &delay->sigma);
}

static bool parse_turns(struct stub_delay *delay, const char *text)
{
    while (text) {
        if (delay->turns == LIMIT_STUB_TURNS_MAX ||
            !next_time(&text, ',', &delay->turns_ns[delay->turns]))
            return false;
        delay->turns++;
    }
    return true;
}

struct distribution {
    const char *name;
    enum stub_delay_kind kind;
    bool (*parse)(struct stub_delay *delay, const char *text);
    const char *example;
};

static const struct distribution distributions[] = {
    {"fixed", STUB_DELAY_FIXED, parse_single, "fixed:5ms"},
    {"uniform", STUB_DELAY_UNIFORM, parse_uniform, "uniform:1ms-10ms, the lower end first"},
    {"exponential", STUB_DELAY_EXPONENTIAL, parse_single, "exponential:5ms, its mean"},
    {"lognormal", STUB_DELAY_LOGNORMAL, parse_lognormal,
     "lognormal:5ms,0.5, its median and sigma (0 to 10)"},
    {"turns", STUB_DELAY_TURNS, parse_turns, "turns:1ms,5ms,50ms, up to 64 times"},
};
static_assert(LIMIT_STUB_TURNS_MAX == 64, "the text above says so");

bool stub_delay_parse(struct stub_delay *delay, const char *specification, uint64_t seed, char *why,
                      size_t why_size)
{
    const size_t name_size = strcspn(specification, ":");
    for (size_t i = 0; i < sizeof distributions / sizeof distributions[0]; i++) {
        const struct distribution *known = &distributions[i];
        if (strlen(known->name) != name_size || memcmp(known->name, specification, name_size) != 0)
            continue;
        struct stub_delay parsed = {.kind = known->kind, .seed = seed};
        if (specification[name_size] == ':' &&
            known->parse(&parsed, specification + name_size + 1)) {
            *delay = parsed;
            return true;
        }
        snprintf(why, why_size, "\"%s\" is no delay\n      it is written %s", specification,
                 known->example);
        return false;
    }
    snprintf(why, why_size,
             "\"%s\" is no delay that is known\n"
             "      known are fixed:5ms, uniform:1ms-10ms, exponential:5ms, lognormal:5ms,0.5 and "
             "turns:1ms,5ms,50ms",
             specification);
    return false;
}
