/* template.c - braces to pieces. How pieces become bytes is template_render.c's. */
#include "template.h"

#include "limits.h"
#include "units.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUOTE_MAX 48

__attribute__((format(printf, 2, 3))) static bool bad(char error[TEMPLATE_ERROR_MAX],
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, TEMPLATE_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* What compiling carries along. */
struct compiling {
    struct template *template;
    struct arena *arena;
    enum template_place place;
    template_find *find;
    void *context;
    char *error;
};

/* Where the next "{{" begins; `end` where there is none. */
static const char *find_braces(const char *at, const char *end)
{
    const char *found = end - at >= 2 ? memmem(at, (size_t)(end - at), "{{", 2) : NULL;
    return found ? found : end;
}

bool template_is_wanted(const char *text, size_t size)
{
    return find_braces(text, text + size) < text + size;
}

/* ---- What stands between braces ---- */

/* "random(LOW,HIGH)". */
static bool read_random(const char *name, struct template_piece *piece)
{
    char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];
    int end = 0;
    piece->source = TEMPLATE_RANDOM;
    return sscanf(name, "random( %31[0-9kmg] , %31[0-9kmg] )%n", low, high, &end) == 2 && end > 0 &&
           name[end] == '\0' && units_parse_count(low, &piece->low) &&
           units_parse_count(high, &piece->high) && piece->low <= piece->high;
}

static bool read_escape(const char *word, struct template_piece *piece, char *error)
{
    if (strcmp(word, "json") == 0)
        piece->escape = TEMPLATE_JSON;
    else if (strcmp(word, "url") == 0)
        piece->escape = TEMPLATE_URL;
    else
        return bad(error, "'|%.*s' is no way to write a value\n      write |json, |url or nothing",
                   QUOTE_MAX, word);
    return true;
}

static bool read_source(const struct compiling *c, const char *name, struct template_piece *piece)
{
    static const struct {
        const char *name;
        enum template_source source;
    } words[] = {{"counter", TEMPLATE_COUNTER},
                 {"user", TEMPLATE_USER},
                 {"uuid", TEMPLATE_UUID},
                 {"time", TEMPLATE_TIME}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i].name) == 0) {
            piece->source = words[i].source;
            return true;
        }
    if (strncmp(name, "random", 6) == 0 && strspn(name + 6, " (") > 0)
        return read_random(name, piece)
                   ? true
                   : bad(c->error, "'%.*s' is no random number\n      write random(1,100), the lower one "
                                   "first",
                         QUOTE_MAX, name);
    piece->source = TEMPLATE_VALUE;
    return c->find(c->context, name, &piece->slot)
               ? true
               : bad(c->error,
                     "nothing gives {{%.*s}} its value\n      a capture of an earlier target of the same "
                     "chain does, FEEDER.COLUMN, counter, user, random(1,100), uuid, time",
                     QUOTE_MAX, name);
}

static void trim(char *text)
{
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t", text[size - 1]))
        text[--size] = '\0';
}

/* Reads what stands between braces, `size` bytes. */
static bool read_braces(const struct compiling *c, const char *text, size_t size,
                        struct template_piece *piece)
{
    char name[LIMIT_PLAN_NAME_BYTES * 2 + 2];
    *piece = (struct template_piece){.place = c->place};
    while (size > 0 && strchr(" \t", *text))
        text++, size--;
    if (size == 0 || size >= sizeof name || memchr(text, '\0', size))
        return bad(c->error, "'{{%.*s}}' is no name\n      write a name between the braces; {{{{ where "
                             "{{ itself is meant",
                   (int)(size < QUOTE_MAX ? size : QUOTE_MAX), text);
    memcpy(name, text, size);
    name[size] = '\0';
    char *escape = strchr(name, '|');
    if (escape) {
        *escape++ = '\0';
        escape += strspn(escape, " \t");
        trim(escape);
        if (!read_escape(escape, piece, c->error))
            return false;
    }
    trim(name);
    return read_source(c, name, piece);
}

