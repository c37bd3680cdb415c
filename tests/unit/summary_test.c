/* The closing summary of invented runs, word for word. */
#include "limits.h"
#include "summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct config config;
    struct result result;
    const struct weight *weight;
};

static void spread(struct histogram *h, int64_t first_ns, int64_t step_ns, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        histogram_record(h, first_ns + i * step_ns, 1);
}

/* Latencies that rise in even steps from 20 us on; lags of a tenth of them. */
static struct room room_of(enum loop loop, uint64_t requests)
{
    struct room room = {.config = {.loop = loop, .threads = 1, .samples_one_in = 1},
                        .result = {.measure_ns = 10 * NS_PER_S,
                                   .requests = requests,
                                   .measured_requests = requests,
                                   .measured_sent = requests,
                                   .measured_done = requests,
                                   .measured_outcomes[OUTCOME_OK] = requests,
                                   .rows_written = requests,
                                   .samples_bytes = requests * 75,
                                   .bytes_in = requests * 250,
                                   .bytes_out = requests * 65,
                                   .cpu_user_ns = 200 * NS_PER_MS,
                                   .cpu_system_ns = 300 * NS_PER_MS,
                                   .resident_bytes = 25 * 1000 * 1000,
                                   .busy_share = 0.234}};
    for (int s = 0; s < SERIES_COUNT; s++)
        histogram_init(&room.result.latencies[s], 3);
    struct histogram *h = room.result.latencies;
    spread(&h[SERIES_SERVICE], 20000, 100, (int64_t)requests);
    spread(&h[SERIES_SEND_LAG], 2000, 10, (int64_t)requests);
    spread(&h[SERIES_RECEIVE_LAG], 1000, 10, (int64_t)requests);
    if (loop == LOOP_OPEN)
        spread(&h[SERIES_RESPONSE], 22000, 110, (int64_t)requests);
    return room;
}

/* Prints, and releases the room. The text is the caller's. */
static char *print(struct room *room, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    summary_print(&room->config, &room->result, room->weight, "results/one", colour, out);
    fclose(out);
    result_free(&room->result);
    return text;
}

static void expect(struct room *room, bool colour, const char *expected)
{
    char *text = print(room, colour);
    if (strcmp(text, expected) != 0)
        fail_msg("\n%s\ninstead of\n%s", text, expected);
    free(text);
}

static void expect_line(struct room *room, const char *line)
{
    char *text = print(room, false);
    if (!strstr(text, line))
        fail_msg("%s\nis not in\n%s", line, text);
    free(text);
}

static void a_closed_loop(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 200000);
    room.result.limited_by = LIMITED_BY_SERVER;
    expect(&room, false,
           "\n"
           "200,000 requests in 10.0 s, 200,000 ok                                      20,000/s\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "service        10.0 ms    18.0 ms    19.8 ms    20.0 ms    20.0 ms     20.0 ms\n"
           "send lag       1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms   the "
           "generator's own weight\n"
           "receive lag    1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms\n"
           "\n"
           "50 MB received, 13 MB sent; the generator used 2.50 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "valid: limited by the server\n"
           "results/one   200,000 rows, 15 MB   a spreadsheet opens all of them\n"
           "next: tare-report results/one\n");
}

static void an_open_loop(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_OPEN, 200000);
    room.config.rate_milli = 20000000;
    room.result.limited_by = LIMITED_BY_SCHEDULE;
    expect(&room, false,
           "\n"
           "200,000 requests in 10.0 s, 200,000 ok                       20,000/s of 20,000 asked\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "response       11.0 ms    19.8 ms    21.8 ms    22.0 ms    22.0 ms     22.0 ms\n"
           "service        10.0 ms    18.0 ms    19.8 ms    20.0 ms    20.0 ms     20.0 ms\n"
           "send lag       1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms   the "
           "generator's own weight\n"
           "receive lag    1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms\n"
           "\n"
           "50 MB received, 13 MB sent; the generator used 23 % of a core and 25 MB\n"
           "valid: the schedule was kept, and the generator is 10.0 % of the median\n"
           "results/one   200,000 rows, 15 MB   a spreadsheet opens all of them\n"
           "next: tare-report results/one\n");
}

