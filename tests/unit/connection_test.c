/* The table of a connection's states, and the lists, against a model that is plain and slow. */
#include "connection.h"
#include "random.h"

#include "dies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The legal steps, all of them. */
static const struct {
    const char *from, *event, *to;
} legal[] = {
    {"closed", "connect", "connecting"}, {"closed", "rest", "resting"},
    {"connecting", "connected", "idle"}, {"connecting", "abandon", "closing"},
    {"connecting", "secure", "securing"}, {"securing", "connected", "idle"},
    {"securing", "abandon", "closing"},
    {"idle", "request", "busy"},         {"idle", "abandon", "closing"},
    {"busy", "response", "idle"},        {"busy", "abandon", "closing"},
    {"busy", "request", "busy"},
    {"closing", "drained", "closed"},    {"resting", "rested", "closed"},
};

static const char *next_of(const char *state, const char *event)
{
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++)
        if (strcmp(legal[i].from, state) == 0 && strcmp(legal[i].event, event) == 0)
            return legal[i].to;
    return NULL;
}

struct step {
    enum connection_event event;
    struct connection connection; /* ends with its places: last */
};

static void take_step(void *argument)
{
    struct step *step = argument;
    connection_step(&step->connection, step->event);
}

static void every_step_is_legal_or_a_bug(void **state)
{
    (void)state;
    size_t steps = 0;
    for (int s = 0; s < CONNECTION_STATES; s++) {
        for (int e = 0; e < CONNECTION_EVENTS; e++) {
            struct step step = {.connection.state = (uint8_t)s, .event = (enum connection_event)e};
            const char *from = connection_state_name((enum connection_state)s);
            const char *event = connection_event_name((enum connection_event)e);
            const char *to = next_of(from, event);
            if (!to) {
                if (!dies(take_step, &step))
                    fail_msg("%s is possible while %s", event, from);
                continue;
            }
            take_step(&step);
            assert_string_equal(connection_state_name((enum connection_state)step.connection.state),
                                to);
            steps++;
        }
    }
    assert_int_equal(steps, sizeof legal / sizeof legal[0]);
}

static void take_unknown_step(void *unused)
{
    struct step step = {.event = CONNECTION_EVENTS};
    (void)unused;
    take_step(&step);
}

static void take_step_from_nowhere(void *unused)
{
    struct step step = {.connection.state = CONNECTION_STATES, .event = CONNECTION_CONNECT};
    (void)unused;
    take_step(&step);
}

static void name_unknown_state(void *unused)
{
    (void)unused;
    connection_state_name(CONNECTION_STATES);
}

static void name_unknown_event(void *unused)
{
    (void)unused;
    connection_event_name(CONNECTION_EVENTS);
}

static void what_is_not_in_the_table_is_a_bug(void **state)
{
    (void)state;
    assert_true(dies(take_unknown_step, NULL));
    assert_true(dies(take_step_from_nowhere, NULL));
    assert_true(dies(name_unknown_state, NULL));
    assert_true(dies(name_unknown_event, NULL));
}

/* ---- lists ---- */

#define COUNT 23u

/* The lists as arrays: from the longest in to the newest. */
struct model {
    uint32_t slots[LIST_COUNT][COUNT];
    uint32_t size[LIST_COUNT];
};

static void model_move(struct model *m, uint32_t slot, enum connection_list list)
{
    for (int l = 0; l < LIST_COUNT; l++) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < m->size[l]; i++)
            if (m->slots[l][i] != slot)
                m->slots[l][kept++] = m->slots[l][i];
        m->size[l] = kept;
    }
    if (list != LIST_NONE)
        m->slots[list][m->size[list]++] = slot;
}

/* Both ways through each list, and what every connection says of itself. */
static void check_lists(const struct connection_table *table, const struct model *m)
{
    for (int l = 0; l < LIST_COUNT; l++) {
        uint32_t at = table->first[l], previous = CONNECTION_NONE;
        assert_int_equal(table->size[l], m->size[l]);
        for (uint32_t i = 0; i < m->size[l]; i++) {
            assert_int_equal(at, m->slots[l][i]);
            const struct connection *c = connection_at(table, at);
            assert_int_equal(c->list, l);
            assert_int_equal(c->previous, previous);
            assert_int_equal(c->slot, at);
            previous = at;
            at = c->next;
        }
        assert_int_equal(at, CONNECTION_NONE);
        assert_int_equal(table->last[l], previous);
        const struct connection *oldest = connection_oldest(table, (enum connection_list)l);
        if (m->size[l] == 0)
            assert_null(oldest);
        else
            assert_int_equal(oldest->slot, m->slots[l][0]);
        if (l >= LIST_IDLE)
            assert_int_equal(table->roomy >> (l - LIST_IDLE) & 1, m->size[l] > 0);
    }
}

