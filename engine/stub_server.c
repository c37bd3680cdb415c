/* stub_server.c - requests in, a latency each, answers out when they are due. */
#include "stub_server.h"

#include "stub_door.h"
#include "stub_log.h"
#include "stub_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define EVENTS 64u
#define BUFFERS 1024u
#define IDLE_NS (1 * NS_PER_MS) /* nothing due for so long: time to write the log */
#define HEALTH "/health"

/* A request, and the answer that it gets. */
struct reply {
    struct reply *next; /* of the same connection; or of those unused */
    uint64_t n;
    uint64_t number; /* where has_number */
    uint64_t body_bytes;
    int64_t due_ns;  /* monotonic */
    int64_t sent_ns; /* CLOCK_REALTIME; 0: not sent */
    struct wall_time received;
    struct stub_answer answer;
    bool has_number;
    struct stub_request_text text; /* last: its bytes follow */
};

struct client {
    struct stub_request request;
    struct reply *reading; /* takes the words of the request that is being read */
    struct reply *first;   /* read, and not yet answered */
    struct reply *last;
    uint64_t serial;
    uint64_t requests;     /* read so far */
    uint32_t waiting;      /* replies from first to last */
    bool is_last;          /* nothing more is read: close once all is sent */
    bool lingers;          /* and let the client finish, for it sent more */
    bool ends;             /* close once the send that is under way has ended */
    bool is_continuing;    /* the send under way is 100 Continue */
    size_t sending_bytes;  /* of the send under way; 0: none is */
    struct msghdr message; /* what it sends: two pieces, of which the first lies in head */
    struct iovec pieces[2];
    char head[STUB_RESPONSE_HEAD_MAX];
};

struct stub_server {
    struct stub_door door;
    struct stub_shared *shared;
    const struct stub_options *options;
    struct client *clients;     /* by slot */
    struct stub_timers replies; /* by slot: when its first reply is due */
    struct reply *unused;
    struct stub_log log;
    struct stub_counts counts;
};

struct stub_server *stub_server_open(struct stub_shared *shared, int listener_fd, char *why,
                                     size_t why_size)
{
    const struct stub_door_setup setup = {.slots = shared->slots,
                                          .buffers = BUFFERS,
                                          .buffer_bytes = LIMIT_BUFFER_BYTES,
                                          .listener_fd = listener_fd,
                                          .stamps = !ring_feature_disabled(RING_RX_STAMPS)};
    struct stub_server *server = calloc(1, sizeof *server);
    snprintf(why, why_size, "not enough memory\n      free some, or lower ulimit -n");
    if (!server)
        return NULL;
    server->shared = shared;
    server->options = shared->options;
    server->clients = calloc(shared->slots, sizeof *server->clients);
    if (server->clients && stub_log_init(&server->log, shared->log_fd) == 0 &&
        stub_timers_init(&server->replies, shared->slots) == 0 &&
        stub_door_open(&server->door, &setup, why, why_size)) {
        /* Without it the kernel lets a sleeper oversleep by up to 50 us (prctl(2)). */
        prctl(PR_SET_TIMERSLACK, 1UL);
        return server;
    }
    stub_server_close(server);
    return NULL;
}

/* NULL: out of memory. */
static struct reply *take_reply(struct stub_server *server)
{
    struct reply *reply = server->unused;
    const uint32_t target_max = server->log.fd >= 0 ? LIMIT_URL_MAX_BYTES : sizeof HEALTH;
    const uint32_t body_max = server->log.fd >= 0 ? LIMIT_STUB_LOG_BODY_BYTES : 0;
    if (reply) {
        server->unused = reply->next;
        return reply;
    }
    reply = malloc(sizeof *reply + LIMIT_STUB_METHOD_MAX_BYTES + target_max + body_max);
    if (!reply)
        return NULL;
    reply->text.target_max = target_max;
    reply->text.body_max = body_max;
    return reply;
}

static void give_reply(struct stub_server *server, struct reply *reply)
{
    reply->next = server->unused;
    server->unused = reply;
}

