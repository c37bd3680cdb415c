/* run.json: what stands in it at the start and at the end, and that it is never half written. */
#include "limits.h"
#include "runfile.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct room {
    char path[64];
    int fd;
    struct config config;
    struct routes routes;
    struct targets targets;
    struct environment environment;
    bool features[RING_FEATURE_COUNT];
    struct runfile runfile;
    struct result result;
};

static const char *const command[] = {"tare", "-c", "20", "http://[::1]:8080/a?b"};

static void render(struct room *r)
{
    char wrong[TARGETS_ERROR_MAX];
    targets_free(&r->targets);
    assert_int_equal(targets_render(&r->targets, &r->config, wrong), 0);
}

static int set_up(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    strcpy(r->path, "/tmp/runfile_test.XXXXXX");
    assert_non_null(mkdtemp(r->path));
    r->fd = open(r->path, O_RDONLY | O_DIRECTORY);
    r->config = (struct config){.connections = 20,
                                .threads = 2,
                                .pipeline = 1,
                                .duration_ns = 10 * NS_PER_S,
                                .grace_ns = 5 * NS_PER_S,
                                .timeout_ns = 30 * NS_PER_S,
                                .seed = INT64_MAX,
                                .samples_one_in = 1,
                                .wait = WAIT_BLOCK,
                                .command = command,
                                .command_count = 4};
    strcpy(r->routes.to[0].text, "[::1]:8080");
    r->routes.to_count = 1;
    r->config.url = command[3];
    render(r);
    r->environment = (struct environment){.host = "host",
                                          .kernel = "Linux 6.1",
                                          .architecture = "x86_64",
                                          .cpu_model = "a CPU",
                                          .clock_source = "tsc",
                                          .cpus = 8,
                                          .cpus_allowed = 4,
                                          .memory_bytes = 16000000000};
    r->features[RING_SINGLE_ISSUER] = r->features[RING_RX_STAMPS] = true;
    r->runfile = (struct runfile){.config = &r->config,
                                  .routes = &r->routes,
                                  .targets = &r->targets,
                                  .environment = &r->environment,
                                  .started = {1795176240 * NS_PER_S},
                                  .features = r->features};
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_init(&r->result.latencies[s], 3);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct room *r = *state;
    targets_free(&r->targets);
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_free(&r->result.latencies[s]);
    unlinkat(r->fd, SCHEMA_FILE_RUN, 0);
    close(r->fd);
    assert_int_equal(rmdir(r->path), 0); /* nothing else was left in it */
    free(r);
    return 0;
}

static json_t *read_run(const struct room *r)
{
    static char text[65536];
    json_error_t error;
    const int fd = openat(r->fd, SCHEMA_FILE_RUN, O_RDONLY);
    const ssize_t size = read(fd, text, sizeof text);
    close(fd);
    assert_in_range(size, 100, sizeof text - 1);
    assert_int_equal(text[size - 1], '\n');
    json_t *document = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("line %d: %s", error.line, error.text);
    return document;
}

/* What stands at a path such as "config.loop"; a number picks from a list. */
static const json_t *at(const json_t *document, const char *path)
{
    char copy[128];
    char *rest = copy;
    const json_t *value = document;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key; value && (key = strsep(&rest, "."));)
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    if (!value)
        fail_msg("%s is not there", path);
    return value;
}

static void expect_text(const json_t *document, const char *path, const char *expected)
{
    const json_t *value = at(document, path);
    if (!json_is_string(value) || strcmp(json_string_value(value), expected) != 0)
        fail_msg("%s is not %s", path, expected);
}

static void expect_integer(const json_t *document, const char *path, int64_t expected)
{
    const json_t *value = at(document, path);
    if (!json_is_integer(value) || json_integer_value(value) != expected)
        fail_msg("%s is %lld, not %lld", path, (long long)json_integer_value(value),
                 (long long)expected);
}

static void expect_null(const json_t *document, const char *path)
{
    if (!json_is_null(at(document, path)))
        fail_msg("%s is not null", path);
}

