/* Rows of seconds.csv out of the workers' ticks. */
#include "seconds.h"

#include "starve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS_MAX 256

struct rows {
    struct seconds_row list[ROWS_MAX];
    size_t count;
};

static void keep(void *context, const struct seconds_row *row)
{
    struct rows *rows = context;
    assert_true(rows->count < ROWS_MAX);
    rows->list[rows->count++] = *row;
}

static void end(struct seconds *seconds, uint32_t worker, uint8_t outcome, uint64_t bytes)
{
    const struct sample sample = {.outcome = outcome, .bytes_in = bytes, .last = true};
    seconds_add(seconds, worker, &sample);
}

static void the_header_names_all_outcomes_in_order(void **state)
{
    (void)state;
    char header[1024] = SCHEMA_HEADER_SECONDS;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        strcat(header, ",");
        strcat(header, outcome_name((enum outcome)i));
    }
    assert_string_equal(seconds_header(), header);
}

/* Workers count from the run's start; a row holds what was new in it, added up. */
static void two_workers_make_one_row(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    assert_int_equal(seconds_init(&seconds, 2), 0);
    end(&seconds, 0, OUTCOME_OK, 100);
    end(&seconds, 0, OUTCOME_RESET, 7);
    end(&seconds, 1, OUTCOME_OK, 50);
    seconds_tick(&seconds, 0,
                 &(struct tick){.second = 0,
                                .phase = PHASE_MEASURE,
                                .due = 5,
                                .sent = 4,
                                .bytes_out = 400,
                                .in_flight = 2,
                                .backlog = 1},
                 keep, &rows);
    assert_int_equal(rows.count, 0);
    end(&seconds, 0, OUTCOME_OK, 1000); /* belongs to its next second already */
    seconds_tick(&seconds, 1,
                 &(struct tick){.second = 0,
                                .phase = PHASE_MEASURE,
                                .due = 3,
                                .sent = 3,
                                .bytes_out = 300,
                                .in_flight = 1},
                 keep, &rows);
    assert_int_equal(rows.count, 1);
    const struct seconds_row *row = &rows.list[0];
    assert_int_equal(row->due, 8);
    assert_int_equal(row->sent, 7);
    assert_int_equal(row->bytes_out, 700);
    assert_int_equal(row->in_flight, 3);
    assert_int_equal(row->backlog, 1);
    assert_int_equal(row->done, 3);
    assert_int_equal(row->bytes_in, 157);
    assert_int_equal(row->outcomes[OUTCOME_OK], 2);
    assert_int_equal(row->outcomes[OUTCOME_RESET], 1);
    seconds_tick(&seconds, 0,
                 &(struct tick){.second = 1,
                                .phase = PHASE_MEASURE,
                                .due = 15,
                                .sent = 6,
                                .bytes_out = 450,
                                .backlog = 9},
                 keep, &rows);
    seconds_tick(
        &seconds, 1,
        &(struct tick){.second = 1, .phase = PHASE_MEASURE, .due = 3, .sent = 3, .bytes_out = 300},
        keep, &rows);
    assert_int_equal(rows.count, 2);
    row = &rows.list[1];
    assert_int_equal(row->second, 1);
    assert_int_equal(row->due, 10);
    assert_int_equal(row->sent, 2);
    assert_int_equal(row->bytes_out, 50);
    assert_int_equal(row->done, 1);
    assert_int_equal(row->bytes_in, 1000);
    assert_int_equal(row->backlog, 9);
    assert_int_equal(row->outcomes[OUTCOME_RESET], 0);
    seconds_free(&seconds);
}

/* A phase that ends within a second makes two rows of it. */
static void a_second_with_two_phases_has_two_rows(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    assert_int_equal(seconds_init(&seconds, 1), 0);
    end(&seconds, 0, OUTCOME_OK, 1);
    seconds_tick(&seconds, 0, &(struct tick){.second = 2, .phase = PHASE_WARMUP, .due = 1}, keep,
                 &rows);
    end(&seconds, 0, OUTCOME_OK, 2);
    end(&seconds, 0, OUTCOME_OK, 3);
    seconds_tick(&seconds, 0, &(struct tick){.second = 2, .phase = PHASE_MEASURE, .due = 3}, keep,
                 &rows);
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.list[0].phase, PHASE_WARMUP);
    assert_int_equal(rows.list[0].done, 1);
    assert_int_equal(rows.list[1].phase, PHASE_MEASURE);
    assert_int_equal(rows.list[1].second, 2);
    assert_int_equal(rows.list[1].done, 2);
    assert_int_equal(rows.list[1].due, 2);
    seconds_free(&seconds);
}

