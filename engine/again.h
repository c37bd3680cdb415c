/* again.h - requests that are tried again after an attempt that failed: whether, and when; the pause keeps no
 * connection busy. Each attempt is a row with the request's number and scheduled time; the one that ends the
 * request has last = 1, and its response time spans them all. Where --retry is off, worker.again is NULL and
 * nothing of this costs anything. */
#ifndef TARE_AGAIN_H
#define TARE_AGAIN_H

#include "capture.h"
#include "worker.h"

/* A request between two attempts. */
struct again_entry {
    int64_t due_ns; /* when its pause ends; run time */
    int64_t scheduled_ns;
    uint64_t request;
    uint16_t attempt; /* the next one */
};

/* Of one thread. */
struct again {
    struct again_entry *heap; /* the one that is due first stands first */
    uint32_t count, room;
    struct capture *captures; /* a connection's */
};

/* Makes w->again where the config has retries. Returns 0 or -ENOMEM. */
int again_open(struct worker *w, uint32_t connections);
void again_close(struct worker *w);

/* Looks at what a connection receives, for Retry-After. */
void again_watch(struct worker *w, const struct connection *connection, const uint8_t *bytes, size_t size);

/* An attempt has ended: is another to follow? Then it waits for its turn. connection: that of an attempt that
 * was begun on one. Where as many wait as there is room for, it is not tried again, and that is counted. */
bool again_wants(struct worker *w, const struct connection *connection, const struct place *place,
                 enum outcome outcome);

/* How long until the next attempt is due; 0: it is; INT64_MAX: none waits. */
int64_t again_due_in_ns(const struct worker *w);

/* The sooner of a moment, so long from now, and that of the next attempt, where a connection could take it. */
int64_t again_sooner_ns(const struct worker *w, int64_t due_in_ns);

/* Begins the attempt that is due, on a connection with room. */
void again_begin(struct worker *w, struct connection *connection);

/* Begins attempts that are due, while there are connections for them. */
void again_dispatch(struct worker *w);

/* At the run's end: a row for each request that waits, as censored; before each, room is awaited. */
void again_censor(struct worker *w, void (*await_room)(struct worker *w));

#endif
