/* judge.h - what a whole response came to: by its status alone, or by what --expect asks of it. */
#ifndef TARE_JUDGE_H
#define TARE_JUDGE_H

#include "connection.h"
#include "expect.h"
#include "outcome.h"
#include "sink.h"

/* Of one thread. All zeros: nothing is asked, and nothing costs anything. */
struct judge {
    const struct expect *expect;     /* borrowed; NULL: nothing is asked */
    struct expect_search *searches;  /* owned, one a connection; NULL: no text is asked for */
    struct expect_search *searching; /* that of the response which is being fed */
    struct sink sink;
    uint64_t failed[EXPECT_RESULTS]; /* responses by the check that they failed first */
};

/* Makes ready for `connections` responses at a time. expect: borrowed; NULL: nothing is asked. Returns 0 or
 * -ENOMEM. */
int judge_open(struct judge *judge, const struct expect *expect, uint32_t connections);
void judge_close(struct judge *judge);

/* Where the content of the connection's response is to go while it is fed; NULL: nobody wants to see it. */
const struct sink *judge_watch(struct judge *judge, const struct connection *connection);

/* Is content looked at? Then none of it may be thrown away unseen. */
static inline bool judge_needs_content(const struct judge *judge)
{
    return judge->searches != NULL;
}

/* The outcome of the connection's response, which is whole; a check that failed is counted. */
enum outcome judge_response(struct judge *judge, const struct connection *connection);

#endif
