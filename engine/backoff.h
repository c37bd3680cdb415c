/* backoff.h - how long a connection pauses before it is opened again. Only attempts that brought nothing
 * make it pause: a server that answers is never waited for, since a pause would shape the load. Pure. */
#ifndef TARE_BACKOFF_H
#define TARE_BACKOFF_H

#include "limits.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_NS (10 * NS_PER_MS)
#define BACKOFF_MAX_NS (1 * NS_PER_S)
#define BACKOFF_ATTEMPTS_MAX 100u /* counted no further */

/* Attempts to open a connection in a row that ended without a byte of a response, after another one.
 * has_connected: it stood at least, and may have been closed by a server that was just restarted: the
 * first such attempt makes no pause, where a failed connect does. */
static inline uint8_t backoff_count(uint8_t attempts, bool has_connected)
{
    const uint8_t next = (uint8_t)(attempts < BACKOFF_ATTEMPTS_MAX ? attempts + 1 : attempts);
    return next < 2 && !has_connected ? 2 : next;
}

/* From the begin of the last attempt to that of the next, in ns, after `attempts` as counted above: none
 * after one, then 10 ms, doubled up to 1 s. A dead port is so tried once a second by each connection,
 * and an attempt that took longer is followed by the next at once. */
static inline int64_t backoff_pause_ns(uint8_t attempts)
{
    const uint32_t doublings = attempts < 2 ? 0 : attempts - 2u;
    if (attempts < 2)
        return 0;
    return doublings > 6 ? BACKOFF_MAX_NS : BACKOFF_FIRST_NS << doublings;
}

#endif
