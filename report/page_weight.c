/* page_weight.c - what the generator itself took: in the median request, of CPU, memory and disk.
 */
#include "page_parts.h"

#include "story.h"

#include <math.h>

#define BAR_PX 12
#define BAR_RATIO_MAX 10
#define HAIR 0.2 /* per cent: the generator's share is drawn at least this wide */

static int64_t median_ns(const struct variant *variant, enum series series)
{
    return distribution_at_ppm(&variant->total.series[series], 500000);
}

/* The median request as a bar: before the send, the server and the network, after the last byte.
 * longest: what fills the page's width; 0: each does. */
static void write_bar(const struct page *page, int64_t before, int64_t service, int64_t after,
                      int64_t longest)
{
    const double whole = (double)(before + service + after);
    double left = whole > 0 ? (double)before / whole * 100 : 0;
    double right = whole > 0 ? (double)after / whole * 100 : 0;
    left = before > 0 && left < HAIR ? HAIR : left;
    right = after > 0 && right < HAIR ? HAIR : right;
    fprintf(page->out,
            "<svg width=\"%.2f%%\" height=\"%d\" aria-hidden=\"true\">"
            "<rect class=\"fill\" width=\"100%%\" height=\"%d\" rx=\"2\" fill=\"#5b6572\"/>"
            "<rect class=\"tare\" width=\"%.2f%%\" height=\"%d\" fill=\"#b3261e\"/>"
            "<rect class=\"tare\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"%d\" fill=\"#b3261e\"/>"
            "</svg>",
            longest > 0 ? fmax(1, whole / (double)longest * 100) : 100, BAR_PX, BAR_PX, left,
            BAR_PX, 100 - right, right, BAR_PX);
}

/* The whole of the median request. */
static int64_t whole_ns(const struct variant *variant)
{
    return median_ns(variant, SERIES_SEND_LAG) + median_ns(variant, SERIES_SERVICE) +
           median_ns(variant, SERIES_RECEIVE_LAG);
}

static void write_weigh(const struct page *page, size_t index, int64_t longest)
{
    const struct variant *variant = &page->report->variants[index];
    const int64_t before = median_ns(variant, SERIES_SEND_LAG);
    const int64_t service = median_ns(variant, SERIES_SERVICE);
    const int64_t after = median_ns(variant, SERIES_RECEIVE_LAG);
    char text[MARKUP_TEXT_MAX];
    if (distribution_count(&variant->total.series[SERIES_SERVICE]) == 0)
        return;
    fputs("<div class=\"weigh", page->out);
    if (index < CHART_RUNS_MAX)
        fprintf(page->out, " run-%zu", index);
    fputs("\"><p><b>", page->out);
    markup_text(page->out, variant->name);
    fprintf(page->out, "</b><span>server and network, p50 %s</span>", markup_time(service, text));
    fprintf(page->out, "<span>generator: %s before, ", markup_time(before, text));
    fprintf(page->out, "%s after", markup_time(after, text));
    if (service > 0)
        fprintf(page->out, ", %s of it",
                markup_share((double)(before + after) / (double)service, text));
    fputs("</span></p>", page->out);
    write_bar(page, before, service, after, longest);
    fputs("</div>\n", page->out);
}

static void write_lag(const struct page *page, const struct variant *variant, enum series series)
{
    const struct distribution *lag = &variant->total.series[series];
    char median[MARKUP_TEXT_MAX];
    char tail[MARKUP_TEXT_MAX];
    char most[MARKUP_TEXT_MAX];
    if (distribution_count(lag) == 0) {
        fputs("no request succeeded", page->out);
        return;
    }
    fprintf(page->out, "p50 %s, p99 %s, largest %s",
            markup_time(distribution_at_ppm(lag, 500000), median),
            markup_time(distribution_at_ppm(lag, 990000), tail),
            markup_time(distribution_max_ns(lag), most));
}

static void write_send_lag(const struct page *page, const struct variant *variant)
{
    write_lag(page, variant, SERIES_SEND_LAG);
}

static void write_receive_lag(const struct page *page, const struct variant *variant)
{
    write_lag(page, variant, SERIES_RECEIVE_LAG);
}

/* What service time holds before the request left, as those say that carried a transmit stamp. */
static void write_send_path(const struct page *page, const struct variant *variant)
{
    const struct distribution *path = &variant->total.series[SERIES_SEND_PATH];
    char text[MARKUP_TEXT_MAX];
    if (distribution_count(path) == 0) {
        fputs("not known: no request carried a transmit stamp", page->out);
        return;
    }
    write_lag(page, variant, SERIES_SEND_PATH);
    fprintf(page->out, ", by %s transmit stamps; ",
            units_format_count(distribution_count(path), text));
    fprintf(page->out, "service time without it, on the wire: p50 %s",
            markup_time(median_ns(variant, SERIES_WIRE), text));
}

static void write_cpu(const struct page *page, const struct variant *variant)
{
    char text[MARKUP_TEXT_MAX];
    int64_t cpu = 0;
    uint64_t attempts = 0;
    double busy = -1;
    for (size_t i = 0; i < variant->run_count; i++) {
        const struct run *run = &variant->runs[i];
        cpu += run->cost.cpu_user_ns + run->cost.cpu_system_ns;
        attempts += run->totals.attempts;
        busy = run->cost.busy_share > busy ? run->cost.busy_share : busy;
    }
    fputs(markup_time(cpu, text), page->out);
    if (attempts > 0)
        fprintf(page->out, ", %s a request", markup_time(cpu / (int64_t)attempts, text));
    if (busy >= 0)
        fprintf(page->out, ", busy %s of the time", markup_share(busy, text));
}

