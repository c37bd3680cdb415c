/* capture.h - the values of Retry-After and Location out of a response's head, where somebody wants them: a
 * second look at the same bytes, which framing does not have to pay for. Bytes may be cut anywhere. Pure. */
#ifndef TARE_CAPTURE_H
#define TARE_CAPTURE_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_AFTER_MAX_BYTES 64

/* All zeros: nothing has come of the response. What framing refuses is of no interest here. */
struct capture {
    uint8_t state;
    uint8_t field; /* of the value being read */
    uint8_t name_size;
    char name[12];
    uint32_t line_size;
    char status[3];
    uint16_t retry_after_size, location_size; /* 0: there is none; above its limit: it was too long */
    char retry_after[CAPTURE_AFTER_MAX_BYTES];
    char location[LIMIT_LOCATION_MAX_BYTES];
};

/* Begins a response. */
void capture_start(struct capture *capture);

/* Looks at the next bytes; from the end of the final head on at none of them. */
void capture_feed(struct capture *capture, const uint8_t *bytes, size_t size);

#endif
