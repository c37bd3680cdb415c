/* The figures of a calibration: into JSON and back to the bit, and found again by the machine alone that
 * they are of. */
#include "jsonfile.h"
#include "limits.h"
#include "schema.h"
#include "weight.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct weight sample = {.weighed_utc = "2026-11-20T12:04:00Z",
                                     .took_ns = 7 * NS_PER_S,
                                     .shares_cpu = true,
                                     .steal_ns = 12,
                                     .waited_share = 0.0078125,
                                     .throttled = 3,
                                     .clock_ns = 22.75,
                                     .nop_ns = 310.5,
                                     .nop_batch_ns = 72.25,
                                     .connections = 64,
                                     .request_ns = 4630.125,
                                     .request_bare_ns = 4330,
                                     .rate_per_s = 198195.5,
                                     .busy_share = 0.984375,
                                     .lag_rate_per_s = 20000,
                                     .send_lag = {{20000, 100, 300, 12100},
                                                  {20000, 200, 900, 14000},
                                                  {20000, 23000, 90000, 2200000}},
                                     .stamps = {20001, 2900, 3100, -5},
                                     .single = {20001, 2901, 5200, 9900},
                                     .server = {10000, 13800, 25000, 90000},
                                     .server_delay_ns = NS_PER_MS};

static const struct environment machine = {.host = "bench",
                                           .kernel = "Linux 6.18.5",
                                           .architecture = "x86_64",
                                           .cpu_model = "AMD EPYC",
                                           .clock_source = "tsc",
                                           .cpus = 2,
                                           .cpus_allowed = 2,
                                           .memory_bytes = 8000000000};

static void assert_same(const struct weight *a, const struct weight *b)
{
    json_t *first = weight_to_json(a), *second = weight_to_json(b);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

static void figures_come_back_as_they_went(void **state)
{
    (void)state;
    struct weight back;
    json_t *object = weight_to_json(&sample);
    assert_true(weight_from_json(object, &back));
    assert_string_equal(back.weighed_utc, sample.weighed_utc);
    assert_int_equal(back.took_ns, sample.took_ns);
    assert_int_equal(back.throttled, 3);
    assert_true(back.shares_cpu);
    assert_true(back.request_ns == sample.request_ns && back.rate_per_s == sample.rate_per_s);
    assert_memory_equal(back.send_lag, sample.send_lag, sizeof sample.send_lag);
    assert_memory_equal(&back.stamps, &sample.stamps, sizeof sample.stamps);
    assert_memory_equal(&back.server, &sample.server, sizeof sample.server);
    assert_same(&back, &sample);
    json_decref(object);
}

static void what_was_not_measured_is_null(void **state)
{
    (void)state;
    struct weight bare = sample, back;
    bare.stamps.count = bare.single.count = 0;
    json_t *object = weight_to_json(&bare);
    assert_true(json_is_null(json_object_get(json_object_get(object, "service_error"), "stamps")));
    assert_true(weight_from_json(object, &back));
    assert_int_equal(back.stamps.count, 0);
    assert_int_equal(back.server.count, 10000);
    json_decref(object);
}

/* Every key on every level is asked for, and none may be of another kind or below 0. */
static void check_each_key(json_t *root, json_t *object)
{
    struct weight back;
    char names[16][32];
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        assert_in_range(count, 0, 15);
        snprintf(names[count++], sizeof names[0], "%s", key);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = names[i];
        value = json_incref(json_object_get(object, name));
        json_object_del(object, name);
        if (weight_from_json(root, &back))
            fail_msg("without %s it is taken", name);
        json_object_set_new(object, name, json_string("x"));
        if (weight_from_json(root, &back))
            fail_msg("with a text as %s it is taken", name);
        if (json_is_number(value) && strncmp(name, "p", 1) != 0) {
            json_object_set_new(object, name, json_integer(-1));
            if (weight_from_json(root, &back))
                fail_msg("with %s of -1 it is taken", name);
        }
        json_object_set_new(object, name, value);
        if (json_is_object(value))
            check_each_key(root, value);
    }
}

static void every_figure_is_asked_for(void **state)
{
    (void)state;
    struct weight back;
    json_t *object = weight_to_json(&sample);
    check_each_key(object, object);
    assert_true(weight_from_json(object, &back));
    static const char *const moments[] = {"", "2026-11-20", "2026-11-20T12:04:00Z ",
                                          "\033[31m-11-20T12:04:00Z"};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        json_object_set_new(object, "weighed_utc", json_string(moments[i]));
        assert_false(weight_from_json(object, &back));
    }
    assert_false(weight_from_json(NULL, &back));
    json_decref(object);
}

