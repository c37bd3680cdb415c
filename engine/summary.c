/* summary.c - a table of percentiles, the generator's own weight, outcomes, verdict, what to do next. */
#include "summary.h"

#include "limits.h"
#include "runfile.h"
#include "units.h"
#include "verdict.h"

#include <inttypes.h>
#include <string.h>

/* Fewer requests than this beyond a percentile say little about it. */
#define THIN_TAIL 10

static uint64_t count_class(const uint64_t outcomes[OUTCOME_COUNT], enum outcome_class class)
{
    uint64_t count = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_class((enum outcome)i) == class)
            count += outcomes[i];
    return count;
}

static void print_headline(const struct config *config, const struct result *r, FILE *out)
{
    char requests[UNITS_TEXT_MAX], ok[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX],
        asked[UNITS_TEXT_MAX], left[128], right[128];
    const double done = config->loop == LOOP_OPEN ? result_sent_rate(r) : result_rate(r);
    snprintf(left, sizeof left, "%s requests in %s, %s ok",
             units_format_count(r->measured_requests, requests),
             units_format_time(r->measure_ns, took),
             units_format_count(count_class(r->measured_outcomes, OUTCOME_SUCCESS), ok));
    units_format_rate(done, rate);
    units_format_rate((double)config->rate_milli / 1000, asked);
    if (config->loop == LOOP_OPEN)
        snprintf(right, sizeof right, "%s of %.*s asked", rate, (int)strcspn(asked, "/"), asked);
    else
        snprintf(right, sizeof right, "%s", rate);
    fprintf(out, "%-60s %23s\n", left, right);
}

/* Whether any percentile of the row rests on too few requests. */
static bool print_row(const char *name, const struct histogram *h, const char *note, FILE *out)
{
    char text[UNITS_TEXT_MAX + 2];
    bool is_thin = false;
    if (h->count == 0)
        return false;
    fprintf(out, "%-12s", name);
    for (int i = 0; i < RUNFILE_PERCENTILES; i++) {
        const uint64_t rank = units_rank(h->count, runfile_percentiles_ppm[i]);
        units_format_time(histogram_at_rank(h, rank), text);
        if (h->count - rank < THIN_TAIL) {
            is_thin = true;
            strcat(text, "*");
        } else {
            strcat(text, " ");
        }
        fprintf(out, "%11s", text);
    }
    fprintf(out, "%11s%s%s\n", units_format_time(h->max_ns, text), *note ? "   " : "", note);
    return is_thin;
}

static void print_latencies(const struct config *config, const struct result *r, FILE *out)
{
    const struct histogram *h = r->latencies;
    bool is_thin = false;
    if (h[SERIES_SERVICE].count == 0) {
        fprintf(out, "no request succeeded, so that there is no latency to show\n");
        return;
    }
    fprintf(out, "%-12s", "");
    for (int i = 0; i < RUNFILE_PERCENTILES; i++)
        fprintf(out, "%10s ", runfile_percentile_names[i]);
    fprintf(out, "%11s\n", "max");
    if (config->loop == LOOP_OPEN)
        is_thin |= print_row("response", &h[SERIES_RESPONSE], "", out);
    is_thin |= print_row("service", &h[SERIES_SERVICE], "", out);
    print_row("send lag", &h[SERIES_SEND_LAG], "the generator's own weight", out);
    print_row("receive lag", &h[SERIES_RECEIVE_LAG], "", out);
    if (is_thin)
        fprintf(out, "* fewer than %d requests lie beyond: too few to rely on\n", THIN_TAIL);
}

/* "p50 25.2 us, p90 26.5 us": those percentiles that enough requests lie beyond. */
static void print_percentiles(const struct histogram *h, FILE *out)
{
    char text[UNITS_TEXT_MAX];
    for (int i = 0; i < RUNFILE_PERCENTILES; i++) {
        const uint64_t rank = units_rank(h->count, runfile_percentiles_ppm[i]);
        if (h->count - rank >= THIN_TAIL)
            fprintf(out, "%s%s %s", i > 0 ? ", " : "", runfile_percentile_names[i],
                    units_format_time(histogram_at_rank(h, rank), text));
    }
}

