/* field.h - the fields that framing and measuring need, out of a head's lines: Content-Length,
 * Transfer-Encoding, Connection and Server-Timing (RFC 9110, RFC 9112 section 6, W3C Server
 * Timing). It sees names and values, never lines: those are response.c's. Values are read byte by
 * byte and nothing is held, so that a value may be cut anywhere. Pure: no I/O, no clock, no
 * allocation. */
#ifndef TARE_FIELD_H
#define TARE_FIELD_H

#include "framing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field {
    FIELD_OTHER, /* of no interest: its value is only checked for control bytes */
    FIELD_CONNECTION,
    FIELD_CONTENT_LENGTH,
    FIELD_SERVER_TIMING,
    FIELD_TRANSFER_ENCODING
};

/* What the fields of one head said so far, and the state of the value being read. */
struct fields {
    uint64_t length;    /* Content-Length, where has_length */
    int64_t server_ns;  /* Server-Timing: total's dur, else the first dur; else SCHEMA_NS_NONE */
    uint64_t number;    /* the number being read */
    uint16_t words;     /* known words that the bytes of this word may still become */
    uint8_t word_bytes; /* of this word so far; stays at its largest */
    uint8_t field;      /* enum field of the value being read */
    uint8_t state;      /* in the value */
    uint8_t decimals;   /* of a dur */
    bool has_length : 1;
    bool has_coding : 1;     /* a Transfer-Encoding named at least one coding */
    bool has_chunked : 1;    /* chunked was among them */
    bool is_chunked : 1;     /* ... and is the last of them */
    bool has_close : 1;      /* Connection: close */
    bool has_keep_alive : 1; /* Connection: keep-alive */
    bool has_total : 1;      /* server_ns is total's */
    bool is_total : 1;       /* the metric being read is total */
    bool has_dur : 1;        /* the metric being read had its dur */
    bool is_dur : 1;         /* the parameter being read is a metric's first dur */
};

/* Forgets all, before the first line of a head. */
void fields_start(struct fields *f);

/* Can a name of this size be one of ours? Spares most lines the call below. */
static inline bool field_has_size(size_t size)
{
    const unsigned sizes = 1u << (sizeof "connection" - 1) | 1u << (sizeof "content-length" - 1) |
                           1u << (sizeof "server-timing" - 1) |
                           1u << (sizeof "transfer-encoding" - 1);
    return size < 32 && (sizes >> size & 1) != 0;
}

/* Which field a whole name of `size` token bytes is; case does not matter. */
enum field field_of_name(const uint8_t *name, size_t size);

/* The same for a name that comes byte by byte: start, each byte, then the answer. */
void fields_name_start(struct fields *f);
void fields_name_byte(struct fields *f, uint8_t byte);
enum field fields_name_end(const struct fields *f);

/* Begins the value of a field; its bytes follow from behind the colon on, white space and all. */
void fields_value_start(struct fields *f, enum field field);

/* Takes a byte of the value: a tab, or 0x20 and above but not 0x7f. Returns FRAMING_OK or the rule
 * that this byte breaks; after that the fields are of no more use. */
enum framing_error fields_value_byte(struct fields *f, uint8_t byte);

/* Ends the value. Returns FRAMING_OK or the rule that the value as a whole breaks. */
enum framing_error fields_value_end(struct fields *f);

/* Takes a whole value at once: start, each byte, end. *consumed: out; on an error the offset of the
 * byte at fault, `size` where that is the value's end. */
enum framing_error fields_value(struct fields *f, enum field field, const uint8_t *value,
                                size_t size, size_t *consumed);

#endif
