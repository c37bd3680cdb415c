/* connection.c - the table of states, and intrusive lists by index. */
#include "connection.h"

#include "check.h"
#include "ownbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NEVER CONNECTION_STATES

/* Rows: state; columns: CONNECT SECURE CONNECTED REQUEST RESPONSE ABANDON DRAINED REST RESTED. */
static const uint8_t steps[CONNECTION_STATES][CONNECTION_EVENTS] = {
    [CONNECTION_CLOSED] = {CONNECTION_CONNECTING, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER,
                           CONNECTION_RESTING, NEVER},
    [CONNECTION_CONNECTING] = {NEVER, CONNECTION_SECURING, CONNECTION_IDLE, NEVER, NEVER,
                               CONNECTION_CLOSING, NEVER, NEVER, NEVER},
    [CONNECTION_SECURING] = {NEVER, NEVER, CONNECTION_IDLE, NEVER, NEVER, CONNECTION_CLOSING, NEVER,
                             NEVER, NEVER},
    [CONNECTION_IDLE] = {NEVER, NEVER, NEVER, CONNECTION_BUSY, NEVER, CONNECTION_CLOSING, NEVER,
                         NEVER, NEVER},
    [CONNECTION_BUSY] = {NEVER, NEVER, NEVER, CONNECTION_BUSY, CONNECTION_IDLE, CONNECTION_CLOSING,
                         NEVER, NEVER, NEVER},
    [CONNECTION_CLOSING] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, CONNECTION_CLOSED, NEVER, NEVER},
    [CONNECTION_RESTING] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER,
                            CONNECTION_CLOSED},
};

static const char *const state_names[CONNECTION_STATES] = {
    "closed", "connecting", "securing", "idle", "busy", "closing", "resting"};
static const char *const event_names[CONNECTION_EVENTS] = {
    "connect", "secure", "connected", "request", "response", "abandon", "drained", "rest", "rested"};

const char *connection_state_name(enum connection_state state)
{
    CHECK(state, <, CONNECTION_STATES);
    return state_names[state];
}

const char *connection_event_name(enum connection_event event)
{
    CHECK(event, <, CONNECTION_EVENTS);
    return event_names[event];
}

void connection_step(struct connection *connection, enum connection_event event)
{
    CHECK(connection->state, <, CONNECTION_STATES);
    CHECK(event, <, CONNECTION_EVENTS);
    const uint8_t next = steps[connection->state][event];
    CHECK(next, !=, NEVER);
    connection->state = next;
}

int connection_table_init(struct connection_table *table, uint32_t count, uint32_t places)
{
    CHECK(places, >=, 1);
    CHECK(places, <=, LIMIT_PIPELINE_MAX);
    memset(table, 0, sizeof *table);
    for (int list = 0; list < LIST_COUNT; list++)
        table->first[list] = table->last[list] = CONNECTION_NONE;
    table->stride = sizeof(struct connection) + places * sizeof(struct place);
    table->bytes = malloc(count * table->stride);
    if (!table->bytes)
        return -ENOMEM;
    memset(table->bytes, 0, count * table->stride);
    table->count = count;
    table->places = places;
    for (uint32_t i = 0; i < count; i++) {
        connection_at(table, i)->slot = i;
        connection_at(table, i)->own_buffer = OWNBUF_NONE;
        connection_at(table, i)->requests_left = UINT32_MAX;
        connection_move(table, connection_at(table, i), LIST_CLOSED);
    }
    return 0;
}

void connection_table_free(struct connection_table *table)
{
    free(table->bytes);
    table->bytes = NULL;
    table->count = 0;
}

/* Keeps `roomy` true to the list that a connection came into or went out of. */
static void mark(struct connection_table *table, enum connection_list list)
{
    const uint64_t bit = list >= LIST_IDLE ? 1ull << (list - LIST_IDLE) : 0;
    table->roomy = table->size[list] > 0 ? table->roomy | bit : table->roomy & ~bit;
}

static void list_remove(struct connection_table *table, struct connection *connection)
{
    const enum connection_list list = connection->list;
    if (list == LIST_NONE)
        return;
    if (connection->previous != CONNECTION_NONE)
        connection_at(table, connection->previous)->next = connection->next;
    else
        table->first[list] = connection->next;
    if (connection->next != CONNECTION_NONE)
        connection_at(table, connection->next)->previous = connection->previous;
    else
        table->last[list] = connection->previous;
    table->size[list]--;
    mark(table, list);
    connection->list = LIST_NONE;
}

void connection_move(struct connection_table *table, struct connection *connection,
                     enum connection_list list)
{
    list_remove(table, connection);
    if (list == LIST_NONE)
        return;
    connection->previous = table->last[list];
    connection->next = CONNECTION_NONE;
    if (connection->previous != CONNECTION_NONE)
        connection_at(table, connection->previous)->next = connection->slot;
    else
        table->first[list] = connection->slot;
    table->last[list] = connection->slot;
    table->size[list]++;
    mark(table, list);
    connection->list = (uint8_t)list;
}

struct connection *connection_oldest(const struct connection_table *table,
                                     enum connection_list list)
{
    const uint32_t slot = table->first[list];
    return slot == CONNECTION_NONE ? NULL : connection_at(table, slot);
}

struct connection *connection_next_free(const struct connection_table *table)
{
    if (table->size[LIST_IDLE] == 0 && table->size[LIST_CLOSED] > 0)
        return connection_oldest(table, LIST_CLOSED);
    if (table->roomy == 0)
        return NULL;
    const int fewest = __builtin_ctzll(table->roomy);
    return connection_oldest(table, (enum connection_list)(LIST_IDLE + fewest));
}

bool connection_has_room(const struct connection_table *table, const struct connection *c)
{
    if (c->state == CONNECTION_CLOSED)
        return c->in_flight == 0;
    return (c->state == CONNECTION_IDLE || c->state == CONNECTION_BUSY) && !c->send_pending &&
           c->batched == 0 && c->in_flight < table->places && c->requests_left > 0;
}

void connection_settle(struct connection_table *table, struct connection *c)
{
    if (!connection_has_room(table, c))
        connection_move(table, c, LIST_NONE);
    else if (c->state == CONNECTION_CLOSED)
        connection_move(table, c, LIST_CLOSED);
    else
        connection_move(table, c, (enum connection_list)(LIST_IDLE + c->in_flight));
}

void connection_free_place(const struct connection_table *table, struct connection *c,
                           int64_t freed_ns)
{
    CHECK(c->in_flight, >, 0);
    c->places[c->first_place].freed_ns = freed_ns;
    c->first_place = (uint8_t)(c->first_place + 1 == (int)table->places ? 0 : c->first_place + 1);
    c->in_flight--;
}

void connection_free_rest(const struct connection_table *table, struct connection *c,
                          int64_t freed_ns)
{
    for (uint32_t n = c->in_flight; n < table->places; n++)
        connection_place(table, c, n)->freed_ns = freed_ns;
}
