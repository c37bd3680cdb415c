/* markup.h - text for pages: escaping, and numbers as people print them.
 * Whatever a server, a URL or a folder's name can choose goes through markup_text() or
 * markup_json(); nothing else on a page does more than print numbers and own words.
 * Pure but for the stream that it writes to, whose errors its owner checks by ferror(3). */
#ifndef TARE_MARKUP_H
#define TARE_MARKUP_H

#include "units.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MARKUP_TEXT_MAX (UNITS_TEXT_MAX + 16)

/* Writes text for HTML and SVG, between tags or inside a quoted attribute: & < > " ' as references;
 * control characters and bytes that are no UTF-8 (RFC 3629) as U+FFFD, line ends and tabs as they
 * are. */
void markup_text(FILE *out, const char *text);

/* As markup_text(), and sets "28.2 us" as "28.2 µs" and keeps a number and its unit on one line. */
void markup_prose(FILE *out, const char *text);

/* Writes a JSON string (RFC 8259), quotes included, that is safe inside <script>: < as \u003c, and
 * U+2028 and U+2029 escaped; bytes that are no UTF-8 as U+FFFD. */
void markup_json(FILE *out, const char *text);

/* Copies at most `most` characters of `text`, the last one then being an ellipsis. text: made UTF-8
 * as above. size: of `copy`, at least 4 * most + 1. */
void markup_shorten(const char *text, size_t most, char *copy, size_t size);

/* "28.2 µs", "1.97 ms": three significant digits, the unit after a no-break space. */
char *markup_time(int64_t ns, char text[MARKUP_TEXT_MAX]);

/* "31,240/s", three significant digits below 100. */
char *markup_rate(double per_second, char text[MARKUP_TEXT_MAX]);

/* "0.12 %", "0 %", "under 0.001 %": a share from 0 to 1. */
char *markup_share(double share, char text[MARKUP_TEXT_MAX]);

/* "−31.7 %", "+44 %", "none": a ratio's change, in words above tenfold: "12.4 times". */
char *markup_change(double ratio, char text[MARKUP_TEXT_MAX]);

/* "47 MB", the unit after a no-break space. */
char *markup_bytes(uint64_t bytes, char text[MARKUP_TEXT_MAX]);

/* A whole second in a run as people say it: "0:37", in runs of hours "1:02:05". */
char *markup_moment(double seconds, double run_seconds, char text[MARKUP_TEXT_MAX]);

#endif