/* What service time holds before the request leaves, by those that carried a transmit stamp. */
static void print_send_path(const struct config *config, const struct result *r, FILE *out)
{
    const struct histogram *path = &r->latencies[SERIES_SEND_PATH];
    const uint64_t missing = r->anomalies[ANOMALY_SEND_STAMPS_MISSING];
    char text[UNITS_TEXT_MAX];
    if (path->count >= 2 * THIN_TAIL) {
        fputs("send path   ", out);
        print_percentiles(path, out);
        if (config->send_stamps_one_in > 1)
            fprintf(out, ", on 1 in %u requests", config->send_stamps_one_in);
        fputs("\non the wire ", out);
        print_percentiles(&r->latencies[SERIES_WIRE], out);
        fputs(": service time without it\n", out);
    } else if (missing > 0) {
        fprintf(out, "send path   not known: %s %s\n", units_format_count(missing, text),
                anomaly_sentence(ANOMALY_SEND_STAMPS_MISSING));
    }
}

static void print_outcomes(const struct result *r, FILE *out)
{
    char text[UNITS_TEXT_MAX];
    for (int i = OUTCOME_OK + 1; i < OUTCOME_COUNT; i++)
        if (r->measured_outcomes[i] > 0)
            fprintf(out, "%s requests %s\n", units_format_count(r->measured_outcomes[i], text),
                    outcome_sentence((enum outcome)i));
    if (r->anomalies[ANOMALY_CLOSED_AT_SEND] > 0)
        fprintf(out, "%s %s\n", units_format_count(r->anomalies[ANOMALY_CLOSED_AT_SEND], text),
                anomaly_sentence(ANOMALY_CLOSED_AT_SEND));
    if (r->anomalies[ANOMALY_STAMPS_SHARED] > 0)
        fprintf(out, "%s %s: their service time is at most that\n",
                units_format_count(r->anomalies[ANOMALY_STAMPS_SHARED], text),
                anomaly_sentence(ANOMALY_STAMPS_SHARED));
}

/* Of a run over TLS: what was spoken, and why it last failed. */
static void print_tls(const struct config *config, const struct result *r, FILE *out)
{
    const struct tls_facts *tls = &r->tls;
    char count[UNITS_TEXT_MAX];
    if (r->tls_why[0])
        fprintf(out, "TLS last failed since: %s\n", r->tls_why);
    if (tls->handshakes > 0)
        fprintf(out, "%s, %s%s; %s handshakes, %.0f %% of them resumed%s\n", tls->version, tls->cipher,
                config->insecure ? ", not verified" : "", units_format_count(tls->handshakes, count),
                100 * tls_resumption(tls), config->tls_new_sessions ? " (--tls-new-sessions)" : "");
}

static void print_weight(const struct config *config, const struct result *r, FILE *out)
{
    char in[UNITS_TEXT_MAX], sent[UNITS_TEXT_MAX], memory[UNITS_TEXT_MAX];
    const double cpu_us = (double)(r->cpu_user_ns + r->cpu_system_ns) / 1e3;
    fprintf(out, "%s received, %s sent; the generator used ", units_format_bytes(r->bytes_in, in),
            units_format_bytes(r->bytes_out, sent));
    if (config->loop == LOOP_CLOSED) /* in open loop most of it may be spinning */
        fprintf(out, "%.2f us of CPU a request, ", cpu_us / (double)(r->requests ? r->requests : 1));
    fprintf(out, "%.0f %% of a core and %s", 100 * r->busy_share,
            units_format_bytes(r->resident_bytes, memory));
    if (r->waited_share >= 0.01)
        fprintf(out, "; for %.0f %% of the time it had no CPU", 100 * r->waited_share);
    fputc('\n', out);
}

