/* anomaly.h - the closed list of what should not happen and is counted when it does.
 * Nothing is silently corrected, dropped or folded: each anomaly has a name here, a counter in each
 * worker, and its place in run.json. New ones are appended. Pure. */
#ifndef TARE_ANOMALY_H
#define TARE_ANOMALY_H

#include <stdint.h>

enum anomaly {
    ANOMALY_SAMPLES_DROPPED,     /* rows that are missing from the files */
    ANOMALY_CQ_OVERFLOW,         /* completions that the kernel could not queue */
    ANOMALY_STAMPS_MISSING,      /* responses without the kernel's stamp where it was promised */
    ANOMALY_STAMPS_SHARED,       /* responses with others, or their bytes, in their last receive */
    ANOMALY_CLOCK_STEPPED,       /* the wall clock moved against the monotonic one by over 1 us */
    ANOMALY_CONNECTIONS_MISSING, /* connections that did not stand when the clock started */
    ANOMALY_RECORDING_STALLS,    /* requests held back because the writer was behind */
    ANOMALY_BUFFERS_EXHAUSTED,   /* receives that found no buffer (ENOBUFS); they were armed again */
    ANOMALY_RECEIVES_REARMED,    /* multishot receives that the kernel ended without an error */
    ANOMALY_STALE_EVENTS,        /* completions of a connection that was closed meanwhile */
    ANOMALY_SUBMITS_RETRIED,     /* submissions that the kernel put off (EBUSY, EAGAIN) */
    ANOMALY_KEEPALIVE_REFUSED,   /* responses after which the server wanted the connection closed */
    ANOMALY_CLOSED_WHILE_IDLE,   /* connections that the server closed between two requests */
    ANOMALY_EXCESS_BYTES,        /* responses with more bytes behind them; the connection was closed */
    ANOMALY_UNSOLICITED_BYTES,   /* bytes on an idle connection; it was closed */
    ANOMALY_RECONNECTS,          /* connections opened after the first of their slot */
    ANOMALY_LATENCY_OVERFLOW,    /* times above a histogram's range */
    ANOMALY_LATENCY_NEGATIVE,    /* times below zero: an error of stamping */
    ANOMALY_SENDS_MISDATED,      /* sends in a submission that stood still, or dated behind their answer */
    ANOMALY_CQ_FULL,             /* times completions had to wait outside of their queue */
    ANOMALY_SEND_STAMPS_MISSING, /* requests that were to carry a transmit stamp and have none */
    ANOMALY_SENDS_DATED_LATE,    /* transmit stamps before the moment their send was dated */
    ANOMALY_CLOSED_AT_SEND,      /* requests on a connection that stood already and ended without a byte */
    ANOMALY_RETRIES_DROPPED, /* another attempt was wanted, and too many were waiting */
    ANOMALY_COUNT
};

/* The stable name, as run.json has it. Static storage. */
const char *anomaly_name(enum anomaly anomaly);

/* What is counted, as the end of "12 ...". Static storage. */
const char *anomaly_sentence(enum anomaly anomaly);

#endif
