/* address.h - from a host's name to an address that answers. */
#ifndef TARE_ADDRESS_H
#define TARE_ADDRESS_H

#include "url.h"

#include <sys/socket.h>

#define ADDRESS_ERROR_MAX 512

struct address {
    struct sockaddr_storage storage;
    socklen_t size;
    char text[64]; /* "127.0.0.1:8080", "[::1]:8080" */
};

/* Resolves the host (getaddrinfo(3)) and connects to each of its addresses in turn until one answers,
 * within timeout_ns each: a run never starts against a port where nothing listens. Returns 0; or
 * -errno (or -EHOSTUNREACH for a name without address), and cause and remedy in `error`. */
int address_find(const struct url *url, int64_t timeout_ns, struct address *address,
                 char error[ADDRESS_ERROR_MAX]);

/* Connects to an address within timeout_ns. Returns a socket that does not block; or -errno. */
int address_connect(const struct address *address, int64_t timeout_ns);

#endif