static void at_the_start_it_holds_what_was_asked(void **state)
{
    struct room *r = *state;
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    json_t *run = read_run(r);
    expect_integer(run, "schema", SCHEMA_VERSION);
    expect_text(run, "tool", "tare");
    expect_text(run, "version", TARE_VERSION);
    expect_text(run, "state", "running");
    expect_text(run, "started_utc", "2026-11-20T12:04:00Z");
    expect_text(run, "command.3", command[3]);
    assert_int_equal(json_array_size(at(run, "command")), 4);
    expect_text(run, "config.loop", "closed");
    expect_integer(run, "config.connections", 20);
    expect_integer(run, "config.threads", 2);
    expect_null(run, "config.rate_per_s");
    expect_null(run, "config.arrivals");
    expect_null(run, "config.requests");
    expect_integer(run, "config.duration_ns", 10 * NS_PER_S);
    expect_integer(run, "config.warmup_ns", 0);
    expect_integer(run, "config.grace_ns", 5 * NS_PER_S);
    expect_integer(run, "config.timeout_ns", 30 * NS_PER_S);
    expect_integer(run, "config.pipeline", 1);
    expect_text(run, "config.wait", "block");
    expect_null(run, "config.cpus");
    expect_integer(run, "config.seed", INT64_MAX);
    expect_text(run, "config.samples", "all");
    expect_integer(run, "targets.0.id", 0);
    expect_text(run, "targets.0.name", "GET /a?b");
    expect_text(run, "targets.0.method", "GET");
    expect_text(run, "targets.0.url", "http://[::1]:8080/a?b");
    expect_text(run, "targets.0.address", "[::1]:8080");
    expect_text(run, "machine.host", "host");
    expect_integer(run, "machine.cpus_allowed", 4);
    expect_integer(run, "machine.memory_bytes", 16000000000);
    expect_text(run, "ring.features.0", "single_issuer");
    expect_text(run, "ring.features.1", "rx_stamps");
    assert_int_equal(json_array_size(at(run, "ring.features")), 2);
    assert_int_equal(json_array_size(at(run, "ring.disabled")), RING_FEATURE_COUNT - 2);
    expect_text(run, "clocks.source", "tsc");
    assert_null(json_object_get(run, "totals")); /* a reader sees that nothing is known yet */
    assert_null(json_object_get(run, "validity"));
    json_decref(run);
}

static void an_open_loop_has_a_rate(void **state)
{
    static const int cpus[] = {2, 3};
    struct room *r = *state;
    r->config.loop = LOOP_OPEN;
    r->config.rate_milli = 12500;
    r->config.arrivals = ARRIVALS_POISSON;
    r->config.wait = WAIT_HYBRID;
    r->config.requests = 400;
    r->config.duration_ns = 0;
    r->config.samples_one_in = 10;
    r->config.send_stamps_one_in = 64;
    r->config.cpus = cpus;
    r->config.cpus_count = 2;
    r->config.body = "x";
    render(r);
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    json_t *run = read_run(r);
    expect_text(run, "config.loop", "open");
    assert_true(json_real_value(at(run, "config.rate_per_s")) == 12.5);
    expect_text(run, "config.arrivals", "poisson");
    expect_text(run, "config.wait", "hybrid");
    expect_integer(run, "config.requests", 400);
    expect_null(run, "config.duration_ns");
    expect_text(run, "config.samples", "1/10");
    expect_text(run, "config.send_stamps", "1/64");
    expect_integer(run, "config.cpus.1", 3);
    expect_text(run, "targets.0.method", "POST");
    json_decref(run);
    r->config.samples_one_in = 0;
    r->config.method = "DELETE";
    render(r);
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    run = read_run(r);
    expect_text(run, "config.samples", "none");
    expect_text(run, "targets.0.name", "DELETE /a?b");
    json_decref(run);
}

static void fill_result(struct result *result)
{
    result->due = result->requests = result->attempts = 1000;
    result->rows_written = 990;
    result->sent = 999;
    result->bytes_in = 250000;
    result->bytes_out = 65000;
    result->connections_opened = 20;
    result->outcomes[OUTCOME_OK] = 998;
    result->outcomes[OUTCOME_TIMEOUT] = 2;
    result->measured_requests = 800;
    result->measured_outcomes[OUTCOME_OK] = 800;
    result->measured_sent = 801;
    result->measured_done = 802;
    result->warmup_ns = NS_PER_S;
    result->measure_ns = 4 * NS_PER_S;
    result->grace_ns = 7;
    result->anomalies[ANOMALY_RECONNECTS] = 3;
    result->offset_change_max_ns = 250;
    result->load = (struct machine_load){
        .steal_ns = 10000000, .wanted_ns = 50000000, .throttled = 4, .throttled_ns = 7000};
    result->cpu_user_ns = 5;
    result->cpu_system_ns = 6;
    result->resident_bytes = 7000000;
    result->busy_share = 0.25;
    result->waited_share = 0.125;
    result->recording_cpu_ns = 8;
    result->recording_bytes = 9;
    result->verdict = VERDICT_SUSPECT;
    result->limited_by = LIMITED_BY_SERVER;
    result->reasons_count = 1;
    result->reasons[0] = (struct reason){.name = "steal", .verdict = VERDICT_SUSPECT};
    strcpy(result->reasons[0].sentence, "the hypervisor took \"time\" away");
}

