/* page_method.c - what every word means, and how to do it again. */
#include "page_parts.h"

#include "assets.h"
#include "course.h"

#include <jansson.h>
#include <openssl/opensslv.h>
#include <string.h>

#define COMMANDS_MAX 20u

void page_write_facts(const struct page *page, const struct page_fact *facts, size_t count)
{
    fputs("<div class=\"scroll\"><table class=\"facts\"><thead><tr><td>", page->out);
    page_write_variant_heads(page);
    fputs("</thead><tbody>\n", page->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(page->out, "<tr><th scope=\"row\">%s", facts[i].name);
        for (size_t k = 0; k < page->report->variant_count; k++) {
            fputs("<td class=\"text\">", page->out);
            if (page->report->variants[k].run_count > 0)
                facts[i].write(page, &page->report->variants[k]);
        }
        fputc('\n', page->out);
    }
    fputs("</tbody></table></div>\n", page->out);
}

void page_write_known(const struct page *page, const char *text)
{
    markup_text(page->out, text && text[0] ? text : "not known");
}

static void write_commands(const struct page *page)
{
    size_t left = 0;
    size_t written = 0;
    fputs("<pre>", page->out);
    for (size_t i = 0; i < page->report->variant_count; i++) {
        for (size_t k = 0; k < page->report->variants[i].run_count; k++) {
            const char *command = page->report->variants[i].runs[k].command;
            if (written == COMMANDS_MAX) {
                left++;
                continue;
            }
            written++;
            page_write_known(page, command);
            fputc('\n', page->out);
        }
    }
    if (left > 0)
        fprintf(page->out, "… and %zu more\n", left);
    page_write_known(page, page->report->command);
    fputs("</pre>\n", page->out);
}

static void write_loop(const struct page *page, const struct variant *variant)
{
    const struct run_config *config = &variant->runs[0].config;
    char text[MARKUP_TEXT_MAX];
    fputs(run_loop_name(variant->loop), page->out);
    if (variant->loop == RUN_LOOP_OPEN) {
        fprintf(page->out, ", %s asked, arrivals ", markup_rate(config->rate_per_s, text));
        page_write_known(page, config->arrivals);
    }
    fprintf(page->out, "; %s connection%s, ", units_format_count(config->connections, text),
            config->connections == 1 ? "" : "s");
    fprintf(page->out, "%s thread%s", units_format_count(config->threads, text),
            config->threads == 1 ? "" : "s");
    if (config->pipeline > 1)
        fprintf(page->out, ", pipeline %s", units_format_count(config->pipeline, text));
    if (config->requests_per_connection > 0)
        fprintf(page->out, ", %s request%s on each",
                units_format_count(config->requests_per_connection, text),
                config->requests_per_connection == 1 ? "" : "s");
}

static void write_length(const struct page *page, const struct variant *variant)
{
    const struct run *run = &variant->runs[0];
    char text[MARKUP_TEXT_MAX];
    if (run->config.requests > 0)
        fprintf(page->out, "%s request%s asked; ", units_format_count(run->config.requests, text),
                run->config.requests == 1 ? "" : "s");
    if (run->config.duration_ns > 0)
        fprintf(page->out, "%s asked; ", markup_time(run->config.duration_ns, text));
    if (run->warmup_ns > 0)
        fprintf(page->out, "warm-up %s, ", markup_time(run->warmup_ns, text));
    fprintf(page->out, "measured %s", markup_time(run->measure_ns, text));
    if (run->grace_ns > 0)
        fprintf(page->out, ", grace %s", markup_time(run->grace_ns, text));
}

static void write_settings(const struct page *page, const struct variant *variant)
{
    const struct run_config *config = &variant->runs[0].config;
    char text[MARKUP_TEXT_MAX];
    fprintf(page->out, "seed %llu; wait mode ", (unsigned long long)config->seed);
    page_write_known(page, config->wait);
    fprintf(page->out, "; timeout %s; samples ", markup_time(config->timeout_ns, text));
    page_write_known(page, config->samples_text);
    fputs(variant->from_histograms ? ", percentiles from histograms" : "", page->out);
}

static void write_machine(const struct page *page, const struct variant *variant)
{
    const struct run_machine *machine = &variant->runs[0].machine;
    char text[MARKUP_TEXT_MAX];
    page_write_known(page, machine->host);
    fprintf(page->out, ": %llu × ", (unsigned long long)machine->cpus);
    page_write_known(page, machine->cpu_model);
    fprintf(page->out, ", %s, ", markup_bytes(machine->memory_bytes, text));
    page_write_known(page, machine->architecture);
    fputs(", kernel ", page->out);
    page_write_known(page, machine->kernel);
}

