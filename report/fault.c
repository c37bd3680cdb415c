/* fault.c - the words of a failure. */
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A terminal obeys control characters; ours are the line feeds of the format alone. */
static void clean_text(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 && *text != '\n')
            *text = '?';
        else if (*text == 0x7f)
            *text = '?';
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
