/* worker.c - the loop of one thread: wait, take events, begin what is due, date what was sent. */
#include "worker.h"

#include "again.h"
#include "arming.h"
#include "check.h"
#include "exchange.h"
#include "journal.h"
#include "lifetime.h"
#include "limits.h"
#include "securing.h"
#include "sending.h"
#include "ticks.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BUFFER_GROUP 0
#define EVENTS_AT_ONCE 64u
#define ROUNDS_AT_ONCE 64u                  /* then the clock and the chores have their turn */
#define EVENTS_PER_READING 8u               /* the clock is read anew after so many events */
#define CHORES_EVERY_NS (10 * NS_PER_MS)    /* how late a time-out may be noticed */
#define HYBRID_LEAD_NS (80 * NS_PER_US)     /* a sleep overshoots by up to so much, then spin */
/* With requests overdue and every connection busy the next answer must be taken at once. It is spun for
 * where to wake up would be more than a tenth of what the server takes, and while the server is there. */
#define AWAIT_USUAL_NS (10 * HYBRID_LEAD_NS)
#define AWAIT_FOR_NS (10 * NS_PER_MS)
#define SPIN_TURN_NS (10 * NS_PER_US)       /* one that takes longer is no spinning, but a loss of the CPU */
#define LEND_FOR_NS (20 * NS_PER_US)        /* a slice of a few records takes half of it */
#define LEND_QUEUED 8u
#define LEND_LONG 128u                      /* too long to wait until nothing is in flight */
#define LEND_FULL 2048u                     /* at full speed: worth two switches of threads */
#define CONNECTING_MAX 128u                 /* at once, so that no listen backlog overflows */
#define CONNECTING_FOR_NS (10 * NS_PER_S)   /* or the time-out: then the run starts without the rest */

static void read_clock(struct worker *w)
{
    w->now_ns = clock_now_ns(w->shared->clock);
}

/* ---- what is due ---- */

/* Closed loop: a share of none is reached at once, but for the warm-up, which has no limit. */
static bool is_limit_reached(const struct worker *w)
{
    return w->begun_measured >= w->limit && w->now_ns >= w->phases.warmup_end_ns;
}

/* Open loop: is the schedule's next request one of this run, whenever it is due? */
static bool has_scheduled(const struct worker *w)
{
    return !schedule_has_ended(&w->schedule) && w->schedule.due_ns < w->phases.end_ns;
}

bool worker_may_begin(struct worker *w)
{
    const uint32_t wanted = w->in_flight + ticks_reserved(w) + 1;
    if (!w->started)
        return false;
    const bool is_stalled = sample_room(&w->samples, wanted) < wanted;
    w->anomalies[ANOMALY_RECORDING_STALLS] += is_stalled && !w->is_stalled;
    w->is_stalled = is_stalled;
    return !is_stalled;
}

static void count_measured(struct worker *w, int64_t scheduled_ns)
{
    if (phases_of_request(&w->phases, scheduled_ns) == PHASE_MEASURE) {
        w->begun_measured++;
        w->last_begun_ns = w->now_ns;
        w->last_scheduled_ns = scheduled_ns;
    }
}

/* Due since its place was freed: with pipelining by the response before it in that place. */
static void begin_closed(struct worker *w, struct connection *c)
{
    const int64_t scheduled_ns = connection_place(&w->table, c, c->in_flight)->freed_ns;
    const uint64_t request = w->next_request;
    w->next_request += w->shared->config->threads;
    ticks_count_due(w, request);
    count_measured(w, scheduled_ns);
    exchange_begin(w, c, request, scheduled_ns);
}

static bool is_issuing_closed(const struct worker *w)
{
    return w->started && w->now_ns < w->phases.end_ns && !is_limit_reached(w);
}

bool worker_offer(struct worker *w, struct connection *c)
{
    const uint32_t before = c->in_flight;
    if (w->shared->config->loop == LOOP_OPEN ||
        (c->state == CONNECTION_CLOSED && !lifetime_may_open(w)))
        return false;
    while (connection_has_room(&w->table, c) && worker_may_begin(w)) {
        if (again_due_in_ns(w) != 0 && !is_issuing_closed(w))
            break;
        again_due_in_ns(w) == 0 ? again_begin(w, c) : begin_closed(w, c);
    }
    return c->in_flight > before;
}

