/* address.c - getaddrinfo(3) and the rules that overrule it, and one connect(2) to each address. */
#include "address.h"

#include "clock.h"
#include "detour.h"
#include "limits.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OTHERS_FOR_NS NS_PER_S /* when one address has answered */

/* What is looked for, and what a person would have to look at where it is not found. */
struct search {
    const struct config *config;
    struct routes *routes;
    struct detour_place place;
    char named_by[URL_AUTHORITY_MAX + 24]; /* "http://host:port/", "--resolve" */
    bool must_all;                         /* they were given one by one */
    char *error;
};

/* ---- candidates ---- */

static void add(struct routes *routes, const struct address *address)
{
    for (uint32_t i = 0; i < routes->to_count; i++)
        if (route_equals(&routes->to[i], address))
            return;
    if (routes->to_count < LIMIT_ADDRESSES_MAX)
        routes->to[routes->to_count++] = *address;
}

/* Takes the addresses of a rule, which was checked when it was read. */
static void add_given(struct search *s, const struct resolution *resolution)
{
    struct address address;
    const char *list = resolution->addresses;
    for (;;) {
        const size_t size = strcspn(list, ",");
        if (route_parse(list, size, s->place.port, &address))
            add(s->routes, &address);
        if (list[size] == '\0')
            break;
        list += size + 1;
    }
    s->must_all = true;
    snprintf(s->named_by, sizeof s->named_by, "--resolve");
}

static int add_named(struct search *s)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct address address;
    char port[8];
    snprintf(port, sizeof port, "%u", s->place.port);
    const int unknown = getaddrinfo(s->place.host, port, &hints, &found);
    if (unknown != 0) {
        snprintf(s->error, ADDRESS_ERROR_MAX,
                 "the host \"%s\" is not known (%s)\n      check its spelling in %s, or the machine's "
                 "name service",
                 s->place.host, gai_strerror(unknown),
                 s->named_by[0] == '-' ? s->named_by : "the URL");
        return -EHOSTUNREACH;
    }
    for (const struct addrinfo *at = found; at; at = at->ai_next) {
        memset(&address, 0, sizeof address);
        memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
        address.size = at->ai_addrlen;
        route_format(&address);
        add(s->routes, &address);
    }
    freeaddrinfo(found);
    return 0;
}

/* The rules were checked when they were read; the first that fits counts, as in curl. */
static int find_candidates(struct search *s)
{
    const struct config *c = s->config;
    char ignored[DETOUR_ERROR_MAX];
    struct detour detour;
    struct resolution resolution;
    for (size_t i = 0; i < c->connect_to_count; i++) {
        if (!detour_parse(c->connect_to[i], &detour, ignored) ||
            !detour_fits(&detour.of, s->place.host, s->place.port))
            continue;
        detour_take(&detour, &s->place);
        snprintf(s->named_by, sizeof s->named_by, "--connect-to");
        break;
    }
    for (size_t i = 0; i < c->resolve_count; i++) {
        if (!detour_parse_resolution(c->resolve[i], &resolution, ignored) ||
            !detour_fits(&resolution.of, s->place.host, s->place.port))
            continue;
        add_given(s, &resolution);
        return 0;
    }
    return add_named(s);
}

/* ---- sources ---- */

