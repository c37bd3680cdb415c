/* Times, counts, sizes and percentiles, read and written; every edge at which a digit or a unit
 * turns. */
#include "limits.h"
#include "random.h"
#include "units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

static void times_are_read_in_every_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } times[] = {
        {"0", 0},
        {"1", NS_PER_S},
        {"250ns", 250},
        {"250us", 250 * NS_PER_US},
        {"500ms", 500 * NS_PER_MS},
        {"30s", 30 * NS_PER_S},
        {"2m", 120 * NS_PER_S},
        {"2min", 120 * NS_PER_S},
        {"1h", 3600 * NS_PER_S},
        {"1.5s", 1500 * NS_PER_MS},
        {"0.5", 500 * NS_PER_MS},
        {"0.001us", 1},
        {"0.000000001s", 1},
        {"1.000000000h", 3600 * NS_PER_S},
        {"007s", 7 * NS_PER_S},
        {"168h", LIMIT_TIME_MAX_NS},
        {"604800s", LIMIT_TIME_MAX_NS},
    };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        int64_t ns = -1;
        if (!units_parse_time(times[i].text, &ns) || ns != times[i].ns)
            fail_msg("%s is read as %lld", times[i].text, (long long)ns);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",       " ",      "s",      "-1",       "-1s",           "+1s",
        " 1s",    "1s ",    "1 s",    "1S",       "1sec",          "1ss",
        "1d",     ".5s",    "5.s",    "1..5s",    "1e3s",          "0x10s",
        "1,5s",   "inf",    "nan",    "1\n",      "0.0000000001h", "0.5ns",
        "168.1h", "604801", "1.0.0s", "0.0001us", "\xc2\xb5s",     "10080.001m"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int64_t ns = -7;
        if (units_parse_time(texts[i], &ns))
            fail_msg("\"%s\" is read as %lld", texts[i], (long long)ns);
        assert_int_equal(ns, -7); /* left alone */
    }
}

static void counts_are_read_with_their_powers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t count;
    } counts[] = {
        {"0", 0},
        {"100", 100},
        {"10k", 10000},
        {"10K", 10000},
        {"1m", 1000000},
        {"1M", 1000000},
        {"2g", 2000000000},
        {"2G", 2000000000},
        {"1.5k", 1500},
        {"0.001k", 1},
        {"2.000", 2},
        {"0.25m", 250000},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073.709551615g", UINT64_MAX},
    };
    static const char *const junk[] = {"",
                                       "k",
                                       "1.5",
                                       "0.0001k",
                                       "-1",
                                       "1kk",
                                       "1kb",
                                       "1 k",
                                       "1e6",
                                       "1_000",
                                       "1,000",
                                       "0x1",
                                       "1ki",
                                       "1t",
                                       "18446744073709551616",
                                       "18446744073.709551616g",
                                       "99999999999999999999999999999999999999999999"};
    uint64_t count = 77;
    for (size_t i = 0; i < COUNT_OF(junk); i++) {
        if (units_parse_count(junk[i], &count))
            fail_msg("\"%s\" is read as %llu", junk[i], (unsigned long long)count);
        assert_int_equal(count, 77);
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        if (!units_parse_count(counts[i].text, &count) || count != counts[i].count)
            fail_msg("%s is read as %llu", counts[i].text, (unsigned long long)count);
}

/* A product that leaves 128 bits must not come back as a small number. */
static void no_product_wraps(void **state)
{
    (void)state;
    static const char *const units[] = {"h", "min", "s", "g", "m", "k", ""};
    uint64_t seed = 11;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        int64_t ns;
        uint64_t count;
        snprintf(text, sizeof text, "%llu.%09llu%s",
                 (unsigned long long)(random_next(&seed) | 1ull << 63),
                 (unsigned long long)(random_next(&seed) % 1000000000),
                 units[random_next(&seed) % COUNT_OF(units)]);
        assert_false(units_parse_time(text, &ns));
        assert_false(units_parse_milli(text, &count));
    }
}

static void rates_are_read_in_thousandths(void **state)
{
    (void)state;
    uint64_t milli = 5;
    assert_true(units_parse_milli("0.5", &milli));
    assert_int_equal(milli, 500);
    assert_true(units_parse_milli("0.001", &milli));
    assert_int_equal(milli, 1);
    assert_true(units_parse_milli("20k", &milli));
    assert_int_equal(milli, 20000000);
    assert_true(units_parse_milli("1.2345k", &milli));
    assert_int_equal(milli, 1234500);
    assert_false(units_parse_milli("0.0001", &milli));
    assert_false(units_parse_milli("-5", &milli));
    assert_false(units_parse_milli("1/s", &milli));
    assert_false(units_parse_milli("18446744073709551.616", &milli));
    assert_true(units_parse_milli("18446744073709551.615", &milli));
    assert_true(milli == UINT64_MAX);
}

