/* stub_listener.h - the sockets that the stub listens on: one a thread, on the same port
 * (SO_REUSEPORT, socket(7)), so that the kernel deals out the connections. What accepted sockets
 * are to have, TCP_NODELAY and receive stamps, is set here and inherited. */
#ifndef TARE_STUB_LISTENER_H
#define TARE_STUB_LISTENER_H

#include "stub_options.h"

#define STUB_LISTENER_NAME_MAX 64

/* Opens options->threads listening sockets into fds. name: out, "127.0.0.1:8080" or "[::1]:8080"
 * with the port that it became. Returns false, with nothing open and cause and remedy in `why`. */
bool stub_listener_open(const struct stub_options *options, int *fds,
                        char name[STUB_LISTENER_NAME_MAX], char *why, size_t why_size);

#endif
