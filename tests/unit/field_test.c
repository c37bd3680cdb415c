/* field_test.c - what field.c takes whole and what it takes by the byte must come to the same; what
 * the values mean is in tests/vectors/response-*.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check_caught.h"
#include "field.h"
#include "schema.h"

#include <string.h>

static enum field name_by_byte(const char *name)
{
    struct fields f;
    fields_start(&f);
    fields_name_start(&f);
    for (; *name; name++)
        fields_name_byte(&f, (uint8_t)*name);
    return fields_name_end(&f);
}

static void names_are_known_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(name_by_byte("Connection"), FIELD_CONNECTION);
    assert_int_equal(name_by_byte("CONTENT-LENGTH"), FIELD_CONTENT_LENGTH);
    assert_int_equal(name_by_byte("server-timing"), FIELD_SERVER_TIMING);
    assert_int_equal(name_by_byte("Transfer-encodinG"), FIELD_TRANSFER_ENCODING);
    assert_int_equal(name_by_byte("close"), FIELD_OTHER);
    assert_int_equal(name_by_byte("connectionconnectionconnection"), FIELD_OTHER);
}

/* Each known name with each of its bytes made every other token byte. */
static void names_are_known_whole_as_by_the_byte(void **state)
{
    (void)state;
    static const char *const names[] = {"connection",        "content-length", "server-timing",
                                        "transfer-encoding", "last-modified",  "x",
                                        "keep-alive"};
    static const char tokens[] = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`"
                                 "abcdefghijklmnopqrstuvwxyz|~";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[32];
        const size_t size = strlen(names[i]);
        for (size_t at = 0; at < size; at++) {
            for (const char *token = tokens; *token; token++) {
                memcpy(name, names[i], size + 1);
                name[at] = *token;
                assert_int_equal(field_of_name((const uint8_t *)name, size), name_by_byte(name));
            }
        }
    }
}

static void sizes_say_which_names_can_be_ours(void **state)
{
    (void)state;
    static const char text[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (size_t size = 1; size < sizeof text; size++) {
        assert_int_equal(field_has_size(size),
                         size == 10 || size == 13 || size == 14 || size == 17);
        assert_int_equal(field_of_name((const uint8_t *)text, size), FIELD_OTHER);
    }
}

/* What a head knows after a value; the state of the machine is nobody's business. */
static void assert_same(const struct fields *a, const struct fields *b)
{
    assert_int_equal(a->has_length, b->has_length);
    if (a->has_length)
        assert_int_equal(a->length, b->length);
    assert_int_equal(a->server_ns, b->server_ns);
    assert_int_equal(a->has_coding, b->has_coding);
    assert_int_equal(a->has_chunked, b->has_chunked);
    assert_int_equal(a->is_chunked, b->is_chunked);
    assert_int_equal(a->has_close, b->has_close);
    assert_int_equal(a->has_keep_alive, b->has_keep_alive);
    assert_int_equal(a->has_total, b->has_total);
}

static enum framing_error value_by_byte(struct fields *f, enum field field, const char *value,
                                        size_t size, size_t *at)
{
    fields_value_start(f, field);
    for (*at = 0; *at < size; ++*at) {
        const enum framing_error error = fields_value_byte(f, (uint8_t)value[*at]);
        if (error != FRAMING_OK)
            return error;
    }
    return fields_value_end(f);
}

/* Values made of pieces at random, one after the other into the same head, as long as they are
 * good. */
static void values_are_read_whole_as_by_the_byte(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "chunked", "close", "keep-alive", "total", ";dur=", "total;dur=",
        "12",      "3.5",   "0",          ",",     ";",     " ",
        "\t",      "\"",    "\\",         "=",     "x",     "9223372036854775807",
        "gzip",    "dur",   "1.",         "5"};
    unsigned seed = 1;
    struct fields whole, byte;
    fields_start(&whole);
    fields_start(&byte);
    int good = 0;
    for (int round = 0; round < 200000; round++) {
        char value[256] = "";
        const int count = rand_r(&seed) % 8;
        size_t consumed, at;
        for (int i = 0; i < count; i++)
            strcat(value, pieces[(size_t)rand_r(&seed) % (sizeof pieces / sizeof pieces[0])]);
        const enum field field = (enum field)(rand_r(&seed) % 5);
        const size_t size = strlen(value);
        const enum framing_error one =
            fields_value(&whole, field, (const uint8_t *)value, size, &consumed);
        assert_int_equal(one, value_by_byte(&byte, field, value, size, &at));
        assert_int_equal(consumed, at);
        if (one == FRAMING_OK)
            assert_same(&whole, &byte);
        good += one == FRAMING_OK;
        if (one != FRAMING_OK || rand_r(&seed) % 8 == 0) {
            fields_start(&whole);
            fields_start(&byte);
        }
    }
    assert_true(good > 50000); /* else the pieces make nothing but errors, and nothing is tested */
}

/* Server-Timing: a day is too long for a dur, and then there is none. */
static void a_time_beyond_its_limit_is_none(void **state)
{
    (void)state;
    static const char *const values[] = {"a;dur=1000000001", "a;dur=99999999999999", "a;dur=1000000000.1"};
    size_t consumed;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct fields f;
        fields_start(&f);
        fields_value(&f, FIELD_SERVER_TIMING, (const uint8_t *)values[i], strlen(values[i]), &consumed);
        fields_value_end(&f);
        assert_true(f.server_ns == SCHEMA_NS_NONE);
        fields_value(&f, FIELD_SERVER_TIMING, (const uint8_t *)"a;dur=1000000000", 16, &consumed);
        fields_value_end(&f);
        assert_int_equal(f.server_ns, 1000000000000000);
    }
}

static void misuse_is_caught(void **state)
{
    (void)state;
    struct fields f;
    fields_start(&f);
    f.state = UINT8_MAX;
    expect_assert_failure(fields_value_end(&f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_known_in_any_case),
        cmocka_unit_test(names_are_known_whole_as_by_the_byte),
        cmocka_unit_test(sizes_say_which_names_can_be_ours),
        cmocka_unit_test(values_are_read_whole_as_by_the_byte),
        cmocka_unit_test(a_time_beyond_its_limit_is_none),
        cmocka_unit_test(misuse_is_caught),
    };
    return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
