/* When requests are due: exact where they are constant, of the right distribution where they are
 * not, and the same whatever the number of threads. */
#include "limits.h"
#include "schedule.h"

#include "dies.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS_MAX 7u
#define REQUESTS 5000u

static struct config config_of(enum arrivals arrivals, uint64_t rate_milli, uint64_t seed)
{
    return (struct config){
        .loop = LOOP_OPEN, .arrivals = arrivals, .rate_milli = rate_milli, .seed = seed};
}

static struct schedule started(enum arrivals arrivals, uint64_t rate_milli, uint64_t seed)
{
    const struct config config = config_of(arrivals, rate_milli, seed);
    struct schedule s;
    schedule_start(&s, &config, 0, 1);
    return s;
}

static void constant_arrivals_are_exact(void **state)
{
    (void)state;
    struct schedule s = started(ARRIVALS_CONSTANT, 20000 * 1000, 1);
    for (uint64_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(s.request, i);
        assert_int_equal(s.due_ns, i * 50 * NS_PER_US);
        schedule_advance(&s);
    }
}

/* 3 requests a second: the thirds of a second are cut, never added up. */
static void rates_that_do_not_divide_a_second_do_not_drift(void **state)
{
    (void)state;
    struct schedule s = started(ARRIVALS_CONSTANT, 3000, 1);
    for (uint64_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(s.due_ns, i * 1000000000 / 3);
        schedule_advance(&s);
    }
    s.request = 3000000000ull - 1; /* after 31 years of it */
    schedule_advance(&s);
    assert_int_equal(s.due_ns, NS_PER_S * NS_PER_S);
}

static void a_billion_requests_later_it_is_still_exact(void **state)
{
    (void)state;
    struct schedule s = started(ARRIVALS_CONSTANT, 7777777, 1); /* 7777.777 a second */
    s.request = 999999999;
    schedule_advance(&s);
    assert_int_equal(s.request, 1000000000);
    assert_int_equal(s.due_ns, 128571441428572); /* floor(10^9 * 10^12 / 7777777) */
    struct schedule fast = started(ARRIVALS_CONSTANT, LIMIT_RATE_MAX * 1000ull, 1);
    fast.request = LIMIT_RATE_MAX * 604800ull - 1; /* all of the longest run */
    schedule_advance(&fast);
    assert_int_equal(fast.due_ns, LIMIT_TIME_MAX_NS);
}

static void rates_below_one_a_second(void **state)
{
    (void)state;
    struct schedule half = started(ARRIVALS_CONSTANT, 500, 1);
    assert_int_equal(half.due_ns, 0);
    schedule_advance(&half);
    assert_int_equal(half.due_ns, 2 * NS_PER_S);
    struct schedule slow = started(ARRIVALS_CONSTANT, 1, 1);
    schedule_advance(&slow);
    assert_int_equal(slow.due_ns, 1000 * NS_PER_S);
}

/* The requests of all threads, put together, are those of one thread: none is missing, none is
 * double, each has its time to the nanosecond. */
static void check_shares(const struct config *config, uint32_t threads)
{
    struct schedule whole, shares[THREADS_MAX];
    schedule_start(&whole, config, 0, 1);
    for (uint32_t t = 0; t < threads; t++)
        schedule_start(&shares[t], config, t, threads);
    for (uint64_t i = 0; i < REQUESTS; i++) {
        struct schedule *share = &shares[i % threads];
        assert_int_equal(share->request, i);
        assert_int_equal(whole.request, i);
        assert_int_equal(share->due_ns, whole.due_ns);
        schedule_advance(share);
        schedule_advance(&whole);
    }
}

static void threads_share_one_schedule(void **state)
{
    (void)state;
    static const uint64_t rates[] = {500, 3000, 7777777, 100000000};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        for (uint32_t threads = 1; threads <= THREADS_MAX; threads++) {
            const struct config constant = config_of(ARRIVALS_CONSTANT, rates[r], 1);
            const struct config poisson = config_of(ARRIVALS_POISSON, rates[r], 42);
            check_shares(&constant, threads);
            check_shares(&poisson, threads);
        }
    }
}

/* Gaps of a Poisson process are exponential: mean and deviation are both 1 / rate, and a share of
 * 1 - 1/e is below the mean. For 10^6 gaps the standard errors are 0.1 %, 0.14 % and 0.05 %. */
static void poisson_gaps_are_exponential(void **state)
{
    (void)state;
    enum { GAPS = 1000000 };
    const double mean_ns = 50000;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct schedule s = started(ARRIVALS_POISSON, 20000 * 1000, seed);
        double sum = 0, squares = 0, products = 0, previous = mean_ns;
        int64_t before_ns = 0;
        int below = 0;
        for (int i = 0; i < GAPS; i++) {
            const double gap = (double)(s.due_ns - before_ns);
            assert_true(gap >= 0);
            sum += gap;
            squares += gap * gap;
            products += (gap - mean_ns) * (previous - mean_ns);
            below += gap < mean_ns;
            previous = gap;
            before_ns = s.due_ns;
            schedule_advance(&s);
        }
        const double mean = sum / GAPS;
        assert_true(fabs(mean / mean_ns - 1) < 0.005);
        assert_true(fabs(sqrt(squares / GAPS - mean * mean) / mean_ns - 1) < 0.007);
        assert_true(fabs(products / GAPS) / (mean_ns * mean_ns) <
                    0.005); /* neighbours are strangers */
        assert_true(fabs((double)below / GAPS - (1 - exp(-1))) < 0.0025);
    }
}

