/* canary_fuzz.c - response_fuzz.c with a parser that forgets a length when a piece is one LF alone:
 * the fuzzer must find it, or it would find nothing else either. */
#include "response.h"

static enum response_result feed_forgets(struct response *r, const uint8_t *bytes, size_t size,
                                         size_t *consumed)
{
    if (size == 1 && bytes[0] == '\n' && r->fields.has_length && r->fields.length == 7)
        r->fields.has_length = false;
    return response_feed(r, bytes, size, consumed);
}

#define FEED feed_forgets
#include "response_fuzz.c"
