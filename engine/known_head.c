/* known_head.c - one comparison instead of a parse, where a response begins with the head before.
 */
#include "known_head.h"

#include <string.h>

#define USELESS_MAX                                                                                \
    10 /* then one head in 1024 is learned: a response costs 0.1 % more, not double */

/* Does a response begin here with the head that is known, all of it? */
static inline bool is_known(const struct known_head *known, const struct response *r,
                            const uint8_t *bytes, size_t size)
{
    return known->size > 0 && size >= known->size && !response_begun(r) &&
           known->response.to_head == r->to_head && memcmp(bytes, known->bytes, known->size) == 0;
}

/* Reads the head once more, on its own, so that the response behind it is at hand. */
static void learn(struct known_head *known, bool to_head, const uint8_t *bytes, size_t size)
{
    const size_t most = size < KNOWN_HEAD_MAX_BYTES ? size : KNOWN_HEAD_MAX_BYTES;
    const uint8_t *end = memmem(bytes, most, "\r\n\r\n", 4);
    size_t consumed;
    known->size = 0;
    if (!end)
        return;
    const size_t head_bytes = (size_t)(end - bytes) + 4;
    response_start(&known->response, to_head);
    known->result = response_feed(&known->response, bytes, head_bytes, &consumed);
    if (known->result == RESPONSE_BAD || !known->response.head_seen)
        return; /* an interim head is followed by another */
    memcpy(known->bytes, bytes, head_bytes);
    known->size = (uint32_t)head_bytes;
}

static enum response_result recall(struct known_head *known, struct response *r,
                                   const uint8_t *bytes, size_t size, size_t *consumed,
                                   const struct sink *sink)
{
    known->useless = 0;
    known->pause = 0;
    *r = known->response;
    *consumed = 0;
    enum response_result result = known->result;
    if (result == RESPONSE_MORE && size > known->size)
        result = response_feed_into(r, bytes + known->size, size - known->size, consumed, sink);
    *consumed += known->size;
    return result;
}

enum response_result known_head_feed(struct known_head *known, struct response *r,
                                     const uint8_t *bytes, size_t size, size_t *consumed,
                                     const struct sink *sink)
{
    if (is_known(known, r, bytes, size))
        return recall(known, r, bytes, size, consumed, sink);
    const bool is_start = !response_begun(r);
    const enum response_result result = response_feed_into(r, bytes, size, consumed, sink);
    if (!is_start || result == RESPONSE_BAD)
        return result;
    if (known->pause > 0) {
        known->pause--;
        return result;
    }
    learn(known, r->to_head, bytes, size);
    known->useless += known->useless < USELESS_MAX;
    known->pause = (1u << known->useless) - 2;
    return result;
}
