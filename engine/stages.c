/* stages.c - users by integers, so that each change has an exact time; requests by areas. */
#include "stages.h"

#include "check.h"
#include "units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 48

__extension__ typedef __int128 wide; /* thousandths of users times ns */

__attribute__((format(printf, 2, 3))) static bool bad(char error[STAGES_ERROR_MAX],
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, STAGES_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Reading ---- */

/* Takes the next word into `word`; "" at the end. False: it is longer than any that means something. */
static bool take_word(const char **at, char word[WORD_MAX])
{
    *at += strspn(*at, " \t");
    const size_t size = strcspn(*at, " \t");
    if (size >= WORD_MAX)
        return false;
    memcpy(word, *at, size);
    word[size] = '\0';
    *at += size;
    return true;
}

bool stages_is_stage(const char *text)
{
    return strpbrk(text, " \t") != NULL;
}

static bool read_level(enum stages_of of, const char *word, uint64_t *milli,
                       char error[STAGES_ERROR_MAX])
{
    const uint64_t max = of == STAGES_OF_USERS ? LIMIT_CONNECTIONS_MAX : LIMIT_RATE_MAX;
    if (!units_parse_milli(word, milli))
        return bad(error, "'%s' is no number of %s\n      write it as 100, 10k or 0", word,
                   of == STAGES_OF_USERS ? "users" : "requests per second");
    if (of == STAGES_OF_USERS && *milli % 1000 != 0)
        return bad(error, "%s users are not a whole number\n      write it as 100 or 10k", word);
    if (*milli > max * 1000)
        return bad(error, "%s is above the limit of %llu %s\n      ask for less", word,
                   (unsigned long long)max,
                   of == STAGES_OF_USERS ? "users" : "requests per second");
    return true;
}

/* Reads "A to B in TIME" or "A for TIME"; the stage's end_ns is then its length. */
static bool read_stage(enum stages_of of, const char *text, struct stage *stage,
                       char error[STAGES_ERROR_MAX])
{
    char first[WORD_MAX], word[WORD_MAX], second[WORD_MAX] = "", in[WORD_MAX] = "for";
    char time[WORD_MAX], rest[WORD_MAX];
    const char *at = text;
    bool is_read = take_word(&at, first) && take_word(&at, word);
    const bool is_ramp = is_read && strcmp(word, "to") == 0;
    if (is_ramp)
        is_read = take_word(&at, second) && take_word(&at, in);
    is_read = is_read && strcmp(is_ramp ? in : word, is_ramp ? "in" : "for") == 0 &&
              take_word(&at, time) && take_word(&at, rest) && rest[0] == '\0';
    if (!is_read)
        return bad(error, "'%.*s' is no stage\n      write '0 to 100 in 10s' or '100 for 30s'", WORD_MAX,
                   text);
    if (!read_level(of, first, &stage->from_milli, error) ||
        !read_level(of, is_ramp ? second : first, &stage->to_milli, error))
        return false;
    if (!units_parse_time(time, &stage->end_ns) || stage->end_ns == 0)
        return bad(error, "'%s' is no time that a stage can last\n      write it as 500ms, 30s or 2m",
                   time);
    return true;
}

/* The area under a stage's line, in requests. */
static double area(const struct stage *stage)
{
    return ((double)stage->from_milli + (double)stage->to_milli) / 2000.0 *
           ((double)(stage->end_ns - stage->begin_ns) / 1e9);
}

bool stages_add(struct stages *stages, enum stages_of of, const char *text,
                char error[STAGES_ERROR_MAX])
{
    struct stage stage = {0};
    if (stages->count == LIMIT_STAGES_MAX)
        return bad(error, "more than %u stages\n      leave some out", LIMIT_STAGES_MAX);
    if (!read_stage(of, text, &stage, error))
        return false;
    stage.begin_ns = stages_duration_ns(stages);
    stage.requests_before = stages_requests(stages);
    if (stage.end_ns > LIMIT_TIME_MAX_NS - stage.begin_ns)
        return bad(error, "the stages last longer than 7 days together\n      make them shorter");
    stage.end_ns += stage.begin_ns;
    stages->list[stages->count++] = stage;
    return true;
}

void stages_stretch(struct stages *stages, uint64_t parts_per_million)
{
    int64_t begin_ns = 0;
    double requests = 0;
    for (uint32_t i = 0; i < stages->count; i++) {
        struct stage *stage = &stages->list[i];
        const wide length = (wide)(stage->end_ns - stage->begin_ns) * (wide)parts_per_million / 1000000;
        stage->begin_ns = begin_ns;
        stage->end_ns = begin_ns += length > 0 ? (int64_t)length : 1;
        stage->requests_before = requests;
        requests += area(stage);
    }
}

int64_t stages_duration_ns(const struct stages *stages)
{
    return stages->count > 0 ? stages->list[stages->count - 1].end_ns : 0;
}

uint64_t stages_peak_milli(const struct stages *stages)
{
    uint64_t peak = 0;
    for (uint32_t i = 0; i < stages->count; i++) {
        const struct stage *stage = &stages->list[i];
        const uint64_t higher =
            stage->from_milli > stage->to_milli ? stage->from_milli : stage->to_milli;
        peak = higher > peak ? higher : peak;
    }
    return peak;
}

/* ---- Users ---- */

/* The stage that a time lies in; the last one where it lies behind all. */
static uint32_t find_stage(const struct stages *stages, int64_t time_ns)
{
    uint32_t at = 0;
    CHECK(stages->count, >, 0);
    while (at + 1 < stages->count && time_ns >= stages->list[at].end_ns)
        at++;
    return at;
}

/* Users `elapsed` ns into a stage: its level and a half, rounded down. */
static uint32_t users_in(const struct stage *stage, int64_t elapsed_ns)
{
    const wide length = stage->end_ns - stage->begin_ns;
    const wide elapsed = elapsed_ns < length ? elapsed_ns : length;
    const wide rise = (wide)stage->to_milli - (wide)stage->from_milli;
    return (uint32_t)(((wide)stage->from_milli * length + rise * elapsed + 500 * length) /
                      (1000 * length));
}

uint32_t stages_users_at(const struct stages *stages, int64_t time_ns)
{
    const struct stage *stage = &stages->list[find_stage(stages, time_ns)];
    return users_in(stage, time_ns > stage->begin_ns ? time_ns - stage->begin_ns : 0);
}

/* How far into a stage its users are first another number than `users`, which they are at some time of
 * it before; behind its end where they never are. From users_in() by solving for `elapsed`. */
static wide change_in(const struct stage *stage, uint32_t users)
{
    const wide length = stage->end_ns - stage->begin_ns;
    const wide from = (wide)stage->from_milli * length + 500 * length;
    const wide rise = (wide)stage->to_milli - (wide)stage->from_milli;
    if (rise > 0)
        return (1000 * length * ((wide)users + 1) - from + rise - 1) / rise;
    if (rise < 0)
        return (from - 1000 * length * (wide)users) / -rise + 1;
    return length + 1;
}

int64_t stages_users_change_ns(const struct stages *stages, int64_t time_ns)
{
    uint32_t at = find_stage(stages, time_ns);
    const uint32_t users = stages_users_at(stages, time_ns);
    for (; at < stages->count; at++) {
        const struct stage *stage = &stages->list[at];
        const bool is_last = at + 1 == stages->count;
        if (stage->begin_ns > time_ns && users_in(stage, 0) != users)
            return stage->begin_ns;
        const wide change = change_in(stage, users);
        const wide length = stage->end_ns - stage->begin_ns;
        if (change < length || (change == length && is_last))
            return stage->begin_ns + (int64_t)change;
    }
    return STAGES_TIME_NEVER;
}

/* ---- Requests ---- */

double stages_requests(const struct stages *stages)
{
    if (stages->count == 0)
        return 0;
    const struct stage *last = &stages->list[stages->count - 1];
    return last->requests_before + area(last);
}

/* How far into a stage the area under its line is `requests`, in seconds. The form of the quadratic's
 * root that holds where the line is nearly level (Press et al., Numerical Recipes, section 5.6). */
static double elapsed_at(const struct stage *stage, double requests)
{
    const double length = (double)(stage->end_ns - stage->begin_ns) / 1e9;
    const double from = (double)stage->from_milli / 1000;
    const double rise = ((double)stage->to_milli / 1000 - from) / length;
    const double root = from * from + 2 * rise * requests;
    const double level = root > 0 ? sqrt(root) : 0;
    if (requests <= 0)
        return 0;
    return fmin(2 * requests / (from + level), length);
}

int64_t stages_due_ns(const struct stages *stages, double requests)
{
    uint32_t at = 0;
    if (!(requests < stages_requests(stages)))
        return STAGES_TIME_NEVER;
    while (at + 1 < stages->count && requests >= stages->list[at + 1].requests_before)
        at++;
    const struct stage *stage = &stages->list[at];
    const double elapsed = elapsed_at(stage, requests - stage->requests_before);
    return stage->begin_ns + (int64_t)(elapsed * 1e9);
}
