/* What processes took, from cumulative readings to seconds. */
#include "resource_rows.h"

#include "unit/run_files.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OLD_HEADER "second,process,pid,cpu_user_ns,cpu_system_ns,resident_bytes,descriptors,threads"

static struct files files;
static struct fault fault;
static struct second_rows_seen seen;
static struct timeline timeline;

static int set_up(void **state)
{
    struct time_bin *bin;
    (void)state;
    files_init(&files);
    memset(&fault, 0, sizeof fault);
    return timeline_init(&timeline) || timeline_bin(&timeline, 4 * NS_PER_S, &bin);
}

static int tear_down(void **state)
{
    (void)state;
    timeline_free(&timeline);
    files_free(&files);
    return 0;
}

static int read_rows(const char *header, const char *rows, struct run_process *processes, size_t max,
                     size_t *count)
{
    char text[2048];
    snprintf(text, sizeof text, "%s\n%s", header, rows);
    return resource_rows_read(files_text(&files, "r.csv", text), processes, max, count, &timeline,
                              &seen, &fault);
}

static void processes_have_their_peaks(void **state)
{
    (void)state;
    struct run_process processes[2];
    size_t count = 0;
    assert_int_equal(read_rows(SCHEMA_HEADER_RESOURCES,
                               "0,generator,7,1,2,1000,5,2,0\n"
                               "0,worker,70,1,2,1000,5,1,0\n"
                               "0,server,8,10,20,5000,90,4,0\n"
                               "1,generator,7,3,4,900,6,1,0\n"
                               "1,third,9,3,4,900,6,1,0\n"
                               "1,a-name-that-is-longer-than-any-room-for-it,8,11,21,1,1,1,0\n",
                               processes, 2, &count),
                     0);
    assert_int_equal(count, 2);
    assert_string_equal(processes[0].name, "generator");
    assert_int_equal(processes[0].cpu_user_ns, 3);
    assert_int_equal(processes[0].cpu_system_ns, 4);
    assert_int_equal(processes[0].resident_first_bytes, 1000);
    assert_int_equal(processes[0].resident_peak_bytes, 1000);
    assert_int_equal(processes[0].descriptors_peak, 6);
    assert_int_equal(processes[0].threads_peak, 2);
    assert_string_equal(processes[1].name, "server");
    assert_int_equal(processes[1].cpu_user_ns, 11);
    assert_int_equal(processes[1].resident_peak_bytes, 5000);
}

static void broken_rows_have_their_place(void **state)
{
    (void)state;
    struct run_process processes[2];
    size_t count = 0;
    assert_int_equal(
        read_rows(SCHEMA_HEADER_RESOURCES, "0,generator,x,1,2,1000,5,2,0\n", processes, 2, &count),
        -EINVAL);
    assert_non_null(strstr(fault.text, "r.csv:2:13: pid is \"x\""));
    assert_int_equal(
        read_rows(SCHEMA_HEADER_RESOURCES, "0,worker,1,1,2,1000,5,2,-1\n", processes, 2, &count),
        -EINVAL);
    assert_non_null(strstr(fault.text, "steal_ns is \"-1\""));
}

static double share(size_t bin, enum time_user user)
{
    return timeline_cpu_share(&timeline.bins[bin], user);
}

/* A reading at the end of a second, less the one at its beginning, is what the second took. */
static void a_second_has_the_difference_of_two_readings(void **state)
{
    (void)state;
    struct run_process processes[4];
    size_t count = 0;
    assert_int_equal(read_rows(SCHEMA_HEADER_RESOURCES,
                               "0,generator,7,500000000,0,1000,5,2,0\n"
                               "0,worker,71,100000000,0,1000,5,1,0\n"
                               "0,worker,72,300000000,0,1000,5,1,0\n"
                               "0,server,8,0,0,4000,5,1,0\n"
                               "0,server,9,0,0,6000,5,1,0\n"
                               "1,generator,7,900000000,200000000,3000,5,2,50000000\n"
                               "1,worker,71,150000000,0,1000,5,1,0\n"
                               "1,worker,72,800000000,0,1000,5,1,0\n"
                               "1,server,8,200000000,0,5000,5,1,0\n"
                               "1,server,9,0,100000000,7000,5,1,0\n"
                               "3,generator,7,1900000000,200000000,3000,5,2,50000000\n",
                               processes, 4, &count),
                     0);
    assert_int_equal(count, 3);
    assert_true(fabs(share(0, TIME_GENERATOR) - 0.6) < 1e-9);
    assert_true(fabs(share(0, TIME_WORKER) - 0.5) < 1e-9); /* of the busier one */
    assert_true(fabs(share(0, TIME_SERVER) - 0.3) < 1e-9); /* both processes */
    assert_true(fabs(share(0, TIME_STEAL) - 0.05) < 1e-9);
    assert_true(fabs(share(1, TIME_GENERATOR) - 0.5) < 1e-9); /* one second without a reading */
    assert_true(isnan(share(1, TIME_WORKER)));
    assert_true(isnan(share(2, TIME_GENERATOR)));
    assert_true(isnan(share(3, TIME_GENERATOR))); /* its end was not seen */
    assert_true(timeline_resident_bytes(&timeline.bins[0], TIME_GENERATOR) == 1000);
    assert_true(timeline_resident_bytes(&timeline.bins[0], TIME_SERVER) == 10000);
    assert_true(timeline_resident_bytes(&timeline.bins[1], TIME_SERVER) == 12000);
    assert_true(timeline_resident_bytes(&timeline.bins[3], TIME_GENERATOR) == 3000);
    assert_true(isnan(timeline_resident_bytes(&timeline.bins[0], TIME_WORKER)));
    assert_int_equal(timeline.bin_count, 5);
}

/* Repeats lie over each other, and readings beyond the last second make no bin. */
static void repeats_are_averaged(void **state)
{
    (void)state;
    struct run_process processes[4];
    size_t count = 0;
    static const char *const rows[] = {"0,generator,7,0,0,1000,5,2,0\n"
                                       "1,generator,7,400000000,0,1000,5,2,0\n",
                                       "0,generator,9,0,0,2000,5,2,0\n"
                                       "1,generator,9,800000000,0,2000,5,2,0\n"
                                       "900,generator,9,900000000,0,2000,5,2,0\n"};
    for (int i = 0; i < 2; i++)
        assert_int_equal(read_rows(SCHEMA_HEADER_RESOURCES, rows[i], processes, 4, &count), 0);
    assert_true(fabs(share(0, TIME_GENERATOR) - 0.6) < 1e-9);
    assert_true(timeline_resident_bytes(&timeline.bins[0], TIME_GENERATOR) == 1500);
    assert_int_equal(timeline.bin_count, 5);
}

static void older_files_say_nothing_of_steal(void **state)
{
    (void)state;
    struct run_process processes[4];
    size_t count = 0;
    assert_int_equal(read_rows(OLD_HEADER,
                               "1,generator,7,0,0,1000,5,2\n"
                               "2,generator,7,0,250000000,1000,5,2\n",
                               processes, 4, &count),
                     0);
    assert_true(fabs(share(1, TIME_GENERATOR) - 0.25) < 1e-9);
    assert_true(isnan(share(1, TIME_STEAL)));
    assert_true(isnan(share(0, TIME_GENERATOR)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(processes_have_their_peaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_rows_have_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_has_the_difference_of_two_readings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(repeats_are_averaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(older_files_say_nothing_of_steal, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
