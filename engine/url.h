/* url.h - reads an http or https URL into what a connection and a request need (RFC 3986, RFC 9110
 * section 4.2). It resolves no name. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_URL_H
#define TARE_URL_H

#include "limits.h"

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_MAX_BYTES 255 /* a name in the DNS is at most 253 (RFC 1035 section 2.3.4) */
#define URL_ERROR_MAX 256      /* enough for any sentence written here, final zero included */

enum url_scheme { URL_HTTP, URL_HTTPS };

struct url {
    enum url_scheme scheme;
    uint16_t port;                     /* never 0; the scheme's own where none was given */
    bool is_ipv6_literal;              /* the host stood in brackets */
    char host[URL_HOST_MAX_BYTES + 1]; /* in lower case, without brackets; an IPv6 zone follows
                                          a '%', as getaddrinfo(3) takes it */
    char target[LIMIT_URL_MAX_BYTES +
                2]; /* path and query in origin form (RFC 9112 section 3.2.1) */
};

/* Reads `text`. "localhost:8080/x" without a scheme is http. An empty path becomes "/", a fragment
 * is dropped, an empty port is the scheme's own. Visible ASCII is taken as it stands, also where
 * RFC 3986 wants it percent-encoded ("|", "["), as curl does; nothing is decoded or normalised.
 * Returns true; or false, and a sentence with cause and remedy in `error`: user information,
 * spaces, control and non-ASCII bytes, broken percent-encodings, hosts that are no host. */
bool url_parse(const char *text, struct url *url, char error[URL_ERROR_MAX]);

/* Writes host and port as the Host field has them (RFC 9110 section 7.2): brackets around IPv6, no
 * zone, the port unless it is the scheme's own. */
#define URL_AUTHORITY_MAX (URL_HOST_MAX_BYTES + sizeof "[]:65535")
char *url_format_authority(const struct url *url, char text[URL_AUTHORITY_MAX]);

#endif