static void log_reply(struct stub_server *server, const struct client *client,
                      const struct reply *reply)
{
    const struct stub_request_text *text = &reply->text;
    const struct stub_log_line line = {
        .n = reply->n,
        .connection = client->serial,
        .request = reply->number,
        .has_request = reply->has_number,
        .body_bytes = reply->body_bytes,
        .latency_ns = reply->answer.latency_ns > 0 ? reply->answer.latency_ns : 0,
        .received_ns = reply->received.ns,
        .sent_ns = reply->sent_ns,
        .status = reply->answer.status,
        .method = text->bytes,
        .method_size = text->method_size,
        .target = text->bytes + text->method_size,
        .target_size = text->target_size,
        .body = text->bytes + text->method_size + text->target_size,
        .body_size = text->body_size};
    stub_log_add(&server->log, &line);
}

/* Takes the first reply off a connection: it was sent, or never will be. */
static void retire_first(struct stub_server *server, struct client *client)
{
    struct reply *reply = client->first;
    log_reply(server, client, reply);
    client->first = reply->next;
    client->waiting--;
    give_reply(server, reply);
}

/* Drops what a connection is owed, and closes it once its last send has ended. */
static void end_client(struct stub_server *server, uint32_t slot)
{
    struct client *client = &server->clients[slot];
    stub_timers_drop(&server->replies, slot);
    while (client->first) {
        retire_first(server, client);
        server->counts.dropped++;
    }
    if (client->reading)
        give_reply(server, client->reading);
    client->reading = NULL;
    client->is_last = true;
    stub_door_end(&server->door, slot);
}

static bool is_health(const struct stub_request_text *text)
{
    const char *target = (const char *)text->bytes + text->method_size;
    const size_t size = sizeof HEALTH - 1;
    return text->target_size >= size && memcmp(target, HEALTH, size) == 0 &&
           (text->target_size == size || target[size] == '?');
}

/* Decides what a whole request is answered, and how long that takes. */
static void draw_answer(struct stub_server *server, const struct client *client,
                        struct reply *reply)
{
    const struct stub_request *request = &client->request;
    const uint64_t close_after = server->options->close_after;
    reply->has_number = !is_health(&reply->text);
    reply->answer =
        (struct stub_answer){.status = reply->has_number ? server->options->status : 200,
                             .is_head_method = request->is_head_method,
                             .is_http_1_0 = request->is_http_1_0,
                             .keep_alive = request->keep_alive && client->requests != close_after};
    if (!reply->has_number)
        return;
    reply->number = request->has_number ? request->number
                                        : atomic_fetch_add_explicit(&server->shared->unnumbered, 1,
                                                                    memory_order_relaxed);
    reply->answer.latency_ns = stub_delay_ns(&server->options->delay, reply->number);
}

/* A request is whole, or broken: its reply joins those that wait. */
static void finish_request(struct stub_server *server, uint32_t slot, bool is_good,
                           struct wall_time received)
{
    struct client *client = &server->clients[slot];
    struct reply *reply = client->reading;
    client->requests++;
    if (is_good)
        draw_answer(server, client, reply);
    else
        reply->answer = (struct stub_answer){.status = client->request.status,
                                             .error = client->request.error,
                                             .is_head_method = client->request.is_head_method,
                                             .latency_ns = -1};
    reply->has_number = is_good && reply->has_number;
    server->counts.malformed += !is_good;
    reply->n = atomic_fetch_add_explicit(&server->shared->requests, 1, memory_order_relaxed);
    reply->body_bytes = client->request.body_bytes;
    reply->received = received;
    reply->sent_ns = 0;
    /* The wall clock may be set at any time; the age of a request is all that is taken from it. */
    const int64_t age_ns = clock_wall().ns - received.ns;
    reply->due_ns = clock_mono_ns() - (age_ns > 0 ? age_ns : 0);
    if (reply->has_number)
        reply->due_ns =
            stub_queue_enter(&server->shared->queue, reply->due_ns, reply->answer.latency_ns);
    reply->next = NULL;
    if (client->first)
        client->last->next = reply;
    else
        client->first = reply;
    client->last = reply;
    client->waiting++;
    client->reading = NULL;
    client->is_last |= !reply->answer.keep_alive || client->waiting > LIMIT_STUB_PIPELINE_MAX;
}

