/* stub_null.c - prepared answers, counted per connection and sent once a turn. */
#include "stub_null.h"

#include "check.h"
#include "stub_door.h"
#include "stub_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 64u
#define BUFFERS 512u
#define COPIES_MAX 64u            /* of an answer in one send */
#define COPIES_BYTES (64u * 1024) /* ... of this size at most, but for a single one */

/* Kinds of answers: the first eight by what was asked, then 100 Continue, then refusals. */
enum kind {
    KIND_HEAD_METHOD = 1,
    KIND_HTTP_1_0 = 2,
    KIND_CLOSE = 4,
    KIND_CONTINUE = 8,
    KIND_REFUSED
};

static const int refusals[] = {400, 413, 414, 417, 431, 501, 505};
#define REFUSALS (sizeof refusals / sizeof refusals[0])
#define KINDS (KIND_REFUSED + REFUSALS)

/* An answer, several times behind itself. */
struct answer {
    uint8_t *bytes;
    size_t size; /* of one */
    uint32_t copies;
};

/* Answers of one kind that are owed in a row. */
struct run {
    uint32_t count;
    uint32_t kind;
};

struct client {
    struct run runs[LIMIT_STUB_RUNS_MAX]; /* in the order of the requests */
    const uint8_t *sending;               /* the last send, for the rest of a short one */
    size_t sending_bytes;
    uint32_t next_owing; /* in the list of those that are owed answers, by slot plus one */
    uint8_t run_count;
    bool is_owing;  /* is in that list */
    bool is_midway; /* a request has begun and not ended */
    bool blocked;   /* a send with an event is under way */
    bool is_last;   /* nothing more is read: close once all is sent */
    bool lingers;   /* and let the client finish, for it sent more */
};

struct stub_null {
    struct stub_door door;
    const struct stub_shared *shared;
    struct client *clients;
    struct stub_request *requests; /* by slot; of those midway */
    struct stub_counts counts;
    uint32_t first_owing; /* slot plus one; 0: none */
    uint32_t repeat_kind; /* the last whole request that was read, and its answer's kind */
    size_t repeat_size;   /* 0: none */
    uint8_t repeat[LIMIT_BUFFER_BYTES];
    struct answer answers[KINDS];
};

static int prepare_answer(struct stub_null *null, uint32_t kind)
{
    const struct stub_body empty = {.size = 0};
    const struct stub_body *body = &null->shared->body;
    struct answer *prepared = &null->answers[kind];
    char head[STUB_RESPONSE_HEAD_MAX];
    struct iovec rest = {.iov_len = 0};
    struct stub_answer answer = {.status = null->shared->options->status,
                                 .latency_ns = -1,
                                 .is_head_method = kind & KIND_HEAD_METHOD,
                                 .is_http_1_0 = kind & KIND_HTTP_1_0,
                                 .keep_alive = !(kind & KIND_CLOSE)};
    if (kind >= KIND_REFUSED) {
        answer = (struct stub_answer){.status = refusals[kind - KIND_REFUSED], .latency_ns = -1};
        body = &empty;
    }
    size_t head_size = sizeof STUB_RESPONSE_CONTINUE - 1;
    if (kind == KIND_CONTINUE)
        memcpy(head, STUB_RESPONSE_CONTINUE, head_size);
    else
        head_size = stub_response_head(&answer, body, head, &rest);
    prepared->size = head_size + rest.iov_len;
    prepared->copies = (uint32_t)(COPIES_BYTES / prepared->size);
    prepared->copies = prepared->copies < 1            ? 1
                       : prepared->copies > COPIES_MAX ? COPIES_MAX
                                                       : prepared->copies;
    prepared->bytes = malloc(prepared->copies * prepared->size);
    if (!prepared->bytes)
        return -ENOMEM;
    for (uint32_t i = 0; i < prepared->copies; i++) {
        memcpy(prepared->bytes + i * prepared->size, head, head_size);
        if (rest.iov_len > 0)
            memcpy(prepared->bytes + i * prepared->size + head_size, rest.iov_base, rest.iov_len);
    }
    return 0;
}

struct stub_null *stub_null_open(const struct stub_shared *shared, int listener_fd, char *why,
                                 size_t why_size)
{
    const struct stub_door_setup setup = {.slots = shared->slots,
                                          .buffers = BUFFERS,
                                          .buffer_bytes = LIMIT_BUFFER_BYTES,
                                          .listener_fd = listener_fd};
    struct stub_null *null = calloc(1, sizeof *null);
    if (!null)
        goto fail;
    null->shared = shared;
    null->clients = calloc(shared->slots, sizeof *null->clients);
    null->requests = calloc(shared->slots, sizeof *null->requests);
    if (!null->clients || !null->requests)
        goto fail;
    for (uint32_t kind = 0; kind < KINDS; kind++)
        if (prepare_answer(null, kind) < 0)
            goto fail;
    if (stub_door_open(&null->door, &setup, why, why_size))
        return null;
    stub_null_close(null);
    return NULL;

fail:
    snprintf(why, why_size, "not enough memory\n      ask for a smaller --size");
    if (null)
        stub_null_close(null);
    return NULL;
}

