/* dies.h - does a call end in a failed CHECK? Header-only, since each test is one file. */
#ifndef TARE_TESTS_DIES_H
#define TARE_TESTS_DIES_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who aborts writes no counts: while coverage is counted (VARIANT=coverage), they are written first. */
#ifdef CHECK_IS_COUNTED_ONCE
#include <gcov.h>
static inline void dies_with_counts(int number)
{
    __gcov_dump();
    signal(number, SIG_DFL);
    raise(number);
}
#define DIES_ABORT dies_with_counts
#else
#define DIES_ABORT SIG_DFL
#endif

/* _exit(2) of a test's child, whose counts are written. */
static inline _Noreturn void leave(int code)
{
#ifdef CHECK_IS_COUNTED_ONCE
    __gcov_dump();
#endif
    _exit(code);
}

/* Calls in a child, without a core file and in silence. True where it aborted; a call that returns,
 * or dies of anything else, gives false. */
static inline bool dies(void (*call)(void *), void *argument)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        setrlimit(RLIMIT_CORE, &none);
        dup2(null, STDERR_FILENO);
        signal(SIGABRT, DIES_ABORT); /* cmocka catches it, to go on with the next test */
        call(argument);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
