/* markup.c - escaping by character, decoded strictly, and numbers with their units. */
#include "markup.h"

#include "utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define NO_BREAK_SPACE "\u00a0"
#define MINUS "\u2212"

static void put(FILE *out, uint32_t value)
{
    char bytes[4];
    fwrite(bytes, 1, utf8_encode(value, bytes), out);
}

static void put_text(FILE *out, uint32_t value)
{
    switch (value) {
    case '&': fputs("&amp;", out); return;
    case '<': fputs("&lt;", out); return;
    case '>': fputs("&gt;", out); return;
    case '"': fputs("&quot;", out); return;
    case '\'': fputs("&#39;", out); return;
    default: break;
    }
    const int plain = value == '\n' || value == '\t';
    /* XML has no U+FFFE and U+FFFF (1.0, section 2.2). */
    const int is_text = plain || (!utf8_is_control(value) && value != 0xfffe && value != 0xffff);
    put(out, is_text ? value : UTF8_REPLACEMENT);
}

void markup_text(FILE *out, const char *text)
{
    while (*text)
        put_text(out, utf8_next(&text));
}

/* Whether `text` starts with the unit and ends there or goes on with something else. */
static int is_unit(const char *text, const char *unit)
{
    const size_t size = strlen(unit);
    return strncmp(text, unit, size) == 0 && !isalnum((unsigned char)text[size]);
}

void markup_prose(FILE *out, const char *text)
{
    static const char *const units[] = {"ns", "ms", "s", "%", "kB", "MB", "GB"};
    int after_digit = 0;
    while (*text) {
        if (after_digit && is_unit(text, " us")) {
            fputs(NO_BREAK_SPACE "µs", out);
            text += 3;
            after_digit = 0;
            continue;
        }
        int kept = 0;
        for (size_t i = 0; after_digit && *text == ' ' && i < sizeof units / sizeof units[0]; i++)
            kept = kept || is_unit(text + 1, units[i]);
        after_digit = isdigit((unsigned char)*text);
        if (kept) {
            fputs(NO_BREAK_SPACE, out);
            text++;
        } else {
            put_text(out, utf8_next(&text));
        }
    }
}

void markup_json(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        const uint32_t value = utf8_next(&text);
        if (value == '"' || value == '\\')
            fprintf(out, "\\%c", (int)value);
        else if (value < 0x20 || value == '<' || value == 0x7f || value == 0x2028 ||
                 value == 0x2029)
            fprintf(out, "\\u%04x", (unsigned)value);
        else
            put(out, value);
    }
    fputc('"', out);
}

void markup_shorten(const char *text, size_t most, char *copy, size_t size)
{
    size_t used = 0;
    size_t before_last = 0; /* where the last character that fits begins */
    for (size_t i = 0; *text && used + 4 < size; i++) {
        if (i == most) {
            used = before_last;
            used += utf8_encode(0x2026, copy + used);
            break;
        }
        before_last = used;
        used += utf8_encode(utf8_next(&text), copy + used);
    }
    copy[used] = '\0';
}

/* Makes "28.2 us" into "28.2 µs" with a no-break space, and keeps "2 min 30 s" in one line too. */
static char *set_unit(const char *plain, char text[MARKUP_TEXT_MAX])
{
    char *at = text;
    for (; *plain; plain++) {
        if (*plain == ' ')
            at = stpcpy(at, NO_BREAK_SPACE);
        else if (strcmp(plain, "us") == 0)
            at = stpcpy(at, "µ");
        else
            *at++ = *plain;
    }
    *at = '\0';
    return text;
}

char *markup_time(int64_t ns, char text[MARKUP_TEXT_MAX])
{
    char plain[UNITS_TEXT_MAX];
    return set_unit(units_format_time(ns, plain), text);
}

char *markup_bytes(uint64_t bytes, char text[MARKUP_TEXT_MAX])
{
    char plain[UNITS_TEXT_MAX];
    return set_unit(units_format_bytes(bytes, plain), text);
}

char *markup_rate(double per_second, char text[MARKUP_TEXT_MAX])
{
    return units_format_rate(per_second, text);
}

char *markup_share(double share, char text[MARKUP_TEXT_MAX])
{
    char plain[UNITS_TEXT_MAX];
    return set_unit(units_format_share(share, plain), text);
}

char *markup_change(double ratio, char text[MARKUP_TEXT_MAX])
{
    char count[UNITS_TEXT_MAX];
    const double percent = (ratio - 1) * 100;
    if (!isfinite(percent))
        snprintf(text, MARKUP_TEXT_MAX, "from nothing");
    else if (fabs(percent) < 0.05)
        snprintf(text, MARKUP_TEXT_MAX, "none");
    else if (ratio >= 1000)
        snprintf(text, MARKUP_TEXT_MAX, "%s times",
                 units_format_count((uint64_t)fmin(ratio + 0.5, 1e18), count));
    else if (ratio >= 10)
        snprintf(text, MARKUP_TEXT_MAX, "%.3g times", ratio);
    else
        snprintf(text, MARKUP_TEXT_MAX, "%s%.1f" NO_BREAK_SPACE "%%", percent < 0 ? MINUS : "+",
                 fabs(percent));
    return text;
}

char *markup_moment(double seconds, double run_seconds, char text[MARKUP_TEXT_MAX])
{
    const long whole = (long)floor(seconds + 1e-6);
    if (run_seconds < 3600)
        snprintf(text, MARKUP_TEXT_MAX, "%ld:%02ld", whole / 60, whole % 60);
    else
        snprintf(text, MARKUP_TEXT_MAX, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                 whole % 60);
    return text;
}
