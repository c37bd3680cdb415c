/* httpdate.c - three fixed shapes, read by position, and the days of the Gregorian calendar. */
#include "httpdate.h"

#include <string.h>

#define DAY_S 86400
#define DATE_BYTES_MAX 40

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of(int month, int year)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year));
}

/* Days from 1970-01-01 to a date; month from 0, day from 1. */
static int64_t days_since_1970(int year, int month, int day)
{
    const int64_t before = year - 1;
    int64_t days = 365 * (before - 1969) + (before / 4 - 492) - (before / 100 - 19) +
                   (before / 400 - 4);
    for (int i = 0; i < month; i++)
        days += days_of(i, year);
    return days + day - 1;
}

/* A shape: letters stand for what is read there (D day, N month, Y year, h m s time), 'a' for a
 * letter of a day's name, anything else for itself. */
static bool read_shape(const char *text, const char *shape, int *numbers)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (; *shape; text++, shape++) {
        const char *kind = strchr("DNYhms", *shape);
        if (*shape == 'a') {
            if ((*text | 0x20) < 'a' || (*text | 0x20) > 'z')
                return false;
        } else if (!kind) {
            if (*text != *shape)
                return false;
        } else if (*shape == 'N') {
            char name[4] = {text[0], text[0] ? text[1] : '\0', text[0] && text[1] ? text[2] : '\0'};
            const char *found = strlen(name) == 3 ? strstr(months, name) : NULL;
            if (!found || (found - months) % 3 != 0)
                return false;
            numbers['N'] = (int)(found - months) / 3;
            text += 2;
            shape += 2;
        } else if (*text >= '0' && *text <= '9') {
            numbers[(int)*shape] = numbers[(int)*shape] * 10 + (*text - '0');
        } else if (*shape != 'D' || *text != ' ') { /* asctime pads the day with a space */
            return false;
        }
    }
    return *text == '\0';
}

/* The century of a year of two digits: not more than 50 years ahead. */
static int full_year(int two, int64_t now_s)
{
    const int now = 1970 + (int)(now_s / (365 * DAY_S + DAY_S / 4));
    const int year = now - now % 100 + two;
    return year > now + 50 ? year - 100 : year;
}

bool httpdate_read(const char *text, size_t size, int64_t now_s, int64_t *s)
{
    static const char *const shapes[] = {
        "aaa, DD NNN YYYY hh:mm:ss GMT",        "aaaaaa, DD-NNN-YY hh:mm:ss GMT",
        "aaaaaaa, DD-NNN-YY hh:mm:ss GMT",      "aaaaaaaa, DD-NNN-YY hh:mm:ss GMT",
        "aaaaaaaaa, DD-NNN-YY hh:mm:ss GMT",    "aaa NNN DD hh:mm:ss YYYY"};
    char line[DATE_BYTES_MAX];
    if (size >= sizeof line || memchr(text, '\0', size))
        return false;
    memcpy(line, text, size);
    line[size] = '\0';
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        int n[128] = {0};
        if (!read_shape(line, shapes[i], n))
            continue;
        const int year = strstr(shapes[i], "YYYY") ? n['Y'] : full_year(n['Y'], now_s);
        if (year < 1970 || n['D'] < 1 || n['D'] > days_of(n['N'], year) || n['h'] > 23 ||
            n['m'] > 59 || n['s'] > 60)
            return false;
        *s = days_since_1970(year, n['N'], n['D']) * DAY_S + n['h'] * 3600 + n['m'] * 60 + n['s'];
        return true;
    }
    return false;
}
