/* units.c - reading and writing of scaled units, as tables. */
#include "units.h"

#include "limits.h"

#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit times[] = {{"ns", 1},
                                    {"us", NS_PER_US},
                                    {"ms", NS_PER_MS},
                                    {"s", NS_PER_S},
                                    {"", NS_PER_S},
                                    {"m", 60 * NS_PER_S},
                                    {"min", 60 * NS_PER_S},
                                    {"h", 3600 * NS_PER_S},
                                    {NULL, 0}};

static const struct unit counts[] = {{"", 1},         {"k", 1000},       {"K", 1000},
                                     {"m", 1000000},  {"M", 1000000},    {"g", 1000000000},
                                     {"G", 1000000000}, {NULL, 0}};

/* Reads digits[.digits]unit as value * factor * multiplier; false where that is not whole. */
static bool parse_scaled(const char *text, const struct unit *units, uint64_t multiplier,
                         uint64_t *result)
{
    unsigned __int128 value = 0;
    unsigned __int128 divisor = 1;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (unsigned)(*at - '0');
        if (value > UINT64_MAX)
            return false;
    }
    if (at == text)
        return false;
    if (*at == '.') {
        const char *fraction = ++at;
        for (; *at >= '0' && *at <= '9'; at++) {
            if (at - fraction >= 9)
                return false;
            value = value * 10 + (unsigned)(*at - '0');
            divisor *= 10;
        }
        if (at == fraction)
            return false;
    }
    for (; units->name; units++) {
        if (strcmp(units->name, at) != 0)
            continue;
        value *= units->factor;
        value *= multiplier;
        if (value % divisor != 0 || value / divisor > UINT64_MAX)
            return false;
        *result = (uint64_t)(value / divisor);
        return true;
    }
    return false;
}

bool units_parse_time(const char *text, int64_t *ns)
{
    uint64_t value;
    if (!parse_scaled(text, times, 1, &value) || value > (uint64_t)LIMIT_TIME_MAX_NS)
        return false;
    *ns = (int64_t)value;
    return true;
}

bool units_parse_count(const char *text, uint64_t *count)
{
    return parse_scaled(text, counts, 1, count);
}

bool units_parse_milli(const char *text, uint64_t *milli)
{
    return parse_scaled(text, counts, 1000, milli);
}

bool units_parse_percentile(const char *text, uint32_t *ppm)
{
    static const struct unit percent[] = {{"", 10000}, {NULL, 0}};
    uint64_t value;
    if (!parse_scaled(text, percent, 1, &value) || value == 0 || value >= 1000000)
        return false;
    *ppm = (uint32_t)value;
    return true;
}

uint64_t units_rank(uint64_t count, uint32_t ppm)
{
    const unsigned __int128 scaled = (unsigned __int128)count * ppm;
    const uint64_t rank = (uint64_t)((scaled + 999999) / 1000000);
    return rank == 0 && count > 0 ? 1 : rank;
}

/* Three significant digits, without an exponent. */
static void format_digits(double value, const char *unit, char text[UNITS_TEXT_MAX])
{
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, UNITS_TEXT_MAX, "%.*f %s", decimals, value, unit);
}

char *units_format_time(int64_t ns, char text[UNITS_TEXT_MAX])
{
    const double value = (double)ns;
    if (ns < 0)
        snprintf(text, UNITS_TEXT_MAX, "-%.1f us", -value / 1e3);
    else if (value < 9950)
        snprintf(text, UNITS_TEXT_MAX, "%.*f us", ns < 1000 ? 1 : 2, value / 1e3);
    else if (value < 999.5e3)
        format_digits(value / 1e3, "us", text);
    else if (value < 999.5e6)
        format_digits(value / 1e6, "ms", text);
    else if (value < 99.95e9)
        format_digits(value / 1e9, "s", text);
    else
        snprintf(text, UNITS_TEXT_MAX, "%lld min %lld s", (long long)(ns / (60 * NS_PER_S)),
                 (long long)(ns / NS_PER_S % 60));
    return text;
}

char *units_format_count(uint64_t count, char text[UNITS_TEXT_MAX])
{
    char digits[UNITS_TEXT_MAX];
    const int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *at = text;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

char *units_format_bytes(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5) { /* 2^64 bytes are 18 EB */
        value /= 1000;
        unit++;
    }
    snprintf(text, UNITS_TEXT_MAX, "%.*f %s", unit > 0 && value < 9.95 ? 1 : 0, value, names[unit]);
    return text;
}

char *units_format_rate(double per_s, char text[UNITS_TEXT_MAX])
{
    if (per_s > 0 && per_s < 0.001)
        snprintf(text, UNITS_TEXT_MAX, "under 0.001/s");
    else if (per_s < 99.95)
        snprintf(text, UNITS_TEXT_MAX, "%.3g/s", per_s);
    else
        strcat(units_format_count((uint64_t)(per_s + 0.5), text), "/s");
    return text;
}

char *units_format_share(double share, char text[UNITS_TEXT_MAX])
{
    const double percent = share * 100;
    if (percent <= 0)
        snprintf(text, UNITS_TEXT_MAX, "0 %%");
    else if (percent < 0.001)
        snprintf(text, UNITS_TEXT_MAX, "under 0.001 %%");
    else if (percent >= 999.5 && percent < 1e9) /* three digits would come out as 1e+03 */
        strcat(units_format_count((uint64_t)(percent + 0.5), text), " %");
    else if (percent <= 99.9 || percent >= 100)
        snprintf(text, UNITS_TEXT_MAX, "%.3g %%", percent);
    else /* cut, not rounded */
        snprintf(text, UNITS_TEXT_MAX, "%.6g %%", (double)(int64_t)(percent * 1e4) / 1e4);
    return text;
}

bool units_list_has(const char *list, const char *name)
{
    const size_t size = strlen(name);
    while (list && *list) {
        const size_t item = strcspn(list, ",");
        if (item == size && memcmp(list, name, size) == 0)
            return true;
        list += item + (list[item] == ',');
    }
    return false;
}
