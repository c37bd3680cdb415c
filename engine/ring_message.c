/* ring_message.c - what a receive leaves behind: its bytes, and the kernel's stamp among its control bytes. */
#include "ring.h"

#include "limits.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/io_uring.h>
#include <linux/net_tstamp.h>
#include <string.h>

static_assert(RING_CONTROL_BYTES == CMSG_SPACE(sizeof(struct scm_timestamping)),
              "the control bytes are one stamp");
static_assert(RING_MESSAGE_OVERHEAD == sizeof(struct io_uring_recvmsg_out) + RING_CONTROL_BYTES,
              "the overhead is the header and one stamp");

/* Finds the stamp in control bytes, of which `size` were written. */
static void read_stamp(const uint8_t *control, size_t size, struct ring_message *message)
{
    struct cmsghdr header;
    struct scm_timestamping stamps;
    memcpy(&header, control, sizeof header);
    message->has_stamp = size >= CMSG_LEN(sizeof stamps) && header.cmsg_level == SOL_SOCKET &&
                         header.cmsg_type == SCM_TIMESTAMPING;
    if (!message->has_stamp)
        return;
    memcpy(&stamps, control + CMSG_ALIGN(sizeof header), sizeof stamps);
    message->stamp.ns = stamps.ts[0].tv_sec * NS_PER_S + stamps.ts[0].tv_nsec;
    message->has_stamp = message->stamp.ns != 0;
}

bool ring_message(const uint8_t *buffer, int32_t result, struct ring_message *message)
{
    struct io_uring_recvmsg_out out;
    if (result < (int32_t)RING_MESSAGE_OVERHEAD)
        return false;
    memcpy(&out, buffer, sizeof out);
    message->bytes = buffer + RING_MESSAGE_OVERHEAD;
    /* payloadlen may be more than what was delivered (MSG_TRUNC); the result bounds it. */
    message->size = out.payloadlen;
    if (message->size > (uint32_t)result - RING_MESSAGE_OVERHEAD)
        message->size = (uint32_t)result - RING_MESSAGE_OVERHEAD;
    read_stamp(buffer + sizeof out, out.controllen, message);
    return true;
}

void ring_message_once(const struct ring_once *once, int32_t result, struct ring_message *message)
{
    message->bytes = once->discards ? NULL : once->piece.iov_base;
    message->size = (uint32_t)result;
    read_stamp(once->control, once->message.msg_controllen, message);
}

int ring_stamp_socket(int fd)
{
    /* OPT_TSONLY: a transmit stamp comes without a copy of what was sent, which an unprivileged process
     * does not get where net.core.tstamp_allow_data is 0. */
    const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                      SOF_TIMESTAMPING_OPT_TSONLY;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) < 0 ? -errno : 0;
}
