/* options.c - getopt_long(3), one reader a kind of value, and the checks that need all of them. */
#include "options.h"

#include "limits.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>

/* Options without a letter. */
enum {
    OPTION_BODY = 256,
    OPTION_BODY_LINES,
    OPTION_ARRIVALS,
    OPTION_TIMEOUT,
    OPTION_GRACE,
    OPTION_SAMPLES,
    OPTION_WAIT,
    OPTION_CPUS,
    OPTION_SEED,
    OPTION_STRICT,
    OPTION_JSON,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"connections", required_argument, NULL, 'c'},
    {"threads", required_argument, NULL, 't'},
    {"duration", required_argument, NULL, 'd'},
    {"requests", required_argument, NULL, 'n'},
    {"rate", required_argument, NULL, 'R'},
    {"arrivals", required_argument, NULL, OPTION_ARRIVALS},
    {"warmup", required_argument, NULL, 'w'},
    {"method", required_argument, NULL, 'X'},
    {"request", required_argument, NULL, 'X'}, /* curl's name */
    {"header", required_argument, NULL, 'H'},
    {"body", required_argument, NULL, OPTION_BODY},
    {"data", required_argument, NULL, OPTION_BODY}, /* curl's name */
    {"body-lines", required_argument, NULL, OPTION_BODY_LINES},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"max-time", required_argument, NULL, OPTION_TIMEOUT}, /* curl's name */
    {"grace", required_argument, NULL, OPTION_GRACE},
    {"pipeline", required_argument, NULL, 'p'},
    {"output", required_argument, NULL, 'o'},
    {"samples", required_argument, NULL, OPTION_SAMPLES},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"cpus", required_argument, NULL, OPTION_CPUS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"insecure", no_argument, NULL, 'k'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0}};

static const char help_text[] =
    "usage: tare [options] URL\n"
    "Loads an HTTP/1.1 server and writes every request as a row of CSV.\n"
    "\n"
    "  -c, --connections N     connections kept open (10)\n"
    "  -t, --threads N         threads, each with its share of them (1)\n"
    "  -d, --duration TIME     how long is measured (10s; not with -n alone)\n"
    "  -n, --requests N        how many requests are measured\n"
    "  -R, --rate N            open loop: requests a second in all; without it a\n"
    "                          closed loop, where the next request follows an answer\n"
    "      --arrivals KIND     constant or poisson (constant)\n"
    "  -w, --warmup TIME       load before what is measured (0s)\n"
    "\n"
    "  -X, --method METHOD     (GET; POST where there is a body)\n"
    "  -H, --header 'N: V'     a header line; may be repeated\n"
    "      --body TEXT|@FILE   the body (curl's --data too)\n"
    "      --body-lines FILE   request i sends line i of the file\n"
    "      --timeout TIME      from sent to the whole answer (30s)\n"
    "      --grace TIME        how long answers are awaited at the end (5s)\n"
    "\n"
    "  -o, --output DIR        the run's folder (results/ and the time)\n"
    "      --samples KIND      rows written: all, none, or 1/N of them (all)\n"
    "      --wait KIND         spin, hybrid or block (open loop hybrid, else block)\n"
    "      --cpus LIST         pin threads, as 1 or 2,3 or 4-7\n"
    "      --seed N            of all that is drawn (1)\n"
    "      --strict            a suspect run exits 3 as an invalid one does\n"
    "      --json              the summary as JSON on stdout\n"
    "  -q, --quiet             nothing but errors\n"
    "  -h, --help              --version\n"
    "\n"
    "TIME: 500ms, 30s, 2m.  N: 100, 10k, 1m.\n"
    "Exit: 0 good, 2 wrong use or failure, 3 an invalid run, 130 interrupted.\n";

const char *options_help(void)
{
    return help_text;
}

