/* stub_request.c - a state a part of a request; each takes as many bytes at once as it can. */
#include "stub_request.h"

#include "check.h"
#include "scan.h"

#include <string.h>

enum state {
    BEFORE,
    METHOD,
    TARGET,
    VERSION,
    LINE_END,
    FIELD,
    NAME,
    VALUE,
    VALUE_END,
    HEAD_END,
    TRAILER,
    TRAILER_LINE,
    TRAILER_LINE_END,
    TRAILERS_END,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_END,
    CHUNK_DATA,
    CHUNK_DATA_END,
    CHUNK_DATA_LF,
    BODY,
    DONE,
    BAD
};

/* Those that framing needs come after HOST: their values are kept. */
enum field { OTHER, HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, EXPECT };

void stub_request_start(struct stub_request *r, struct stub_request_text *text)
{
    /* Not the two buffers, which their sizes empty. */
    memset(r, 0, offsetof(struct stub_request, word));
    r->text = text;
    if (text)
        text->method_size = text->target_size = text->body_size = 0;
}

bool stub_request_is_begun(const struct stub_request *r)
{
    return r->state != BEFORE;
}

/* How many bytes of a token, or of a line's text, come first. */
static size_t count_token(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && scan_is_token(bytes[at]))
        at++;
    return at;
}

static size_t count_text(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && scan_is_text(bytes[at]))
        at++;
    return at;
}

/* Refuses the request; every step that does so consumes nothing more. */
static size_t refuse(struct stub_request *r, uint16_t status, const char *error)
{
    r->state = BAD;
    r->status = status;
    r->error = error;
    return 0;
}

/* Takes the one byte that must come here. */
static size_t expect_byte(struct stub_request *r, const uint8_t *bytes, uint8_t byte,
                          enum state next)
{
    if (bytes[0] != byte)
        return refuse(r, 400, "a line does not end with CR and LF (RFC 9112 section 2.2)");
    r->state = (uint8_t)next;
    return 1;
}

/* Keeps up to `max` bytes of one of the text's three words; what went before is whole by then. */
static void keep(struct stub_request_text *text, uint32_t *kept, uint32_t max, const uint8_t *bytes,
                 size_t size)
{
    const size_t take = size < max - *kept ? size : max - *kept;
    memcpy(text->bytes + text->method_size + text->target_size + text->body_size, bytes, take);
    *kept += (uint32_t)take;
}

/* The states that take one certain byte, and where it leads. */
static const struct {
    uint8_t byte;
    uint8_t next;
} ends[] = {[LINE_END] = {'\n', FIELD},
            [TRAILER_LINE_END] = {'\n', TRAILER},
            [TRAILERS_END] = {'\n', DONE},
            [CHUNK_DATA_END] = {'\r', CHUNK_DATA_LF},
            [CHUNK_DATA_LF] = {'\n', CHUNK_SIZE}};

static size_t take_end(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    (void)size;
    return expect_byte(r, bytes, ends[r->state].byte, ends[r->state].next);
}

/* An empty line before a request is ignored (RFC 9112 section 2.2). */
static size_t take_before(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && (bytes[at] == '\r' || bytes[at] == '\n'))
        at++;
    if (at < size)
        r->state = METHOD;
    return at;
}

static size_t take_method(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t at = count_token(bytes, size);
    if (r->method_bytes + at > LIMIT_STUB_METHOD_MAX_BYTES)
        return refuse(r, 501, "the method is above 32 bytes");
    /* HEAD is recognised across a cut by what was matched of it so far. */
    for (size_t i = 0; i < at; i++) {
        const size_t place = r->method_bytes++;
        r->is_head_method =
            place < 4 && bytes[i] == "HEAD"[place] && (place == 0 || r->is_head_method);
    }
    if (r->text)
        keep(r->text, &r->text->method_size, LIMIT_STUB_METHOD_MAX_BYTES, bytes, at);
    if (at == size)
        return at;
    if (bytes[at] != ' ' || r->method_bytes == 0)
        return refuse(r, 400, "the first word is no method (RFC 9112 section 3)");
    r->is_head_method = r->is_head_method && r->method_bytes == 4;
    r->state = TARGET;
    return at + 1;
}

