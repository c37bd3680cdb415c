/* frame.c - says how our parser frames responses, so that another parser can be held against it. From
 * stdin: a byte of options (bit 0: they answer HEAD; bit 1: the server then closes), four bytes of size
 * (little-endian), as many bytes; again and again. To stdout a line each, what the first final response
 * came to: "done STATUS BODY_BYTES keep-alive|close CONSUMED", "more" or "bad RULE". */
#include "response.h"

#include <stdio.h>
#include <stdlib.h>

static void say(struct response *r, const uint8_t *bytes, uint32_t size, unsigned options)
{
    size_t consumed = 0;
    response_start(r, options & 1);
    enum response_result result = response_feed(r, bytes, size, &consumed);
    if (result == RESPONSE_MORE && (options & 2))
        result = response_end(r);
    switch (result) {
    case RESPONSE_MORE: puts("more"); break;
    case RESPONSE_BAD: printf("bad %s\n", framing_name((enum framing_error)r->error)); break;
    case RESPONSE_DONE:
        printf("done %u %llu %s %zu\n", r->status, (unsigned long long)r->body_bytes,
               r->keep_alive ? "keep-alive" : "close", consumed);
        break;
    }
}

int main(void)
{
    uint8_t head[5];
    struct response response;
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        const uint32_t size = (uint32_t)head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 |
                              (uint32_t)head[4] << 24;
        uint8_t *bytes = malloc(size + 1);
        if (!bytes || fread(bytes, 1, size, stdin) != size)
            return 1;
        say(&response, bytes, size, head[0]);
        free(bytes);
    }
    return 0;
}
