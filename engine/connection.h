/* connection.h - a connection's states, the requests on it, and the table of connections on hand.
 * A state machine that can be printed: (state, event) -> state, anything else is a bug. Pure: what
 * goes to the kernel is for exchange.h. A connection stands in exactly one list or in none. */
#ifndef TARE_CONNECTION_H
#define TARE_CONNECTION_H

#include "limits.h"
#include "response.h"

#include <stdbool.h>
#include <stdint.h>

enum connection_state {
    CONNECTION_CLOSED,     /* no socket; may be given to a request */
    CONNECTION_CONNECTING, /* with or without a request that waits for it */
    CONNECTION_SECURING,   /* the same: connected, and the handshake of TLS goes on */
    CONNECTION_IDLE,       /* stands, no request */
    CONNECTION_BUSY,       /* requests were sent, the oldest one's response is awaited */
    CONNECTION_CLOSING,    /* its operations are being cancelled */
    CONNECTION_RESTING,    /* after failures: a pause before it may connect again */
    CONNECTION_STATES
};

enum connection_event {
    CONNECTION_CONNECT,   /* a connect was begun */
    CONNECTION_SECURE,    /* and done, and TLS was begun */
    CONNECTION_CONNECTED, /* it is ready for requests */
    CONNECTION_REQUEST,   /* requests were sent */
    CONNECTION_RESPONSE,  /* the response to the last of them is whole */
    CONNECTION_ABANDON,   /* closed by us, whatever the reason */
    CONNECTION_DRAINED,   /* its slot may have another socket */
    CONNECTION_REST,      /* it pauses */
    CONNECTION_RESTED,    /* the pause is over */
    CONNECTION_EVENTS
};

/* From LIST_IDLE on there is a list for each number of requests in flight: of the connections that have
 * room for one more. Pipelining is what makes that more than one list. */
enum connection_list {
    LIST_NONE,
    LIST_CLOSED,
    LIST_CONNECTING,
    LIST_RESTING,
    LIST_IDLE,
    LIST_COUNT = LIST_IDLE + LIMIT_PIPELINE_MAX
};

#define CONNECTION_NONE UINT32_MAX

/* Its transmit stamp was asked for, and has not come. */
#define PLACE_NS_AWAITED (INT64_MIN + 1)

/* A place on a connection: for a request from its beginning to its row. */
struct place {
    uint64_t request;
    uint32_t target;
    uint16_t attempt; /* from 1 */
    int64_t scheduled_ns;
    int64_t due_ns;   /* when this attempt was: the first one when it was scheduled */
    int64_t freed_ns;      /* the last byte of the response before, or the connection was ready */
    int64_t sent_ns;
    int64_t sent_floor_ns; /* not before this */
    int64_t transmit_ns;   /* the kernel's stamp of its leaving; SCHEMA_NS_NONE: none was asked for */
};

struct connection {
    uint8_t state; /* enum connection_state */
    uint8_t list;  /* enum connection_list */
    uint8_t first_place; /* of the oldest request; the next ones follow, and behind the last place is
                          * the first */
    uint8_t in_flight;   /* requests with a place */
    uint8_t unsent;      /* of these, the newest, which have not been prepared */
    uint8_t batched;     /* of these, the newest but for the unsent, which are prepared and have no
                          * moment yet */
    bool receive_armed : 1; /* these are with the kernel: each ends with an event */
    bool connect_pending : 1;
    bool send_pending : 1;
    bool rearm_wanted : 1;  /* stands in the list of receives to be armed again */
    bool receives_once : 1; /* the receive that is armed has a buffer of its own */
    bool has_rest : 1;      /* more was in the socket when that buffer was filled */
    bool has_stamp : 1; /* last_byte_ns is the kernel's */
    uint8_t failures;   /* attempts in a row without a byte of a response (backoff.h) */
    uint8_t small_left;   /* small responses until it gives its own buffer back */
    uint16_t ghosts;      /* operations of its slot's earlier sockets that have yet to end */
    uint16_t own_buffer;  /* index of its own receive buffer; OWNBUF_NONE: it shares those of all */
    uint32_t slot;      /* the number that names it in the ring: its place in the table */
    uint32_t generation;
    uint32_t previous, next; /* in its list */
    uint32_t serial;         /* of the TCP connection in the run */
    uint32_t requests_left;  /* that may still be begun on it */
    int64_t began_ns;        /* connecting began; or its pause ends */
    int64_t connecting_ns; /* how long connecting took for the oldest request */
    int64_t first_byte_ns; /* of the response awaited; SCHEMA_NS_NONE before it came; run time */
    int64_t last_byte_ns;  /* of what was received so far; run time */
    int64_t seen_ns;       /* when the engine saw that byte; run time */
    struct response response; /* to the oldest request */
    struct place places[];
};