static int check_source(struct search *s, const struct address *source)
{
    const int fd = socket(source->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int error = fd < 0 || bind(fd, (const struct sockaddr *)&source->storage, source->size) < 0
                          ? -errno
                          : 0;
    if (fd >= 0)
        close(fd);
    if (error < 0)
        snprintf(s->error, ADDRESS_ERROR_MAX,
                 "--source %s cannot be used: %s\n      name an address that this machine has (ip addr)",
                 source->text, strerror(-error));
    return error;
}

static int find_sources(struct search *s)
{
    struct routes *r = s->routes;
    const char *list = s->config->sources;
    while (list && *list) {
        const size_t size = strcspn(list, ",");
        if (r->from_count < LIMIT_ADDRESSES_MAX &&
            route_parse(list, size, 0, &r->from[r->from_count])) {
            const int error = check_source(s, &r->from[r->from_count]);
            if (error < 0)
                return error;
            r->from_count++;
        }
        list += size + (list[size] == ',');
    }
    return 0;
}

/* Each address needs a source of its own family; of a name those without one are no candidates. */
static int match_families(struct search *s)
{
    struct routes *r = s->routes;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->to_count && r->from_count > 0; i++) {
        bool has_source = false;
        for (uint32_t n = 0; n < r->from_count; n++)
            has_source |= r->from[n].storage.ss_family == r->to[i].storage.ss_family;
        if (has_source)
            r->to[kept++] = r->to[i];
    }
    if (r->from_count == 0 || kept == r->to_count || (kept > 0 && !s->must_all)) {
        r->to_count = r->from_count > 0 ? kept : r->to_count;
        return 0;
    }
    snprintf(s->error, ADDRESS_ERROR_MAX,
             "no --source is of the same kind as %s\n      name an IPv4 source for an IPv4 address, and "
             "an IPv6 one for IPv6",
             r->to[0].text);
    return -EAFNOSUPPORT;
}

/* ---- trying ---- */

/* A connect that goes on: its error is -EINPROGRESS until it has ended. */
struct trial {
    int fd, error;
};

static void begin_trial(const struct routes *routes, uint32_t i, struct trial *trial)
{
    const struct address *to = &routes->to[i], *from = route_from(routes, i);
    trial->error = 0;
    trial->fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (trial->fd < 0 ||
        (from && bind(trial->fd, (const struct sockaddr *)&from->storage, from->size) < 0) ||
        connect(trial->fd, (const struct sockaddr *)&to->storage, to->size) < 0)
        trial->error = -errno;
    if (trial->error == -EAGAIN && to->storage.ss_family == AF_UNIX)
        trial->error = 0; /* its queue is full for the moment (unix(7)): it listens */
}

/* Looks at all that go on. Returns how many still do. */
static uint32_t look(struct trial *trials, struct pollfd *watched, uint32_t count)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++) {
        socklen_t size = sizeof trials[i].error;
        if (trials[i].error == -EINPROGRESS && watched[i].revents) {
            if (getsockopt(trials[i].fd, SOL_SOCKET, SO_ERROR, &trials[i].error, &size) < 0)
                trials[i].error = errno;
            trials[i].error = -trials[i].error;
        }
        watched[i].revents = 0;
        watched[i].fd = trials[i].error == -EINPROGRESS ? trials[i].fd : -1;
        left += trials[i].error == -EINPROGRESS;
    }
    return left;
}

static bool has_answer(const struct trial *trials, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (trials[i].error == 0)
            return true;
    return false;
}

