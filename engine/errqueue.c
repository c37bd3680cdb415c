/* errqueue.c - control messages (cmsg(3)) one after the other, none of them trusted to be whole. */
#include "errqueue.h"

#include "limits.h"

#include <time.h> /* which the next one needs */
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Is it the error's description, and of a transmit stamp? */
static bool is_transmitted(const struct cmsghdr *header, const uint8_t *data, size_t size)
{
    struct sock_extended_err error;
    const bool is_described =
        (header->cmsg_level == SOL_IP && header->cmsg_type == IP_RECVERR) ||
        (header->cmsg_level == SOL_IPV6 && header->cmsg_type == IPV6_RECVERR);
    if (!is_described || size < sizeof error)
        return false;
    memcpy(&error, data, sizeof error);
    return error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && error.ee_info == SCM_TSTAMP_SND;
}

static bool read_stamp(const struct cmsghdr *header, const uint8_t *data, size_t size,
                       struct wall_time *stamp)
{
    struct scm_timestamping stamps;
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPING ||
        size < sizeof stamps)
        return false;
    memcpy(&stamps, data, sizeof stamps);
    const struct timespec *software = &stamps.ts[0];
    if (software->tv_sec <= 0 || software->tv_sec >= INT64_MAX / NS_PER_S ||
        software->tv_nsec < 0 || software->tv_nsec >= NS_PER_S)
        return false; /* none: the times of hardware may stand behind it */
    stamp->ns = software->tv_sec * NS_PER_S + software->tv_nsec;
    return true;
}

bool errqueue_find_stamp(const void *control, size_t size, struct wall_time *stamp)
{
    const uint8_t *at = control;
    struct cmsghdr header;
    bool has_stamp = false;
    bool is_sent = false;
    while (size >= sizeof header) {
        memcpy(&header, at, sizeof header);
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > size)
            return false;
        has_stamp |= read_stamp(&header, at + CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0), stamp);
        is_sent |= is_transmitted(&header, at + CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0));
        const size_t step = CMSG_ALIGN(header.cmsg_len);
        at += step < size ? step : size;
        size -= step < size ? step : size;
    }
    return has_stamp && is_sent;
}
