/* Rows of samples.csv are counted as an independent, slow count has them, and each column's
 * contract is held. */
#include "samples.h"

#include "random.h"

#include "unit/run_files.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TARGETS 3

static struct files files;
static struct fault fault;
static struct samples_seen seen;
static struct target total;
static struct target targets[ADDER_TARGETS_FINE + 1];
static struct target *by_id[ADDER_TARGETS_FINE + 1];
static struct watch watches[2];
static struct adder_into into;

static int set_up(void **state)
{
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    memset(&total, 0, sizeof total);
    memset(targets, 0, sizeof targets);
    for (size_t t = 0; t <= ADDER_TARGETS_FINE; t++)
        by_id[t] = &targets[t];
    for (int s = 0; s < SERIES_COUNT; s++) {
        distribution_init(&total.series[s], 3, DISTRIBUTION_EXACT_MAX);
        for (size_t t = 0; t <= ADDER_TARGETS_FINE; t++)
            distribution_init(&targets[t].series[s], 3, DISTRIBUTION_EXACT_MAX);
    }
    watches[0] = (struct watch){.series = -1, .limit_ns = 2 * NS_PER_MS, .is_found = true};
    watches[1] = (struct watch){
        .series = SERIES_WAIT, .limit_ns = 50, .is_found = true, .only = &targets[1]};
    into = (struct adder_into){.latency = SERIES_RESPONSE,
                               .total = &total,
                               .targets = by_id,
                               .target_count = TARGETS,
                               .is_fine = true,
                               .watches = watches,
                               .watch_count = 2};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int s = 0; s < SERIES_COUNT; s++) {
        distribution_free(&total.series[s]);
        for (size_t t = 0; t <= ADDER_TARGETS_FINE; t++)
            distribution_free(&targets[t].series[s]);
    }
    files_free(&files);
    return 0;
}

static int read_text(const char *text, bool is_thinned)
{
    return samples_read(files_text(&files, "s.csv", text), &into, is_thinned, &seen, &fault);
}

/* A row of every kind there is, of this number. */
static struct sample invent(uint64_t *seed, uint64_t number, uint32_t target_count)
{
    const uint64_t dice = random_next(seed);
    struct sample sample = {.scheduled_ns = (int64_t)(number * 1000 * (number % 3 + 1)),
                            .wait_ns = dice % 4 == 0 ? (int64_t)(dice >> 32) % 100 : 0,
                            .send_lag_ns = (int64_t)(dice >> 20) % 700 - (dice % 97 == 0),
                            .connect_ns = dice % 11 == 0 ? 70000 : 0,
                            .first_byte_ns = (int64_t)(dice % 1000000),
                            .service_ns = (int64_t)(dice % 3000000) + 1,
                            .receive_lag_ns = dice % 5 == 0 ? SCHEMA_NS_NONE : 2000,
                            .server_ns = dice % 2 == 0 ? SCHEMA_NS_NONE : 123456789012,
                            .send_path_ns = dice % 3 == 0 ? (int64_t)(dice % 3000000) : SCHEMA_NS_NONE,
                            .status = 200,
                            .request = number,
                            .bytes_out = (uint32_t)(dice % 3 == 0 ? 7 : 70000),
                            .bytes_in = dice % 7 == 0 ? 1234567890123 : 200,
                            .target = (uint16_t)(dice % target_count),
                            .attempt = 1,
                            .outcome = OUTCOME_OK,
                            .phase = (uint8_t)(dice % 8 == 0 ? PHASE_WARMUP : PHASE_MEASURE),
                            .stamp = (uint8_t)(dice % 3),
                            .last = dice % 50 != 0,
                            .has_connection = true,
                            .has_group = dice % 3 == 0};
    if (dice % 23 == 0) {
        sample.outcome = (uint8_t)(dice % OUTCOME_COUNT);
        sample.status = 0;
        sample.service_ns = sample.outcome == OUTCOME_OK ? 5 : SCHEMA_NS_NONE;
        sample.stamp = STAMP_NONE;
        sample.has_connection = sample.outcome != OUTCOME_UNSENT;
    }
    return sample;
}

/* What the rows should add up to, by schema.h's own functions and nothing of the reader's. */
struct expected {
    uint64_t ended;
    uint64_t measured;
    uint64_t counts[ADDER_TARGETS_FINE + 1][SERIES_COUNT];
    unsigned __int128 sums[ADDER_TARGETS_FINE + 1][SERIES_COUNT];
    uint64_t outcomes[ADDER_TARGETS_FINE + 1][OUTCOME_COUNT];
    uint64_t above[2];
};