static size_t take_target(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && bytes[at] > ' ' && bytes[at] < 0x7f)
        at++;
    r->target_bytes += (uint32_t)at;
    if (r->target_bytes > LIMIT_URL_MAX_BYTES)
        return refuse(r, 414, "the target is above 8,192 bytes");
    if (r->text)
        keep(r->text, &r->text->target_size, r->text->target_max, bytes, at);
    if (at == size)
        return at;
    if (bytes[at] != ' ' || r->target_bytes == 0)
        return refuse(r, 400, "the target is empty or holds a byte that no URI has");
    r->state = VERSION;
    return at + 1;
}

static size_t take_version(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    static const char version[] = "HTTP/1.1";
    size_t at = 0;
    for (; at < size && r->word_bytes < sizeof version - 1; at++, r->word_bytes++) {
        const bool is_last = r->word_bytes == sizeof version - 2;
        if (is_last && bytes[at] == '0')
            r->is_http_1_0 = true;
        else if (bytes[at] != version[r->word_bytes])
            return refuse(r, r->word_bytes < 5 ? 400 : 505,
                          "the version is neither HTTP/1.1 nor HTTP/1.0");
    }
    if (at < size)
        return at + expect_byte(r, bytes + at, '\r', LINE_END);
    return at;
}

/* The start of a field's line, or the end of the head or of the trailers. */
static size_t take_field(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const bool is_trailer = r->state == TRAILER;
    (void)size;
    r->word_bytes = 0;
    r->value_bytes = 0;
    if (bytes[0] == '\r') {
        r->state = is_trailer ? TRAILERS_END : HEAD_END;
        return 1;
    }
    r->state = is_trailer ? TRAILER_LINE : NAME;
    return 0;
}

static enum field field_of_word(const struct stub_request *r)
{
    static const struct {
        const char *name;
        enum field field;
    } known[] = {{"host", HOST},
                 {"content-length", CONTENT_LENGTH},
                 {"transfer-encoding", TRANSFER_ENCODING},
                 {"connection", CONNECTION},
                 {"expect", EXPECT}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == r->word_bytes &&
            memcmp(known[i].name, r->word, r->word_bytes) == 0)
            return known[i].field;
    return OTHER;
}

static size_t take_name(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t at = count_token(bytes, size);
    /* A name that is too long for the buffer stays one byte too long for every known name. */
    for (size_t i = 0; i < at && r->word_bytes < sizeof r->word; i++)
        r->word[r->word_bytes++] = (char)scan_lower(bytes[i]);
    if (at == size)
        return at;
    if (bytes[at] != ':' || r->word_bytes == 0)
        return refuse(r, 400, "a field's name is not a token and a colon (RFC 9112 section 5)");
    r->field = (uint8_t)field_of_word(r);
    if (r->field == HOST && ++r->hosts > 1)
        return refuse(r, 400, "there are two Host fields (RFC 9112 section 3.2)");
    r->state = VALUE;
    return at + 1;
}

static size_t take_value(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t at = count_text(bytes, size);
    if (r->field > HOST) {
        size_t from = 0;
        while (r->value_bytes == 0 && from < at && scan_is_space(bytes[from]))
            from++;
        if (r->value_bytes + (at - from) > sizeof r->value)
            return refuse(r, 431, "a field that framing needs is above 128 bytes");
        memcpy(r->value + r->value_bytes, bytes + from, at - from);
        r->value_bytes = (uint8_t)(r->value_bytes + (at - from));
    }
    if (at == size)
        return at;
    return at + expect_byte(r, bytes + at, '\r', VALUE_END);
}

/* Is this the word, of lower case, whatever the case of the letters? */
static bool is_word(const char *word, const char *letters, size_t size)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (scan_lower((uint8_t)letters[i]) != (uint8_t)word[i])
            return false;
    return true;
}

