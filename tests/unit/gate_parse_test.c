/* Gates as people write them, taken apart, or refused with cause and form. */
#include "gates.h"

#include <errno.h>

static void texts_are_taken_apart(void **state)
{
    (void)state;
    struct gate gate = parsed("p95<=800ms");
    assert_int_equal(gate.metric, GATE_PERCENTILE);
    assert_int_equal(gate.ppm, 950000);
    assert_int_equal(gate.limit_ns, 800 * NS_PER_MS);
    assert_int_equal(gate.series, -1);
    assert_string_equal(gate.target, "");
    gate = parsed("  GET /users:service.p99.9 < 2 s ");
    assert_string_equal(gate.text, "GET /users:service.p99.9 < 2 s");
    assert_string_equal(gate.target, "GET /users");
    assert_int_equal(gate.series, SERIES_SERVICE);
    assert_int_equal(gate.ppm, 999000);
    assert_int_equal(gate.limit_ns, 2 * NS_PER_S - 1);
    gate = parsed("GET /a:b<c>d:max<=1m");
    assert_string_equal(gate.target, "GET /a:b<c>d");
    assert_int_equal(gate.metric, GATE_MAX);
    gate = parsed("send_lag.mean<=10us");
    assert_int_equal(gate.series, SERIES_SEND_LAG);
    assert_int_equal(gate.metric, GATE_MEAN);
    gate = parsed("/x:rate>=1.5k");
    assert_true(gate.limit > 1499 && gate.limit < 1501);
    assert_int_equal(gate.relation, GATE_AT_LEAST);
    gate = parsed("rate>50/s");
    assert_true(gate.limit > 49 && gate.limit < 51);
    gate = parsed("errors<=0.1%");
    assert_true(gate.limit_is_share);
    assert_int_equal(gate.limit_ppb, 1000000);
    gate = parsed("errors<5");
    assert_false(gate.limit_is_share);
}

static void wrong_texts_are_refused_with_cause_and_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *cause;
    } cases[] = {{"", "has no limit"},
                 {"p95", "has no limit"},
                 {"p95<=", "has no limit"},
                 {"<=5ms", "has no limit"},
                 {"p95=5ms", "has no limit"},
                 {"p95<=800", "without a unit"},
                 {"p95<=fast", "no time"},
                 {"p95<=-5ms", "no time"},
                 {"p95<0ms", "can never hold"},
                 {"p95>=5ms", "from below"},
                 {"p100<=5ms", "that is max"},
                 {"p0<=5ms", "names no metric"},
                 {"p95.12345<=5ms", "names no metric"},
                 {"median<=5ms", "names no metric"},
                 {"latency.p95<=5ms", "names no metric"},
                 {"errors<=101%", "more than 100 %"},
                 {"errors<=0.5", "a part of a request"},
                 {"errors<=few", "neither a number nor"},
                 {"errors<0%", "can never hold"},
                 {"errors>=1", "from below"},
                 {"service.errors<=1", "names a series"},
                 {"rate>=fast", "no rate"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gate gate;
        assert_int_equal(gate_parse(&gate, cases[i].text, &fault), -EINVAL);
        if (!strstr(fault.text, cases[i].cause))
            fail_msg("'%s': no \"%s\" in \"%s\"", cases[i].text, cases[i].cause, fault.text);
        assert_non_null(strstr(fault.text, "\n      write it as [TARGET:]"));
    }
    char text[2 * GATE_TEXT_MAX];
    struct gate gate;
    memset(text, 'p', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(gate_parse(&gate, text, &fault), -EINVAL);
    assert_non_null(strstr(fault.text, "longer than"));
}

static void regressions_are_ratios(void **state)
{
    (void)state;
    struct gate gate;
    assert_int_equal(gate_parse_regression(&gate, "p95<=2x", &fault), 0);
    assert_true(gate.is_regression && gate.limit > 1.999 && gate.limit < 2.001);
    assert_int_equal(gate_parse_regression(&gate, "p95<=120%", &fault), 0);
    assert_true(gate.limit > 1.199 && gate.limit < 1.201);
    assert_int_equal(gate_parse_regression(&gate, "rate>=0.9x", &fault), 0);
    assert_int_equal(gate_parse_regression(&gate, "rate<=2x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95>=2x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95<=2", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "p95<=0x", &fault), -EINVAL);
    assert_int_equal(gate_parse_regression(&gate, "errors<=2x", &fault), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_taken_apart),
        cmocka_unit_test(wrong_texts_are_refused_with_cause_and_form),
        cmocka_unit_test(regressions_are_ratios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
