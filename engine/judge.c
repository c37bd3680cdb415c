/* judge.c - a search for each connection, begun anew with each response. */
#include "judge.h"

#include <errno.h>
#include <stdlib.h>

static void take(void *context, const uint8_t *bytes, size_t size)
{
    struct judge *judge = context;
    expect_feed(judge->expect, judge->searching, bytes, size);
}

int judge_open(struct judge *judge, const struct expect *expect, uint32_t connections)
{
    *judge = (struct judge){.expect = expect};
    if (!expect || expect->texts_count == 0)
        return 0;
    judge->searches = calloc(connections, sizeof *judge->searches);
    judge->sink = (struct sink){.take = take, .context = judge};
    return judge->searches ? 0 : -ENOMEM;
}

void judge_close(struct judge *judge)
{
    free(judge->searches);
    judge->searches = NULL;
}

const struct sink *judge_watch(struct judge *judge, const struct connection *c)
{
    if (__builtin_expect(!judge->searches, 1))
        return NULL;
    judge->searching = &judge->searches[c->slot];
    if (!response_begun(&c->response))
        *judge->searching = (struct expect_search){{0}};
    return &judge->sink;
}

/* What was asked for is good whatever its status. Where nothing is said of the status, one from 400 on has
 * the name that it always has. */
enum outcome judge_response(struct judge *judge, const struct connection *c)
{
    const struct response *r = &c->response;
    if (__builtin_expect(!judge->expect, 1))
        return outcome_of_status(r->status);
    const struct expect_search *seen = judge->searches ? &judge->searches[c->slot] : NULL;
    const enum expect_result result = expect_judge(judge->expect, seen, r->status, r->body_bytes);
    if (result == EXPECT_STATUS && judge->expect->statuses_count == 0)
        return outcome_of_status(r->status);
    judge->failed[result]++;
    return result == EXPECT_MET ? OUTCOME_OK : OUTCOME_UNEXPECTED;
}
