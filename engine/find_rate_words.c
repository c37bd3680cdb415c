/* find_rate_words.c - what people read of a search: a line a step, and the answer in sentences. */
#include "find_rate_parts.h"

#include "units.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* "1,980", "12.5": a rate without its "/s", for columns. */
static const char *format_rate(uint64_t rate_milli, char text[UNITS_TEXT_MAX])
{
    units_format_rate((double)rate_milli / 1000, text);
    text[strcspn(text, "/")] = '\0';
    return text;
}

void find_rate_print_start(const struct find_rate *search, FILE *out)
{
    const struct config *c = search->config;
    char count[UNITS_TEXT_MAX], text[UNITS_TEXT_MAX];
    fprintf(out, "the highest rate that keeps ");
    for (uint32_t i = 0; i < c->goals_count; i++)
        fprintf(out, "%s%s", i > 0 ? " and " : "", c->goals[i].text);
    fprintf(out, ", %s connection%s, steps of %s", units_format_count(c->connections, count),
            c->connections == 1 ? "" : "s", units_format_time(c->duration_ns, text));
    if (search->idle_ns >= 0)
        fprintf(out, ", idle %s", units_format_time(search->idle_ns, text));
    fprintf(out, "\n\n%10s %10s %10s %10s   %s times\n", "rate/s", "sent/s", "p50", "p99",
            schema_series_name(c->goals[0].series));
}

/* -1 is a request that failed, or was not answered in time. */
static const char *format_figure(int64_t figure_ns, char text[UNITS_TEXT_MAX])
{
    return figure_ns < 0 ? "-" : units_format_time(figure_ns, text);
}

void find_rate_print_step(const struct find_rate *search, const struct find_rate_step *step,
                          FILE *out)
{
    static const char *const words[] = {"holds", "fails", "open, the generator at its limit",
                                        "open, not valid"};
    char asked[UNITS_TEXT_MAX], sent[UNITS_TEXT_MAX], p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX],
        text[UNITS_TEXT_MAX];
    (void)search;
    if (!step->is_judged)
        return;
    fprintf(out, "%10s %10s %10s %10s   %s", format_rate(step->asked.rate_milli, asked),
            format_rate((uint64_t)llround(step->achieved_per_s * 1000), sent),
            format_figure(step->figures_ns[0], p50), format_figure(step->figures_ns[2], p99),
            words[step->outcome]);
    if (step->sentence[0])
        fprintf(out, ": %s", step->sentence);
    if (!step->is_idle)
        fprintf(out, " (begun before the server was idle again, after %s)",
                units_format_time(step->drain_ns, text));
    fputc('\n', out);
    fflush(out);
}

/* Adds to a sentence. */
static void add(char text[FIND_RATE_SENTENCE_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char text[FIND_RATE_SENTENCE_MAX], const char *format, ...)
{
    const size_t size = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + size, FIND_RATE_SENTENCE_MAX - size, format, arguments);
    va_end(arguments);
}

/* Why no bound was found above the rate that held. */
static void add_end(const struct find_rate *search, const struct search_answer *answer,
                    char text[FIND_RATE_SENTENCE_MAX])
{
    char rate[UNITS_TEXT_MAX];
    switch (answer->end) {
    case SEARCH_AT_GENERATOR:
        add(text, "the generator was at its limit at %s/s",
            format_rate(answer->spoilt_milli, rate));
        return;
    case SEARCH_ALL_INVALID:
        add(text, "the runs at %s/s were not valid", format_rate(answer->spoilt_milli, rate));
        return;
    case SEARCH_AT_MAX: add(text, "higher ones are not tried"); return;
    case SEARCH_OUT_OF_STEPS: add(text, "the steps ran out"); return;
    case SEARCH_NOT_OVER:
    case SEARCH_RESOLVED:
        add(text, search->state == FIND_RATE_BROKEN ? "the next run could not be made"
                                                    : "the search was ended");
        return;
    }
}