/* Where the machine's scale was weighed, its figures stand below the run's own, in its way of waiting. */
static void the_scale_of_this_machine_has_a_line(void **state)
{
    (void)state;
    const struct weight weight = {.weighed_utc = "2026-11-20T12:04:00Z",
                                  .request_ns = 4630,
                                  .send_lag = {{.count = 20000, .p99_ns = 300},
                                               {.count = 20000, .p99_ns = 900},
                                               {.count = 20000, .p99_ns = 90000}},
                                  .stamps = {.count = 20000, .p99_ns = 3100}};
    struct weight bare = weight;
    const struct weight *both[] = {&weight, &bare};
    bare.stamps.count = 0;
    bare.waited_share = 0.2;
    for (int i = 0; i < 2; i++) {
        struct room room = room_of(LOOP_CLOSED, 1000);
        room.weight = both[i];
        room.config.wait = i == 0 ? WAIT_HYBRID : WAIT_BLOCK;
        expect_line(&room, i == 0 ? "this machine's scale, weighed on 2026-11-20: send lag p99 0.9 us "
                                    "(hybrid), service time within 3.10 us at p99\n"
                                  : "this machine's scale, weighed on 2026-11-20: send lag p99 90.0 us "
                                    "(block), 4.63 us of CPU a request; others had its CPU then: weigh again\n");
    }
}

/* What was found of the way to the wire stands below the table, with what it leaves of service time:
 * percentiles that ten stamped requests lie beyond. */
static void the_send_path_has_a_line(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 64000);
    room.config.send_stamps_one_in = 64;
    spread(&room.result.latencies[SERIES_SEND_PATH], 2001, 1, 1000);
    spread(&room.result.latencies[SERIES_WIRE], 20000, 10, 1000);
    expect_line(&room, "send path   p50 2.50 us, p90 2.90 us, p99 2.99 us, on 1 in 64 requests\n"
                       "on the wire p50 25.0 us, p90 29.0 us, p99 29.9 us: service time without it\n");
    room = room_of(LOOP_CLOSED, 64000);
    room.config.send_stamps_one_in = 1;
    spread(&room.result.latencies[SERIES_SEND_PATH], 2001, 1, 20);
    spread(&room.result.latencies[SERIES_WIRE], 20000, 10, 20);
    expect_line(&room, "send path   p50 2.01 us\n"
                       "on the wire p50 20.1 us: service time without it\n");
}

static void a_send_path_that_is_not_known_is_said_so(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 64000);
    room.config.send_stamps_one_in = 64;
    room.result.anomalies[ANOMALY_SEND_STAMPS_MISSING] = 1000;
    expect_line(&room, "send path   not known: 1,000 requests were to carry a transmit stamp and have "
                       "none\n");
    room = room_of(LOOP_CLOSED, 400); /* and where few were asked for one, nothing is said */
    room.config.send_stamps_one_in = 64;
    spread(&room.result.latencies[SERIES_SEND_PATH], 2001, 1, 19);
    char *text = print(&room, false);
    assert_null(strstr(text, "send path"));
    free(text);
}

