/* The table of a calibration, word for word. */
#include "limits.h"
#include "weigh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct weight sample(void)
{
    return (struct weight){.weighed_utc = "2026-11-20T12:04:00Z",
                           .took_ns = 8300 * NS_PER_MS,
                           .clock_ns = 22.75,
                           .nop_ns = 310.5,
                           .nop_batch_ns = 9.5,
                           .connections = 64,
                           .request_ns = 4630.125,
                           .request_bare_ns = 999.6,
                           .rate_per_s = 198195.5,
                           .busy_share = 0.984,
                           .lag_rate_per_s = 20000,
                           .send_lag = {{20000, 100, 300, 12100},
                                        {20000, 200, 900, 14000},
                                        {20000, 23000, 90000, 2200000}},
                           .stamps = {20000, 2900, 3100, 3000},
                           .single = {20000, 2900, 5200, 9900},
                           .server = {9999, 13800, 25000, 90000},
                           .server_delay_ns = NS_PER_MS};
}

static void expect(const struct weight *weight, const struct weigh_place *place,
                   const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    weigh_table_print(weight, place, out);
    fclose(out);
    if (strcmp(text, expected) != 0)
        fail_msg("\n%s\ninstead of\n%s", text, expected);
    free(text);
}

static void all_of_it(void **state)
{
    (void)state;
    const struct weight weight = sample();
    const struct weigh_place place = {"results/weight.json", 1, 0};
    expect(&weight, &place,
           "\n"
           "what this scale weighs, in 8.30 s; tare on CPU 1, its stub on CPU 0\n"
           "                                  p50        p99      p99.9\n"
           "send lag, spin                 0.1 us     0.3 us    12.1 us   open loop, 20,000/s\n"
           "send lag, hybrid               0.2 us     0.9 us    14.0 us\n"
           "send lag, block               23.0 us    90.0 us    2.20 ms\n"
           "service time, too long by     2.90 us    3.10 us    3.00 us   by transmit stamps\n"
           "  of a single request         2.90 us    5.20 us    9.90 us\n"
           "  by the server's word        13.8 us    25.0 us    90.0 us*  of 1 ms; loopback and "
           "stub included\n"
           "* fewer than 10 requests lie beyond: too few to rely on\n"
           "\n"
           "a reading of the clock        22.8 ns\n"
           "a NOP through the ring         310 ns   alone; 9.50 ns each in batches of 8\n"
           "a request and its answer      4.63 us   of CPU, all recorded; 1.00 us with --samples "
           "none\n"
           "the rate of one thread      198,196/s   closed loop, 64 connections, 98.4 % of a core\n"
           "\n"
           "results/weight.json   later runs in this folder take it along\n");
}

static void what_is_missing_and_what_was_in_the_way(void **state)
{
    (void)state;
    struct weight weight = sample();
    const struct weigh_place place = {"x.json", -1, -1};
    weight.stamps.count = weight.single.count = weight.server.count = 0;
    weight.shares_cpu = true;
    weight.waited_share = 0.5;
    weight.steal_ns = 50 * NS_PER_MS;
    weight.throttled = 2;
    weight.busy_share = 1.2;
    expect(&weight, &place,
           "\n"
           "what this scale weighs, in 8.30 s\n"
           "                                  p50        p99      p99.9\n"
           "send lag, spin                 0.1 us     0.3 us    12.1 us   open loop, 20,000/s\n"
           "send lag, hybrid               0.2 us     0.9 us    14.0 us\n"
           "send lag, block               23.0 us    90.0 us    2.20 ms\n"
           "service time, too long by                      not measured   by transmit stamps\n"
           "  of a single request                          not measured\n"
           "  by the server's word                         not measured   of 1 ms; loopback and "
           "stub included\n"
           "\n"
           "a reading of the clock        22.8 ns\n"
           "a NOP through the ring         310 ns   alone; 9.50 ns each in batches of 8\n"
           "a request and its answer      4.63 us   of CPU, all recorded; 1.00 us with --samples "
           "none\n"
           "the rate of one thread      198,196/s   closed loop, 64 connections, 100 % of a core\n"
           "\n"
           "tare and its stub shared one CPU, and waited for each other: allow a second one "
           "(taskset, cpusets)\n"
           "the hypervisor took 50.0 ms of CPU in 8.30 s: weigh again when the machine is quiet\n"
           "the cgroup's quota of CPU was used up 2 times: raise cpu.max, and weigh again\n"
           "x.json   later runs in this folder take it along\n");
}

/* Neighbours explain a rate that is not the generator's own; without them the stub does. */
static void what_kept_the_rate_down(void **state)
{
    (void)state;
    static const char *const remarks[] = {
        "80 % of a core\n\nthe stub was the limit of the rate: one thread of tare reaches more\nx.json",
        "80 % of a core\n\ntare was kept from its CPU for 12.3 % of the time: weigh again when the "
        "machine is quiet\nx.json"};
    for (int i = 0; i < 2; i++) {
        struct weight weight = sample();
        const struct weigh_place place = {"x.json", -1, -1};
        char *text = NULL;
        size_t size = 0;
        weight.busy_share = 0.8;
        weight.waited_share = i == 0 ? 0.004 : 0.123;
        FILE *out = open_memstream(&text, &size);
        weigh_table_print(&weight, &place, out);
        fclose(out);
        if (!strstr(text, remarks[i]))
            fail_msg("%s\nis not in\n%s", remarks[i], text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(what_is_missing_and_what_was_in_the_way),
        cmocka_unit_test(what_kept_the_rate_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