static void add_interval(const struct find_rate *search, const struct search_answer *answer,
                         char text[FIND_RATE_SENTENCE_MAX])
{
    char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];
    format_rate(answer->low.rate_milli, low);
    add(text, "the highest rate that held: %s/s (between %s and %s/s)", low, low,
        format_rate(answer->high.rate_milli, high));
    if (answer->end == SEARCH_RESOLVED)
        return;
    add(text, "; it is not known more closely, for ");
    add_end(search, answer, text);
}

void find_rate_answer(const struct find_rate *search, char text[FIND_RATE_SENTENCE_MAX])
{
    const struct search_answer answer = search_answer(&search->search);
    char rate[UNITS_TEXT_MAX];
    text[0] = '\0';
    switch (answer.known) {
    case SEARCH_FOUND: add_interval(search, &answer, text); return;
    case SEARCH_ALL_HELD:
        add(text, "every rate up to %s/s held; ", format_rate(answer.low.rate_milli, rate));
        add_end(search, &answer, text);
        return;
    case SEARCH_NONE_HELD:
        add(text, "even %s/s did not hold", format_rate(answer.high.rate_milli, rate));
        return;
    case SEARCH_UNKNOWN:
        add(text, "no rate is known to hold: ");
        if (answer.high.rate_milli > 0)
            add(text, "%s/s failed, and ", format_rate(answer.high.rate_milli, rate));
        add_end(search, &answer, text);
        return;
    }
}

/* "held in 2 of 2 steps" */
static void print_count(const struct search_rate *rate, FILE *out)
{
    char text[UNITS_TEXT_MAX];
    fprintf(out, "%s/s held in %u of %u steps", format_rate(rate->rate_milli, text), rate->holds,
            rate->holds + rate->fails);
}

static bool has_thin_tail(const struct find_rate *search, uint64_t rate_milli)
{
    for (uint32_t i = 0; i < search->steps_count; i++)
        for (uint32_t g = 0; g < search->config->goals_count; g++)
            if (search->steps[i].is_judged && search->steps[i].asked.rate_milli == rate_milli &&
                search->steps[i].asked.purpose == SEARCH_CONFIRM &&
                search->steps[i].goals[g].allowed + 1 < FIND_RATE_TAIL_MIN)
                return true;
    return false;
}

/* What the answer rests on, and what it does not say. */
static void print_ground(const struct find_rate *search, const struct search_answer *answer,
                         FILE *out)
{
    char text[UNITS_TEXT_MAX];
    if (answer->low.rate_milli > 0)
        print_count(&answer->low, out);
    if (answer->low.rate_milli > 0 && answer->high.rate_milli > 0)
        fputs(", ", out);
    if (answer->high.rate_milli > 0)
        print_count(&answer->high, out);
    if (answer->low.rate_milli > 0 || answer->high.rate_milli > 0)
        fprintf(out, "; what takes longer than %s to build up is not seen\n",
                units_format_time(search->config->duration_ns, text));
    if (has_thin_tail(search, answer->low.rate_milli))
        fprintf(out, "fewer than %u requests a step may lie above: longer steps (-d) are surer\n",
                FIND_RATE_TAIL_MIN);
    if (find_rate_lacks_connections(search))
        fprintf(
            out,
            "at %s/s requests waited for one of the %u connections, while the server answered as "
            "fast as when it is idle: more connections (-c) may hold more\n",
            format_rate(answer->high.rate_milli, text), search->config->connections);
}

void find_rate_print_answer(const struct find_rate *search, FILE *out)
{
    const struct search_answer answer = search_answer(&search->search);
    const char *folder = find_rate_folder(search, answer.low.rate_milli);
    char text[FIND_RATE_SENTENCE_MAX];
    find_rate_answer(search, text);
    fprintf(out, "\n%s%s\n", search->state == FIND_RATE_STOPPED ? "interrupted; " : "", text);
    print_ground(search, &answer, out);
    fprintf(out, "%s   %u runs, and find-rate.json\n", search->folder.path, search->steps_count);
    if (folder)
        fprintf(out, "next: tare-report %s/%s\n", search->folder.path, folder);
}
