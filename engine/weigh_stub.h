/* weigh_stub.h - the tare-stub that `tare --weigh` loads: started from beside tare's own executable on a
 * free port, and gone when it is over, whichever way that comes about. */
#ifndef TARE_WEIGH_STUB_H
#define TARE_WEIGH_STUB_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

#define WEIGH_STUB_URL_MAX 64

struct weigh_stub {
    pid_t pid;  /* 0: none runs */
    int output; /* what it prints; a pipe */
    char url[WEIGH_STUB_URL_MAX];
};

/* Finds the stub's executable. Returns 0; or -errno, with cause and remedy in `error`. path: PATH_MAX
 * bytes. */
int weigh_stub_find(char *path, char *error, size_t error_size);

/* Starts it with `arguments` (ending with NULL) behind its port, on `cpu` alone where that is not
 * negative, and waits until it listens. It is in a process group of its own, so that a Ctrl-C is tare's
 * to handle, and is killed by the kernel where tare dies before it (prctl(2), PR_SET_PDEATHSIG).
 * stop: times the user asked to stop. Returns 0; or -errno, with cause and remedy in `error`
 * (-EINTR: the user asked to stop); then none runs. */
int weigh_stub_start(struct weigh_stub *stub, const char *path, const char *const *arguments,
                     int cpu, const atomic_int *stop, char *error, size_t error_size);

/* Ends it, and waits until it has ended. Where none runs, does nothing. */
void weigh_stub_stop(struct weigh_stub *stub);

#endif