/* ---- finding it again ---- */

struct place {
    char path[64];
    int top, group, run; /* a results folder, a group in it, a run of that group */
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->path, "/tmp/tare-test-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->top = open(place->path, O_RDONLY | O_DIRECTORY);
    mkdirat(place->top, "group", 0755);
    mkdirat(place->top, "group/run", 0755);
    place->group = openat(place->top, "group", O_RDONLY | O_DIRECTORY);
    place->run = openat(place->top, "group/run", O_RDONLY | O_DIRECTORY);
    *state = place;
    return 0;
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *walk)
{
    (void)facts, (void)type, (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    close(place->top);
    close(place->group);
    close(place->run);
    nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(place);
    return 0;
}

static json_t *document_of(const struct environment *environment)
{
    static const bool features[RING_FEATURE_COUNT];
    static const char *const command[] = {"tare", "--weigh"};
    const struct config config = {.command = command, .command_count = 2};
    const struct weight_facts facts = {&config, environment, features};
    return weight_document(&sample, &facts);
}

static void write_it(int folder, json_t *document)
{
    assert_int_equal(jsonfile_write(document, folder, SCHEMA_FILE_WEIGHT), 0);
    json_decref(document);
}

static void it_is_found_beside_the_run_and_beside_its_group(void **state)
{
    const struct place *place = *state;
    struct weight found;
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_NONE);
    write_it(place->top, document_of(&machine));
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_FOUND);
    assert_same(&found, &sample);
    assert_int_equal(weight_find(place->group, &machine, &found), WEIGHT_FOUND);
    unlinkat(place->top, SCHEMA_FILE_WEIGHT, 0);
    write_it(place->group, document_of(&machine));
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_FOUND);
    assert_int_equal(weight_find(place->group, &machine, &found), WEIGHT_NONE);
}

static void another_machine_or_kernel_has_another_scale(void **state)
{
    const struct place *place = *state;
    struct weight found;
    struct environment others[6] = {machine, machine, machine, machine, machine, machine};
    strcpy(others[0].host, "other");
    strcpy(others[1].kernel, "Linux 6.18.6");
    strcpy(others[2].architecture, "aarch64");
    strcpy(others[3].cpu_model, "Intel");
    others[4].cpus = 4;
    strcpy(others[5].clock_source, "hpet");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        write_it(place->group, document_of(&others[i]));
        assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_NONE);
    }
    write_it(place->top, document_of(&machine)); /* one above is looked at then */
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_FOUND);
    struct environment narrower = machine;
    narrower.cpus_allowed = 1;
    narrower.memory_bytes -= 4096;
    assert_int_equal(weight_find(place->run, &narrower, &found), WEIGHT_FOUND);
}

static void another_version_has_another_scale(void **state)
{
    const struct place *place = *state;
    struct weight found;
    json_t *document = document_of(&machine);
    json_object_set_new(document, "version", json_string("0.0.9"));
    write_it(place->group, document);
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_NONE);
    document = document_of(&machine);
    json_object_set_new(document, "schema", json_integer(SCHEMA_VERSION + 1));
    write_it(place->group, document);
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_NONE);
}

static void a_file_that_is_not_ours_is_told_apart(void **state)
{
    const struct place *place = *state;
    struct weight found;
    static const char *const texts[] = {"", "{}", "[1]", "{\"schema\": 1, \"tool\": \"other\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const int fd = openat(place->group, SCHEMA_FILE_WEIGHT, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        close(fd);
        assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_BROKEN);
    }
    json_t *document = document_of(&machine);
    json_object_del(json_object_get(document, "weight"), "clock_ns");
    write_it(place->group, document);
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_BROKEN);
    unlinkat(place->group, SCHEMA_FILE_WEIGHT, 0);
    mkdirat(place->group, SCHEMA_FILE_WEIGHT, 0755);
    assert_int_equal(weight_find(place->run, &machine, &found), WEIGHT_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_come_back_as_they_went),
        cmocka_unit_test(what_was_not_measured_is_null),
        cmocka_unit_test(every_figure_is_asked_for),
        cmocka_unit_test_setup_teardown(it_is_found_beside_the_run_and_beside_its_group, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_machine_or_kernel_has_another_scale, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_version_has_another_scale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_ours_is_told_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
