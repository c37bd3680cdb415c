/* again.c - a heap of those that wait (Williams, Algorithm 232, CACM 7, 1964). */
#include "again.h"

#include "exchange.h"
#include "journal.h"
#include "lifetime.h"
#include "random.h"
#include "retry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int again_open(struct worker *w, uint32_t connections)
{
    if (!w->shared->config->retry)
        return 0;
    struct again *again = w->again = calloc(1, sizeof *again);
    if (!again)
        return -ENOMEM;
    again->room = LIMIT_RETRIES_WAITING;
    again->heap = malloc(again->room * sizeof *again->heap);
    again->captures = calloc(connections, sizeof *again->captures);
    if (!again->heap || !again->captures)
        return -ENOMEM;
    memset(again->heap, 0, again->room * sizeof *again->heap); /* so that no page is missing later */
    return 0;
}

void again_close(struct worker *w)
{
    if (!w->again)
        return;
    free(w->again->heap);
    free(w->again->captures);
    free(w->again);
    w->again = NULL;
}

void again_watch(struct worker *w, const struct connection *c, const uint8_t *bytes, size_t size)
{
    struct capture *capture = &w->again->captures[c->slot];
    if (!response_begun(&c->response))
        capture_start(capture);
    if (!c->response.head_seen)
        capture_feed(capture, bytes, size);
}

/* ---- the heap ---- */

static void swap(struct again_entry *a, struct again_entry *b)
{
    const struct again_entry kept = *a;
    *a = *b;
    *b = kept;
}

static void push(struct again *again, const struct again_entry *entry)
{
    struct again_entry *heap = again->heap;
    uint32_t at = again->count++;
    heap[at] = *entry;
    for (; at > 0 && heap[(at - 1) / 2].due_ns > heap[at].due_ns; at = (at - 1) / 2)
        swap(&heap[(at - 1) / 2], &heap[at]);
}

static struct again_entry pop(struct again *again)
{
    struct again_entry *heap = again->heap;
    const struct again_entry first = heap[0];
    uint32_t at = 0, least = 0;
    heap[0] = heap[--again->count];
    do {
        at = least;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < again->count; child++)
            least = heap[child].due_ns < heap[least].due_ns ? child : least;
        swap(&heap[at], &heap[least]);
    } while (least != at);
    return first;
}

/* ---- deciding ---- */

/* The server's word, if it gave one with this answer, else a draw that depends on the attempt alone. */
static int64_t find_pause(const struct worker *w, const struct connection *c, const struct place *place,
                          enum outcome outcome)
{
    const struct retry_policy *policy = w->shared->config->retry;
    const struct capture *capture = &w->again->captures[c->slot];
    uint64_t random = random_mix(w->shared->config->seed ^
                                 random_mix(place->request * 64 + place->attempt + 1));
    int64_t pause_ns;
    if (outcome_is_answered(outcome) && capture->retry_after_size > 0 &&
        capture->retry_after_size <= sizeof capture->retry_after &&
        retry_read_after(capture->retry_after, capture->retry_after_size,
                         clock_wall().ns / NS_PER_S, &pause_ns))
        return pause_ns < policy->cap_ns ? pause_ns : policy->cap_ns;
    return retry_pause_ns(policy, place->attempt, &random);
}

bool again_wants(struct worker *w, const struct connection *c, const struct place *place,
                 enum outcome outcome)
{
    const int status = outcome_is_answered(outcome) ? c->response.status : 0;
    if (!retry_is_wanted(w->shared->config->retry, place->attempt, outcome, status))
        return false;
    if (w->again->count == w->again->room) {
        w->anomalies[ANOMALY_RETRIES_DROPPED]++;
        return false;
    }
    push(w->again, &(struct again_entry){.due_ns = w->now_ns + find_pause(w, c, place, outcome),
                                         .scheduled_ns = place->scheduled_ns,
                                         .request = place->request,
                                         .attempt = (uint16_t)(place->attempt + 1)});
    return true;
}

/* ---- when it is due ---- */

int64_t again_due_in_ns(const struct worker *w)
{
    if (!w->again || w->again->count == 0)
        return INT64_MAX;
    const int64_t due_ns = w->again->heap[0].due_ns;
    return due_ns > w->now_ns ? due_ns - w->now_ns : 0;
}

int64_t again_sooner_ns(const struct worker *w, int64_t due_in_ns)
{
    const int64_t again_ns = again_due_in_ns(w);
    if (again_ns >= due_in_ns)
        return due_in_ns;
    const int64_t free_ns = lifetime_next_free_ns(w);
    if (free_ns == INT64_MAX)
        return due_in_ns;
    const int64_t begun_ns = free_ns > w->now_ns + again_ns ? free_ns - w->now_ns : again_ns;
    return begun_ns < due_in_ns ? begun_ns : due_in_ns;
}

void again_begin(struct worker *w, struct connection *c)
{
    const struct again_entry entry = pop(w->again);
    exchange_begin_attempt(w, c, entry.request, entry.scheduled_ns, entry.attempt, entry.due_ns);
}

void again_dispatch(struct worker *w)
{
    struct connection *c;
    while (again_due_in_ns(w) == 0 && (c = lifetime_next_free(w)) && worker_may_begin(w)) {
        again_begin(w, c);
        exchange_send(w, c);
    }
}

void again_censor(struct worker *w, void (*await_room)(struct worker *w))
{
    while (w->again && w->again->count > 0) {
        const struct again_entry entry = pop(w->again);
        await_room(w);
        journal_waiting(w, entry.request, entry.scheduled_ns, entry.attempt);
    }
}
