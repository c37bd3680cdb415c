/* What a run adds up to: the whole, its slices, and that they say the same. */
#include "random.h"
#include "tally.h"

#include "dies.h"
#include "starve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TARGETS 3u
#define SAMPLES 4000

/* Counts of visited rows, by all that a row is told by but slice and bucket. */
struct seen {
    uint64_t count[PHASE_COUNT][TARGETS][OUTCOME_COUNT][SERIES_COUNT];
    uint64_t rows, slices;
    int64_t last_slice_ns;
    int digits;
};

static void see(void *context, const struct tally_row *row)
{
    struct seen *seen = context;
    const struct histogram_bucket bucket = histogram_bucket_of(seen->digits, row->bucket.low_ns);
    assert_int_equal(row->bucket.low_ns, bucket.low_ns);
    assert_int_equal(row->bucket.high_ns, bucket.high_ns);
    assert_true(row->bucket.count > 0);
    seen->count[row->phase][row->target][row->outcome][row->series] += row->bucket.count;
    seen->slices += seen->rows == 0 || row->slice_ns != seen->last_slice_ns;
    seen->last_slice_ns = row->slice_ns;
    seen->rows++;
}

static void see_none(void *context, const struct tally_row *row)
{
    (void)context;
    fail_msg("slice %lld is visited early", (long long)row->slice_ns);
}

static struct sample sample_at(int64_t scheduled_ns)
{
    return (struct sample){.scheduled_ns = scheduled_ns,
                           .wait_ns = 0,
                           .connect_ns = 0,
                           .tls_ns = 0,
                           .send_lag_ns = 1500,
                           .service_ns = 28100,
                           .first_byte_ns = 27000,
                           .receive_lag_ns = 900,
                           .send_path_ns = SCHEMA_NS_NONE,
                           .phase = PHASE_MEASURE,
                           .outcome = OUTCOME_OK,
                           .attempt = 1,
                           .bytes_in = 10,
                           .last = true};
}

/* A time that may be missing, negative or out of range. */
static int64_t draw_ns(uint64_t *seed)
{
    const uint64_t dice = random_next(seed);
    if (dice % 11 == 0)
        return SCHEMA_NS_NONE;
    if (dice % 13 == 0)
        return -(int64_t)(dice >> 50) - 1;
    if (dice % 19 == 0)
        return 0;
    if (dice % 17 == 0)
        return (1LL << LIMIT_LATENCY_BITS) + (int64_t)(dice >> 50);
    return (int64_t)(dice >> (20 + dice % 40));
}

static struct sample draw_sample(uint64_t *seed)
{
    const uint64_t dice = random_next(seed);
    struct sample sample = sample_at((int64_t)(dice % 700) * NS_PER_S + (int64_t)(dice >> 40));
    if (dice >> 60 != 0) /* mostly in order, now and then far away */
        sample.scheduled_ns = (int64_t)(dice % 40) * 100 * NS_PER_MS;
    sample.service_ns = draw_ns(seed);
    sample.send_lag_ns = draw_ns(seed);
    sample.first_byte_ns = draw_ns(seed);
    sample.receive_lag_ns = draw_ns(seed);
    sample.wait_ns = (int64_t)(dice >> 55);
    if (dice % 3 == 0) {
        sample.connect_ns = draw_ns(seed);
        sample.tls_ns = draw_ns(seed);
        sample.wait_ns = dice % 2 == 0 ? draw_ns(seed) : 0;
    }
    if (dice % 5 == 0)
        sample.send_path_ns = draw_ns(seed);
    sample.target = (uint16_t)(dice >> 8 & 0xff) % TARGETS;
    sample.outcome = (uint8_t)((dice >> 16 & 0xff) % OUTCOME_COUNT);
    sample.phase = (uint8_t)((dice >> 24 & 0xff) % PHASE_COUNT);
    sample.last = (dice >> 32 & 3) != 0;
    return sample;
}

static bool is_in_range(int64_t ns)
{
    return ns >= 0 && ns >> LIMIT_LATENCY_BITS == 0;
}

/* What the rows of one sample must come to. */
static void expect(struct seen *expected, uint64_t *negative, uint64_t *overflow, bool has_response,
                   const struct sample *sample)
{
    for (int s = 0; s < SERIES_COUNT && sample->last; s++) {
        const int64_t ns = schema_series_ns(sample, (enum series)s);
        if (ns == SCHEMA_NS_NONE || (s == SERIES_RESPONSE && !has_response))
            continue;
        if (is_in_range(ns))
            expected->count[sample->phase][sample->target][sample->outcome][s]++;
        *negative += ns < 0;
        *overflow += ns > 0 && !is_in_range(ns);
    }
}