static void write_memory(const struct page *page, const struct variant *variant)
{
    char text[MARKUP_TEXT_MAX];
    uint64_t most = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        const uint64_t own = variant->runs[i].cost.resident_bytes;
        most = own > most ? own : most;
    }
    fputs(most ? markup_bytes(most, text) : "not known", page->out);
}

static void write_recording(const struct page *page, const struct variant *variant)
{
    char text[MARKUP_TEXT_MAX];
    uint64_t bytes = 0;
    int64_t cpu = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        bytes += variant->runs[i].cost.recording_bytes;
        cpu += variant->runs[i].cost.recording_cpu_ns;
    }
    fprintf(page->out, "%s written, ", markup_bytes(bytes, text));
    fprintf(page->out, "%s of CPU", markup_time(cpu, text));
}

static void write_limited(const struct page *page, const struct variant *variant)
{
    page_write_known(page, variant->runs[0].limited_by);
}

/* Names of anomalies with underscores read as words. */
static void write_anomalies(const struct page *page, const struct variant *variant)
{
    char text[UNITS_TEXT_MAX];
    bool any = false;
    for (size_t i = 0; i < variant->run_count; i++) {
        for (size_t k = 0; k < variant->runs[i].anomaly_count; k++) {
            const struct run_anomaly *anomaly = &variant->runs[i].anomalies[k];
            fputs(any ? "; " : "", page->out);
            any = true;
            if (variant->is_group)
                fprintf(page->out, "run %zu: ", i + 1);
            for (const char *at = anomaly->name; *at; at++) {
                const char letter[] = {*at == '_' ? ' ' : *at, '\0'};
                markup_text(page->out, letter);
            }
            fprintf(page->out, " %s", units_format_count(anomaly->count, text));
        }
    }
    fputs(any ? "" : "none was seen", page->out);
}

/* What resources.csv says of the processes that were watched. */
static void write_processes(const struct page *page)
{
    char text[MARKUP_TEXT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < page->report->variant_count; i++)
        count += page->report->variants[i].process_count;
    if (count == 0)
        return;
    page_open_table(page, NULL, "processes", false);
    fputs("<thead><tr><th scope=\"col\">process<th scope=\"col\" class=\"text\">run"
          "<th scope=\"col\">CPU<th scope=\"col\">memory at first<th scope=\"col\">at most"
          "<th scope=\"col\">descriptors<th scope=\"col\">threads</thead><tbody>\n",
          page->out);
    for (size_t i = 0; i < page->report->variant_count; i++) {
        const struct variant *variant = &page->report->variants[i];
        for (size_t k = 0; k < variant->process_count; k++) {
            const struct run_process *process = &variant->processes[k];
            fputs("<tr><th scope=\"row\">", page->out);
            page_write_known(page, process->name);
            fputs("<td class=\"text\">", page->out);
            page_write_known(page, variant->name);
            fprintf(page->out, "<td>%s",
                    markup_time(process->cpu_user_ns + process->cpu_system_ns, text));
            fprintf(page->out, "<td>%s", markup_bytes(process->resident_first_bytes, text));
            fprintf(page->out, "<td>%s", markup_bytes(process->resident_peak_bytes, text));
            fprintf(page->out, "<td>%llu<td>%llu\n", (unsigned long long)process->descriptors_peak,
                    (unsigned long long)process->threads_peak);
        }
    }
    page_close_table(page);
}

/* What fills the width: the longest of the medians, or each its own where they lie too far apart
 * for the shorter ones to be seen; then 0. */
static int64_t longest_ns(const struct report *report)
{
    int64_t longest = 0;
    int64_t shortest = INT64_MAX;
    for (size_t i = 0; i < report->variant_count; i++) {
        const int64_t own = whole_ns(&report->variants[i]);
        longest = own > longest ? own : longest;
        shortest = own > 0 && own < shortest ? own : shortest;
    }
    return longest / BAR_RATIO_MAX > shortest ? 0 : longest;
}

void page_write_weight(const struct page *page)
{
    static const struct page_fact facts[] = {
        {"send lag", write_send_lag},   {"receive lag", write_receive_lag},
        {"send path", write_send_path}, {"CPU time", write_cpu},
        {"memory", write_memory},       {"recording", write_recording},
        {"limited by", write_limited},  {"anomalies", write_anomalies}};
    struct story story;
    story_tell_weight(&story, page->report);
    fputs("<section><h2>What the scale weighs</h2><p class=\"note\">", page->out);
    markup_prose(page->out, story.text);
    fputs("</p>\n", page->out);
    const int64_t longest = longest_ns(page->report);
    for (size_t i = 0; i < page->report->variant_count; i++)
        write_weigh(page, i, longest);
    page_write_facts(page, facts, sizeof facts / sizeof facts[0]);
    write_processes(page);
    page_write_use(page);
    page_write_scale(page);
    fputs("</section>", page->out);
}
