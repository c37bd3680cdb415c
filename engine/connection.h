/* connection.h - a connection's states, and the table of them on hand.
 * A state machine that can be printed: (state, event) -> state, anything else is a bug. Pure: what
 * goes to the kernel is for exchange.h. A connection stands in exactly one list or in none. */
#ifndef TARE_CONNECTION_H
#define TARE_CONNECTION_H

#include "response.h"

#include <stdbool.h>
#include <stdint.h>

enum connection_state {
    CONNECTION_CLOSED,     /* no socket; may be given to a request */
    CONNECTION_CONNECTING, /* with or without a request that waits for it */
    CONNECTION_IDLE,       /* stands, no request */
    CONNECTION_BUSY,       /* a request was sent, its response is awaited */
    CONNECTION_CLOSING,    /* its operations are being cancelled, then its socket closed */
    CONNECTION_RESTING,    /* after failures: a pause before it may connect again */
    CONNECTION_STATES
};

enum connection_event {
    CONNECTION_CONNECT,   /* a connect was begun */
    CONNECTION_CONNECTED, /* and done */
    CONNECTION_REQUEST,   /* a request was sent */
    CONNECTION_RESPONSE,  /* its response is whole */
    CONNECTION_ABANDON,   /* closed by us, whatever the reason */
    CONNECTION_DRAINED,   /* its operations and its socket are gone */
    CONNECTION_REST,      /* it pauses */
    CONNECTION_RESTED,    /* the pause is over */
    CONNECTION_EVENTS
};

enum connection_list { LIST_NONE, LIST_CLOSED, LIST_IDLE, LIST_ACTIVE, LIST_RESTING, LIST_COUNT };

#define CONNECTION_NONE UINT32_MAX

struct connection {
    uint8_t state; /* enum connection_state */
    uint8_t list;  /* enum connection_list */
    bool has_request : 1;
    bool receive_armed : 1; /* these are with the kernel: each ends with an event */
    bool connect_pending : 1;
    bool send_pending : 1;
    bool cancel_pending : 1;
    bool close_pending : 1;
    bool rearm_wanted : 1;  /* stands in the list of receives to be armed again */
    bool has_stamp : 1; /* last_byte_ns is the kernel's */
    bool is_batched : 1; /* its request is prepared, and has no moment yet */
    uint8_t failures;   /* in a row, since the last response */
    uint32_t generation;
    uint32_t previous, next; /* in its list */
    uint32_t serial;         /* of the TCP connection in the run */
    uint32_t bytes_out;
    uint64_t request;
    int64_t scheduled_ns;
    int64_t began_ns;      /* connecting or sending began: what a timeout counts from */
    int64_t connecting_ns; /* how long connecting took for this request */
    int64_t sent_ns;
    int64_t sent_floor_ns; /* not before this */
    int64_t first_byte_ns; /* SCHEMA_NS_NONE before it came; run time */
    int64_t last_byte_ns;  /* of what was received so far; run time */
    int64_t seen_ns;       /* when the engine saw that byte; run time */
    int64_t freed_ns;      /* the last response's last byte, or when the connection was ready */
    struct response response;
};

/* All connections of a worker, in lists. */
struct connection_table {
    struct connection *connections;
    uint32_t count;
    uint32_t first[LIST_COUNT], last[LIST_COUNT], size[LIST_COUNT];
};

/* Allocates and touches `count` closed connections, all in LIST_CLOSED. Returns 0 or -ENOMEM. */
int connection_table_init(struct connection_table *table, uint32_t count);
void connection_table_free(struct connection_table *table);

/* The state after an event; CHECKs that the table of states has it. */
void connection_step(struct connection *connection, enum connection_event event);

/* Moves a connection to the end of a list, out of the one it was in. */
void connection_move(struct connection_table *table, struct connection *connection,
                     enum connection_list list);

/* The connection that has been in a list longest, NULL where it is empty. */
struct connection *connection_oldest(const struct connection_table *table,
                                     enum connection_list list);

/* Is any operation on it with the kernel? */
static inline bool connection_is_pending(const struct connection *c)
{
    return c->receive_armed || c->connect_pending || c->send_pending || c->cancel_pending ||
           c->close_pending;
}

/* The number that names it in the ring: its place in the table. */
static inline uint32_t connection_slot(const struct connection_table *table,
                                       const struct connection *connection)
{
    return (uint32_t)(connection - table->connections);
}

const char *connection_state_name(enum connection_state state);
const char *connection_event_name(enum connection_event event);

#endif
