/* separators.h - where the commas and line feeds of a block of bytes are. Pure.
 * Two ways to the same result: with the instructions that x86-64 has since 2013 (AVX2, BMI), where
 * the processor has them, and byte by byte everywhere else, at twice the time. */
#ifndef TARE_SEPARATORS_H
#define TARE_SEPARATORS_H

#include <stddef.h>
#include <stdint.h>

/* A block is read in steps of this many bytes: as many must be readable past its end, and be zero.
 */
#define SEPARATORS_STEP_BYTES 64u
/* Entries that may be written past the last place. */
#define SEPARATORS_SPARE 20u

/* Writes the places of all commas and line feeds into `both`, and those of the line feeds alone
 * into `newlines`, each in rising order. Both have room for `size` + SEPARATORS_SPARE entries.
 * newline_count: out. Returns how many there are of both. */
size_t separators_find(const char *block, uint32_t size, uint32_t *both, uint32_t *newlines,
                       size_t *newline_count);

#endif
