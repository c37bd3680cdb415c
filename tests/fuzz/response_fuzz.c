/* response_fuzz.c - whatever bytes a server sends, however they are cut, the framing is the same.
 * Each input is fed whole, byte by byte and in pieces that the input itself chooses; what comes out
 * of the three must agree, and nothing may be read outside a piece (each is an allocation of its
 * own). The first two bytes are options: bit 0 of the first says HEAD, bit 1 close; the second
 * seeds cuts. */
#include "response.h"
#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 16

#ifndef FEED
#define FEED response_feed
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one message came to. All of it must agree, so that it is compared as bytes. */
struct message {
    uint64_t end; /* of the input consumed by then */
    uint64_t bytes;
    uint64_t body_bytes;
    int64_t server_ns;
    uint32_t status;
    uint8_t result; /* enum response_result */
    uint8_t error;
    uint8_t keep_alive;
    uint8_t head_seen;
};

struct messages {
    size_t count;
    struct message messages[MESSAGES_MAX];
};

struct session {
    struct response response;
    struct messages outcome;
    uint64_t at;
    bool to_head;
    bool over;
};

static void session_note(struct session *s, enum response_result result)
{
    const struct response *r = &s->response;
    struct message *m = &s->outcome.messages[s->outcome.count++];
    m->end = s->at;
    m->bytes = r->bytes;
    m->body_bytes = r->body_bytes;
    m->result = (uint8_t)result;
    m->error = r->error;
    m->head_seen = r->head_seen;
    if (r->head_seen) { /* before that they are the parser's own */
        m->server_ns = r->server_ns;
        m->status = r->status;
        m->keep_alive = r->keep_alive;
    }
    s->over = result != RESPONSE_DONE || s->outcome.count == MESSAGES_MAX - 1;
}

/* Feeds a copy of one piece, in an allocation that ends where it ends. */
static void session_piece(struct session *s, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    size_t at = 0;
    memcpy(copy, bytes, size);
    while (at < size && !s->over) {
        size_t consumed = SIZE_MAX;
        const enum response_result result = FEED(&s->response, copy + at, size - at, &consumed);
        if (consumed > size - at || (result == RESPONSE_MORE && consumed != size - at))
            abort();
        at += consumed;
        s->at += consumed;
        if (result == RESPONSE_MORE)
            continue;
        session_note(s, result);
        if (result == RESPONSE_DONE)
            response_start(&s->response, s->to_head);
    }
    free(copy);
}

static void session_run(struct session *s, const uint8_t *data, size_t size, uint8_t options,
                        uint32_t step)
{
    uint32_t random = step;
    memset(s, 0, sizeof *s);
    s->to_head = options & 1;
    response_start(&s->response, s->to_head);
    for (size_t at = 0; at < size && !s->over;) {
        size_t piece = step;
        if (step > 1 && step < size) {
            random = random * 1664525u + 1013904223u;
            piece = 1 + (random >> 16) % step;
        }
        if (piece > size - at)
            piece = size - at;
        session_piece(s, data + at, piece);
        at += piece;
    }
    if (!s->over)
        session_note(s, options & 2 ? response_end(&s->response) : RESPONSE_MORE);
}

static void check_same(const struct messages *whole, const struct messages *cut)
{
    if (whole->count == cut->count && memcmp(whole, cut, sizeof *whole) == 0)
        return;
    for (size_t i = 0; i < whole->count || i < cut->count; i++) {
        const struct message *a = &whole->messages[i], *b = &cut->messages[i];
        fprintf(stderr,
                "message %zu: end %llu %llu result %u %u error %s %s status %u %u body %llu %llu\n",
                i, (unsigned long long)a->end, (unsigned long long)b->end, a->result, b->result,
                framing_name(a->error), framing_name(b->error), a->status, b->status,
                (unsigned long long)a->body_bytes, (unsigned long long)b->body_bytes);
    }
    abort();
}

/* What must hold of any message. */
static void check_sound(const struct messages *outcome)
{
    uint64_t start = 0;
    for (size_t i = 0; i < outcome->count; i++) {
        const struct message *m = &outcome->messages[i];
        if (m->bytes != m->end - start || m->body_bytes > m->bytes)
            abort();
        if ((m->result == RESPONSE_BAD) != (m->error != FRAMING_OK) || m->error >= FRAMING_COUNT)
            abort();
        if (m->result == RESPONSE_DONE && (!m->head_seen || m->status < 100 || m->status > 999))
            abort();
        if (m->result == RESPONSE_BAD && m->keep_alive)
            abort();
        if (m->head_seen && m->server_ns < 0 && m->server_ns != SCHEMA_NS_NONE)
            abort();
        start = m->end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session whole, cut;
    if (size < 2)
        return 0;
    session_run(&whole, data + 2, size - 2, data[0], (uint32_t)size);
    check_sound(&whole.outcome);
    session_run(&cut, data + 2, size - 2, data[0], 1);
    check_same(&whole.outcome, &cut.outcome);
    session_run(&cut, data + 2, size - 2, data[0], 2u + data[1]);
    check_same(&whole.outcome, &cut.outcome);
    return 0;
}
