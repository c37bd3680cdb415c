/* framing.c - names and sentences of broken framing rules, as a table. */
#include "framing.h"

#include "check.h"

struct framing_text {
    const char *name;
    const char *sentence;
};

static const struct framing_text texts[FRAMING_COUNT] = {
    [FRAMING_OK] = {"ok", "The response is framed well."},
    [FRAMING_NOT_HTTP] = {"not_http",
                          "The answer does not begin with \"HTTP/\": the port speaks another "
                          "protocol, perhaps TLS (try https://) or HTTP/2 (RFC 9112 section 4)."},
    [FRAMING_VERSION] = {"version",
                         "The version is neither HTTP/1.0 nor HTTP/1.1 (RFC 9112 section 2.3)."},
    [FRAMING_STATUS] = {"status",
                        "The status code is not three digits from 100 on, followed by a space or "
                        "the line's end (RFC 9112 section 4)."},
    [FRAMING_LINE_END] =
        {"line_end", "A line ends in a CR or an LF alone, where only CRLF ends a line (RFC 9112 "
                     "section 2.2)."},
    [FRAMING_CONTROL_BYTE] = {"control_byte",
                              "A control byte stands in the reason or in a field's value (RFC 9110 "
                              "section 5.5)."},
    [FRAMING_FIELD_NAME] = {"field_name",
                            "A field's name holds a byte that names cannot hold (RFC 9110 section "
                            "5.1)."},
    [FRAMING_FIELD_SPACE] = {"field_space",
                             "White space stands between a field's name and its colon (RFC 9112 "
                             "section 5.1)."},
    [FRAMING_FIELD_COLON] = {"field_colon", "A field line has no colon (RFC 9112 section 5)."},
    [FRAMING_FIELD_FOLD] = {"field_fold",
                            "A field line begins with white space; folded lines are obsolete (RFC "
                            "9112 section 5.2)."},
    [FRAMING_LINE_LIMIT] = {"line_limit", "A line of the response is above 64 KiB."},
    [FRAMING_HEAD_LIMIT] = {"head_limit", "The head or the trailers are above 256 KiB."},
    [FRAMING_INTERIM_LIMIT] = {"interim_limit",
                               "More than 16 interim (1xx) responses came before a final one."},
    [FRAMING_LENGTH] = {"length",
                        "Content-Length is not a number of digits, or a list of them (RFC 9112 "
                        "section 6.3)."},
    [FRAMING_LENGTH_LIMIT] = {"length_limit",
                              "Content-Length is above 2^63 - 1 (RFC 9110 section 8.6)."},
    [FRAMING_LENGTH_CONFLICT] = {"length_conflict",
                                 "Two Content-Lengths differ (RFC 9112 section 6.3)."},
    [FRAMING_LENGTH_AND_CODING] = {"length_and_coding",
                                   "Content-Length and Transfer-Encoding stand in one response "
                                   "(RFC 9112 section 6.3)."},
    [FRAMING_CODING] = {"coding",
                        "Transfer-Encoding is not a list of codings (RFC 9112 section 6.1)."},
    [FRAMING_CODING_REPEATED] = {"coding_repeated",
                                 "Transfer-Encoding names chunked twice, or with parameters (RFC "
                                 "9112 sections 6.1 and 7.1)."},
    [FRAMING_CODING_VERSION] =
        {"coding_version", "An HTTP/1.0 response has Transfer-Encoding (RFC 9112 section 6.1)."},
    [FRAMING_CHUNK_SIZE] = {"chunk_size",
                            "A chunk's size is not hexadecimal digits, followed by CRLF or "
                            "extensions (RFC 9112 section 7.1)."},
    [FRAMING_CHUNK_LIMIT] = {"chunk_limit",
                             "A chunk's size is above 2^63 - 1 (RFC 9112 section 7.1)."},
    [FRAMING_CHUNK_EXTENSION] = {"chunk_extension",
                                 "A control byte stands in a chunk's extensions (RFC 9112 section "
                                 "7.1.1)."},
    [FRAMING_CHUNK_END] = {"chunk_end",
                           "A chunk's data is not followed by CRLF: its size is wrong (RFC 9112 "
                           "section 7.1)."},
    [FRAMING_CLOSED_UNANSWERED] = {"closed_unanswered",
                                   "The server closed the connection without an answer."},
    [FRAMING_CLOSED_EARLY] = {"closed_early",
                              "The server closed the connection inside a response (RFC 9112 "
                              "section 8)."},
};

const char *framing_name(enum framing_error error)
{
    CHECK(error, <, FRAMING_COUNT);
    return texts[error].name;
}

const char *framing_sentence(enum framing_error error)
{
    CHECK(error, <, FRAMING_COUNT);
    return texts[error].sentence;
}
