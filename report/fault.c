/* fault.c - the words of a failure. */
#include "fault.h"

#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A terminal obeys control characters; ours are the line feeds of the format alone. */
static void clean_text(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        const uint32_t value = utf8_next(&at);
        if (value == UTF8_REPLACEMENT || (utf8_is_control(value) && value != '\n'))
            *to++ = '?';
        else
            to += utf8_encode(value, to);
    }
    *to = '\0';
}

int fault_set(struct fault *fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    clean_text(fault->text);
    return -EINVAL;
}

int fault_set_errno(struct fault *fault, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    const size_t size = strlen(fault->text);
    snprintf(fault->text + size, sizeof fault->text - size, ": %s", strerror(error));
    clean_text(fault->text);
    return -error;
}
