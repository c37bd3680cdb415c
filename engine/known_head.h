/* known_head.h - the head of the last response, and what it came to: the same bytes come to the
 * same, and need not be read again. Most servers send the same head to the same request until the
 * second of its Date is over, and comparing it costs a tenth of reading it. Pure: no I/O, no clock.
 * Of one thread. */
#ifndef TARE_KNOWN_HEAD_H
#define TARE_KNOWN_HEAD_H

#include "response.h"

#include <stddef.h>
#include <stdint.h>

#define KNOWN_HEAD_MAX_BYTES 512u /* longer heads are read every time */

/* Begins as zeros. */
struct known_head {
    struct response response; /* as it is behind the head */
    enum response_result result;
    uint32_t size;    /* of the head; 0: none is known */
    uint32_t useless; /* heads learned in a row of which none came again */
    uint32_t pause;   /* so many heads are not learned: they differ from one to the next */
    uint8_t bytes[KNOWN_HEAD_MAX_BYTES];
};

/* As response_feed_into(), with the same results. `known` serves any number of responses in turn. */
enum response_result known_head_feed(struct known_head *known, struct response *r,
                                     const uint8_t *bytes, size_t size, size_t *consumed,
                                     const struct sink *sink);

#endif
