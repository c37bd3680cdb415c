/* ring.c - liburing, wrapped: set-up with fallbacks, operations, waiting, decoding. */
#include "ring.h"

#include "check.h"
#include "limits.h"
#include "units.h"

#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ring {
    struct io_uring uring;
    struct msghdr message; /* what every multishot recvmsg asks for; must outlive them */
    bool features[RING_FEATURE_COUNT];
    uint32_t times_full;
};

static const char *const feature_names[RING_FEATURE_COUNT] = {
    [RING_SINGLE_ISSUER] = "single_issuer", [RING_DEFER_TASKRUN] = "defer_taskrun",
    [RING_COOP_TASKRUN] = "coop_taskrun",   [RING_TASKRUN_FLAG] = "taskrun_flag",
    [RING_REGISTERED_FD] = "ring_fd",       [RING_RX_STAMPS] = "rx_stamps",
    [RING_TX_STAMPS] = "tx_stamps", [RING_DISCARD] = "discard"};

const char *ring_feature_name(enum ring_feature feature)
{
    CHECK(feature, <, RING_FEATURE_COUNT);
    return feature_names[feature];
}

bool ring_disabled(const char *name)
{
    return units_list_has(getenv("TARE_DISABLE"), name);
}

bool ring_feature_disabled(enum ring_feature feature)
{
    return ring_disabled(ring_feature_name(feature));
}

bool ring_has(const struct ring *ring, enum ring_feature feature)
{
    return ring->features[feature];
}

const char *ring_library_version(void)
{
#ifdef IO_URING_VERSION_MAJOR
#define TEXT_OF(x) #x
#define VERSION_OF(major, minor) TEXT_OF(major) "." TEXT_OF(minor)
    return VERSION_OF(IO_URING_VERSION_MAJOR, IO_URING_VERSION_MINOR);
#else
    return "2.3"; /* the version macros came with 2.4, and 2.3 is the floor */
#endif
}

static unsigned setup_flags(const struct ring *ring)
{
    unsigned flags = IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
    if (ring->features[RING_SINGLE_ISSUER])
        flags |= IORING_SETUP_SINGLE_ISSUER;
    if (ring->features[RING_DEFER_TASKRUN])
        flags |= IORING_SETUP_DEFER_TASKRUN;
    else if (ring->features[RING_COOP_TASKRUN])
        flags |= IORING_SETUP_COOP_TASKRUN;
    if (ring->features[RING_TASKRUN_FLAG] &&
        (ring->features[RING_DEFER_TASKRUN] || ring->features[RING_COOP_TASKRUN]))
        flags |= IORING_SETUP_TASKRUN_FLAG;
    return flags;
}

/* Tries the best set of flags first; -EINVAL means that the kernel does not know the newest of them,
 * which is then given up. Never a flag newer than the library (liburing 2.3 and NO_SQARRAY). */
static int open_with_fallbacks(struct ring *ring, const struct ring_setup *setup)
{
    static const enum ring_feature newest_first[] = {RING_DEFER_TASKRUN, RING_SINGLE_ISSUER,
                                                     RING_TASKRUN_FLAG, RING_COOP_TASKRUN};
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        ring->features[i] = !ring_feature_disabled((enum ring_feature)i);
    if (!ring->features[RING_SINGLE_ISSUER])
        ring->features[RING_DEFER_TASKRUN] = false; /* which demands it */
    const bool has_room = !ring_disabled("cq_room");
    const uint32_t entries = has_room ? LIMIT_SQ_ENTRIES : LIMIT_SQ_ENTRIES_MIN;
    if (setup->is_local)
        ring->features[RING_RX_STAMPS] = ring->features[RING_DISCARD] = false;
    if (!ring->features[RING_RX_STAMPS])
        ring->features[RING_TX_STAMPS] = false; /* of no use alone */
    for (size_t given_up = 0;; given_up++) {
        struct io_uring_params params = {.flags = setup_flags(ring),
                                         .cq_entries = has_room ? setup->cq_entries : entries};
        const int error = io_uring_queue_init_params(entries, &ring->uring, &params);
        if (error != -EINVAL || given_up == sizeof newest_first / sizeof newest_first[0])
            return error;
        ring->features[newest_first[given_up]] = false;
    }
}

