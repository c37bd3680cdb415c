/* queues.h - simulated servers whose latencies' true percentiles are known, for what tries the
 * reporter's statistics. Time is in seconds; the same seed gives the same requests.
 *
 * An open loop sends by Poisson arrivals to one server; latency is response time. A closed loop has
 * `connections` that each send as soon as they are answered; latency is service time as the client
 * sees it, waiting in the server's queue included. */
#ifndef TARE_QUEUES_H
#define TARE_QUEUES_H

#include "random.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define QUEUE_CONNECTIONS_MAX 64

enum queue_service { QUEUE_EXPONENTIAL, QUEUE_LOGNORMAL };

struct queue_plan {
    const char *name;
    double rate;      /* open loop: requests per second; 0: closed loop */
    int connections;  /* closed loop */
    double service_s; /* mean time that a request takes the server */
    enum queue_service service;
    double spread;        /* of the logarithm, QUEUE_LOGNORMAL */
    double pause_every_s; /* mean time between pauses of the server, at random; 0: none */
    double pause_s;       /* length of a pause */
};

/* A server that stands still now and then, for about as long as a hundred requests take. */
#define QUEUE_SHORT_STALLS                                                                         \
    {                                                                                              \
        .name = "stalls of 5 ms, twenty a second", .rate = 10000, .service_s = 30e-6,              \
        .service = QUEUE_LOGNORMAL, .spread = 0.8, .pause_every_s = 0.05, .pause_s = 0.005         \
    }

struct queue {
    const struct queue_plan *plan;
    uint64_t random;
    double scale;  /* of this run's service times, 1 */
    double now_s;  /* open loop: the arrival; closed: when the server is free */
    double wait_s; /* open loop: what the next request finds in the queue */
    double next_pause_s;
    double sent_s[QUEUE_CONNECTIONS_MAX]; /* closed loop: a ring, in order of sending */
    int head;
};

struct queue_request {
    double sent_s;
    double latency_s;
};

static inline double queue_draw_normal(uint64_t *random)
{
    return sqrt(-2 * log(random_unit(random))) * cos(6.283185307179586 * random_unit(random));
}

static inline double queue_draw_service(struct queue *queue)
{
    const struct queue_plan *plan = queue->plan;
    if (plan->service == QUEUE_EXPONENTIAL)
        return -queue->scale * plan->service_s * log(random_unit(&queue->random));
    return queue->scale * plan->service_s *
           exp(plan->spread * queue_draw_normal(&queue->random) - plan->spread * plan->spread / 2);
}

/* Pauses that begin before the moment; the work that they add. */
static inline double queue_take_pauses(struct queue *queue, double moment_s)
{
    double added = 0;
    while (queue->plan->pause_every_s > 0 && queue->next_pause_s <= moment_s) {
        added += queue->plan->pause_s;
        queue->next_pause_s -= queue->plan->pause_every_s * log(random_unit(&queue->random));
    }
    return added;
}

/* The next request. */
static inline struct queue_request queue_next(struct queue *queue)
{
    const struct queue_plan *plan = queue->plan;
    struct queue_request request;
    if (plan->rate > 0) {
        const double gap = -log(random_unit(&queue->random)) / plan->rate;
        queue->wait_s = fmax(0, queue->wait_s - gap);
        queue->now_s += gap;
        queue->wait_s += queue_take_pauses(queue, queue->now_s);
        queue->wait_s += queue_draw_service(queue);
        return (struct queue_request){queue->now_s, queue->wait_s};
    }
    queue->now_s += queue_draw_service(queue);
    queue->now_s += queue_take_pauses(queue, queue->now_s);
    request.sent_s = queue->sent_s[queue->head];
    request.latency_s = queue->now_s - request.sent_s;
    queue->sent_s[queue->head] = queue->now_s;
    queue->head = (queue->head + 1) % plan->connections;
    return request;
}

/* Begins a run: the queue has been running long enough to have forgotten its start. */
static inline void queue_begin(struct queue *queue, const struct queue_plan *plan, uint64_t seed,
                               double scale)
{
    *queue = (struct queue){.plan = plan, .random = random_mix(seed), .scale = scale};
    queue->next_pause_s = -plan->pause_every_s * log(random_unit(&queue->random));
    const double settled_s = plan->rate > 0 ? 2000 / plan->rate + 5 * plan->pause_every_s
                                            : 200 * plan->service_s + 5 * plan->pause_every_s;
    while (queue_next(queue).sent_s < settled_s)
        continue;
    /* The clock starts anew. */
    const double start_s = queue->now_s;
    queue->now_s = 0;
    queue->next_pause_s -= start_s;
    for (int i = 0; i < plan->connections && plan->rate <= 0; i++)
        queue->sent_s[i] -= start_s;
}

#endif
