/* weigh_table.c - the figures of a calibration in the look of a run's summary, and what to think of
 * them. */
#include "weigh.h"

#include "limits.h"
#include "units.h"

#include <string.h>

#define THIN_TAIL 10       /* fewer values than this beyond a percentile say little about it */
#define BUSY_SHARE_MIN 0.9 /* below it the stub was the limit of the rate */

/* Nanoseconds keep three digits where a time in microseconds would lose them. */
static char *format_cost(double ns, char text[UNITS_TEXT_MAX])
{
    if (ns >= 999.5)
        return units_format_time((int64_t)(ns + 0.5), text);
    snprintf(text, UNITS_TEXT_MAX, "%.*f ns", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns);
    return text;
}

/* A percentile, and a mark where few values lie beyond it. Returns what is to stand in the mark's place
 * before another text. */
static const char *print_time(int64_t ns, uint64_t count, uint32_t ppm, FILE *out)
{
    char text[UNITS_TEXT_MAX];
    const bool is_thin = count - units_rank(count, ppm) < THIN_TAIL;
    fprintf(out, "%10s%s", units_format_time(ns, text), is_thin ? "*" : "");
    return is_thin ? "" : " ";
}

/* Whether any of them is thin. */
static bool print_spread(const char *name, const struct weight_spread *spread, const char *note,
                         FILE *out)
{
    if (spread->count == 0) {
        fprintf(out, "%-27s%32s%s%s\n", name, "not measured", *note ? "   " : "", note);
        return false;
    }
    fprintf(out, "%-27s", name);
    fputs(print_time(spread->p50_ns, spread->count, 500000, out), out);
    fputs(print_time(spread->p99_ns, spread->count, 990000, out), out);
    const char *gap = print_time(spread->p999_ns, spread->count, 999000, out);
    fprintf(out, "%s%s%s\n", *note ? gap : "", *note ? "  " : "", note);
    return *gap == '\0';
}

static void print_spreads(const struct weight *w, FILE *out)
{
    char rate[UNITS_TEXT_MAX], note[96];
    bool is_thin = false;
    fprintf(out, "%-27s%10s %10s %10s\n", "", "p50", "p99", "p99.9");
    for (int i = 0; i < WEIGHT_WAIT_MODES; i++) {
        char name[32];
        snprintf(name, sizeof name, "send lag, %s", config_wait_name((enum wait_mode)i));
        snprintf(note, sizeof note, "open loop, %s", units_format_rate(w->lag_rate_per_s, rate));
        is_thin |= print_spread(name, &w->send_lag[i], i == 0 ? note : "", out);
    }
    is_thin |= print_spread("service time, too long by", &w->stamps, "by transmit stamps", out);
    is_thin |= print_spread("  of a single request", &w->single, "", out);
    is_thin |= print_spread("  by the server's word", &w->server,
                            "of 1 ms; loopback and stub included", out);
    if (is_thin)
        fprintf(out, "* fewer than %d requests lie beyond: too few to rely on\n", THIN_TAIL);
}

static void print_costs(const struct weight *w, FILE *out)
{
    char text[UNITS_TEXT_MAX], other[UNITS_TEXT_MAX];
    fprintf(out, "%-27s%10s\n", "a reading of the clock", format_cost(w->clock_ns, text));
    fprintf(out, "%-27s%10s   alone; %s each in batches of %u\n", "a NOP through the ring",
            format_cost(w->nop_ns, text), format_cost(w->nop_batch_ns, other), WEIGHT_NOP_BATCH);
    fprintf(out, "%-27s%10s   of CPU, all recorded; %s with --samples none\n",
            "a request and its answer", format_cost(w->request_ns, text),
            format_cost(w->request_bare_ns, other));
    fprintf(out, "%-27s%10s   closed loop, %u connections, %s of a core\n", "the rate of one thread",
            units_format_rate(w->rate_per_s, text), w->connections,
            units_format_share(w->busy_share > 1 ? 1 : w->busy_share, other));
}

/* What makes these figures worse than the machine is, and what to do about it. */
static void print_remarks(const struct weight *w, FILE *out)
{
    char steal[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];
    if (w->shares_cpu)
        fprintf(out, "tare and its stub shared one CPU, and waited for each other: allow a second "
                     "one (taskset, cpusets)\n");
    if (weight_is_stolen(w))
        fprintf(out, "the hypervisor took %s of CPU in %s: weigh again when the machine is quiet\n",
                units_format_time(w->steal_ns, steal), units_format_time(w->took_ns, took));
    if (weight_is_crowded(w))
        fprintf(out, "tare was kept from its CPU for %s of the time: weigh again when the machine is "
                     "quiet\n",
                units_format_share(w->waited_share > 1 ? 1 : w->waited_share, took));
    if (w->throttled > 0)
        fprintf(out, "the cgroup's quota of CPU was used up %llu times: raise cpu.max, and weigh "
                     "again\n",
                (unsigned long long)w->throttled);
    if (w->busy_share < BUSY_SHARE_MIN && !w->shares_cpu && !weight_is_crowded(w))
        fprintf(out, "the stub was the limit of the rate: one thread of tare reaches more\n");
}

void weigh_table_print(const struct weight *w, const struct weigh_place *place, FILE *out)
{
    char took[UNITS_TEXT_MAX];
    fprintf(out, "\nwhat this scale weighs, in %s", units_format_time(w->took_ns, took));
    if (place->generator_cpu >= 0)
        fprintf(out, "; tare on CPU %d, its stub on CPU %d", place->generator_cpu, place->stub_cpu);
    fputc('\n', out);
    print_spreads(w, out);
    fputc('\n', out);
    print_costs(w, out);
    fputc('\n', out);
    print_remarks(w, out);
    fprintf(out, "%s   later runs in this folder take it along\n", place->file);
}