struct ring *ring_open(const struct ring_setup *setup, int *error, const char **step)
{
    struct ring *ring = calloc(1, sizeof *ring);
    *step = "calloc";
    *error = -ENOMEM;
    if (!ring)
        return NULL;
    *step = "io_uring_setup";
    *error = open_with_fallbacks(ring, setup);
    if (*error < 0)
        goto fail_free;
    if (ring->features[RING_DEFER_TASKRUN])
        ring->features[RING_COOP_TASKRUN] = false;
    else if (!ring->features[RING_COOP_TASKRUN])
        ring->features[RING_TASKRUN_FLAG] = false; /* which is of use with one of them */
    if (ring->features[RING_REGISTERED_FD] && io_uring_register_ring_fd(&ring->uring) != 1)
        ring->features[RING_REGISTERED_FD] = false;
    *step = "io_uring_register_files";
    *error = io_uring_register_files_sparse(&ring->uring, setup->slots);
    if (*error < 0)
        goto fail_exit;
    ring->message.msg_controllen = RING_CONTROL_BYTES;
    return ring;

fail_exit:
    io_uring_queue_exit(&ring->uring);
fail_free:
    free(ring);
    return NULL;
}

void ring_close(struct ring *ring)
{
    io_uring_queue_exit(&ring->uring);
    free(ring);
}

void ring_explain(int error, const char *step, char *text, size_t size)
{
    switch (-error) {
    case EPERM:
        snprintf(text, size,
                 "io_uring is disabled on this machine (%s: operation not permitted)\n"
                 "      sysctl kernel.io_uring_disabled=0 allows it; in a container its seccomp "
                 "profile must allow io_uring too",
                 step);
        break;
    case ENOSYS:
        snprintf(text, size,
                 "this kernel has no io_uring (%s: not implemented)\n"
                 "      tare needs Linux 6.1 or newer, or a container that lets io_uring through",
                 step);
        break;
    case EMFILE:
        snprintf(text, size,
                 "too few file descriptors are allowed (%s)\n"
                 "      raise the limit with ulimit -n, or ask for fewer connections",
                 step);
        break;
    case ENOMEM:
        snprintf(text, size,
                 "not enough memory for the ring (%s)\n"
                 "      free some, raise ulimit -l, or ask for fewer connections",
                 step);
        break;
    default:
        snprintf(text, size,
                 "%s failed: %s\n      tare needs Linux 6.1 or newer; TARE_DISABLE can switch "
                 "single features off",
                 step, strerror(-error));
    }
}

int ring_slot_install(struct ring *ring, uint32_t slot, int fd)
{
    const int done = io_uring_register_files_update(&ring->uring, slot, &fd, 1);
    return done == 1 ? 0 : done < 0 ? done : -EIO;
}

void ring_slot_clear(struct ring *ring, uint32_t slot)
{
    ring_slot_install(ring, slot, -1);
}

int ring_register_buffers(struct ring *ring, void *entries, uint32_t count, uint16_t group)
{
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)entries, .ring_entries = count, .bgid = group};
    return io_uring_register_buf_ring(&ring->uring, &registration, 0);
}

void ring_unregister_buffers(struct ring *ring, uint16_t group)
{
    io_uring_unregister_buf_ring(&ring->uring, group);
}

static uint64_t pack(enum ring_op op, uint32_t slot, uint32_t generation)
{
    return (uint64_t)op << 56 | (uint64_t)(generation & 0xffffff) << 32 | slot;
}

/* A free submission entry; where the queue is full, what stands in it is submitted first. */
static struct io_uring_sqe *next_sqe(struct ring *ring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
    while (__builtin_expect(!sqe, 0)) {
        const int done = ring_submit(ring);
        CHECK(done >= 0 || done == -EBUSY || done == -EAGAIN || done == -EINTR, ==, 1);
        sqe = io_uring_get_sqe(&ring->uring);
    }
    return sqe;
}

