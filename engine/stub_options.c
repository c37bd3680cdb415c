/* stub_options.c - a table of options, and what does not go together. */
#include "stub_options.h"

#include "units.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

const char *stub_options_help(void)
{
    return "tare-stub: a deterministic HTTP server to load and to test against\n"
           "\n"
           "  --port N           listen here (8080); 0 takes any free port, and prints it\n"
           "  --address IP       listen on this address (127.0.0.1); ::1 is IPv6's\n"
           "  --mode MODE        baseline or optimized: latencies of a service before and after "
           "its\n"
           "                     optimisation (P50 479.83 and 214.83 ms, P95 1,099.49 and 490.58 "
           "ms)\n"
           "  --delay SPEC       fixed:5ms, uniform:1ms-10ms, exponential:5ms, lognormal:5ms,0.5\n"
           "                     (median, sigma) or turns:1ms,5ms,50ms\n"
           "  --servers N        of a queue, all threads together: each takes a request at a time, "
           "for\n"
           "                     its delay, so that N/delay requests/s get through and no more\n"
           "  --null             answer at once, at the least cost: no delays, no log\n"
           "  --seed N           of the latencies (1)\n"
           "  --size N           bytes of a response's body (13)\n"
           "  --chunked          send the body in chunks\n"
           "  --status CODE      of every response (200)\n"
           "  --close-after N    close a connection after N requests\n"
           "  --log FILE         append a line of JSON for each request\n"
           "  --threads N        each with a ring and a share of the connections (1)\n"
           "\n"
           "A request's latency is a function of the seed and of the first number in its body; "
           "one\n"
           "without a number gets its place in the count of those. Server-Timing tells it. GET "
           "/health\n"
           "is answered at once. SIGTERM and SIGINT end the server, and it says what it served.\n";
}

/* The command line as it was read; what depends on two options is made of it in the end. */
struct reading {
    struct stub_options *options;
    const char *address;
    const char *mode;
    const char *delay;
    uint64_t port;
};

/* Each takes a value; false where it is none. */
static bool take_port(struct reading *reading, const char *value)
{
    return units_parse_count(value, &reading->port) && reading->port <= UINT16_MAX;
}

static bool take_address(struct reading *reading, const char *value)
{
    struct in6_addr any;
    reading->address = value;
    return inet_pton(AF_INET, value, &any) == 1 || inet_pton(AF_INET6, value, &any) == 1;
}

static bool take_mode(struct reading *reading, const char *value)
{
    reading->mode = value;
    return strcmp(value, "baseline") == 0 || strcmp(value, "optimized") == 0;
}

static bool take_delay(struct reading *reading, const char *value)
{
    reading->delay = value;
    return true;
}

static bool take_servers(struct reading *reading, const char *value)
{
    uint64_t servers = 0;
    const bool is_count = units_parse_count(value, &servers);
    reading->options->servers = (uint32_t)servers;
    return is_count && servers >= 1 && servers <= LIMIT_STUB_SERVERS_MAX;
}

static bool take_null(struct reading *reading, const char *value)
{
    (void)value;
    return reading->options->null = true;
}

static bool take_chunked(struct reading *reading, const char *value)
{
    (void)value;
    return reading->options->chunked = true;
}

static bool take_seed(struct reading *reading, const char *value)
{
    return units_parse_count(value, &reading->options->seed);
}

static bool take_size(struct reading *reading, const char *value)
{
    return units_parse_count(value, &reading->options->body_bytes) &&
           reading->options->body_bytes <= LIMIT_BODY_MAX_BYTES;
}

static bool take_status(struct reading *reading, const char *value)
{
    uint64_t status = 0;
    const bool is_count = units_parse_count(value, &status);
    reading->options->status = (int)status;
    return is_count && status >= 200 && status <= 599;
}

static bool take_close_after(struct reading *reading, const char *value)
{
    return units_parse_count(value, &reading->options->close_after) &&
           reading->options->close_after > 0;
}

static bool take_log(struct reading *reading, const char *value)
{
    reading->options->log_path = value;
    return *value != '\0';
}

static bool take_threads(struct reading *reading, const char *value)
{
    uint64_t threads = 0;
    const bool is_count = units_parse_count(value, &threads);
    reading->options->threads = (uint32_t)threads;
    return is_count && threads >= 1 && threads <= LIMIT_THREADS_MAX;
}

struct option {
    const char *name;
    bool (*take)(struct reading *reading, const char *value);
    const char *expected; /* what a value is; NULL: the option takes none */
};

