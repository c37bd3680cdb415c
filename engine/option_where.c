/* option_where.c - rules and addresses are kept as they were typed, once they are known to be some. */
#include "option_where.h"

#include "detour.h"
#include "limits.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>

/* Appends a text to a list that grows to LIMIT_ADDRESSES_MAX. */
static bool append(const char *name, const char ***list, const char *const **shown, size_t *count,
                   const char *value, char *error)
{
    if (*count == LIMIT_ADDRESSES_MAX)
        return option_bad(error, "more than %u times %s\n      leave some out", LIMIT_ADDRESSES_MAX,
                          name);
    if (!*list)
        *list = calloc(LIMIT_ADDRESSES_MAX, sizeof **list);
    if (!*list)
        return option_bad(error, OPTION_NO_MEMORY);
    (*list)[(*count)++] = value;
    *shown = *list;
    return true;
}

bool option_read_connect_to(struct options *o, const char *value, char *error)
{
    char cause[DETOUR_ERROR_MAX];
    struct detour detour;
    if (!detour_parse(value, &detour, cause))
        return option_bad(error, "%s", cause);
    return append("--connect-to", &o->connect_to, &o->config.connect_to, &o->config.connect_to_count,
                  value, error);
}

bool option_read_resolve(struct options *o, const char *value, char *error)
{
    char cause[DETOUR_ERROR_MAX];
    struct resolution resolution;
    if (!detour_parse_resolution(value, &resolution, cause))
        return option_bad(error, "%s", cause);
    return append("--resolve", &o->resolve, &o->config.resolve, &o->config.resolve_count, value,
                  error);
}

bool option_read_sources(struct options *o, const char *value, char *error)
{
    struct address address;
    uint32_t count = 0;
    for (const char *at = value;; count++) {
        const size_t size = strcspn(at, ",");
        if (count == LIMIT_ADDRESSES_MAX)
            return option_bad(error, "--source names more than %u addresses\n      leave some out",
                              LIMIT_ADDRESSES_MAX);
        if (!route_parse(at, size, 0, &address))
            return option_bad(error, "--source %.*s is no address\n      write IPv4 or IPv6 addresses of "
                                     "this machine, as 127.0.0.2,127.0.0.3",
                              (int)(size < 100 ? size : 100), at);
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    o->config.sources = value;
    return true;
}

bool option_read_proxy(struct options *o, const char *value, char *error)
{
    char cause[URL_ERROR_MAX];
    struct url url;
    if (!url_parse(value, &url, cause))
        return option_bad(error, "--proxy %.200s: %s\n      write it as http://HOST:PORT", value, cause);
    if (url.scheme != URL_HTTP || strcmp(url.target, "/") != 0)
        return option_bad(error, "--proxy %.200s is not a plain HTTP proxy\n      write it as "
                                 "http://HOST:PORT",
                          value);
    o->config.proxy = value;
    return true;
}

bool option_check_where(struct config *c, char *error)
{
    const char *other = c->connect_to_count > 0 ? "--connect-to"
                        : c->resolve_count > 0  ? "--resolve"
                        : c->sources            ? "--source"
                        : c->proxy              ? "--proxy"
                                                : NULL;
    if (!c->unix_socket || !other)
        return true;
    return option_bad(error, "--unix-socket and %s exclude each other\n      leave one out", other);
}