static void lists_agree_with_a_model(void **state)
{
    (void)state;
    struct connection_table table;
    struct model model = {.size = {0}};
    uint64_t seed = 6;
    assert_int_equal(connection_table_init(&table, COUNT, 1), 0);
    assert_int_equal(table.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        model_move(&model, i, LIST_CLOSED);
        assert_int_equal(connection_at(&table, i)->state, CONNECTION_CLOSED);
    }
    check_lists(&table, &model);
    for (int i = 0; i < 100000; i++) {
        const uint64_t dice = random_next(&seed);
        const uint32_t slot = (uint32_t)(dice % COUNT);
        const enum connection_list list = (enum connection_list)((dice >> 32) % LIST_COUNT);
        connection_move(&table, connection_at(&table, slot), list);
        model_move(&model, slot, list);
        check_lists(&table, &model);
    }
    connection_table_free(&table);
    assert_null(table.bytes);
    assert_int_equal(table.count, 0);
}

/* Served in turn: taken from the front and put back, every connection is used, the first again
 * last. */
static void the_longest_idle_comes_first(void **state)
{
    (void)state;
    struct connection_table table;
    assert_int_equal(connection_table_init(&table, 5, 1), 0);
    for (uint32_t i = 0; i < 5; i++)
        connection_move(&table, connection_at(&table, i), LIST_IDLE);
    for (uint32_t i = 0; i < 50; i++) {
        struct connection *c = connection_oldest(&table, LIST_IDLE);
        assert_int_equal(c->slot, i % 5);
        connection_move(&table, c, LIST_CONNECTING);
        assert_int_equal(table.size[LIST_IDLE], 4);
        connection_move(&table, c, LIST_IDLE);
    }
    connection_table_free(&table);
}

static void moving_within_a_list_goes_to_its_end(void **state)
{
    (void)state;
    struct connection_table table;
    assert_int_equal(connection_table_init(&table, 3, 1), 0);
    connection_move(&table, connection_at(&table, 1), LIST_CLOSED);
    assert_int_equal(table.size[LIST_CLOSED], 3);
    assert_int_equal(connection_oldest(&table, LIST_CLOSED)->slot, 0);
    assert_int_equal(table.last[LIST_CLOSED], 1);
    connection_table_free(&table);
}

/* ---- requests and their places ---- */

static struct connection *open_one(struct connection_table *table, uint32_t slot)
{
    struct connection *c = connection_at(table, slot);
    connection_step(c, CONNECTION_CONNECT);
    connection_step(c, CONNECTION_CONNECTED);
    connection_settle(table, c);
    return c;
}

static void give(struct connection_table *table, struct connection *c, uint64_t request)
{
    connection_place(table, c, c->in_flight)->request = request;
    c->in_flight++;
    connection_step(c, CONNECTION_REQUEST);
    connection_settle(table, c);
}

/* Requests in and out in all fillings of all sizes: the oldest is always first, and a place is taken by
 * the request that comes as many later as there are places. */
static void requests_keep_their_order_and_places(void **state)
{
    (void)state;
    for (uint32_t places = 1; places <= LIMIT_PIPELINE_MAX; places++) {
        struct connection_table table;
        uint64_t given = 0, answered = 0, seed = places;
        assert_int_equal(connection_table_init(&table, 3, places), 0);
        struct connection *c = connection_at(&table, 1);
        for (int round = 0; round < 2000; round++) {
            const bool wants_more = random_next(&seed) % 2 == 0;
            if (wants_more && c->in_flight < places) {
                struct place *place = connection_place(&table, c, c->in_flight);
                assert_int_equal(place->freed_ns, given < places ? 0 : (given - places) * 10 + 1);
                place->request = given++;
                c->in_flight++;
            } else if (!wants_more && c->in_flight > 0) {
                assert_int_equal(connection_place(&table, c, 0)->request, answered);
                connection_free_place(&table, c, (int64_t)(answered++ * 10 + 1));
            }
            assert_int_equal(c->in_flight, given - answered);
            for (uint32_t n = 0; n < c->in_flight; n++)
                assert_int_equal(connection_place(&table, c, n)->request, answered + n);
        }
        connection_table_free(&table);
    }
}

