/* field.c - one byte-wise machine for digits (Content-Length) and one for lists (the other three).
 * A list is word *( ";" parameter [ "=" value ] ), separated by commas; what a word, a parameter or
 * a value means is asked where it ends. */
#include "field.h"

#include "check.h"
#include "scan.h"
#include "schema.h"

#include <string.h>

/* The words that mean something, names and values. Zero-filled, so that a word that is longer than
 * all of them matches none. */
enum word {
    WORD_CONNECTION,
    WORD_CONTENT_LENGTH,
    WORD_SERVER_TIMING,
    WORD_TRANSFER_ENCODING,
    WORD_CLOSE,
    WORD_KEEP_ALIVE,
    WORD_CHUNKED,
    WORD_TOTAL,
    WORD_DUR,
    WORD_COUNT
};

#define WORD_BYTES 18
static const char words[WORD_COUNT][WORD_BYTES] = {
    [WORD_CONNECTION] = "connection",
    [WORD_CONTENT_LENGTH] = "content-length",
    [WORD_SERVER_TIMING] = "server-timing",
    [WORD_TRANSFER_ENCODING] = "transfer-encoding",
    [WORD_CLOSE] = "close",
    [WORD_KEEP_ALIVE] = "keep-alive",
    [WORD_CHUNKED] = "chunked",
    [WORD_TOTAL] = "total",
    [WORD_DUR] = "dur",
};

enum state {
    STATE_LENGTH_BEFORE, /* a digit must come */
    STATE_LENGTH,
    STATE_LENGTH_AFTER, /* white space behind the digits */
    STATE_WORD_BEFORE,
    STATE_WORD,
    STATE_WORD_AFTER, /* white space behind the word */
    STATE_PARAMETER_BEFORE,
    STATE_PARAMETER,
    STATE_PARAMETER_AFTER,
    STATE_VALUE_BEFORE,
    STATE_VALUE,
    STATE_VALUE_AFTER, /* white space, or a quoted value's end */
    STATE_QUOTED,
    STATE_QUOTED_PAIR, /* the byte behind a backslash */
    STATE_OTHER
};

/* Decimals of a dur: none before the point, then one more than were read. */
#define DECIMALS_MAX 6
enum {
    DUR_EMPTY = 0,
    DUR_WHOLE = 1,
    DUR_POINT = 2,
    DUR_FULL = DUR_POINT + DECIMALS_MAX,
    DUR_BROKEN
};

/* Above this a dur is no latency: it is 10^6 s in ns. */
#define DUR_MAX_NS 1000000000000000u

/* The words that can stand in each place. */
#define BIT(word) (1u << (word))
#define WORDS_NAMES                                                                                \
    (BIT(WORD_CONNECTION) | BIT(WORD_CONTENT_LENGTH) | BIT(WORD_SERVER_TIMING) |                   \
     BIT(WORD_TRANSFER_ENCODING))
#define WORDS_MEMBERS (BIT(WORD_CLOSE) | BIT(WORD_KEEP_ALIVE) | BIT(WORD_CHUNKED) | BIT(WORD_TOTAL))
#define WORDS_PARAMETERS BIT(WORD_DUR)

static void word_start(struct fields *f, unsigned candidates)
{
    f->words = (uint16_t)candidates;
    f->word_bytes = 0;
}

static void word_byte(struct fields *f, uint8_t byte)
{
    const uint8_t lower = scan_lower(byte);
    if (f->word_bytes == WORD_BYTES)
        return;
    for (unsigned left = f->words; left != 0; left &= left - 1) {
        const int word = __builtin_ctz(left);
        if ((uint8_t)words[word][f->word_bytes] != lower)
            f->words = (uint16_t)(f->words & ~(1u << word));
    }
    f->word_bytes++;
}

/* Nothing that follows makes this word a known one. */
static void word_spoil(struct fields *f)
{
    f->words = 0;
}

/* Are the bytes so far exactly this word? What is no NUL and was not excluded ends inside the word.
 */
