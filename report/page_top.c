/* page_top.c - when and where, the verdict, the gates and the runs. */
#include "page_parts.h"

#include "gate_words.h"
#include "story.h"

#include <string.h>

void page_write_marker(const struct page *page, size_t variant)
{
    if (variant < CHART_RUNS_MAX)
        chart_write_marker(page->out, (unsigned)variant);
}

void page_write_variant_heads(const struct page *page)
{
    for (size_t i = 0; i < page->report->variant_count; i++) {
        fputs("<th scope=\"col\" class=\"name\">", page->out);
        markup_text(page->out, page->report->variants[i].name);
    }
}

/* "2026-11-20 12:04 UTC" of "2026-11-20T12:04:00Z". */
static void write_moment(FILE *out, const char *utc)
{
    char text[17];
    if (!utc || strlen(utc) < 16 || utc[10] != 'T') {
        markup_text(out, utc ? utc : "at a time not known");
        return;
    }
    snprintf(text, sizeof text, "%.10s %.5s", utc, utc + 11);
    markup_text(out, text);
    fputs(" UTC", out);
}

static bool same_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

/* Whether every run was made on the machine of the first. */
static bool is_one_machine(const struct report *report)
{
    const struct run_machine *first = &report->variants[0].runs[0].machine;
    for (size_t i = 0; i < report->variant_count; i++) {
        for (size_t k = 0; k < report->variants[i].run_count; k++) {
            const struct run_machine *own = &report->variants[i].runs[k].machine;
            if (!same_text(own->host, first->host) || !same_text(own->kernel, first->kernel) ||
                !same_text(own->cpu_model, first->cpu_model) || own->cpus != first->cpus)
                return false;
        }
    }
    return true;
}

void page_write_header(const struct page *page)
{
    FILE *out = page->out;
    if (page->report->variant_count == 0 || page->report->variants[0].run_count == 0) {
        fputs("<span>tare report</span>", out);
        return;
    }
    const struct run *run = &page->report->variants[0].runs[0];
    const char *kernel = run->machine.kernel ? run->machine.kernel : "kernel not known";
    fputs("<span>tare report</span><span>", out);
    write_moment(out, run->started_utc);
    if (is_one_machine(page->report)) {
        fprintf(out, " · %llu × ", (unsigned long long)run->machine.cpus);
        markup_text(out, run->machine.cpu_model ? run->machine.cpu_model : "CPU not known");
        fputs(strncmp(kernel, "Linux", 5) == 0 || !run->machine.kernel ? " · " : " · Linux ", out);
        markup_text(out, kernel);
    } else {
        fputs(" · several machines, listed below", out);
    }
    fputs("</span>", out);
}

/* What stands across all of a page that shows what it should not: in the way of every screenshot. */
static void write_watermark(const struct page *page)
{
    if (page->report->watermark[0] == '\0')
        return;
    fputs("<p class=\"alarm watermark\">", page->out);
    markup_prose(page->out, page->report->watermark);
    fputs("</p>\n<svg class=\"forced\" width=\"100%\" height=\"90\" aria-hidden=\"true\"><text "
          "x=\"50%\" y=\"64\" text-anchor=\"middle\" font-family=\"system-ui, sans-serif\" "
          "font-size=\"64\" font-weight=\"700\" fill=\"#b3261e\" fill-opacity=\".16\">forced: not to "
          "be trusted</text></svg>\n",
          page->out);
}

/* Names what is not to be trusted before anything else is said. */
static void write_alarm(const struct page *page)
{
    const struct report *report = page->report;
    write_watermark(page);
    for (size_t i = 0; i < report->variant_count; i++) {
        if (report->variants[i].verdict != RUN_INVALID)
            continue;
        fputs("<p class=\"alarm\">", page->out);
        markup_text(page->out, report->variants[i].name);
        fputs(" is INVALID, for the reasons given with it: its numbers may be wrong</p>\n", page->out);
    }
    for (size_t i = 0; i < report->comparison_count; i++) {
        const struct comparison *comparison = &report->comparisons[i];
        if (comparison->is_comparable || comparison->is_shown || report->variant_count == 2)
            continue; /* the watermark has it, or the headline */
        fputs("<p class=\"alarm\">", page->out);
        markup_text(page->out, report->variants[comparison->other].name);
        fputs(" cannot be compared with ", page->out);
        markup_text(page->out, report->variants[comparison->base].name);
        for (size_t k = 0; k < comparison->refusal_count; k++) {
            fputs(k ? "; " : ": ", page->out);
            markup_prose(page->out, comparison->refusals[k].sentence);
        }
        fputs("</p>\n", page->out);
    }
}

void page_write_lead(const struct page *page)
{
    struct story story;
    write_alarm(page);
    story_tell_lead(&story, page->report);
    if (story.text[0] == '\0')
        return;
    fputs("<p class=\"lead\">", page->out);
    markup_prose(page->out, story.text);
    fputs("</p>", page->out);
}

