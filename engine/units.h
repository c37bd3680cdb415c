/* units.h - the words that people use for times, counts and sizes, read and written.
 * TIME is 500ms, 30s, 2m, 1h, 250us; a bare number is seconds, as wrk and curl have it. N is 100,
 * 10k, 1m, 2g (powers of 1000) and may have a fraction that comes out whole. Pure. */
#ifndef TARE_UNITS_H
#define TARE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNITS_TEXT_MAX 32 /* enough for any text written here, final zero included */

/* Reads TIME into ns. Returns false for anything else, for a negative time and for one above
 * LIMIT_TIME_MAX_NS. */
bool units_parse_time(const char *text, int64_t *ns);

/* Reads N. Returns false for anything else, for a negative or fractional count and on overflow. */
bool units_parse_count(const char *text, uint64_t *count);

/* Reads N with up to three decimals, in thousandths (0.5 -> 500), for rates. */
bool units_parse_milli(const char *text, uint64_t *milli);

/* Reads a percentile such as "95", "99.9", "50" into millionths (p95 -> 950000); false unless
 * 0 < p < 100 with at most four decimals. */
bool units_parse_percentile(const char *text, uint32_t *ppm);

/* Nearest rank (Hyndman-Fan type 1): the smallest r with r >= count * ppm / 10^6, at least 1 where
 * count is not 0. Exact in integers. */
uint64_t units_rank(uint64_t count, uint32_t ppm);

/* Writes a time in ns with three significant digits and its unit: "0.1 us", "28.2 us", "1.97 ms",
 * "1.10 s", "2 min 30 s". */
char *units_format_time(int64_t ns, char text[UNITS_TEXT_MAX]);

/* Writes a count with a comma between thousands: "600,000". */
char *units_format_count(uint64_t count, char text[UNITS_TEXT_MAX]);

/* Writes bytes with two or three significant digits and a decimal unit: "47 MB", "1.2 GB". */
char *units_format_bytes(uint64_t bytes, char text[UNITS_TEXT_MAX]);

/* Writes a rate: "31,240/s", three significant digits below 100, "under 0.001/s" below that. */
char *units_format_rate(double per_s, char text[UNITS_TEXT_MAX]);

/* Writes a share from 0 to 1: "1.63 %", "0 %", "under 0.001 %", and never "100 %" for less than all. */
char *units_format_share(double share, char text[UNITS_TEXT_MAX]);

/* Whether a name stands in a list, "one,two,three". NULL is an empty list. */
bool units_list_has(const char *list, const char *name);

#endif