static bool bad(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool bad(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, OPTIONS_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- values ---- */

static bool read_count(const char *name, const char *text, uint64_t max, uint64_t *count,
                       char *error)
{
    if (!units_parse_count(text, count))
        return bad(error, "%s %s is no count\n      write a whole number as 100, 10k or 1m", name,
                   text);
    if (*count == 0 || *count > max)
        return bad(error, "%s %s is out of range\n      choose 1 to %llu", name, text,
                   (unsigned long long)max);
    return true;
}

static bool read_u32(const char *name, const char *text, uint32_t max, uint32_t *count, char *error)
{
    uint64_t value;
    if (!read_count(name, text, max, &value, error))
        return false;
    *count = (uint32_t)value;
    return true;
}

static bool read_time(const char *name, const char *text, bool may_be_zero, int64_t *ns,
                      char *error)
{
    if (!units_parse_time(text, ns))
        return bad(error, "%s %s is no time\n      write it as 500ms, 30s or 2m, up to 7 days", name,
                   text);
    if (*ns == 0 && !may_be_zero)
        return bad(error, "%s must be longer than nothing\n      write it as 500ms, 30s or 2m",
                   name);
    return true;
}

static bool read_rate(const char *text, uint64_t *rate_milli, char *error)
{
    if (!units_parse_milli(text, rate_milli))
        return bad(error, "-R %s is no rate\n      write requests a second, as 50, 0.5 or 20k",
                   text);
    if (*rate_milli == 0 || *rate_milli > (uint64_t)LIMIT_RATE_MAX * 1000)
        return bad(error, "-R %s is out of range\n      choose 0.001 to %u requests a second", text,
                   LIMIT_RATE_MAX);
    return true;
}

static bool read_choice(const char *name, const char *text, const char *const *choices, int *chosen,
                        char *error)
{
    char list[128] = "";
    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *chosen = i;
            return true;
        }
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i > 0 ? ", " : "",
                 choices[i]);
    }
    return bad(error, "%s %s is not known\n      choose one of %s", name, text, list);
}

static bool read_samples(const char *text, uint32_t *one_in, char *error)
{
    uint64_t value = 0;
    if (strcmp(text, "all") == 0)
        *one_in = 1;
    else if (strcmp(text, "none") == 0)
        *one_in = 0;
    else if (strncmp(text, "1/", 2) == 0 && units_parse_count(text + 2, &value) && value > 0 &&
             value <= UINT32_MAX)
        *one_in = (uint32_t)value;
    else
        return bad(error, "--samples %s is not known\n      choose all, none, or 1/N such as 1/10",
                   text);
    return true;
}

/* Reads to the end into *bytes, which grows; a pipe has no size to be asked for. Returns 0 or
 * -errno; -EFBIG: more than LIMIT_BODY_MAX_BYTES. *bytes is the caller's in any case. */
static int read_all(FILE *file, char **bytes, size_t *size)
{
    size_t room = 0;
    *size = 0;
    do {
        room = room == 0 ? 4096 : 2 * room;
        char *grown = realloc(*bytes, room);
        if (!grown)
            return -ENOMEM;
        *bytes = grown;
        errno = 0;
        *size += fread(*bytes + *size, 1, room - *size, file);
        if (ferror(file))
            return errno ? -errno : -EIO;
    } while (*size == room && *size <= LIMIT_BODY_MAX_BYTES);
    (*bytes)[*size == room ? room - 1 : *size] = '\0';
    return *size > LIMIT_BODY_MAX_BYTES ? -EFBIG : 0;
}

/* Reads a whole file; owned by the caller, with a final zero that *size does not count. */
static bool read_file(const char *name, const char *path, char **bytes, size_t *size, char *error)
{
    FILE *file = fopen(path, "rbe");
    const int failure = file ? read_all(file, bytes, size) : -errno;
    if (file)
        fclose(file);
    if (failure == -EFBIG)
        return bad(error, "%s: %s is too large\n      it may have %u bytes", name, path,
                   LIMIT_BODY_MAX_BYTES);
    if (failure < 0)
        return bad(error, "%s: %s cannot be read: %s\n      check the path", name, path,
                   strerror(-failure));
    return true;
}

static bool read_body(struct options *o, const char *text, char *error)
{
    struct config *c = &o->config;
    free(o->body);
    o->body = NULL;
    if (text[0] == '@') {
        if (!read_file("--body", text + 1, &o->body, &c->body_bytes, error))
            return false;
        c->body = o->body;
        return true;
    }
    c->body = text;
    c->body_bytes = strlen(text);
    return true;
}

/* Reads "1" or "4-7"; *at goes on behind it. Returns false where it is neither. */
static bool read_range(const char **at, long *first, long *last)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    *first = *last = strtol(*at, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        *last = strtol(end + 1, &end, 10);
    }
    *at = end;
    return *first <= *last;
}

