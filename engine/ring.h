/* ring.h - one io_uring, and the only room that knows liburing.
 *
 * A ring belongs to the thread that opened it (SINGLE_ISSUER). Sockets live in numbered slots of its
 * file table; an operation names its slot and the slot's generation, and both come back with the
 * event, so that an event of an earlier socket in the same slot is told apart. Preparing an operation
 * never fails: where the submission queue is full it is submitted first. Nothing here allocates after
 * ring_open(). Flags and their fallbacks follow io_uring_setup(2) and research on kernel 6.1. */
#ifndef TARE_RING_H
#define TARE_RING_H

#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct ring; /* opaque: holds liburing's */

/* What an event answers. */
enum ring_op {
    RING_CONNECT,
    RING_RECEIVE,
    RING_SEND,
    RING_CANCEL,
    RING_CLOSE,
    RING_ACCEPT,
    RING_ERROR, /* an error queue was empty; it asks for nothing */
    RING_DISARM, /* there was nothing to disarm; it asks for nothing */
    RING_OP_COUNT
};

/* What may be missing on a kernel, or be switched off by TARE_DISABLE=name,name. */
enum ring_feature {
    RING_SINGLE_ISSUER, /* single_issuer, kernel 6.0 */
    RING_DEFER_TASKRUN, /* defer_taskrun, kernel 6.1; without it coop_taskrun */
    RING_COOP_TASKRUN,  /* coop_taskrun, kernel 5.19 */
    RING_TASKRUN_FLAG,  /* taskrun_flag, kernel 5.19: spinning without a system call */
    RING_REGISTERED_FD, /* ring_fd, kernel 5.18 */
    RING_RX_STAMPS,     /* rx_stamps: SO_TIMESTAMPING; without it the engine's own clock */
    RING_TX_STAMPS,     /* tx_stamps: transmit stamps of single sends; needs rx_stamps */
    RING_DISCARD,       /* discard: the kernel throws content away; without it content is copied */
    RING_FEATURE_COUNT
};

struct ring_event {
    enum ring_op op;
    uint32_t slot;
    uint32_t generation; /* 24 bits */
    int32_t result;      /* count or -errno */
    uint16_t buffer;     /* valid if has_buffer: to be given back to its bufpool */
    bool has_buffer;
    bool more; /* the operation stays armed */
    bool has_rest; /* of a receive: there is more in the socket already */
};

struct ring_setup {
    uint32_t slots;      /* size of the file table, bounded by RLIMIT_NOFILE */
    uint32_t cq_entries; /* at least as many as events can be outstanding; rounded up to 2^n */
    bool is_local;       /* its sockets are unix(7) ones, which have no stamps and discard nothing */
};

/* Opens a ring in the calling thread. On failure returns NULL, *error is -errno, and *step names the
 * call that failed (static storage). ring_explain() turns both into advice. */
struct ring *ring_open(const struct ring_setup *setup, int *error, const char **step);
void ring_close(struct ring *ring);

/* Why a ring could not be opened, as a cause and a remedy of one sentence each, into text. */
void ring_explain(int error, const char *step, char *text, size_t size);

/* Whether TARE_DISABLE names this (reads the environment: at set-up only). Beside features it may name
 * cq_room, buffer_room and queue_room: completion queue, receive buffers and the queue to the writer are
 * then as small as they can be, so that tests see what happens when they are full. */
bool ring_disabled(const char *name);
bool ring_feature_disabled(enum ring_feature feature);
const char *ring_feature_name(enum ring_feature feature);
bool ring_has(const struct ring *ring, enum ring_feature feature);

/* The liburing version that this was compiled against, "2.3". */
const char *ring_library_version(void);

/* Puts a socket into a slot; the slot holds it from then on and the caller may close fd. One that was
 * there is closed when the last operation on it has ended. Returns 0 or -errno. */
int ring_slot_install(struct ring *ring, uint32_t slot, int fd);
/* Closes the slot's socket in the same way, and leaves the slot empty. */
void ring_slot_clear(struct ring *ring, uint32_t slot);

/* Registers a provided-buffer ring (see bufpool.h). Returns 0 or -errno. */
int ring_register_buffers(struct ring *ring, void *entries, uint32_t count, uint16_t group);
void ring_unregister_buffers(struct ring *ring, uint16_t group);

/* Operations. Addresses and bytes are borrowed until the event, or, for sends without event, until
 * the slot is closed. */
void ring_connect(struct ring *ring, uint32_t slot, uint32_t generation,
                  const struct sockaddr *address, socklen_t size);
/* Arms a multishot recvmsg whose buffers carry the kernel's receive stamp; see ring_message(). */
void ring_receive(struct ring *ring, uint32_t slot, uint32_t generation, uint16_t group);
/* Receives once, into storage of the caller's, which is the kernel's until the event: up to
 * piece.iov_len bytes at piece.iov_base, or, with `discards`, to nowhere: then the base is not touched,
 * and the stream's socket must be TCP. See ring_message_once(). Ends with result 0 at the stream's end. */
