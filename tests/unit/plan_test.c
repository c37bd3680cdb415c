/* plan_test.c - what a plan comes to: cases, options, gates; and each mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

#define SERVER "url: http://h:1\n"
#define TARGETS "targets: {a: {url: /a}, b: {url: /b, method: PUT, weight: 3, tags: [hot, x]}}\n"
#define SCENARIOS "scenarios: {s: {connections: 2}}\n"

static const char *variable(const char *name)
{
    return strcmp(name, "SECRET") == 0 ? "hunter2\x01" : NULL;
}

static bool reads(struct plan *plan, const char *text, const char *const *overrides, size_t count,
                  char error[PLAN_ERROR_MAX])
{
    struct plan_tree tree;
    *plan = (struct plan){0};
    error[0] = '\0';
    return plan_tree_read(&tree, "p", text, strlen(text), variable, error) &&
           plan_read(plan, &tree, overrides, count, error);
}

static void refused(const char *text, const char *message)
{
    struct plan plan;
    char error[PLAN_ERROR_MAX];
    if (reads(&plan, text, NULL, 0, error))
        fail_msg("taken, instead of: %s\n%s", message, text);
    if (strncmp(error, message, strlen(message)) != 0)
        fail_msg("said\n%s\ninstead of\n%s", error, message);
    assert_null(strstr(error, "hunter2"));
    plan_free(&plan);
}

static void a_plan_becomes_options(void **state)
{
    (void)state;
    struct plan plan;
    char error[PLAN_ERROR_MAX];
    static const char *const overrides[] = {"--duration=2s"};
    const char *text = "variants: {one: 'http://h:1/', two: 'http://h:2'}\n" TARGETS
                       "headers: {X: y}\noptions: {timeout: 3s, insecure: true, compressed: false}\n"
                       "scenarios:\n"
                       "  all: {rate: 50, duration: 60s, connections: 7}\n"
                       "  hot: {targets: hot, connections: [5, 10], expect: [status=200, size=3]}\n"
                       "repeat: 4\n";
    if (!reads(&plan, text, overrides, 1, error))
        fail_msg("%s", error);
    assert_int_equal(plan.repeat, 4);
    assert_int_equal(plan.variants_count, 2);
    assert_int_equal(plan.cases_count, 3);
    const struct config *all = &plan.cases[0].loads[1].config;
    assert_int_equal(all->loop, LOOP_OPEN);
    assert_int_equal(all->rate_milli, 50000);
    assert_int_equal(all->duration_ns, 2 * NS_PER_S); /* the command line goes before */
    assert_int_equal(all->timeout_ns, 3 * NS_PER_S);
    assert_true(all->insecure);
    assert_false(all->compressed);
    assert_int_equal(all->targets_count, 2);
    assert_string_equal(all->targets[0].url, "http://h:2/a");
    assert_string_equal(all->targets[1].url, "http://h:2/b");
    assert_string_equal(all->targets[1].method, "PUT");
    assert_int_equal(all->targets[1].weight, 3);
    assert_string_equal(all->headers[0], "X: y");
    assert_string_equal(plan.cases[1].name, "hot-5");
    assert_string_equal(plan.cases[2].name, "hot-10");
    assert_int_equal(plan.cases[2].loads[0].config.connections, 10);
    assert_int_equal(plan.cases[2].loads[0].config.targets_count, 1);
    assert_int_equal(plan.cases[2].loads[0].config.expectations_count, 2);
    assert_string_equal(plan.cases[2].loads[0].config.targets[0].url, "http://h:1/b");
    const char *const only = "hot";
    assert_false(plan_case_is_asked(&plan.cases[0], &only, 1));
    assert_true(plan_case_is_asked(&plan.cases[1], &only, 1));
    assert_true(plan_case_is_asked(&plan.cases[0], NULL, 0));
    assert_true(plan_check_only(&plan, &only, 1, error));
    const char *const none[] = {"hot-10", "cold"};
    assert_false(plan_check_only(&plan, none, 2, error));
    assert_non_null(strstr(error, "--only cold names no scenario of p"));
    plan_free(&plan);
}

