/* command_line.h - a command line as a test writes it, taken apart. Header-only, since each test is
 * one file. */
#ifndef TARE_TESTS_COMMAND_LINE_H
#define TARE_TESTS_COMMAND_LINE_H

#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 64
#define URL "http://127.0.0.1:8080/"

/* A command line, taken apart at spaces; '_' in a word stands for a space. */
struct line {
    char text[4096];
    char *words[WORDS_MAX];
    int count;
    struct options options;
    char error[OPTIONS_ERROR_MAX];
};

static inline enum options_result parse(struct line *line, const char *text)
{
    char *rest = line->text;
    snprintf(line->text, sizeof line->text, "tare %s", text);
    line->count = 0;
    line->error[0] = '\0';
    for (char *word; (word = strsep(&rest, " "));) {
        for (char *at = word; (at = strchr(at, '_'));)
            *at = ' ';
        if (*word)
            line->words[line->count++] = word;
    }
    line->words[line->count] = NULL;
    return options_parse(&line->options, line->count, line->words, line->error);
}

/* Parses what is right; the options are then to be freed. */
static inline const struct config *good(struct line *line, const char *text)
{
    if (parse(line, text) != OPTIONS_RUN)
        fail_msg("%s: %s", text, line->error);
    return &line->options.config;
}

#endif
