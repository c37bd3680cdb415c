/* journal.c - from a connection's moments to the times of a row. */
#include "journal.h"

#include "again.h"
#include "securing.h"

/* A row of which nothing is known. */
static const struct sample blank = {.send_lag_ns = SCHEMA_NS_NONE,
                                    .connect_ns = SCHEMA_NS_NONE,
                                    .tls_ns = SCHEMA_NS_NONE,
                                    .first_byte_ns = SCHEMA_NS_NONE,
                                    .service_ns = SCHEMA_NS_NONE,
                                    .receive_lag_ns = SCHEMA_NS_NONE,
                                    .server_ns = SCHEMA_NS_NONE,
                                    .send_path_ns = SCHEMA_NS_NONE,
                                    .attempt = 1,
                                    .stamp = STAMP_NONE,
                                    .last = true};

/* Begins the next row: in the queue itself, where it is filled in until sample_push(). */
static struct sample *begin_row(struct worker *w, uint64_t request, uint32_t target,
                                int64_t scheduled_ns, int64_t late_ns)
{
    struct sample_record *record = sample_next(&w->samples);
    struct sample *sample = &record->sample;
    record->is_tick = false;
    *sample = blank;
    sample->request = request;
    sample->target = (uint16_t)target;
    sample->scheduled_ns = scheduled_ns;
    sample->wait_ns = late_ns > 0 ? late_ns : 0;
    sample->phase = (uint8_t)phases_of_request(&w->phases, scheduled_ns);
    return sample;
}

/* What is known of a request so far; times that did not come to be stay empty. */
static struct sample *fill_row(struct worker *w, const struct connection *c,
                               const struct place *place)
{
    size_t bytes_out;
    struct sample *sample =
        begin_row(w, place->request, place->target, place->scheduled_ns,
                  (place->freed_ns > place->due_ns ? place->freed_ns : place->due_ns) -
                      place->scheduled_ns);
    sample->attempt = place->attempt;
    sample->connect_ns = c->connecting_ns;
    sample->tls_ns = 0;
    if (__builtin_expect(w->secure != NULL, 0)) {
        sample->tls_ns = w->secure->slots[c->slot].tls_ns;
        w->secure->slots[c->slot].tls_ns = 0; /* for those that follow, it stood */
    }
    sample->connection = c->serial;
    sample->has_connection = true;
    if (c->state != CONNECTION_BUSY || c->in_flight <= c->unsent)
        return sample;
    sample->send_lag_ns = place->sent_ns - place->scheduled_ns - sample->wait_ns -
                          sample->connect_ns - sample->tls_ns;
    request_pick(worker_request(w, place), place->request, &bytes_out);
    sample->bytes_out = (uint32_t)bytes_out;
    sample->bytes_in = c->response.bytes;
    if (place->transmit_ns != SCHEMA_NS_NONE && place->transmit_ns != PLACE_NS_AWAITED)
        sample->send_path_ns = place->transmit_ns - place->sent_ns;
    if (c->first_byte_ns != SCHEMA_NS_NONE)
        sample->first_byte_ns = c->first_byte_ns - place->sent_ns;
    if (c->response.head_seen) {
        sample->status = c->response.status;
        sample->server_ns = c->response.server_ns;
    }
    return sample;
}

void journal_next_response(struct worker *w, struct connection *c)
{
    response_start(&c->response,
                   c->in_flight > 0 && worker_request(w, connection_place(&w->table, c, 0))->is_head);
    c->first_byte_ns = SCHEMA_NS_NONE;
}

/* The oldest request has its row: the connection is ready for the response to the next one. */
static void turn_to_next(struct worker *w, struct connection *c, int64_t freed_ns)
{
    if (w->by_target)
        w->by_target[connection_place(&w->table, c, 0)->target].in_flight--;
    connection_free_place(&w->table, c, freed_ns);
    journal_next_response(w, c);
    c->connecting_ns = 0;
    w->in_flight--;
}

void journal_failure(struct worker *w, struct connection *c, enum outcome outcome, int64_t end_ns)
{
    const struct place *place = connection_place(&w->table, c, 0);
    if (c->state == CONNECTION_CONNECTING)
        c->connecting_ns = end_ns - c->began_ns;
    else if (c->state == CONNECTION_SECURING)
        w->secure->slots[c->slot].tls_ns = end_ns - w->secure->slots[c->slot].connected_ns;
    struct sample *sample = fill_row(w, c, place);
    sample->outcome = (uint8_t)outcome;
    sample->last = !w->again || !again_wants(w, c, place, outcome);
    if (sample->send_lag_ns != SCHEMA_NS_NONE) {
        sample->service_ns = end_ns - place->sent_ns;
        sample->stamp = STAMP_ENGINE;
    }
    sample_push(&w->samples);
    turn_to_next(w, c, end_ns);
}

void journal_response(struct worker *w, struct connection *c, bool is_shared, int64_t freed_ns)
{
    const struct place *place = connection_place(&w->table, c, 0);
    struct sample *sample = fill_row(w, c, place);
    sample->outcome = (uint8_t)judge_response(&w->judge, c);
    sample->last = !w->again || !again_wants(w, c, place, (enum outcome)sample->outcome);
    sample->service_ns = c->last_byte_ns - place->sent_ns;
    if (c->has_stamp) {
        sample->receive_lag_ns = c->seen_ns - c->last_byte_ns;
        sample->stamp = is_shared ? STAMP_SHARED : STAMP_EXACT;
        w->anomalies[ANOMALY_STAMPS_SHARED] += is_shared;
    } else {
        sample->stamp = STAMP_ENGINE;
        w->anomalies[ANOMALY_STAMPS_MISSING]++;
    }
    w->anomalies[ANOMALY_SEND_STAMPS_MISSING] += place->transmit_ns == PLACE_NS_AWAITED;
    sample_push(&w->samples);
    c->failures = 0;
    turn_to_next(w, c, freed_ns);
}

void journal_waiting(struct worker *w, uint64_t request, int64_t scheduled_ns, uint16_t attempt)
{
    struct sample *sample = begin_row(w, request, targets_of(w->shared->targets, request), scheduled_ns,
                                      w->now_ns - scheduled_ns);
    sample->outcome = OUTCOME_IN_FLIGHT;
    sample->attempt = attempt;
    sample_push(&w->samples);
}

void journal_unsent(struct worker *w, uint64_t request, int64_t scheduled_ns)
{
    begin_row(w, request, targets_of(w->shared->targets, request), scheduled_ns,
              w->now_ns - scheduled_ns)
        ->outcome = OUTCOME_UNSENT;
    sample_push(&w->samples);
}
