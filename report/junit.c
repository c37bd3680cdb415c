/* junit.c - testsuites, testsuite and testcase, as Jenkins, GitLab and others read them. */
#include "junit.h"

#include "markup.h"

#include <errno.h>

enum ending { PASSED, FAILED, SKIPPED, ENDINGS };

static enum ending ending_of(const struct report *report, const struct gate_result *result)
{
    switch (result->verdict) {
    case GATE_PASS: return PASSED;
    case GATE_FAIL: return FAILED;
    case GATE_INCONCLUSIVE: return report->inconclusive_fails ? FAILED : SKIPPED;
    case GATE_VERDICT_COUNT: break;
    }
    return FAILED;
}

static bool is_in_doubt(const struct report *report)
{
    return !report->is_trusted && !report->is_forced;
}

static void write_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    markup_text(out, text);
    fputc('"', out);
}

static void write_counts(FILE *out, const size_t counts[ENDINGS], bool has_error)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\">\n",
            counts[PASSED] + counts[FAILED] + counts[SKIPPED] + has_error, counts[FAILED],
            has_error, counts[SKIPPED]);
}

/* Counts the results of a variant, or of all where it is variant_count. */
static void count(const struct report *report, size_t variant, size_t counts[ENDINGS])
{
    for (int i = 0; i < ENDINGS; i++)
        counts[i] = 0;
    for (size_t i = 0; i < report->result_count; i++)
        if (variant == report->variant_count || report->results[i].variant == variant)
            counts[ending_of(report, &report->results[i])]++;
}

static void write_case(FILE *out, const struct report *report, const struct gate_result *result)
{
    const enum ending ending = ending_of(report, result);
    fputs("    <testcase", out);
    write_attribute(out, "classname", report->variants[result->variant].name);
    write_attribute(out, "name", report->gates[result->gate].text);
    if (ending == PASSED) {
        fputs("><system-out>", out);
        markup_text(out, result->sentence);
        fputs("</system-out></testcase>\n", out);
        return;
    }
    fprintf(out, "><%s", ending == FAILED ? "failure" : "skipped");
    write_attribute(out, "message", result->sentence);
    fputs(ending == FAILED ? " type=\"gate\"/></testcase>\n" : "/></testcase>\n", out);
}

static void write_suite(FILE *out, const struct report *report, size_t variant)
{
    size_t counts[ENDINGS];
    count(report, variant, counts);
    fputs("  <testsuite", out);
    write_attribute(out, "name", report->variants[variant].name);
    write_counts(out, counts, false);
    for (size_t i = 0; i < report->result_count; i++)
        if (report->results[i].variant == variant)
            write_case(out, report, &report->results[i]);
    fputs("  </testsuite>\n", out);
}

/* Which runs are invalid, and what cannot be compared. */
static void write_doubts(FILE *out, const struct report *report)
{
    for (size_t v = 0; v < report->variant_count; v++)
        if (report->variants[v].verdict == RUN_INVALID) {
            markup_text(out, report->variants[v].name);
            fputs(" is invalid\n", out);
        }
    for (size_t i = 0; i < report->comparison_count; i++)
        if (!report->comparisons[i].is_comparable) {
            markup_text(out, report->comparisons[i].sentence);
            fputc('\n', out);
        }
    for (size_t i = 0; i < report->variant_count && report->baseline; i++)
        if (!report->baseline_comparisons[i].is_comparable) {
            markup_text(out, report->baseline_comparisons[i].sentence);
            fputc('\n', out);
        }
}

static void write_doubt(FILE *out, const struct report *report)
{
    fputs("  <testsuite name=\"tare-report\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
          "    <testcase classname=\"tare-report\" name=\"the figures can be trusted\">"
          "<error message=\"not to be trusted\" type=\"distrust\">",
          out);
    write_doubts(out, report);
    fputs("</error></testcase>\n  </testsuite>\n", out);
}

int junit_write(FILE *out, const struct report *report)
{
    size_t counts[ENDINGS];
    count(report, report->variant_count, counts);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tare-report\"", out);
    write_counts(out, counts, is_in_doubt(report));
    if (is_in_doubt(report))
        write_doubt(out, report);
    for (size_t v = 0; v < report->variant_count; v++)
        write_suite(out, report, v);
    fputs("</testsuites>\n", out);
    return ferror(out) ? -EIO : 0;
}