static void expect(struct expected *expected, const struct sample *sample)
{
    if (!sample->last)
        return;
    expected->ended++;
    if (sample->phase != PHASE_MEASURE)
        return;
    expected->measured++;
    expected->outcomes[sample->target][sample->outcome]++;
    if (outcome_class((enum outcome)sample->outcome) != OUTCOME_SUCCESS)
        return;
    for (int s = 0; s < SERIES_COUNT; s++) {
        const int64_t ns = schema_series_ns(sample, (enum series)s);
        if (ns == SCHEMA_NS_NONE || ns < 0)
            continue;
        expected->counts[sample->target][s]++;
        expected->sums[sample->target][s] += (uint64_t)ns;
    }
    expected->above[0] += schema_response_ns(sample) > 2 * NS_PER_MS;
    expected->above[1] += sample->target == 1 && sample->wait_ns > 50;
}

/* Reads `count` invented rows of `target_count` targets, and holds the result against the count. */
static void check_rows(uint64_t count, uint32_t target_count)
{
    static struct expected expected;
    char *text = NULL;
    size_t size = 0;
    char row[ROW_MAX_BYTES];
    uint64_t seed = count;
    FILE *out = open_memstream(&text, &size);
    memset(&expected, 0, sizeof expected);
    fputs(SCHEMA_HEADER_SAMPLES "\n", out);
    for (uint64_t i = 0; i < count; i++) {
        const struct sample sample = invent(&seed, i, target_count);
        fwrite(row, 1, row_format(&sample, row), out);
        expect(&expected, &sample);
    }
    fclose(out);
    into.target_count = target_count;
    into.is_fine = target_count <= ADDER_TARGETS_FINE;
    const char *path = files_write(&files, "s.csv", text, size);
    if (samples_read(path, &into, false, &seen, &fault) != 0)
        fail_msg("%s", fault.text);
    free(text);
    assert_int_equal(seen.rows, count);
    assert_int_equal(seen.distinct, count);
    assert_true(seen.distinct_checked);
    assert_int_equal(seen.ended, expected.ended);
    assert_int_equal(seen.measured, expected.measured);
    for (size_t t = 0; t < target_count; t++) {
        assert_memory_equal(targets[t].outcomes, expected.outcomes[t], sizeof expected.outcomes[t]);
        for (int s = 0; s < SERIES_COUNT; s++) {
            const struct histogram *h = &targets[t].series[s].histogram;
            assert_int_equal(h->count, expected.counts[t][s]);
            assert_true(h->sum_ns == expected.sums[t][s]);
        }
    }
    assert_int_equal(watches[0].above, expected.above[0]);
    assert_int_equal(watches[1].above, expected.above[1]);
    assert_int_equal(watches[0].maybe, 0);
}

static void rows_are_counted_as_a_slow_count_has_them(void **state)
{
    (void)state;
    check_rows(30000, TARGETS);
}

static void one_target_is_counted_the_same(void **state)
{
    (void)state;
    check_rows(5000, 1);
}

static void many_targets_have_their_total_beside(void **state)
{
    (void)state;
    check_rows(20000, ADDER_TARGETS_FINE + 1);
    uint64_t count = 0;
    for (size_t t = 0; t <= ADDER_TARGETS_FINE; t++)
        count += distribution_count(&targets[t].series[SERIES_SERVICE]);
    assert_int_equal(distribution_count(&total.series[SERIES_SERVICE]), count);
}

static void a_closed_loop_has_no_response(void **state)
{
    (void)state;
    into.latency = SERIES_SERVICE;
    assert_int_equal(read_text(SCHEMA_HEADER_SAMPLES
                               "\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,0,1,,\n",
                               false),
                     0);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_RESPONSE]), 0);
    assert_int_equal(distribution_count(&targets[0].series[SERIES_SERVICE]), 1);
    assert_int_equal(watches[0].seen, 1);
}

static void thinned_rows_are_checked_and_not_added(void **state)
{
    (void)state;
    static const char text[] =
        SCHEMA_HEADER_SAMPLES "\n0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,0,1,,\n";
    assert_int_equal(read_text(text, true), 0);
    assert_int_equal(seen.rows, 1);
    assert_int_equal(seen.measured, 1);
    assert_int_equal(targets[0].outcomes[OUTCOME_OK], 0);
    assert_int_equal(watches[0].seen, 0);
}

static void requests_are_told_from_each_other(void **state)
{
    (void)state;
    assert_int_equal(read_text(SCHEMA_HEADER_SAMPLES
                               "\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,7,0,,\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,2,measure,1,1,exact,7,1,,\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,90000000,1,,\n",
                               false),
                     0);
    assert_int_equal(seen.rows, 3);
    assert_int_equal(seen.distinct, 2);
    assert_int_equal(seen.ended, 2);
    assert_true(seen.distinct_checked);
}

static void numbers_beyond_the_memory_are_not_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_text(SCHEMA_HEADER_SAMPLES
                               "\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,134217728,1,,\n",
                               false),
                     0);
    assert_false(seen.distinct_checked);
}

