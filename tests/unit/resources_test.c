/* What processes use, as proc(5) tells it. */
#include "clock.h"
#include "limits.h"
#include "resources.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t cpu_ns(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

static uint32_t count_open(void)
{
    uint32_t count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* The kernel counts in ticks of 10 ms, and each of two kinds is cut. */
static void own_figures_agree_with_other_sources(void **state)
{
    (void)state;
    struct resources r;
    while (cpu_ns() < 150 * NS_PER_MS)
        continue;
    assert_int_equal(resources_read(getpid(), &r), 0);
    const int64_t told_ns = r.cpu_user_ns + r.cpu_system_ns;
    assert_true(told_ns >= 110 * NS_PER_MS && told_ns <= cpu_ns() + 20 * NS_PER_MS);
    assert_int_equal(r.descriptors, count_open());
    assert_int_equal(r.threads, 1);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    assert_in_range(r.resident_bytes, 256 << 10, (uint64_t)usage.ru_maxrss * 1024 + (1 << 20));
}

static void more_descriptors_and_memory_are_seen(void **state)
{
    (void)state;
    enum { SIZE = 32 << 20 };
    struct resources before, after;
    assert_int_equal(resources_read(getpid(), &before), 0);
    const int fd = open("/dev/null", O_RDONLY);
    char *bytes = malloc(SIZE);
    memset(bytes, 1, SIZE);
    __asm__ volatile("" : : "r"(bytes) : "memory"); /* or no compiler would do it */
    assert_int_equal(resources_read(getpid(), &after), 0);
    assert_int_equal(after.descriptors, before.descriptors + 1);
    assert_true(after.resident_bytes >= before.resident_bytes + SIZE / 2);
    free(bytes);
    close(fd);
}

static void *wait_at(void *barrier)
{
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

static void threads_are_counted(void **state)
{
    (void)state;
    struct resources r;
    pthread_barrier_t barrier;
    pthread_t threads[3];
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_at, &barrier), 0);
    pthread_barrier_wait(&barrier);
    assert_int_equal(resources_read(getpid(), &r), 0);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    assert_in_range(r.threads, 4, 5); /* a sanitizer has one of its own */
}

/* The name in /proc/PID/stat may hold spaces and parentheses. */
static void a_strange_name_shifts_nothing(void **state)
{
    (void)state;
    struct resources before, after;
    assert_int_equal(resources_read(getpid(), &before), 0);
    prctl(PR_SET_NAME, "a) R 1 (b) 2 3");
    assert_int_equal(resources_read(getpid(), &after), 0);
    assert_int_equal(after.threads, before.threads);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_true(after.cpu_user_ns - before.cpu_user_ns < NS_PER_S);
    assert_true(after.resident_bytes < before.resident_bytes + (16 << 20));
}

static void *spin(void *tid)
{
    const int64_t end_ns = clock_thread_cpu_ns() + 150 * NS_PER_MS;
    __atomic_store_n((pid_t *)tid, gettid(), __ATOMIC_RELEASE);
    while (clock_thread_cpu_ns() < end_ns)
        continue;
    return NULL;
}

/* One thread's CPU time is not another's, nor the process's. */
static void a_thread_has_its_own_time(void **state)
{
    (void)state;
    struct resources process, busy, idle;
    pid_t tid = 0;
    pthread_t thread;
    assert_int_equal(resources_read_thread(gettid(), &(struct resources){0}, &idle), 0);
    const int64_t before_ns = idle.cpu_user_ns + idle.cpu_system_ns;
    assert_int_equal(pthread_create(&thread, NULL, spin, &tid), 0);
    int64_t most_ns = 0;
    while (most_ns < 120 * NS_PER_MS) {
        const pid_t own = __atomic_load_n(&tid, __ATOMIC_ACQUIRE);
        assert_int_equal(resources_read(getpid(), &process), 0);
        if (own && resources_read_thread(own, &process, &busy) == 0)
            most_ns = busy.cpu_user_ns + busy.cpu_system_ns;
        usleep(1000);
    }
    pthread_join(thread, NULL);
    assert_int_equal(busy.threads, 1);
    assert_int_equal(busy.descriptors, process.descriptors);
    assert_int_equal(busy.resident_bytes, process.resident_bytes);
    assert_int_equal(resources_read_thread(gettid(), &process, &idle), 0);
    assert_true(idle.cpu_user_ns + idle.cpu_system_ns - before_ns < most_ns);
    assert_int_equal(resources_read_thread(tid, &process, &busy), -ENOENT);
}

static void another_process_is_read_until_it_is_gone(void **state)
{
    (void)state;
    struct resources r;
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    assert_int_equal(resources_read(child, &r), 0);
    assert_int_equal(r.threads, 1);
    assert_int_equal(r.descriptors, count_open());
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(resources_read(child, &r), -ENOENT);
}

static void a_row_is_written_at_once(void **state)
{
    (void)state;
    char path[] = "/tmp/resources_test.XXXXXX", text[1024] = "";
    struct outfile file;
    assert_non_null(mkdtemp(path));
    const int folder = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(outfile_open(&file, folder, SCHEMA_FILE_RESOURCES, SCHEMA_HEADER_RESOURCES),
                     0);
    resources_write(&file, 3, "generator", 4321,
                    &(struct resources){.cpu_user_ns = 1000000,
                                        .cpu_system_ns = 20000000,
                                        .resident_bytes = 300000,
                                        .descriptors = 40,
                                        .threads = 5},
                    600);
    resources_write(&file, UINT32_MAX, "generator", INT32_MAX,
                    &(struct resources){INT64_MAX, INT64_MAX, UINT64_MAX, UINT32_MAX, UINT32_MAX},
                    INT64_MAX);
    const int fd = openat(folder, SCHEMA_FILE_RESOURCES, O_RDONLY);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_string_equal(text, SCHEMA_HEADER_RESOURCES
                        "\n3,generator,4321,1000000,20000000,300000,40,5,600\n"
                        "4294967295,generator,2147483647,9223372036854775807,9223372036854775807,"
                        "18446744073709551615,4294967295,4294967295,9223372036854775807\n");
    close(fd);
    assert_int_equal(outfile_close(&file), 0);
    unlinkat(folder, SCHEMA_FILE_RESOURCES, 0);
    close(folder);
    rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_figures_agree_with_other_sources),
        cmocka_unit_test(more_descriptors_and_memory_are_seen),
        cmocka_unit_test(threads_are_counted),
        cmocka_unit_test(a_thread_has_its_own_time),
        cmocka_unit_test(a_strange_name_shifts_nothing),
        cmocka_unit_test(another_process_is_read_until_it_is_gone),
        cmocka_unit_test(a_row_is_written_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
