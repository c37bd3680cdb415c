/* response_test.c - response framing by the vectors of tests/vectors/response-*.md: each is fed
 * whole, byte by byte, at every two-way split and at many random ones, against a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check_caught.h"
#include "known_head.h"
#include "limits.h"
#include "response.h"
#include "schema.h"
#include "vector.h"

#include <glob.h>
#include <signal.h>
#include <sys/wait.h>

#define TEXT_MAX 4096
#define SPLITS_WHOLE                                                                               \
    4096 /* inputs up to this are cut at every place, longer ones at chosen ones                   \
          */

typedef enum response_result feed_function(struct response *r, const uint8_t *bytes, size_t size,
                                           size_t *consumed);

/* A connection that a vector is fed to, and what came out of it. */
struct session {
    const struct vector *vector;
    const struct guard *guard;
    feed_function *feed;
    struct response response;
    size_t message_start;
    size_t at;    /* of the vector's input */
    bool between; /* a response is done and no byte of the next has come */
    bool over;    /* nothing is fed after BAD */
    size_t stops[VECTOR_STOPS_MAX];
    size_t stops_count;
    char text[TEXT_MAX];
};

static void session_print(struct session *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void session_print(struct session *s, const char *format, ...)
{
    const size_t used = strlen(s->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->text + used, sizeof s->text - used, format, arguments);
    va_end(arguments);
}

static void session_start(struct session *s)
{
    response_start(&s->response, strstr(s->vector->options, "to-head") != NULL);
    s->message_start = s->at;
    s->between = true;
}

/* A response ended, well or badly, in front of s->at. */
static void session_stop(struct session *s)
{
    if (s->at < s->vector->size && s->stops_count < VECTOR_STOPS_MAX)
        s->stops[s->stops_count++] = s->at;
    if (s->response.bytes != s->at - s->message_start)
        session_print(s, "counted %zu bytes of %zu\n", (size_t)s->response.bytes,
                      s->at - s->message_start);
}

static void session_done(struct session *s)
{
    const struct response *r = &s->response;
    session_print(s, "done %u %s body %zu", r->status, r->keep_alive ? "keep-alive" : "close",
                  (size_t)r->body_bytes);
    if (r->server_ns != SCHEMA_NS_NONE)
        session_print(s, " server %lld", (long long)r->server_ns);
    session_print(s, "%s\n", r->head_seen ? "" : " without a head");
    session_stop(s);
}

static void session_bad(struct session *s)
{
    session_print(s, "bad %s%s\n", framing_name(s->response.error),
                  s->response.keep_alive ? " keep-alive" : "");
    session_stop(s);
    s->over = true;
}

static void session_piece(struct session *s, size_t size)
{
    const size_t end = s->at + size;
    while (s->at < end && !s->over) {
        const size_t left = end - s->at;
        size_t consumed = SIZE_MAX;
        const enum response_result result = s->feed(
            &s->response, guard_place(s->guard, s->vector->input + s->at, left), left, &consumed);
        s->between = false;
        s->at += consumed;
        switch (result) {
        case RESPONSE_MORE:
            if (consumed != left)
                session_print(s, "more, but %zu of %zu consumed\n", consumed, left);
            s->over = consumed != left;
            break;
        case RESPONSE_DONE:
            session_done(s);
            session_start(s);
            break;
        case RESPONSE_BAD: session_bad(s); break;
        }
    }
}

/* What the bytes' end tells: the connection's close, where the vector wants it, or what is open. */
static void session_end(struct session *s)
{
    const struct response *r = &s->response;
    const bool closes = strstr(s->vector->options, "then-close") != NULL;
    if (s->over || (s->between && s->at > 0))
        return;
    if (closes && response_end(&s->response) == RESPONSE_DONE)
        session_done(s);
    else if (closes)
        session_bad(s);
    else if (r->head_seen)
        session_print(s, "more %u body %zu\n", r->status, (size_t)r->body_bytes);
    else
        session_print(s, "more\n");
}

static bool stops_equal(const struct session *s)
{
    const struct vector *v = s->vector;
    return s->stops_count == v->stops_count &&
           memcmp(s->stops, v->stops, s->stops_count * sizeof s->stops[0]) == 0;
}

/* Feeds the vector in pieces that end at the cuts, which ascend. Returns false, and says why to
 * stderr unless `quiet`, where the outcome is not the vector's. */
static bool vector_holds(const struct vector *v, const struct guard *guard, feed_function *feed,
                         const size_t *cuts, size_t cuts_count, bool quiet)
{
    static struct session s;
    s = (struct session){.vector = v, .guard = guard, .feed = feed};
    session_start(&s);
    for (size_t i = 0; i < cuts_count; i++)
        session_piece(&s, cuts[i] - s.at);
    session_piece(&s, v->size - s.at);
    session_end(&s);
    if (strcmp(s.text, v->expected) == 0 && stops_equal(&s))
        return true;
    if (!quiet) {
        print_error("%s, %zu cuts, the first at %zu:\n%sexpected:\n%sstops:", v->name, cuts_count,
                    cuts_count > 0 ? cuts[0] : 0, s.text, v->expected);
        for (size_t i = 0; i < s.stops_count; i++)
            print_error(" %zu", s.stops[i]);
        print_error(", expected:");
        for (size_t i = 0; i < v->stops_count; i++)
            print_error(" %zu", v->stops[i]);
        print_error(" of %zu\n", v->size);
    }
    return false;
}

/* Is a long input cut here? Near its ends, near the stops, and now and then. */
static bool cut_is_chosen(const struct vector *v, size_t cut)
{
    if (v->size <= SPLITS_WHOLE || cut < 100 || cut + 100 > v->size || cut % 8191 == 0)
        return true;
    for (size_t i = 0; i < v->stops_count; i++)
        if (cut + 10 > v->stops[i] && cut < v->stops[i] + 10)
            return true;
    return false;
}

/* Cuts at random places, seeded by the vector's size: always the same ones. */
static bool holds_cut_at_random(const struct vector *v, const struct guard *guard,
                                feed_function *feed, bool quiet)
{
    unsigned seed = (unsigned)v->size;
    static size_t cuts[VECTOR_BYTES_MAX];
    for (int round = 0; round < 20; round++) {
        size_t count = 0;
        const unsigned step = 2 + (unsigned)rand_r(&seed) % 40 + (unsigned)(v->size / 1000);
        for (size_t cut = 1; cut < v->size; cut += 1 + (unsigned)rand_r(&seed) % step)
            cuts[count++] = cut;
        if (!vector_holds(v, guard, feed, cuts, count, quiet))
            return false;
    }
    return true;
}

/* The whole torture. */
static bool vector_holds_however_cut(const struct vector *v, feed_function *feed, bool quiet)
{
    static size_t every[VECTOR_BYTES_MAX];
    struct guard guard = guard_open(v->size + 1);
    bool holds = vector_holds(v, &guard, feed, NULL, 0, quiet);
    for (size_t i = 0; i < v->size; i++)
        every[i] = i;
    holds = holds && vector_holds(v, &guard, feed, every, v->size, quiet);
    for (size_t cut = 1; cut < v->size && holds; cut++)
        if (cut_is_chosen(v, cut))
            holds = vector_holds(v, &guard, feed, &cut, 1, quiet);
    holds = holds && holds_cut_at_random(v, &guard, feed, quiet);
    guard_close(&guard);
    return holds;
}

/* Feeds what is no content byte by byte, and throws content away unseen. */
static enum response_result feed_skips(struct response *r, const uint8_t *bytes, size_t size,
                                       size_t *consumed)
{
    enum response_result result = RESPONSE_MORE;
    *consumed = 0;
    while (*consumed < size && result == RESPONSE_MORE) {
        const uint64_t left = response_content_left(r);
        const size_t rest = size - *consumed;
        size_t taken = left < rest ? (size_t)left : rest;
        result = left > 0 ? response_skip(r, taken)
                          : response_feed(r, bytes + *consumed, 1, &taken);
        *consumed += taken;
    }
    return result;
}

/* Learns every head, whatever came of the last, and recalls it where it comes again. */
static enum response_result feed_known(struct response *r, const uint8_t *bytes, size_t size,
                                       size_t *consumed)
{
    static struct known_head known;
    known.pause = known.useless = 0;
    return known_head_feed(&known, r, bytes, size, consumed, NULL);
}

static void vector_passes(void **state)
{
    assert_true(vector_holds_however_cut(*state, response_feed, false));
    assert_true(vector_holds_however_cut(*state, feed_skips, false));
    assert_true(vector_holds_however_cut(*state, feed_known, false));
}

static struct vector canary(const char *input, const char *expected)
{
    struct vector v = {.name = "canary", .size = strlen(input), .expected = (char *)expected};
    v.input = (uint8_t *)input;
    return v;
}

/* A parser that loses its state between two feeds, as one that was never cut in its tests would. */
static enum response_result feed_forgets(struct response *r, const uint8_t *bytes, size_t size,
                                         size_t *consumed)
{
    const uint64_t before = r->bytes;
    response_start(r, false);
    r->bytes = before;
    return response_feed(r, bytes, size, consumed);
}

/* A parser that looks at one byte too many. */
static enum response_result feed_overreads(struct response *r, const uint8_t *bytes, size_t size,
                                           size_t *consumed)
{
    volatile uint8_t last = bytes[size];
    (void)last;
    return response_feed(r, bytes, size, consumed);
}

static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static void canary_wrong_expectations_are_seen(void **state)
{
    (void)state;
    struct vector v = canary(good, "done 200 keep-alive body 2\n");
    assert_true(vector_holds_however_cut(&v, response_feed, true));
    v.expected = (char *)"done 200 keep-alive body 3\n";
    assert_false(vector_holds_however_cut(&v, response_feed, true));
    v.expected = (char *)"done 200 keep-alive body 2\n";
    v.stops_count = 1;
    assert_false(vector_holds_however_cut(&v, response_feed, true));
}

static void canary_lost_state_is_seen(void **state)
{
    (void)state;
    const struct vector v = canary(good, "done 200 keep-alive body 2\n");
    struct guard guard = guard_open(v.size);
    assert_true(vector_holds(&v, &guard, feed_forgets, NULL, 0, true));
    guard_close(&guard);
    assert_false(vector_holds_however_cut(&v, feed_forgets, true));
}

static void canary_overread_faults(void **state)
{
    (void)state;
    const struct vector v = canary(good, "done 200 keep-alive body 2\n");
    int status = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* cmocka and sanitizers catch it */
        signal(SIGBUS, SIG_DFL);
        vector_holds_however_cut(&v, feed_overreads, true);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static enum response_result feed_text(struct response *r, const char *text)
{
    size_t consumed;
    return response_feed(r, (const uint8_t *)text, strlen(text), &consumed);
}

static void misuse_is_caught(void **state)
{
    (void)state;
    struct response r;
    response_start(&r, false);
    assert_int_equal(feed_text(&r, good), RESPONSE_DONE);
    expect_assert_failure(feed_text(&r, good));
    expect_assert_failure(response_end(&r));
    response_start(&r, false);
    assert_int_equal(feed_text(&r, "x"), RESPONSE_BAD);
    expect_assert_failure(feed_text(&r, good));
    response_start(&r, false);
    assert_int_equal(response_end(&r), RESPONSE_BAD);
    expect_assert_failure(response_end(&r));
    response_start(&r, false);
    expect_assert_failure(response_skip(&r, 1));
    assert_int_equal(feed_text(&r, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), RESPONSE_MORE);
    expect_assert_failure(response_skip(&r, 0));
    expect_assert_failure(response_skip(&r, 4));
    assert_int_equal(response_skip(&r, 3), RESPONSE_DONE);
}

/* What may be thrown away unseen: content, and nothing else. */
static void only_content_is_left_to_skip(void **state)
{
    static const struct {
        const char *text;
        uint64_t left;
    } cases[] = {
        {"", 0},
        {"HTTP/1.1 200 OK\r\n", 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 10},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 7},
        {"HTTP/1.1 200 OK\r\n\r\nabc", INT64_MAX},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n", 31},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na", 1},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab", 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct response r;
        response_start(&r, false);
        assert_int_equal(feed_text(&r, cases[i].text), RESPONSE_MORE);
        assert_int_equal(response_content_left(&r), cases[i].left);
    }
    struct response r;
    response_start(&r, false);
    assert_int_equal(feed_text(&r, good), RESPONSE_DONE);
    assert_int_equal(response_content_left(&r), 0);
}