static void free_a_place_that_nobody_has(void *table)
{
    connection_free_place(table, connection_at(table, 0), 1);
}

static void a_place_is_freed_once(void **state)
{
    (void)state;
    struct connection_table table;
    assert_int_equal(connection_table_init(&table, 1, 2), 0);
    assert_true(dies(free_a_place_that_nobody_has, &table));
    connection_table_free(&table);
}

static void only_places_without_a_request_are_freed_together(void **state)
{
    (void)state;
    struct connection_table table;
    assert_int_equal(connection_table_init(&table, 1, 3), 0);
    struct connection *c = open_one(&table, 0);
    for (uint64_t i = 0; i < 3; i++)
        give(&table, c, i);
    connection_free_place(&table, c, 5);
    connection_free_place(&table, c, 6);
    connection_free_rest(&table, c, 9);
    assert_int_equal(connection_place(&table, c, 0)->request, 2);
    assert_int_equal(connection_place(&table, c, 0)->freed_ns, 0);
    assert_int_equal(connection_place(&table, c, 1)->freed_ns, 9);
    assert_int_equal(connection_place(&table, c, 2)->freed_ns, 9);
    connection_table_free(&table);
}

/* Idle ones, then those that must be opened, then those with the fewest requests, the longest waiting
 * first; and none that is full. */
static void the_next_request_goes_where_the_fewest_are(void **state)
{
    (void)state;
    struct connection_table table;
    uint32_t expected[] = {1, 2, 0, 1, 2, 1, 2};
    assert_int_equal(connection_table_init(&table, 3, 3), 0);
    open_one(&table, 1);
    open_one(&table, 2);
    for (uint64_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct connection *c = connection_next_free(&table);
        assert_non_null(c);
        assert_int_equal(c->slot, expected[i]);
        if (c->state == CONNECTION_CLOSED) {
            c->in_flight = 1;
            connection_step(c, CONNECTION_CONNECT);
            connection_settle(&table, c);
        } else {
            give(&table, c, i);
        }
    }
    assert_null(connection_next_free(&table));
    connection_free_place(&table, connection_at(&table, 2), 1);
    connection_settle(&table, connection_at(&table, 2));
    assert_int_equal(connection_next_free(&table)->slot, 2);
    connection_table_free(&table);
}

/* Nothing is given to a connection whose last request is still on its way out. */
static void what_is_being_sent_keeps_others_back(void **state)
{
    (void)state;
    struct connection_table table;
    assert_int_equal(connection_table_init(&table, 1, 4), 0);
    struct connection *c = open_one(&table, 0);
    give(&table, c, 0);
    assert_true(connection_has_room(&table, c));
    c->send_pending = true;
    connection_settle(&table, c);
    assert_null(connection_next_free(&table));
    c->send_pending = false;
    c->batched = 1;
    connection_settle(&table, c);
    assert_null(connection_next_free(&table));
    c->batched = 0;
    connection_settle(&table, c);
    assert_ptr_equal(connection_next_free(&table), c);
    connection_table_free(&table);
}

static void any_operation_keeps_a_connection_pending(void **state)
{
    (void)state;
    struct connection c = {.in_flight = 1, .rearm_wanted = true, .has_stamp = true};
    assert_false(connection_is_pending(&c));
    c.receive_armed = true;
    assert_true(connection_is_pending(&c));
    c = (struct connection){.connect_pending = true};
    assert_true(connection_is_pending(&c));
    c = (struct connection){.send_pending = true};
    assert_true(connection_is_pending(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_legal_or_a_bug),
        cmocka_unit_test(what_is_not_in_the_table_is_a_bug),
        cmocka_unit_test(lists_agree_with_a_model),
        cmocka_unit_test(the_longest_idle_comes_first),
        cmocka_unit_test(moving_within_a_list_goes_to_its_end),
        cmocka_unit_test(requests_keep_their_order_and_places),
        cmocka_unit_test(a_place_is_freed_once),
        cmocka_unit_test(only_places_without_a_request_are_freed_together),
        cmocka_unit_test(the_next_request_goes_where_the_fewest_are),
        cmocka_unit_test(what_is_being_sent_keeps_others_back),
        cmocka_unit_test(any_operation_keeps_a_connection_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
