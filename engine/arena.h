/* arena.h - memory that is taken piece by piece and given back at once: for what is read before the
 * clock starts. Of one thread. */
#ifndef TARE_ARENA_H
#define TARE_ARENA_H

#include <stddef.h>

struct arena_block;

/* All zero: empty. */
struct arena {
    struct arena_block *blocks; /* owned; the newest first */
};

/* `size` bytes, all zero, aligned for any object, until arena_free(). NULL: no memory. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of `size` bytes with a zero behind them. NULL: no memory. */
char *arena_copy(struct arena *arena, const char *text, size_t size);

/* Frees all; the arena is then empty. */
void arena_free(struct arena *arena);

#endif
