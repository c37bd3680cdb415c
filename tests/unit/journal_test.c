/* From the moments of a request to the row that says them: a worker by hand, without a ring. */
#include "journal.h"
#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENT_NS 1000000

struct room {
    struct config config;
    struct targets targets;
    struct worker_shared shared;
    struct worker worker;
    struct connection *c;
};

static int set_up(void **state)
{
    char error[TARGETS_ERROR_MAX];
    struct room *r = NULL;
    assert_int_equal(posix_memalign((void **)&r, 64, sizeof *r), 0);
    memset(r, 0, sizeof *r);
    r->config.duration_ns = NS_PER_S;
    r->config.url = "http://127.0.0.1:1/";
    assert_int_equal(targets_render(&r->targets, &r->config, error), 0);
    r->shared = (struct worker_shared){.config = &r->config, .targets = &r->targets};
    r->worker.shared = &r->shared;
    phases_init(&r->worker.phases, &r->config);
    assert_int_equal(sample_queue_init(&r->worker.samples, 64), 0);
    assert_int_equal(connection_table_init(&r->worker.table, 1, 2), 0);
    r->c = connection_at(&r->worker.table, 0);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct room *r = *state;
    connection_table_free(&r->worker.table);
    sample_queue_free(&r->worker.samples);
    targets_free(&r->targets);
    free(r);
    return 0;
}

/* A connection whose only request was sent at SENT_NS, 1 us after it was due, and answered after 30 us,
 * which the engine saw 2 us later. */
static struct place *send_one(struct room *r)
{
    struct connection *c = r->c;
    struct place *place = connection_place(&r->worker.table, c, 0);
    *place = (struct place){.request = 7,
                            .attempt = 1,
                            .due_ns = SENT_NS - 1000,
                            .scheduled_ns = SENT_NS - 1000,
                            .sent_ns = SENT_NS,
                            .sent_floor_ns = SENT_NS - 100,
                            .transmit_ns = SCHEMA_NS_NONE};
    c->state = CONNECTION_BUSY;
    c->in_flight = 1;
    c->has_stamp = true;
    c->connecting_ns = 0;
    c->first_byte_ns = SENT_NS + 29000;
    c->last_byte_ns = SENT_NS + 30000;
    c->seen_ns = SENT_NS + 32000;
    c->response.status = 200;
    c->response.head_seen = true;
    r->worker.in_flight = 1;
    return place;
}

static struct sample row_of(struct room *r)
{
    assert_int_equal(sample_ready(&r->worker.samples), 1);
    const struct sample_record *record = sample_at(&r->worker.samples, 0);
    assert_false(record->is_tick);
    const struct sample sample = record->sample;
    sample_release(&r->worker.samples, 1);
    return sample;
}

static struct sample answer(struct room *r)
{
    journal_response(&r->worker, r->c, false, r->c->last_byte_ns);
    assert_int_equal(r->worker.in_flight, 0);
    return row_of(r);
}

static void an_answer_has_all_its_times(void **state)
{
    struct room *r = *state;
    send_one(r);
    const struct sample sample = answer(r);
    assert_int_equal(sample.request, 7);
    assert_int_equal(sample.outcome, OUTCOME_OK);
    assert_int_equal(sample.stamp, STAMP_EXACT);
    assert_int_equal(sample.wait_ns, 0);
    assert_int_equal(sample.send_lag_ns, 1000);
    assert_int_equal(sample.first_byte_ns, 29000);
    assert_int_equal(sample.service_ns, 30000);
    assert_int_equal(sample.receive_lag_ns, 2000);
    assert_int_equal(schema_response_ns(&sample), r->c->last_byte_ns - (SENT_NS - 1000));
}

/* A row has a send path where its stamp came, and its other times are the same with it. */
static void the_send_path_is_the_stamps(void **state)
{
    struct room *r = *state;
    send_one(r)->transmit_ns = SENT_NS + 2900;
    struct sample sample = answer(r);
    assert_int_equal(sample.send_path_ns, 2900);
    assert_int_equal(sample.service_ns, 30000);
    assert_int_equal(sample.send_lag_ns, 1000);
    assert_int_equal(schema_series_ns(&sample, SERIES_WIRE), 27100);
    send_one(r)->transmit_ns = SENT_NS;
    sample = answer(r);
    assert_int_equal(sample.send_path_ns, 0);
    assert_int_equal(r->worker.anomalies[ANOMALY_SEND_STAMPS_MISSING], 0);
}

static void without_a_stamp_it_is_empty_and_what_was_awaited_is_counted(void **state)
{
    struct room *r = *state;
    send_one(r);
    struct sample sample = answer(r);
    assert_true(sample.send_path_ns == SCHEMA_NS_NONE);
    assert_int_equal(r->worker.anomalies[ANOMALY_SEND_STAMPS_MISSING], 0);
    send_one(r)->transmit_ns = PLACE_NS_AWAITED;
    sample = answer(r);
    assert_true(sample.send_path_ns == SCHEMA_NS_NONE);
    assert_true(schema_series_ns(&sample, SERIES_WIRE) == SCHEMA_NS_NONE);
    assert_int_equal(r->worker.anomalies[ANOMALY_SEND_STAMPS_MISSING], 1);
}

/* A request that left and was not answered keeps its stamp; one that has none is not missed: it may
 * never have left. */
static void failures_keep_their_stamps(void **state)
{
    struct room *r = *state;
    send_one(r)->transmit_ns = SENT_NS + 2900;
    journal_failure(&r->worker, r->c, OUTCOME_TIMEOUT, SENT_NS + 5 * NS_PER_MS);
    struct sample sample = row_of(r);
    assert_int_equal(sample.outcome, OUTCOME_TIMEOUT);
    assert_int_equal(sample.service_ns, 5 * NS_PER_MS);
    assert_int_equal(sample.send_path_ns, 2900);
    send_one(r)->transmit_ns = PLACE_NS_AWAITED;
    journal_failure(&r->worker, r->c, OUTCOME_RESET, SENT_NS + 1000);
    sample = row_of(r);
    assert_true(sample.send_path_ns == SCHEMA_NS_NONE);
    assert_int_equal(r->worker.anomalies[ANOMALY_SEND_STAMPS_MISSING], 0);
    send_one(r);
    r->c->state = CONNECTION_CONNECTING;
    journal_failure(&r->worker, r->c, OUTCOME_CONNECT_REFUSED, SENT_NS + 1000);
    sample = row_of(r);
    assert_true(sample.send_path_ns == SCHEMA_NS_NONE && sample.service_ns == SCHEMA_NS_NONE);
}

static void what_was_never_begun_has_no_times(void **state)
{
    struct room *r = *state;
    r->worker.now_ns = 5000;
    journal_unsent(&r->worker, 9, 2000);
    const struct sample sample = row_of(r);
    assert_int_equal(sample.outcome, OUTCOME_UNSENT);
    assert_int_equal(sample.wait_ns, 3000);
    assert_false(sample.has_connection);
    for (int s = 0; s < SERIES_COUNT; s++)
        assert_true(s == SERIES_WAIT || s == SERIES_RESPONSE ||
                    schema_series_ns(&sample, (enum series)s) == SCHEMA_NS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_has_all_its_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_send_path_is_the_stamps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_stamp_it_is_empty_and_what_was_awaited_is_counted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_keep_their_stamps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_never_begun_has_no_times, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
