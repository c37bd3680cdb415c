/* option_values.c - readers of the values behind options, with what is wrong said in words. */
#include "option_values.h"

#include "limits.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_bad(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, OPTIONS_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

bool option_read_u64(const char *name, const char *text, uint64_t max, uint64_t *count, char *error)
{
    if (!units_parse_count(text, count))
        return option_bad(error, "%s %s is no count\n      write a whole number as 100, 10k or 1m",
                          name, text);
    if (*count == 0 || *count > max)
        return option_bad(error, "%s %s is out of range\n      choose 1 to %llu", name, text,
                          (unsigned long long)max);
    return true;
}

bool option_read_u32(const char *name, const char *text, uint32_t max, uint32_t *count, char *error)
{
    uint64_t value;
    if (!option_read_u64(name, text, max, &value, error))
        return false;
    *count = (uint32_t)value;
    return true;
}

bool option_read_time(const char *name, const char *text, bool may_be_zero, int64_t *ns, char *error)
{
    if (!units_parse_time(text, ns))
        return option_bad(error, "%s %s is no time\n      write it as 500ms, 30s or 2m, up to 7 days",
                          name, text);
    if (*ns == 0 && !may_be_zero)
        return option_bad(error, "%s must be longer than nothing\n      write it as 500ms, 30s or 2m",
                          name);
    return true;
}

bool option_read_rate(const char *name, const char *text, uint64_t *rate_milli, char *error)
{
    if (!units_parse_milli(text, rate_milli))
        return option_bad(error, "%s %s is no rate\n      write requests a second, as 50, 0.5 or 20k",
                          name, text);
    if (*rate_milli == 0 || *rate_milli > (uint64_t)LIMIT_RATE_MAX * 1000)
        return option_bad(error, "%s %s is out of range\n      choose 0.001 to %u requests a second",
                          name, text, LIMIT_RATE_MAX);
    return true;
}

bool option_read_choice(const char *name, const char *text, const char *const *choices, int *chosen,
                        char *error)
{
    char list[128] = "";
    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *chosen = i;
            return true;
        }
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i > 0 ? ", " : "",
                 choices[i]);
    }
    return option_bad(error, "%s %s is not known\n      choose one of %s", name, text, list);
}

bool option_read_one_in(const char *name, const char *text, uint32_t *one_in, char *error)
{
    uint64_t value = 0;
    if (strcmp(text, "all") == 0)
        *one_in = 1;
    else if (strcmp(text, "none") == 0)
        *one_in = 0;
    else if (strncmp(text, "1/", 2) == 0 && units_parse_count(text + 2, &value) && value > 0 &&
             value <= UINT32_MAX)
        *one_in = (uint32_t)value;
    else
        return option_bad(error, "%s %s is not known\n      choose all, none, or 1/N such as 1/10", name,
                          text);
    return true;
}

/* Reads to the end into *bytes, which grows; a pipe has no size to be asked for. Returns 0 or
 * -errno; -EFBIG: more than LIMIT_BODY_MAX_BYTES. *bytes is the caller's in any case. */
static int read_all(FILE *file, char **bytes, size_t *size)
{
    size_t room = 0;
    *size = 0;
    do {
        room = room == 0 ? 4096 : 2 * room;
        char *grown = realloc(*bytes, room);
        if (!grown)
            return -ENOMEM;
        *bytes = grown;
        errno = 0;
        *size += fread(*bytes + *size, 1, room - *size, file);
        if (ferror(file))
            return errno ? -errno : -EIO;
    } while (*size == room && *size <= LIMIT_BODY_MAX_BYTES);
    (*bytes)[*size == room ? room - 1 : *size] = '\0';
    return *size > LIMIT_BODY_MAX_BYTES ? -EFBIG : 0;
}

bool option_read_file(const char *name, const char *path, char **bytes, size_t *size, char *error)
{
    const bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rbe");
    const int failure = file ? read_all(file, bytes, size) : -errno;
    if (file && !is_input)
        fclose(file);
    if (failure == -EFBIG)
        return option_bad(error, "%s: %s is too large\n      it may have %u bytes", name, path,
                          LIMIT_BODY_MAX_BYTES);
    if (failure < 0)
        return option_bad(error, "%s: %s cannot be read: %s\n      check the path", name, path,
                          strerror(-failure));
    return true;
}

/* Reads "1" or "4-7"; *at goes on behind it. Returns false where it is neither. */
static bool read_range(const char **at, long *first, long *last)
{
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    *first = *last = strtol(*at, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        *last = strtol(end + 1, &end, 10);
    }
    *at = end;
    return *first <= *last;
}

bool option_read_cpus(const char *name, const char *text, int *cpus, size_t max, size_t *count,
                      char *error)
{
    cpu_set_t allowed;
    const char *at = text;
    long first, last;
    sched_getaffinity(0, sizeof allowed, &allowed);
    *count = 0;
    do {
        if (!read_range(&at, &first, &last) || (*at && *at != ','))
            return option_bad(error, "%s %s is no list of CPUs\n      write it as 1 or 2,3 or 4-7",
                              name, text);
        for (long cpu = first; cpu <= last; cpu++) {
            if (cpu >= CPU_SETSIZE || !CPU_ISSET((size_t)cpu, &allowed))
                return option_bad(error,
                                  "%s %s: there is no CPU %ld here, or this process may not use it\n"
                                  "      see nproc and taskset -p $$",
                                  name, text, cpu);
            if (*count == max)
                return option_bad(error, "%s names more than %zu CPUs\n      leave some out", name,
                                  max);
            cpus[(*count)++] = (int)cpu;
        }
    } while (*at++);
    return true;
}
