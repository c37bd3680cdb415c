/* stub_door.c - the life of a slot, event by event. */
#include "stub_door.h"

#include "check.h"
#include "limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Completions are reaped every turn, a few times a kernel's batch; more than this only spreads them
 * over more cache lines. What does not fit is kept by the kernel and comes later (NODROP). */
#define CQ_ENTRIES 8192u
#define GROUP 0

bool stub_door_open(struct stub_door *door, const struct stub_door_setup *setup, char *why,
                    size_t why_size)
{
    const struct ring_setup ring_setup = {.slots = setup->slots, .cq_entries = CQ_ENTRIES};
    const uint32_t overhead = setup->stamps ? RING_MESSAGE_OVERHEAD : 0;
    const char *step;
    int error;
    *door = (struct stub_door){.slots_count = setup->slots,
                               .listener_fd = setup->listener_fd,
                               .stamps = setup->stamps,
                               .retry_ns = STUB_TIMERS_NEVER};
    door->ring = ring_open(&ring_setup, &error, &step);
    if (!door->ring)
        goto fail;
    step = "io_uring_register_buf_ring";
    error = bufpool_open(&door->pool, door->ring, GROUP, setup->buffers,
                         setup->buffer_bytes + overhead);
    if (error < 0)
        goto fail_ring;
    step = "calloc";
    error = stub_timers_init(&door->lingering, setup->slots);
    if (error < 0)
        goto fail_pool;
    error = -ENOMEM;
    door->slots = calloc(setup->slots, sizeof *door->slots);
    if (!door->slots)
        goto fail_timers;
    ring_accept(door->ring, door->listener_fd);
    return true;

fail_timers:
    stub_timers_free(&door->lingering);
fail_pool:
    bufpool_close(&door->pool, door->ring);
fail_ring:
    ring_close(door->ring);
fail:
    ring_explain(error, step, why, why_size);
    return false;
}

void stub_door_close(struct stub_door *door)
{
    bufpool_close(&door->pool, door->ring);
    ring_close(door->ring);
    stub_timers_free(&door->lingering);
    free(door->slots);
}

static void arm(struct stub_door *door, uint32_t slot)
{
    const uint32_t generation = door->slots[slot].generation;
    door->slots[slot].receiving = true;
    if (door->stamps)
        ring_receive(door->ring, slot, generation, GROUP);
    else
        ring_receive_plain(door->ring, slot, generation, GROUP);
}

/* Closes an ending slot once nothing is under way on it any more. */
static void settle(struct stub_door *door, uint32_t slot)
{
    struct stub_slot *s = &door->slots[slot];
    if (s->state != STUB_SLOT_ENDING || s->receiving || s->sending)
        return;
    s->state = STUB_SLOT_CLOSING;
    ring_close_slot(door->ring, slot, s->generation);
}

void stub_door_end(struct stub_door *door, uint32_t slot)
{
    struct stub_slot *s = &door->slots[slot];
    CHECK(s->state == STUB_SLOT_OPEN || s->state == STUB_SLOT_LINGERING, ==, 1);
    stub_timers_drop(&door->lingering, slot);
    s->state = STUB_SLOT_ENDING;
    if (s->receiving)
        ring_cancel(door->ring, slot, s->generation);
    settle(door, slot);
}

void stub_door_linger(struct stub_door *door, uint32_t slot, int64_t now_ns)
{
    CHECK(door->slots[slot].state, ==, STUB_SLOT_OPEN);
    door->slots[slot].state = STUB_SLOT_LINGERING;
    ring_finish(door->ring, slot, door->slots[slot].generation);
    stub_timers_set(&door->lingering, slot, now_ns + LIMIT_STUB_LINGER_NS);
}

static enum stub_news read_accept(struct stub_door *door, const struct ring_event *event,
                                  struct stub_door_news *news)
{
    if (!event->more)
        door->retry_ns = 0; /* at the turn's end, or after a pause where it failed */
    if (event->result < 0) {
        door->refused += event->result == -ENFILE;
        door->retry_ns = clock_mono_ns() + LIMIT_STUB_RETRY_NS;
        return STUB_NEWS_NONE;
    }
    const uint32_t slot = (uint32_t)event->result;
    CHECK(slot, <, door->slots_count);
    /* Without DEFER_TASKRUN the slot may be filled again before the news of its closing is read. */
    CHECK(door->slots[slot].state == STUB_SLOT_FREE || door->slots[slot].state == STUB_SLOT_CLOSING,
          ==, 1);
    door->slots[slot] = (struct stub_slot){
        .generation = (door->slots[slot].generation + 1) & 0xffffff, .state = STUB_SLOT_OPEN};
    door->connections++;
    arm(door, slot);
    news->slot = slot;
    return STUB_NEWS_OPENED;
}