static void read_length(struct stub_request *r)
{
    uint64_t length = 0;
    if (r->value_bytes == 0)
        refuse(r, 400, "Content-Length is empty (RFC 9110 section 8.6)");
    for (size_t i = 0; i < r->value_bytes; i++) {
        if (!scan_is_digit((uint8_t)r->value[i])) {
            refuse(r, 400, "Content-Length is not a number (RFC 9110 section 8.6)");
            return;
        }
        if (length <= LIMIT_BODY_MAX_BYTES)
            length = length * 10 + (uint64_t)(r->value[i] - '0');
    }
    if (r->has_length && length != r->left)
        refuse(r, 400, "there are two Content-Lengths that differ (RFC 9112 section 6.3)");
    else if (length > LIMIT_BODY_MAX_BYTES)
        refuse(r, 413, "the body is above 1 GiB");
    r->has_length = true;
    r->left = length;
}

/* Connection is a list of tokens (RFC 9110 section 7.6.1). */
static void read_connection(struct stub_request *r)
{
    const char *at = r->value;
    const char *const end = r->value + r->value_bytes;
    while (at < end) {
        size_t size = 0;
        while (at + size < end && at[size] != ',' && !scan_is_space((uint8_t)at[size]))
            size++;
        r->has_close |= is_word("close", at, size);
        r->has_keep_alive |= is_word("keep-alive", at, size);
        at += size + 1;
    }
}

static void read_value(struct stub_request *r)
{
    while (r->value_bytes > 0 && scan_is_space((uint8_t)r->value[r->value_bytes - 1]))
        r->value_bytes--;
    switch ((enum field)r->field) {
    case OTHER:
    case HOST: break;
    case CONTENT_LENGTH: read_length(r); break;
    case TRANSFER_ENCODING:
        if (r->has_chunked)
            refuse(r, 400, "there are two Transfer-Encodings");
        else if (!is_word("chunked", r->value, r->value_bytes))
            refuse(r, 501, "a transfer coding is not known: only chunked is");
        r->has_chunked = true;
        break;
    case CONNECTION: read_connection(r); break;
    case EXPECT:
        if (!is_word("100-continue", r->value, r->value_bytes))
            refuse(r, 417, "an expectation is not known: only 100-continue is");
        r->has_expect = true;
        break;
    }
}

static size_t take_value_end(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    (void)size;
    if (expect_byte(r, bytes, '\n', FIELD) == 0)
        return 0;
    read_value(r);
    return r->state == BAD ? 0 : 1;
}

/* The head is whole: which body follows is now known (RFC 9112 section 6.3). */
static size_t take_head_end(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    (void)size;
    if (expect_byte(r, bytes, '\n', DONE) == 0)
        return 0;
    if (r->hosts == 0 && !r->is_http_1_0)
        return refuse(r, 400, "there is no Host field (RFC 9112 section 3.2)");
    if (r->has_chunked && (r->has_length || r->is_http_1_0))
        return refuse(r, 400,
                      "Transfer-Encoding stands beside Content-Length or in HTTP/1.0 "
                      "(RFC 9112 section 6.1)");
    r->keep_alive = !r->has_close && (!r->is_http_1_0 || r->has_keep_alive);
    r->head_bytes = 0;
    if (r->has_chunked)
        r->state = CHUNK_SIZE;
    else if (r->left > 0)
        r->state = BODY;
    r->continue_due = r->has_expect && !r->is_http_1_0 && r->state != DONE;
    r->word_bytes = 0;
    return 1;
}

/* Looks for the body's first number. */
static void find_number(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (!r->has_number && at < size && !scan_is_digit(bytes[at]))
        at++;
    for (; at < size && scan_is_digit(bytes[at]) && (r->in_number || !r->has_number); at++) {
        r->number = r->number * 10 + (uint64_t)(bytes[at] - '0');
        r->has_number = true;
        r->in_number = true;
    }
    if (at < size)
        r->in_number = false;
}

/* Takes what belongs to the body, or the chunk, out of what came. */
static size_t take_data(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t take = size < r->left ? size : (size_t)r->left;
    r->continue_due = false;
    r->left -= take;
    r->body_bytes += take;
    find_number(r, bytes, take);
    if (r->text)
        keep(r->text, &r->text->body_size, r->text->body_max, bytes, take);
    return take;
}

static size_t take_body(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t take = take_data(r, bytes, size);
    if (r->left == 0)
        r->state = DONE;
    return take;
}

