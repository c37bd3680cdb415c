/* From a URL to an address that answers, or to a sentence that helps. */
#include "address.h"
#include "clock.h"
#include "limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND NS_PER_S

/* A listener on any port; *port: which. Returns -1 where the family is not to be had. */
static int listen_on(int family, uint16_t *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
    socklen_t size = family == AF_INET ? sizeof in : sizeof in6;
    const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, address, size) < 0 || listen(fd, 0) < 0 ||
        getsockname(fd, address, &size) < 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(family == AF_INET ? in.sin_port : in6.sin6_port);
    return fd;
}

static int find_with(const char *host, uint16_t port, const struct config *config,
                     struct routes *routes, char error[ADDRESS_ERROR_MAX])
{
    char text[512], wrong[URL_ERROR_MAX];
    struct url url;
    snprintf(text, sizeof text, "http://%s:%u/", host, port);
    if (!url_parse(text, &url, wrong))
        fail_msg("%s", wrong);
    error[0] = '\0';
    return address_find(&url, config, routes, error);
}

/* The first address found. */
static int find(const char *host, uint16_t port, int64_t timeout_ns, struct address *address,
                char error[ADDRESS_ERROR_MAX])
{
    const struct config config = {.connect_timeout_ns = timeout_ns};
    struct routes routes = {.to_count = 0};
    const int result = find_with(host, port, &config, &routes, error);
    *address = routes.to[0];
    return result;
}

/* The address that was found is one that can be connected to. */
static void check_connects(const struct address *address)
{
    const int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address->storage, address->size), 0);
    close(fd);
}

static void a_listener_is_found(void **state)
{
    (void)state;
    struct address address;
    char error[ADDRESS_ERROR_MAX], text[64];
    uint16_t port;
    const int fd = listen_on(AF_INET, &port);
    assert_true(fd >= 0);
    assert_int_equal(find("127.0.0.1", port, SECOND, &address, error), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    assert_string_equal(address.text, text);
    assert_int_equal(address.size, sizeof(struct sockaddr_in));
    close(accept(fd, NULL, NULL));
    check_connects(&address);
    close(fd);
}

static void a_listener_on_ipv6_is_found(void **state)
{
    (void)state;
    struct address address;
    char error[ADDRESS_ERROR_MAX], text[64];
    uint16_t port;
    const int fd = listen_on(AF_INET6, &port);
    if (fd < 0)
        skip();
    assert_int_equal(find("[::1]", port, SECOND, &address, error), 0);
    snprintf(text, sizeof text, "[::1]:%u", port);
    assert_string_equal(address.text, text);
    close(accept(fd, NULL, NULL));
    check_connects(&address);
    close(fd);
}

/* A name with several addresses: the one that answers, whichever comes first. */
static void all_addresses_of_a_name_are_tried(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct address address;
        char error[ADDRESS_ERROR_MAX];
        uint16_t port;
        const int fd = listen_on(families[i], &port);
        if (fd < 0)
            continue;
        const int result = find("localhost", port, SECOND, &address, error);
        if (families[i] == AF_INET || result == 0) { /* the name may have no IPv6 address */
            assert_int_equal(result, 0);
            assert_int_equal(address.storage.ss_family, families[i]);
        }
        close(fd);
    }
}

static void a_port_where_nothing_listens(void **state)
{
    (void)state;
    struct address address;
    char error[ADDRESS_ERROR_MAX], expected[ADDRESS_ERROR_MAX];
    uint16_t port;
    close(listen_on(AF_INET, &port));
    assert_int_equal(find("127.0.0.1", port, SECOND, &address, error), -ECONNREFUSED);
    snprintf(expected, sizeof expected,
             "nothing listens on 127.0.0.1:%u (connection refused)\n"
             "      start the server, or check the port in http://127.0.0.1:%u/",
             port, port);
    assert_string_equal(error, expected);
}

/* No DNS is asked for a name that cannot be one. */
static void a_host_that_is_not_known(void **state)
{
    (void)state;
    struct address address;
    char host[80], error[ADDRESS_ERROR_MAX];
    memset(host, 'h', 70); /* a label has 63 bytes at most */
    host[70] = '\0';
    assert_int_equal(find(host, 80, SECOND, &address, error), -EHOSTUNREACH);
    assert_memory_equal(error, "the host \"hhh", 13);
    assert_non_null(strstr(error, "\" is not known ("));
    assert_non_null(strstr(error, ")\n      check its spelling in the URL, or the machine's name "
                                  "service"));
}

/* A full queue: the kernel drops what comes, and the connect hangs. */
static void a_server_that_does_not_answer(void **state)
{
    (void)state;
    static const int64_t timeouts[] = {40 * NS_PER_MS, 900 * NS_PER_US, 1};
    struct address address;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char error[ADDRESS_ERROR_MAX], expected[ADDRESS_ERROR_MAX];
    int fillers[4];
    uint16_t port;
    const int fd = listen_on(AF_INET, &port);
    in.sin_port = htons(port);
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fillers[i], (struct sockaddr *)&in, sizeof in);
    }
    snprintf(expected, sizeof expected,
             "127.0.0.1:%u does not answer (no connection in time)\n"
             "      check the address and the firewall between, or raise --connect-timeout",
             port);
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        const int64_t before_ns = clock_mono_ns();
        assert_int_equal(find("127.0.0.1", port, timeouts[i], &address, error), -ETIMEDOUT);
        const int64_t took_ns = clock_mono_ns() - before_ns;
        assert_true(took_ns >= timeouts[i] && took_ns < timeouts[i] + 5 * SECOND);
        assert_string_equal(error, expected);
    }
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(fd);
}

