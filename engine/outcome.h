/* outcome.h - the closed list of the ways in which a request can end.
 * The order is the order of columns in seconds.csv: new outcomes are appended, none is renamed.
 * Pure: no I/O, no clock, no allocation. */
#ifndef TARE_OUTCOME_H
#define TARE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

enum outcome {
    OUTCOME_OK,                  /* a whole response, status below 400 */
    OUTCOME_STATUS_4XX,          /* a whole response, status 400 to 499 */
    OUTCOME_STATUS_5XX,          /* a whole response, status 500 and above (RFC 9110 section 15) */
    OUTCOME_CONNECT_REFUSED,     /* nothing listens there */
    OUTCOME_CONNECT_TIMEOUT,     /* no answer to the handshake in time */
    OUTCOME_CONNECT_UNREACHABLE, /* no route to host or network */
    OUTCOME_CONNECT_NO_PORT,     /* local ports are used up (EADDRNOTAVAIL) */
    OUTCOME_CONNECT_FAILED,      /* any other failure before the connection stood */
    OUTCOME_RESET,               /* the peer reset the connection */
    OUTCOME_CLOSED,              /* the connection was closed before the response was whole: by the
                                  * peer, or, with pipelining, since one before it failed */
    OUTCOME_MALFORMED,           /* the response breaks RFC 9112's framing */
    OUTCOME_IO_FAILED,           /* the kernel failed a send or a receive for another reason */
    OUTCOME_TIMEOUT,             /* censored: no whole response within --timeout */
    OUTCOME_IN_FLIGHT,           /* censored: the run ended first */
    OUTCOME_UNSENT,              /* censored: due, but never got a connection */
    OUTCOME_UNEXPECTED,          /* a whole response that --expect does not allow */
    OUTCOME_REDIRECT_REFUSED,    /* a whole response that leads where --follow does not go */
    OUTCOME_CONNECT_FORBIDDEN,   /* a local rule forbids it (EPERM, EACCES) */
    OUTCOME_UNREACHABLE,         /* a standing connection lost its route */
    OUTCOME_EXHAUSTED,           /* this machine is out of memory or descriptors */
    OUTCOME_TLS_UNTRUSTED,       /* the server's certificate does not verify (RFC 5280 section 6) */
    OUTCOME_TLS_REFUSED,         /* it sent an alert (RFC 8446 section 6.2) */
    OUTCOME_TLS_MALFORMED,       /* its bytes are no TLS, or none that both sides speak */
    OUTCOME_TLS_TRUNCATED,       /* the connection ended within the handshake, or a body that ends with
                                  * it without close_notify (RFC 8446 section 6.1) */
    OUTCOME_TLS_TIMEOUT,         /* connected, and no handshake done in time */
    OUTCOME_COUNT
};

enum outcome_class { OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_CENSORED };

/* The stable name of an outcome, as CSV and JSON have it. Static storage. */
const char *outcome_name(enum outcome outcome);

/* Success, failure or censored (its end was not seen: its latency is "at least"). */
enum outcome_class outcome_class(enum outcome outcome);

/* "success", "failure" or "censored". Static storage. */
const char *outcome_class_name(enum outcome_class class);

/* Does a whole response end a request in this way? */
bool outcome_is_answered(enum outcome outcome);

/* What the outcome tells a person, as the end of a sentence "12 requests ...". Static storage. */
const char *outcome_sentence(enum outcome outcome);

/* Finds an outcome by its name of `size` bytes. Returns false where there is none. */
bool outcome_parse(const char *name, size_t size, enum outcome *outcome);

/* The outcome of a whole response with this status (RFC 9110 section 15: an unknown class is 5xx). */
enum outcome outcome_of_status(int status);

/* The outcome of a failed connect, `error` being a positive errno: each that connect(2), tcp(7), ip(7)
 * and unix(7) name has its own; OUTCOME_CONNECT_FAILED is left for what none of them foresees. */
enum outcome outcome_of_connect_error(int error);

/* The same of a failed send or receive (send(2), recv(2)); left over is OUTCOME_IO_FAILED. */
enum outcome outcome_of_io_error(int error);

#endif