static void dispatch_open(struct worker *w)
{
    struct connection *c;
    while (has_scheduled(w) && w->schedule.due_ns <= w->now_ns &&
           (c = lifetime_next_free(w)) && worker_may_begin(w)) {
        count_measured(w, w->schedule.due_ns);
        exchange_begin(w, c, w->schedule.request, w->schedule.due_ns);
        schedule_advance(&w->schedule);
        exchange_send(w, c);
    }
}

static void dispatch(struct worker *w)
{
    struct connection *c;
    again_dispatch(w);
    if (w->shared->config->loop == LOOP_OPEN) {
        dispatch_open(w);
        return;
    }
    while (is_issuing_closed(w) && (c = lifetime_next_free(w)) && worker_may_begin(w)) {
        if (w->open_every_ns > 0 && c->state == CONNECTION_CLOSED)
            connection_free_rest(&w->table, c, w->now_ns); /* until then it was --connect-rate's turn */
        exchange_offer(w, c);
    }
}

/* ---- chores ---- */

/* The user or a failed writer ends the run early: twice asked, without waiting for answers. */
static void watch_stop(struct worker *w)
{
    const int asked = *w->shared->stop;
    const bool failed = __atomic_load_n(w->shared->failed, __ATOMIC_RELAXED);
    const int64_t grace_ns = w->phases.grace_ns < NS_PER_S ? w->phases.grace_ns : NS_PER_S;
    if (asked > 0 && w->now_ns < w->phases.end_ns)
        phases_stop(&w->phases, w->now_ns, grace_ns);
    if ((asked > 1 || failed) && w->now_ns < w->phases.grace_end_ns)
        phases_stop(&w->phases, w->now_ns < w->phases.end_ns ? w->now_ns : w->phases.end_ns, 0);
    /* The row of seconds.csv in which the run was stopped ends there. */
    if (w->phases.end_ns > w->tick_from_ns && w->phases.end_ns < w->next_boundary_ns)
        w->next_boundary_ns = w->phases.end_ns;
}

static void do_chores(struct worker *w)
{
    exchange_chores(w);
    watch_stop(w);
    ticks_follow(w);
    w->next_chores_ns = w->now_ns + CHORES_EVERY_NS;
}

/* ---- waiting ---- */

/* How long from now until a request must be sent; INT64_MAX where an event must come first. */
static int64_t due_in_ns(const struct worker *w)
{
    const bool is_open = w->shared->config->loop == LOOP_OPEN;
    if (is_open ? !has_scheduled(w) : w->open_every_ns == 0 || !is_issuing_closed(w))
        return INT64_MAX;
    const int64_t free_ns = lifetime_next_free_ns(w);
    const int64_t due_ns = is_open && w->schedule.due_ns > free_ns ? w->schedule.due_ns : free_ns;
    return due_ns == INT64_MAX ? INT64_MAX : due_ns == INT64_MIN ? 0 : due_ns - w->now_ns;
}

/* Whether the next answer is awaited by requests that are due, and soon to come. On the only CPU there is, a
 * server at work would have to share it with who awaits it. */
static bool is_pressed(const struct worker *w)
{
    return w->shared->config->loop == LOOP_OPEN && !w->shared->lends_cpu &&
           w->batch.usual_ns < AWAIT_USUAL_NS &&
           w->now_ns - w->last_event_ns < AWAIT_FOR_NS && has_scheduled(w) &&
           w->schedule.due_ns - w->now_ns <= HYBRID_LEAD_NS;
}

/* Lets the writer have the CPU that it shares with this worker, where nothing is due or awaited for as
 * long as its slice takes; with a long queue, also where an answer may have to wait. */
static void lend_cpu(struct worker *w, int64_t due_ns)
{
    const uint32_t queued = sample_queued(&w->samples);
    if (!w->shared->lends_cpu || due_ns < LEND_FOR_NS || due_ns == INT64_MAX)
        return;
    if (queued < LEND_QUEUED || (w->in_flight > 0 && queued < LEND_LONG))
        return;
    invite_writer(w->shared->invite);
    read_clock(w);
}

