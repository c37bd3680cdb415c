/* preflight.h - what would keep a run from starting, found before anything is written: each returns 0; or
 * -errno, and cause and remedy in `error`. */
#ifndef TARE_PREFLIGHT_H
#define TARE_PREFLIGHT_H

#include "address.h"
#include "config.h"
#include "run.h"
#include "tls.h"
#include "url.h"

/* Raises the limit of descriptors as far as it goes: a thread's ring has one for each connection. */
int preflight_descriptors(const struct config *config, char error[RUN_ERROR_MAX]);

/* Opens a ring, and closes it again. */
int preflight_ring(char error[RUN_ERROR_MAX]);

/* Finds where connections go and come from (address.h), and whether there are local ports enough; where they
 * may run out later, says so on stderr. local_ports: out, see struct result. */
int preflight_routes(const struct config *config, const struct url *url, struct routes *routes,
                     uint64_t *local_ports, char error[RUN_ERROR_MAX]);

/* With https: fills in `tls`, what handshakes shall be like, and tries one of them. It borrows the
 * config's and the URL's strings. */
int preflight_tls(const struct config *config, const struct url *url, const struct address *address,
                  struct tls_options *tls, char error[RUN_ERROR_MAX]);

#endif
