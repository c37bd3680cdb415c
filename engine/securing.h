/* securing.h - TLS on a worker's connections: the handshake behind a connect, ciphertext out by the
 * ring and in from it. A connection has one send at a time with the kernel, so that no byte overtakes
 * another; what came up meanwhile follows it. Encrypting is send lag, and decrypting is receive lag.
 * Where the URL is plain, worker.secure is NULL and nothing of this is called. */
#ifndef TARE_SECURING_H
#define TARE_SECURING_H

#include "worker.h"

/* One connection's. */
struct securing_slot {
    struct tls *tls;
    const uint8_t *rest; /* of a request that is larger than the output: what is to be encrypted yet */
    size_t rest_bytes;
    size_t sending_bytes; /* of the output, which the kernel has */
    int64_t connected_ns; /* the handshake began; run time */
    int64_t tls_ns;       /* how long it took for the oldest request; 0: it stood already */
    bool is_gone;         /* the peer has closed */
};

struct securing {
    struct tls_context *context;
    struct securing_slot *slots;
    uint8_t plain[TLS_RECORD_BYTES_MAX]; /* what was decrypted last */
};

/* Makes w->secure for all connections of the table, where the URL wants it. Returns 0 or -ENOMEM. */
int securing_open(struct worker *w);
/* Keeps what came of its handshakes in w->tls, and frees it. */
void securing_close(struct worker *w);

/* The connection is connected: begins the handshake. It ends with lifetime_ready(), or a failure. */
void securing_start(struct worker *w, struct connection *connection);

/* Handles bytes that came while the handshake goes on; 0 of them: the connection's end. */
void securing_received(struct worker *w, struct connection *connection, const uint8_t *bytes,
                       size_t size);

/* Decrypts up to a record of what was given to the slot's tls, into w->secure->plain, and reads the
 * clock. Results as tls_read(). */
enum tls_result securing_read(struct worker *w, const struct connection *connection, size_t *size);

/* All that was given is read: sends what that left to say, and offers a connection that has room, unless
 * more is in its socket already, which has to be looked at first. */
void securing_settle(struct worker *w, struct connection *connection);

/* Ends a connection of which TLS gave this failure, and the oldest request by its name. */
void securing_fail(struct worker *w, struct connection *connection, enum tls_result result);

/* Encrypts the newest c->batched requests in their order, one at least, as many as the output takes: the
 * others are unsent again. A large one's rest follows by itself. */
void securing_encrypt(struct worker *w, struct connection *connection);

/* What is to be sent, by one send with an event. */
const uint8_t *securing_output(struct worker *w, const struct connection *connection, size_t *size);

/* A send has ended well: what is left of a large request follows, or what came up meanwhile. */
void securing_sent(struct worker *w, struct connection *connection);

/* The connection is given up: says goodbye where it can (close_notify, or the alert of a failure). */
void securing_end(struct worker *w, const struct connection *connection);

#endif
