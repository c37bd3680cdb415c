/* securing.c - between a connection's states and tls.h: when ciphertext goes out, and what a failure is
 * called. */
#include "securing.h"

#include "arming.h"
#include "check.h"
#include "exchange.h"
#include "lifetime.h"
#include "sending.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct securing_slot *slot_of(struct worker *w, const struct connection *c)
{
    return &w->secure->slots[c->slot];
}

static void advance(struct worker *w, struct connection *c);

/* ---- set-up ---- */

#define OUTPUT_RECORDS_MAX 4u /* as much as a receive brings at once: what is longer goes in pieces */

/* Room for a connection's largest send: all requests that it may have at once, within bounds. */
static size_t output_bytes(const struct worker *w)
{
    const size_t record = TLS_RECORD_BYTES_MAX + TLS_OVERHEAD_BYTES_MAX;
    const size_t most = OUTPUT_RECORDS_MAX * record + TLS_OVERHEAD_BYTES_MAX;
    const struct targets *targets = w->shared->targets;
    size_t largest = 0;
    for (uint32_t t = 0; t < targets->count; t++) {
        const struct request *request = &targets->all[t].request;
        for (size_t i = 0; i < request->count && largest < most; i++) {
            size_t size;
            request_pick(request, i, &size);
            largest = size > largest ? size : largest;
        }
    }
    const size_t each = largest + (largest / TLS_RECORD_BYTES_MAX + 1) * TLS_OVERHEAD_BYTES_MAX;
    const size_t wanted = w->table.places * each + TLS_OVERHEAD_BYTES_MAX;
    return wanted < most ? wanted : most;
}

int securing_open(struct worker *w)
{
    char error[TLS_ERROR_MAX];
    if (!w->shared->tls)
        return 0;
    w->secure = calloc(1, sizeof *w->secure);
    if (!w->secure)
        return -ENOMEM;
    w->secure->context = tls_context_open(w->shared->tls, error);
    w->secure->slots = calloc(w->table.count, sizeof *w->secure->slots);
    if (!w->secure->context || !w->secure->slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < w->table.count; i++) {
        w->secure->slots[i].tls = tls_new(w->secure->context, output_bytes(w));
        if (!w->secure->slots[i].tls)
            return -ENOMEM;
    }
    return 0;
}

void securing_close(struct worker *w)
{
    struct securing *secure = w->secure;
    if (!secure)
        return;
    if (secure->context)
        w->tls = *tls_context_facts(secure->context);
    for (uint32_t i = 0; secure->slots && i < w->table.count; i++)
        tls_free(secure->slots[i].tls);
    free(secure->slots);
    tls_context_free(secure->context);
    free(secure);
    w->secure = NULL;
}

/* ---- what a result is called ---- */

/* How a request ends on a connection of which TLS said this. */
static enum outcome outcome_of(enum tls_result result)
{
    switch (result) {
    case TLS_UNTRUSTED: return OUTCOME_TLS_UNTRUSTED;
    case TLS_REFUSED: return OUTCOME_TLS_REFUSED;
    case TLS_BROKEN: return OUTCOME_TLS_MALFORMED;
    case TLS_ENDED: return OUTCOME_TLS_TRUNCATED;
    case TLS_MORE:
    case TLS_DONE: break;
    }
    check_failed(__FILE__, __LINE__, "TLS has failed", result, TLS_BROKEN);
}

/* ---- output ---- */

const uint8_t *securing_output(struct worker *w, const struct connection *c, size_t *size)
{
    struct securing_slot *slot = slot_of(w, c);
    const uint8_t *bytes = tls_output(slot->tls, size);
    slot->sending_bytes = *size;
    return bytes;
}

/* Sends what is in the output, where nothing is on its way. */
static void flush(struct worker *w, struct connection *c)
{
    size_t size;
    tls_output(slot_of(w, c)->tls, &size);
    if (size == 0 || c->send_pending)
        return;
    sending_flush(w);
    c->send_pending = true;
    const uint8_t *bytes = securing_output(w, c, &size);
    ring_send(w->ring, c->slot, c->generation, bytes, size, true);
}

static void encrypt_rest(struct securing_slot *slot)
{
    const size_t done = tls_write(slot->tls, slot->rest, slot->rest_bytes);
    slot->rest += done;
    slot->rest_bytes -= done;
}

/* The newest `count` requests wait for the send before them. A server may answer that one early; these
 * cannot be answered yet, and are late from here on where it never ends. */
static void put_back(struct worker *w, struct connection *c, uint32_t count)
{
    c->batched = (uint8_t)(c->batched - count);
    c->unsent = (uint8_t)count;
    for (uint32_t n = c->in_flight - count; n < c->in_flight; n++) {
        connection_place(&w->table, c, n)->sent_ns = w->now_ns;
        connection_place(&w->table, c, n)->sent_floor_ns = INT64_MAX;
    }
}

