/* address.c - getaddrinfo(3), and one connect(2) with a time limit to each address. */
#include "address.h"

#include "limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void format_address(struct address *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->storage;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(address->text, sizeof address->text, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address->storage;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(address->text, sizeof address->text, "%s:%u", host, ntohs(in->sin_port));
    }
}

static int await_connect(int fd, int64_t timeout_ns)
{
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    const int64_t timeout_ms = (timeout_ns + NS_PER_MS - 1) / NS_PER_MS; /* never none at all */
    const int ready = poll(&watched, 1, (int)timeout_ms);
    if (ready < 0)
        return -errno;
    if (ready == 0)
        return -ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

int address_connect(const struct address *address, int64_t timeout_ns)
{
    const int fd =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int error = connect(fd, (const struct sockaddr *)&address->storage, address->size) < 0 ? -errno
                                                                                           : 0;
    if (error == -EINPROGRESS)
        error = await_connect(fd, timeout_ns);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

static int try_connect(const struct address *address, int64_t timeout_ns)
{
    const int fd = address_connect(address, timeout_ns);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static void explain(const struct url *url, const struct address *address, int failure,
                    char error[ADDRESS_ERROR_MAX])
{
    char authority[URL_AUTHORITY_MAX];
    const char *place = url_format_authority(url, authority);
    const char *scheme = url->scheme == URL_HTTPS ? "https" : "http";
    switch (-failure) {
    case ECONNREFUSED:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "nothing listens on %s (connection refused)\n"
                 "      start the server, or check the port in %s://%s/",
                 address->text, scheme, place);
        return;
    case ETIMEDOUT:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "%s does not answer (no connection in time)\n"
                 "      check the address and the firewall between, or raise --connect-timeout",
                 address->text);
        return;
    case ENETUNREACH:
    case EHOSTUNREACH:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "there is no route to %s (%s)\n      check the address, and that the network is up",
                 address->text, strerror(-failure));
        return;
    default:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "cannot connect to %s: %s\n      check the address in %s://%s/",
                 address->text, strerror(-failure), scheme, place);
    }
}

int address_find(const struct url *url, int64_t timeout_ns, struct address *address,
                 char error[ADDRESS_ERROR_MAX])
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", url->port);
    const int unknown = getaddrinfo(url->host, port, &hints, &found);
    if (unknown != 0) {
        snprintf(error, ADDRESS_ERROR_MAX,
                 "the host \"%s\" is not known (%s)\n      check its spelling in the URL, or the "
                 "machine's name service",
                 url->host, gai_strerror(unknown));
        return -EHOSTUNREACH;
    }
    int failure = -EHOSTUNREACH;
    for (const struct addrinfo *at = found; at && failure < 0; at = at->ai_next) {
        memset(address, 0, sizeof *address);
        memcpy(&address->storage, at->ai_addr, at->ai_addrlen);
        address->size = at->ai_addrlen;
        format_address(address);
        failure = try_connect(address, timeout_ns);
    }
    freeaddrinfo(found);
    if (failure < 0)
        explain(url, address, failure, error);
    return failure;
}