/* At full speed, where nothing is due at a moment, the writer is called for after so many records, and here
 * rather than by its own clock: where it finds no CPU that is idle it takes this one, and would cut a
 * submission in two. */
static void lend_turn(struct worker *w)
{
    if (w->shared->config->loop == LOOP_OPEN || w->samples.tail - w->lent_at < LEND_FULL)
        return;
    w->lent_at = w->samples.tail;
    invite_writer(w->shared->invite);
    read_clock(w);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void spin(struct worker *w)
{
    const int64_t before_ns = w->now_ns;
    if (ring_prepared(w->ring) > 0)
        ring_submit(w->ring);
    const bool has_events = ring_poll(w->ring);
    read_clock(w);
    if (!has_events)
        w->idle_ns += least(w->now_ns - before_ns, SPIN_TURN_NS);
}

static void wait_for_work(struct worker *w)
{
    const enum wait_mode mode = w->shared->config->wait;
    const int64_t due_ns = again_sooner_ns(w, due_in_ns(w));
    const int64_t lead_ns = mode == WAIT_HYBRID ? HYBRID_LEAD_NS : 0;
    const int64_t chores_ns = least(w->next_chores_ns, w->next_boundary_ns) - w->now_ns;
    if (mode == WAIT_SPIN || due_ns <= lead_ns || chores_ns <= 0 ||
        (mode == WAIT_HYBRID && due_ns == INT64_MAX && is_pressed(w))) {
        spin(w);
        lend_cpu(w, again_sooner_ns(w, due_in_ns(w)));
        return;
    }
    ring_wait(w->ring, due_ns == INT64_MAX ? chores_ns : least(due_ns - lead_ns, chores_ns));
    read_clock(w);
}

static void take_events(struct worker *w)
{
    struct ring_event events[EVENTS_AT_ONCE];
    uint32_t taken = EVENTS_AT_ONCE;
    for (uint32_t round = 0; round < ROUNDS_AT_ONCE && taken == EVENTS_AT_ONCE; round++) {
        taken = ring_take(w->ring, events, EVENTS_AT_ONCE);
        w->last_event_ns = taken > 0 ? w->now_ns : w->last_event_ns;
        for (uint32_t i = 0; i < taken; i++) {
            if (i % EVENTS_PER_READING == EVENTS_PER_READING - 1)
                read_clock(w);
            if (i + 1 < taken)
                connection_prefetch(&w->table, events[i + 1].slot);
            exchange_event(w, &events[i]);
        }
    }
    arming_replenish(w);
}

/* ---- the run ---- */

static bool is_finished(const struct worker *w)
{
    if (w->now_ns >= w->phases.grace_end_ns)
        return true;
    if (w->in_flight > 0 || again_due_in_ns(w) < w->phases.grace_end_ns - w->now_ns)
        return false;
    return w->shared->config->loop == LOOP_OPEN ? !has_scheduled(w) : !is_issuing_closed(w);
}

struct shares {
    int64_t looped_ns, cpu_ns, waited_ns;
};

/* Where the thread's time went, so far: readings that a loss of the CPU came between are taken anew. */
static struct shares read_shares(const struct worker *w)
{
    struct shares shares;
    for (int i = 0; i < 5; i++) {
        shares.looped_ns = clock_now_ns(w->shared->clock);
        shares.cpu_ns = clock_thread_cpu_ns();
        shares.waited_ns = clock_thread_waited_ns();
        if (clock_now_ns(w->shared->clock) - shares.looped_ns < NS_PER_MS)
            break;
    }
    return shares;
}

static void run_loop(struct worker *w)
{
    const struct shares before = read_shares(w);
    while (!is_finished(w)) {
        dispatch(w);
        sending_flush(w);
        lend_turn(w);
        wait_for_work(w);
        if (w->now_ns >= w->next_boundary_ns)
            ticks_push_passed(w);
        if (w->now_ns >= w->next_chores_ns)
            do_chores(w);
        take_events(w);
    }
    sending_flush(w);
    w->finished_ns = w->now_ns;
    const struct shares after = read_shares(w);
    w->looped_ns = after.looped_ns - before.looped_ns;
    w->cpu_ns = after.cpu_ns - before.cpu_ns;
    w->waited_ns = after.waited_ns - before.waited_ns;
}

/* After the run a worker may wait for the writer. */
static void await_room(struct worker *w)
{
    while (sample_room(&w->samples, ticks_reserved(w)) < ticks_reserved(w))
        clock_sleep_until(clock_mono_ns() + NS_PER_MS);
}

static void close_books(struct worker *w)
{
    exchange_censor(w);
    again_censor(w, await_room);
    while (w->shared->config->loop == LOOP_OPEN && has_scheduled(w) &&
           w->schedule.due_ns <= w->now_ns) {
        await_room(w);
        count_measured(w, w->schedule.due_ns);
        journal_unsent(w, w->schedule.request, w->schedule.due_ns);
        exchange_count_begun(w, w->schedule.request);
        schedule_advance(&w->schedule);
    }
    while (w->next_boundary_ns <= w->now_ns) {
        await_room(w);
        ticks_push(w, w->next_boundary_ns);
    }
    await_room(w);
    ticks_push(w, w->now_ns + 1);
    w->anomalies[ANOMALY_CQ_OVERFLOW] = ring_overflows(w->ring);
    w->anomalies[ANOMALY_CQ_FULL] = ring_times_full(w->ring);
}

static void start_clock(struct worker *w)
{
    const struct config *config = w->shared->config;
    read_clock(w);
    phases_init(&w->phases, config);
    w->next_request = w->index;
    w->next_boundary_ns = phases_next_boundary_ns(&w->phases, 0);
    w->next_chores_ns = CHORES_EVERY_NS;
    w->next_timeout_ns = 0;
    w->next_open_ns = w->next_port_ns = 0;
    if (config->loop == LOOP_OPEN) {
        schedule_start(&w->schedule, config, w->index, config->threads);
        w->schedule_due = w->schedule;
    }
    /* What still connects does so since now: its moments were on the provisional clock. */
    for (uint32_t i = 0; i < w->table.count; i++) {
        connection_at(&w->table, i)->began_ns = 0;
        if (w->secure)
            w->secure->slots[i].connected_ns = 0;
        connection_free_rest(&w->table, connection_at(&w->table, i), 0);
    }
    while (w->now_ns < 0)
        spin(w);
    take_events(w);
    w->idle_ns = 0;
    w->started = true;
}

/* ---- set-up ---- */

static void open_connections(struct worker *w)
{
    const int64_t until_ns = w->now_ns +
                             least(CONNECTING_FOR_NS, w->shared->config->connect_timeout_ns) +
                             w->open_every_ns * w->table.count;
    w->next_timeout_ns = w->now_ns;
    struct connection *c;
    while (w->table.size[LIST_IDLE] < w->table.count && w->now_ns < until_ns &&
           *w->shared->stop == 0) {
        while (w->table.size[LIST_CONNECTING] < CONNECTING_MAX && lifetime_may_open(w) &&
               (c = connection_oldest(&w->table, LIST_CLOSED)))
            lifetime_open(w, c);
        ring_wait(w->ring, lifetime_may_open(w) ? CHORES_EVERY_NS
                                                : least(CHORES_EVERY_NS, w->next_open_ns - w->now_ns));
        read_clock(w);
        take_events(w);
        exchange_chores(w);
    }
    w->anomalies[ANOMALY_CONNECTIONS_MISSING] = w->table.count - w->table.size[LIST_IDLE];
}

static uint32_t power_of_two(uint32_t at_least)
{
    uint32_t value = 1;
    while (value < at_least)
        value *= 2;
    return value;
}

static int open_ring(struct worker *w)
{
    const uint32_t count = w->table.count;
    uint32_t buffers = power_of_two(count);
    buffers = buffers < LIMIT_BUFFERS_MIN ? LIMIT_BUFFERS_MIN : buffers;
    buffers = buffers > LIMIT_BUFFERS_MAX ? LIMIT_BUFFERS_MAX : buffers;
    const uint32_t share = LIMIT_BUFFERS_BYTES / buffers;
    const uint32_t bytes = share < LIMIT_BUFFER_BYTES_MAX ? share : LIMIT_BUFFER_BYTES_MAX;
    buffers = ring_disabled("buffer_room") ? LIMIT_BUFFERS_FEWEST : buffers;
    /* At most a receive, a connect and a send end at once on each connection, and a receive or a connect
     * of the socket before. */
    uint32_t completions = power_of_two(buffers + 4 * count);
    completions = completions > LIMIT_CQ_ENTRIES_MAX ? LIMIT_CQ_ENTRIES_MAX : completions;
    completions = completions < 2 * LIMIT_SQ_ENTRIES ? 2 * LIMIT_SQ_ENTRIES : completions;
    const struct ring_setup setup = {.slots = count,
                                     .cq_entries = completions,
                                     .is_local = w->shared->config->unix_socket != NULL};
    w->ring = ring_open(&setup, &w->error, &w->error_step);
    if (!w->ring)
        return w->error;
    for (int i = 0; i < RING_FEATURE_COUNT; i++)
        w->features[i] = ring_has(w->ring, (enum ring_feature)i);
    transmit_init(&w->transmit, w->shared->config, w->features[RING_TX_STAMPS]);
    w->error_step = "io_uring_register_buf_ring";
    w->error = bufpool_open(&w->buffers, w->ring, BUFFER_GROUP, buffers, bytes);
    return w->error;
}

static int set_up(struct worker *w)
{
    const struct config *config = w->shared->config;
    const uint32_t count = (uint32_t)worker_share(config->connections, w->index, config->threads);
    prctl(PR_SET_TIMERSLACK, 1);
    if (w->cpu >= 0) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET((size_t)w->cpu, &cpus);
        sched_setaffinity(0, sizeof cpus, &cpus);
    }
    w->error_step = "malloc";
    w->rearm = malloc(count * sizeof *w->rearm);
    w->error = ownbuf_open(&w->own_buffers, count < LIMIT_OWN_BUFFERS ? count : LIMIT_OWN_BUFFERS);
    if (w->error == 0)
        w->error = judge_open(&w->judge, config->expect, count);
    if (w->error == 0)
        w->error = again_open(w, count);
    if (w->error == 0)
        w->error = ticks_open(w);
    if (w->error < 0)
        return w->error;
    w->pieces = calloc(LIMIT_SUBMIT_BATCH * config->pipeline, sizeof *w->pieces);
    w->error = w->rearm && w->pieces ? connection_table_init(&w->table, count, config->pipeline)
                                     : -ENOMEM;
    for (uint32_t i = 0; i < w->table.count; i++)
        connection_at(&w->table, i)->requests_left = w->shared->requests_each;
    if (config->connect_rate_milli > 0) /* each worker has its share of the rate */
        w->open_every_ns = (int64_t)(1000.0 * 1e9 * config->threads / (double)config->connect_rate_milli);
    w->error = w->error < 0 ? w->error : securing_open(w);
    return w->error < 0 ? w->error : open_ring(w);
}

static void tear_down(struct worker *w)
{
    securing_close(w);
    if (w->buffers.bytes)
        bufpool_close(&w->buffers, w->ring);
    if (w->ring)
        ring_close(w->ring);
    again_close(w);
    judge_close(&w->judge);
    connection_table_free(&w->table);
    free(w->by_target);
    free(w->pieces);
    free(w->rearm);
}

void worker_free(struct worker *w)
{
    ownbuf_close(&w->own_buffers);
    sample_queue_free(&w->samples);
}

void *worker_main(void *argument)
{
    struct worker *w = argument;
    w->tid = gettid();
    if (set_up(w) == 0) {
        read_clock(w);
        open_connections(w);
    }
    startline_pass(w->shared->startline);
    if (w->error == 0 && *w->shared->stop == 0) {
        start_clock(w);
        run_loop(w);
        close_books(w);
    }
    __atomic_store_n(&w->is_done, true, __ATOMIC_RELEASE);
    invite_writer(w->shared->invite); /* to its last look */
    tear_down(w);
    return NULL;
}