/* One worker is seconds ahead of the other: the rows come whole and in the order of time. */
static void rows_wait_for_a_slow_worker(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    assert_int_equal(seconds_init(&seconds, 2), 0);
    for (uint32_t s = 0; s < 10; s++) {
        end(&seconds, 0, OUTCOME_OK, 0);
        seconds_tick(&seconds, 0, &(struct tick){.second = s, .phase = PHASE_MEASURE, .due = s + 1},
                     keep, &rows);
    }
    assert_int_equal(rows.count, 0);
    for (uint32_t s = 0; s < 10; s++) {
        seconds_tick(&seconds, 1, &(struct tick){.second = s, .phase = PHASE_MEASURE, .due = s + 1},
                     keep, &rows);
        assert_int_equal(rows.count, s + 1);
        assert_int_equal(rows.list[s].second, s);
        assert_int_equal(rows.list[s].workers, 2);
        assert_int_equal(rows.list[s].due, 2);
        assert_int_equal(rows.list[s].done, 1);
    }
    seconds_free(&seconds);
}

/* Rows with a hole: the worker that is behind brings a row that belongs before those that wait. */
static void a_late_row_takes_its_place(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    assert_int_equal(seconds_init(&seconds, 3), 0);
    seconds_tick(&seconds, 0, &(struct tick){.second = 5, .phase = PHASE_GRACE}, keep, &rows);
    seconds_tick(&seconds, 1, &(struct tick){.second = 5, .phase = PHASE_MEASURE}, keep, &rows);
    assert_int_equal(rows.count, 0);
    seconds_tick(&seconds, 2, &(struct tick){.second = 4, .phase = PHASE_MEASURE}, keep, &rows);
    assert_int_equal(rows.count, 1); /* the others are beyond it */
    seconds_tick(&seconds, 2, &(struct tick){.second = 5, .phase = PHASE_MEASURE}, keep, &rows);
    assert_int_equal(rows.count, 2);
    seconds_finish(&seconds, keep, &rows);
    assert_int_equal(rows.count, 3);
    assert_int_equal(rows.list[0].second, 4);
    assert_int_equal(rows.list[1].second, 5);
    assert_int_equal(rows.list[1].phase, PHASE_MEASURE);
    assert_int_equal(rows.list[1].workers, 2);
    assert_int_equal(rows.list[2].phase, PHASE_GRACE);
    seconds_finish(&seconds, keep, &rows);
    assert_int_equal(rows.count, 3);
    seconds_free(&seconds);
}

/* A worker that ended early has no more ticks: nothing is lost, though more rows wait than are
 * held. */
static void nothing_is_lost_when_a_worker_ends_early(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    uint64_t due = 0, done = 0;
    assert_int_equal(seconds_init(&seconds, 2), 0);
    seconds_tick(&seconds, 1, &(struct tick){.second = 0, .phase = PHASE_MEASURE, .due = 1}, keep,
                 &rows);
    for (uint32_t s = 0; s < SECONDS_PENDING * 2; s++) {
        end(&seconds, 0, OUTCOME_OK, 0);
        seconds_tick(&seconds, 0,
                     &(struct tick){.second = s, .phase = PHASE_MEASURE, .due = 10 * (s + 1)}, keep,
                     &rows);
    }
    assert_in_range(seconds.pending_count, 1, SECONDS_PENDING);
    seconds_finish(&seconds, keep, &rows);
    assert_int_equal(rows.count, SECONDS_PENDING * 2);
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(rows.list[i].second, i);
        due += rows.list[i].due;
        done += rows.list[i].done;
    }
    assert_int_equal(due, SECONDS_PENDING * 20 + 1);
    assert_int_equal(done, SECONDS_PENDING * 2);
    seconds_free(&seconds);
}

/* What comes after even the held rows were written still has a row of its own. */
static void a_tick_from_long_ago_is_not_lost(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    uint64_t due = 0;
    assert_int_equal(seconds_init(&seconds, 2), 0);
    for (uint32_t s = 0; s < SECONDS_PENDING; s++)
        seconds_tick(&seconds, 0,
                     &(struct tick){.second = 10 + s, .phase = PHASE_MEASURE, .due = s + 1}, keep,
                     &rows);
    seconds_tick(&seconds, 1, &(struct tick){.second = 3, .phase = PHASE_MEASURE, .due = 100}, keep,
                 &rows);
    seconds_finish(&seconds, keep, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        due += rows.list[i].due;
        if (i > 0)
            assert_true(rows.list[i - 1].second < rows.list[i].second);
    }
    assert_int_equal(due, SECONDS_PENDING + 100);
    assert_int_equal(rows.count, SECONDS_PENDING + 1);
    seconds_free(&seconds);
}