/* Slices are closed and opened again all the time here, as far-away samples take their places. */
static void check_random_run(bool has_response)
{
    static struct seen expected, slices, whole;
    struct tally tally;
    uint64_t seed = 3, negative = 0, overflow = 0, requests = 0, sent = 0;
    memset(&expected, 0, sizeof expected);
    slices = whole = expected;
    slices.digits = 2;
    whole.digits = 3;
    assert_int_equal(tally_init(&tally, TARGETS, has_response), 0);
    for (int i = 0; i < SAMPLES; i++) {
        const struct sample sample = draw_sample(&seed);
        expect(&expected, &negative, &overflow, has_response, &sample);
        requests += sample.last;
        sent += sample.service_ns != SCHEMA_NS_NONE;
        assert_int_equal(tally_add(&tally, &sample, see, &slices), 0);
    }
    assert_true(slices.slices > 250); /* many were closed on the way */
    tally_close_slices(&tally, see, &slices);
    tally_visit_whole(&tally, see, &whole);
    assert_memory_equal(slices.count, expected.count, sizeof expected.count);
    assert_memory_equal(whole.count, expected.count, sizeof expected.count);
    assert_int_equal(whole.slices, 1);
    assert_true(whole.last_slice_ns == SCHEMA_NS_NONE);
    assert_int_equal(tally.rows, SAMPLES);
    assert_int_equal(tally.requests, requests);
    assert_int_equal(tally.sent, sent);
    assert_int_equal(tally.bytes_in, SAMPLES * 10);
    assert_int_equal(tally.negative, negative);
    assert_int_equal(tally.overflow, overflow);
    assert_true(negative > 0 && overflow > 0);
    tally_close_slices(&tally, see_none, NULL);
    tally_free(&tally);
}

static void slices_add_up_to_the_whole(void **state)
{
    (void)state;
    check_random_run(false);
    check_random_run(true);
}

/* Takes the rows of one series back out of a histogram, and sees where its rows begin. */
struct taken {
    struct histogram *h;
    enum series series;
    uint64_t firsts;
};

static void take_back(void *context, const struct tally_row *row)
{
    struct taken *taken = context;
    uint32_t cursor = 0;
    struct histogram_bucket bucket;
    taken->firsts += row->is_first;
    if (row->series != taken->series)
        return;
    while (histogram_next(taken->h, &cursor, &bucket))
        if (bucket.low_ns == row->bucket.low_ns)
            break;
    assert_int_equal(bucket.low_ns, row->bucket.low_ns);
    assert_int_equal(bucket.high_ns, row->bucket.high_ns);
    assert_int_equal(bucket.count, row->bucket.count);
    taken->h->count -= bucket.count;
}

/* Each bucket holds what histogram_record() puts there, zeros among it; sums and extremes of the whole
 * run are exact. */
static void buckets_are_those_of_plain_histograms(void **state)
{
    (void)state;
    struct tally tally;
    struct histogram fine, coarse, merged;
    uint64_t seed = 5;
    histogram_init(&fine, 3);
    histogram_init(&coarse, 2);
    histogram_init(&merged, 3);
    assert_int_equal(tally_init(&tally, 1, false), 0);
    for (int i = 0; i < SAMPLES; i++) {
        struct sample sample = sample_at(i);
        sample.service_ns = i % 5 ? draw_ns(&seed) : 0;
        sample.wait_ns = i % 3 ? 0 : i;
        assert_int_equal(tally_add(&tally, &sample, see_none, NULL), 0);
        if (sample.service_ns == SCHEMA_NS_NONE)
            continue;
        histogram_record(&fine, sample.service_ns, 1);
        histogram_record(&coarse, sample.service_ns, 1);
    }
    assert_int_equal(tally_merge(&tally, PHASE_MEASURE, OUTCOME_SUCCESS, SERIES_SERVICE, &merged), 0);
    assert_int_equal(merged.count, fine.count);
    assert_int_equal(merged.min_ns, fine.min_ns);
    assert_int_equal(merged.max_ns, fine.max_ns);
    assert_true(merged.sum_ns == fine.sum_ns);
    struct taken whole = {.h = &fine}, slice = {.h = &coarse};
    tally_visit_whole(&tally, take_back, &whole);
    tally_close_slices(&tally, take_back, &slice);
    assert_int_equal(fine.count, 0);
    assert_int_equal(coarse.count, 0);
    assert_int_equal(whole.firsts, 7); /* all series but response, send_path and wire */
    assert_int_equal(slice.firsts, 7);
    histogram_free(&fine);
    histogram_free(&coarse);
    histogram_free(&merged);
    tally_free(&tally);
}