/* 400 requests: p99 rests on four, p99.9 and p99.99 on none. */
static void a_thin_tail_is_marked(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_OPEN, 400);
    room.config.rate_milli = 40500;
    room.result.waited_share = 0.02;
    room.result.limited_by = LIMITED_BY_SERVER;
    expect(&room, false,
           "\n"
           "400 requests in 10.0 s, 400 ok                                    40/s of 40.5 asked\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "response       43.9 us    61.5 us    65.5 us*   65.9 us*   65.9 us*    65.9 us\n"
           "service        39.9 us    55.9 us    59.5 us*   59.9 us*   59.9 us*    59.9 us\n"
           "send lag       3.99 us    5.59 us    5.95 us*   5.99 us*   5.99 us*    5.99 us   the "
           "generator's own weight\n"
           "receive lag    2.99 us    4.59 us    4.95 us*   4.99 us*   4.99 us*    4.99 us\n"
           "* fewer than 10 requests lie beyond: too few to rely on\n"
           "\n"
           "100 kB received, 26 kB sent; the generator used 23 % of a core and 25 MB; for 2 % of the "
           "time it had no CPU\n"
           "valid: but the asked rate was not reached, limited by the server: response time holds "
           "the wait\n"
           "results/one   400 rows, 30 kB   a spreadsheet opens all of them\n"
           "next: tare-report results/one\n");
}

static void an_invalid_run_says_why_and_in_colour(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 200000);
    struct result *r = &room.result;
    r->measured_outcomes[OUTCOME_OK] -= 1234;
    r->measured_outcomes[OUTCOME_STATUS_5XX] = 1200;
    r->measured_outcomes[OUTCOME_TIMEOUT] = 34;
    r->verdict = VERDICT_INVALID;
    r->reasons_count = 2;
    r->reasons[0] = (struct reason){"a", VERDICT_SUSPECT, "the first thing; do this"};
    r->reasons[1] = (struct reason){"b", VERDICT_INVALID, "the second thing; do that"};
    expect(&room, true,
           "\n"
           "200,000 requests in 10.0 s, 198,766 ok                                      20,000/s\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "service        10.0 ms    18.0 ms    19.8 ms    20.0 ms    20.0 ms     20.0 ms\n"
           "send lag       1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms   the "
           "generator's own weight\n"
           "receive lag    1.00 ms    1.80 ms    1.98 ms    2.00 ms    2.00 ms     2.00 ms\n"
           "1,200 requests were answered with a status of 5xx\n"
           "34 requests were not answered within --timeout\n"
           "\n"
           "50 MB received, 13 MB sent; the generator used 2.50 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "\033[31mINVALID\033[0m: the first thing; do this\n"
           "         the second thing; do that\n"
           "results/one   200,000 rows, 15 MB   a spreadsheet opens all of them\n"
           "next: tare-report results/one\n");
}

static void a_run_without_an_answer_has_no_table(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 0);
    room.config.samples_one_in = 0;
    room.result.measured_requests = room.result.requests = 20;
    room.result.measured_outcomes[OUTCOME_CONNECT_REFUSED] = 20;
    room.result.limited_by = LIMITED_BY_SERVER;
    expect(&room, false,
           "\n"
           "20 requests in 10.0 s, 0 ok                                                      0/s\n"
           "no request succeeded, so that there is no latency to show\n"
           "20 requests found nothing listening (connection refused)\n"
           "\n"
           "0 B received, 0 B sent; the generator used 25000.00 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "valid: limited by the server\n"
           "results/one   no rows (--samples none)\n"
           "next: tare-report results/one\n");
}

