/* emit.c - commas, line ends and indentation of JSON. */
#include "emit.h"

#include "markup.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define WHOLE_MAX                                                                                  \
    9007199254740992.0 /* 2^53: up to here a double tells every integer from the next */

static void begin_line(struct emit *emit)
{
    if (emit->depth == 0)
        return;
    fputs(emit->has_member ? ",\n" : "\n", emit->out);
    for (int i = 0; i < emit->depth; i++)
        fputs("  ", emit->out);
}

static void begin_member(struct emit *emit, const char *key)
{
    begin_line(emit);
    if (key) {
        markup_json(emit->out, key);
        fputs(": ", emit->out);
    }
    emit->has_member = true;
}

static void begin_nested(struct emit *emit, const char *key, char bracket)
{
    begin_member(emit, key);
    fputc(bracket, emit->out);
    emit->depth++;
    emit->has_member = false;
}

static void end_nested(struct emit *emit, char bracket)
{
    const bool is_empty = !emit->has_member;
    emit->depth--;
    emit->has_member = false;
    if (!is_empty) {
        fputc('\n', emit->out);
        for (int i = 0; i < emit->depth; i++)
            fputs("  ", emit->out);
    }
    fputc(bracket, emit->out);
    if (emit->depth == 0)
        fputc('\n', emit->out);
    emit->has_member = true;
}

void emit_object(struct emit *emit, const char *key)
{
    begin_nested(emit, key, '{');
}

void emit_object_end(struct emit *emit)
{
    end_nested(emit, '}');
}

void emit_array(struct emit *emit, const char *key)
{
    begin_nested(emit, key, '[');
}

void emit_array_end(struct emit *emit)
{
    end_nested(emit, ']');
}

void emit_text(struct emit *emit, const char *key, const char *text)
{
    if (!text) {
        emit_null(emit, key);
        return;
    }
    begin_member(emit, key);
    markup_json(emit->out, text);
}

void emit_count(struct emit *emit, const char *key, uint64_t count)
{
    begin_member(emit, key);
    fprintf(emit->out, "%" PRIu64, count);
}

void emit_ns(struct emit *emit, const char *key, int64_t ns)
{
    begin_member(emit, key);
    fprintf(emit->out, "%" PRId64, ns);
}

void emit_bool(struct emit *emit, const char *key, bool value)
{
    begin_member(emit, key);
    fputs(value ? "true" : "false", emit->out);
}

void emit_null(struct emit *emit, const char *key)
{
    begin_member(emit, key);
    fputs("null", emit->out);
}

/* Writes the fewest digits that are read back as the same value, 15 at least. */
static void write_shortest(FILE *out, double value)
{
    char text[32];
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (digits == DBL_DECIMAL_DIG || strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

void emit_number(struct emit *emit, const char *key, double value)
{
    if (!isfinite(value)) {
        emit_null(emit, key);
        return;
    }
    begin_member(emit, key);
    if (fabs(value) <= WHOLE_MAX && value == nearbyint(value))
        fprintf(emit->out, "%" PRId64, (int64_t)value);
    else
        write_shortest(emit->out, value);
}
