/* tls_probe.h - one handshake before the run, so that a server which is not trusted, or speaks no TLS, is
 * told in words before anything is written. */
#ifndef TARE_TLS_PROBE_H
#define TARE_TLS_PROBE_H

#include "address.h"
#include "tls.h"

/* Connects, shakes hands and says goodbye, within timeout_ns each. Returns 0; or -errno (-EPROTO: TLS
 * failed), and cause and remedy in `error`. */
int tls_probe(const struct tls_options *options, const struct address *address, int64_t timeout_ns,
              char error[TLS_ERROR_MAX]);

#endif
