/* emit.h - writes JSON (RFC 8259), a member a line, in the order of the calls: the same calls give
 * the same bytes. Texts are escaped by markup_json(). The stream's owner checks ferror(3). */
#ifndef TARE_EMIT_H
#define TARE_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct emit {
    FILE *out;
    int depth;
    bool has_member; /* the open object or array has one already */
};

/* key: NULL within an array, and for the outermost value. */
void emit_object(struct emit *emit, const char *key);
void emit_object_end(struct emit *emit);
void emit_array(struct emit *emit, const char *key);
void emit_array_end(struct emit *emit);

void emit_text(struct emit *emit, const char *key, const char *text); /* NULL: null */
void emit_count(struct emit *emit, const char *key, uint64_t count);
void emit_ns(struct emit *emit, const char *key, int64_t ns);
void emit_bool(struct emit *emit, const char *key, bool value);
void emit_null(struct emit *emit, const char *key);

/* Exactly: a whole number up to 2^53 as an integer, any other with the digits that it takes to read
 * the same double back (at most 17). What is not finite is null. */
void emit_number(struct emit *emit, const char *key, double value);

#endif