/* All connections of a worker, in lists. */
struct connection_table {
    uint8_t *bytes; /* the connections, one every `stride` bytes */
    size_t stride;
    uint32_t count;
    uint32_t places; /* on each connection */
    uint64_t roomy;  /* bit n: the list of those with n requests and room for more is not empty */
    uint32_t first[LIST_COUNT], last[LIST_COUNT], size[LIST_COUNT];
};

/* Allocates and touches `count` closed connections of `places` each, 1 to LIMIT_PIPELINE_MAX, all in
 * LIST_CLOSED. Returns 0 or -ENOMEM. */
int connection_table_init(struct connection_table *table, uint32_t count, uint32_t places);
void connection_table_free(struct connection_table *table);

static inline struct connection *connection_at(const struct connection_table *table, uint32_t slot)
{
    return (struct connection *)(void *)(table->bytes + slot * table->stride);
}

/* Has the processor fetch a connection that an event is of, before its turn comes: with many connections
 * the kernel's work on others has put it out of the near caches. */
static inline void connection_prefetch(const struct connection_table *table, uint32_t slot)
{
    const uint8_t *bytes = table->bytes + slot * table->stride;
    for (size_t at = 0; at < sizeof(struct connection) + sizeof(struct place); at += 64)
        __builtin_prefetch(bytes + at, 1);
}

/* The state after an event; CHECKs that the table of states has it. */
void connection_step(struct connection *connection, enum connection_event event);

/* Moves a connection to the end of a list, out of the one it was in. */
void connection_move(struct connection_table *table, struct connection *connection,
                     enum connection_list list);

/* The connection that has been in a list longest, NULL where it is empty. */
struct connection *connection_oldest(const struct connection_table *table,
                                     enum connection_list list);

/* The connection that the next request gets: one that is idle, else one that is closed, else of those
 * with the fewest requests, and among them the one that has waited longest, so that all are used. NULL
 * where no place is free. */
struct connection *connection_next_free(const struct connection_table *table);

/* May it have another request? One that is closed takes the one that it is opened for, and none gets more
 * than it has left. What is still
 * being sent keeps others back, so that none overtakes it. */
bool connection_has_room(const struct connection_table *table, const struct connection *connection);

/* Puts a connection into the list of those that may have a request like it, or into none. */
void connection_settle(struct connection_table *table, struct connection *connection);

/* The place of the n-th oldest request; n = in_flight: of the next one, where there is room. */
static inline struct place *connection_place(const struct connection_table *table,
                                             struct connection *c, uint32_t n)
{
    const uint32_t at = c->first_place + n;
    return &c->places[at < table->places ? at : at - table->places];
}

/* The oldest request is over: its place is free from freed_ns on. */
void connection_free_place(const struct connection_table *table, struct connection *connection,
                           int64_t freed_ns);

/* All places without a request are free from freed_ns on, and no sooner. */
void connection_free_rest(const struct connection_table *table, struct connection *connection,
                          int64_t freed_ns);

/* Is any operation on it with the kernel? */
static inline bool connection_is_pending(const struct connection *c)
{
    return c->receive_armed || c->connect_pending || c->send_pending;
}

const char *connection_state_name(enum connection_state state);
const char *connection_event_name(enum connection_event event);

#endif