static void each_column_is_held_against_its_contract(void **state)
{
    (void)state;
    static const char *const good[COLUMN_COUNT] = {"10",      "0",  "1",   "0",     "0", "4", "5",
                                                   "6",       "7",  "200", "ok",    "0", "3", "1",
                                                   "measure", "80", "90",  "exact", "0", "1", "2",
                                                   "3"};
    static const struct {
        enum schema_column column;
        const char *text;
        const char *expected; /* NULL: it is fine */
    } cases[] = {
        {COLUMN_SCHEDULED_NS, "", "scheduled_ns is \"\": a whole number of ns"},
        {COLUMN_SCHEDULED_NS, "1.5", "scheduled_ns is \"1.5\""},
        {COLUMN_SCHEDULED_NS, "-10", NULL},
        {COLUMN_SCHEDULED_NS, "12345678901", NULL},
        {COLUMN_SCHEDULED_NS, "123456789012345678901", "scheduled_ns is"},
        {COLUMN_WAIT_NS, "x", "wait_ns is \"x\""},
        {COLUMN_WAIT_NS, "", NULL},
        {COLUMN_SEND_LAG_NS, "-7", NULL},
        {COLUMN_SEND_LAG_NS, "--7", "send_lag_ns is \"--7\""},
        {COLUMN_CONNECT_NS, "1e3", "connect_ns is \"1e3\""},
        {COLUMN_TLS_NS, " 1", "tls_ns is \" 1\""},
        {COLUMN_FIRST_BYTE_NS, "4,", "the row has 23 fields, its header 22"},
        {COLUMN_SERVICE_NS, "", "service_ns is \"\": a time, since the request succeeded,"},
        {COLUMN_SERVICE_NS, "30000000000", NULL},
        {COLUMN_RECEIVE_LAG_NS, "6 ", "receive_lag_ns is \"6 \""},
        {COLUMN_SERVER_NS, "total", "server_ns is \"total\""},
        {COLUMN_STATUS, "2OO", "status is \"2OO\": a whole number from 0"},
        {COLUMN_STATUS, "", NULL},
        {COLUMN_OUTCOME, "OK", "outcome is \"OK\": an outcome of schema 1"},
        {COLUMN_OUTCOME, "", "outcome is \"\""},
        {COLUMN_TARGET, "3", "target is \"3\": the id of a target in run.json"},
        {COLUMN_TARGET, "-1", "target is \"-1\""},
        {COLUMN_TARGET, "", "target is \"\""},
        {COLUMN_CONNECTION, "", NULL},
        {COLUMN_CONNECTION, "a", "connection is \"a\""},
        {COLUMN_CONNECTION, "-1", "connection is \"-1\""},
        {COLUMN_ATTEMPT, "", "attempt is \"\""},
        {COLUMN_PHASE, "measured", "phase is \"measured\": warmup, measure or grace"},
        {COLUMN_PHASE, "", "phase is \"\""},
        {COLUMN_BYTES_OUT, "", "bytes_out is \"\""},
        {COLUMN_BYTES_IN, "-1", "bytes_in is \"-1\""},
        {COLUMN_STAMP, "kernel", "stamp is \"kernel\": exact, shared, engine or nothing"},
        {COLUMN_STAMP, "", NULL},
        {COLUMN_REQUEST, "-1", "request is \"-1\": a whole number from 0"},
        {COLUMN_REQUEST, "", "request is \"\""},
        {COLUMN_LAST, "2", "last is \"2\": 0 or 1"},
        {COLUMN_LAST, "", "last is \"\""},
        {COLUMN_LAST, "01", "last is \"01\""},
        {COLUMN_GROUP, "", NULL},
        {COLUMN_GROUP, "x", "group is \"x\""},
        {COLUMN_GROUP, "2\r",
         "group is \"2?\": a whole number from 0 is expected\n"
         "      the file has carriage returns"},
        {COLUMN_SEND_PATH_NS, "", NULL},
        {COLUMN_SEND_PATH_NS, "-1", NULL},
        {COLUMN_SEND_PATH_NS, "3us", "send_path_ns is \"3us\": a whole number of ns"}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char text[2048];
        /* A good row before, so that what is remembered of it is tried too. */
        size_t size = (size_t)snprintf(text, sizeof text, "%s\n", SCHEMA_HEADER_SAMPLES);
        size_t column = 0;
        for (int row = 0; row < 2; row++)
            for (int i = 0; i < COLUMN_COUNT; i++) {
                const bool is_case = row == 1 && i == (int)cases[c].column;
                if (is_case)
                    column = size;
                size += (size_t)snprintf(text + size, sizeof text - size, "%s%s",
                                         is_case ? cases[c].text : good[i],
                                         i + 1 == COLUMN_COUNT ? "\n" : ",");
            }
        const char *row = strrchr(text, '\n');
        while (row[-1] != '\n')
            row--;
        char place[32];
        snprintf(place, sizeof place, "s.csv:3:%zu: ", column - (size_t)(row - text) + 1);
        const int result = read_text(text, false);
        if (!cases[c].expected) {
            if (result != 0)
                fail_msg("%s", fault.text);
            continue;
        }
        assert_int_equal(result, -EINVAL);
        if (!strstr(fault.text, cases[c].expected))
            fail_msg("no \"%s\" in \"%s\"", cases[c].expected, fault.text);
        if (!strstr(cases[c].expected, "fields") && !strstr(fault.text, place))
            fail_msg("no \"%s\" in \"%s\"", place, fault.text);
    }
}