/* Samples in the order of time, as a run has them: every slice is visited once, none before its
 * time. */
static void slices_in_order_are_visited_once(void **state)
{
    (void)state;
    struct seen seen = {.digits = 2};
    struct tally tally;
    assert_int_equal(tally_init(&tally, TARGETS, false), 0);
    const int held = LIMIT_SLICES_OPEN * 10; /* ten samples fall into a slice */
    for (int i = 0; i < held; i++) {
        const struct sample sample = sample_at(i * 10 * NS_PER_MS);
        assert_int_equal(tally_add(&tally, &sample, see_none, NULL), 0);
    }
    for (int i = held; i < 1000; i++) {
        const struct sample sample = sample_at(i * 10 * NS_PER_MS);
        assert_int_equal(tally_add(&tally, &sample, see, &seen), 0);
    }
    assert_int_equal(seen.slices, 100 - LIMIT_SLICES_OPEN); /* as many as are new beyond those held open */
    tally_close_slices(&tally, see, &seen);
    assert_int_equal(seen.slices, 100);
    assert_int_equal(seen.count[PHASE_MEASURE][0][OUTCOME_OK][SERIES_SERVICE], 1000);
    tally_free(&tally);
}

static void the_slice_that_rested_longest_makes_room(void **state)
{
    (void)state;
    struct seen seen = {.digits = 2};
    struct tally tally;
    assert_int_equal(tally_init(&tally, 1, false), 0);
    for (uint32_t i = 0; i < LIMIT_SLICES_OPEN; i++) {
        const struct sample sample = sample_at(i * 100 * NS_PER_MS);
        tally_add(&tally, &sample, see_none, NULL);
    }
    const struct sample again = sample_at(0); /* the oldest is used once more */
    tally_add(&tally, &again, see_none, NULL);
    const struct sample next = sample_at(LIMIT_SLICES_OPEN * 100 * NS_PER_MS);
    tally_add(&tally, &next, see, &seen);
    assert_int_equal(seen.slices, 1);
    assert_int_equal(seen.last_slice_ns, 100 * NS_PER_MS);
    tally_free(&tally);
}

/* One slice of time may hold the end of one phase and the beginning of the next. */
static void phases_in_one_slice_stay_apart(void **state)
{
    (void)state;
    struct seen seen = {.digits = 2};
    struct tally tally;
    assert_int_equal(tally_init(&tally, 1, false), 0);
    for (int i = 0; i < 10; i++) {
        struct sample sample = sample_at(i);
        sample.phase = i % 2 ? PHASE_WARMUP : PHASE_MEASURE;
        tally_add(&tally, &sample, see_none, NULL);
    }
    tally_close_slices(&tally, see, &seen);
    assert_int_equal(seen.count[PHASE_WARMUP][0][OUTCOME_OK][SERIES_SERVICE], 5);
    assert_int_equal(seen.count[PHASE_MEASURE][0][OUTCOME_OK][SERIES_SERVICE], 5);
    assert_int_equal(tally.outcomes[PHASE_WARMUP][OUTCOME_OK], 5);
    assert_int_equal(tally.outcomes[PHASE_MEASURE][OUTCOME_OK], 5);
    tally_free(&tally);
}

static void only_last_attempts_are_requests(void **state)
{
    (void)state;
    struct seen seen = {.digits = 3};
    struct tally tally;
    struct sample sample = sample_at(0);
    assert_int_equal(tally_init(&tally, 1, true), 0);
    sample.last = false;
    sample.outcome = OUTCOME_STATUS_5XX;
    tally_add(&tally, &sample, see_none, NULL);
    sample.last = true;
    sample.outcome = OUTCOME_OK;
    tally_add(&tally, &sample, see_none, NULL);
    assert_int_equal(tally.rows, 2);
    assert_int_equal(tally.requests, 1);
    assert_int_equal(tally.outcomes[PHASE_MEASURE][OUTCOME_STATUS_5XX], 0);
    assert_int_equal(tally.outcomes[PHASE_MEASURE][OUTCOME_OK], 1);
    tally_visit_whole(&tally, see, &seen);
    assert_int_equal(seen.count[PHASE_MEASURE][0][OUTCOME_STATUS_5XX][SERIES_SERVICE], 0);
    assert_int_equal(tally.retried[OUTCOME_STATUS_5XX], 1);
    assert_int_equal(tally.retried[OUTCOME_OK], 0);
    assert_int_equal(seen.count[PHASE_MEASURE][0][OUTCOME_OK][SERIES_RESPONSE], 1);
    tally_free(&tally);
}

