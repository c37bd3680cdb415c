/* ports.h - whether there are local ports enough for a run. A connection is known by its four numbers, so
 * that each pair of source and address has all local ports to itself (tcp(7), ip_local_port_range); and the
 * side that closes first keeps its port for a while (TIME_WAIT, RFC 9293 section 3.6.1). Pure. */
#ifndef TARE_PORTS_H
#define TARE_PORTS_H

#include "config.h"
#include "route.h"

#include <stdbool.h>
#include <stdint.h>

#define PORTS_ERROR_MAX 768

/* What the kernel says (ip-sysctl.rst). */
struct ports {
    uint32_t low, high;  /* net.ipv4.ip_local_port_range, of IPv6 too; 0 and 0: not known */
    int time_wait_reuse; /* net.ipv4.tcp_tw_reuse: 1 yes, 2 on loopback */
};

/* Connections that can stand at once; UINT64_MAX where nothing limits them (unix sockets) or it is not
 * known. */
uint64_t ports_count(const struct ports *ports, const struct routes *routes);

/* How many ports a run needs at most where it closes each connection first: those of its connections, and in
 * open loop or with a --connect-rate those of the connections that it closed while theirs were held. */
uint64_t ports_needed(const struct ports *ports, const struct routes *routes,
                      const struct config *config);

/* Are there enough for all connections to stand? Else false, with cause and remedy in `error`. */
bool ports_check(const struct ports *ports, const struct routes *routes, const struct config *config,
                 char error[PORTS_ERROR_MAX]);

/* May they run out while connections come and go? Then true, and a warning with what helps in `text`. */
bool ports_warn(const struct ports *ports, const struct routes *routes, const struct config *config,
                char text[PORTS_ERROR_MAX]);

#endif
