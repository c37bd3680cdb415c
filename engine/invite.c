/* invite.c - futex(2) and sched_yield(2). */
#include "invite.h"

#include "limits.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void invite_writer(struct invite *invite)
{
    atomic_fetch_add_explicit(&invite->calls, 1, memory_order_release);
    syscall(SYS_futex, &invite->calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    sched_yield();
}

unsigned invite_mark(struct invite *invite)
{
    return atomic_load_explicit(&invite->calls, memory_order_acquire);
}

void invite_await(struct invite *invite, unsigned mark, int64_t timeout_ns)
{
    const struct timespec timeout = {.tv_sec = timeout_ns / NS_PER_S,
                                     .tv_nsec = timeout_ns % NS_PER_S};
    syscall(SYS_futex, &invite->calls, FUTEX_WAIT_PRIVATE, mark, &timeout, NULL, 0);
}