/* Reads "1", "2,3" and "4-7" into a list of CPUs that this process may use. */
static bool read_cpus(struct options *o, const char *text, char *error)
{
    cpu_set_t allowed;
    const char *at = text;
    long first, last;
    int *cpus = o->cpus ? o->cpus : malloc(LIMIT_THREADS_MAX * sizeof *cpus);
    if (!cpus)
        return bad(error, "out of memory");
    sched_getaffinity(0, sizeof allowed, &allowed);
    o->config.cpus = o->cpus = cpus;
    o->config.cpus_count = 0;
    do {
        if (!read_range(&at, &first, &last) || (*at && *at != ','))
            return bad(error, "--cpus %s is no list of CPUs\n      write it as 1 or 2,3 or 4-7",
                       text);
        for (long cpu = first; cpu <= last; cpu++) {
            if (cpu >= CPU_SETSIZE || !CPU_ISSET((size_t)cpu, &allowed))
                return bad(error,
                           "--cpus %s: there is no CPU %ld here, or this process may not use it\n"
                           "      see nproc and taskset -p $$",
                           text, cpu);
            if (o->config.cpus_count == LIMIT_THREADS_MAX)
                return bad(error, "--cpus names more than %u CPUs\n      leave some out",
                           LIMIT_THREADS_MAX);
            cpus[o->config.cpus_count++] = (int)cpu;
        }
    } while (*at++);
    return true;
}

static bool add_header(struct options *o, const char *line, char *error)
{
    struct config *c = &o->config;
    if (c->headers_count == LIMIT_HEADERS_MAX)
        return bad(error, "more than %u header lines\n      leave some out", LIMIT_HEADERS_MAX);
    if (!o->headers)
        o->headers = calloc(LIMIT_HEADERS_MAX, sizeof *o->headers);
    if (!o->headers)
        return bad(error, "out of memory");
    o->headers[c->headers_count++] = line;
    c->headers = o->headers;
    return true;
}

/* ---- the command line ---- */

struct given {
    bool duration, wait;
};

static bool read_load_option(struct options *o, struct given *given, int letter, const char *value,
                             char *error)
{
    static const char *const arrivals[] = {"constant", "poisson", NULL};
    struct config *c = &o->config;
    int chosen = 0;
    switch (letter) {
    case 'c':
        return read_u32("-c", value, LIMIT_CONNECTIONS_MAX, &c->connections, error);
    case 't': return read_u32("-t", value, LIMIT_THREADS_MAX, &c->threads, error);
    case 'd':
        given->duration = true;
        return read_time("-d", value, false, &c->duration_ns, error);
    case 'n': return read_count("-n", value, UINT64_MAX / 2, &c->requests, error);
    case 'R':
        c->loop = LOOP_OPEN;
        return read_rate(value, &c->rate_milli, error);
    case 'w': return read_time("-w", value, true, &c->warmup_ns, error);
    case 'p':
        if (!read_u32("-p", value, UINT32_MAX, &c->pipeline, error))
            return false;
        return c->pipeline == 1 ? true
                                : bad(error, "-p %s: pipelining is not in this version\n"
                                             "      use more connections (-c)",
                                      value);
    case OPTION_ARRIVALS:
        if (!read_choice("--arrivals", value, arrivals, &chosen, error))
            return false;
        c->arrivals = (enum arrivals)chosen;
        return true;
    case OPTION_TIMEOUT: return read_time("--timeout", value, false, &c->timeout_ns, error);
    case OPTION_GRACE: return read_time("--grace", value, true, &c->grace_ns, error);
    default: return bad(error, "unknown option\n      see tare --help");
    }
}

static bool read_option(struct options *o, struct given *given, int letter, const char *value,
                        char *error)
{
    static const char *const waits[] = {"spin", "hybrid", "block", NULL};
    struct config *c = &o->config;
    int chosen = 0;
    switch (letter) {
    case 'X': c->method = value; return true;
    case 'H': return add_header(o, value, error);
    case OPTION_BODY: return read_body(o, value, error);
    case OPTION_BODY_LINES:
        free(o->body_lines);
        o->body_lines = NULL;
        if (!read_file("--body-lines", value, &o->body_lines, &c->body_lines_bytes, error))
            return false;
        c->body_lines = o->body_lines;
        return true;
    case 'o': c->output = value; return true;
    case OPTION_SAMPLES: return read_samples(value, &c->samples_one_in, error);
    case OPTION_WAIT:
        if (!read_choice("--wait", value, waits, &chosen, error))
            return false;
        c->wait = (enum wait_mode)chosen;
        given->wait = true;
        return true;
    case OPTION_CPUS: return read_cpus(o, value, error);
    case OPTION_SEED:
        return units_parse_count(value, &c->seed) && c->seed <= INT64_MAX /* as run.json has it */
                   ? true
                   : bad(error, "--seed %s is no whole number\n      choose 0 to %lld", value,
                         (long long)INT64_MAX);
    case OPTION_STRICT: c->strict = true; return true;
    case OPTION_JSON: c->json = true; return true;
    case 'q': c->quiet = true; return true;
    case 'k': return true; /* for TLS, which this version does not speak */
    default: return read_load_option(o, given, letter, value, error);
    }
}

