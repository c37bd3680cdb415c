/* preflight.c - descriptors, a ring, addresses and ports, a handshake. */
#include "preflight.h"

#include "environment.h"
#include "limits.h"
#include "ports.h"
#include "ring.h"
#include "tls_probe.h"
#include "worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#define DESCRIPTORS_OWN 64u /* files, rings and sockets in the making */

int preflight_descriptors(const struct config *config, char error[RUN_ERROR_MAX])
{
    struct rlimit limit;
    const uint64_t needed = worker_share(config->connections, 0, config->threads) + DESCRIPTORS_OWN;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (needed <= limit.rlim_cur)
        return 0;
    snprintf(error, RUN_ERROR_MAX,
             "too few file descriptors: %llu are needed, %llu are allowed\n"
             "      raise the limit (ulimit -n %llu), use more threads (-t), or fewer connections",
             (unsigned long long)needed, (unsigned long long)limit.rlim_cur,
             (unsigned long long)needed);
    return -EMFILE;
}

int preflight_ring(char error[RUN_ERROR_MAX])
{
    const struct ring_setup setup = {.slots = 1, .cq_entries = 2 * LIMIT_SQ_ENTRIES};
    const char *step;
    int failure;
    struct ring *ring = ring_open(&setup, &failure, &step);
    if (!ring) {
        ring_explain(failure, step, error, RUN_ERROR_MAX);
        return failure;
    }
    ring_close(ring);
    return 0;
}

int preflight_routes(const struct config *c, const struct url *url, struct routes *routes,
                     uint64_t *local_ports, char error[RUN_ERROR_MAX])
{
    char text[PORTS_ERROR_MAX];
    struct ports ports;
    struct url proxy;
    if (c->proxy && url->scheme == URL_HTTPS) {
        snprintf(error, RUN_ERROR_MAX,
                 "--proxy is for http URLs: a tunnel to an https one is not in this version\n      load "
                 "the server itself, or a plain listener beside it");
        return -EINVAL;
    }
    if (c->proxy && !url_parse(c->proxy, &proxy, error))
        return -EINVAL;
    const int result = address_find(c->proxy ? &proxy : url, c, routes, error);
    if (result < 0)
        return result;
    environment_read_ports(&ports);
    *local_ports = ports_count(&ports, routes);
    if (!ports_check(&ports, routes, c, error))
        return -EADDRNOTAVAIL;
    if (!c->quiet && ports_warn(&ports, routes, c, text))
        fprintf(stderr, "tare: %s\n", text);
    return 0;
}

int preflight_tls(const struct config *config, const struct url *url, const struct address *address,
                  struct tls_options *tls, char error[RUN_ERROR_MAX])
{
    struct in_addr in;
    if (url->scheme != URL_HTTPS)
        return 0;
    *tls = (struct tls_options){
        .host = url->host,
        .host_is_address = url->is_ipv6_literal || inet_pton(AF_INET, url->host, &in) == 1,
        .is_insecure = config->insecure,
        .is_new_each = config->tls_new_sessions,
        .cacert = config->cacert,
        .cert = config->cert,
        .key = config->key,
        .ciphers = config->ciphers,
        .version_min = config->tls_min,
        .version_max = config->tls_max};
    return tls_probe(tls, address, config->connect_timeout_ns, error);
}
