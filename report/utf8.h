/* utf8.h - text that anybody chose, character by character (RFC 3629). Pure. */
#ifndef TARE_UTF8_H
#define TARE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu /* stands for each byte that is no UTF-8 */

/* Decodes one character (section 3): over-long forms, surrogates and what lies above U+10FFFF are
 * one U+FFFD a byte. *at: moves on; not at the text's final zero. */
uint32_t utf8_next(const char **at);

/* Writes one character into bytes; returns its size. */
size_t utf8_encode(uint32_t value, char bytes[4]);

/* Whether a terminal would obey it: C0, DEL and C1 (ECMA-48, section 5). Line ends and tabs too. */
bool utf8_is_control(uint32_t value);

#endif
