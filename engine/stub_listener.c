/* stub_listener.c - socket, setsockopt, bind, listen, and what to say where one fails. */
#include "stub_listener.h"

#include "ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint16_t port_of(const struct sockaddr_storage *address)
{
    /* The port lies at the same place in both families. */
    return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static void name_of(const struct sockaddr_storage *address, char name[STUB_LISTENER_NAME_MAX])
{
    char ip[INET6_ADDRSTRLEN];
    const bool is_v6 = address->ss_family == AF_INET6;
    const void *bytes = is_v6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                              : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    inet_ntop(address->ss_family, bytes, ip, sizeof ip);
    snprintf(name, STUB_LISTENER_NAME_MAX, is_v6 ? "[%s]:%u" : "%s:%u", ip, port_of(address));
}

static int set_on(int fd, int level, int option)
{
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) < 0 ? -errno : 0;
}

/* Opens one socket bound to *address, which gets its port. Returns it or -errno. */
static int open_bound(struct sockaddr_storage *address, socklen_t size, bool shares_port)
{
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int error = set_on(fd, SOL_SOCKET, SO_REUSEADDR);
    if (error == 0 && shares_port)
        error = set_on(fd, SOL_SOCKET, SO_REUSEPORT);
    if (error == 0 && bind(fd, (const struct sockaddr *)address, size) < 0)
        error = -errno;
    if (error == 0 && getsockname(fd, (struct sockaddr *)address, &size) < 0)
        error = -errno;
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

/* Where stamps are switched off or unknown, the server's own clock does instead. Reno is in every
 * kernel and sends at once; a machine's default such as BBR paces what it sends by timers, which
 * costs CPU and would be taken for the server's latency. */
static int start_listening(int fd, bool stamps)
{
    int error = set_on(fd, IPPROTO_TCP, TCP_NODELAY);
    if (error == 0 && stamps)
        ring_stamp_socket(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", sizeof "reno" - 1);
    if (error == 0 && listen(fd, SOMAXCONN) < 0)
        error = -errno;
    return error;
}

static void explain(int error, const char *name, char *why, size_t size)
{
    switch (-error) {
    case EADDRINUSE:
        snprintf(why, size,
                 "%s is in use: another server listens there\n"
                 "      stop it, or choose another --port (0 takes any that is free)",
                 name);
        break;
    case EACCES:
        snprintf(why, size,
                 "%s must not be listened on by this user\n      choose a --port from 1024 on",
                 name);
        break;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        snprintf(why, size,
                 "%s is no address of this machine\n"
                 "      choose one that ip address lists, or leave out --address",
                 name);
        break;
    default:
        snprintf(why, size, "cannot listen on %s: %s\n      choose another --address or --port",
                 name, strerror(-error));
    }
}

/* A port that is shared by SO_REUSEPORT may be joined by a second stub without an error: a socket
 * that shares with nobody finds that out first. */
static int check_port_is_free(const struct stub_options *options)
{
    struct sockaddr_storage address = options->address;
    const int fd = open_bound(&address, options->address_size, false);
    if (fd < 0)
        return fd;
    const int error = listen(fd, 1) < 0 ? -errno : 0;
    close(fd);
    return error;
}

bool stub_listener_open(const struct stub_options *options, int *fds,
                        char name[STUB_LISTENER_NAME_MAX], char *why, size_t why_size)
{
    const bool shares_port = options->threads > 1;
    const bool stamps = !options->null && !ring_feature_disabled(RING_RX_STAMPS);
    struct sockaddr_storage address = options->address;
    uint32_t open = 0;
    int error = shares_port ? check_port_is_free(options) : 0;
    while (error == 0 && open < options->threads) {
        const int fd = open_bound(&address, options->address_size, shares_port);
        if (fd < 0) {
            error = fd;
            break;
        }
        fds[open++] = fd;
        error = start_listening(fd, stamps);
    }
    name_of(&address, name);
    if (error == 0)
        return true;
    while (open > 0)
        close(fds[--open]);
    explain(error, name, why, why_size);
    return false;
}