void securing_encrypt(struct worker *w, struct connection *c)
{
    struct securing_slot *slot = slot_of(w, c);
    const uint32_t first = c->in_flight - c->batched, wanted = c->batched;
    size_t size;
    for (uint32_t i = 0; i < wanted; i++) {
        const struct place *place = connection_place(&w->table, c, first + i);
        const uint8_t *bytes = request_pick(worker_request(w, place), place->request, &size);
        if (i > 0 && size > tls_room(slot->tls)) { /* it has a send of its own, and its own moment */
            put_back(w, c, wanted - i);
            break;
        }
        slot->rest = bytes;
        slot->rest_bytes = size;
        encrypt_rest(slot);
        worker_count_bytes(w, place, size);
    }
}

void securing_sent(struct worker *w, struct connection *c)
{
    struct securing_slot *slot = slot_of(w, c);
    tls_sent(slot->tls, slot->sending_bytes);
    slot->sending_bytes = 0;
    if (c->state == CONNECTION_SECURING) {
        advance(w, c);
        return;
    }
    if (slot->rest_bytes > 0)
        encrypt_rest(slot);
    if (slot->rest_bytes == 0 && c->unsent > 0) {
        sending_prepare(w, c);
        return;
    }
    flush(w, c);
    if (!c->send_pending)
        exchange_offer(w, c);
}

void securing_end(struct worker *w, const struct connection *c)
{
    size_t size;
    struct securing_slot *slot = slot_of(w, c);
    if (c->send_pending || slot->is_gone)
        return; /* what is on its way may stop in the middle of a record; or nobody listens */
    if (c->state == CONNECTION_IDLE || c->state == CONNECTION_BUSY)
        tls_finish(slot->tls);
    const uint8_t *bytes = securing_output(w, c, &size);
    if (size == 0)
        return;
    sending_flush(w);
    ring_send_now(w->ring, c->slot, c->generation, bytes, size);
    ring_submit(w->ring);
}

/* ---- input ---- */

enum tls_result securing_read(struct worker *w, const struct connection *c, size_t *size)
{
    const enum tls_result result =
        tls_read(slot_of(w, c)->tls, w->secure->plain, sizeof w->secure->plain, size);
    w->now_ns = clock_now_ns(w->shared->clock);
    return result;
}

void securing_settle(struct worker *w, struct connection *c)
{
    flush(w, c);
    if (c->in_flight == 0 && c->has_rest)
        connection_move(&w->table, c, LIST_NONE);
    else if (c->list == LIST_NONE)
        exchange_offer(w, c);
}

void securing_fail(struct worker *w, struct connection *c, enum tls_result result)
{
    snprintf(w->tls_why, sizeof w->tls_why, "%s", tls_error(slot_of(w, c)->tls));
    w->connect_error = -EPROTO;
    lifetime_fail(w, c, outcome_of(result));
}

/* The handshake is done, and something may have come behind it: tickets (RFC 8446 section 4.6.1), but
 * nothing of HTTP, which nobody has asked for yet. */
static void become_ready(struct worker *w, struct connection *c)
{
    struct securing_slot *slot = slot_of(w, c);
    size_t size;
    const enum tls_result result = securing_read(w, c, &size);
    switch (result) {
    case TLS_MORE:
        slot->tls_ns = c->in_flight > 0 ? w->now_ns - slot->connected_ns : 0;
        lifetime_ready(w, c);
        flush(w, c);
        return;
    case TLS_DONE:
        w->anomalies[ANOMALY_UNSOLICITED_BYTES]++;
        lifetime_fail(w, c, OUTCOME_MALFORMED);
        return;
    case TLS_ENDED:
    case TLS_UNTRUSTED:
    case TLS_REFUSED:
    case TLS_BROKEN: securing_fail(w, c, result); return;
    }
}

/* ---- the handshake ---- */

static void advance(struct worker *w, struct connection *c)
{
    const enum tls_result result = tls_handshake(slot_of(w, c)->tls);
    w->now_ns = clock_now_ns(w->shared->clock); /* it takes its time: a key, a chain, a signature */
    switch (result) {
    case TLS_MORE: flush(w, c); return;
    case TLS_DONE: become_ready(w, c); return;
    case TLS_ENDED:
    case TLS_UNTRUSTED:
    case TLS_REFUSED:
    case TLS_BROKEN: securing_fail(w, c, result); return;
    }
}

void securing_start(struct worker *w, struct connection *c)
{
    struct securing_slot *slot = slot_of(w, c);
    connection_step(c, CONNECTION_SECURE);
    slot->connected_ns = w->now_ns;
    slot->tls_ns = 0;
    slot->rest_bytes = slot->sending_bytes = 0;
    slot->is_gone = false;
    if (tls_start(slot->tls) < 0) {
        w->connect_error = -ENOMEM;
        lifetime_fail(w, c, OUTCOME_CONNECT_FAILED);
        return;
    }
    arming_start(w, c);
    advance(w, c);
}

void securing_received(struct worker *w, struct connection *c, const uint8_t *bytes, size_t size)
{
    struct securing_slot *slot = slot_of(w, c);
    if (size > 0) {
        tls_give(slot->tls, bytes, size);
        advance(w, c);
        return;
    }
    snprintf(w->tls_why, sizeof w->tls_why, "the connection was closed in the handshake");
    w->connect_error = -EPROTO;
    slot->is_gone = true;
    lifetime_fail(w, c, OUTCOME_TLS_TRUNCATED);
}
