/* failing_malloc.c - memory that runs out: loaded before a program, it lets the FAIL_AT-th allocation
 * fail (malloc, calloc, realloc, aligned_alloc, posix_memalign, anonymous mmap, and what the C library
 * allocates for itself by the first three), and the ones behind it too where FAIL_ON is set. Writes one byte to descriptor 9 when the first has failed. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static long left = -1; /* until one fails; below 0: none does */
static int goes_on;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAIL_AT");
    goes_on = getenv("FAIL_ON") != NULL;
    left = at ? atol(at) : -1;
}

static int fails(void)
{
    if (left < 0 || (left > 0 && left-- > 0))
        return 0;
    if (!goes_on)
        left = -1;
    if (write(9, "f", 1) != 1)
        goes_on = goes_on; /* nobody listens */
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (fails())
        return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) && fails())
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}
