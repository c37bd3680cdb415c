/* Whatever allocation fails, a report is refused in words: never half made, never a crash.
 * starve.h lets the n-th allocation fail. */
#include "report.h"

#include "csv.h"
#include "json.h"
#include "junit.h"
#include "markdown.h"
#include "page.h"

#include "unit/run_files.h"
#include "unit/starve.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct files files;

/* Makes and writes a report of two runs while the n-th allocation fails. Returns whether that many
 * were needed. */
static bool try(long n, const char *const *paths, size_t path_count, const char *baseline)
{
    static struct gate gate;
    struct fault fault = {.text = ""};
    struct report report;
    FILE *out = fopen("/dev/null", "w");
    char *command = strdup("tare-report");
    assert_non_null(out);
    assert_int_equal(gate_parse(&gate, "p95<=1ms", &fault), 0);
    const struct report_ask ask = {.paths = paths,
                                   .path_count = path_count,
                                   .gates = &gate,
                                   .gate_count = 1,
                                   .baseline = baseline};
    starve_left = n;
    int result = report_make(&report, command, &ask, &fault);
    if (result != 0 && fault.text[0] == '\0')
        result = 1;
    if (result == 0) {
        int (*const writers[])(FILE *, const struct report *) = {
            json_write,        csv_write_summary, csv_write_timeseries, csv_write_distribution,
            csv_write_targets, csv_write_delta,   markdown_write,       junit_write,
            page_write};
        for (size_t i = 0; i < sizeof writers / sizeof writers[0] && result == 0; i++)
            result = writers[i](out, &report);
        if (result != 0)
            snprintf(fault.text, sizeof fault.text, "writing");
    }
    const bool has_failed = starve_left < 0;
    starve_left = -1;
    report_free(&report);
    fclose(out);
    if (result == 1)
        fail_msg("allocation %ld failed, and nothing was said", n);
    assert_true(result == 0 || has_failed);
    return has_failed;
}

static void every_failing_allocation_is_told(void **state)
{
    (void)state;
    static char a[FILES_PATH_MAX];
    static char b[FILES_PATH_MAX];
    const char *paths[] = {a, b};
    long n = 0;
    if (!STARVE_CAN)
        skip();
    files_init(&files);
    mkdir(files_path(&files, "g"), 0777);
    files_write_run(&files, "g/1", 300);
    files_write_run(&files, "g/2", 300);
    files_write_run(&files, "run", 20);
    strcpy(a, files_path(&files, "g"));
    strcpy(b, files_path(&files, "run"));
    while (try(n, paths, 2, NULL))
        n++;
    files_free(&files);
    assert_true(n > 100);
}

/* Writes the baseline of a run. */
static void keep_baseline(const char *path, const char *file)
{
    struct report report;
    struct fault fault = {.text = ""};
    const struct report_ask ask = {.paths = &path, .path_count = 1};
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_int_equal(report_make(&report, strdup("tare-report"), &ask, &fault), 0);
    assert_int_equal(baseline_write(out, &report.variants[0], NULL, 0, NULL), 0);
    report_free(&report);
    fclose(out);
}

static void a_baseline_that_does_not_fit_is_told(void **state)
{
    (void)state;
    static char run[FILES_PATH_MAX];
    static char file[FILES_PATH_MAX];
    const char *const paths[] = {run};
    long n = 0;
    if (!STARVE_CAN)
        skip();
    files_init(&files);
    files_write_run(&files, "run", 5);
    strcpy(run, files_path(&files, "run"));
    strcpy(file, files_path(&files, "baseline.json"));
    keep_baseline(run, file);
    /* Most of what is read first is the file's; every seventh of the others is enough. */
    while (try(n, paths, 1, file))
        n += n < 300 ? 1 : 7;
    files_free(&files);
    assert_true(n > 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_allocation_is_told),
        cmocka_unit_test(a_baseline_that_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
