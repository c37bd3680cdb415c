/* arming.c - between a buffer of one's own and those of all. */
#include "arming.h"

#include "limits.h"
#include "sending.h"

/* After a large response so many small ones come before its connection shares buffers again: where both
 * kinds take turns, it keeps its own. */
#define SMALL_BEFORE_SHARING 16u

void arming_start(struct worker *w, struct connection *c)
{
    c->own_buffer = ownbuf_take(&w->own_buffers);
    c->small_left = 1;
    c->has_rest = false;
    arming_want(w, c);
}

static void want_own(struct worker *w, struct connection *c)
{
    c->small_left = SMALL_BEFORE_SHARING;
    if (c->own_buffer != OWNBUF_NONE)
        return;
    c->own_buffer = ownbuf_take(&w->own_buffers);
    if (c->own_buffer == OWNBUF_NONE || !c->receive_armed)
        return;
    sending_flush(w);
    ring_disarm(w->ring, RING_RECEIVE, c->slot, c->generation);
}

void arming_note_whole(struct worker *w, struct connection *c, uint64_t bytes)
{
    if (bytes >= LIMIT_RESPONSE_LARGE_BYTES)
        want_own(w, c);
    else if (c->own_buffer != OWNBUF_NONE && --c->small_left == 0)
        arming_end(w, c);
}

void arming_note_part(struct worker *w, struct connection *c)
{
    const struct response *r = &c->response;
    if (c->own_buffer == OWNBUF_NONE && (r->bytes >= LIMIT_RESPONSE_LARGE_BYTES ||
                                         response_content_left(r) >= LIMIT_RESPONSE_LARGE_BYTES))
        want_own(w, c);
}

void arming_want(struct worker *w, struct connection *c)
{
    if (c->rearm_wanted)
        return;
    c->rearm_wanted = true;
    w->rearm[w->rearm_count++] = c->slot;
}

static void arm(struct worker *w, struct connection *c)
{
    c->receive_armed = true;
    c->receives_once = c->own_buffer != OWNBUF_NONE;
    if (!c->receives_once) {
        ring_receive(w->ring, c->slot, c->generation, w->buffers.group);
        return;
    }
    /* Of what is encrypted nothing can be told beforehand, nor thrown away unseen. */
    const bool is_plain = !w->secure;
    const bool may_discard = is_plain && ring_has(w->ring, RING_DISCARD) && !judge_needs_content(&w->judge);
    struct ring_once *once =
        ownbuf_prepare(&w->own_buffers, c->own_buffer, !is_plain || response_begun(&c->response),
                       is_plain ? response_content_left(&c->response) : 0, may_discard);
    ring_receive_once(w->ring, c->slot, c->generation, once,
                      c->has_rest ? RING_MAY_BE_THERE : RING_NOT_YET);
}

void arming_replenish(struct worker *w)
{
    bufpool_publish(&w->buffers);
    if (w->rearm_count > 0)
        sending_flush(w);
    for (uint32_t i = 0; i < w->rearm_count; i++) {
        struct connection *c = connection_at(&w->table, w->rearm[i]);
        c->rearm_wanted = false;
        if (c->receive_armed || (c->state != CONNECTION_IDLE && c->state != CONNECTION_BUSY &&
                                 c->state != CONNECTION_SECURING))
            continue;
        sending_fetch_stamp(w, c); /* one that waits would keep it from being armed (transmit.h) */
        arm(w, c);
    }
    w->rearm_count = 0;
}

void arming_end(struct worker *w, struct connection *c)
{
    if (c->own_buffer != OWNBUF_NONE)
        ownbuf_give(&w->own_buffers, c->own_buffer);
    c->own_buffer = OWNBUF_NONE;
}