/* A gate's sign, words and colour. */
struct chip {
    const char *class;
    const char *sign;
    const char *words;
};

static struct chip chip_of(const struct gate_result *result)
{
    switch (result->verdict) {
    case GATE_PASS:
        return result->at_risk ? (struct chip){"risk", "!", "holds, at risk"}
                               : (struct chip){"pass", "✓", "holds"};
    case GATE_FAIL: return (struct chip){"fail", "✗", "fails"};
    case GATE_INCONCLUSIVE: return (struct chip){"risk", "?", "cannot be told"};
    case GATE_VERDICT_COUNT: break;
    }
    return (struct chip){"risk", "?", "unknown"};
}

static void write_chip(const struct page *page, const struct gate_result *result)
{
    char text[GATE_WORDS_MAX];
    const struct chip chip = chip_of(result);
    fprintf(page->out, "<li class=\"%s\">%s ", chip.class, chip.sign);
    if (page->report->variant_count > 1) {
        markup_text(page->out, page->report->variants[result->variant].name);
        fputs(": ", page->out);
    }
    gate_words_asked(&page->report->gates[result->gate], text);
    markup_prose(page->out, text);
    fprintf(page->out, " %s</li>\n", chip.words);
}

void page_write_gates(const struct page *page)
{
    const struct report *report = page->report;
    if (report->result_count == 0)
        return;
    fputs("<ul class=\"chips\" aria-label=\"gates\">\n", page->out);
    for (size_t i = 0; i < report->result_count; i++)
        write_chip(page, &report->results[i]);
    fputs("</ul>\n<details><summary>the gates in full</summary><ul>\n", page->out);
    for (size_t i = 0; i < report->result_count; i++) {
        const struct gate_result *result = &report->results[i];
        fputs("<li>", page->out);
        markup_text(page->out, report->variants[result->variant].name);
        fputs(": ", page->out);
        markup_prose(page->out, result->sentence);
        fputs("</li>\n", page->out);
    }
    fputs("</ul></details>", page->out);
}

static bool is_measured(const struct variant *variant)
{
    bool is = true;
    for (size_t i = 0; i < variant->run_count; i++)
        is = is && variant->runs[i].is_measured;
    return is;
}

/* " · 5 runs · 400 requests in 5.32 s · 20 connections · closed loop". */
static void write_facts(const struct page *page, const struct variant *variant)
{
    char text[MARKUP_TEXT_MAX];
    FILE *out = page->out;
    if (variant->is_group)
        fprintf(out, "\u00a0· %zu run%s", variant->run_count, variant->run_count == 1 ? "" : "s");
    fprintf(out, "\u00a0· %s\u00a0request%s in ", units_format_count(variant->total.requests, text),
            variant->total.requests == 1 ? "" : "s");
    /* Of one that was killed, the whole seconds are known. */
    fprintf(out, "%s%s", is_measured(variant) ? "" : "over ",
            markup_time(variant->measure_ns, text));
    if (variant->run_count > 0) {
        const struct run_config *config = &variant->runs[0].config;
        fprintf(out, "\u00a0· %s\u00a0connection%s", units_format_count(config->connections, text),
                config->connections == 1 ? "" : "s");
        if (variant->loop == RUN_LOOP_OPEN)
            fprintf(out, "\u00a0· %s asked", markup_rate(config->rate_per_s, text));
    }
    fprintf(out, "\u00a0· %s", run_loop_name(variant->loop));
    const size_t interrupted = variant_count_interrupted(variant);
    if (interrupted > 0 && variant->is_group)
        fprintf(out, "\u00a0· %zu interrupted", interrupted);
    else if (interrupted > 0)
        fputs("\u00a0· interrupted", out);
}

static void write_figure(const struct page *page, const char *name, const char *value,
                         const char *small, bool thin)
{
    fprintf(page->out, "<div><dt>%s</dt><dd%s>%s", name, thin ? " class=\"thin\"" : "", value);
    if (small[0])
        fprintf(page->out, "<small>%s</small>", small);
    fputs("</dd></div>\n", page->out);
}

/* A percentile, and how many requests lie beyond it where they are too few. */
static void write_percentile(const struct page *page, const struct variant *variant, uint32_t ppm)
{
    const struct distribution *latency = variant_latency(variant);
    const uint64_t count = distribution_count(latency);
    char name[DISTRIBUTION_NAME_MAX];
    char value[MARKUP_TEXT_MAX] = "–";
    char small[UNITS_TEXT_MAX] = "";
    distribution_percentile_name(ppm, name);
    if (count > 0)
        markup_time(distribution_at_ppm(latency, ppm), value);
    const uint64_t beyond = count - units_rank(count, ppm);
    const bool thin = !distribution_is_resolved(latency, ppm);
    if (thin && count > 0 && beyond == 0)
        snprintf(small, sizeof small, count == 1 ? "the only one" : "the slowest");
    else if (thin && count > 0)
        snprintf(small, sizeof small, "%u beyond", (unsigned)beyond);
    write_figure(page, name, value, small, thin);
}