static void an_address_without_a_way_to_it(void **state)
{
    (void)state;
    struct address address;
    char error[ADDRESS_ERROR_MAX];
    const int result = find("255.255.255.255", 80, 20 * NS_PER_MS, &address, error);
    assert_true(result < 0);
    assert_non_null(strstr(error, "255.255.255.255:80"));
    assert_non_null(strstr(error, "\n      check the address"));
}

/* Who answers of those given is not a matter of chance: all must. */
static void addresses_given_one_by_one_must_all_answer(void **state)
{
    (void)state;
    char rule[128], error[ADDRESS_ERROR_MAX];
    const char *rules[] = {rule};
    const struct config config = {
        .connect_timeout_ns = SECOND, .resolve = rules, .resolve_count = 1};
    static struct routes routes;
    uint16_t port;
    const int fd = listen_on(AF_INET, &port);
    snprintf(rule, sizeof rule, "name.test:%u:127.0.0.1,127.0.0.1", port);
    assert_int_equal(find_with("name.test", port, &config, &routes, error), 0);
    assert_int_equal(routes.to_count, 1); /* once each */
    close(accept(fd, NULL, NULL));
    snprintf(rule, sizeof rule, "*:%u:127.0.0.1,127.0.0.2", port);
    assert_int_equal(find_with("name.test", port, &config, &routes, error), -ECONNREFUSED);
    assert_non_null(strstr(error, "nothing listens on 127.0.0.2:"));
    assert_non_null(strstr(error, "or check the port in --resolve"));
    close(fd);
}

/* The rule of another port does not fit; the one that does leads to another name and port. */
static void connect_to_leads_elsewhere(void **state)
{
    (void)state;
    char rule[128], error[ADDRESS_ERROR_MAX], text[64];
    const char *rules[] = {"name.test:1::2", rule};
    const struct config config = {
        .connect_timeout_ns = SECOND, .connect_to = rules, .connect_to_count = 2};
    static struct routes routes;
    uint16_t port;
    const int fd = listen_on(AF_INET, &port);
    snprintf(rule, sizeof rule, "name.test::127.0.0.1:%u", port);
    assert_int_equal(find_with("name.test", 80, &config, &routes, error), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    assert_string_equal(routes.to[0].text, text);
    close(fd);
    assert_int_equal(find_with("name.test", 80, &config, &routes, error), -ECONNREFUSED);
    assert_non_null(strstr(error, "or check the port in --connect-to"));
}

static void sources_must_be_of_this_machine_and_of_the_right_kind(void **state)
{
    (void)state;
    char error[ADDRESS_ERROR_MAX];
    struct config config = {.connect_timeout_ns = SECOND, .sources = "127.0.0.2,127.0.0.3"};
    static struct routes routes;
    uint16_t port;
    const int fd = listen_on(AF_INET, &port);
    assert_int_equal(find_with("127.0.0.1", port, &config, &routes, error), 0);
    assert_int_equal(routes.from_count, 2);
    assert_string_equal(routes.from[1].text, "127.0.0.3");
    config.sources = "192.0.2.7";
    assert_int_equal(find_with("127.0.0.1", port, &config, &routes, error), -EADDRNOTAVAIL);
    assert_non_null(strstr(error, "--source 192.0.2.7 cannot be used: "));
    config.sources = "::1";
    const int result = find_with("127.0.0.1", port, &config, &routes, error);
    assert_true(result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL); /* the latter without IPv6 */
    close(fd);
}

static void a_unix_socket_is_a_path(void **state)
{
    (void)state;
    char error[ADDRESS_ERROR_MAX], path[200];
    struct config config = {.connect_timeout_ns = SECOND, .unix_socket = "/no/such/socket"};
    static struct routes routes;
    assert_int_equal(find_with("name.test", 80, &config, &routes, error), -ENOENT);
    assert_string_equal(error, "there is no socket at unix:/no/such/socket\n"
                               "      start the server, or check the path in --unix-socket");
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    config.unix_socket = path;
    assert_int_equal(find_with("name.test", 80, &config, &routes, error), -EINVAL);
    assert_non_null(strstr(error, "is no path of a socket\n      give one of 1 to 107 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_is_found),
        cmocka_unit_test(a_listener_on_ipv6_is_found),
        cmocka_unit_test(all_addresses_of_a_name_are_tried),
        cmocka_unit_test(a_port_where_nothing_listens),
        cmocka_unit_test(a_host_that_is_not_known),
        cmocka_unit_test(a_server_that_does_not_answer),
        cmocka_unit_test(an_address_without_a_way_to_it),
        cmocka_unit_test(addresses_given_one_by_one_must_all_answer),
        cmocka_unit_test(connect_to_leads_elsewhere),
        cmocka_unit_test(sources_must_be_of_this_machine_and_of_the_right_kind),
        cmocka_unit_test(a_unix_socket_is_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
