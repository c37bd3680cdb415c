/* scan.h - classes of bytes, and the first byte of a stretch that is of another class.
 * 16 bytes at a time where SSE2 is (every x86-64), byte by byte elsewhere and at a stretch's end,
 * so that nothing is ever read beyond it. Inline, since a head asks for it on every line. Pure. */
#ifndef TARE_SCAN_H
#define TARE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(SCAN_PORTABLE) /* a test of the other way sets SCAN_PORTABLE */
#define SCAN_SSE2 1
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

/* A letter in lower case; any other byte as it is. */
static inline uint8_t scan_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* A byte of a token: names, methods, codings (RFC 9110 section 5.6.2). */
static inline bool scan_is_token(uint8_t byte)
{
    /* A bit for each ASCII character: !#$%&'*+-. and digits, then letters and ^_`|~ */
    static const uint64_t low = 0x03ff6cfa00000000u;
    static const uint64_t high = 0x57ffffffc7fffffeu;
    return byte < 128 && ((byte < 64 ? low : high) >> (byte & 63) & 1) != 0;
}

#ifdef SCAN_SSE2
/* A bit for each of 16 bytes that is a control byte, tabs among them. */
static inline uint64_t scan_mask_16(const uint8_t *bytes)
{
    const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}
#endif

/* A bit for each of the first 64 bytes, or of all, that is a control byte, tabs among them. */
static inline uint64_t scan_mask(const uint8_t *bytes, size_t size)
{
    uint64_t mask = 0;
    size_t at = 0;
    if (size > 64)
        size = 64;
#ifdef SCAN_SSE2
    if (size == 64)
        return scan_mask_16(bytes) | scan_mask_16(bytes + 16) << 16 |
               scan_mask_16(bytes + 32) << 32 | scan_mask_16(bytes + 48) << 48;
    for (; at + 16 <= size; at += 16)
        mask |= scan_mask_16(bytes + at) << at;
    if (size >= 16) /* the last 16 overlap those before */
        return mask | scan_mask_16(bytes + size - 16) << (size - 16);
#endif
    for (; at < size; at++)
        mask |= (uint64_t)(bytes[at] < 0x20 || bytes[at] == 0x7f) << at;
    return mask;
}

/* The lines of a stretch, found by the control bytes that end them, 64 bytes at once: finding a
 * line's end does not wait for the end of the line before. */
struct scan {
    const uint8_t *block; /* where the mask's lowest bit stands */
    const uint8_t *end;
    uint64_t mask; /* control bytes of the block that were not come to yet */
};

static inline struct scan scan_start(const uint8_t *bytes, size_t size)
{
    return (struct scan){bytes, bytes + size, scan_mask(bytes, size)};
}

/* The end of the line that begins at `line`: where its CRLF stands; or NULL where the stretch ends
 * first, or another control byte comes first, and there are no more lines to ask for. */
static inline const uint8_t *scan_line(struct scan *s, const uint8_t *line)
{
    while (s->mask == 0) {
        if (s->end - s->block <= 64)
            return NULL;
        s->block += 64;
        s->mask = scan_mask(s->block, (size_t)(s->end - s->block));
        if (line > s->block) /* the LF of the line before */
            s->mask &= ~1ull;
    }
    const uint8_t *cr = s->block + __builtin_ctzll(s->mask);
    s->mask &= s->mask - 1; /* the CR */
    s->mask &= s->mask - 1; /* the LF, where it is in this block */
    return s->end - cr >= 2 && memcmp(cr, "\r\n", 2) == 0 ? cr : NULL;
}

/* The offset of the first byte that is no text, or `size`. */
static inline size_t scan_text(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && scan_is_text(bytes[at]))
        at++;
    return at;
}

/* The offset of the first byte that no token holds, or `size`. */
static inline size_t scan_token(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && scan_is_token(bytes[at]))
        at++;
    return at;
}

/* The same for a name before its colon: nearly all names are up to 16 letters and '-'. */
static inline size_t scan_name(const uint8_t *bytes, size_t size)
{
#ifdef SCAN_SSE2
    if (size > 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
        const __m128i dash = _mm_cmpeq_epi8(block, _mm_set1_epi8('-'));
        const __m128i small = _mm_or_si128(block, _mm_set1_epi8(0x20));
        const __m128i from_a = _mm_sub_epi8(small, _mm_set1_epi8('a'));
        const __m128i letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
        const int common = _mm_movemask_epi8(_mm_or_si128(dash, letter));
        const size_t at = (size_t)__builtin_ctz(~(unsigned)common);
        if (bytes[at] == ':')
            return at;
    }
#endif
    return scan_token(bytes, size);
}

#endif