void ring_connect(struct ring *ring, uint32_t slot, uint32_t generation,
                  const struct sockaddr *address, socklen_t size)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_connect(sqe, (int)slot, address, size);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = pack(RING_CONNECT, slot, generation);
}

void ring_receive(struct ring *ring, uint32_t slot, uint32_t generation, uint16_t group)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_recvmsg_multishot(sqe, (int)slot, &ring->message, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe->buf_group = group;
    sqe->user_data = pack(RING_RECEIVE, slot, generation);
}

void ring_receive_plain(struct ring *ring, uint32_t slot, uint32_t generation, uint16_t group)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_recv_multishot(sqe, (int)slot, NULL, 0, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe->buf_group = group;
    sqe->user_data = pack(RING_RECEIVE, slot, generation);
}

void ring_receive_once(struct ring *ring, uint32_t slot, uint32_t generation,
                       struct ring_once *once, enum ring_arrival arrival)
{
    /* MSG_TRUNC throws the bytes of a stream away (tcp(7)); POLL_FIRST saves an attempt in vain. */
    struct io_uring_sqe *sqe = next_sqe(ring);
    once->message = (struct msghdr){.msg_iov = &once->piece,
                                    .msg_iovlen = 1,
                                    .msg_control = once->control,
                                    .msg_controllen = sizeof once->control};
    io_uring_prep_recvmsg(sqe, (int)slot, &once->message, once->discards ? MSG_TRUNC : 0);
    sqe->flags |= IOSQE_FIXED_FILE;
    if (arrival == RING_NOT_YET)
        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
    sqe->user_data = pack(RING_RECEIVE, slot, generation);
}

void ring_send(struct ring *ring, uint32_t slot, uint32_t generation, const void *bytes, size_t size,
               bool want_event)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_send(sqe, (int)slot, bytes, size, MSG_NOSIGNAL | MSG_WAITALL);
    sqe->flags |= IOSQE_FIXED_FILE;
    if (!want_event)
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_SEND, slot, generation);
}

void ring_send_now(struct ring *ring, uint32_t slot, uint32_t generation, const void *bytes,
                   size_t size)
{
    /* MSG_WAITALL makes a short send a failure, which has an event in spite of SKIP_SUCCESS;
     * MSG_DONTWAIT keeps the kernel from waiting for room to finish it. */
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_send(sqe, (int)slot, bytes, size, MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_SEND, slot, generation);
}

void ring_send_message(struct ring *ring, uint32_t slot, uint32_t generation,
                       const struct msghdr *message, bool want_event)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_sendmsg(sqe, (int)slot, message, MSG_NOSIGNAL | MSG_WAITALL);
    sqe->flags |= IOSQE_FIXED_FILE;
    if (!want_event)
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_SEND, slot, generation);
}

void ring_receive_error(struct ring *ring, uint32_t slot, uint32_t generation,
                        struct msghdr *message)
{
    /* MSG_DONTWAIT ends it where it is submitted; else an empty queue would be waited for. */
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_recvmsg(sqe, (int)slot, message, MSG_ERRQUEUE | MSG_DONTWAIT);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_ERROR, slot, generation);
}

void ring_finish(struct ring *ring, uint32_t slot, uint32_t generation)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_shutdown(sqe, (int)slot, SHUT_WR);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_CANCEL, slot, generation);
}

void ring_cancel(struct ring *ring, uint32_t slot, uint32_t generation)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_cancel(sqe, NULL, 0);
    sqe->fd = (int)slot;
    sqe->cancel_flags =
        IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_FD_FIXED | IORING_ASYNC_CANCEL_ALL;
    sqe->user_data = pack(RING_CANCEL, slot, generation);
}

void ring_disarm(struct ring *ring, enum ring_op op, uint32_t slot, uint32_t generation)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_cancel64(sqe, pack(op, slot, generation), 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = pack(RING_DISARM, slot, generation);
}

void ring_close_slot(struct ring *ring, uint32_t slot, uint32_t generation)
{
    /* IOSQE_FIXED_FILE must not be set here: the slot is named by file_index (liburing #1325). */
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_close_direct(sqe, slot);
    sqe->user_data = pack(RING_CLOSE, slot, generation);
}

