/* errqueue.h - what a socket's error queue says of a send: the control bytes of one of its messages.
 * Pure: bytes in, a stamp out. Source: the kernel's Documentation/networking/timestamping.rst, sections
 * 1.3.1 (SOF_TIMESTAMPING_TX_SOFTWARE) and 2.1. */
#ifndef TARE_ERRQUEUE_H
#define TARE_ERRQUEUE_H

#include "clock.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for what comes with a transmit stamp: three times (64 bytes) and a sock_extended_err with the
 * address that IPv4 or IPv6 puts behind it (up to 64). */
#define ERRQUEUE_CONTROL_BYTES 128u

/* Finds the kernel's transmit stamp in the control bytes of a message that was read with MSG_ERRQUEUE:
 * the moment when a send's last byte was handed to the device. control: of any alignment; size: as
 * recvmsg(2) left msg_controllen. Returns false where it is another error, or not whole. */
bool errqueue_find_stamp(const void *control, size_t size, struct wall_time *stamp);

#endif
