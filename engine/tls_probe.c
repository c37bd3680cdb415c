/* tls_probe.c - tls.h over a socket of its own, waited for with poll(2); and what failures mean. */
#include "tls_probe.h"

#include "clock.h"
#include "limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES 16384u

struct probe {
    int fd;
    int64_t until_ns;
    struct tls *tls;
    uint8_t bytes[PIECE_BYTES]; /* received last, borrowed by tls */
};

/* Waits for one of these events. Returns 0, -ETIMEDOUT or another -errno. */
static int await(const struct probe *p, short events)
{
    struct pollfd watched = {.fd = p->fd, .events = events};
    const int64_t left_ns = p->until_ns - clock_mono_ns();
    const int ready = left_ns > 0 ? poll(&watched, 1, (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS)) : 0;
    return ready > 0 ? 0 : ready < 0 ? -errno : -ETIMEDOUT;
}

static int send_output(struct probe *p)
{
    size_t size;
    const uint8_t *bytes = tls_output(p->tls, &size);
    while (size > 0) {
        const ssize_t sent = send(p->fd, bytes, size, MSG_NOSIGNAL);
        const int error = sent >= 0 ? 0 : errno == EAGAIN ? await(p, POLLOUT) : -errno;
        if (error < 0)
            return error;
        if (sent > 0)
            tls_sent(p->tls, (size_t)sent);
        bytes = tls_output(p->tls, &size);
    }
    return 0;
}

/* Returns the count, 0 at the stream's end, or -errno. */
static ssize_t receive(struct probe *p)
{
    const int error = await(p, POLLIN);
    if (error < 0)
        return error;
    const ssize_t size = recv(p->fd, p->bytes, sizeof p->bytes, 0);
    return size < 0 ? -errno : size;
}

/* Goes on until the handshake is done or has failed. Returns 0, or the -errno of the socket: -ENODATA
 * where the peer closed it. */
static int shake(struct probe *p, enum tls_result *result)
{
    for (;;) {
        *result = tls_handshake(p->tls);
        const int error = send_output(p);
        if (error < 0 || *result != TLS_MORE)
            return *result != TLS_MORE ? 0 : error;
        const ssize_t size = receive(p);
        if (size <= 0)
            return size == 0 ? -ENODATA : (int)size;
        tls_give(p->tls, p->bytes, (size_t)size);
    }
}

/* ---- words ---- */

static void explain_socket(const struct address *address, int failure, char *error)
{
    if (failure == -ETIMEDOUT)
        snprintf(error, TLS_ERROR_MAX,
                 "%s does not finish the TLS handshake in time\n      check that it speaks TLS on this "
                 "port, or raise --timeout",
                 address->text);
    else
        snprintf(error, TLS_ERROR_MAX,
                 "%s ended the connection in the TLS handshake (%s)\n      check that it speaks TLS on "
                 "this port, and its log",
                 address->text, failure == -ENODATA ? "closed" : strerror(-failure));
}

/* What helps against a certificate that does not verify, by what OpenSSL says of it. */
static const char *remedy_of(const char *why)
{
    if (strstr(why, "mismatch"))
        return "use the name that it was issued for in the URL, or do not verify it (-k)";
    if (strstr(why, "expired") || strstr(why, "not yet valid"))
        return "renew it, check this machine's clock, or do not verify it (-k)";
    return "name a file of the certificates to trust (--cacert FILE), or do not verify it (-k)";
}

static void explain(const struct tls_options *options, const struct address *address,
                    enum tls_result result, const char *why, char *error)
{
    switch (result) {
    case TLS_DONE: return;
    case TLS_UNTRUSTED:
        snprintf(error, TLS_ERROR_MAX,
                 "the certificate of %s for %s is not to be trusted: %s\n      %s", address->text,
                 options->host ? options->host : "this server", why, remedy_of(why));
        return;
    case TLS_REFUSED:
        snprintf(error, TLS_ERROR_MAX,
                 "%s refused TLS: %s\n      see what it asks for: --tls-min, --tls-max, --ciphers, or a "
                 "client's certificate (--cert, --key)",
                 address->text, why);
        return;
    case TLS_BROKEN:
        snprintf(error, TLS_ERROR_MAX,
                 "%s does not speak TLS that can be understood: %s\n      check the port, or load "
                 "http:// where the server has no TLS; --tls-min and --ciphers widen what is spoken",
                 address->text, why);
        return;
    case TLS_MORE:
    case TLS_ENDED: explain_socket(address, -ENODATA, error); return;
    }
}

int tls_probe(const struct tls_options *options, const struct address *address, int64_t timeout_ns,
              char error[TLS_ERROR_MAX])
{
    struct probe p = {.fd = -1};
    enum tls_result result = TLS_BROKEN;
    struct tls_context *context = tls_context_open(options, error);
    if (!context)
        return -EINVAL;
    p.tls = tls_new(context, 0);
    p.fd = address_connect(address, timeout_ns);
    p.until_ns = clock_mono_ns() + timeout_ns;
    int failure = p.fd < 0 ? p.fd : p.tls ? tls_start(p.tls) : -ENOMEM;
    if (failure == 0)
        failure = shake(&p, &result);
    if (failure < 0)
        explain_socket(address, failure, error);
    else
        explain(options, address, result, tls_error(p.tls), error);
    if (failure == 0 && result == TLS_DONE) {
        tls_finish(p.tls);
        send_output(&p);
    }
    tls_free(p.tls);
    tls_context_free(context);
    if (p.fd >= 0)
        close(p.fd);
    return failure < 0 ? failure : result == TLS_DONE ? 0 : -EPROTO;
}
