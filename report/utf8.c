/* utf8.c - decoding, strictly, and encoding. */
#include "utf8.h"

uint32_t utf8_next(const char **at)
{
    const unsigned char *bytes = (const unsigned char *)*at;
    const uint32_t first = bytes[0];
    const int more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t value = more == 0 ? first : first & (0x3fu >> more);
    (*at)++;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4))
        return UTF8_REPLACEMENT;
    for (int i = 1; i <= more; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return UTF8_REPLACEMENT;
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return UTF8_REPLACEMENT;
    *at += more;
    return value;
}

size_t utf8_encode(uint32_t value, char bytes[4])
{
    if (value < 0x80) {
        bytes[0] = (char)value;
        return 1;
    }
    const size_t size = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; value >>= 6)
        bytes[i] = (char)(0x80 | (value & 0x3f));
    bytes[0] = (char)((0xf00u >> size & 0xf0) | value);
    return size;
}

bool utf8_is_control(uint32_t value)
{
    return value < 0x20 || (value >= 0x7f && value < 0xa0);
}