static void percentiles_are_read_in_millionths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t ppm;
    } percentiles[] = {{"50", 500000},    {"95", 950000},   {"99.9", 999000},
                       {"99.99", 999900}, {"0.0001", 1},    {"99.9999", 999999},
                       {"1", 10000},      {"12.5", 125000}, {"50.0000", 500000}};
    static const char *const junk[] = {"",    "0",   "0.0",      "100", "100.0", "101", "-5", "p95",
                                       "95%", "9 5", "99.99999", ".5",  "5.",    "1e1", "1k"};
    uint32_t ppm = 3;
    for (size_t i = 0; i < COUNT_OF(junk); i++) {
        if (units_parse_percentile(junk[i], &ppm))
            fail_msg("\"%s\" is read as %u", junk[i], ppm);
        assert_int_equal(ppm, 3);
    }
    for (size_t i = 0; i < COUNT_OF(percentiles); i++)
        if (!units_parse_percentile(percentiles[i].text, &ppm) || ppm != percentiles[i].ppm)
            fail_msg("%s is read as %u", percentiles[i].text, ppm);
}

static void nearest_rank_is_exact_at_its_edges(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        uint32_t ppm;
        uint64_t rank;
    } ranks[] = {
        {400, 500000, 200},
        {400, 950000, 380},
        {400, 990000, 396},
        {400, 950001, 381},
        {400, 949999, 380},
        {1, 1, 1},
        {1, 500000, 1},
        {1, 999999, 1},
        {0, 500000, 0},
        {0, 999999, 0},
        {2, 500000, 1},
        {2, 500001, 2},
        {3, 500000, 2},
        {10, 990000, 10},
        {100, 990000, 99},
        {101, 990000, 100},
        {1000, 999900, 1000},
        {10000, 999900, 9999},
        {1000000, 1, 1},
        {1000001, 1, 2},
        {5, 0, 1},
        {UINT64_MAX, 500000, 1ull << 63},
        {UINT64_MAX, 1000000, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(ranks); i++)
        if (units_rank(ranks[i].count, ranks[i].ppm) != ranks[i].rank)
            fail_msg("rank of %llu at %u ppm is %llu", (unsigned long long)ranks[i].count,
                     ranks[i].ppm, (unsigned long long)units_rank(ranks[i].count, ranks[i].ppm));
}

/* The definition, searched for: the smallest rank with rank * 10^6 >= count * ppm. */
static void nearest_rank_is_the_smallest_that_covers(void **state)
{
    (void)state;
    for (uint64_t count = 1; count < 130; count++) {
        for (uint32_t ppm = 1; ppm < 1000000; ppm += 4999) {
            uint64_t rank = 1;
            while (rank * 1000000 < count * ppm)
                rank++;
            assert_int_equal(units_rank(count, ppm), rank);
        }
    }
}

static void times_are_written_in_three_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } times[] = {
        {0, "0.0 us"},
        {49, "0.0 us"},
        {51, "0.1 us"},
        {100, "0.1 us"},
        {949, "0.9 us"},
        {994, "1.0 us"},
        {995, "1.0 us"},
        {999, "1.0 us"},
        {1000, "1.00 us"},
        {1230, "1.23 us"},
        {9949, "9.95 us"},
        {9994, "9.99 us"},
        {9996, "10.0 us"},
        {9999, "10.0 us"},
        {10000, "10.0 us"},
        {28200, "28.2 us"},
        {99949, "99.9 us"},
        {99951, "100 us"},
        {100000, "100 us"},
        {999499, "999 us"},
        {999500, "1.00 ms"},
        {999999, "1.00 ms"},
        {1000000, "1.00 ms"},
        {1970000, "1.97 ms"},
        {9994999, "9.99 ms"},
        {9995001, "10.0 ms"},
        {99949999, "99.9 ms"},
        {99950001, "100 ms"},
        {999499999, "999 ms"},
        {999500000, "1.00 s"},
        {1100000000, "1.10 s"},
        {9995000001, "10.0 s"},
        {30 * NS_PER_S, "30.0 s"},
        {60 * NS_PER_S, "60.0 s"},
        {99949999999, "99.9 s"},
        {100 * NS_PER_S, "1 min 40 s"},
        {150 * NS_PER_S, "2 min 30 s"},
        {3600 * NS_PER_S, "60 min 0 s"},
        {LIMIT_TIME_MAX_NS, "10080 min 0 s"},
        {-100, "-0.1 us"},
        {-28200, "-28.2 us"},
    };
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_ptr_equal(units_format_time(times[i].ns, text), text);
        if (strcmp(text, times[i].text) != 0)
            fail_msg("%lld ns is written %s instead of %s", (long long)times[i].ns, text,
                     times[i].text);
    }
    units_format_time(INT64_MAX, text);
    units_format_time(INT64_MIN + 1, text);
    assert_true(strlen(text) < UNITS_TEXT_MAX - 1);
}

/* What a written time says, in ns, and half a step of its last digit. */
static double read_back(const char *text, double *half_step)
{
    char *end;
    const double value = strtod(text, &end);
    const char *point = strchr(text, '.');
    const double scale = strcmp(end, " us") == 0   ? 1e3
                         : strcmp(end, " ms") == 0 ? 1e6
                         : strcmp(end, " s") == 0  ? 1e9
                                                   : 0;
    *half_step = scale / 2;
    for (const char *at = point ? point + 1 : end; at < end && *at >= '0' && *at <= '9'; at++)
        *half_step /= 10;
    return value * scale;
}

