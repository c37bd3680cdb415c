/* dies.h - does a call end in a failed CHECK? Header-only, since each test is one file. */
#ifndef TARE_TESTS_DIES_H
#define TARE_TESTS_DIES_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
        signal(SIGABRT, SIG_DFL); /* cmocka catches it, to go on with the next test */
        call(argument);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