static void feeding_nothing_changes_nothing(void **state)
{
    (void)state;
    struct response r;
    response_start(&r, false);
    assert_int_equal(feed_text(&r, ""), RESPONSE_MORE);
    assert_false(response_begun(&r));
    assert_int_equal(feed_text(&r, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"), RESPONSE_MORE);
    assert_true(response_begun(&r));
    assert_true(r.head_seen);
    assert_int_equal(feed_text(&r, ""), RESPONSE_MORE);
    assert_int_equal(feed_text(&r, "x"), RESPONSE_DONE);
    assert_int_equal(r.bytes, strlen("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
}

static void the_offset_of_an_error_counts_interim_responses(void **state)
{
    (void)state;
    struct response r;
    response_start(&r, false);
    assert_int_equal(feed_text(&r, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX"),
                     RESPONSE_MORE);
    assert_int_equal(feed_text(&r, "Y Z: a\r\n"), RESPONSE_BAD);
    assert_int_equal(r.error, FRAMING_FIELD_SPACE);
    assert_int_equal(response_error_offset(&r), 25 + 17 + 2);
    assert_int_equal(r.interim_count, 1);
}

/* Sentences write limits out. */
static_assert(LIMIT_RESPONSE_LINE_MAX_BYTES == 64 * 1024, "line_limit says 64 KiB");
static_assert(LIMIT_RESPONSE_HEAD_MAX_BYTES == 256 * 1024, "head_limit says 256 KiB");
static_assert(LIMIT_INTERIM_MAX == 16, "interim_limit says 16");

static void every_rule_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < FRAMING_COUNT; i++) {
        const char *sentence = framing_sentence((enum framing_error)i);
        assert_true(strlen(framing_name((enum framing_error)i)) > 0);
        assert_true(sentence[strlen(sentence) - 1] == '.');
        for (int j = 0; j < i; j++)
            assert_string_not_equal(framing_name((enum framing_error)i),
                                    framing_name((enum framing_error)j));
    }
    expect_assert_failure(framing_name(FRAMING_COUNT));
    expect_assert_failure(framing_sentence(FRAMING_COUNT));
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(canary_wrong_expectations_are_seen),
        cmocka_unit_test(canary_lost_state_is_seen),
        cmocka_unit_test(canary_overread_faults),
        cmocka_unit_test(misuse_is_caught),
        cmocka_unit_test(only_content_is_left_to_skip),
        cmocka_unit_test(feeding_nothing_changes_nothing),
        cmocka_unit_test(the_offset_of_an_error_counts_interim_responses),
        cmocka_unit_test(every_rule_has_a_name_and_a_sentence),
    };
    const size_t fixed_count = sizeof fixed / sizeof fixed[0];
    struct vectors vectors = {0};
    glob_t files;
    if (glob("tests/vectors/response-*.md", 0, NULL, &files) != 0)
        vector_die("tests/vectors", 0, "no vectors: run the test from the top directory");
    for (size_t i = 0; i < files.gl_pathc; i++)
        vectors_load(&vectors, files.gl_pathv[i], "response", "\r\n");
    globfree(&files);
    struct CMUnitTest *tests = calloc(fixed_count + vectors.count, sizeof *tests);
    memcpy(tests, fixed, sizeof fixed);
    for (size_t i = 0; i < vectors.count; i++)
        tests[fixed_count + i] = (struct CMUnitTest){.name = vectors.list[i].name,
                                                     .test_func = vector_passes,
                                                     .initial_state = &vectors.list[i]};
    const int failed =
        _cmocka_run_group_tests("response", tests, fixed_count + vectors.count, NULL, NULL);
    free(tests);
    vectors_free(&vectors);
    return failed;
}
