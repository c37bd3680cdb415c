/* scan.h - classes of bytes, and the first byte of a stretch that is of another class.
 * 16 bytes at a time where SSE2 is (every x86-64), byte by byte elsewhere and at a stretch's end, so
 * that nothing is ever read beyond it. Inline, since a head asks for it twice a line. Pure. */
#ifndef TARE_SCAN_H
#define TARE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline bool scan_is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') <= 9;
}

/* Optional white space: a space or a tab (RFC 9110 section 5.6.3). */
static inline bool scan_is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* A byte of a field's value, of a reason, of a chunk's extensions: a tab, a space, visible ASCII or
 * obs-text (RFC 9110 section 5.5). */
static inline bool scan_is_text(uint8_t byte)
{
    return byte >= 0x20 ? byte != 0x7f : byte == '\t';
}

/* A letter, in lower case; other bytes may change too, but never into a letter of a known word. */
static inline uint8_t scan_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* A byte of a token: names, methods, codings (RFC 9110 section 5.6.2). */
static inline bool scan_is_token(uint8_t byte)
{
    /* A bit for each ASCII character: !#$%&'*+-. digits, then letters ^_`|~ */
    static const uint64_t low = 0x03ff6cfa00000000u;
    static const uint64_t high = 0x57ffffffc7fffffeu;
    return byte < 128 && ((byte < 64 ? low : high) >> (byte & 63) & 1);
}

/* The offset of the first byte that is no text, or `size`. */
static inline size_t scan_text(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; at + 16 <= size; at += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
        const __m128i tab = _mm_cmpeq_epi8(block, _mm_set1_epi8('\t'));
        const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
        const __m128i other = _mm_or_si128(_mm_andnot_si128(tab, control), del);
        const unsigned mask = (unsigned)_mm_movemask_epi8(other);
        if (mask != 0)
            return at + (size_t)__builtin_ctz(mask);
    }
#endif
    while (at < size && scan_is_text(bytes[at]))
        at++;
    return at;
}

/* The offset of the first byte that no token holds, or `size`. */
static inline size_t scan_token(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
#ifdef __SSE2__
    /* Nearly all names are letters and '-': those are skipped, any other byte is looked at below. */
    for (; at + 16 <= size; at += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
        const __m128i dash = _mm_cmpeq_epi8(block, _mm_set1_epi8('-'));
        const __m128i from_a = _mm_sub_epi8(_mm_or_si128(block, _mm_set1_epi8(0x20)),
                                            _mm_set1_epi8('a'));
        const __m128i letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
        const unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(dash, letter)) ^ 0xffffu;
        if (mask != 0) {
            at += (size_t)__builtin_ctz(mask);
            break;
        }
    }
#endif
    while (at < size && scan_is_token(bytes[at]))
        at++;
    return at;
}

#endif
