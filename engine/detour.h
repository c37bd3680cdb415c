/* detour.h - the rules of --connect-to and --resolve, as curl has them: where connections for a host and
 * port go instead. Pure: no I/O, no name is resolved. */
#ifndef TARE_DETOUR_H
#define TARE_DETOUR_H

#include "url.h"

#include <stdbool.h>
#include <stdint.h>

#define DETOUR_ERROR_MAX 512

/* A host and a port. */
struct detour_place {
    char host[URL_HOST_MAX_BYTES + 1]; /* lower case, without brackets; "": any, or as it was */
    uint16_t port;                     /* 0: any, or as it was */
};

/* HOST:PORT:TO-HOST:TO-PORT, each of which may be empty, IPv6 addresses in brackets. */
struct detour {
    struct detour_place of, to;
};

/* [+]HOST:PORT:ADDRESS[,ADDRESS]; the host may be "*", which is any. */
struct resolution {
    struct detour_place of;
    const char *addresses; /* borrowed of the text: addresses, with commas between */
};

/* Read a rule. Return true; or false, and a sentence with cause and remedy in `error`. */
bool detour_parse(const char *text, struct detour *detour, char error[DETOUR_ERROR_MAX]);
bool detour_parse_resolution(const char *text, struct resolution *resolution,
                             char error[DETOUR_ERROR_MAX]);

/* Is the rule one for this place? Case means nothing in names. */
bool detour_fits(const struct detour_place *of, const char *host, uint16_t port);

/* Sends `place` where the rule says, as far as it says anything. */
void detour_take(const struct detour *detour, struct detour_place *place);

#endif
