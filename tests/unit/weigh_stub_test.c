/* A server of one's own: found, heard, and ended for certain, also where it does not want to. Scripts
 * play the stub. */
#include "weigh_stub.h"

#include <errno.h>
#include <linux/limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SAYS "echo \"listening on x (http://127.0.0.1:$2/$3)\"\n"

static const char *const no_arguments[] = {NULL};
static atomic_int no_stop;

/* Writes a script; its path is a static one, the test's to unlink. */
static const char *script(const char *lines)
{
    static char path[64];
    strcpy(path, "/tmp/tare-test-XXXXXX");
    const int fd = mkstemp(path);
    assert_int_equal(dprintf(fd, "#!/bin/sh\n%s", lines), 10 + (int)strlen(lines));
    fchmod(fd, 0700);
    close(fd);
    return path;
}

static int start(struct weigh_stub *stub, const char *lines, const char *const *arguments,
                 const atomic_int *stop, char error[512])
{
    const char *path = script(lines);
    error[0] = '\0';
    *stub = (struct weigh_stub){.pid = 0};
    const int result = weigh_stub_start(stub, path, arguments, -1, stop, error, 512);
    unlink(path);
    return result;
}

static void it_says_where_it_listens_and_is_ended(void **state)
{
    (void)state;
    static const char *const arguments[] = {"more", NULL};
    struct weigh_stub stub;
    char error[512];
    assert_int_equal(start(&stub, "echo first\n" SAYS "exec sleep 100\n", arguments, &no_stop, error),
                     0);
    assert_string_equal(stub.url, "http://127.0.0.1:0/more"); /* $2 is the port asked for */
    const pid_t pid = stub.pid;
    assert_int_equal(kill(pid, 0), 0);
    assert_int_equal(getpgid(pid), pid); /* a Ctrl-C is not its business */
    weigh_stub_stop(&stub);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(stub.pid, 0);
    weigh_stub_stop(&stub); /* none runs: nothing happens */
}

static void one_that_ignores_sigterm_is_ended_too(void **state)
{
    (void)state;
    struct weigh_stub stub;
    char error[512];
    assert_int_equal(start(&stub, "trap '' TERM\n" SAYS "while :; do sleep 0.05; done\n", no_arguments,
                           &no_stop, error),
                     0);
    const pid_t pid = stub.pid;
    weigh_stub_stop(&stub);
    assert_int_equal(kill(pid, 0), -1);
}

static void one_that_does_not_start_says_why(void **state)
{
    (void)state;
    struct weigh_stub stub;
    char error[512];
    assert_true(start(&stub, "echo the disk is tired >&2\nexit 2\n", no_arguments, &no_stop, error) <
                0);
    assert_int_equal(stub.pid, 0);
    assert_non_null(strstr(error, "tare-stub, which --weigh loads, did not start: the disk is tired\n"
                                  "      run it by hand to see what it lacks: /tmp/tare-test-"));
    assert_true(weigh_stub_start(&stub, "/nonexistent", no_arguments, -1, &no_stop, error,
                                 sizeof error) < 0);
    assert_non_null(strstr(error, "did not start: it is no program for this machine\n"));
    assert_true(start(&stub, "exit 1\n", no_arguments, &no_stop, error) < 0);
    assert_non_null(strstr(error, "did not start: it ended at once, and said nothing\n"));
}

static void the_user_need_not_wait_for_it(void **state)
{
    (void)state;
    struct weigh_stub stub;
    char error[512];
    const atomic_int stop = 1;
    assert_int_equal(start(&stub, "exec sleep 100\n", no_arguments, &stop, error), -EINTR);
    assert_int_equal(stub.pid, 0);
}

static void it_is_looked_for_beside_the_program(void **state)
{
    (void)state;
    char path[PATH_MAX], error[PATH_MAX + 512];
    assert_int_equal(weigh_stub_find(path, error, sizeof error), -ENOENT); /* tests lie apart */
    assert_non_null(strstr(error, "/tare-stub, which --weigh loads, cannot be run: No such file or "
                                  "directory\n      make builds it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_where_it_listens_and_is_ended),
        cmocka_unit_test(one_that_ignores_sigterm_is_ended_too),
        cmocka_unit_test(one_that_does_not_start_says_why),
        cmocka_unit_test(the_user_need_not_wait_for_it),
        cmocka_unit_test(it_is_looked_for_beside_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
