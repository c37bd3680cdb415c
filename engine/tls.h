/* tls.h - the client's side of TLS over bytes: ciphertext in, plaintext out, and back (RFC 8446, RFC
 * 5246; by OpenSSL 3). No I/O and no clock: what the ring received is given, what is to be sent is
 * taken, so that receive stamps stay the kernel's. OpenSSL allocates where it likes, on handshakes
 * above all; a context and its connections are one thread's. */
#ifndef TARE_TLS_H
#define TARE_TLS_H

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_ERROR_MAX 512
#define TLS_VERSION_MAX 16
#define TLS_CIPHER_MAX 64
#define TLS_WHY_MAX 128 /* enough for tls_error() */

/* What the user asked for; all borrowed for tls_context_open(). */
struct tls_options {
    const char *host;     /* asked for by SNI (RFC 6066 section 3) and verified; NULL: neither */
    bool host_is_address; /* an IP literal: verified as such, and not named by SNI */
    bool is_insecure;     /* the certificate is not verified */
    bool is_new_each;     /* sessions are not resumed */
    const char *cacert;   /* PEM file of trusted certificates; NULL: the system's */
    const char *cert;     /* PEM file of the client's chain, or NULL */
    const char *key;      /* PEM file of its key; NULL: in cert */
    const char *ciphers;  /* as openssl-ciphers(1); names with "TLS_" are TLS 1.3's; NULL: default */
    enum tls_version version_min, version_max;
};

/* What all connections of a thread share: trust, keys, and the sessions to be resumed. Opaque. */
struct tls_context;

/* What came of its handshakes. */
struct tls_facts {
    uint64_t handshakes, resumed;
    char version[TLS_VERSION_MAX]; /* of the last; "" before it */
    char cipher[TLS_CIPHER_MAX];
};

/* The share of handshakes that resumed a session, 0 to 1. */
static inline double tls_resumption(const struct tls_facts *facts)
{
    return facts->handshakes > 0 ? (double)facts->resumed / (double)facts->handshakes : 0;
}

/* Reads the files that the options name. Returns a context; or NULL, with cause and remedy in error. */
struct tls_context *tls_context_open(const struct tls_options *options, char error[TLS_ERROR_MAX]);
void tls_context_free(struct tls_context *context);
const struct tls_facts *tls_context_facts(const struct tls_context *context);

/* One connection's TLS, for as many TCP connections as follow one another. Opaque. */
struct tls;

enum tls_result {
    TLS_MORE,  /* all that was given is consumed; bytes of the peer are awaited */
    TLS_DONE,  /* the handshake is done, or plaintext was read */
    TLS_ENDED, /* the peer said that it sends no more (close_notify) */
    TLS_UNTRUSTED, /* its certificate does not verify */
    TLS_REFUSED,   /* it sent an alert */
    TLS_BROKEN     /* its bytes are no TLS that we can speak */
};

/* Room for out_bytes of ciphertext is allocated (at least TLS_OUT_MIN_BYTES). NULL: no memory. */
#define TLS_OUT_MIN_BYTES 4096u
#define TLS_RECORD_BYTES_MAX 16384u /* of plaintext in a record (RFC 8446 section 5.1) */
#define TLS_OVERHEAD_BYTES_MAX 96u  /* around it: header, padding, explicit IV and tag of any cipher */
struct tls *tls_new(struct tls_context *context, size_t out_bytes);
void tls_free(struct tls *tls);

/* Begins with a new TCP connection, resuming one of the context's sessions where there is one. Returns
 * 0 or -ENOMEM. */
int tls_start(struct tls *tls);

/* Gives received bytes, borrowed until they are consumed: until the next TLS_MORE. */
void tls_give(struct tls *tls, const uint8_t *bytes, size_t size);

/* Goes on with the handshake; what is to be sent is in tls_output() whatever the result. Returns
 * TLS_MORE, TLS_DONE or a failure. */
enum tls_result tls_handshake(struct tls *tls);

/* Reads up to `room` bytes of plaintext. Returns TLS_DONE and *size > 0; or anything else, with
 * *size = 0. It may leave output (a key update is answered: RFC 8446 section 4.6.3). */
enum tls_result tls_read(struct tls *tls, uint8_t *bytes, size_t room, size_t *size);

/* Encrypts as much of bytes as the output has room for, whole records only; returns how much. After
 * tls_handshake() was done. */
size_t tls_write(struct tls *tls, const uint8_t *bytes, size_t size);

/* How many bytes one record of tls_write() would take now. */
size_t tls_room(const struct tls *tls);

/* Encrypts the word that we send no more (close_notify), unless the connection has failed. */
void tls_finish(struct tls *tls);

/* Is there more of what was given than what was read: another record, or a part of one? */
bool tls_has_more(const struct tls *tls);

/* What is to be sent. It stays where it is until tls_sent(), and more may come behind it. */
const uint8_t *tls_output(const struct tls *tls, size_t *size);
/* The first `size` bytes of it are sent: what is behind moves up. */
void tls_sent(struct tls *tls, size_t size);

/* Why the last call failed, in words without a line's end, for a person: what the certificate lacks,
 * which alert came. "" where it did not. */
const char *tls_error(const struct tls *tls);

#endif
