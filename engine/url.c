/* url.c - a URL is taken apart from left to right: scheme, authority, target. Each part says what
 * is wrong with it. */
#include "url.h"

#include "scan.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define QUOTE_MAX 48 /* of a person's text in a message */

/* Writes the sentence and returns false. */
__attribute__((format(printf, 2, 3))) static bool refuse(char error[URL_ERROR_MAX],
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, URL_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* As "%.*s" takes it: long pieces are cut. */
static int quote_size(size_t size)
{
    return size < QUOTE_MAX ? (int)size : QUOTE_MAX;
}

static bool is_hex(char c)
{
    return scan_is_digit((uint8_t)c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* No byte that a request line cannot carry, wherever it stands. */
static bool check_bytes(const char *text, char error[URL_ERROR_MAX])
{
    const size_t size = strlen(text);
    if (size == 0)
        return refuse(error, "the URL is empty: give one such as http://127.0.0.1:8080/");
    if (size > LIMIT_URL_MAX_BYTES)
        return refuse(error, "the URL has %zu bytes, more than the %u that are allowed", size,
                      LIMIT_URL_MAX_BYTES);
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if (byte == ' ')
            return refuse(error, "the URL has a space at position %zu: write it as %%20", i + 1);
        if (byte < 0x20 || byte == 0x7f)
            return refuse(error, "the URL has a control byte (0x%02x) at position %zu: remove it",
                          byte, i + 1);
        if (byte > 0x7f)
            return refuse(error,
                          "the URL has a byte that is not ASCII (0x%02x) at position %zu: "
                          "write it as %%%02X in a path, and a host name in its xn-- form",
                          byte, i + 1, byte);
    }
    return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Reads "scheme://", if one stands there (RFC 3986 section 3.1). *rest: out, what follows it. */
static bool parse_scheme(const char *text, struct url *url, const char **rest,
                         char error[URL_ERROR_MAX])
{
    const size_t size = strspn(text, LETTERS DIGITS "+-.");
    const bool is_http = size == 4 && strncasecmp(text, "http", size) == 0;
    const bool is_https = size == 5 && strncasecmp(text, "https", size) == 0;
    url->scheme = is_https ? URL_HTTPS : URL_HTTP;
    url->port = is_https ? 443 : 80;
    *rest = text;
    if (strncmp(text + size, "://", 3) == 0) {
        if (!is_http && !is_https)
            return refuse(error, "the scheme \"%.*s\" is not http or https", quote_size(size),
                          text);
        *rest = text + size + 3;
    } else if ((is_http || is_https) && text[size] == ':' &&
               !scan_is_digit((uint8_t)text[size + 1])) {
        return refuse(error, "two slashes must follow \"%.*s:\", as in %.*s://127.0.0.1:8080/",
                      (int)size, text, (int)size, text);
    }
    return true;
}

/* Reads what follows the host: nothing, or ":" and a port; ":" alone is the scheme's own. */
static bool parse_port(const char *text, size_t size, struct url *url, char error[URL_ERROR_MAX])
{
    uint32_t port = 0;
    if (size <= 1)
        return true;
    for (size_t i = 1; i < size; i++) {
        if (!scan_is_digit((uint8_t)text[i]))
            return refuse(error, "the port \"%.*s\" is not a number", quote_size(size - 1),
                          text + 1);
        port = port > UINT16_MAX ? port : port * 10 + (uint32_t)(text[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return refuse(error, "the port \"%.*s\" is not between 1 and 65535", quote_size(size - 1),
                      text + 1);
    url->port = (uint16_t)port;
    return true;
}

/* Copies a host in lower case, since case means nothing in names (RFC 3986 section 3.2.2); in a
 * zone it does. */
static bool copy_host(const char *host, size_t size, struct url *url, char error[URL_ERROR_MAX])
{
    if (size == 0)
        return refuse(error, "the URL names no host: give one, as in http://127.0.0.1:8080/");
    if (size > URL_HOST_MAX_BYTES)
        return refuse(error, "the host \"%.*s...\" has %zu bytes, more than the %d of a name",
                      QUOTE_MAX, host, size, URL_HOST_MAX_BYTES);
    const char *zone = memchr(host, '%', size);
    for (size_t i = 0; i < size; i++)
        url->host[i] = zone && host + i > zone ? host[i] : (char)scan_lower((uint8_t)host[i]);
    url->host[size] = '\0';
    return true;
}

/* Takes the zone off an IPv6 literal's text: "fe80::1%25eth0" (RFC 6874) becomes "fe80::1%eth0"; a
 * bare '%' is taken as curl does. Returns where the zone begins, its '%', or NULL. */
static char *split_zone(char *host)
{
    char *zone = strchr(host, '%');
    if (zone && strncmp(zone, "%25", 3) == 0 && zone[3] != '\0')
        memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
    return zone;
}

/* Reads "[address]" (RFC 3986 section 3.2.2). *size: in, of the authority; out, of the host in it.
 */
static bool parse_ipv6(const char *authority, size_t *size, struct url *url,
                       char error[URL_ERROR_MAX])
{
    struct in6_addr address;
    const char *end = memchr(authority, ']', *size);
    if (!end)
        return refuse(error,
                      "the bracket of \"%.*s\" is not closed: an IPv6 address is written "
                      "as in http://[::1]:8080/",
                      quote_size(*size), authority);
    const size_t host_size = (size_t)(end - authority) - 1;
    if (host_size > 0 && !copy_host(authority + 1, host_size, url, error))
        return false;
    url->is_ipv6_literal = true;
    char *zone = split_zone(url->host);
    if (zone)
        *zone = '\0';
    const bool is_address = inet_pton(AF_INET6, url->host, &address) == 1;
    if (zone)
        *zone = '%';
    if (!is_address || (zone && zone[1 + strspn(zone + 1, LETTERS DIGITS "-._~")] != '\0') ||
        (zone && zone[1] == '\0'))
        return refuse(error, "\"%.*s\" is not an IPv6 address", quote_size(host_size + 2),
                      authority);
    *size = host_size + 2;
    return true;
}

/* A name whose last label is a number is meant to be an IPv4 address, or is a slip of the hand. */
static bool check_ipv4(const char *host, char error[URL_ERROR_MAX])
{
    struct in_addr address;
    const char *dot = strrchr(host, '.');
    const char *last = dot ? dot + 1 : host;
    if (last[0] == '\0' || last[strspn(last, DIGITS)] != '\0' ||
        inet_pton(AF_INET, host, &address) == 1)
        return true;
    return refuse(error,
                  "the host \"%.*s\" is not an IPv4 address: it has four numbers from 0 to "
                  "255, as 127.0.0.1",
                  quote_size(strlen(host)), host);
}

/* Reads a name or an IPv4 address. *size: in, of the authority; out, of the host in it. */
static bool parse_name(const char *authority, size_t *size, struct url *url,
                       char error[URL_ERROR_MAX])
{
    const char *colon = memchr(authority, ':', *size);
    const size_t host_size = colon ? (size_t)(colon - authority) : *size;
    if (colon && memchr(colon + 1, ':', *size - host_size - 1))
        return refuse(error,
                      "\"%.*s\" has two colons: an IPv6 address is written in brackets, as "
                      "in http://[::1]:8080/",
                      quote_size(*size), authority);
    if (!copy_host(authority, host_size, url, error))
        return false;
    const size_t good = strspn(url->host, LETTERS DIGITS "-._");
    if (good < host_size)
        return refuse(error, "the host \"%.*s\" holds a '%c', which no host name holds",
                      quote_size(host_size), authority, authority[good]);
    *size = host_size;
    return check_ipv4(url->host, error);
}

static bool parse_authority(const char *authority, size_t size, struct url *url,
                            char error[URL_ERROR_MAX])
{
    size_t host_size = size;
    url->is_ipv6_literal = false;
    url->host[0] = '\0';
    if (memchr(authority, '@', size))
        return refuse(error, "the URL holds a user name or a password: leave them out, and send "
                             "them as -H \"Authorization: Basic ...\"");
    if (size > 0 && authority[0] == '[' ? !parse_ipv6(authority, &host_size, url, error)
                                        : !parse_name(authority, &host_size, url, error))
        return false;
    if (host_size < size && authority[host_size] != ':')
        return refuse(error, "\"%.*s\" follows the address: only a colon and a port may",
                      quote_size(size - host_size), authority + host_size);
    return parse_port(authority + host_size, size - host_size, url, error);
}

/* Copies path and query up to the fragment, which is not sent (RFC 9110 section 7.1). */
static bool parse_target(const char *text, struct url *url, char error[URL_ERROR_MAX])
{
    const size_t size = strcspn(text, "#");
    const bool lacks_path = text[0] != '/';
    for (size_t i = 0; i < size; i++)
        if (text[i] == '%' && !(is_hex(text[i + 1]) && is_hex(text[i + 2])))
            return refuse(error,
                          "\"%.*s\" is no percent-encoding: a percent sign itself is "
                          "written %%25",
                          (int)strnlen(text + i, 3), text + i);
    url->target[0] = '/';
    memcpy(url->target + lacks_path, text, size);
    url->target[lacks_path + size] = '\0';
    return true;
}

bool url_parse(const char *text, struct url *url, char error[URL_ERROR_MAX])
{
    const char *authority;
    if (!check_bytes(text, error) || !parse_scheme(text, url, &authority, error))
        return false;
    const size_t size = strcspn(authority, "/?#");
    return parse_authority(authority, size, url, error) &&
           parse_target(authority + size, url, error);
}

char *url_format_authority(const struct url *url, char text[URL_AUTHORITY_MAX])
{
    const bool is_default = url->port == (url->scheme == URL_HTTPS ? 443 : 80);
    const int size = (int)strcspn(url->host, "%"); /* RFC 6874 section 1: a zone is local */
    const char *open = url->is_ipv6_literal ? "[" : "";
    const char *close = url->is_ipv6_literal ? "]" : "";
    if (is_default)
        snprintf(text, URL_AUTHORITY_MAX, "%s%.*s%s", open, size, url->host, close);
    else
        snprintf(text, URL_AUTHORITY_MAX, "%s%.*s%s:%u", open, size, url->host, close, url->port);
    return text;
}