/* The N of --samples 1/N is such that its rows fit, the luck of the draw included. */
static void too_many_rows_are_told_with_what_would_fit(void **state)
{
    (void)state;
    struct room room = room_of(LOOP_CLOSED, 1000);
    room.result.rows_written = LIMIT_SPREADSHEET_ROWS - 1;
    expect(&room, false,
           "\n"
           "1,000 requests in 10.0 s, 1,000 ok                                             100/s\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "service        70.0 us     110 us     119 us     120 us*    120 us*     120 us\n"
           "send lag       6.99 us    11.0 us    11.9 us    12.0 us*   12.0 us*    12.0 us   the "
           "generator's own weight\n"
           "receive lag    5.99 us    9.99 us    10.9 us    11.0 us*   11.0 us*    11.0 us\n"
           "* fewer than 10 requests lie beyond: too few to rely on\n"
           "\n"
           "250 kB received, 65 kB sent; the generator used 500.00 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "valid: limited by the server\n"
           "results/one   1,048,575 rows, 75 kB   a spreadsheet opens all of them\n"
           "next: tare-report results/one\n");
    room = room_of(LOOP_CLOSED, 1000);
    room.result.rows_written = LIMIT_SPREADSHEET_ROWS;
    expect(&room, false,
           "\n"
           "1,000 requests in 10.0 s, 1,000 ok                                             100/s\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "service        70.0 us     110 us     119 us     120 us*    120 us*     120 us\n"
           "send lag       6.99 us    11.0 us    11.9 us    12.0 us*   12.0 us*    12.0 us   the "
           "generator's own weight\n"
           "receive lag    5.99 us    9.99 us    10.9 us    11.0 us*   11.0 us*    11.0 us\n"
           "* fewer than 10 requests lie beyond: too few to rely on\n"
           "\n"
           "250 kB received, 65 kB sent; the generator used 500.00 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "valid: limited by the server\n"
           "results/one   1,048,576 rows, 75 kB   too many for a spreadsheet: --samples 1/2 would "
           "fit\n"
           "next: tare-report results/one\n");
    room = room_of(LOOP_CLOSED, 1000);
    room.config.samples_one_in = 10;
    room.result.rows_written = 3000000;
    expect(&room, false,
           "\n"
           "1,000 requests in 10.0 s, 1,000 ok                                             100/s\n"
           "                   p50        p90        p99      p99.9     p99.99         max\n"
           "service        70.0 us     110 us     119 us     120 us*    120 us*     120 us\n"
           "send lag       6.99 us    11.0 us    11.9 us    12.0 us*   12.0 us*    12.0 us   the "
           "generator's own weight\n"
           "receive lag    5.99 us    9.99 us    10.9 us    11.0 us*   11.0 us*    11.0 us\n"
           "* fewer than 10 requests lie beyond: too few to rely on\n"
           "\n"
           "250 kB received, 65 kB sent; the generator used 500.00 us of CPU a request, 23 % of a "
           "core and 25 MB\n"
           "valid: limited by the server\n"
           "results/one   3,000,000 rows, 75 kB   too many for a spreadsheet: --samples 1/29 would "
           "fit\n"
           "next: tare-report results/one\n");
}

/* 999.96 a second is a thousand, not "1000.0". */
static void a_rate_near_a_thousand_has_its_comma(void **state)
{
    (void)state;
    static const struct {
        uint64_t done;
        const char *text;
    } rates[] = {{99940, " 999/s\n"}, {99996, " 1,000/s\n"}};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct room room = room_of(LOOP_CLOSED, 1);
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        room.result.measure_ns = 100 * NS_PER_S;
        room.result.measured_done = rates[i].done;
        summary_print(&room.config, &room.result, NULL, "x", false, out);
        fclose(out);
        if (!strstr(text, rates[i].text))
            fail_msg("%s is not in %s", rates[i].text, text);
        free(text);
        for (int s = 0; s < SERIES_COUNT; s++)
            histogram_free(&room.result.latencies[s]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_loop),
        cmocka_unit_test(an_open_loop),
        cmocka_unit_test(the_scale_of_this_machine_has_a_line),
        cmocka_unit_test(the_send_path_has_a_line),
        cmocka_unit_test(a_send_path_that_is_not_known_is_said_so),
        cmocka_unit_test(a_thin_tail_is_marked),
        cmocka_unit_test(an_invalid_run_says_why_and_in_colour),
        cmocka_unit_test(a_run_without_an_answer_has_no_table),
        cmocka_unit_test(a_rate_near_a_thousand_has_its_comma),
        cmocka_unit_test(too_many_rows_are_told_with_what_would_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