void stub_null_close(struct stub_null *null)
{
    if (null->door.ring)
        stub_door_close(&null->door);
    for (uint32_t kind = 0; kind < KINDS; kind++)
        free(null->answers[kind].bytes);
    free(null->clients);
    free(null->requests);
    free(null);
}

struct stub_counts stub_null_counts(const struct stub_null *null)
{
    struct stub_counts counts = null->counts;
    counts.connections = null->door.connections;
    counts.refused = null->door.refused;
    return counts;
}

static void forget_client(struct client *client)
{
    /* Its place in the list of those owing is the slot's, not the connection's. */
    const uint32_t next_owing = client->next_owing;
    const bool is_owing = client->is_owing;
    *client = (struct client){.next_owing = next_owing, .is_owing = is_owing};
}

static void remember_owing(struct stub_null *null, uint32_t slot)
{
    struct client *client = &null->clients[slot];
    if (client->is_owing)
        return;
    client->is_owing = true;
    client->next_owing = null->first_owing;
    null->first_owing = slot + 1;
}

/* Owes a client one more answer. One that alternates between kinds faster than it reads is cut off.
 */
static void owe(struct stub_null *null, uint32_t slot, uint32_t kind)
{
    struct client *client = &null->clients[slot];
    if (client->run_count > 0 && client->runs[client->run_count - 1].kind == kind) {
        client->runs[client->run_count - 1].count++;
    } else if (client->run_count < LIMIT_STUB_RUNS_MAX) {
        client->runs[client->run_count++] = (struct run){.count = 1, .kind = kind};
    } else {
        client->is_last = true;
        null->counts.dropped++;
    }
    remember_owing(null, slot);
}

static uint32_t kind_of_refusal(int status)
{
    uint32_t i = 0;
    while (i < REFUSALS - 1 && refusals[i] != status)
        i++;
    return KIND_REFUSED + i;
}

static uint32_t kind_of_request(const struct stub_request *request)
{
    return (request->is_head_method ? KIND_HEAD_METHOD : 0u) |
           (request->is_http_1_0 ? KIND_HTTP_1_0 : 0u) | (request->keep_alive ? 0u : KIND_CLOSE);
}

/* Reads the rest of a request, or a whole one, by the rules. Returns how much of it there was. */
static size_t read_strictly(struct stub_null *null, uint32_t slot, const uint8_t *bytes,
                            size_t size)
{
    struct client *client = &null->clients[slot];
    struct stub_request *request = &null->requests[slot];
    const bool is_whole = !client->is_midway;
    size_t consumed = 0;
    if (is_whole)
        stub_request_start(request, NULL);
    const enum stub_request_result result = stub_request_feed(request, bytes, size, &consumed);
    client->is_midway = result == STUB_REQUEST_MORE && stub_request_is_begun(request);
    switch (result) {
    case STUB_REQUEST_MORE:
        if (request->continue_due)
            owe(null, slot, KIND_CONTINUE);
        request->continue_due = false;
        break;
    case STUB_REQUEST_DONE:
        owe(null, slot, kind_of_request(request));
        client->is_last |= !request->keep_alive;
        if (is_whole && request->keep_alive && consumed <= sizeof null->repeat) {
            memcpy(null->repeat, bytes, consumed);
            null->repeat_size = consumed;
            null->repeat_kind = kind_of_request(request);
        }
        break;
    case STUB_REQUEST_BAD:
        owe(null, slot, kind_of_refusal(request->status));
        client->is_last = true;
        break;
    }
    return consumed;
}

static void read_bytes(struct stub_null *null, uint32_t slot, const uint8_t *bytes, size_t size)
{
    struct client *client = &null->clients[slot];
    null->counts.bytes_in += size;
    while (size > 0 && !client->is_last) {
        size_t consumed = null->repeat_size;
        if (!client->is_midway && consumed > 0 && size >= consumed &&
            memcmp(bytes, null->repeat, consumed) == 0)
            owe(null, slot, null->repeat_kind);
        else
            consumed = read_strictly(null, slot, bytes, size);
        bytes += consumed;
        size -= consumed;
    }
    client->lingers |= size > 0;
}

