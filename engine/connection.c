/* connection.c - the table of states, and intrusive lists by index. */
#include "connection.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NEVER CONNECTION_STATES

/* Rows: state; columns: CONNECT CONNECTED REQUEST RESPONSE ABANDON DRAINED REST RESTED. */
static const uint8_t steps[CONNECTION_STATES][CONNECTION_EVENTS] = {
    [CONNECTION_CLOSED] = {CONNECTION_CONNECTING, NEVER, NEVER, NEVER, NEVER, NEVER,
                           CONNECTION_RESTING, NEVER},
    [CONNECTION_CONNECTING] = {NEVER, CONNECTION_IDLE, NEVER, NEVER, CONNECTION_CLOSING, NEVER,
                               NEVER, NEVER},
    [CONNECTION_IDLE] = {NEVER, NEVER, CONNECTION_BUSY, NEVER, CONNECTION_CLOSING, NEVER, NEVER,
                         NEVER},
    [CONNECTION_BUSY] = {NEVER, NEVER, NEVER, CONNECTION_IDLE, CONNECTION_CLOSING, NEVER, NEVER,
                         NEVER},
    [CONNECTION_CLOSING] = {NEVER, NEVER, NEVER, NEVER, NEVER, CONNECTION_CLOSED, NEVER, NEVER},
    [CONNECTION_RESTING] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, CONNECTION_CLOSED},
};

static const char *const state_names[CONNECTION_STATES] = {"closed", "connecting", "idle",
                                                           "busy",   "closing",    "resting"};
static const char *const event_names[CONNECTION_EVENTS] = {
    "connect", "connected", "request", "response", "abandon", "drained", "rest", "rested"};

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

int connection_table_init(struct connection_table *table, uint32_t count)
{
    memset(table, 0, sizeof *table);
    for (int list = 0; list < LIST_COUNT; list++)
        table->first[list] = table->last[list] = CONNECTION_NONE;
    table->connections = malloc((size_t)count * sizeof *table->connections);
    if (!table->connections)
        return -ENOMEM;
    memset(table->connections, 0, (size_t)count * sizeof *table->connections);
    table->count = count;
    for (uint32_t i = 0; i < count; i++)
        connection_move(table, &table->connections[i], LIST_CLOSED);
    return 0;
}

void connection_table_free(struct connection_table *table)
{
    free(table->connections);
    table->connections = NULL;
    table->count = 0;
}

static void list_remove(struct connection_table *table, struct connection *connection)
{
    const enum connection_list list = connection->list;
    if (list == LIST_NONE)
        return;
    if (connection->previous != CONNECTION_NONE)
        table->connections[connection->previous].next = connection->next;
    else
        table->first[list] = connection->next;
    if (connection->next != CONNECTION_NONE)
        table->connections[connection->next].previous = connection->previous;
    else
        table->last[list] = connection->previous;
    table->size[list]--;
    connection->list = LIST_NONE;
}

void connection_move(struct connection_table *table, struct connection *connection,
                     enum connection_list list)
{
    list_remove(table, connection);
    if (list == LIST_NONE)
        return;
    const uint32_t slot = connection_slot(table, connection);
    connection->previous = table->last[list];
    connection->next = CONNECTION_NONE;
    if (connection->previous != CONNECTION_NONE)
        table->connections[connection->previous].next = slot;
    else
        table->first[list] = slot;
    table->last[list] = slot;
    table->size[list]++;
    connection->list = (uint8_t)list;
}

struct connection *connection_oldest(const struct connection_table *table,
                                     enum connection_list list)
{
    const uint32_t slot = table->first[list];
    return slot == CONNECTION_NONE ? NULL : &table->connections[slot];
}