static size_t take_chunk_size(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    for (; at < size; at++, r->word_bytes = 1) {
        const uint8_t letter = scan_lower(bytes[at]);
        const int digit = scan_is_digit(letter)            ? letter - '0'
                          : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                           : -1;
        if (digit < 0)
            break;
        r->left = r->left * 16 + (uint64_t)digit;
        if (r->body_bytes + r->left > LIMIT_BODY_MAX_BYTES)
            return refuse(r, 413, "the body is above 1 GiB");
    }
    r->continue_due = false;
    if (at == size)
        return at;
    if (r->word_bytes == 0)
        return refuse(r, 400, "a chunk's size is not hexadecimal (RFC 9112 section 7.1)");
    r->state = CHUNK_EXTENSION;
    return at;
}

/* Extensions are skipped: white space or a semicolon begins them. */
static size_t take_chunk_extension(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    if (r->word_bytes == 1 && bytes[0] != '\r' && bytes[0] != ';' && !scan_is_space(bytes[0]))
        return refuse(r, 400, "a chunk's size is not hexadecimal (RFC 9112 section 7.1)");
    r->word_bytes = 2;
    const size_t at = count_text(bytes, size);
    if (at == size)
        return at;
    return at + expect_byte(r, bytes + at, '\r', CHUNK_SIZE_END);
}

static size_t take_chunk_size_end(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    (void)size;
    r->head_bytes = 0;
    r->word_bytes = 0;
    return expect_byte(r, bytes, '\n', r->left > 0 ? CHUNK_DATA : TRAILER);
}

static size_t take_chunk_data(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t take = take_data(r, bytes, size);
    if (r->left == 0)
        r->state = CHUNK_DATA_END;
    return take;
}

/* Trailers are skipped: none of them may change what was framed (RFC 9110 section 6.5.1). */
static size_t take_trailer_line(struct stub_request *r, const uint8_t *bytes, size_t size)
{
    const size_t at = count_text(bytes, size);
    if (at == size)
        return at;
    return at + expect_byte(r, bytes + at, '\r', TRAILER_LINE_END);
}

/* Indexed by state. Each takes size > 0 bytes and returns how many it consumed; one that consumes
 * none has changed the state. */
static size_t (*const steps[])(struct stub_request *r, const uint8_t *bytes, size_t size) = {
    [BEFORE] = take_before,
    [METHOD] = take_method,
    [TARGET] = take_target,
    [VERSION] = take_version,
    [LINE_END] = take_end,
    [FIELD] = take_field,
    [NAME] = take_name,
    [VALUE] = take_value,
    [VALUE_END] = take_value_end,
    [HEAD_END] = take_head_end,
    [TRAILER] = take_field,
    [TRAILER_LINE] = take_trailer_line,
    [TRAILER_LINE_END] = take_end,
    [TRAILERS_END] = take_end,
    [CHUNK_SIZE] = take_chunk_size,
    [CHUNK_EXTENSION] = take_chunk_extension,
    [CHUNK_SIZE_END] = take_chunk_size_end,
    [CHUNK_DATA] = take_chunk_data,
    [CHUNK_DATA_END] = take_end,
    [CHUNK_DATA_LF] = take_end,
    [BODY] = take_body,
};

/* Is this state one whose bytes are bounded by the limit of a head? */
static bool is_line(uint8_t state)
{
    return state != BODY && state != CHUNK_DATA;
}

enum stub_request_result stub_request_feed(struct stub_request *r, const uint8_t *bytes,
                                           size_t size, size_t *consumed)
{
    size_t at = 0;
    CHECK(r->state, <, DONE);
    while (r->state < DONE && at < size) {
        const bool line = is_line(r->state);
        const size_t taken = steps[r->state](r, bytes + at, size - at);
        at += taken;
        if (line)
            r->head_bytes += (uint32_t)taken;
        if (r->head_bytes > LIMIT_STUB_HEAD_MAX_BYTES && r->state != BAD)
            refuse(r, 431, "a head, a size line or the trailers are above 64 KiB");
    }
    *consumed = at;
    return r->state == DONE  ? STUB_REQUEST_DONE
           : r->state == BAD ? STUB_REQUEST_BAD
                             : STUB_REQUEST_MORE;
}
