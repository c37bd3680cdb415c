/* transmit.h - transmit stamps: when the kernel handed a request's last byte to the device, for a
 * seeded fraction of requests. They say what interpolating `sent` between two readings of the clock
 * leaves open: the way from there through TCP and IP, about 3 us on loopback.
 *
 * The socket asks once that stamps be reported (ring_stamp_socket()); a send asks for one by a control
 * message, so that others stay what they are. The stamp lies in the socket's error queue, on loopback
 * before the submission of the send is over. It is fetched at once, by a submission of its own, whose
 * result stands in memory when it returns. What was found on kernel 6.18 (build/unit/transmit_test shows
 * the first; `node tests/bench/recording.mjs` prints the cost of one in 64):
 * - A stamp that arrives wakes an armed multishot receive (POLLERR); the receive looks, finds no bytes,
 *   stays armed and makes no event. It costs one entry into the kernel, 0.2 us above an idle one.
 * - A send that has to wait for room while a stamp waits in the queue is tried 127 times, since the
 *   socket looks ready, and then left to a thread of the kernel's; so is a receive that is armed then.
 *   Hence none may be left when the kernel next looks at either.
 * - A stamped request costs 1.7 us more of CPU: at one in 64, 0.03 us or 0.5 % of a request.
 *   SOCKET_URING_OP_TX_TIMESTAMP (kernel 6.17) would save 0.25 us of it, and wants completions of twice
 *   the size and an operation armed on each connection: it is not used. */
#ifndef TARE_TRANSMIT_H
#define TARE_TRANSMIT_H

#include "clock.h"
#include "config.h"
#include "errqueue.h"
#include "limits.h"
#include "ring.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct transmit_read {
    struct msghdr message;
    _Alignas(struct cmsghdr) uint8_t control[ERRQUEUE_CONTROL_BYTES];
};

/* A worker's. Storage of the caller's; must outlive the operations, and not move. */
struct transmit {
    bool is_available; /* the ring has RING_TX_STAMPS */
    uint32_t one_in;   /* 0: none */
    uint64_t seed;     /* of the draw, mixed */
    uint64_t highest;  /* of a number that is drawn, where one_in is above 1 */
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint32_t))]; /* asks for a stamp */
    struct transmit_read reads[LIMIT_SUBMIT_BATCH];
};

void transmit_init(struct transmit *transmit, const struct config *config, bool is_available);

/* Is this one of the requests that carry a stamp? The same for the same seed, whatever else differs,
 * and drawn apart from the rows that --samples keeps. */
bool transmit_is_drawn(const struct transmit *transmit, uint64_t request, uint16_t attempt);

/* Lets a message that is about to be sent carry a stamp. */
void transmit_mark(const struct transmit *transmit, struct msghdr *message);

/* Prepares the reading of the oldest stamp in a slot's error queue into place `index`, below
 * LIMIT_SUBMIT_BATCH. */
void transmit_ask(struct transmit *transmit, struct ring *ring, uint32_t index, uint32_t slot,
                  uint32_t generation);

/* After the submission: what was asked for at `index`; false where there was none. */
bool transmit_answer(const struct transmit *transmit, uint32_t index, struct wall_time *stamp);

#endif
