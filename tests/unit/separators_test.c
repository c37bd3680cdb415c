/* Separators are found where a look at every byte finds them: at every size, density and offset. */
#include "separators.h"

#include "random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Holds separators_find() against a look at every byte. The block ends at zeros, as promised. */
static void check_block(const char *bytes, uint32_t size)
{
    char *block = calloc(1, size + SEPARATORS_STEP_BYTES);
    uint32_t *both = malloc((size + SEPARATORS_SPARE) * sizeof *both);
    uint32_t *newlines = malloc((size + SEPARATORS_SPARE) * sizeof *newlines);
    size_t newline_count = 0;
    size_t b = 0;
    size_t n = 0;
    memcpy(block, bytes, size);
    const size_t count = separators_find(block, size, both, newlines, &newline_count);
    for (uint32_t i = 0; i < size; i++) {
        if (block[i] != ',' && block[i] != '\n')
            continue;
        assert_true(b < count);
        assert_int_equal(both[b++], i);
        if (block[i] != '\n')
            continue;
        assert_true(n < newline_count);
        assert_int_equal(newlines[n++], i);
    }
    assert_int_equal(b, count);
    assert_int_equal(n, newline_count);
    free(block);
    free(both);
    free(newlines);
}

static void every_size_and_density_is_searched(void **state)
{
    (void)state;
    static const char alphabet[] = ",\n0123456789ab\xac\x8a-\0";
    char bytes[400];
    uint64_t seed = 1;
    for (uint32_t size = 0; size <= 300; size++)
        for (uint64_t density = 1; density <= 8; density++) {
            for (uint32_t i = 0; i < size; i++) {
                const uint64_t dice = random_next(&seed);
                bytes[i] = dice % 8 < density ? alphabet[(dice >> 8) % 2]
                                              : alphabet[2 + (dice >> 8) % (sizeof alphabet - 2)];
            }
            check_block(bytes, size);
        }
}

static void separators_alone_are_all_found(void **state)
{
    (void)state;
    char bytes[256];
    memset(bytes, ',', sizeof bytes);
    check_block(bytes, sizeof bytes);
    memset(bytes, '\n', sizeof bytes);
    check_block(bytes, sizeof bytes);
    memset(bytes, 'x', sizeof bytes);
    check_block(bytes, sizeof bytes);
}

/* Bytes that differ from a separator in one bit are none. */
static void every_other_byte_is_none(void **state)
{
    (void)state;
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    check_block(bytes, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_and_density_is_searched),
        cmocka_unit_test(separators_alone_are_all_found),
        cmocka_unit_test(every_other_byte_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
