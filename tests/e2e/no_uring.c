/* no_uring.c - runs a program for which io_uring_setup(2) fails, as a container's seccomp profile or
 * kernel.io_uring_disabled would have it, without touching the machine.
 *
 *   no_uring ERRNO PROGRAM [ARGUMENT]...      ERRNO: 1 is EPERM, 38 is ENOSYS */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: no_uring ERRNO PROGRAM [ARGUMENT]...\n");
        return 2;
    }
    const unsigned error = (unsigned)atoi(argv[1]) & SECCOMP_RET_DATA;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    /* Without new privileges anybody may install a filter (seccomp(2)). */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        fprintf(stderr, "no_uring: seccomp: %s\n", strerror(errno));
        return 2;
    }
    execv(argv[2], argv + 2);
    fprintf(stderr, "no_uring: %s: %s\n", argv[2], strerror(errno));
    return 2;
}
