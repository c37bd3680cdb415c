/* separators.c - comparing many bytes at once, and turning the bits of the result into places.
 * Most steps through samples.csv find 14 to 18 separators. A loop over as many is guessed wrong by
 * the processor nearly every time, which costs more than to write SEPARATORS_SPARE places always:
 * what is too many is overwritten by the next step. Research: simdjson's flatten_bits (Langdale,
 * Lemire 2019, arXiv 1902.08318, section 3.1.3). */
#include "separators.h"

#if defined __x86_64__ && !defined SEPARATORS_PORTABLE
#define HAS_2013 1
#include <immintrin.h>

__attribute__((target("avx2,bmi,popcnt"))) static inline uint64_t
equal_bits(__m256i low, __m256i high, char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte);
    const int low_bits = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    const int high_bits = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return (uint64_t)(uint32_t)low_bits | (uint64_t)(uint32_t)high_bits << 32;
}

/* Writes the places of the bits set; those past the last are 64 beyond base. */
__attribute__((target("avx2,bmi,popcnt"))) static inline uint32_t *
write_places_2013(uint32_t *to, uint64_t bits, uint32_t base)
{
    const uint32_t count = (uint32_t)_mm_popcnt_u64(bits);
#pragma GCC unroll 20
    for (uint32_t i = 0; i < SEPARATORS_SPARE; i++) {
        to[i] = base + (uint32_t)_tzcnt_u64(bits);
        bits = _blsr_u64(bits);
    }
    for (uint32_t i = SEPARATORS_SPARE; __builtin_expect(bits != 0, 0); i++) {
        to[i] = base + (uint32_t)_tzcnt_u64(bits);
        bits = _blsr_u64(bits);
    }
    return to + count;
}

__attribute__((target("avx2,bmi,popcnt"))) static size_t find_2013(const char *block, uint32_t size,
                                                                   uint32_t *both,
                                                                   uint32_t *newlines,
                                                                   size_t *newline_count)
{
    uint32_t *next = both;
    uint32_t *newline = newlines;
    for (uint32_t base = 0; base < size; base += SEPARATORS_STEP_BYTES) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(block + base));
        const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(block + base + 32));
        uint64_t bits = equal_bits(low, high, '\n');
        next = write_places_2013(next, bits | equal_bits(low, high, ','), base);
        /* Most steps have no line feed or one, in no order that a processor could learn. */
        *newline = base + (uint32_t)_tzcnt_u64(bits);
        newline += bits != 0;
        for (bits = _blsr_u64(bits); __builtin_expect(bits != 0, 0); bits = _blsr_u64(bits))
            *newline++ = base + (uint32_t)_tzcnt_u64(bits);
    }
    *newline_count = (size_t)(newline - newlines);
    return (size_t)(next - both);
}
#endif

static size_t find_portable(const char *block, uint32_t size, uint32_t *both, uint32_t *newlines,
                            size_t *newline_count)
{
    uint32_t *next = both;
    uint32_t *newline = newlines;
    for (uint32_t place = 0; place < size; place++) {
        *next = *newline = place;
        newline += block[place] == '\n';
        next += block[place] == '\n' || block[place] == ',';
    }
    *newline_count = (size_t)(newline - newlines);
    return (size_t)(next - both);
}

size_t separators_find(const char *block, uint32_t size, uint32_t *both, uint32_t *newlines,
                       size_t *newline_count)
{
#ifdef HAS_2013
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return find_2013(block, size, both, newlines, newline_count);
#endif
    return find_portable(block, size, both, newlines, newline_count);
}