static const struct option known[] = {
    {"port", take_port, "a port from 0 to 65535"},
    {"address", take_address, "an IP address such as 127.0.0.1 or ::1, not a name"},
    {"mode", take_mode, "baseline or optimized"},
    {"delay", take_delay, "a delay such as fixed:5ms"},
    {"servers", take_servers, "a count from 1 to 1,000,000"},
    {"seed", take_seed, "a count such as 42"},
    {"size", take_size, "a count of bytes from 0 to 1,073,741,824"},
    {"status", take_status, "a status from 200 to 599"},
    {"close-after", take_close_after, "a count of requests from 1 on"},
    {"log", take_log, "a file's name"},
    {"threads", take_threads, "a count from 1 to 256"},
    {"null", take_null, NULL},
    {"chunked", take_chunked, NULL},
};
static_assert(LIMIT_BODY_MAX_BYTES == 1073741824 && LIMIT_THREADS_MAX == 256 &&
                  LIMIT_STUB_SERVERS_MAX == 1000000,
              "the texts above say so");

static const struct option *find_option(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == size && memcmp(known[i].name, name, size) == 0)
            return &known[i];
    return NULL;
}

/* Reads the option at argv[*at], and its value, which may stand behind '=' or as the next word. */
static bool read_option(struct reading *reading, int argc, char *const *argv, int *at, char *why,
                        size_t why_size)
{
    const char *word = argv[*at];
    const char *equals = strchr(word, '=');
    const size_t size = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *option =
        size > 2 && memcmp(word, "--", 2) == 0 ? find_option(word + 2, size - 2) : NULL;
    if (!option) {
        snprintf(why, why_size, "%s is no option of tare-stub\n      --help lists them", word);
        return false;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (option->expected && !value && *at + 1 < argc)
        value = argv[++*at];
    if (!option->expected && value) {
        snprintf(why, why_size, "--%s takes no value\n      write it alone", option->name);
        return false;
    }
    if (option->expected && !value) {
        snprintf(why, why_size, "--%s lacks its value\n      it takes %s", option->name,
                 option->expected);
        return false;
    }
    if (!option->take(reading, value)) {
        snprintf(why, why_size, "--%s %s: that is no such value\n      it takes %s", option->name,
                 value, option->expected);
        return false;
    }
    return true;
}

/* What cannot both be asked for; NULL where all is well. */
static const char *find_conflict(const struct reading *reading)
{
    const struct stub_options *options = reading->options;
    if (reading->mode && reading->delay)
        return "--mode and --delay both set the latencies\n      leave one of them out";
    if (options->null && (reading->mode || reading->delay))
        return "--null answers at once, and has no latencies\n"
               "      leave out --null, or --mode and --delay";
    if (options->servers > 0 && !reading->mode && !reading->delay)
        return "--servers are busy for as long as --delay says\n"
               "      add --delay, such as --servers 4 --delay fixed:2ms: 2,000 requests/s get through";
    if (options->null && options->log_path)
        return "--null keeps no log\n      leave out --null: without --delay it still answers at "
               "once";
    if (options->null && options->close_after > 0)
        return "--null does not count a connection's requests\n      leave out --null or "
               "--close-after";
    return NULL;
}

static void write_address(const struct reading *reading)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&reading->options->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&reading->options->address;
    if (inet_pton(AF_INET, reading->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)reading->port);
        reading->options->address_size = sizeof *v4;
    } else {
        inet_pton(AF_INET6, reading->address, &v6->sin6_addr);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)reading->port);
        reading->options->address_size = sizeof *v6;
    }
}

/* Sets the latencies, which depend on the seed. */
static bool write_delay(const struct reading *reading, char *why, size_t why_size)
{
    struct stub_options *options = reading->options;
    if (reading->delay)
        return stub_delay_parse(&options->delay, reading->delay, options->seed, why, why_size);
    if (reading->mode)
        stub_delay_of_mode(&options->delay,
                           strcmp(reading->mode, "baseline") == 0 ? STUB_DELAY_BASELINE
                                                                  : STUB_DELAY_OPTIMIZED,
                           options->seed);
    else
        stub_delay_none(&options->delay);
    return true;
}

enum stub_options_result stub_options_parse(struct stub_options *options, int argc,
                                            char *const *argv, char *why, size_t why_size)
{
    struct reading reading = {.options = options, .address = "127.0.0.1", .port = 8080};
    *options = (struct stub_options){.threads = 1, .seed = 1, .status = 200, .body_bytes = 13};
    for (int at = 1; at < argc; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0)
            return STUB_OPTIONS_HELP;
        if (strcmp(argv[at], "--version") == 0)
            return STUB_OPTIONS_VERSION;
        if (!read_option(&reading, argc, argv, &at, why, why_size))
            return STUB_OPTIONS_BAD;
    }
    const char *conflict = find_conflict(&reading);
    if (conflict) {
        snprintf(why, why_size, "%s", conflict);
        return STUB_OPTIONS_BAD;
    }
    write_address(&reading);
    return write_delay(&reading, why, why_size) ? STUB_OPTIONS_RUN : STUB_OPTIONS_BAD;
}
