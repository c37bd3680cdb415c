/* stub_shared.h - what the stub's threads have in common, and what each of them counts.
 * The numbers are handed out to all threads from one place, so that a client sees one server.
 * --null hands out none. */
#ifndef TARE_STUB_SHARED_H
#define TARE_STUB_SHARED_H

#include "stub_options.h"
#include "stub_queue.h"
#include "stub_response.h"

#include <stdatomic.h>

struct stub_shared {
    const struct stub_options *options;
    struct stub_body body;
    struct stub_queue queue; /* --servers */
    uint32_t slots; /* connections that a thread can hold */
    int log_fd;     /* negative: no log */
    atomic_bool stop;
    atomic_uint_fast64_t requests;    /* n of the next request */
    atomic_uint_fast64_t unnumbered;  /* the next number for a request that brings none */
    atomic_uint_fast64_t connections; /* the next connection's serial number */
};

struct stub_counts {
    uint64_t served;    /* requests that got their answer */
    uint64_t malformed; /* requests that broke a rule and were refused */
    uint64_t dropped;   /* answers that were due when their connection ended, or the server did */
    uint64_t connections;
    uint64_t refused; /* connections for which there was no room */
    uint64_t bytes_in;
    uint64_t bytes_out;
};

#endif
