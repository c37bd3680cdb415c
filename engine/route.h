/* route.h - the addresses that a run connects to and from, and whose turn it is. Pure, but for the name of
 * an IPv6 zone. */
#ifndef TARE_ROUTE_H
#define TARE_ROUTE_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t size;
    char text[128]; /* "127.0.0.1:8080", "[::1]:8080", "unix:/run/server"; of a source "127.0.0.2" */
};

struct routes {
    struct address to[LIMIT_ADDRESSES_MAX]; /* at least one */
    uint32_t to_count;
    struct address from[LIMIT_ADDRESSES_MAX]; /* without a port */
    uint32_t from_count;                      /* 0: the kernel chooses */
    struct address left_out[LIMIT_ADDRESSES_MAX]; /* addresses of the name that did not answer */
    int left_out_errors[LIMIT_ADDRESSES_MAX];     /* -errno */
    uint32_t left_out_count;
};

/* Reads an IPv4 or IPv6 address of `size` bytes, with or without brackets, and an IPv6 zone ("%eth0").
 * Returns false where it is none. port 0: the text has none. */
bool route_parse(const char *text, size_t size, uint16_t port, struct address *address);

/* Writes an address's text from its storage. */
void route_format(struct address *address);

/* Makes the address of a unix socket; false where the path is empty or too long for one (unix(7)). */
bool route_unix(const char *path, struct address *address);

/* Is it the same place? */
bool route_equals(const struct address *a, const struct address *b);

/* Where connection number `serial` goes: the addresses take turns. */
const struct address *route_to(const struct routes *routes, uint32_t serial);

/* Where it comes from: of the sources of the same family the one whose turn it is, so that every pair of
 * source and address has its turn; NULL where there is none. */
const struct address *route_from(const struct routes *routes, uint32_t serial);

/* How many pairs of source and address there are, each of which has all local ports to itself. */
uint32_t route_count_pairs(const struct routes *routes);

/* Is every address one of this machine's own, of 127.0.0.0/8 or ::1? */
bool route_is_loopback(const struct routes *routes);

#endif
