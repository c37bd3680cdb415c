/* worker.h - one thread, one ring, its own connections and its own share of the requests.
 * Nothing is shared while the clock runs but the queue of samples. */
#ifndef TARE_WORKER_H
#define TARE_WORKER_H

#include "anomaly.h"
#include "bufpool.h"
#include "clock.h"
#include "config.h"
#include "connection.h"
#include "ownbuf.h"
#include "startline.h"
#include "invite.h"
#include "judge.h"
#include "known_head.h"
#include "phases.h"
#include "route.h"
#include "targets.h"
#include "ring.h"
#include "sample.h"
#include "schedule.h"
#include "tls.h"
#include "transmit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct securing; /* securing.h */
struct again;    /* again.h */

/* What all workers of a run share, constant but for the last two. */
struct worker_shared {
    const struct config *config;
    const struct tls_options *tls; /* NULL: the URL is plain */
    const struct routes *routes;
    const struct targets *targets;
    const struct clock *clock;         /* set before the line is opened */
    uint32_t requests_each; /* requests a connection serves at most */
    const atomic_int *stop; /* times the user asked to stop */
    struct startline *startline;                 /* the start line */
    struct invite *invite;             /* to the writer */
    bool lends_cpu;                    /* the writer has no CPU of its own */
    const bool *failed;                /* the writer gave up: end the run */
};

/* Sends that were prepared and have no moment yet. They are dated between the readings of the clock around
 * their submission, each a send's usual time behind the one before: within 0.5 us by their transmit stamps,
 * but that 1 in 100 is dated 13 us too early, where an interrupt came between (64 connections, a virtual
 * machine). One by one they would be dated right and cost 0.4 us more each. So `limit` follows what is
 * measured: even an interrupted submission ends before half of its answers come. */
struct send_batch {
    uint32_t slots[LIMIT_SUBMIT_BATCH];
    struct msghdr messages[LIMIT_SUBMIT_BATCH]; /* of sends of several requests, or with a stamp */
    uint32_t count;
    uint32_t limit;     /* 1 to LIMIT_SUBMIT_BATCH */
    int64_t send_ns;    /* what one send takes, moving average */
    int64_t median_ns;  /* service time that half of the answers stay below, as estimated so far */
    int64_t usual_ns;   /* service time, moving average */
};

/* What a worker counts of one target, where there are several. */
struct target_counts {
    uint64_t due, begun, sent, bytes_out;
    uint32_t in_flight;
};

struct worker {
    const struct worker_shared *shared;
    uint32_t index;
    int cpu; /* pinned to it; -1: not pinned */
    pthread_t thread;
    pid_t tid; /* gettid(2), for resources.csv; set before the start line */

    struct ring *ring;
    struct bufpool buffers;
    struct ownbuf_pool own_buffers;
    struct connection_table table;
    struct securing *secure; /* NULL: the URL is plain */
    struct iovec *pieces; /* of a batch's messages, as many for each as a connection has places */
    uint32_t *rearm; /* slots whose receive must be armed again, once each turn */
    uint32_t rearm_count;
    struct send_batch batch;
    struct transmit transmit;
    struct known_head known_head;
    struct judge judge;
    struct again *again; /* NULL: nothing is tried again */
    struct sample_queue samples;
    uint32_t lent_at; /* the queue's tail when the writer was last invited, at full speed */

    bool started;   /* the clock runs */
    bool is_stalled; /* no request may begin until the writer has caught up */
    int64_t now_ns; /* run time as last read */
    struct phases phases;
    struct schedule schedule;     /* open loop: the next request to begin */
    struct schedule schedule_due; /* open loop: counts what is due */
    uint64_t next_request;        /* closed loop: number of the next request */
    uint64_t begun_measured;      /* requests of the measured phase that were begun */
    int64_t last_begun_ns;        /* when the last of them was */
    int64_t last_scheduled_ns;    /* and when it was due */
    uint64_t limit;               /* closed loop: this worker's share of them; UINT64_MAX: no limit */
    int64_t next_boundary_ns;     /* of seconds and phases */
    int64_t tick_from_ns;         /* where the current row of seconds.csv began */
    int64_t next_chores_ns;       /* timeouts and pauses are looked at */
    int64_t last_event_ns;
    int64_t next_timeout_ns;      /* nothing can time out before */
    int64_t open_every_ns;        /* --connect-rate: one connection in so much time; 0: no limit */
    int64_t next_open_ns;         /* none is opened before */
    bool lacks_ports;             /* the last connect found no free local port */
    int64_t next_port_ns;         /* then the kernel is not asked again before */

    uint64_t due, begun, sent, bytes_out;
    struct target_counts *by_target; /* NULL: there is one target */
    uint32_t in_flight; /* begun and without a row yet */
    uint32_t opened;    /* connections so far */
    uint64_t send_stamps; /* transmit stamps read */
    int64_t dated_late_max_ns; /* by how much a stamp lay before the moment its send was dated */
    uint64_t anomalies[ANOMALY_COUNT];

    /* Results, valid after the thread was joined. */
    int error; /* -errno of a failed set-up, or set by the run so that it does not start; else 0 */
    const char *error_step;
    int connect_error;   /* of the last connection that could not be opened before the start */
    struct tls_facts tls;
    char tls_why[TLS_WHY_MAX]; /* why TLS last failed on a connection; "" */
    int64_t idle_ns;     /* in the run: CPU time that was spun away with nothing to do */
    int64_t finished_ns;
    int64_t looped_ns; /* in the run: all the time that idle, cpu and waited are parts of */
    int64_t cpu_ns;    /* in the run */
    int64_t waited_ns; /* in the run: ready, but without a CPU */
    bool features[RING_FEATURE_COUNT];
    bool is_done; /* no more records come; set with release */
};

/* The thread's function; argument: struct worker *, whose shared, index, cpu, limit and samples are
 * set. Opens its ring and connections, passes the start line, loads, and returns NULL with the
 * results above. */
void *worker_main(void *worker);

/* Frees what outlives the thread: records, and buffers that the kernel may have been given until it ended.
 * After the thread was joined, or never started. */
void worker_free(struct worker *worker);

/* What is sent for the request in a place. */
static inline const struct request *worker_request(const struct worker *w, const struct place *place)
{
    return &w->shared->targets->all[place->target].request;
}

/* So many bytes of it are on their way. */
static inline void worker_count_bytes(struct worker *w, const struct place *place, size_t size)
{
    w->bytes_out += size;
    if (w->by_target)
        w->by_target[place->target].bytes_out += size;
}

/* How many of `total` things are a worker's share: all shares differ by at most one. */
static inline uint64_t worker_share(uint64_t total, uint32_t index, uint32_t workers)
{
    return total / workers + (index < total % workers ? 1 : 0);
}

#endif
