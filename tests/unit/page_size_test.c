/* How large a page may be: it is attached to mails and kept by CI servers for each build. */
#include "page.h"

#include "unit/sample_report.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KB 1024u

static size_t page_bytes(const struct report *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(page_write(out, report), 0);
    fclose(out);
    free(text);
    return size;
}

static void check_at_most(const struct report *report, size_t most)
{
    const size_t size = page_bytes(report);
    if (size > most)
        fail_msg("the page has %zu bytes, %zu are allowed", size, most);
    print_message("           %zu of %zu bytes\n", size, most);
}

/* Ten minutes a run, with a bin a second, are the most that charts and tables hold. */
static void two_runs_fit_300_kilobytes(void **state)
{
    (void)state;
    static const size_t seconds[] = {10, 60, 600};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        const struct sample_plan plans[] = {
            {"baseline", RUN_LOOP_OPEN, 300000, 900, 1.93e6, .45, seconds[i], seconds[i] / 2},
            {"optimized", RUN_LOOP_OPEN, 300000, 90, 1.31e6, .35, seconds[i], 0}};
        struct report report;
        sample_fill(&report, plans, 2);
        report.variants[0].runs[0].config.threads = report.variants[1].runs[0].config.threads = 2;
        check_at_most(&report, 300 * KB);
        sample_free(&report);
    }
}

/* Ten runs, of ten seconds and of ten minutes: not all are drawn, and all are in the tables. */
static void ten_runs_fit_900_kilobytes(void **state)
{
    (void)state;
    static const size_t seconds[] = {10, 60, 600};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        struct sample_plan plans[10];
        char names[10][16];
        struct report report;
        for (int k = 0; k < 10; k++) {
            snprintf(names[k], sizeof names[k], "candidate-%d", k);
            plans[k] = (struct sample_plan){
                names[k], RUN_LOOP_OPEN, 60000, 300, 1e6 * (1 + k % 4), .4, seconds[i], 0};
        }
        sample_fill(&report, plans, 10);
        check_at_most(&report, 900 * KB);
        sample_free(&report);
    }
}

/* Gives a variant targets, each with `requests` latencies of its own. */
static void add_targets(struct variant *variant, size_t count, char (*names)[40], int requests)
{
    uint64_t state = 7;
    variant->targets = calloc(count, sizeof *variant->targets);
    variant->target_count = count;
    for (size_t i = 0; i < count; i++) {
        struct target *target = &variant->targets[i];
        target->name = names[i];
        target->method = "GET";
        target->url = "http://127.0.0.1:8080/";
        target->requests = target->successes = target->done = target->done_ok = (uint64_t)requests;
        for (int s = 0; s < SERIES_COUNT; s++)
            distribution_init(&target->series[s], 2, 0);
        for (int k = 0; k < requests; k++)
            distribution_record(&target->series[variant->latency],
                                (int64_t)(1e6 * (1 + sample_draw(&state))));
        for (int s = 0; s < SERIES_COUNT; s++)
            distribution_finish(&target->series[s]);
    }
}

static void a_thousand_targets_fit_500_kilobytes(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static char names[COUNT][40];
    const struct sample_plan plans[] = {{"baseline", RUN_LOOP_OPEN, 60000, 9, 1.9e6, .4, 60, 0},
                                        {"optimized", RUN_LOOP_OPEN, 60000, 9, 1.3e6, .4, 60, 0}};
    struct report report;
    sample_fill(&report, plans, 2);
    for (int i = 0; i < COUNT; i++)
        snprintf(names[i], sizeof names[i], "GET /api/v1/customers/orders/%d", i);
    add_targets(&report.variants[0], COUNT, names, 1200);
    add_targets(&report.variants[1], COUNT, names, 1200);
    check_at_most(&report, 500 * KB);
    sample_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_runs_fit_300_kilobytes),
        cmocka_unit_test(ten_runs_fit_900_kilobytes),
        cmocka_unit_test(a_thousand_targets_fit_500_kilobytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