static void write_software(const struct page *page, const struct variant *variant)
{
    const struct run *run = &variant->runs[0];
    fputs("tare ", page->out);
    page_write_known(page, run->version);
    fputs(", liburing ", page->out);
    page_write_known(page, run->liburing);
    fputs("; ring: ", page->out);
    page_write_known(page, run->ring_features);
    if (run->ring_disabled && run->ring_disabled[0]) {
        fputs("; disabled: ", page->out);
        page_write_known(page, run->ring_disabled);
    }
    fputs("; clock source ", page->out);
    page_write_known(page, run->clock_source);
}

static void write_tls(const struct page *page, const struct variant *variant)
{
    const struct run_tls *tls = &variant->runs[0].tls;
    char text[MARKUP_TEXT_MAX];
    if (!tls->version) {
        fputs("none", page->out);
        return;
    }
    page_write_known(page, tls->version);
    fputs(", ", page->out);
    page_write_known(page, tls->cipher);
    fprintf(page->out, "; %s handshake%s, ", units_format_count(tls->handshakes, text),
            tls->handshakes == 1 ? "" : "s");
    fprintf(page->out, "%s of them resumed", units_format_count(tls->resumed, text));
}

static bool has_tls(const struct page *page)
{
    for (size_t i = 0; i < page->report->variant_count; i++)
        if (page->report->variants[i].runs[0].tls.version)
            return true;
    return false;
}

static void write_started(const struct page *page, const struct variant *variant)
{
    for (size_t i = 0; i < variant->run_count && i < COMMANDS_MAX; i++) {
        fputs(i ? ", " : "", page->out);
        page_write_known(page, variant->runs[i].started_utc);
    }
}

static void write_folder(const struct page *page, const struct variant *variant)
{
    page_write_known(page, variant->path);
}

static void write_urls(const struct page *page, const struct variant *variant)
{
    for (size_t i = 0; i < variant->target_count && i < COMMANDS_MAX; i++) {
        fputs(i ? ", " : "", page->out);
        page_write_known(page, variant->targets[i].method);
        fputc(' ', page->out);
        page_write_known(page, variant->targets[i].url);
    }
}

/* uPlot's version, as its first line has it: "(v1.6.32)". */
static void write_uplot_version(const struct page *page)
{
    const char *at = asset_uplot_js_begin;
    const char *const end = at + (asset_uplot_js_end - at > 200 ? 200 : asset_uplot_js_end - at);
    while (at + 1 < end && strncmp(at, "(v", 2) != 0)
        at++;
    for (at += 2; at < end && *at != ')' && *at != '\n'; at++)
        fputc(*at, page->out);
}

/* What made this page. */
static void write_reporter(const struct page *page)
{
    fputs("<p class=\"note\">This page was made by tare-report ", page->out);
    markup_text(page->out, page->report->version);
    fputs(", built with jansson " JANSSON_VERSION " and OpenSSL " OPENSSL_VERSION_STR
          "; charts by uPlot ",
          page->out);
    write_uplot_version(page);
    fputs(".</p>\n", page->out);
}

static void write_file_rows(const struct page *page, const struct run *run)
{
    char text[MARKUP_TEXT_MAX];
    for (int i = 0; i < DIGEST_FILES; i++) {
        const struct digest_file *file = &run->files[i];
        if (!file->is_there)
            continue;
        fputs("<tr><th>", page->out);
        page_write_known(page, run->path);
        fprintf(page->out, "<td class=\"text\">%s<td>%s<td class=\"text hash\">%s\n", file->name,
                units_format_count(file->bytes, text),
                file->sha256[0] ? file->sha256 : "larger than 64 MiB: sha256sum has it");
    }
}

/* What this page rests on: who has the same files has the same page. */
static void write_files(const struct page *page)
{
    size_t left = 0;
    size_t written = 0;
    size_t runs = 0;
    bool any = false;
    for (size_t i = 0; i < page->report->variant_count; i++)
        for (size_t k = 0; k < page->report->variants[i].run_count; k++, runs++)
            any = any || page->report->variants[i].runs[k].files[0].is_there;
    if (!any)
        return;
    page_open_table(page, NULL, "the files that were read, by their SHA-256", runs > 4);
    fputs("<thead><tr><th scope=\"col\">run<th scope=\"col\" class=\"text\">file"
          "<th scope=\"col\">bytes<th scope=\"col\" class=\"text\">SHA-256</thead><tbody>\n",
          page->out);
    for (size_t i = 0; i < page->report->variant_count; i++)
        for (size_t k = 0; k < page->report->variants[i].run_count; k++) {
            if (written == COMMANDS_MAX) {
                left++;
                continue;
            }
            written++;
            write_file_rows(page, &page->report->variants[i].runs[k]);
        }
    if (left > 0)
        fprintf(page->out, "<tr><th>… and %zu more runs, in report.json\n", left);
    page_close_table(page);
}

