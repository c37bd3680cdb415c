/* httpdate.h - reads an HTTP-date in its three forms (RFC 9110 section 5.6.7). Pure. */
#ifndef TARE_HTTPDATE_H
#define TARE_HTTPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994".
 * A year of two digits that seems more than 50 years ahead of now_s is the century before. The name
 * of the day is not checked against the date. *s: out, seconds since 1970. Returns false for
 * anything else. */
bool httpdate_read(const char *text, size_t size, int64_t now_s, int64_t *s);

#endif