/* ---- Pieces ---- */

/* Goes on in the text: reads the next piece at *at. */
static bool read_piece(struct compiling *c, const char **at, const char *end,
                       struct template_piece *piece)
{
    const char *braces = find_braces(*at, end);
    const bool is_escaped = end - braces >= 4 && memcmp(braces, "{{{{", 4) == 0;
    if (braces > *at || is_escaped) {
        const size_t size = (size_t)(braces - *at) + (is_escaped ? 2 : 0);
        *piece = (struct template_piece){.source = TEMPLATE_BYTES, .place = c->place, .size = size};
        piece->bytes = (const uint8_t *)arena_copy(c->arena, *at, size);
        if (!piece->bytes)
            return bad(c->error, "out of memory\n      make the plan smaller");
        if (c->place == TEMPLATE_IN_LINE && memchr(piece->bytes, '\n', size))
            c->place = TEMPLATE_IN_FIELDS;
        *at = braces + (is_escaped ? 4 : 0);
        return true;
    }
    const char *name = braces + 2;
    const char *close = memmem(name, (size_t)(end - name), "}}", 2);
    if (!close)
        return bad(c->error, "'%.*s' is not closed\n      write }} behind the name; {{{{ where {{ itself "
                             "is meant",
                   (int)(end - braces < QUOTE_MAX ? end - braces : QUOTE_MAX), braces);
    *at = close + 2;
    return read_braces(c, name, (size_t)(close - name), piece);
}

bool template_compile(struct template *template, struct arena *arena, const char *text, size_t size,
                      enum template_place place, template_find *find, void *context,
                      char error[TEMPLATE_ERROR_MAX])
{
    struct compiling c = {template, arena, place, find, context, error};
    const char *end = text + size;
    uint32_t pieces_max = 1; /* a stretch of bytes before each brace and behind the last, and a name */
    *template = (struct template){0};
    for (const char *at = find_braces(text, end); at < end; at = find_braces(at + 2, end))
        pieces_max += 2;
    template->pieces = arena_take(arena, pieces_max * sizeof *template->pieces);
    if (!template->pieces)
        return bad(error, "out of memory\n      make the plan smaller");
    for (const char *at = text; at < end;)
        if (!read_piece(&c, &at, end, &template->pieces[template->count++]))
            return false;
    return true;
}

/* ---- Requests ---- */

/* Where the head's last Content-Length begins, and whether it is the last line. */
static const char *find_length(const char *head, size_t size, bool *is_last)
{
    static const char name[] = "Content-Length:";
    const char *found = NULL;
    for (const char *line = head; line < head + size;) {
        const char *end = memchr(line, '\n', (size_t)(head + size - line));
        const char *next = end ? end + 1 : head + size;
        if ((size_t)(next - line) > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
            found = line;
            *is_last = (size_t)(head + size - next) <= 2; /* behind it the empty line alone */
        }
        line = next;
    }
    return found;
}

bool template_request_compile(struct template_request *request, struct arena *arena,
                              const uint8_t *bytes, size_t head_bytes, size_t size,
                              template_find *find, void *context, char error[TEMPLATE_ERROR_MAX])
{
    const char *head = (const char *)bytes;
    bool is_last = false;
    const char *length = find_length(head, head_bytes, &is_last);
    *request = (struct template_request){.has_length = length && is_last};
    if (length && !is_last && template_is_wanted(head + head_bytes, size - head_bytes))
        return bad(error, "a header gives a Content-Length, and the body's size varies\n      leave the "
                          "Content-Length out: it is written for each request");
    return template_compile(&request->head, arena, head,
                            request->has_length ? (size_t)(length - head) : head_bytes,
                            TEMPLATE_IN_LINE, find, context, error) &&
           template_compile(&request->body, arena, head + head_bytes, size - head_bytes,
                            TEMPLATE_IN_BODY, find, context, error);
}