/* A worker whose share is done must not hold back the others' rows, nor the line that people watch:
 * both lagged by 64 seconds. */
static void a_worker_that_ended_is_not_waited_for(void **state)
{
    (void)state;
    struct seconds seconds;
    struct rows rows = {.count = 0};
    assert_int_equal(seconds_init(&seconds, 2), 0);
    for (uint32_t s = 0; s < 4; s++)
        seconds_tick(&seconds, 0, &(struct tick){.second = s, .phase = PHASE_MEASURE, .due = s + 1},
                     keep, &rows);
    seconds_tick(&seconds, 1, &(struct tick){.second = 0, .phase = PHASE_MEASURE, .due = 9}, keep,
                 &rows);
    assert_int_equal(rows.count, 1);
    seconds_end(&seconds, 1, keep, &rows);
    assert_int_equal(rows.count, 4);
    seconds_tick(&seconds, 0, &(struct tick){.second = 4, .phase = PHASE_MEASURE, .due = 5}, keep,
                 &rows);
    assert_int_equal(rows.count, 5);
    assert_int_equal(rows.list[0].due, 10);
    assert_int_equal(rows.list[4].second, 4);
    seconds_end(&seconds, 0, keep, &rows);
    seconds_finish(&seconds, keep, &rows);
    assert_int_equal(rows.count, 5);
    seconds_free(&seconds);
}

static void a_row_reads_as_it_should(void **state)
{
    (void)state;
    struct seconds_row row = {.second = 3,
                              .phase = PHASE_GRACE,
                              .due = 1,
                              .sent = 2,
                              .done = 3,
                              .bytes_out = 4,
                              .bytes_in = 5,
                              .in_flight = 6,
                              .backlog = 7};
    char text[SECONDS_ROW_MAX_BYTES + 1], expected[SECONDS_ROW_MAX_BYTES];
    int commas = 0;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        row.outcomes[i] = (uint64_t)i + 10;
    text[seconds_format(&row, 2, text)] = '\0';
    snprintf(expected, sizeof expected, "3,grace,2,1,2,3,4,5,6,7");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        snprintf(expected + strlen(expected), 16, ",%d", i + 10);
    strcat(expected, "\n");
    assert_string_equal(text, expected);
    for (const char *at = seconds_header(); *at; at++)
        commas += *at == ',';
    for (const char *at = text; *at; at++)
        commas -= *at == ',';
    assert_int_equal(commas, 0);
}

static void the_longest_row_fits(void **state)
{
    (void)state;
    struct seconds_row row = {.phase = PHASE_MEASURE};
    char text[SECONDS_ROW_MAX_BYTES];
    row.second = UINT32_MAX;
    row.due = row.sent = row.done = row.bytes_out = row.bytes_in = row.in_flight = row.backlog =
        UINT64_MAX;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        row.outcomes[i] = UINT64_MAX;
    const size_t size = seconds_format(&row, UINT16_MAX, text);
    assert_in_range(size, 400, SECONDS_ROW_MAX_BYTES);
    assert_int_equal(text[size - 1], '\n');
}

static void memory_that_is_refused_is_told(void **state)
{
    (void)state;
    struct seconds seconds;
    if (!STARVE_CAN)
        skip();
    starve_left = 0;
    assert_int_equal(seconds_init(&seconds, 2), -ENOMEM);
    seconds_free(&seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_refused_is_told),
        cmocka_unit_test(the_header_names_all_outcomes_in_order),
        cmocka_unit_test(two_workers_make_one_row),
        cmocka_unit_test(a_second_with_two_phases_has_two_rows),
        cmocka_unit_test(rows_wait_for_a_slow_worker),
        cmocka_unit_test(a_late_row_takes_its_place),
        cmocka_unit_test(nothing_is_lost_when_a_worker_ends_early),
        cmocka_unit_test(a_tick_from_long_ago_is_not_lost),
        cmocka_unit_test(a_worker_that_ended_is_not_waited_for),
        cmocka_unit_test(a_row_reads_as_it_should),
        cmocka_unit_test(the_longest_row_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