static bool word_is(const struct fields *f, enum word word)
{
    return (f->words >> word & 1) != 0 && words[word][f->word_bytes] == '\0';
}

void fields_start(struct fields *f)
{
    *f = (struct fields){.server_ns = SCHEMA_NS_NONE};
}

static uint64_t load_8(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Compares a token of 8 bytes or more with a word as long: the first 8 bytes, the last, and those
 * between. 0x20 makes a capital small, and makes no other byte of a token a letter or '-'. */
static bool name_is(const uint8_t *name, enum word word, size_t size)
{
    const uint64_t small = 0x2020202020202020u;
    const size_t last = size - 8;
    const size_t middle = last < 8 ? last : 8;
    return (load_8(name) | small) == load_8(words[word]) &&
           (load_8(name + middle) | small) == load_8(words[word] + middle) &&
           (load_8(name + last) | small) == load_8(words[word] + last);
}

enum field field_of_name(const uint8_t *name, size_t size)
{
    switch (size) {
    case sizeof "connection" - 1:
        return name_is(name, WORD_CONNECTION, size) ? FIELD_CONNECTION : FIELD_OTHER;
    case sizeof "content-length" - 1:
        return name_is(name, WORD_CONTENT_LENGTH, size) ? FIELD_CONTENT_LENGTH : FIELD_OTHER;
    case sizeof "server-timing" - 1:
        return name_is(name, WORD_SERVER_TIMING, size) ? FIELD_SERVER_TIMING : FIELD_OTHER;
    case sizeof "transfer-encoding" - 1:
        return name_is(name, WORD_TRANSFER_ENCODING, size) ? FIELD_TRANSFER_ENCODING : FIELD_OTHER;
    }
    return FIELD_OTHER;
}

void fields_name_start(struct fields *f)
{
    word_start(f, WORDS_NAMES);
}

void fields_name_byte(struct fields *f, uint8_t byte)
{
    word_byte(f, byte);
}

enum field fields_name_end(const struct fields *f)
{
    if (word_is(f, WORD_CONNECTION))
        return FIELD_CONNECTION;
    if (word_is(f, WORD_CONTENT_LENGTH))
        return FIELD_CONTENT_LENGTH;
    if (word_is(f, WORD_SERVER_TIMING))
        return FIELD_SERVER_TIMING;
    if (word_is(f, WORD_TRANSFER_ENCODING))
        return FIELD_TRANSFER_ENCODING;
    return FIELD_OTHER;
}

static enum framing_error other_byte(struct fields *f, uint8_t byte)
{
    (void)f;
    (void)byte;
    return FRAMING_OK;
}

static enum framing_error length_commit(struct fields *f)
{
    if (f->has_length && f->length != f->number)
        return FRAMING_LENGTH_CONFLICT;
    f->has_length = true;
    f->length = f->number;
    f->number = 0;
    return FRAMING_OK;
}

static enum framing_error length_digit(struct fields *f, uint8_t byte)
{
    const uint64_t digit = (uint64_t)(byte - '0');
    if (f->state == STATE_LENGTH_AFTER)
        return FRAMING_LENGTH;
    if (f->number > ((uint64_t)INT64_MAX - digit) / 10)
        return FRAMING_LENGTH_LIMIT;
    f->number = f->number * 10 + digit;
    f->state = STATE_LENGTH;
    return FRAMING_OK;
}

/* Several equal lengths in a list are one (RFC 9112 section 6.3, rule 5); an empty member is not.
 */
static enum framing_error length_byte(struct fields *f, uint8_t byte)
{
    if (scan_is_digit(byte))
        return length_digit(f, byte);
    if (f->state == STATE_LENGTH_BEFORE)
        return scan_is_space(byte) ? FRAMING_OK : FRAMING_LENGTH;
    if (byte == ',') {
        f->state = STATE_LENGTH_BEFORE;
        return length_commit(f);
    }
    f->state = STATE_LENGTH_AFTER;
    return scan_is_space(byte) ? FRAMING_OK : FRAMING_LENGTH;
}

/* A coding was named: chunked, once, or another (RFC 9112 section 6.1). */
static enum framing_error coding_end(struct fields *f)
{
    const bool is_chunked = word_is(f, WORD_CHUNKED);
    if (f->word_bytes == 0)
        return FRAMING_CODING;
    if (is_chunked && f->has_chunked)
        return FRAMING_CODING_REPEATED;
    f->has_coding = true;
    f->has_chunked = f->has_chunked || is_chunked;
    f->is_chunked = is_chunked;
    return FRAMING_OK;
}

/* A list's word ended. */
static enum framing_error word_end(struct fields *f)
{
    if (f->field == FIELD_TRANSFER_ENCODING)
        return coding_end(f);
    if (f->field == FIELD_CONNECTION) {
        f->has_close = f->has_close || word_is(f, WORD_CLOSE);
        f->has_keep_alive = f->has_keep_alive || word_is(f, WORD_KEEP_ALIVE);
        return FRAMING_OK;
    }
    f->is_total = word_is(f, WORD_TOTAL);
    f->has_dur = false;
    return FRAMING_OK;
}

/* A parameter's name ended in '='. Of several dur in one metric the first counts. */
static void parameter_end(struct fields *f)
{
    f->is_dur = f->field == FIELD_SERVER_TIMING && word_is(f, WORD_DUR) && !f->has_dur;
    f->has_dur = f->has_dur || f->is_dur;
    f->decimals = DUR_EMPTY;
    f->number = 0;
}

/* A byte of a dur: milliseconds with decimals, kept in ns; digits behind the sixth are below a ns.
 */
static void dur_byte(struct fields *f, uint8_t byte)
{
    if (byte == '.' && f->decimals == DUR_WHOLE) {
        f->decimals = DUR_POINT;
    } else if (!scan_is_digit(byte) || f->number > DUR_MAX_NS) {
        f->decimals = DUR_BROKEN;
    } else if (f->decimals < DUR_FULL) {
        f->number = f->number * 10 + (uint64_t)(byte - '0');
        f->decimals = f->decimals < DUR_POINT ? DUR_WHOLE : (uint8_t)(f->decimals + 1);
    }
}

/* A parameter's value ended. What is no time is no framing error: the metric then has no dur. */
static void value_end(struct fields *f)
{
    const int unread = f->decimals < DUR_POINT ? DECIMALS_MAX : DUR_FULL - f->decimals;
    if (!f->is_dur || f->decimals == DUR_EMPTY || f->decimals == DUR_BROKEN)
        return;
    f->is_dur = false;
    for (int i = 0; i < unread && f->number <= DUR_MAX_NS; i++)
        f->number *= 10;
    if (f->number > DUR_MAX_NS)
        return;
    if (f->is_total ? !f->has_total : f->server_ns == SCHEMA_NS_NONE)
        f->server_ns = (int64_t)f->number;
    f->has_total = f->has_total || f->is_total;
}

/* A new member of the list, or a new parameter of this one. */
static enum framing_error separator(struct fields *f, uint8_t byte)
{
    const bool is_coding = f->field == FIELD_TRANSFER_ENCODING;
    f->state = byte == ',' ? STATE_WORD_BEFORE : STATE_PARAMETER_BEFORE;
    word_start(f, byte == ',' ? WORDS_MEMBERS : WORDS_PARAMETERS);
    return byte == ';' && is_coding && f->is_chunked ? FRAMING_CODING_REPEATED : FRAMING_OK;
}

/* In front of, in and behind a list's word. */
static enum framing_error list_word_byte(struct fields *f, uint8_t byte)
{
    const bool separates = byte == ',' || byte == ';';
    const bool is_coding = f->field == FIELD_TRANSFER_ENCODING;
    if (f->state == STATE_WORD_BEFORE) {
        if (scan_is_space(byte) || byte == ',') /* empty members are ignored, RFC 9110 5.6.1.2 */
            return FRAMING_OK;
        f->state = STATE_WORD;
    }
    if (separates) {
        const enum framing_error broken = word_end(f);
        return broken != FRAMING_OK ? broken : separator(f, byte);
    }
    if (scan_is_space(byte)) {
        f->state = STATE_WORD_AFTER;
        return FRAMING_OK;
    }
    if (is_coding && (f->state == STATE_WORD_AFTER || !scan_is_token(byte)))
        return FRAMING_CODING;
    if (f->state == STATE_WORD_AFTER)
        word_spoil(f);
    word_byte(f, byte);
    return FRAMING_OK;
}

/* In front of, in and behind a parameter's name. */
static enum framing_error list_parameter_byte(struct fields *f, uint8_t byte)
{
    if (byte == ',' || byte == ';')
        return separator(f, byte);
    if (byte == '=') {
        parameter_end(f);
        f->state = STATE_VALUE_BEFORE;
    } else if (scan_is_space(byte)) {
        f->state = f->state == STATE_PARAMETER ? STATE_PARAMETER_AFTER : f->state;
    } else {
        if (f->state == STATE_PARAMETER_AFTER)
            word_spoil(f);
        f->state = STATE_PARAMETER;
        word_byte(f, byte);
    }
    return FRAMING_OK;
}

/* In front of, in and behind a parameter's value. */
static enum framing_error list_value_byte(struct fields *f, uint8_t byte)
{
    if (byte == ',' || byte == ';') {
        value_end(f);
        return separator(f, byte);
    }
    if (scan_is_space(byte)) {
        f->state = f->state == STATE_VALUE ? STATE_VALUE_AFTER : f->state;
    } else if (byte == '"' && f->state == STATE_VALUE_BEFORE) {
        f->state = STATE_QUOTED;
    } else {
        if (f->state == STATE_VALUE_AFTER)
            f->decimals = DUR_BROKEN;
        f->state = STATE_VALUE;
        dur_byte(f, byte);
    }
    return FRAMING_OK;
}

static enum framing_error list_quoted_byte(struct fields *f, uint8_t byte)
{
    if (f->state == STATE_QUOTED_PAIR) {
        f->state = STATE_QUOTED;
        dur_byte(f, byte);
    } else if (byte == '\\') {
        f->state = STATE_QUOTED_PAIR;
    } else if (byte == '"') {
        f->state = STATE_VALUE_AFTER;
    } else {
        dur_byte(f, byte);
    }
    return FRAMING_OK;
}

void fields_value_start(struct fields *f, enum field field)
{
    static const uint8_t starts[] = {
        [FIELD_OTHER] = STATE_OTHER,
        [FIELD_CONNECTION] = STATE_WORD_BEFORE,
        [FIELD_CONTENT_LENGTH] = STATE_LENGTH_BEFORE,
        [FIELD_SERVER_TIMING] = STATE_WORD_BEFORE,
        [FIELD_TRANSFER_ENCODING] = STATE_WORD_BEFORE,
    };
    f->field = (uint8_t)field;
    f->number = 0;
    word_start(f, WORDS_MEMBERS);
    f->state = starts[field];
}

enum framing_error fields_value_byte(struct fields *f, uint8_t byte)
{
    static enum framing_error (*const takers[])(struct fields *, uint8_t) = {
        [STATE_OTHER] = other_byte,
        [STATE_LENGTH_BEFORE] = length_byte,
        [STATE_LENGTH] = length_byte,
        [STATE_LENGTH_AFTER] = length_byte,
        [STATE_WORD_BEFORE] = list_word_byte,
        [STATE_WORD] = list_word_byte,
        [STATE_WORD_AFTER] = list_word_byte,
        [STATE_PARAMETER_BEFORE] = list_parameter_byte,
        [STATE_PARAMETER] = list_parameter_byte,
        [STATE_PARAMETER_AFTER] = list_parameter_byte,
        [STATE_VALUE_BEFORE] = list_value_byte,
        [STATE_VALUE] = list_value_byte,
        [STATE_VALUE_AFTER] = list_value_byte,
        [STATE_QUOTED] = list_quoted_byte,
        [STATE_QUOTED_PAIR] = list_quoted_byte,
    };
    return takers[f->state](f, byte);
}

enum framing_error fields_value_end(struct fields *f)
{
    const bool is_coding = f->field == FIELD_TRANSFER_ENCODING;
    switch ((enum state)f->state) {
    case STATE_LENGTH_BEFORE: return FRAMING_LENGTH;
    case STATE_LENGTH:
    case STATE_LENGTH_AFTER: return length_commit(f);
    case STATE_WORD:
    case STATE_WORD_AFTER: return word_end(f);
    case STATE_VALUE_BEFORE:
    case STATE_VALUE:
    case STATE_VALUE_AFTER: value_end(f); return FRAMING_OK;
    case STATE_WORD_BEFORE: /* a Transfer-Encoding that names nothing leaves the framing in doubt */
        return is_coding && !f->has_coding ? FRAMING_CODING : FRAMING_OK;
    case STATE_QUOTED:
    case STATE_QUOTED_PAIR: return is_coding ? FRAMING_CODING : FRAMING_OK;
    case STATE_OTHER:
    case STATE_PARAMETER_BEFORE:
    case STATE_PARAMETER:
    case STATE_PARAMETER_AFTER: return FRAMING_OK;
    }
    check_failed(__FILE__, __LINE__, "fields_value_end without a start", f->state, STATE_OTHER);
}

/* Content-Length as nearly all have it: the field's first, and digits alone. */
static bool length_is_plain(struct fields *f, const uint8_t *value, size_t size)
{
    uint64_t length = 0;
    if (f->has_length || size == 0 || size > 18)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!scan_is_digit(value[i]))
            return false;
        length = length * 10 + (uint64_t)(value[i] - '0');
    }
    f->has_length = true;
    f->length = length;
    return true;
}

