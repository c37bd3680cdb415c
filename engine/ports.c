/* ports.c - a product, a rate times a time, and what to do about it. */
#include "ports.h"

#include "units.h"

#include <stdio.h>

/* How long a port is kept: TCP_TIMEWAIT_LEN; where it may be used anew, until the peer's clock has moved on
 * (tcp_tw_reuse_delay in ip-sysctl.rst). */
#define HELD_S 60u
#define HELD_REUSED_S 1u

static bool is_local(const struct routes *routes)
{
    return routes->to[0].storage.ss_family == AF_UNIX;
}

uint64_t ports_count(const struct ports *ports, const struct routes *routes)
{
    if (is_local(routes) || ports->high == 0)
        return UINT64_MAX;
    return (uint64_t)(ports->high - ports->low + 1) * route_count_pairs(routes);
}

static uint32_t held_s(const struct ports *ports, const struct routes *routes)
{
    const bool is_reused = ports->time_wait_reuse == 1 ||
                           (ports->time_wait_reuse == 2 && route_is_loopback(routes));
    return is_reused ? HELD_REUSED_S : HELD_S;
}

/* Thousandths of connections that are closed a second, as far as the options tell; 0: they do not. */
static uint64_t closed_milli(const struct config *config)
{
    uint64_t milli = config->connect_rate_milli;
    if (config->requests_per_connection == 0)
        return 0;
    if (config->loop == LOOP_OPEN) {
        const uint64_t asked = config->rate_milli / config->requests_per_connection;
        milli = milli > 0 && milli < asked ? milli : asked;
    }
    return milli;
}

uint64_t ports_needed(const struct ports *ports, const struct routes *routes,
                      const struct config *config)
{
    return config->connections + closed_milli(config) * held_s(ports, routes) / 1000;
}

/* "28,232: 32768 to 60999 (net.ipv4.ip_local_port_range) for each of 2 pairs of source and address" */
static void describe(const struct ports *ports, const struct routes *routes, char text[256])
{
    char count[UNITS_TEXT_MAX];
    const uint32_t pairs = route_count_pairs(routes);
    const int size = snprintf(text, 256, "%s: %u to %u (net.ipv4.ip_local_port_range)",
                              units_format_count(ports_count(ports, routes), count), ports->low,
                              ports->high);
    if (pairs > 1)
        snprintf(text + size, 256 - (size_t)size, " for each of %u pairs of source and address", pairs);
}

static const char *more_sources(const struct routes *routes)
{
    return route_is_loopback(routes) ? "connect from more sources (--source 127.0.0.2,127.0.0.3)"
                                     : "connect from more addresses of this machine (--source A,B)";
}

bool ports_check(const struct ports *ports, const struct routes *routes, const struct config *config,
                 char error[PORTS_ERROR_MAX])
{
    char count[UNITS_TEXT_MAX], there[256];
    if (config->connections <= ports_count(ports, routes))
        return true;
    units_format_count(config->connections, count);
    describe(ports, routes, there);
    snprintf(error, PORTS_ERROR_MAX,
             "%s connections need as many local ports, and there are %s\n      %s, widen the range "
             "(sysctl -w net.ipv4.ip_local_port_range='1024 65535'), or ask for fewer (-c)",
             count, there, more_sources(routes));
    return false;
}

bool ports_warn(const struct ports *ports, const struct routes *routes, const struct config *config,
                char text[PORTS_ERROR_MAX])
{
    char count[UNITS_TEXT_MAX], there[256];
    const uint64_t needed = ports_needed(ports, routes, config);
    if (needed <= ports_count(ports, routes))
        return false;
    units_format_count(needed, count);
    describe(ports, routes, there);
    snprintf(text, PORTS_ERROR_MAX,
             "closing connections at this rate may take %s local ports, each for %u s (TIME_WAIT), and "
             "there are %s\n      requests for which none is free end as connect_no_port; %s, or let "
             "connections serve more requests (--reuse, --requests-per-connection)",
             count, held_s(ports, routes), there, more_sources(routes));
    return true;
}