/* Every time below the minutes: at most three digits, the nearest value, never less than the one
 * before. */
static void written_times_are_near_and_in_order(void **state)
{
    (void)state;
    double previous = 0;
    for (int64_t ns = 1; ns < 99 * NS_PER_S; ns += 1 + ns / 5000) {
        char text[UNITS_TEXT_MAX];
        double half_step;
        int digits = 0;
        units_format_time(ns, text);
        const double value = read_back(text, &half_step);
        for (const char *at = text; *at && *at != ' '; at++)
            digits += *at != '.';
        if (digits < 2 || digits > 3 || (ns >= 1000 && digits != 3))
            fail_msg("%lld ns is written %s", (long long)ns, text);
        if (value - (double)ns > half_step * 1.0001 || (double)ns - value > half_step * 1.0001)
            fail_msg("%lld ns is written %s", (long long)ns, text);
        if (value < previous)
            fail_msg("%lld ns is written %s, less than a shorter time", (long long)ns, text);
        previous = value;
    }
}

static void counts_are_written_with_commas(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        const char *text;
    } counts[] = {{0, "0"},
                  {7, "7"},
                  {999, "999"},
                  {1000, "1,000"},
                  {99999, "99,999"},
                  {600000, "600,000"},
                  {1048576, "1,048,576"},
                  {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        assert_string_equal(units_format_count(counts[i].count, text), counts[i].text);
}

static void bytes_are_written_in_decimal_units(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},
                 {9, "9 B"},
                 {999, "999 B"},
                 {1000, "1.0 kB"},
                 {1234, "1.2 kB"},
                 {9949, "9.9 kB"},
                 {9951, "10 kB"},
                 {47000000, "47 MB"},
                 {999499, "999 kB"},
                 {999500, "1.0 MB"},
                 {1200000000, "1.2 GB"},
                 {999499999999, "999 GB"},
                 {999500000000, "1.0 TB"},
                 {UINT64_MAX, "18 EB"}};
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        units_format_bytes(sizes[i].bytes, text);
        if (strcmp(text, sizes[i].text) != 0)
            fail_msg("%llu bytes are written %s instead of %s", (unsigned long long)sizes[i].bytes,
                     text, sizes[i].text);
    }
}

static void rates_are_written_in_three_digits(void **state)
{
    (void)state;
    static const struct {
        double rate;
        const char *text;
    } rates[] = {{0, "0/s"},          {1e-9, "under 0.001/s"}, {0.00123, "0.00123/s"},
                 {3.2, "3.2/s"},      {13.3333, "13.3/s"},     {99.94, "99.9/s"},
                 {99.96, "100/s"},    {820, "820/s"},          {31240.4, "31,240/s"},
                 {1e6 - 0.3, "1,000,000/s"}};
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(rates); i++)
        assert_string_equal(units_format_rate(rates[i].rate, text), rates[i].text);
}

/* Two digits made "1e+02 %" of a run that failed whole. */
static void shares_are_written_without_an_exponent(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *text;
    } shares[] = {{0, "0 %"},           {1, "100 %"},           {0.5, "50 %"},
                  {40.0 / 2460, "1.63 %"}, {0.125, "12.5 %"},   {1e-7, "under 0.001 %"},
                  {1.5e-5, "0.0015 %"}, {0.999, "99.9 %"},      {0.9995, "99.95 %"},
                  {0.999999, "99.9999 %"}, {0.99999999, "99.9999 %"},
                  {9.994, "999 %"}, {9.996, "1,000 %"}, {31.5, "3,150 %"}};
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        assert_string_equal(units_format_share(shares[i].share, text), shares[i].text);
    assert_string_equal(units_format_share(2e7, text), "2e+09 %"); /* beyond what a count may be */
}

static void a_name_in_a_list_is_found_whole(void **state)
{
    (void)state;
    assert_true(units_list_has("one", "one"));
    assert_true(units_list_has("one,two,three", "two"));
    assert_true(units_list_has("one,,three", "three"));
    assert_false(units_list_has("ones,two,thr", "one"));
    assert_false(units_list_has("one,two,thr", "three"));
    assert_false(units_list_has("", "one"));
    assert_false(units_list_has(NULL, "one"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_every_unit),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(counts_are_read_with_their_powers),
        cmocka_unit_test(no_product_wraps),
        cmocka_unit_test(rates_are_read_in_thousandths),
        cmocka_unit_test(percentiles_are_read_in_millionths),
        cmocka_unit_test(nearest_rank_is_exact_at_its_edges),
        cmocka_unit_test(nearest_rank_is_the_smallest_that_covers),
        cmocka_unit_test(times_are_written_in_three_digits),
        cmocka_unit_test(written_times_are_near_and_in_order),
        cmocka_unit_test(counts_are_written_with_commas),
        cmocka_unit_test(bytes_are_written_in_decimal_units),
        cmocka_unit_test(rates_are_written_in_three_digits),
        cmocka_unit_test(shares_are_written_without_an_exponent),
        cmocka_unit_test(a_name_in_a_list_is_found_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