/* Returns false where memory for another request is lacking. */
static bool read_bytes(struct stub_server *server, uint32_t slot,
                       const struct ring_message *message)
{
    struct client *client = &server->clients[slot];
    const struct wall_time received = message->has_stamp ? message->stamp : clock_wall();
    const uint8_t *bytes = message->bytes;
    size_t size = message->size;
    server->counts.bytes_in += size;
    while (size > 0 && !client->is_last) {
        size_t consumed;
        if (!client->reading) {
            client->reading = take_reply(server);
            if (!client->reading)
                return false;
            stub_request_start(&client->request, &client->reading->text);
        }
        const enum stub_request_result result =
            stub_request_feed(&client->request, bytes, size, &consumed);
        bytes += consumed;
        size -= consumed;
        switch (result) {
        case STUB_REQUEST_MORE: break;
        case STUB_REQUEST_DONE: finish_request(server, slot, true, received); break;
        case STUB_REQUEST_BAD:
            finish_request(server, slot, false, received);
            client->lingers = true; /* whatever it still sends is of that request */
            break;
        }
    }
    client->lingers |= size > 0;
    return true;
}

/* Sends the head and the body that were set up, and nothing else in the same system call, so that
 * the moment before is this send's own. */
static void send_pieces(struct stub_server *server, uint32_t slot, size_t head_bytes)
{
    struct client *client = &server->clients[slot];
    client->pieces[0] = (struct iovec){.iov_base = client->head, .iov_len = head_bytes};
    client->message = (struct msghdr){.msg_iov = client->pieces,
                                      .msg_iovlen = client->pieces[1].iov_len > 0 ? 2 : 1};
    client->sending_bytes = head_bytes + client->pieces[1].iov_len;
    stub_door_send_message(&server->door, slot, &client->message);
    ring_submit(server->door.ring);
}

static void send_reply(struct stub_server *server, uint32_t slot)
{
    struct client *client = &server->clients[slot];
    const size_t head_bytes = stub_response_head(&client->first->answer, &server->shared->body,
                                                 client->head, &client->pieces[1]);
    ring_submit(server->door.ring); /* what else was prepared does not count as sending */
    client->first->sent_ns = clock_wall().ns;
    client->is_continuing = false;
    send_pieces(server, slot, head_bytes);
}

static void send_continue(struct stub_server *server, uint32_t slot)
{
    struct client *client = &server->clients[slot];
    memcpy(client->head, STUB_RESPONSE_CONTINUE, sizeof STUB_RESPONSE_CONTINUE - 1);
    client->pieces[1].iov_len = 0;
    client->request.continue_due = false;
    client->is_continuing = true;
    send_pieces(server, slot, sizeof STUB_RESPONSE_CONTINUE - 1);
}

/* Does the next thing that a connection is owed, or arranges for it to be done in time. */
static void serve_client(struct stub_server *server, uint32_t slot)
{
    struct client *client = &server->clients[slot];
    if (client->sending_bytes > 0)
        return;
    if (client->first) {
        if (client->first->due_ns <= clock_mono_ns())
            send_reply(server, slot);
        else
            stub_timers_set(&server->replies, slot, client->first->due_ns);
    } else if (client->is_last) {
        if (client->lingers)
            stub_door_linger(&server->door, slot, clock_mono_ns());
        else
            end_client(server, slot);
    } else if (client->reading && client->request.continue_due) {
        send_continue(server, slot);
    }
}

static void serve_due(struct stub_server *server)
{
    uint32_t slot;
    if (server->replies.count == 0)
        return;
    while (stub_timers_take(&server->replies, clock_mono_ns(), &slot))
        serve_client(server, slot);
}

static void read_sent(struct stub_server *server, uint32_t slot, int32_t result)
{
    struct client *client = &server->clients[slot];
    const size_t sent = result > 0 ? (size_t)result : 0;
    const bool is_whole = sent == client->sending_bytes;
    server->counts.bytes_out += sent;
    client->sending_bytes = 0;
    if (!client->is_continuing) {
        if (is_whole)
            server->counts.served += client->first->answer.error == NULL;
        else
            server->counts.dropped++;
        retire_first(server, client);
    }
    if (is_whole && !client->ends)
        serve_client(server, slot);
    else
        end_client(server, slot);
}