/* Connects to all candidates at once, and closes again. Returns 0 or -EINTR. */
static int try_all(const struct search *s, struct trial *trials)
{
    const uint32_t count = s->routes->to_count;
    struct pollfd watched[LIMIT_ADDRESSES_MAX];
    int64_t until_ns = clock_mono_ns() + s->config->connect_timeout_ns;
    bool is_shortened = false;
    int result = 0;
    for (uint32_t i = 0; i < count; i++) {
        begin_trial(s->routes, i, &trials[i]);
        watched[i] = (struct pollfd){.events = POLLOUT};
    }
    while (look(trials, watched, count) > 0 && result == 0) {
        const int64_t now_ns = clock_mono_ns();
        if (!is_shortened && !s->must_all && has_answer(trials, count)) {
            is_shortened = true;
            until_ns = until_ns < now_ns + OTHERS_FOR_NS ? until_ns : now_ns + OTHERS_FOR_NS;
        }
        if (now_ns >= until_ns)
            break;
        const int64_t left_ms = (until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS; /* never none at all */
        result = poll(watched, count, (int)left_ms) < 0 ? -errno : 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        trials[i].error = trials[i].error == -EINPROGRESS ? -ETIMEDOUT : trials[i].error;
        if (trials[i].fd >= 0)
            close(trials[i].fd);
    }
    return result;
}

int address_connect(const struct address *address, int64_t timeout_ns)
{
    struct pollfd watched = {.events = POLLOUT};
    struct trial trial;
    const struct routes one = {.to = {*address}, .to_count = 1};
    begin_trial(&one, 0, &trial);
    if (look(&trial, &watched, 1) > 0) {
        const int ready = poll(&watched, 1, (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS));
        if (ready <= 0)
            trial.error = ready < 0 ? -errno : -ETIMEDOUT;
        else
            look(&trial, &watched, 1);
    }
    if (trial.error == 0)
        return trial.fd;
    if (trial.fd >= 0)
        close(trial.fd);
    return trial.error;
}

static void explain(const struct search *s, const struct address *address, int failure)
{
    char *error = s->error;
    switch (-failure) {
    case ECONNREFUSED:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "nothing listens on %s (connection refused)\n"
                 "      start the server, or check the port in %s",
                 address->text, s->named_by);
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
    case EADDRNOTAVAIL:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "no local address and port is free to connect to %s from\n      closed connections keep "
                 "theirs for up to a minute: wait for it, or connect from other addresses (--source)",
                 address->text);
        return;
    case ENOENT:
        snprintf(error, ADDRESS_ERROR_MAX,
                 "there is no socket at %s\n      start the server, or check the path in %s",
                 address->text, s->named_by);
        return;
    default:
        snprintf(error, ADDRESS_ERROR_MAX, "cannot connect to %s: %s\n      check the address in %s",
                 address->text, strerror(-failure), s->named_by);
    }
}

/* Keeps those that answered. Where none did, or one that had to, the first failure is told. */
static int keep_answering(const struct search *s, const struct trial *trials)
{
    struct routes *r = s->routes;
    const uint32_t count = r->to_count;
    uint32_t kept = 0;
    int failure = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct address address = r->to[i];
        if (trials[i].error == 0) {
            r->to[kept++] = address;
            continue;
        }
        if (failure == 0)
            explain(s, &address, trials[i].error);
        failure = failure == 0 ? trials[i].error : failure;
        r->left_out_errors[r->left_out_count] = trials[i].error;
        r->left_out[r->left_out_count++] = address;
    }
    r->to_count = kept;
    return kept == 0 || (s->must_all && failure < 0) ? failure : 0;
}

/* ---- all of it ---- */

static int find(struct search *s, const struct url *url)
{
    char authority[URL_AUTHORITY_MAX];
    const struct config *c = s->config;
    if (c->unix_socket) {
        snprintf(s->named_by, sizeof s->named_by, "--unix-socket");
        if (route_unix(c->unix_socket, &s->routes->to[0])) {
            s->routes->to_count = 1;
            return 0;
        }
        snprintf(s->error, ADDRESS_ERROR_MAX,
                 "--unix-socket %.200s is no path of a socket\n      give one of 1 to 107 bytes",
                 c->unix_socket);
        return -EINVAL;
    }
    memcpy(s->place.host, url->host, sizeof s->place.host);
    s->place.port = url->port;
    snprintf(s->named_by, sizeof s->named_by, "%s://%s/", url->scheme == URL_HTTPS ? "https" : "http",
             url_format_authority(url, authority));
    const int error = find_candidates(s);
    return error < 0 ? error : find_sources(s);
}

int address_find(const struct url *url, const struct config *config, struct routes *routes,
                 char error[ADDRESS_ERROR_MAX])
{
    struct trial trials[LIMIT_ADDRESSES_MAX];
    struct search search = {.config = config, .routes = routes, .error = error};
    routes->to_count = routes->from_count = routes->left_out_count = 0;
    int result = find(&search, url);
    if (result == 0)
        result = match_families(&search);
    if (result == 0)
        result = try_all(&search, trials);
    return result < 0 ? result : keep_answering(&search, trials);
}
