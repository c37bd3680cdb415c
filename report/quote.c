/* quote.c - single quotes around what a shell would not leave alone. */
#include "quote.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char plain[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";

/* Writes one word; `to` NULL: only measures. Returns its size. */
static size_t quote_word(char *to, const char *word)
{
    size_t size = strlen(word);
    if (size > 0 && strspn(word, plain) == size) {
        if (to)
            memcpy(to, word, size);
        return size;
    }
    size = 0;
#define PUT(c) (to ? (void)(to[size++] = (c)) : (void)size++)
    PUT('\'');
    for (; *word; word++) {
        if (*word == '\'') {
            PUT('\'');
            PUT('\\');
            PUT('\'');
        }
        PUT(*word);
    }
    PUT('\'');
#undef PUT
    return size;
}

char *quote_command(const char *const *words, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += quote_word(NULL, words[i]) + 1;
    char *text = malloc(size);
    if (!text)
        return NULL;
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ' ';
        at += quote_word(at, words[i]);
    }
    *at = '\0';
    return text;
}
