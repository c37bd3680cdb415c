/* address.h - from a host's name, or what a run was told instead, to the addresses that answer. */
#ifndef TARE_ADDRESS_H
#define TARE_ADDRESS_H

#include "config.h"
#include "route.h"
#include "url.h"

#define ADDRESS_ERROR_MAX 768

/* Finds where a run's connections go, and where from: the addresses of the URL's host (getaddrinfo(3)), or of
 * config's proxy; or what its unix_socket, connect_to and resolve say instead. All are connected to at once:
 * a run never starts against a port where nothing listens. Of a name those that answer are used, in the
 * order of RFC 6724, and the others are left out; addresses that were given one by one must all answer. When
 * the first has answered, the others have a second more; else there are config's connect_timeout_ns.
 * Sources must be addresses of this machine. Returns 0; or -errno (or -EHOSTUNREACH for a name without
 * address), and cause and remedy in `error`. */
int address_find(const struct url *url, const struct config *config, struct routes *routes,
                 char error[ADDRESS_ERROR_MAX]);

/* Connects to an address within timeout_ns. Returns a socket that does not block; or -errno. */
int address_connect(const struct address *address, int64_t timeout_ns);

#endif
