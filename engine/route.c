/* route.c - addresses as text and as the kernel has them, and turns by division. */
#include "route.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void route_format(struct address *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    uint16_t port;
    if (address->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        port = ntohs(in6->sin6_port);
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        port = ntohs(in->sin_port);
    }
    if (port == 0)
        snprintf(address->text, sizeof address->text, "%s", host);
    else
        snprintf(address->text, sizeof address->text,
                 address->storage.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
}

bool route_parse(const char *text, size_t size, uint16_t port, struct address *address)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char host[INET6_ADDRSTRLEN + 32], service[8];
    struct addrinfo *found = NULL;
    struct in_addr in;
    const bool has_brackets = size > 1 && text[0] == '[' && text[size - 1] == ']';
    if (has_brackets)
        text++, size -= 2;
    if (size == 0 || size >= sizeof host)
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    snprintf(service, sizeof service, "%u", port);
    /* getaddrinfo(3) takes 127.1 and 0x7f000001 too, which are slips of the hand here. */
    if (!strchr(host, ':') && (has_brackets || inet_pton(AF_INET, host, &in) != 1))
        return false;
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return false;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    freeaddrinfo(found);
    route_format(address);
    return true;
}

bool route_unix(const char *path, struct address *address)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
    const size_t size = strlen(path);
    memset(address, 0, sizeof *address);
    if (size == 0 || size >= sizeof un->sun_path)
        return false;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, size);
    address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
    snprintf(address->text, sizeof address->text, "unix:%s", path);
    return true;
}

bool route_equals(const struct address *a, const struct address *b)
{
    return a->size == b->size && memcmp(&a->storage, &b->storage, a->size) == 0;
}

const struct address *route_to(const struct routes *routes, uint32_t serial)
{
    return &routes->to[serial % routes->to_count];
}

static uint32_t count_sources(const struct routes *routes, sa_family_t family)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < routes->from_count; i++)
        count += routes->from[i].storage.ss_family == family;
    return count;
}

const struct address *route_from(const struct routes *routes, uint32_t serial)
{
    const sa_family_t family = route_to(routes, serial)->storage.ss_family;
    const uint32_t count = count_sources(routes, family);
    if (count == 0)
        return NULL;
    uint32_t left = serial / routes->to_count % count;
    for (uint32_t i = 0;; i++)
        if (routes->from[i].storage.ss_family == family && left-- == 0)
            return &routes->from[i];
}

uint32_t route_count_pairs(const struct routes *routes)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < routes->to_count; i++) {
        const uint32_t sources = count_sources(routes, routes->to[i].storage.ss_family);
        pairs += sources > 0 ? sources : 1;
    }
    return pairs;
}

bool route_is_loopback(const struct routes *routes)
{
    for (uint32_t i = 0; i < routes->to_count; i++) {
        const struct sockaddr_storage *at = &routes->to[i].storage;
        const struct sockaddr_in *in = (const struct sockaddr_in *)at;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)at;
        if (at->ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
            return false;
        if (at->ss_family == AF_INET6 && !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
            return false;
    }
    return true;
}
