/* target_lines.c - words between blanks: a number is the weight, the last one the URL. */
#include "target_lines.h"

#include "limits.h"
#include "units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

/* Takes a word off the front. Returns its size, 0 where it is the last one. */
static size_t next_word(const char **text, const char **word)
{
    *word = *text;
    const size_t size = strcspn(*text, BLANKS);
    const size_t gap = strspn(*text + size, BLANKS);
    if ((*text)[size + gap] == '\0')
        return 0;
    *text += size + gap;
    return size;
}

static bool read_words(const char *text, struct config_target *target, char *error)
{
    const char *line = text, *word;
    char number[24];
    uint64_t weight = 1;
    text += strspn(text, BLANKS);
    size_t size = next_word(&text, &word);
    if (size > 0 && size < sizeof number && word[strspn(word, "0123456789")] != '\0' &&
        strspn(word, "0123456789") >= size) {
        snprintf(number, sizeof number, "%.*s", (int)size, word);
        if (!units_parse_count(number, &weight) || weight == 0 || weight > LIMIT_WEIGHTS_MAX)
            return option_bad(error, "the weight %s is out of range\n      choose 1 to %u", number,
                              LIMIT_WEIGHTS_MAX);
        size = next_word(&text, &word);
    }
    target->weight = (uint32_t)weight;
    if (memchr(word, ':', size))
        return option_bad(error, "the URL \"%.200s\" holds a blank\n      write it as %%20", word);
    if (size >= sizeof target->method)
        return option_bad(error, "%.*s is no method\n      write a target as URL, or as 3 GET URL",
                          60, word);
    memcpy(target->method, word, size);
    target->method[size] = '\0';
    target->url = text;
    if (text[strcspn(text, BLANKS)] != '\0')
        return option_bad(error,
                          "%.200s has too many words\n      write a target as URL, or as 3 GET URL: "
                          "weight, method, URL",
                          line);
    return true;
}

bool target_lines_add(struct options *o, const char *text, char *error)
{
    struct config *c = &o->config;
    if (c->targets_count == LIMIT_TARGETS_MAX)
        return option_bad(error, "more than %u URLs\n      leave some out", LIMIT_TARGETS_MAX);
    if (!o->targets)
        o->targets = calloc(LIMIT_TARGETS_MAX, sizeof *o->targets);
    if (!o->targets)
        return option_bad(error, OPTION_NO_MEMORY);
    c->targets = o->targets;
    if (!read_words(text, &o->targets[c->targets_count], error))
        return false;
    c->targets_count++;
    c->url = c->targets[0].url;
    return true;
}

/* Takes the line's end and the blanks before it away. */
static void trim(char *line, size_t size)
{
    while (size > 0 && strchr(BLANKS "\r", line[size - 1]))
        size--;
    line[size] = '\0';
}

bool target_lines_read(struct options *o, const char *path, char *error)
{
    char cause[OPTIONS_ERROR_MAX];
    size_t size, line_number = 0;
    free(o->urls);
    o->urls = NULL;
    if (!option_read_file("--urls", path, &o->urls, &size, error))
        return false;
    char *end = o->urls + size;
    for (char *line = o->urls, *next; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        next = newline ? newline + 1 : end;
        line_number++;
        trim(line, (size_t)((newline ? newline : end) - line));
        const char first = line[strspn(line, BLANKS)];
        if (first == '\0' || first == '#')
            continue;
        if (!target_lines_add(o, line, cause))
            return option_bad(error, "%.200s:%zu: %.600s", path, line_number, cause);
    }
    return true;
}
