/* Where receives put their bytes: a worker that is made by hand, on a ring with real sockets. */
#include "arming.h"
#include "limits.h"

#include "loopback.h"

#define SMALL 100u
#define LARGE LIMIT_RESPONSE_LARGE_BYTES

struct bench {
    struct loopback loopback;
    struct worker worker;
};

/* A worker of `count` connections, of which `own` can have a buffer of their own. */
static struct bench *bench_open(uint32_t count, uint32_t own)
{
    struct bench *b = calloc(1, sizeof *b);
    struct worker *w = &b->worker;
    b->loopback = loopback_open(8, 8, RING_MESSAGE_OVERHEAD + 64);
    w->ring = b->loopback.ring;
    w->buffers = b->loopback.pool;
    w->rearm = calloc(count, sizeof *w->rearm);
    assert_int_equal(ownbuf_open(&w->own_buffers, own), 0);
    assert_int_equal(connection_table_init(&w->table, count, 1), 0);
    return b;
}

static void bench_close(struct bench *b)
{
    struct worker *w = &b->worker;
    b->loopback.pool = w->buffers;
    connection_table_free(&w->table);
    loopback_close(&b->loopback);
    ownbuf_close(&w->own_buffers);
    free(w->rearm);
    free(b);
}

/* A connection that stands; returns the other side's socket. */
static int stand(struct bench *b, struct connection *c)
{
    const int peer = connect_slot(&b->loopback, c->slot, c->generation);
    connection_step(c, CONNECTION_CONNECT);
    connection_step(c, CONNECTION_CONNECTED);
    response_start(&c->response, false);
    arming_start(&b->worker, c);
    arming_replenish(&b->worker);
    assert_true(c->receive_armed);
    return peer;
}

/* A byte comes, into a buffer of the kind that is expected. */
static void receive_byte(struct bench *b, struct connection *c, int peer, bool own)
{
    assert_int_equal(send(peer, "x", 1, MSG_NOSIGNAL), 1);
    const struct ring_event event = expect_event(&b->loopback, RING_RECEIVE, c->slot, c->generation);
    assert_int_equal(event.has_buffer, !own);
    assert_int_equal(event.more, !own);
    assert_int_equal(event.result, own ? 1 : RING_MESSAGE_OVERHEAD + 1);
    if (event.has_buffer) {
        bufpool_take(&b->worker.buffers, event.buffer);
        bufpool_give(&b->worker.buffers, event.buffer);
    }
    c->receive_armed = event.more;
}

/* A response was whole; what is wanted is armed at the end of the turn. */
static void end_response(struct bench *b, struct connection *c, uint64_t bytes)
{
    arming_note_whole(&b->worker, c, bytes);
    if (!c->receive_armed)
        arming_want(&b->worker, c);
    arming_replenish(&b->worker);
}

static void a_small_first_response_leads_to_the_shared_buffers(void **state)
{
    (void)state;
    struct bench *b = bench_open(1, 1);
    struct connection *c = connection_at(&b->worker.table, 0);
    const int peer = stand(b, c);
    receive_byte(b, c, peer, true);
    end_response(b, c, SMALL);
    assert_int_equal(c->own_buffer, OWNBUF_NONE);
    assert_int_equal(b->worker.own_buffers.free_count, 1);
    for (int i = 0; i < 20; i++) {
        receive_byte(b, c, peer, false);
        end_response(b, c, SMALL);
    }
    close(peer);
    bench_close(b);
}

/* The receive that was armed is ended, and one into the connection's own buffer follows; after some small
 * responses the other way round. */
static void a_large_response_leads_to_an_own_buffer_for_a_while(void **state)
{
    (void)state;
    struct bench *b = bench_open(1, 1);
    struct connection *c = connection_at(&b->worker.table, 0);
    const int peer = stand(b, c);
    receive_byte(b, c, peer, true);
    end_response(b, c, SMALL);
    receive_byte(b, c, peer, false);
    end_response(b, c, LARGE);
    const struct ring_event event = expect_event(&b->loopback, RING_RECEIVE, 0, c->generation);
    assert_int_equal(event.result, -ECANCELED);
    c->receive_armed = false;
    arming_want(&b->worker, c);
    arming_replenish(&b->worker);
    int count = 0;
    for (; c->own_buffer != OWNBUF_NONE; count++) {
        receive_byte(b, c, peer, true);
        end_response(b, c, SMALL);
        assert_true(count < 100);
    }
    assert_true(count > 1); /* where both kinds take turns, it keeps its own */
    receive_byte(b, c, peer, false);
    close(peer);
    bench_close(b);
}

/* Already the head tells, or what came so far. */
static void the_middle_of_a_large_response_is_enough(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    struct bench *b = bench_open(1, 1);
    struct connection *c = connection_at(&b->worker.table, 0);
    const int peer = stand(b, c);
    size_t consumed;
    receive_byte(b, c, peer, true);
    end_response(b, c, SMALL);
    response_feed(&c->response, (const uint8_t *)head, 20, &consumed);
    arming_note_part(&b->worker, c);
    assert_int_equal(c->own_buffer, OWNBUF_NONE);
    response_feed(&c->response, (const uint8_t *)head + 20, sizeof head - 21, &consumed);
    arming_note_part(&b->worker, c);
    assert_int_not_equal(c->own_buffer, OWNBUF_NONE);
    close(peer);
    bench_close(b);
}

static void where_all_own_buffers_are_in_use_the_shared_ones_serve(void **state)
{
    (void)state;
    struct bench *b = bench_open(2, 1);
    struct connection *first = connection_at(&b->worker.table, 0);
    struct connection *second = connection_at(&b->worker.table, 1);
    const int peer = stand(b, first), other = stand(b, second);
    receive_byte(b, second, other, false);
    end_response(b, second, LARGE);
    receive_byte(b, second, other, false);
    receive_byte(b, first, peer, true);
    end_response(b, first, SMALL); /* and gives it back */
    end_response(b, second, LARGE);
    assert_int_not_equal(second->own_buffer, OWNBUF_NONE);
    close(peer);
    close(other);
    bench_close(b);
}

/* What ended in the same turn is not armed, and what is wanted twice is armed once. */
static void only_a_connection_that_stands_is_armed(void **state)
{
    (void)state;
    struct bench *b = bench_open(1, 1);
    struct connection *c = connection_at(&b->worker.table, 0);
    const int peer = stand(b, c);
    receive_byte(b, c, peer, true);
    arming_want(&b->worker, c);
    arming_want(&b->worker, c);
    assert_int_equal(b->worker.rearm_count, 1);
    connection_step(c, CONNECTION_ABANDON);
    arming_replenish(&b->worker);
    assert_false(c->receive_armed);
    assert_int_equal(b->worker.rearm_count, 0);
    arming_end(&b->worker, c);
    arming_end(&b->worker, c);
    assert_int_equal(b->worker.own_buffers.free_count, 1);
    close(peer);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_first_response_leads_to_the_shared_buffers),
        cmocka_unit_test(a_large_response_leads_to_an_own_buffer_for_a_while),
        cmocka_unit_test(the_middle_of_a_large_response_is_enough),
        cmocka_unit_test(where_all_own_buffers_are_in_use_the_shared_ones_serve),
        cmocka_unit_test(only_a_connection_that_stands_is_armed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
