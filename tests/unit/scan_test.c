/* scan_test.c - the classes of bytes against the RFC's lists, and each scan against its definition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scan.h"
#include "vector.h"

/* RFC 9110 section 5.6.2. */
static const char tokens[] =
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void classes_hold_what_the_rfc_lists(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const uint8_t b = (uint8_t)byte;
        assert_int_equal(scan_is_token(b), byte != 0 && strchr(tokens, byte) != NULL);
        assert_int_equal(scan_is_text(b), byte == 9 || (byte >= 32 && byte != 127));
        assert_int_equal(scan_is_space(b), byte == 9 || byte == 32);
        assert_int_equal(scan_is_digit(b), byte >= 48 && byte <= 57);
        assert_int_equal(scan_lower(b), byte >= 65 && byte <= 90 ? byte + 32 : byte);
    }
}

/* Every byte, at every place, with every size up to two vectors and a half. */
static void scans_stop_at_the_first_byte_of_another_class(void **state)
{
    (void)state;
    struct guard guard = guard_open(64);
    uint8_t bytes[40];
    for (size_t size = 0; size <= sizeof bytes; size++) {
        for (size_t at = 0; at < size; at++) {
            for (int byte = 0; byte < 256; byte++) {
                memset(bytes, 'a', size);
                bytes[at] = (uint8_t)byte;
                const uint8_t *placed = guard_place(&guard, bytes, size);
                assert_int_equal(scan_text(placed, size), scan_is_text((uint8_t)byte) ? size : at);
                assert_int_equal(scan_token(placed, size),
                                 scan_is_token((uint8_t)byte) ? size : at);
                assert_int_equal(scan_name(placed, size), scan_is_token((uint8_t)byte) ? size : at);
            }
        }
        assert_int_equal(scan_name(guard_place(&guard, bytes, 0), 0), 0);
    }
    guard_close(&guard);
}

/* What scan_line is to find, looked for byte by byte. */
static const uint8_t *line_end(const uint8_t *line, const uint8_t *end)
{
    while (line < end && line[0] >= 0x20 && line[0] != 0x7f)
        line++;
    return end - line >= 2 && line[0] == '\r' && line[1] == '\n' ? line : NULL;
}

/* Random lines, mostly good, of sizes that put CR and LF to both sides of each border. */
static void lines_are_found_wherever_their_blocks_end(void **state)
{
    (void)state;
    struct guard guard = guard_open(1024);
    unsigned seed = 1;
    size_t found = 0;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[1024];
        size_t size = 0;
        while (size < 400) {
            const size_t text = (size_t)rand_r(&seed) % 70;
            for (size_t i = 0; i < text; i++) /* a space, letters, obs-text */
                bytes[size + i] = (uint8_t) " azAZ~\x80\xff"[rand_r(&seed) % 8];
            size += text;
            const int kind = rand_r(&seed) % 40;
            memcpy(bytes + size,
                   kind == 0   ? "\n\n"
                   : kind == 1 ? "\rx"
                   : kind == 2 ? "\t\x7f"
                               : "\r\n",
                   2);
            size += 2;
        }
        size = (size_t)rand_r(&seed) % size;
        const uint8_t *line = guard_place(&guard, bytes, size);
        const uint8_t *end = line + size;
        struct scan scan = scan_start(line, size);
        for (;;) {
            const uint8_t *cr = scan_line(&scan, line);
            assert_ptr_equal(cr, line_end(line, end));
            if (!cr)
                break;
            line = cr + 2;
            found++;
        }
    }
    guard_close(&guard);
    assert_true(found > 50000); /* else nothing was tested */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_hold_what_the_rfc_lists),
        cmocka_unit_test(scans_stop_at_the_first_byte_of_another_class),
        cmocka_unit_test(lines_are_found_wherever_their_blocks_end),
    };
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