/* Takes answers of one kind off what is owed; returns how many, and sets up `sending`. */
static void take_answers(struct stub_null *null, struct client *client)
{
    struct run *run = &client->runs[0];
    const struct answer *answer = &null->answers[run->kind];
    const uint32_t copies = run->count < answer->copies ? run->count : answer->copies;
    client->sending = answer->bytes;
    client->sending_bytes = copies * answer->size;
    null->counts.bytes_out += client->sending_bytes;
    if (run->kind < KIND_CONTINUE)
        null->counts.served += copies;
    else if (run->kind >= KIND_REFUSED)
        null->counts.malformed += copies;
    run->count -= copies;
    if (run->count == 0 && --client->run_count > 0)
        memmove(run, run + 1, client->run_count * sizeof *run);
}

/* Sends what can go in one send. Never two at once: where more is owed, or the connection is to be
 * closed behind it, the send's event says when to go on. A send without an event is over when the
 * next turn's events have been read, for it is either done at once or has an event. */
static void send_owed(struct stub_null *null, uint32_t slot)
{
    struct client *client = &null->clients[slot];
    if (!stub_door_is_open(&null->door, slot) || client->blocked)
        return;
    if (client->run_count == 0) {
        if (client->is_last)
            stub_door_end(&null->door, slot);
        return;
    }
    take_answers(null, client);
    client->blocked = client->run_count > 0 || client->is_last;
    if (client->blocked)
        stub_door_send(&null->door, slot, client->sending, client->sending_bytes);
    else
        stub_door_send_now(&null->door, slot, client->sending, client->sending_bytes);
}

static void send_all_owed(struct stub_null *null)
{
    while (null->first_owing > 0) {
        const uint32_t slot = null->first_owing - 1;
        null->first_owing = null->clients[slot].next_owing;
        null->clients[slot].is_owing = false;
        send_owed(null, slot);
    }
}

/* A send with an event has ended, or one without went short: then its rest follows, with an event.
 */
static void read_sent(struct stub_null *null, uint32_t slot, int32_t result)
{
    struct client *client = &null->clients[slot];
    const size_t sent = result > 0 ? (size_t)result : 0;
    const bool was_blocked = client->blocked;
    client->sending += sent;
    client->sending_bytes -= sent;
    client->blocked = false;
    if (client->sending_bytes == 0) {
        if (client->run_count > 0)
            remember_owing(null, slot);
        else if (client->is_last && client->lingers)
            stub_door_linger(&null->door, slot, clock_mono_ns());
        else if (client->is_last)
            stub_door_end(&null->door, slot);
    } else if (!was_blocked && (sent > 0 || result == -EAGAIN)) {
        client->blocked = true;
        stub_door_send(&null->door, slot, client->sending, client->sending_bytes);
    } else {
        null->counts.bytes_out -= client->sending_bytes;
        stub_door_end(&null->door, slot);
    }
}

/* A client that has closed its side may still read: it gets what it is owed. */
static void read_end(struct stub_null *null, uint32_t slot, int32_t result)
{
    struct client *client = &null->clients[slot];
    client->is_last = true;
    client->lingers = false;
    if (result < 0)
        stub_door_end(&null->door, slot);
    else
        remember_owing(null, slot);
}

static void read_event(struct stub_null *null, const struct ring_event *event)
{
    struct stub_door_news news;
    switch (stub_door_read(&null->door, event, &news)) {
    case STUB_NEWS_BYTES:
        read_bytes(null, news.slot, news.message.bytes, news.message.size);
        stub_door_give(&null->door, &news);
        break;
    case STUB_NEWS_OPENED: forget_client(&null->clients[news.slot]); break;
    case STUB_NEWS_SENT: read_sent(null, news.slot, news.result); break;
    case STUB_NEWS_ENDED: read_end(null, news.slot, news.result); break;
    case STUB_NEWS_NONE: break;
    }
}

int stub_null_run(struct stub_null *null)
{
    struct ring_event events[EVENTS];
    while (!atomic_load_explicit(&null->shared->stop, memory_order_relaxed)) {
        const int64_t due_ns = stub_door_due_ns(&null->door);
        const int error = stub_door_wait(&null->door, due_ns);
        uint32_t count;
        if (error < 0)
            return error;
        /* All of them before the first send: see send_owed(). */
        do {
            count = ring_take(null->door.ring, events, EVENTS);
            for (uint32_t i = 0; i < count; i++)
                read_event(null, &events[i]);
        } while (count == EVENTS);
        send_all_owed(null);
        stub_door_turn(&null->door, due_ns == STUB_TIMERS_NEVER ? 0 : clock_mono_ns());
    }
    return 0;
}
