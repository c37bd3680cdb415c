/* framing.h - the closed list of the rules of framing that a response can break.
 * Each has a stable name for run.json and a sentence that tells a person what the server did wrong.
 * New ones are appended, none is renamed. Pure: no I/O, no clock, no allocation. */
#ifndef TARE_FRAMING_H
#define TARE_FRAMING_H

enum framing_error {
    FRAMING_OK,
    FRAMING_NOT_HTTP,          /* the first bytes are not "HTTP/" */
    FRAMING_VERSION,           /* neither HTTP/1.0 nor HTTP/1.1 */
    FRAMING_STATUS,            /* the status code is not three digits, 100 or more */
    FRAMING_LINE_END,          /* CR without LF, or LF without CR */
    FRAMING_CONTROL_BYTE,      /* NUL or a control byte in a reason or a field value */
    FRAMING_FIELD_NAME,        /* a byte in a field name that no token holds */
    FRAMING_FIELD_SPACE,       /* white space before a field's colon */
    FRAMING_FIELD_COLON,       /* a field line without a colon */
    FRAMING_FIELD_FOLD,        /* a line that begins with white space (obs-fold) */
    FRAMING_LINE_LIMIT,        /* a line above LIMIT_RESPONSE_LINE_MAX_BYTES */
    FRAMING_HEAD_LIMIT,        /* a head, or trailers, above LIMIT_RESPONSE_HEAD_MAX_BYTES */
    FRAMING_INTERIM_LIMIT,     /* more than LIMIT_INTERIM_MAX 1xx responses */
    FRAMING_LENGTH,            /* Content-Length is not digits */
    FRAMING_LENGTH_LIMIT,      /* Content-Length does not fit in 63 bits */
    FRAMING_LENGTH_CONFLICT,   /* two Content-Lengths that differ */
    FRAMING_LENGTH_AND_CODING, /* Content-Length and Transfer-Encoding in one head */
    FRAMING_CODING,            /* Transfer-Encoding is not a list of codings */
    FRAMING_CODING_REPEATED,   /* chunked twice, or with parameters */
    FRAMING_CODING_VERSION,    /* Transfer-Encoding in an HTTP/1.0 response */
    FRAMING_CHUNK_SIZE,        /* a chunk's size is not hexadecimal digits */
    FRAMING_CHUNK_LIMIT,       /* a chunk's size does not fit in 63 bits */
    FRAMING_CHUNK_EXTENSION,   /* a control byte in a chunk's extensions */
    FRAMING_CHUNK_END,         /* a chunk's data is not followed by CRLF */
    FRAMING_CLOSED_UNANSWERED, /* the peer closed before the first byte of a response */
    FRAMING_CLOSED_EARLY,      /* the peer closed inside a response */
    FRAMING_COUNT
};

/* The stable name, as JSON has it: "length_conflict". Static storage. */
const char *framing_name(enum framing_error error);

/* What the server did, as a whole sentence with the RFC's section. Static storage. */
const char *framing_sentence(enum framing_error error);

#endif