static void write_words(const struct page *page)
{
    bool open = false;
    for (size_t i = 0; i < page->report->variant_count; i++)
        open = open || page->report->variants[i].loop == RUN_LOOP_OPEN;
    fputs("<dl class=\"words\">\n"
          "<dt>service time<dd>from the kernel taking the request’s first byte until it received "
          "the response’s last one: the server and the network\n",
          page->out);
    if (open)
        fputs("<dt>response time<dd>from the moment that the schedule asked for, until the last "
              "byte: what a user lives through, free of coordinated omission\n",
              page->out);
    fprintf(page->out,
            "<dt>send lag<dd>from due, free and connected until sent: the generator’s own\n"
            "<dt>receive lag<dd>from the kernel’s last byte until the generator saw it: its own\n"
            "<dt>percentile<dd>nearest rank: the time of a request that happened, among those that "
            "succeeded in the measured time. Gates count the others as above every limit\n"
            "<dt>interval<dd>where the figure of the server as it was lies, 19 times in 20. Of one "
            "run: its measured time is cut into %u blocks; from how these differ follows how many "
            "independent requests the run is worth (Korn and Graubard), and between which ranks the "
            "percentile of so many lies (Woodruff). Of a group: from how its runs differ, by "
            "Student’s t\n"
            "<dt>good, fair, unresolved<dd>at least %.0f such requests beyond the percentile, at "
            "least %.0f, or fewer: then nothing can be said\n"
            "<dt>change<dd>other to base, less one; of groups of the geometric means of their runs’ "
            "figures, by Welch’s t on logarithms, and where it is wider by dealing the runs anew to "
            "the two sides (Pitman). Two single runs say only how these two differ\n"
            "<dt>faster, slower<dd>the interval of the change holds no “no change”; about the same: "
            "it does, and lies within the margin; cannot tell: neither\n"
            "<dt>does not matter<dd>a change below its margin: %.3g&nbsp;%% of throughput, "
            "%.3g&nbsp;points of errors, %.3g&nbsp;%% of p50 and p75, %.3g&nbsp;%% of p90 and p95, "
            "%.3g&nbsp;%% of p99, %.3g&nbsp;%% beyond\n"
            "<dt>thin<dd>fewer than %u requests lie beyond the percentile: its number says little\n"
            "<dt>stalled, slow, steady<dd>stalled: a second in which less than %.0f&nbsp;%% of the "
            "median second’s requests were done; slow: one whose p99 is over %.0f times the median "
            "second’s, where seconds hold %u requests; steady: a run without either\n"
            "<dt>throughput<dd>requests that ended in the measured time, failed ones too, per "
            "second of it. "
            "Gates on the rate count successes alone\n"
            "</dl>\n",
            SCATTER_BLOCKS, INTERVAL_GOOD_TAIL, INTERVAL_FAIR_TAIL, compare_margin(COMPARE_RATE),
            compare_margin(COMPARE_ERRORS), compare_margin(COMPARE_P50), compare_margin(COMPARE_P95),
            compare_margin(COMPARE_P99), compare_margin(COMPARE_P99_9),
            DISTRIBUTION_TAIL_MIN, COURSE_STALL_SHARE * 100, COURSE_SLOW_TIMES,
            COURSE_SECOND_REQUESTS);
}

void page_write_measured(const struct page *page)
{
    static const struct page_fact facts[] = {
        {"started", write_started}, {"folder", write_folder},    {"targets", write_urls},
        {"load", write_loop},       {"length", write_length},    {"settings", write_settings},
        {"machine", write_machine}, {"software", write_software},
        {"TLS", write_tls}}; /* the last, and left out where no run had it */
    fputs("<section><h2 id=\"measured\">How it was measured</h2>\n", page->out);
    write_commands(page);
    write_words(page);
    page_write_facts(page, facts, sizeof facts / sizeof facts[0] - !has_tls(page));
    write_files(page);
    write_reporter(page);
    fputs("</section>", page->out);
}