static void at_the_end_it_holds_what_came_of_it(void **state)
{
    struct room *r = *state;
    fill_result(&r->result);
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    assert_int_equal(runfile_write(&r->runfile, &r->result, r->fd), 0); /* in its place */
    json_t *run = read_run(r);
    expect_text(run, "state", "complete");
    expect_integer(run, "elapsed.warmup_ns", NS_PER_S);
    expect_integer(run, "elapsed.measure_ns", 4 * NS_PER_S);
    expect_integer(run, "elapsed.grace_ns", 7);
    expect_integer(run, "totals.due", 1000);
    expect_integer(run, "totals.requests", 1000);
    expect_integer(run, "totals.attempts", 1000);
    expect_integer(run, "totals.rows", 990);
    expect_integer(run, "totals.sent", 999);
    expect_integer(run, "totals.done", 1000);
    expect_integer(run, "totals.bytes_in", 250000);
    expect_integer(run, "totals.bytes_out", 65000);
    expect_integer(run, "totals.connections_opened", 20);
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "outcomes.%s", outcome_name((enum outcome)i));
        expect_integer(run, path, (int64_t)r->result.outcomes[i]);
        snprintf(path, sizeof path, "measured.outcomes.%s", outcome_name((enum outcome)i));
        expect_integer(run, path, (int64_t)r->result.measured_outcomes[i]);
    }
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "anomalies.%s", anomaly_name((enum anomaly)i));
        expect_integer(run, path, (int64_t)r->result.anomalies[i]);
    }
    expect_integer(run, "measured.requests", 800);
    expect_integer(run, "measured.sent", 801);
    expect_integer(run, "measured.done", 802);
    assert_true(json_real_value(at(run, "measured.rate_per_s")) == 200.5);
    expect_integer(run, "load.steal_ns", 10000000);
    expect_integer(run, "load.throttled_periods", 4);
    expect_integer(run, "load.throttled_ns", 7000);
    expect_integer(run, "load.cpu_wanted_ns", 50000000);
    expect_integer(run, "recording.bytes", 9);
    expect_integer(run, "recording.cpu_ns", 8);
    expect_integer(run, "generator.cpu_user_ns", 5);
    expect_integer(run, "generator.cpu_system_ns", 6);
    expect_integer(run, "generator.resident_bytes", 7000000);
    assert_true(json_real_value(at(run, "generator.busy_share")) == 0.25);
    assert_true(json_real_value(at(run, "generator.waited_share")) == 0.125);
    expect_integer(run, "clocks.offset_change_max_ns", 250);
    expect_text(run, "validity.verdict", "suspect");
    expect_text(run, "validity.limited_by", "server");
    expect_text(run, "validity.reasons.0.name", "steal");
    expect_text(run, "validity.reasons.0.verdict", "suspect");
    expect_text(run, "validity.reasons.0.sentence", "the hypervisor took \"time\" away");
    json_decref(run);
    r->result.is_interrupted = true;
    assert_int_equal(runfile_write(&r->runfile, &r->result, r->fd), 0);
    run = read_run(r);
    expect_text(run, "state", "interrupted");
    json_decref(run);
}

