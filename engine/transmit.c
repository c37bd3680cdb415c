/* transmit.c - the draw, the control message that asks for a stamp, and places for what comes back. */
#include "transmit.h"

#include "check.h"
#include "random.h"

#include <linux/net_tstamp.h>
#include <string.h>

/* Sets this draw apart from the others that are made from the same seed. */
#define DRAW_SALT 0x7472616e736d6974ull

void transmit_init(struct transmit *transmit, const struct config *config, bool is_available)
{
    const uint32_t wanted = SOF_TIMESTAMPING_TX_SOFTWARE;
    const struct cmsghdr header = {.cmsg_len = CMSG_LEN(sizeof wanted),
                                   .cmsg_level = SOL_SOCKET,
                                   .cmsg_type = SO_TIMESTAMPING};
    memset(transmit, 0, sizeof *transmit);
    transmit->is_available = is_available;
    transmit->one_in = config->send_stamps_one_in;
    transmit->seed = random_mix(config->seed ^ DRAW_SALT);
    transmit->highest = UINT64_MAX / (transmit->one_in > 0 ? transmit->one_in : 1);
    memcpy(transmit->control, &header, sizeof header);
    memcpy(transmit->control + CMSG_LEN(0), &wanted, sizeof wanted);
}

bool transmit_is_drawn(const struct transmit *transmit, uint64_t request, uint16_t attempt)
{
    if (transmit->one_in <= 1)
        return transmit->one_in == 1;
    return random_mix(random_mix(request * 64 + attempt) ^ transmit->seed) <= transmit->highest;
}

void transmit_mark(const struct transmit *transmit, struct msghdr *message)
{
    message->msg_control = (void *)transmit->control;
    message->msg_controllen = sizeof transmit->control;
}

void transmit_ask(struct transmit *transmit, struct ring *ring, uint32_t index, uint32_t slot,
                  uint32_t generation)
{
    CHECK(index, <, LIMIT_SUBMIT_BATCH);
    struct transmit_read *read = &transmit->reads[index];
    read->message = (struct msghdr){.msg_control = read->control,
                                    .msg_controllen = sizeof read->control};
    ring_receive_error(ring, slot, generation, &read->message);
}

bool transmit_answer(const struct transmit *transmit, uint32_t index, struct wall_time *stamp)
{
    CHECK(index, <, LIMIT_SUBMIT_BATCH);
    const struct msghdr *message = &transmit->reads[index].message;
    return (message->msg_flags & MSG_ERRQUEUE) != 0 &&
           errqueue_find_stamp(message->msg_control, message->msg_controllen, stamp);
}
