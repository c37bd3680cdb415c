/* What run.json says of the machine's scale: read strictly, and the largest of several. */
#include "dataset.h"
#include "folder.h"
#include "unit/run_files.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "{\"weighed_utc\": \"2026-11-20T12:04:00Z\", \"took_ns\": 7340000000, \"shares_cpu\": true,"
    " \"steal_ns\": 5, \"waited_share\": 0.125, \"throttled_periods\": 0, \"clock_ns\": 22.5, \"nop_ns\": 191,"
    " \"nop_batch_ns\": 72.5, \"request\": {\"connections\": 64, \"cpu_ns\": 4630.5,"
    " \"cpu_bare_ns\": 4330, \"rate_per_s\": 198195.5, \"busy_share\": 0.984},"
    " \"send_lag\": {\"rate_per_s\": 20000,"
    "  \"spin\": {\"count\": 20000, \"p50_ns\": 100, \"p99_ns\": 300, \"p99.9_ns\": 12100},"
    "  \"hybrid\": {\"count\": 20000, \"p50_ns\": 200, \"p99_ns\": 900, \"p99.9_ns\": 14000},"
    "  \"block\": null},"
    " \"service_error\": {"
    "  \"stamps\": {\"count\": 20000, \"p50_ns\": 2900, \"p99_ns\": 3100, \"p99.9_ns\": 3500},"
    "  \"single\": {\"count\": 20000, \"p50_ns\": 2901, \"p99_ns\": 5200, \"p99.9_ns\": 9900},"
    "  \"server_delay_ns\": 1000000,"
    "  \"server\": {\"count\": 10000, \"p50_ns\": 13800, \"p99_ns\": 25000, \"p99.9_ns\": 90000}}}";

static void every_figure_is_read(void **state)
{
    (void)state;
    struct scale scale;
    char why[SCALE_WHY_MAX];
    json_t *object = json_loads(text, 0, NULL);
    assert_true(scale_read(object, &scale, why));
    assert_true(scale.is_known && scale.shares_cpu);
    assert_string_equal(scale.weighed_utc, "2026-11-20T12:04:00Z");
    assert_int_equal(scale.took_ns, 7340000000);
    assert_int_equal(scale.steal_ns, 5);
    assert_true(scale.waited_share == 0.125);
    assert_true(scale.clock_ns == 22.5 && scale.nop_ns == 191 && scale.nop_batch_ns == 72.5);
    assert_int_equal(scale.connections, 64);
    assert_true(scale.request_ns == 4630.5 && scale.request_bare_ns == 4330);
    assert_true(scale.rate_per_s == 198195.5 && scale.busy_share == 0.984);
    assert_true(scale.lag_rate_per_s == 20000);
    assert_int_equal(scale.send_lag[1].p99_ns, 900);
    assert_int_equal(scale.send_lag[2].count, 0);
    assert_int_equal(scale.stamps.p999_ns, 3500);
    assert_int_equal(scale.single.p50_ns, 2901);
    assert_int_equal(scale.server.count, 10000);
    assert_int_equal(scale.server_delay_ns, 1000000);
    json_decref(object);
}

static void what_is_missing_or_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"clock_ns\": 22.5", "\"clock\": 22.5"},
        {"\"clock_ns\": 22.5", "\"clock_ns\": \"22\""},
        {"\"clock_ns\": 22.5", "\"clock_ns\": -1"},
        {"\"waited_share\": 0.125", "\"waited_share\": -0.1"},
        {"\"connections\": 64", "\"connections\": 0"},
        {"\"p99.9_ns\": 3500", "\"p99_9_ns\": 3500"},
        {"\"count\": 10000", "\"count\": 0"},
        {"\"hybrid\": {", "\"hybrit\": {"},
        {"\"stamps\": {", "\"stamp\": {"},
        {"\"shares_cpu\": true", "\"shares_cpu\": 1"},
        {"2026-11-20T12", "2026-11-20 12"},
        {"2026-11-20T12:04:00Z", "2026-11-20T12:04:00Zx"},
        {"2026-11-20T12:04:00Z", ""},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct scale scale;
        char why[SCALE_WHY_MAX] = "";
        char *changed = NULL;
        const char *at = strstr(text, changes[i][0]);
        assert_non_null(at);
        assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, changes[i][1],
                             at + strlen(changes[i][0])) > 0);
        json_t *object = json_loads(changed, 0, NULL);
        assert_non_null(object);
        if (scale_read(object, &scale, why))
            fail_msg("%s is taken", changes[i][1]);
        assert_false(scale.is_known);
        assert_true(strlen(why) > 5);
        json_decref(object);
        free(changed);
    }
}

/* run.json with and without a `weight`, and with one that is broken. */
static void a_run_may_have_one(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct files files;
        struct fault fault = {.text = ""};
        struct run run = {.path = NULL};
        struct files_run from = {.plan = {0}};
        char *document = NULL;
        char *changed = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&document, &size);
        files_init(&files);
        files_put_document(&from, out);
        fclose(out);
        assert_true(asprintf(&changed, "{\"weight\": %s,%s", i == 1 ? text : "{}", document + 1) > 0);
        files_text(&files, "run.json", i == 0 ? document : changed);
        assert_int_equal(folder_read(&run, files.root, &fault), i < 2 ? 0 : -EINVAL);
        assert_int_equal(run.scale.is_known, i == 1);
        if (i == 2)
            assert_non_null(strstr(fault.text, "/run.json: weight: "));
        folder_free(&run);
        files_free(&files);
        free(document);
        free(changed);
    }
}

static void the_largest_of_several_counts(void **state)
{
    (void)state;
    struct run runs[3] = {{.scale = {.is_known = false}},
                          {.scale = {.is_known = true,
                                     .stamps = {1000, 2900, 3100, 3500},
                                     .server = {1000, 13000, 25000, 90000}}},
                          {.scale = {.is_known = true, .stamps = {2000, 3000, 3000, 3000}}}};
    struct variant variants[2] = {{.runs = runs, .run_count = 1}, {.runs = runs + 2, .run_count = 1}};
    struct scale_spread error;
    assert_int_equal(scale_error(variants, 1, &error), SCALE_NONE);
    assert_null(variant_scale(&variants[0]));
    variants[0].run_count = 2; /* the second run of a group has it */
    assert_ptr_equal(variant_scale(&variants[0]), &runs[1].scale);
    assert_int_equal(scale_error(variants, 2, &error), SCALE_STAMPS);
    assert_int_equal(error.p50_ns, 3000);
    assert_int_equal(error.p99_ns, 3100);
    assert_int_equal(error.p999_ns, 3500);
    runs[1].scale.stamps.count = 0; /* then the server's word is all there is */
    assert_int_equal(scale_error(variants, 2, &error), SCALE_SERVER);
    assert_int_equal(error.p50_ns, 13000);
    assert_int_equal(error.p999_ns, 90000);
    runs[1].scale.server.count = 0;
    assert_int_equal(scale_error(variants, 2, &error), SCALE_STAMPS);
    assert_int_equal(error.p50_ns, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_read),
        cmocka_unit_test(what_is_missing_or_cannot_be_is_refused),
        cmocka_unit_test(a_run_may_have_one),
        cmocka_unit_test(the_largest_of_several_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