/* Is the value, as nearly all are, one that needs no machine? Then its meaning is noted. */
static bool value_is_common(struct fields *f, const uint8_t *value, size_t size)
{
    if (f->field == FIELD_CONTENT_LENGTH)
        return length_is_plain(f, value, size);
    if (f->field == FIELD_CONNECTION && size == 10 && memcmp(value, "keep-alive", 10) == 0) {
        f->has_keep_alive = true;
        return true;
    }
    if (f->field == FIELD_TRANSFER_ENCODING && size == 7 && memcmp(value, "chunked", 7) == 0 &&
        !f->has_chunked) {
        f->has_coding = f->has_chunked = f->is_chunked = true;
        return true;
    }
    return false;
}

/* Puts the machine where it would be behind "total;dur=". Returns the bytes that this spares. */
static size_t value_skip(struct fields *f, const uint8_t *value, size_t size)
{
    static const char total[] = "total;dur=";
    const size_t skipped = sizeof total - 1;
    if (f->field != FIELD_SERVER_TIMING || size < skipped || memcmp(value, total, skipped) != 0)
        return 0;
    f->is_total = f->has_dur = f->is_dur = true;
    f->decimals = DUR_EMPTY;
    f->state = STATE_VALUE_BEFORE;
    return skipped;
}

enum framing_error fields_value(struct fields *f, enum field field, const uint8_t *value,
                                size_t size, size_t *consumed)
{
    size_t at = 0;
    *consumed = size;
    fields_value_start(f, field);
    while (at < size && scan_is_space(value[at]))
        at++;
    if (value_is_common(f, value + at, size - at))
        return FRAMING_OK;
    for (at += value_skip(f, value + at, size - at); at < size; at++) {
        const enum framing_error broken = fields_value_byte(f, value[at]);
        if (broken != FRAMING_OK) {
            *consumed = at;
            return broken;
        }
    }
    return fields_value_end(f);
}