struct ring_once;
enum ring_arrival { RING_MAY_BE_THERE, RING_NOT_YET };
void ring_receive_once(struct ring *ring, uint32_t slot, uint32_t generation,
                       struct ring_once *once, enum ring_arrival arrival);
/* Ends one operation of the slot's: by its event with -ECANCELED unless it comes to another end before.
 * There is an event of the disarming only where there was no such operation, RING_DISARM. */
void ring_disarm(struct ring *ring, enum ring_op op, uint32_t slot, uint32_t generation);
/* Arms a multishot recv: payload only, no stamp. */
void ring_receive_plain(struct ring *ring, uint32_t slot, uint32_t generation, uint16_t group);
/* Sends all of bytes. With want_event false only a failure makes an event, whose result may be a
 * partial count: any such event means failure. */
void ring_send(struct ring *ring, uint32_t slot, uint32_t generation, const void *bytes, size_t size,
               bool want_event);
/* Sends what the socket takes at once. An event only where that is not all of it: its result is the
 * count that went out, or -errno (-EAGAIN: nothing did). The rest is the caller's to send again. */
void ring_send_now(struct ring *ring, uint32_t slot, uint32_t generation, const void *bytes,
                   size_t size);
/* Sends all of a message's pieces, in order, with its control bytes. The message and the list of its
 * pieces are borrowed until the submission, the control bytes as the pieces are. */
void ring_send_message(struct ring *ring, uint32_t slot, uint32_t generation,
                       const struct msghdr *message, bool want_event);
/* Reads one message of the socket's error queue while it is submitted: MSG_ERRQUEUE stands in its
 * msg_flags, which must be 0 before, as soon as ring_submit() has returned. An event, RING_ERROR, only
 * where there was none. */
void ring_receive_error(struct ring *ring, uint32_t slot, uint32_t generation,
                        struct msghdr *message);
/* Ends the stream behind what was sent (shutdown(2), SHUT_WR), on a thread of the kernel's. There is an
 * event only where that fails, RING_CANCEL, and it asks for nothing. */
void ring_finish(struct ring *ring, uint32_t slot, uint32_t generation);
/* Cancels every operation on the slot: each ends with an event of its own, then one of RING_CANCEL. */
void ring_cancel(struct ring *ring, uint32_t slot, uint32_t generation);
/* Closes the slot's socket. A multishot receive must have ended first, else the socket lives on. */
void ring_close_slot(struct ring *ring, uint32_t slot, uint32_t generation);
/* Accepts connections into free slots, one event each with the slot as result (multishot). */
void ring_accept(struct ring *ring, int listener_fd);

/* Does nothing, with an event of RING_CANCEL that asks for nothing: what the ring itself costs. */
void ring_nop(struct ring *ring);

/* Operations prepared and not submitted. */
uint32_t ring_prepared(const struct ring *ring);

/* Submits, without running completions. Returns the count or -errno. */
int ring_submit(struct ring *ring);

/* Submits and sleeps until an event or for timeout_ns (< 0: without limit). Returns 0, -ETIME,
 * -EINTR, or another -errno. */
int ring_wait(struct ring *ring, int64_t timeout_ns);

/* Runs completions that are ready, without sleeping. Returns true where there are events. */
bool ring_poll(struct ring *ring);

/* Moves up to max events into events and out of the ring; returns their number. */
uint32_t ring_take(struct ring *ring, struct ring_event *events, uint32_t max);

/* Completions that the kernel lost because it could not queue them, so far: must stay 0. */
uint32_t ring_overflows(const struct ring *ring);

/* How often ring_take() found the completion queue full, and more of them waiting outside of it. */
uint32_t ring_times_full(const struct ring *ring);

#define RING_CONTROL_BYTES 64u

/* Storage of a receive: piece and discards are the caller's to set. */
struct ring_once {
    struct iovec piece;
    bool discards;
    struct msghdr message;
    _Alignas(8) uint8_t control[RING_CONTROL_BYTES];
};

/* What a receive with stamp left in its buffer. */
struct ring_message {
    const uint8_t *bytes; /* in the buffer; NULL: they were thrown away */
    uint32_t size;        /* 0: the peer closed */
    bool has_stamp;
    struct wall_time stamp; /* the kernel received the newest segment */
};

/* Bytes at a buffer's start that ring_receive() uses for itself. */
#define RING_MESSAGE_OVERHEAD (16u + RING_CONTROL_BYTES)

/* Reads a buffer that ring_receive() filled; result is the event's, > 0. Returns false where the
 * kernel's layout does not hold (a bug). */
bool ring_message(const uint8_t *buffer, int32_t result, struct ring_message *message);

/* The same of ring_receive_once(); result is the event's, >= 0. */
void ring_message_once(const struct ring_once *once, int32_t result, struct ring_message *message);

/* Asks for software receive stamps on a socket, and for the transmit stamps of those sends whose control
 * bytes ask for one; others are sent as ever. Returns 0 or -errno. */
int ring_stamp_socket(int fd);

#endif
