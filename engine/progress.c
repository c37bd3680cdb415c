/* progress.c - what people watch while a run lasts. */
#include "progress.h"

#include "limits.h"
#include "units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 28
#define PLAIN_EVERY_NS (10 * NS_PER_S)

void progress_init(struct progress *progress, const struct config *config)
{
    const char *no_color = getenv("NO_COLOR"); /* no-color.org: set and not empty */
    const char *term = getenv("TERM");
    *progress = (struct progress){.config = config, .next_plain_ns = PLAIN_EVERY_NS};
    progress->is_quiet = config->quiet;
    progress->is_terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    progress->has_colour = progress->is_terminal && !(no_color && *no_color);
}

void progress_announce(const struct progress *progress, const char *url)
{
    const struct config *c = progress->config;
    char rate[UNITS_TEXT_MAX], connections[UNITS_TEXT_MAX];
    if (progress->is_quiet)
        return;
    if (c->loop == LOOP_OPEN)
        fprintf(stderr, "open loop, %s%s, ",
                units_format_rate((double)c->rate_milli / 1000, rate),
                c->arrivals == ARRIVALS_POISSON ? " Poisson" : "");
    else
        fprintf(stderr, "closed loop, ");
    fprintf(stderr, "%s connection%s, ", units_format_count(c->connections, connections),
            c->connections == 1 ? "" : "s");
    if (c->pipeline > 1)
        fprintf(stderr, "%u requests at a time on each, ", c->pipeline);
    fprintf(stderr, "%u thread%s -> %s\n", c->threads, c->threads == 1 ? "" : "s", url);
}

/* How much of the run is over, 0 to 1: by time, else by requests. */
static double find_share(const struct config *c, int64_t now_ns, const struct recorder_live *live)
{
    const int64_t total_ns = c->warmup_ns + c->duration_ns;
    double share = c->duration_ns > 0 ? (double)now_ns / (double)total_ns
                                      : (double)live->requests / (double)c->requests;
    if (share > 1)
        share = 1;
    return share < 0 ? 0 : share;
}

static int write_where(const struct progress *p, int64_t now_ns, const struct recorder_live *live,
                       char *text, size_t size)
{
    const struct config *c = p->config;
    const int64_t total_ns = c->warmup_ns + c->duration_ns;
    char done[UNITS_TEXT_MAX], asked[UNITS_TEXT_MAX];
    if (c->duration_ns > 0 && now_ns >= total_ns)
        return snprintf(text, size, "waiting for %s answers",
                        units_format_count(live->in_flight, done));
    if (c->duration_ns > 0)
        return snprintf(text, size, "%lld s of %lld s%s", (long long)(now_ns / NS_PER_S),
                        (long long)(total_ns / NS_PER_S),
                        now_ns < c->warmup_ns ? ", warming up" : "");
    return snprintf(text, size, "%lld s, %s of %s", (long long)(now_ns / NS_PER_S),
                    units_format_count(live->requests, done),
                    units_format_count(c->requests, asked));
}

static int write_figures(const struct recorder_live *live, char *text, size_t size)
{
    char rate[UNITS_TEXT_MAX], p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX], lag[UNITS_TEXT_MAX],
        errors[UNITS_TEXT_MAX], backlog[UNITS_TEXT_MAX + 16] = "";
    if (live->seconds == 0)
        return snprintf(text, size, "starting");
    if (live->backlog > 0) {
        char count[UNITS_TEXT_MAX];
        snprintf(backlog, sizeof backlog, "   %s waiting", units_format_count(live->backlog, count));
    }
    return snprintf(text, size, "%s/s   p50 %s   p99 %s   %s errors   lag %s%s",
                    units_format_count(live->done, rate), units_format_time(live->p50_ns, p50),
                    units_format_time(live->p99_ns, p99),
                    units_format_count(live->failures, errors),
                    units_format_time(live->send_lag_p99_ns, lag), backlog);
}

static void draw_bar(const struct progress *p, double share)
{
    const int full = (int)(share * BAR_WIDTH);
    if (p->has_colour)
        fputs("\033[36m", stderr);
    for (int i = 0; i < BAR_WIDTH; i++)
        fputs(i < full ? "█" : "░", stderr);
    if (p->has_colour)
        fputs("\033[0m", stderr);
}

void progress_show(struct progress *p, int64_t now_ns, const struct recorder_live *live)
{
    char where[128], figures[256];
    if (p->is_quiet || (!p->is_terminal && now_ns < p->next_plain_ns))
        return;
    const int left = write_where(p, now_ns, live, where, sizeof where);
    const int right = write_figures(live, figures, sizeof figures);
    if (!p->is_terminal) {
        p->next_plain_ns += PLAIN_EVERY_NS;
        fprintf(stderr, "%s   %s\n", where, figures);
        return;
    }
    fprintf(stderr, "\r%12s ", where);
    draw_bar(p, find_share(p->config, now_ns, live));
    fprintf(stderr, "  %s\033[K", figures);
    p->drawn = left + right;
    fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (p->drawn > 0)
        fputs("\r\033[K", stderr);
    p->drawn = 0;
}