/* What a receive brought. A size of 0 is the stream's end, or no bytes at all where it failed. */
static struct ring_message message_of(struct stub_door *door, const struct ring_event *event)
{
    struct ring_message message = {.size = 0};
    if (!event->has_buffer)
        return message;
    const uint8_t *buffer = bufpool_take(&door->pool, event->buffer);
    if (door->stamps)
        CHECK(ring_message(buffer, event->result, &message), ==, true);
    else
        message = (struct ring_message){.bytes = buffer, .size = (uint32_t)event->result};
    return message;
}

static enum stub_news read_receive(struct stub_door *door, const struct ring_event *event,
                                   struct stub_door_news *news)
{
    struct stub_slot *slot = &door->slots[event->slot];
    const bool is_open = slot->state == STUB_SLOT_OPEN;
    CHECK(event->generation, ==, slot->generation); /* a slot outlives its receive */
    news->slot = event->slot;
    news->buffer = event->buffer;
    news->message = message_of(door, event);
    const bool goes_on = news->message.size > 0 || event->result == -ENOBUFS;
    slot->receiving = event->more;
    if (goes_on && !event->more && slot->state != STUB_SLOT_ENDING)
        arm(door, event->slot);
    if (is_open && news->message.size > 0)
        return STUB_NEWS_BYTES;
    if (event->has_buffer)
        bufpool_give(&door->pool, event->buffer);
    news->result = event->result < 0 ? event->result : 0;
    if (is_open && !goes_on)
        return STUB_NEWS_ENDED;
    if (slot->state == STUB_SLOT_LINGERING && !goes_on)
        stub_door_end(door, event->slot);
    else
        settle(door, event->slot);
    return STUB_NEWS_NONE;
}

static enum stub_news read_send(struct stub_door *door, const struct ring_event *event,
                                struct stub_door_news *news)
{
    struct stub_slot *slot = &door->slots[event->slot];
    if (event->generation != slot->generation)
        return STUB_NEWS_NONE;
    slot->sending = false;
    settle(door, event->slot);
    news->slot = event->slot;
    news->result = event->result;
    return slot->state == STUB_SLOT_OPEN ? STUB_NEWS_SENT : STUB_NEWS_NONE;
}

static void read_close(struct stub_door *door, const struct ring_event *event)
{
    struct stub_slot *slot = &door->slots[event->slot];
    if (event->generation != slot->generation)
        return;
    CHECK(event->result, ==, 0);
    slot->state = STUB_SLOT_FREE;
    if (door->retry_ns != STUB_TIMERS_NEVER)
        door->retry_ns = 0; /* there is room again */
}

enum stub_news stub_door_read(struct stub_door *door, const struct ring_event *event,
                              struct stub_door_news *news)
{
    switch (event->op) {
    case RING_RECEIVE: return read_receive(door, event, news);
    case RING_SEND: return read_send(door, event, news);
    case RING_ACCEPT: return read_accept(door, event, news);
    case RING_CLOSE: read_close(door, event); return STUB_NEWS_NONE;
    case RING_CONNECT:
    case RING_CANCEL:
    case RING_ERROR:
    case RING_DISARM:
    case RING_OP_COUNT: return STUB_NEWS_NONE;
    }
    return STUB_NEWS_NONE;
}

int stub_door_wait(struct stub_door *door, int64_t until_ns)
{
    int64_t timeout_ns = -1;
    if (until_ns != STUB_TIMERS_NEVER) {
        timeout_ns = until_ns - clock_mono_ns();
        timeout_ns = timeout_ns > 0 ? timeout_ns : 0;
    }
    /* A stop and a continue wake it as a signal does; -EBUSY and -EAGAIN pass with the events read.
     */
    const int error = ring_wait(door->ring, timeout_ns);
    if (error == -ETIME || error == -EINTR || error == -EBUSY || error == -EAGAIN)
        return 0;
    return error;
}

void stub_door_turn(struct stub_door *door, int64_t now_ns)
{
    uint32_t slot;
    bufpool_publish(&door->pool);
    while (stub_timers_take(&door->lingering, now_ns, &slot))
        stub_door_end(door, slot);
    if (door->retry_ns <= now_ns) {
        door->retry_ns = STUB_TIMERS_NEVER;
        ring_accept(door->ring, door->listener_fd);
    }
}

int64_t stub_door_due_ns(const struct stub_door *door)
{
    const int64_t linger_ns = stub_timers_first_ns(&door->lingering);
    return linger_ns < door->retry_ns ? linger_ns : door->retry_ns;
}

void stub_door_send(struct stub_door *door, uint32_t slot, const void *bytes, size_t size)
{
    CHECK(door->slots[slot].sending, ==, false);
    door->slots[slot].sending = true;
    ring_send(door->ring, slot, door->slots[slot].generation, bytes, size, true);
}

void stub_door_send_message(struct stub_door *door, uint32_t slot, const struct msghdr *message)
{
    CHECK(door->slots[slot].sending, ==, false);
    door->slots[slot].sending = true;
    ring_send_message(door->ring, slot, door->slots[slot].generation, message, true);
}

void stub_door_send_now(struct stub_door *door, uint32_t slot, const void *bytes, size_t size)
{
    ring_send_now(door->ring, slot, door->slots[slot].generation, bytes, size);
}