/* Counts in equal windows have a variance equal to their mean, which constant arrivals have not. */
static void poisson_counts_scatter_as_they_must(void **state)
{
    (void)state;
    enum { WINDOWS = 20000 };
    struct schedule s = started(ARRIVALS_POISSON, 1000 * 1000, 7);
    double squares = 0;
    for (int64_t w = 1; w <= WINDOWS; w++) {
        int count = 0;
        for (; s.due_ns < w * 10 * NS_PER_MS; count++)
            schedule_advance(&s);
        squares += (count - 10.0) * (count - 10.0);
    }
    assert_true(fabs(squares / WINDOWS / 10.0 - 1) < 0.05);
}

static void the_seed_decides_and_nothing_else(void **state)
{
    (void)state;
    struct schedule one = started(ARRIVALS_POISSON, 1000000, 1);
    struct schedule again = started(ARRIVALS_POISSON, 1000000, 1);
    struct schedule two = started(ARRIVALS_POISSON, 1000000, 2);
    struct schedule faster = started(ARRIVALS_POISSON, 2000000, 1);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(one.due_ns, again.due_ns);
        assert_in_range(2 * faster.due_ns + 2 - one.due_ns, 0, 4); /* the same draws, scaled */
        same += one.due_ns == two.due_ns;
        schedule_advance(&one);
        schedule_advance(&again);
        schedule_advance(&two);
        schedule_advance(&faster);
    }
    assert_true(same < 5);
}

/* How many measured requests a thread has until the count is used up. */
static uint64_t count_until_end(const struct config *config, uint32_t thread, uint32_t threads)
{
    struct schedule s;
    uint64_t count = 0;
    schedule_start(&s, config, thread, threads);
    for (; !schedule_has_ended(&s); schedule_advance(&s))
        count += s.due_ns >= config->warmup_ns;
    return count;
}

/* A run by count measures the first so many requests behind the warm-up, whoever sends them: where the
 * warm-up ends in a thread's turn, that thread may have one more than its number would say. */
static void a_count_ends_all_threads_at_the_same_request(void **state)
{
    (void)state;
    static const int64_t warmups_ns[] = {0, 1, NS_PER_MS, 100 * NS_PER_MS, 101 * NS_PER_MS, 102 * NS_PER_MS};
    for (int arrivals = ARRIVALS_CONSTANT; arrivals <= ARRIVALS_POISSON; arrivals++) {
        for (size_t i = 0; i < sizeof warmups_ns / sizeof warmups_ns[0]; i++) {
            struct config config = config_of((enum arrivals)arrivals, 1000000, 7);
            config.warmup_ns = warmups_ns[i];
            config.requests = 101;
            struct schedule whole;
            schedule_start(&whole, &config, 0, 1);
            while (whole.due_ns < config.warmup_ns)
                schedule_advance(&whole);
            for (uint32_t threads = 1; threads <= THREADS_MAX; threads++) {
                uint64_t count = 0;
                for (uint32_t t = 0; t < threads; t++) {
                    struct schedule last;
                    schedule_start(&last, &config, t, threads);
                    while (!schedule_has_ended(&last))
                        schedule_advance(&last);
                    assert_int_equal(last.end, whole.request + config.requests);
                    assert_in_range(last.request, last.end, last.end + threads - 1);
                    count += count_until_end(&config, t, threads);
                }
                assert_int_equal(count, config.requests);
            }
        }
    }
}

static void without_a_count_there_is_no_end(void **state)
{
    (void)state;
    for (int arrivals = ARRIVALS_CONSTANT; arrivals <= ARRIVALS_POISSON; arrivals++) {
        struct schedule s = started((enum arrivals)arrivals, 1000000, 1);
        for (uint64_t i = 0; i < REQUESTS; i++, schedule_advance(&s))
            assert_false(schedule_has_ended(&s));
    }
}

static void start_without_rate(void *unused)
{
    (void)unused;
    started(ARRIVALS_CONSTANT, 0, 1);
}

static void start_beyond_threads(void *unused)
{
    const struct config config = config_of(ARRIVALS_CONSTANT, 1000, 1);
    struct schedule s;
    (void)unused;
    schedule_start(&s, &config, 3, 3);
}

static void advance_unknown(void *arrivals)
{
    struct schedule s = {.arrivals = *(enum arrivals *)arrivals, .rate_milli = 1000, .stride = 1};
    schedule_advance(&s);
}

static void arrivals_that_are_none_are_a_bug(void **state)
{
    (void)state;
    enum arrivals none = ARRIVALS_POISSON + 1, one = ARRIVALS_CONSTANT;
    assert_true(dies(advance_unknown, &none));
    assert_false(dies(advance_unknown, &one));
}

static void misuse_is_caught(void **state)
{
    (void)state;
    assert_true(dies(start_without_rate, NULL));
    assert_true(dies(start_beyond_threads, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_arrivals_are_exact),
        cmocka_unit_test(rates_that_do_not_divide_a_second_do_not_drift),
        cmocka_unit_test(a_billion_requests_later_it_is_still_exact),
        cmocka_unit_test(rates_below_one_a_second),
        cmocka_unit_test(threads_share_one_schedule),
        cmocka_unit_test(poisson_gaps_are_exponential),
        cmocka_unit_test(poisson_counts_scatter_as_they_must),
        cmocka_unit_test(the_seed_decides_and_nothing_else),
        cmocka_unit_test(a_count_ends_all_threads_at_the_same_request),
        cmocka_unit_test(without_a_count_there_is_no_end),
        cmocka_unit_test(arrivals_that_are_none_are_a_bug),
        cmocka_unit_test(misuse_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