/* A client that closes does not get what is not due yet; what is being sent may still reach it. */
static void read_end(struct stub_server *server, uint32_t slot, int32_t result)
{
    struct client *client = &server->clients[slot];
    if (result == 0 && client->sending_bytes > 0)
        client->ends = client->is_last = true;
    else
        end_client(server, slot);
}

static void read_event(struct stub_server *server, const struct ring_event *event)
{
    struct stub_door_news news;
    switch (stub_door_read(&server->door, event, &news)) {
    case STUB_NEWS_OPENED:
        server->clients[news.slot] =
            (struct client){.serial = atomic_fetch_add_explicit(&server->shared->connections, 1,
                                                                memory_order_relaxed)};
        break;
    case STUB_NEWS_BYTES:
        if (read_bytes(server, news.slot, &news.message))
            serve_client(server, news.slot);
        else
            end_client(server, news.slot);
        stub_door_give(&server->door, &news);
        break;
    case STUB_NEWS_SENT: read_sent(server, news.slot, news.result); break;
    case STUB_NEWS_ENDED: read_end(server, news.slot, news.result); break;
    case STUB_NEWS_NONE: break;
    }
}

/* Waits for events until shortly before the next reply is due, or looks for them while it is close.
 */
static int wait_for_events(struct stub_server *server)
{
    const int64_t reply_ns = stub_timers_first_ns(&server->replies);
    const int64_t door_ns = stub_door_due_ns(&server->door);
    const int64_t now_ns = clock_mono_ns();
    if (reply_ns - LIMIT_STUB_SPIN_NS <= now_ns) {
        const int submitted = ring_submit(server->door.ring);
        ring_poll(server->door.ring);
        return submitted == -EBUSY || submitted == -EAGAIN || submitted == -EINTR ? 0 : submitted;
    }
    if (reply_ns - now_ns > IDLE_NS)
        stub_log_flush(&server->log);
    const int64_t wake_ns =
        reply_ns == STUB_TIMERS_NEVER ? reply_ns : reply_ns - LIMIT_STUB_SPIN_NS;
    return stub_door_wait(&server->door, wake_ns < door_ns ? wake_ns : door_ns);
}

static void take_events(struct stub_server *server)
{
    struct ring_event events[EVENTS];
    uint32_t count;
    do {
        count = ring_take(server->door.ring, events, EVENTS);
        for (uint32_t i = 0; i < count; i++) {
            read_event(server, &events[i]);
            serve_due(server); /* however many events there are */
        }
    } while (count == EVENTS);
}

int stub_server_run(struct stub_server *server)
{
    while (!atomic_load_explicit(&server->shared->stop, memory_order_relaxed)) {
        const int error = wait_for_events(server);
        if (error < 0)
            return error;
        take_events(server);
        serve_due(server);
        stub_door_turn(&server->door, clock_mono_ns());
    }
    ring_poll(server->door.ring);
    take_events(server); /* of sends that had ended */
    for (uint32_t slot = 0; slot < server->door.slots_count; slot++)
        if (stub_door_is_open(&server->door, slot))
            end_client(server, slot);
    stub_log_flush(&server->log);
    return 0;
}

struct stub_counts stub_server_counts(const struct stub_server *server)
{
    struct stub_counts counts = server->counts;
    counts.connections = server->door.connections;
    counts.refused = server->door.refused;
    return counts;
}

int stub_server_log_error(const struct stub_server *server)
{
    return server->log.error;
}

void stub_server_close(struct stub_server *server)
{
    while (server->unused) {
        struct reply *reply = server->unused;
        server->unused = reply->next;
        free(reply);
    }
    if (server->door.ring)
        stub_door_close(&server->door);
    stub_timers_free(&server->replies);
    stub_log_free(&server->log);
    free(server->clients);
    free(server);
}
