/* expect.h - what a response must be to count as good: its status, its size, a text in its body.
 * Bodies are searched as they come, in pieces of any size, and none is kept (Knuth, Morris, Pratt,
 * SIAM J. Comput. 6, 1977). Pure: no I/O, no clock, no allocation. */
#ifndef TARE_EXPECT_H
#define TARE_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECT_STATUSES_MAX 16
#define EXPECT_TEXTS_MAX 8
#define EXPECT_TEXT_MAX_BYTES 256
#define EXPECT_ERROR_MAX 512

/* One text that a body must hold, and where to go on after a byte that does not match. */
struct expect_text {
    uint8_t bytes[EXPECT_TEXT_MAX_BYTES];
    uint8_t back[EXPECT_TEXT_MAX_BYTES]; /* length of the longest border of the first i + 1 bytes */
    uint16_t size;
};

/* All that is asked of a target's responses. All zero: nothing. */
struct expect {
    struct {
        uint16_t first, last;
    } statuses[EXPECT_STATUSES_MAX];
    uint32_t statuses_count; /* 0: any status below 400 is good */
    struct expect_text texts[EXPECT_TEXTS_MAX];
    uint32_t texts_count;
    bool has_size;
    uint64_t size_min, size_max; /* bytes of content */
};

/* Which check a response failed first. */
enum expect_result { EXPECT_MET, EXPECT_STATUS, EXPECT_SIZE, EXPECT_BODY };
#define EXPECT_RESULTS (EXPECT_BODY + 1)

/* Reads one --expect: "status=200,201", "status=2xx", "status=200-299", "body~TEXT", "size=120" or
 * "size=100-200"; adds it to what is asked. Returns true; or false, with cause and remedy in error. */
bool expect_read(struct expect *expect, const char *text, char error[EXPECT_ERROR_MAX]);

/* Where a body's search stands: a place in each text. All zero: nothing was seen. */
struct expect_search {
    uint16_t at[EXPECT_TEXTS_MAX]; /* bytes of the text that match; its size: found */
};

/* Looks at the next piece of a body. */
void expect_feed(const struct expect *expect, struct expect_search *search, const uint8_t *bytes,
                 size_t size);

/* What a whole response came to. search: may be NULL where there are no texts. */
enum expect_result expect_judge(const struct expect *expect, const struct expect_search *search,
                                int status, uint64_t body_bytes);

/* "status", "size" or "body". Static storage. */
const char *expect_result_name(enum expect_result result);

#endif