/* Whether any variant has enough requests beyond p99. */
static bool is_p99_resolved(const struct report *report)
{
    for (size_t i = 0; i < report->variant_count; i++) {
        const struct variant *variant = &report->variants[i];
        if (distribution_is_resolved(variant_latency(variant), 990000))
            return true;
    }
    return false;
}

/* Under it what it hides: failures, and what an open loop sent while it got fewer answers. */
static void write_throughput(const struct page *page, const struct variant *variant)
{
    char value[MARKUP_TEXT_MAX];
    char rate[MARKUP_TEXT_MAX];
    char small[2 * MARKUP_TEXT_MAX] = "";
    const struct target *total = &variant->total;
    if (total->done_ok < total->done)
        snprintf(small, sizeof small, "%s ok",
                 markup_rate(variant_success_rate_per_s(variant, total), rate));
    else if (variant->loop == RUN_LOOP_OPEN)
        snprintf(small, sizeof small, "%s sent",
                 markup_rate(variant_sent_rate_per_s(variant, total), rate));
    write_figure(page, "throughput", markup_rate(variant_rate_per_s(variant, total), value), small,
                 false);
}

static void write_figures(const struct page *page, const struct variant *variant)
{
    char value[MARKUP_TEXT_MAX];
    char small[MARKUP_TEXT_MAX] = "";
    const struct target *total = &variant->total;
    const uint32_t spoken = page->report->headline_ppm;
    const uint32_t ppms[] = {500000, 990000, 999000};
    fputs("<dl class=\"figures\">\n", page->out);
    write_throughput(page, variant);
    for (size_t i = 0; i < sizeof ppms / sizeof ppms[0]; i++) {
        /* The percentile that the headline speaks of stands among them. */
        if (spoken < ppms[i] && spoken > (i ? ppms[i - 1] : 0))
            write_percentile(page, variant, spoken);
        if (ppms[i] != 999000 || is_p99_resolved(page->report)) /* else p99.9 is the slowest */
            write_percentile(page, variant, ppms[i]);
    }
    const uint64_t errors = target_failed(total);
    if (errors > 0)
        markup_share(target_error_share(total), small);
    write_figure(page, "errors", units_format_count(errors, value), small, false);
    fputs("</dl>\n", page->out);
}

static void write_verdict(const struct page *page, const struct variant *variant)
{
    fputs("\u00a0· ", page->out);
    switch (variant->verdict) {
    case RUN_VALID: fputs("valid", page->out); break;
    case RUN_SUSPECT: fputs("<strong class=\"suspect\">suspect</strong>", page->out); break;
    case RUN_INVALID: fputs("<strong class=\"invalid\">INVALID</strong>", page->out); break;
    case RUN_VERDICT_COUNT: break;
    }
}

/* Why a variant is not valid, run by run. */
static void write_reasons(const struct page *page, const struct variant *variant)
{
    bool open = false;
    for (size_t i = 0; i < variant->run_count; i++) {
        const struct run *run = &variant->runs[i];
        const char *slash = run->path ? strrchr(run->path, '/') : NULL;
        for (size_t k = 0; k < run->reason_count; k++) {
            fputs(open ? "<li>" : "<ul class=\"reasons\"><li>", page->out);
            open = true;
            if (variant->is_group && run->path) {
                markup_text(page->out, slash ? slash + 1 : run->path);
                fputs(": ", page->out);
            }
            markup_prose(page->out, run->reasons[k].sentence);
            fputs("</li>\n", page->out);
        }
    }
    if (open)
        fputs("</ul>\n", page->out);
}

void page_write_runs(const struct page *page)
{
    chart_write_markers(page->out);
    fputs("<div class=\"runs\">\n", page->out);
    for (size_t i = 0; i < page->report->variant_count; i++) {
        const struct variant *variant = &page->report->variants[i];
        fputs("<section class=\"run", page->out);
        if (i < CHART_RUNS_MAX) /* a colour is one run's alone */
            fprintf(page->out, " run-%zu", i);
        fputs("\"><h3>", page->out);
        page_write_marker(page, i);
        markup_text(page->out, variant->name);
        fputs("</h3><p>", page->out);
        write_verdict(page, variant);
        write_facts(page, variant);
        fputs("</p>\n", page->out);
        write_figures(page, variant);
        write_reasons(page, variant);
        fputs("</section>\n", page->out);
    }
    fputs("</div>", page->out);
    if (page->report->variant_count > CHART_RUNS_MAX)
        fprintf(page->out, "<p class=\"note\">Charts show the first %d runs; tables have all.</p>",
                CHART_RUNS_MAX);
}