static bool check_together(struct config *c, const struct given *given, char *error)
{
    if (c->requests > 0 && !given->duration)
        c->duration_ns = 0;
    if (!given->wait)
        c->wait = c->loop == LOOP_OPEN ? WAIT_HYBRID : WAIT_BLOCK;
    if (c->threads > c->connections)
        return bad(error,
                   "-t %u threads cannot share -c %u connections\n      ask for at least one "
                   "connection a thread",
                   c->threads, c->connections);
    if (c->body && c->body_lines)
        return bad(error, "--body and --body-lines exclude each other\n      leave one out");
    if (c->arrivals == ARRIVALS_POISSON && c->loop == LOOP_CLOSED)
        return bad(error, "--arrivals needs a rate\n      add -R, such as -R 1000");
    return true;
}

/* Keeps the command line as it was typed: getopt_long(3) puts argv into another order. */
static bool keep_command(struct options *o, int argc, char **argv, char *error)
{
    o->command = malloc((size_t)argc * sizeof *o->command);
    if (!o->command)
        return bad(error, "out of memory");
    memcpy(o->command, argv, (size_t)argc * sizeof *o->command);
    o->config.command = o->command;
    o->config.command_count = (size_t)argc;
    return true;
}

static void set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    o->config = (struct config){.connections = 10,
                                .threads = 1,
                                .pipeline = 1,
                                .duration_ns = 10 * NS_PER_S,
                                .grace_ns = 5 * NS_PER_S,
                                .timeout_ns = 30 * NS_PER_S,
                                .seed = 1,
                                .samples_one_in = 1};
}

static const char letters[] = ":c:t:d:n:R:w:X:H:p:o:qkh";

/* What getopt found wrong, in our own words. A letter may stand in a word with others, which getopt
 * may not be done with; a long option is the word before the next, and has no letter unless it is
 * known. */
static bool explain_getopt(int letter, char **argv, char *error)
{
    const char *word = argv[optind > 0 ? optind - 1 : 0];
    const bool is_known = optopt != 0 && (optopt > 255 || strchr(letters, optopt));
    const bool is_word = letter == ':' ? strncmp(word, "--", 2) == 0 : optopt == 0 || is_known;
    const char name[] = {'-', (char)optopt, '\0'};
    return bad(error, "%s %s\n      see tare --help", is_word ? word : name,
               letter == ':' ? "needs a value" : "is not an option of tare");
}

enum options_result options_parse(struct options *o, int argc, char **argv,
                                  char error[OPTIONS_ERROR_MAX])
{
    struct given given = {false, false};
    int letter;
    set_defaults(o);
    if (!keep_command(o, argc, argv, error))
        return OPTIONS_BAD;
    optind = 0; /* glibc: begin anew, so that a test can parse more than once */
    opterr = 0;
    while ((letter = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        if (letter == 'h')
            return OPTIONS_HELP;
        if (letter == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (letter == '?' || letter == ':') {
            explain_getopt(letter, argv, error);
            return OPTIONS_BAD;
        }
        if (!read_option(o, &given, letter, optarg, error))
            return OPTIONS_BAD;
    }
    if (optind == argc) {
        bad(error, "no URL is given\n      tare http://127.0.0.1:8080/ loads a server there; see "
                   "tare --help");
        return OPTIONS_BAD;
    }
    if (argc - optind > 1) {
        bad(error, "more than one URL is given (%s)\n      this version loads one", argv[optind + 1]);
        return OPTIONS_BAD;
    }
    o->config.url = argv[optind];
    return check_together(&o->config, &given, error) ? OPTIONS_RUN : OPTIONS_BAD;
}

void options_free(struct options *o)
{
    free(o->body);
    free(o->body_lines);
    free(o->headers);
    free(o->command);
    free(o->cpus);
}
