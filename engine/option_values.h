/* option_values.h - what may stand behind an option: counts, times, rates, choices, files, CPUs.
 * One reader a kind. `name` is the option as messages call it ("-c", "--grace"). Each returns true;
 * or false, and a sentence with cause and remedy in `error` (OPTIONS_ERROR_MAX bytes). */
#ifndef TARE_OPTION_VALUES_H
#define TARE_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_ERROR_MAX 1024

/* What is said where memory is lacking. */
#define OPTION_NO_MEMORY "out of memory\n      free some, and run again"

/* Writes the sentence into `error` and returns false, so that a reader can end with it. */
bool option_bad(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole number from 1 to max, as 100, 10k or 1m. */
bool option_read_u64(const char *name, const char *text, uint64_t max, uint64_t *count, char *error);
bool option_read_u32(const char *name, const char *text, uint32_t max, uint32_t *count, char *error);

/* A time in ns, as 500ms, 30s or 2m. */
bool option_read_time(const char *name, const char *text, bool may_be_zero, int64_t *ns, char *error);

/* Thousandths of requests per second. */
bool option_read_rate(const char *name, const char *text, uint64_t *rate_milli, char *error);

/* The place of `text` among choices, which end with NULL. */
bool option_read_choice(const char *name, const char *text, const char *const *choices, int *chosen,
                        char *error);

/* "all" is 1, "none" 0, "1/N" N. */
bool option_read_one_in(const char *name, const char *text, uint32_t *one_in, char *error);

/* A whole file, up to LIMIT_BODY_MAX_BYTES; owned by the caller in any case, with a final zero that
 * *size does not count. */
bool option_read_file(const char *name, const char *path, char **bytes, size_t *size, char *error);

/* "1", "2,3" or "4-7": CPUs that this process may use, at most max of them, into cpus. */
bool option_read_cpus(const char *name, const char *text, int *cpus, size_t max, size_t *count,
                      char *error);

#endif