static void the_send_path_is_told_with_what_it_leaves(void **state)
{
    struct room *r = *state;
    r->config.send_stamps_one_in = 8;
    r->result.dated_late_max_ns = 3456;
    for (int64_t i = 1; i <= 1000; i++) {
        histogram_record(&r->result.latencies[SERIES_SEND_PATH], i, 1);
        histogram_record(&r->result.latencies[SERIES_WIRE], 1000 + i, 1);
    }
    assert_int_equal(runfile_write(&r->runfile, &r->result, r->fd), 0);
    json_t *run = read_run(r);
    expect_integer(run, "send_path.one_in", 8);
    expect_integer(run, "send_path.stamped", 1000);
    expect_integer(run, "send_path.p50_ns", 500);
    expect_integer(run, "send_path.p99_ns", 990);
    expect_integer(run, "send_path.max_ns", 1000);
    expect_integer(run, "send_path.dated_late_max_ns", 3456);
    expect_integer(run, "send_path.wire.p50_ns", 1500);
    expect_integer(run, "send_path.wire.p90_ns", 1900);
    expect_integer(run, "send_path.wire.p99_ns", 1990);
    const json_t *wire = at(run, "send_path.wire");
    assert_int_equal(json_integer_value(json_object_get(wire, "p99.9_ns")), 1999);
    json_decref(run);
}

/* A run that measured nothing divides by no time. */
static void an_empty_result_is_still_json(void **state)
{
    struct room *r = *state;
    assert_int_equal(runfile_write(&r->runfile, &r->result, r->fd), 0);
    json_t *run = read_run(r);
    assert_true(json_real_value(at(run, "measured.rate_per_s")) == 0.0);
    expect_integer(run, "send_path.stamped", 0);
    expect_null(run, "send_path.p50_ns");
    expect_null(run, "send_path.max_ns");
    expect_null(run, "send_path.wire.p99_ns");
    expect_text(run, "validity.verdict", "valid");
    assert_int_equal(json_array_size(at(run, "validity.reasons")), 0);
    json_decref(run);
}

static void what_is_no_utf8_is_said_so(void **state)
{
    static const char *const strange[] = {"tare", "-H", "X: \xff"};
    struct room *r = *state;
    r->config.command = strange;
    r->config.command_count = 3;
    strcpy(r->environment.host, "h\xc3");
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    json_t *run = read_run(r);
    expect_text(run, "command.2", "(not UTF-8)");
    expect_text(run, "machine.host", "(not UTF-8)");
    json_decref(run);
}

/* On a full disk the file of the start stays, whole. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    struct room *r = *state;
    int status;
    assert_int_equal(runfile_write(&r->runfile, NULL, r->fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){500, 500});
        _exit(runfile_write(&r->runfile, &r->result, r->fd) == -EFBIG ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    json_t *run = read_run(r);
    expect_text(run, "state", "running");
    json_decref(run);
    assert_int_equal(runfile_write(&r->runfile, NULL, -1), -EBADF);
}

static void printed_it_has_percentiles(void **state)
{
    struct room *r = *state;
    char *text = NULL;
    size_t size = 0;
    fill_result(&r->result);
    for (int64_t i = 1; i <= 400; i++)
        histogram_record(&r->result.latencies[SERIES_SERVICE], i, 1);
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(runfile_print(&r->runfile, &r->result, "results/one", out), 0);
    fclose(out);
    assert_int_equal(text[size - 1], '\n');
    json_t *run = json_loadb(text, size, 0, NULL);
    assert_non_null(run);
    expect_text(run, "folder", "results/one");
    expect_text(run, "state", "complete");
    expect_integer(run, "latencies.service.count", 400);
    expect_integer(run, "latencies.service.p50_ns", 200);
    expect_integer(run, "latencies.service.p90_ns", 360);
    expect_integer(run, "latencies.service.p99_ns", 396);
    expect_integer(run, "latencies.service.max_ns", 400);
    assert_non_null(json_object_get(at(run, "latencies.service"), "p99.9_ns"));
    assert_non_null(json_object_get(at(run, "latencies.service"), "p99.99_ns"));
    assert_true(json_real_value(at(run, "latencies.service.mean_ns")) == 200.5);
    assert_null(json_object_get(at(run, "latencies"), "response")); /* a closed loop has none */
    json_decref(run);
    free(text);
}

static void a_printer_that_is_full_is_told(void **state)
{
    struct room *r = *state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(runfile_print(&r->runfile, &r->result, "x", full), -EIO);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_the_start_it_holds_what_was_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_open_loop_has_a_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_the_end_it_holds_what_came_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_send_path_is_told_with_what_it_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_result_is_still_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_said_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(printed_it_has_percentiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_printer_that_is_full_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