/* What the scale was found to weigh when nothing else was on it, with this run's way of waiting. */
static void print_scale(const struct config *config, const struct weight *weight, FILE *out)
{
    const struct weight_spread *lag = &weight->send_lag[config->wait];
    char text[UNITS_TEXT_MAX];
    fprintf(out, "this machine's scale, weighed on %.10s: ", weight->weighed_utc);
    if (lag->count > 0)
        fprintf(out, "send lag p99 %s (%s), ", units_format_time(lag->p99_ns, text),
                config_wait_name(config->wait));
    if (weight->stamps.count > 0)
        fprintf(out, "service time within %s at p99",
                units_format_time(weight->stamps.p99_ns, text));
    else
        fprintf(out, "%s of CPU a request", units_format_time((int64_t)weight->request_ns, text));
    fputs(weight_is_crowded(weight) || weight_is_stolen(weight)
              ? "; others had its CPU then: weigh again\n"
              : "\n",
          out);
}

static void print_valid(const struct config *config, const struct result *r, FILE *out)
{
    const struct histogram *service = &r->latencies[SERIES_SERVICE];
    const int64_t median_ns = histogram_at_rank(service, units_rank(service->count, 500000));
    const struct histogram *lag = &r->latencies[SERIES_SEND_LAG];
    const int64_t lag_ns = histogram_at_rank(lag, units_rank(lag->count, 500000));
    if (config->loop == LOOP_CLOSED)
        fprintf(out, "limited by the %s", verdict_limit_name(r->limited_by));
    else if (r->limited_by != LIMITED_BY_SCHEDULE)
        fprintf(out, "but the asked rate was not reached, limited by the %s: response time holds "
                     "the wait",
                verdict_limit_name(r->limited_by));
    else if (service->count == 0)
        fprintf(out, "the schedule was kept");
    else
        fprintf(out, "the schedule was kept, and the generator is %.1f %% of the median",
                100.0 * (double)lag_ns / (double)(median_ns > 0 ? median_ns : 1));
}

static void print_verdict(const struct config *config, const struct result *r, bool colour,
                          FILE *out)
{
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};
    const char *name = r->verdict == VERDICT_INVALID ? "INVALID" : verdict_name(r->verdict);
    fprintf(out, "%s%s%s: ", colour ? colours[r->verdict] : "", name, colour ? "\033[0m" : "");
    if (r->reasons_count == 0)
        print_valid(config, r, out);
    for (uint32_t i = 0; i < r->reasons_count; i++)
        fprintf(out, "%s%s", i > 0 ? "\n         " : "", r->reasons[i].sentence);
    fputc('\n', out);
}

static void print_files(const struct config *config, const struct result *r, const char *folder,
                        FILE *out)
{
    char rows[UNITS_TEXT_MAX], size[UNITS_TEXT_MAX];
    fprintf(out, "%s   ", folder);
    if (config->samples_one_in == 0) {
        fprintf(out, "no rows (--samples none)\n");
        return;
    }
    fprintf(out, "%s rows, %s", units_format_count(r->rows_written, rows),
            units_format_bytes(r->samples_bytes, size));
    /* A spreadsheet has 1,048,576 rows, one of which is the header. */
    const uint64_t room = LIMIT_SPREADSHEET_ROWS - 1;
    if (r->rows_written <= room)
        fprintf(out, "   a spreadsheet opens all of them\n");
    else
        fprintf(out, "   too many for a spreadsheet: --samples 1/%" PRIu64 " would fit\n",
                (r->rows_written * config->samples_one_in * 101 / 100 + room - 1) / room);
}

void summary_print(const struct config *config, const struct result *result,
                   const struct weight *weight, const char *folder, bool colour, FILE *out)
{
    fputc('\n', out);
    print_headline(config, result, out);
    print_latencies(config, result, out);
    print_send_path(config, result, out);
    print_outcomes(result, out);
    fputc('\n', out);
    print_tls(config, result, out);
    print_weight(config, result, out);
    if (weight)
        print_scale(config, weight, out);
    print_verdict(config, result, colour, out);
    print_files(config, result, folder, out);
    fprintf(out, "next: tare-report %s\n", folder);
}