void ring_accept(struct ring *ring, int listener_fd)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_multishot_accept_direct(sqe, listener_fd, NULL, NULL, 0);
    sqe->user_data = pack(RING_ACCEPT, 0, 0);
}

void ring_nop(struct ring *ring)
{
    struct io_uring_sqe *sqe = next_sqe(ring);
    io_uring_prep_nop(sqe);
    sqe->user_data = pack(RING_CANCEL, 0, 0);
}

uint32_t ring_prepared(const struct ring *ring)
{
    return io_uring_sq_ready(&ring->uring);
}

/* Makes prepared entries visible to the kernel, as liburing's own flush does; there they would go out
 * by io_uring_submit(), which adds GETEVENTS when completions are pending, and would so run other
 * requests' completions between the two readings of the clock that date a send. */
static unsigned flush(struct ring *ring)
{
    struct io_uring_sq *sq = &ring->uring.sq;
    sq->sqe_head = sq->sqe_tail;
    io_uring_smp_store_release(sq->ktail, sq->sqe_tail);
    return sq->sqe_tail - io_uring_smp_load_acquire(sq->khead);
}

int ring_submit(struct ring *ring)
{
    const unsigned count = flush(ring);
    const unsigned flags = ring->features[RING_REGISTERED_FD] ? IORING_ENTER_REGISTERED_RING : 0;
    if (count == 0)
        return 0;
    return io_uring_enter((unsigned)ring->uring.enter_ring_fd, count, 0, flags, NULL);
}

int ring_wait(struct ring *ring, int64_t timeout_ns)
{
    if (timeout_ns < 0) {
        const int done = io_uring_submit_and_wait(&ring->uring, 1);
        return done < 0 ? done : 0;
    }
    struct __kernel_timespec timeout = {.tv_sec = timeout_ns / NS_PER_S,
                                        .tv_nsec = timeout_ns % NS_PER_S};
    struct io_uring_cqe *cqe;
    const int done = io_uring_submit_and_wait_timeout(&ring->uring, &cqe, 1, &timeout, NULL);
    return done < 0 ? done : 0;
}

bool ring_poll(struct ring *ring)
{
    if (io_uring_cq_ready(&ring->uring) > 0)
        return true;
    const unsigned pending = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
    if (ring->features[RING_TASKRUN_FLAG] &&
        !(__atomic_load_n(ring->uring.sq.kflags, __ATOMIC_RELAXED) & pending))
        return false;
    io_uring_get_events(&ring->uring);
    return io_uring_cq_ready(&ring->uring) > 0;
}

uint32_t ring_take(struct ring *ring, struct ring_event *events, uint32_t max)
{
    struct io_uring_cqe *cqe;
    unsigned head;
    uint32_t count = 0;
    if (__builtin_expect(*ring->uring.sq.kflags & IORING_SQ_CQ_OVERFLOW, 0))
        ring->times_full += io_uring_cq_ready(&ring->uring) == ring->uring.cq.ring_entries;
    io_uring_for_each_cqe(&ring->uring, head, cqe) {
        if (count == max)
            break;
        events[count++] = (struct ring_event){
            .op = (enum ring_op)(cqe->user_data >> 56),
            .slot = (uint32_t)cqe->user_data,
            .generation = (uint32_t)(cqe->user_data >> 32) & 0xffffff,
            .result = cqe->res,
            .buffer = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT),
            .has_buffer = (cqe->flags & IORING_CQE_F_BUFFER) != 0,
            .has_rest = (cqe->flags & IORING_CQE_F_SOCK_NONEMPTY) != 0,
            .more = (cqe->flags & IORING_CQE_F_MORE) != 0,
        };
    }
    io_uring_cq_advance(&ring->uring, count);
    return count;
}

uint32_t ring_overflows(const struct ring *ring)
{
    return __atomic_load_n(ring->uring.cq.koverflow, __ATOMIC_RELAXED);
}

uint32_t ring_times_full(const struct ring *ring)
{
    return ring->times_full;
}
