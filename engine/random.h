/* random.h - seeded numbers that are the same on every machine: SplitMix64.
 * Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, figure
 * 11. Not for secrets. Pure; of one thread. */
#ifndef TARE_RANDOM_H
#define TARE_RANDOM_H

#include <stdint.h>

/* Mixes 64 bits so that each input bit changes half of the output's: a hash of a counter. */
static inline uint64_t random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

/* The next of a sequence that *state, any seed, begins. */
static inline uint64_t random_next(uint64_t *state)
{
    return random_mix(*state += 0x9e3779b97f4a7c15ull);
}

/* Uniform in (0, 1]: never 0, so that its logarithm is finite. */
static inline double random_unit(uint64_t *state)
{
    return (double)((random_next(state) >> 11) + 1) * 0x1p-53;
}

#endif
