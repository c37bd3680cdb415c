/* What stands behind an option: numbers in their forms, bodies from files, lists of CPUs. */
#include "command_line.h"
#include "limits.h"

#include <sched.h>
#include <unistd.h>

static void rates_and_samples_have_their_forms(void **state)
{
    (void)state;
    struct line line;
    assert_int_equal(good(&line, "-R 0.5 " URL)->rate_milli, 500);
    options_free(&line.options);
    assert_int_equal(good(&line, "-R 100m " URL)->rate_milli, LIMIT_RATE_MAX * 1000ull);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples none " URL)->samples_one_in, 0);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples all " URL)->samples_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples 1/1 " URL)->samples_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "--samples 1/10k " URL)->samples_one_in, 10000);
    options_free(&line.options);
    assert_int_equal(good(&line, "--send-stamps none " URL)->send_stamps_one_in, 0);
    options_free(&line.options);
    assert_int_equal(good(&line, "--send-stamps all " URL)->send_stamps_one_in, 1);
    options_free(&line.options);
    assert_int_equal(good(&line, "-w 0 --grace 0 " URL)->grace_ns, 0);
    options_free(&line.options);
}

/* ---- files ---- */

static void make_file(char *path, const char *text, size_t size)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    close(fd);
}

/* What has no size beforehand, and is longer than any first guess. */
static void a_body_may_come_through_a_pipe(void **state)
{
    (void)state;
    static char bytes[60000];
    struct line line;
    char text[256];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    assert_int_equal(write(ends[1], bytes, sizeof bytes), sizeof bytes);
    close(ends[1]);
    snprintf(text, sizeof text, "--body @/dev/fd/%d " URL, ends[0]);
    const struct config *c = good(&line, text);
    assert_int_equal(c->body_bytes, sizeof bytes);
    assert_memory_equal(c->body, bytes, sizeof bytes);
    options_free(&line.options);
    close(ends[0]);
}

/* Sizes around the steps in which the memory grows. */
static void a_body_of_any_size_is_whole(void **state)
{
    (void)state;
    static char bytes[20000];
    memset(bytes, 'x', sizeof bytes);
    for (size_t size = 4094; size <= 16386; size += size == 4098 ? 4092 : size == 8194 ? 8188 : 1) {
        struct line line;
        char path[] = "/tmp/options-test-XXXXXX", text[256];
        make_file(path, bytes, size);
        snprintf(text, sizeof text, "--body @%s " URL, path);
        const struct config *c = good(&line, text);
        assert_int_equal(c->body_bytes, size);
        assert_memory_equal(c->body, bytes, size);
        options_free(&line.options);
        unlink(path);
    }
}

static void a_body_may_be_a_file(void **state)
{
    (void)state;
    struct line line;
    char path[] = "/tmp/options-test-XXXXXX", text[256];
    make_file(path, "a\0b\n", 4);
    snprintf(text, sizeof text, "--body @%s " URL, path);
    const struct config *c = good(&line, text);
    assert_int_equal(c->body_bytes, 4);
    assert_memory_equal(c->body, "a\0b\n", 4); /* byte by byte, its last line end too */
    options_free(&line.options);
    snprintf(text, sizeof text, "--body-lines %s " URL, path);
    c = good(&line, text);
    assert_null(c->body);
    assert_int_equal(c->body_lines_bytes, 4);
    assert_memory_equal(c->body_lines, "a\0b\n", 4);
    options_free(&line.options);
    snprintf(text, sizeof text, "--body @%s --body plain --body-lines %s", path, path);
    assert_int_equal(parse(&line, text), OPTIONS_BAD); /* and nothing leaks on the way */
    options_free(&line.options);
    snprintf(text, sizeof text, "--body @%s --body @%s --body last " URL, path, path);
    assert_memory_equal(good(&line, text)->body, "last", 4);
    options_free(&line.options);
    assert_int_equal(truncate(path, 0), 0);
    snprintf(text, sizeof text, "--body @%s " URL, path);
    c = good(&line, text);
    assert_non_null(c->body);
    assert_int_equal(c->body_bytes, 0);
    options_free(&line.options);
    unlink(path);
}