static void a_merge_is_of_one_phase_and_class(void **state)
{
    (void)state;
    struct tally tally;
    struct histogram h;
    assert_int_equal(tally_init(&tally, TARGETS, false), 0);
    for (uint32_t i = 0; i < TARGETS * OUTCOME_COUNT * PHASE_COUNT; i++) {
        struct sample sample = sample_at(0);
        sample.target = (uint16_t)(i % TARGETS);
        sample.outcome = (uint8_t)(i / TARGETS % OUTCOME_COUNT);
        sample.phase = (uint8_t)(i / TARGETS / OUTCOME_COUNT);
        sample.service_ns = i;
        tally_add(&tally, &sample, see_none, NULL);
    }
    histogram_init(&h, 3);
    assert_int_equal(tally_merge(&tally, PHASE_MEASURE, OUTCOME_SUCCESS, SERIES_SERVICE, &h), 0);
    assert_int_equal(h.count, TARGETS); /* one outcome is a success */
    assert_int_equal(h.min_ns, TARGETS * OUTCOME_COUNT);
    assert_int_equal(tally_merge(&tally, PHASE_GRACE, OUTCOME_CENSORED, SERIES_SERVICE, &h), 0);
    assert_int_equal(h.count, TARGETS * 4); /* and three are censored */
    assert_int_equal(tally_merge(&tally, PHASE_GRACE, OUTCOME_CENSORED, SERIES_RESPONSE, &h), 0);
    assert_int_equal(h.count, TARGETS * 4);
    histogram_free(&h);
    tally_free(&tally);
}

static void an_unused_tally_is_freed(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_free(&tally);
    assert_int_equal(tally_init(&tally, 1, true), 0);
    tally_close_slices(&tally, see_none, NULL);
    tally_visit_whole(&tally, see_none, NULL);
    tally_free(&tally);
}

static void see_any(void *context, const struct tally_row *row)
{
    (void)context;
    (void)row;
}

/* Adds samples while the n-th allocation is refused. Returns whether that many were needed. */
static bool try(long n, bool has_response)
{
    struct tally tally;
    uint64_t seed = 9;
    int error;
    starve_left = n;
    error = tally_init(&tally, TARGETS, has_response);
    for (int i = 0; i < 40 && error == 0; i++) {
        const struct sample sample = draw_sample(&seed);
        error = tally_add(&tally, &sample, see_any, NULL);
    }
    if (error == 0) {
        tally_close_slices(&tally, see_any, NULL);
        tally_visit_whole(&tally, see_any, NULL);
        error = tally.error;
    }
    const bool was_refused = starve_left < 0;
    starve_left = -1;
    assert_int_equal(error, was_refused ? -ENOMEM : 0);
    tally_free(&tally);
    return was_refused;
}

static void memory_that_is_refused_is_told(void **state)
{
    (void)state;
    long n = 0, most = 0;
    if (!STARVE_CAN)
        skip();
    for (int has_response = 0; has_response < 2; has_response++) {
        for (n = 0; try(n, has_response); n++)
            continue;
        most = n > most ? n : most;
    }
    assert_true(most > 100);
}

static void add_to_target(void *target)
{
    struct tally tally;
    struct sample sample = sample_at(0);
    sample.target = *(uint16_t *)target;
    tally_init(&tally, 2, false);
    tally_add(&tally, &sample, see_none, NULL);
}

static void an_unknown_target_is_a_bug(void **state)
{
    (void)state;
    uint16_t last = 1, none = 2;
    assert_true(dies(add_to_target, &none));
    assert_false(dies(add_to_target, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_add_up_to_the_whole),
        cmocka_unit_test(buckets_are_those_of_plain_histograms),
        cmocka_unit_test(slices_in_order_are_visited_once),
        cmocka_unit_test(the_slice_that_rested_longest_makes_room),
        cmocka_unit_test(phases_in_one_slice_stay_apart),
        cmocka_unit_test(only_last_attempts_are_requests),
        cmocka_unit_test(a_merge_is_of_one_phase_and_class),
        cmocka_unit_test(an_unused_tally_is_freed),
        cmocka_unit_test(memory_that_is_refused_is_told),
        cmocka_unit_test(an_unknown_target_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