/* What is remembered of the row before is compared byte by byte: an x anywhere in the same row
 * again is noticed. */
static void each_byte_of_a_row_matters(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "10,0,1,0,0,4,5,6,7,200,ok,0,3,1,measure,80,90,exact,0,1,2,4\n",
        "10,0,1,0,0,4,5,6,7,200,ok,0,3,1,measure,8000000,9000000,exact,0,1,2,4\n",
        "10,0,1,0,0,4,5,6,7,404,status_4xx,0,3,1,measure,8000000,9000000,shared,0,1,2,4\n"};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (size_t i = 0; i + 1 < strlen(rows[r]); i++) {
            char text[1024];
            snprintf(text, sizeof text, "%s\n%s%s", SCHEMA_HEADER_SAMPLES, rows[r], rows[r]);
            assert_int_equal(read_text(text, false), 0);
            char *byte = text + strlen(text) - strlen(rows[r]) + i;
            if (*byte == 'x')
                continue;
            *byte = 'x';
            if (read_text(text, false) == 0)
                fail_msg("byte %zu of row %zu was not noticed", i, r);
        }
}

static void a_torn_row_is_told_with_its_line(void **state)
{
    (void)state;
    assert_int_equal(read_text(SCHEMA_HEADER_SAMPLES
                               "\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,measure,1,1,exact,0,1,,\n"
                               "0,0,1,0,0,4,5,6,,200,ok,0,0,1,mea",
                               false),
                     0);
    assert_int_equal(seen.rows, 1);
    assert_true(seen.is_torn);
    assert_int_equal(seen.torn_line, 3);
}

/* The header as version 0.1.0 wrote it. */
#define HEADER_FIRST                                                                               \
    "scheduled_ns,wait_ns,send_lag_ns,connect_ns,tls_ns,first_byte_ns,service_ns,receive_lag_ns,"  \
    "server_ns,status,outcome,target,connection,attempt,phase,bytes_out,bytes_in,stamp,request,"   \
    "last,group"

static void files_from_before_the_send_path_are_read(void **state)
{
    (void)state;
    const struct distribution *series = targets[0].series;
    assert_int_equal(read_text(HEADER_FIRST
                               "\n"
                               "0,0,1,0,0,4,28,6,,200,ok,0,0,1,measure,1,1,exact,0,1,\n"
                               "0,0,1,0,0,4,28,6,,200,ok,0,0,1,measure,1,1,exact,1,1,9\n",
                               false),
                     0);
    assert_int_equal(seen.measured, 2);
    assert_int_equal(distribution_count(&series[SERIES_SERVICE]), 2);
    assert_int_equal(distribution_count(&series[SERIES_SEND_PATH]), 0);
    assert_int_equal(distribution_count(&series[SERIES_WIRE]), 0);
    assert_int_equal(distribution_max_ns(&series[SERIES_SERVICE]), 28);
    assert_int_equal(read_text(SCHEMA_HEADER_SAMPLES
                               "\n"
                               "0,0,1,0,0,4,28,6,,200,ok,0,0,1,measure,1,1,exact,0,1,,3\n"
                               "0,0,1,0,0,4,28,6,,200,ok,0,0,1,measure,1,1,exact,1,1,,\n",
                               false),
                     0);
    assert_int_equal(distribution_count(&series[SERIES_SEND_PATH]), 1);
    assert_int_equal(distribution_max_ns(&series[SERIES_SEND_PATH]), 3);
    assert_int_equal(distribution_max_ns(&series[SERIES_WIRE]), 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_counted_as_a_slow_count_has_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_target_is_counted_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_targets_have_their_total_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_loop_has_no_response, set_up, tear_down),
        cmocka_unit_test_setup_teardown(thinned_rows_are_checked_and_not_added, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_are_told_from_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_beyond_the_memory_are_not_told_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_column_is_held_against_its_contract, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_byte_of_a_row_matters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_row_is_told_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_from_before_the_send_path_are_read, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
