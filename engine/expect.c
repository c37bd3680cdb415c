/* expect.c - reading what is expected, and judging responses by it. */
#include "expect.h"

#include "check.h"
#include "units.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(EXPECT_TEXT_MAX_BYTES - 1 <= UINT8_MAX, "a border fits its byte");

static bool bad(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool bad(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, EXPECT_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* Three digits of a status, or a digit and "xx"; *last is *first where it is one status. */
static bool read_status(const char *text, size_t size, uint16_t *first, uint16_t *last)
{
    if (size != 3 || text[0] < '1' || text[0] > '5')
        return false;
    *first = (uint16_t)((text[0] - '0') * 100);
    *last = (uint16_t)(*first + 99);
    if (text[1] == 'x' && text[2] == 'x')
        return true;
    if (text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9')
        return false;
    *first = *last = (uint16_t)(*first + (text[1] - '0') * 10 + (text[2] - '0'));
    return true;
}

static bool read_statuses(struct expect *expect, const char *text, char *error)
{
    for (;;) {
        const size_t size = strcspn(text, ",");
        const size_t dash = strcspn(text, ",-");
        uint16_t first, last, end;
        bool is_good = read_status(text, dash, &first, &last);
        if (is_good && dash < size) {
            is_good = read_status(text + dash + 1, size - dash - 1, &end, &last);
            is_good = is_good && first <= last;
        }
        if (!is_good)
            return bad(error, "--expect status=%.*s is no status\n"
                              "      write it as status=200, status=200,204, status=2xx or "
                              "status=200-299",
                       (int)(size < 64 ? size : 64), text);
        if (expect->statuses_count == EXPECT_STATUSES_MAX)
            return bad(error, "--expect names more than %d statuses\n      write a range",
                       EXPECT_STATUSES_MAX);
        expect->statuses[expect->statuses_count].first = first;
        expect->statuses[expect->statuses_count++].last = last;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

static void find_borders(struct expect_text *text)
{
    size_t border = 0;
    text->back[0] = 0;
    for (size_t i = 1; i < text->size; i++) {
        while (border > 0 && text->bytes[i] != text->bytes[border])
            border = text->back[border - 1];
        border += text->bytes[i] == text->bytes[border];
        text->back[i] = (uint8_t)border;
    }
}

static bool read_text(struct expect *expect, const char *text, char *error)
{
    const size_t size = strlen(text);
    if (size == 0 || size > EXPECT_TEXT_MAX_BYTES)
        return bad(error, "--expect body~ needs a text of 1 to %d bytes\n"
                          "      write for example --expect 'body~\"ok\":true'",
                   EXPECT_TEXT_MAX_BYTES);
    if (expect->texts_count == EXPECT_TEXTS_MAX)
        return bad(error, "--expect names more than %d texts of a body\n      leave some out",
                   EXPECT_TEXTS_MAX);
    struct expect_text *added = &expect->texts[expect->texts_count++];
    memcpy(added->bytes, text, size);
    added->size = (uint16_t)size;
    find_borders(added);
    return true;
}

static bool read_size(struct expect *expect, const char *text, char *error)
{
    char first[32];
    const size_t dash = strcspn(text, "-");
    snprintf(first, sizeof first, "%.*s", (int)(dash < sizeof first ? dash : sizeof first - 1), text);
    const char *last = text[dash] == '-' ? text + dash + 1 : first;
    if (dash >= sizeof first || !units_parse_count(first, &expect->size_min) ||
        !units_parse_count(last, &expect->size_max) || expect->size_min > expect->size_max)
        return bad(error, "--expect size=%s is no size\n"
                          "      write bytes as size=120, size=64k or size=100-200",
                   text);
    if (expect->has_size)
        return bad(error, "--expect size= is given twice\n      write one, as size=100-200");
    expect->has_size = true;
    return true;
}

bool expect_read(struct expect *expect, const char *text, char error[EXPECT_ERROR_MAX])
{
    if (strncmp(text, "status=", 7) == 0)
        return read_statuses(expect, text + 7, error);
    if (strncmp(text, "size=", 5) == 0)
        return read_size(expect, text + 5, error);
    if (strncmp(text, "body~", 5) == 0)
        return read_text(expect, text + 5, error);
    return bad(error, "--expect %s is not known\n"
                      "      write status=200,201, size=100-200 or body~TEXT",
               text);
}

static uint16_t search(const struct expect_text *text, uint16_t at, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size && at < text->size; i++) {
        if (at == 0) { /* nothing is begun: to the next first byte, as fast as the library can */
            const uint8_t *next = memchr(bytes + i, text->bytes[0], size - i);
            if (!next)
                return 0;
            i = (size_t)(next - bytes);
        }
        while (at > 0 && bytes[i] != text->bytes[at])
            at = text->back[at - 1];
        at = (uint16_t)(at + (bytes[i] == text->bytes[at]));
    }
    return at;
}

void expect_feed(const struct expect *expect, struct expect_search *search_state, const uint8_t *bytes,
                 size_t size)
{
    for (uint32_t i = 0; i < expect->texts_count; i++)
        search_state->at[i] = search(&expect->texts[i], search_state->at[i], bytes, size);
}

static bool is_status_good(const struct expect *expect, int status)
{
    if (expect->statuses_count == 0)
        return status < 400;
    for (uint32_t i = 0; i < expect->statuses_count; i++)
        if (status >= expect->statuses[i].first && status <= expect->statuses[i].last)
            return true;
    return false;
}

enum expect_result expect_judge(const struct expect *expect, const struct expect_search *seen,
                                int status, uint64_t body_bytes)
{
    if (!is_status_good(expect, status))
        return EXPECT_STATUS;
    if (expect->has_size && (body_bytes < expect->size_min || body_bytes > expect->size_max))
        return EXPECT_SIZE;
    for (uint32_t i = 0; i < expect->texts_count; i++)
        if (seen->at[i] < expect->texts[i].size)
            return EXPECT_BODY;
    return EXPECT_MET;
}

const char *expect_result_name(enum expect_result result)
{
    switch (result) {
    case EXPECT_MET: return "met";
    case EXPECT_STATUS: return "status";
    case EXPECT_SIZE: return "size";
    case EXPECT_BODY: return "body";
    }
    check_failed(__FILE__, __LINE__, "result is known", result, EXPECT_BODY);
}