/* ---- CPUs ---- */

/* Keeps this process to CPUs `first` and, where the machine has it, the next. Returns how many. */
static int cpus_allowed(int *first)
{
    cpu_set_t allowed;
    int count = 0;
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (CPU_ISSET((size_t)cpu, &allowed)) {
            *first = cpu;
            count++;
        }
    }
    return count;
}

static void cpus_are_a_list(void **state)
{
    (void)state;
    struct line line;
    char text[256];
    int cpu = 0;
    cpus_allowed(&cpu);
    snprintf(text, sizeof text, "--cpus %d " URL, cpu);
    const struct config *c = good(&line, text);
    assert_int_equal(c->cpus_count, 1);
    assert_int_equal(c->cpus[0], cpu);
    options_free(&line.options);
    snprintf(text, sizeof text, "--cpus %d,%d-%d,%d " URL, cpu, cpu, cpu, cpu);
    c = good(&line, text);
    assert_int_equal(c->cpus_count, 3); /* threads may share one */
    options_free(&line.options);
    snprintf(text, sizeof text, "--cpus %d,%d --cpus %d " URL, cpu, cpu, cpu);
    assert_int_equal(good(&line, text)->cpus_count, 1); /* the last word counts */
    options_free(&line.options);
}

static void a_range_of_cpus_is_all_of_it(void **state)
{
    (void)state;
    cpu_set_t allowed;
    struct line line;
    char text[256];
    int cpu = 0;
    cpus_allowed(&cpu);
    sched_getaffinity(0, sizeof allowed, &allowed);
    if (!CPU_ISSET((size_t)cpu + 1, &allowed))
        skip();
    snprintf(text, sizeof text, "--cpus %d-%d,%d " URL, cpu, cpu + 1, cpu);
    const struct config *c = good(&line, text);
    assert_int_equal(c->cpus_count, 3);
    assert_int_equal(c->cpus[0], cpu);
    assert_int_equal(c->cpus[1], cpu + 1);
    assert_int_equal(c->cpus[2], cpu);
    options_free(&line.options);
}

static void lists_of_cpus_that_are_none(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",       ",",      "x",   "%dx",  "%d;%d",   "%d-",    "%d,",  ",%d",
        "%d,,%d", "%d-%d-", "+%d", "%d,-", "%d,%d-x", "%d,_%d", "0x%d", "%d,65535-%d",
    };
    struct line line;
    char text[256], list[64], expected[512];
    int cpu = 0;
    cpus_allowed(&cpu);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        snprintf(text, sizeof text, "--cpus=%s " URL, forms[i]);
        char *copy = strdup(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, copy, cpu, cpu, cpu);
        snprintf(list, sizeof list, forms[i], cpu, cpu, cpu);
#pragma GCC diagnostic pop
        free(copy);
        if (parse(&line, text) != OPTIONS_BAD)
            fail_msg("--cpus %s is taken for a list", list);
        for (char *at = list; (at = strchr(at, '_'));)
            *at = ' ';
        snprintf(expected, sizeof expected,
                 "--cpus %s is no list of CPUs\n      write it as 1 or 2,3 or 4-7", list);
        assert_string_equal(line.error, expected);
        options_free(&line.options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_and_samples_have_their_forms),
        cmocka_unit_test(a_body_may_come_through_a_pipe),
        cmocka_unit_test(a_body_of_any_size_is_whole),
        cmocka_unit_test(a_body_may_be_a_file),
        cmocka_unit_test(cpus_are_a_list),
        cmocka_unit_test(a_range_of_cpus_is_all_of_it),
        cmocka_unit_test(lists_of_cpus_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