static void gates_bear_their_targets_names(void **state)
{
    (void)state;
    struct plan plan;
    char error[PLAN_ERROR_MAX];
    const char *text = "variants: {one: 'http://h:1', two: 'http://h:2'}\n"
                       "targets: {a: {url: /a, slo: [p95<50ms, 'mean <= 1s']}, b: {url: /b, slo: rate>=5, "
                       "method: POST}}\n"
                       "scenarios: {s: {slo: errors<=0%}, t: {targets: b}}\n"
                       "slo: availability>=99.9%\nmax_regression: [p95<=2x]\n";
    if (!reads(&plan, text, NULL, 0, error))
        fail_msg("%s", error);
    static const char *const expected[] = {"--slo=availability>=99.9%", "--slo=errors<=0%",
                                           "--max-regression=p95<=2x", "--slo=GET /a:p95<50ms",
                                           "--slo=GET /a:mean <= 1s", "--slo=POST /b:rate>=5"};
    assert_int_equal(plan.cases[0].gates_count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(plan.cases[0].gates[i], expected[i]);
    assert_int_equal(plan.cases[1].gates_count, 3);
    plan_free(&plan);
}

static void what_is_printed_names_variables_only(void **state)
{
    (void)state;
    struct plan plan;
    char error[PLAN_ERROR_MAX], text[2048] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    if (!reads(&plan, "url: 'http://${HOST:-h:1}'\ntargets: {a: {url: '/${NO:-a}', weight: 2, slo: p50<1s}}\n"
                      "scenarios: {s: {connections: [1, 2], duration: 5s}}\nslo: rate>=1\n",
               NULL, 0, error))
        fail_msg("%s", error);
    const char *const only = "s-2";
    plan_print(&plan, &only, 1, false, out);
    plan_print(&plan, NULL, 0, true, out);
    fclose(out);
    assert_string_equal(text, "s-2  connections: 2  duration: 5s\n    a  /${NO:-a}  weight 2\n"
                              "      slo p50<1s\n    slo rate>=1\non server  http://${HOST:-h:1}\n"
                              "1 runs: 1 of scenarios, on 1 of servers, 1 times\ns-1\ns-2\n");
    plan_free(&plan);
}

static void unknown_keys_are_told_with_the_nearest(void **state)
{
    (void)state;
    refused(SERVER TARGETS "scenarios:\n  s: {conections: 5}\n",
            "p:4:7: unknown key 'conections'; did you mean 'connections'?\n      a scenario has");
    refused(SERVER TARGETS SCENARIOS "scenaros: 1\n", "p:4:1: unknown key 'scenaros'; did you mean 'scenarios'?");
    refused(SERVER "targets: {a: {ulr: /}}\n" SCENARIOS, "p:2:15: unknown key 'ulr'; did you mean 'url'?");
    refused(SERVER TARGETS SCENARIOS "something-else-entirely: 1\n",
            "p:4:1: unknown key 'something-else-entirely'\n      a plan has url, variants,");
    refused(SERVER TARGETS "scenarios: {s: {output: x}}\n", "p:3:17: unknown key 'output'\n");
    refused(SERVER TARGETS SCENARIOS "options: {tmeout: 1s}\n",
            "p:4:11: unknown key 'tmeout'; did you mean 'timeout'?");
}

static void values_are_checked_where_they_stand(void **state)
{
    (void)state;
    refused(SERVER TARGETS "scenarios:\n  s: {connections: 1000000000}\n", "p:4:20: ");
    refused(SERVER TARGETS "scenarios:\n  s: {connections: 0}\n", "p:4:20: ");
    refused(SERVER TARGETS "scenarios:\n  s:\n    connections: [5, many]\n", "p:5:22: ");
    refused(SERVER TARGETS "scenarios: {s: {duration: soon}}\n", "p:3:27: ");
    refused(SERVER TARGETS "scenarios: {s: {duration: {a: b}}}\n",
            "p:3:27: duration is a map, and has to be a text\n");
    refused(SERVER TARGETS "scenarios: {s: {duration: }}\n", "p:3:27: duration is empty, and has to be");
    refused(SERVER TARGETS "scenarios: {s: {compressed: yes}}\n", "p:3:29: compressed is 'yes'\n");
    refused(SERVER TARGETS "scenarios: {s: {connections: []}}\n", "p:3:30: connections is an empty list");
    refused(SERVER TARGETS "scenarios: {s: {arrivals: poisson}}\n",
            "p:3:13: in s: --arrivals needs a rate\n");
    refused(SERVER TARGETS "scenarios: {s: {arrivals: sometimes}}\n", "p:3:27: ");
    refused(SERVER TARGETS "scenarios: {s: {threads: 4, connections: 2}}\n", "p:3:13: in s: -t 4 threads");
    refused(SERVER TARGETS "scenarios: {s: {key: k}}\n", "p:3:13: in s: --key is of no use");
    refused(SERVER TARGETS "options: {connections: [1, 2]}\n" SCENARIOS, "p:3:24: connections is a list\n");
    refused(SERVER TARGETS "scenarios: {s: {connections: [1, 2], rate: [3, 4]}}\n",
            "p:3:44: a second option of this scenario is a list, beside connections");
    refused(SERVER TARGETS "scenarios: {s: {connections: [1, 1]}}\n",
            "p:3:13: two scenarios are called s-1\n");
    refused(SERVER TARGETS "scenarios: {s: {body: [a/b, c]}}\n", "p:3:24: 'a/b' names no folder");
    refused(SERVER TARGETS SCENARIOS "repeat: 0\n", "p:4:9: repeat: '0' is no number from 1 to 1000");
    refused(SERVER TARGETS SCENARIOS "repeat: [1]\n", "p:4:9: repeat is a list, and has to be a text");
}

static void targets_are_checked(void **state)
{
    (void)state;
    refused(SERVER SCENARIOS, "p:1:1: the plan has no targets\n");
    refused(SERVER "targets: {}\n" SCENARIOS, "p:2:10: there are 0 targets\n");
    refused(SERVER "targets: [a]\n" SCENARIOS, "p:2:10: targets is a list, and has to be a map\n");
    refused(SERVER "targets: {a: /a}\n" SCENARIOS, "p:2:14: a target is a text, and has to be a map\n");
    refused(SERVER "targets: {a: {}}\n" SCENARIOS, "p:2:11: the target 'a' has no url\n");
    refused(SERVER "targets: {a: {url: a}}\n" SCENARIOS, "p:2:20: 'a' is no path\n");
    refused(SERVER "targets: {a: {url: /a b}}\n" SCENARIOS, "p:2:20: '/a b' is no path\n");
    refused(SERVER "targets: {a: {url: [/a]}}\n" SCENARIOS, "p:2:20: the url is a list");
    refused(SERVER "targets: {a: {url: /a, weight: 0}}\n" SCENARIOS,
            "p:2:32: the weight '0' is no number from 1 to 1024\n");
    refused(SERVER "targets: {a: {url: /a, weight: {}}}\n" SCENARIOS, "p:2:32: the weight is a map");
    refused(SERVER "targets: {a: {url: /a, method: get it}}\n" SCENARIOS, "p:2:32: 'get it' is no method\n");
    refused(SERVER "targets: {a: {url: /a, method: []}}\n" SCENARIOS, "p:2:32: the method is a list");
    refused(SERVER "targets: {a: {url: /a, tags: [[b]]}}\n" SCENARIOS, "p:2:31: a tag is a list");
    refused(SERVER "targets: {'a/b': {url: /a}}\n" SCENARIOS, "p:2:11: 'a/b' is no name\n");
    refused(SERVER "targets: {.a: {url: /a}}\n" SCENARIOS, "p:2:11: '.a' is no name\n");
    refused(SERVER TARGETS "scenarios: {s: {targets: [a, c]}}\n",
            "p:3:30: no target has the name or the tag 'c'\n      name one of those under targets (line 2)");
    refused(SERVER TARGETS "scenarios: {s: {targets: []}}\n", "p:3:26: the scenario has no target\n");
    refused(SERVER TARGETS "scenarios: {s: {targets: {a: b}}}\n", "p:3:26: a target's name is a map");
    refused(SERVER "targets: {a: {url: /%zz}}\n" SCENARIOS, "p:3:13: in s: ");
    char text[256];
    snprintf(text, sizeof text, SERVER "targets: {a%070d: {url: /}}\n" SCENARIOS, 1);
    refused(text, "p:2:11: the name 'a00000000000000000000000000000000000000000000000...' has more than 63");
}

static void servers_are_checked(void **state)
{
    (void)state;
    refused(TARGETS SCENARIOS, "p:1:1: the plan has neither url and variants\n");
    refused(SERVER "variants: {a: 'http://h'}\n" TARGETS SCENARIOS,
            "p:1:6: the plan has both url and variants\n");
    refused("url: http://h:99999\n" TARGETS SCENARIOS, "p:1:6: ");
    refused("url: http://h/api\n" TARGETS SCENARIOS, "p:1:6: 'http://h/api' has a path\n");
    refused("url: 'http://${SECRET}'\n" TARGETS SCENARIOS,
            "p:1:6: with its variables 'http://${SECRET}' is no URL\n");
    refused("url: [a]\n" TARGETS SCENARIOS, "p:1:6: the URL is a list");
    refused("variants: {}\n" TARGETS SCENARIOS, "p:1:11: there are 0 variants\n");
    refused("variants: {a b: 'http://h'}\n" TARGETS SCENARIOS, "p:1:12: 'a b' is no name\n");
    refused("variants: x\n" TARGETS SCENARIOS, "p:1:11: variants is a text");
    refused(SERVER TARGETS, "p:1:1: the plan has no scenarios\n");
    refused(SERVER TARGETS "scenarios: {}\n", "p:3:12: there is no scenario\n");
    refused(SERVER TARGETS "scenarios: []\n", "p:3:12: scenarios is a list");
    refused(SERVER TARGETS "scenarios: {s: 5}\n", "p:3:16: a scenario is a text");
    refused(SERVER TARGETS "scenarios: {-s: {}}\n", "p:3:13: '-s' is no name\n");
    refused(SERVER TARGETS "headers: [a]\n" SCENARIOS, "p:3:10: headers is a list");
    refused(SERVER TARGETS "headers: {a: {b: c}}\n" SCENARIOS, "p:3:14: a header is a map");
    refused(SERVER TARGETS "headers: {a b: c}\n" SCENARIOS, "p:4:13: in s: ");
    refused(SERVER TARGETS "options: 5\n" SCENARIOS, "p:3:10: options is a text");
}

/* What a variable holds is not told, whatever is wrong with it. */
static void secrets_are_not_told(void **state)
{
    (void)state;
    refused(SERVER TARGETS "headers: {X-Api: '${SECRET}'}\n" SCENARIOS,
            "p:4:13: in s: a header does not fit with its variables\n");
    refused(SERVER TARGETS "scenarios: {s: {duration: '${SECRET}'}}\n",
            "p:3:27: with its variables '${SECRET}' does not fit here\n");
    refused(SERVER "targets: {a: {url: '${SECRET}'}}\n" SCENARIOS, "p:2:20: '${SECRET}' is no path\n");
    refused(SERVER TARGETS SCENARIOS "slo: 'p95<${SECRET}'\n",
            "p:4:6: with its variables 'p95<${SECRET}' is no gate\n");
}

static void gates_are_checked(void **state)
{
    (void)state;
    static const char *const good[] = {"p95<=800ms",       "service.p99.9<2s", "mean<=1s", "max<1s",
                                       "rate>=50",         "rate > 0.5",       "errors<=0.1%",
                                       "errors<=3",        "availability>=99.9%"};
    static const char *const bad[] = {"p95",      "p95<=",     "p95>=1s",     "p0<1s",   "rate<5",
                                      "rate>=5%", "errors<=x", "other<=1s",   "x.p5<1s", "service.rate>=1",
                                      "errors<=1s", "availability>=9", "<1s", "",        "p95<=1x"};
    static const char *const ratios[] = {"p95<=2x", "rate>=90%", "errors<=+0.1%", "service.p50<110%"};
    static const char *const no_ratios[] = {"p95<=800ms", "rate<=2x", "errors<=2x", "p95<=x", "p95"};
    char error[PLAN_ERROR_MAX], text[200];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!plan_gate_check(good[i], false, error))
            fail_msg("%s: %s", good[i], error);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (plan_gate_check(bad[i], false, error))
            fail_msg("%s was taken", bad[i]);
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        if (!plan_gate_check(ratios[i], true, error))
            fail_msg("%s: %s", ratios[i], error);
    for (size_t i = 0; i < sizeof no_ratios / sizeof no_ratios[0]; i++)
        if (plan_gate_check(no_ratios[i], true, error))
            fail_msg("%s was taken", no_ratios[i]);
    memset(text, 'p', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(plan_gate_check(text, false, error));
    refused(SERVER TARGETS SCENARIOS "slo: [p95<1s, fast]\n", "p:4:15: 'fast' is no gate\n");
    refused(SERVER TARGETS SCENARIOS "slo: {p95: 1s}\n", "p:4:6: a gate is a map");
    refused(SERVER TARGETS SCENARIOS "max_regression: p95<=2x\n",
            "p:4:1: max_regression compares variants, and there is one server\n");
}

static void there_are_not_too_many(void **state)
{
    (void)state;
    static char text[20000];
    size_t at = (size_t)sprintf(text, SERVER TARGETS "scenarios: {s: {connections: [1");
    for (int i = 2; i <= 257; i++)
        at += (size_t)sprintf(text + at, ", %d", i);
    strcpy(text + at, "]}}\n");
    refused(text, "p:3:13: more than 256 scenarios");
    at = (size_t)sprintf(text, SERVER TARGETS SCENARIOS "slo: [rate>=1");
    for (int i = 2; i <= 65; i++)
        at += (size_t)sprintf(text + at, ", rate>=%d", i);
    strcpy(text + at, "]\n");
    refused(text, "p:3:13: s has more than 64 gates");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_becomes_options),
        cmocka_unit_test(gates_bear_their_targets_names),
        cmocka_unit_test(what_is_printed_names_variables_only),
        cmocka_unit_test(unknown_keys_are_told_with_the_nearest),
        cmocka_unit_test(values_are_checked_where_they_stand),
        cmocka_unit_test(targets_are_checked),
        cmocka_unit_test(servers_are_checked),
        cmocka_unit_test(secrets_are_not_told),
        cmocka_unit_test(gates_are_checked),
        cmocka_unit_test(there_are_not_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
