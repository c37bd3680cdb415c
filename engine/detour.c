/* detour.c - from left to right: a host, a colon, a port, a colon, and the rest. */
#include "detour.h"

#include "route.h"
#include "scan.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Takes a host up to its colon, or in brackets. Returns what follows it, or NULL where it is too long or a
 * bracket stays open. */
static const char *take_host(const char *text, char host[URL_HOST_MAX_BYTES + 1])
{
    const bool has_brackets = text[0] == '[';
    const char *begin = text + has_brackets;
    const size_t size = strcspn(begin, has_brackets ? "]" : ":,");
    if (size > URL_HOST_MAX_BYTES || (has_brackets && begin[size] != ']'))
        return NULL;
    for (size_t i = 0; i < size; i++)
        host[i] = (char)scan_lower((uint8_t)begin[i]);
    host[size] = '\0';
    return begin + size + has_brackets;
}

/* Takes a colon and a port, which may lack. Returns what follows, or NULL. */
static const char *take_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    const char *at = text + 1;
    if (text[0] != ':')
        return NULL;
    for (; scan_is_digit((uint8_t)*at); at++) {
        value = value * 10 + (uint32_t)(*at - '0');
        if (value > UINT16_MAX)
            return NULL;
    }
    if (at > text + 1 && value == 0)
        return NULL;
    *port = (uint16_t)value;
    return at;
}

static const char *take_place(const char *text, struct detour_place *place)
{
    const char *rest = take_host(text, place->host);
    return rest ? take_port(rest, &place->port) : NULL;
}

bool detour_parse(const char *text, struct detour *detour, char error[DETOUR_ERROR_MAX])
{
    const char *rest = take_place(text, &detour->of);
    if (rest && *rest == ':')
        rest = take_place(rest + 1, &detour->to);
    else
        rest = NULL;
    if (rest && *rest == '\0')
        return true;
    snprintf(error, DETOUR_ERROR_MAX,
             "--connect-to %.200s is not HOST:PORT:HOST:PORT\n      write it as "
             "example.com:80:127.0.0.1:8080; a part may be empty, and IPv6 stands in brackets",
             text);
    return false;
}

/* Are all of them addresses, and as many as are allowed? */
static bool check_addresses(const char *list)
{
    struct address address;
    for (uint32_t count = 0; count < LIMIT_ADDRESSES_MAX; count++) {
        const size_t size = strcspn(list, ",");
        if (!route_parse(list, size, 0, &address))
            return false;
        if (list[size] == '\0')
            return true;
        list += size + 1;
    }
    return false;
}

bool detour_parse_resolution(const char *text, struct resolution *resolution,
                             char error[DETOUR_ERROR_MAX])
{
    /* curl's '+' lets an entry of its cache grow old; there is none here. */
    const char *rest = take_place(text[0] == '+' ? text + 1 : text, &resolution->of);
    if (rest && *rest == ':' && resolution->of.host[0] && resolution->of.port > 0 &&
        check_addresses(rest + 1)) {
        resolution->addresses = rest + 1;
        if (strcmp(resolution->of.host, "*") == 0)
            resolution->of.host[0] = '\0';
        return true;
    }
    snprintf(error, DETOUR_ERROR_MAX,
             "--resolve %.200s is not HOST:PORT:ADDRESS[,ADDRESS]\n      write it as "
             "example.com:80:127.0.0.1 with up to %u addresses; a host of * is any",
             text, LIMIT_ADDRESSES_MAX);
    return false;
}

bool detour_fits(const struct detour_place *of, const char *host, uint16_t port)
{
    return (of->port == 0 || of->port == port) &&
           (of->host[0] == '\0' || strcasecmp(of->host, host) == 0);
}

void detour_take(const struct detour *detour, struct detour_place *place)
{
    if (detour->to.host[0])
        memcpy(place->host, detour->to.host, sizeof place->host);
    if (detour->to.port > 0)
        place->port = detour->to.port;
}
