/* template.h - texts with values in them: compiled to pieces once, rendered without allocation.
 *
 *   {{item}}  {{items.id}}   a value by name: what a response held, a column of a feeder
 *   {{counter}}              1, 2, 3 ... over the whole run
 *   {{user}}                 the number of the user, from 1
 *   {{random(1,100)}}        a whole number from 1 to 100, drawn from the seed
 *   {{uuid}}                 a random UUID (RFC 9562 section 5.4), drawn from the seed
 *   {{time}}                 milliseconds since 1970
 *   {{item|json}}            inside of a JSON string (RFC 8259 section 7); |url: percent-encoded but for
 *                            unreserved characters (RFC 3986 section 2.3). Else as it stands
 *   {{{{                     stands for {{
 *
 * A request is a head and a body, with the Content-Length that the rendered body has. What a server or
 * a file put into a value cannot end a line of the head, nor a word of its first line: such a request
 * is TEMPLATE_BAD_VALUE. Pure but for the memory that compiling takes from an arena. */
#ifndef TARE_TEMPLATE_H
#define TARE_TEMPLATE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEMPLATE_ERROR_MAX 512

enum template_source {
    TEMPLATE_BYTES, /* always the same */
    TEMPLATE_VALUE, /* one of template_values.texts */
    TEMPLATE_COUNTER,
    TEMPLATE_USER,
    TEMPLATE_RANDOM,
    TEMPLATE_UUID,
    TEMPLATE_TIME
};

enum template_escape { TEMPLATE_AS_IS, TEMPLATE_JSON, TEMPLATE_URL };

/* Where a piece stands decides what its values may hold. */
enum template_place { TEMPLATE_IN_BODY, TEMPLATE_IN_FIELDS, TEMPLATE_IN_LINE };

struct template_piece {
    enum template_source source;
    enum template_escape escape;
    enum template_place place;
    uint32_t slot;         /* TEMPLATE_VALUE: of its text */
    const uint8_t *bytes;  /* TEMPLATE_BYTES, in the arena */
    size_t size;
    uint64_t low, high;    /* TEMPLATE_RANDOM, both included */
};

/* All zero: an empty text. */
struct template {
    struct template_piece *pieces; /* in the arena */
    uint32_t count;
};

struct template_text {
    const uint8_t *bytes;
    size_t size;
};

/* What one rendering takes; all borrowed. */
struct template_values {
    const struct template_text *texts; /* by slot */
    uint64_t counter;
    uint64_t user;
    int64_t wall_ms;
    uint64_t *random; /* random.h; moves on */
};

enum template_result { TEMPLATE_OK, TEMPLATE_NO_ROOM, TEMPLATE_BAD_VALUE };

/* Finds the slot of a value by its name, which is none of the words above. */
typedef bool template_find(void *context, const char *name, uint32_t *slot);

/* Does the text hold anything but bytes that stay? */
bool template_is_wanted(const char *text, size_t size);

/* Compiles a text that stands at a place; in TEMPLATE_IN_LINE what follows the first line's end is
 * TEMPLATE_IN_FIELDS. Returns true; or false, with cause and remedy in `error`: an unknown name, a
 * brace that is not closed, no memory. */
bool template_compile(struct template *template, struct arena *arena, const char *text, size_t size,
                      enum template_place place, template_find *find, void *context,
                      char error[TEMPLATE_ERROR_MAX]);

/* Renders into `room` bytes. *size: out, what was written. */
enum template_result template_render(const struct template *template,
                                     const struct template_values *values, uint8_t *out, size_t room,
                                     size_t *size);

/* A request, of which request.h rendered the constant parts. */
struct template_request {
    struct template head; /* without its Content-Length and the empty line, where has_length */
    struct template body;
    bool has_length; /* Content-Length is the head's last line */
};

/* Compiles what request_render() made of texts with braces: `size` bytes, the head's first. A
 * Content-Length is taken out where it is the head's last line, and refused elsewhere. */
bool template_request_compile(struct template_request *request, struct arena *arena,
                              const uint8_t *bytes, size_t head_bytes, size_t size,
                              template_find *find, void *context, char error[TEMPLATE_ERROR_MAX]);

/* Renders a request into `room` bytes. *begin: out, where it begins in `out`: its head moves to its
 * body, not the body to the head. *size: out, its bytes. */
enum template_result template_request_render(const struct template_request *request,
                                             const struct template_values *values, uint8_t *out,
                                             size_t room, size_t *begin, size_t *size);

#endif
