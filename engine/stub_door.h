/* stub_door.h - the connections of one thread of the stub: accepted into slots, received from, and
 * closed in the order that io_uring demands (the receive ends, the last send ends, then the slot is
 * closed). It knows nothing of HTTP: it turns events of the ring into news for the server behind
 * it.
 *
 * A slot's life: free, open, perhaps lingering (the stream is ended, what still comes is thrown
 * away until the client closes or LIMIT_STUB_LINGER_NS are over, RFC 9112 section 9.6), ending,
 * closing, free. */
#ifndef TARE_STUB_DOOR_H
#define TARE_STUB_DOOR_H

#include "bufpool.h"
#include "ring.h"
#include "stub_timers.h"

enum stub_slot_state {
    STUB_SLOT_FREE,
    STUB_SLOT_OPEN,
    STUB_SLOT_LINGERING,
    STUB_SLOT_ENDING, /* operations are yet to end */
    STUB_SLOT_CLOSING
};

struct stub_slot {
    uint32_t generation;
    uint8_t state;
    bool receiving; /* a receive is armed */
    bool sending;   /* a send that makes an event is under way */
};

struct stub_door {
    struct ring *ring;
    struct bufpool pool;
    struct stub_slot *slots;
    struct stub_timers lingering;
    int64_t retry_ns;     /* when to accept again; STUB_TIMERS_NEVER while accepting */
    uint64_t connections; /* accepted so far */
    uint64_t refused;     /* accepted by the kernel and dropped, for want of a slot */
    uint32_t slots_count;
    int listener_fd;
    bool stamps;
};

/* What an event meant. */
enum stub_news {
    STUB_NEWS_NONE,
    STUB_NEWS_OPENED, /* a connection in news->slot */
    STUB_NEWS_BYTES,  /* received: news->message; the buffer goes back by stub_door_give() */
    STUB_NEWS_SENT,   /* a send with an event ended, or one without did not do all: news->result */
    STUB_NEWS_ENDED /* nothing more is received: the client closed its side (news->result 0) or the
                     * connection failed (-errno); the slot stays open until stub_door_end() */
};

struct stub_door_news {
    uint32_t slot;
    int32_t result;
    uint16_t buffer;
    struct ring_message message;
};

struct stub_door_setup {
    uint32_t slots;
    uint32_t buffers;      /* a power of two */
    uint32_t buffer_bytes; /* of payload */
    int listener_fd;       /* borrowed; shutdown(2) of it ends accepting for good */
    bool stamps;           /* receive with the kernel's stamps */
};

/* Opens ring, buffers and slots in the calling thread, and begins to accept. Returns false with
 * cause and remedy in `why`, and nothing left open. */
bool stub_door_open(struct stub_door *door, const struct stub_door_setup *setup, char *why,
                    size_t why_size);

/* Frees all; sockets that are still open are closed by the kernel with the ring. */
void stub_door_close(struct stub_door *door);

/* Submits, and sleeps until there are events or until the monotonic moment until_ns. Returns 0
 * however it was woken, or -errno where the ring failed. */
int stub_door_wait(struct stub_door *door, int64_t until_ns);

/* Reads one event of the ring. */
enum stub_news stub_door_read(struct stub_door *door, const struct ring_event *event,
                              struct stub_door_news *news);

/* Gives back the buffer of STUB_NEWS_BYTES; the kernel sees it after stub_door_turn(). */
static inline void stub_door_give(struct stub_door *door, const struct stub_door_news *news)
{
    bufpool_give(&door->pool, news->buffer);
}

/* Publishes buffers, ends what has lingered, accepts again where that stopped. Once a turn. */
void stub_door_turn(struct stub_door *door, int64_t now_ns);

/* When stub_door_turn() has something to do; STUB_TIMERS_NEVER where only an event will bring it.
 */
int64_t stub_door_due_ns(const struct stub_door *door);

/* Sends; the slot is open and no send with an event is under way. The first two end with
 * STUB_NEWS_SENT, the third only where it could not send all at once (see ring_send_now()). */
void stub_door_send(struct stub_door *door, uint32_t slot, const void *bytes, size_t size);
void stub_door_send_message(struct stub_door *door, uint32_t slot, const struct msghdr *message);
void stub_door_send_now(struct stub_door *door, uint32_t slot, const void *bytes, size_t size);

/* Ends a connection now, or once its client has stopped sending. There is no news of it. */
void stub_door_end(struct stub_door *door, uint32_t slot);
void stub_door_linger(struct stub_door *door, uint32_t slot, int64_t now_ns);

static inline bool stub_door_is_open(const struct stub_door *door, uint32_t slot)
{
    return door->slots[slot].state == STUB_SLOT_OPEN;
}

#endif
