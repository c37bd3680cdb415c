/* sample.h - the queue between a worker and the writer: one producer, one consumer, no lock.
 *
 * Nothing is ever dropped: a worker reserves room before it sends a request (sample_room), so that
 * the row of every request in flight has its place. Ticks stand in the queue among the samples, so
 * that what was done in a second is what stands before its tick. Memory is allocated and touched at
 * the start. Source: Lamport's single-producer single-consumer ring, with cached far indices. */
#ifndef TARE_SAMPLE_H
#define TARE_SAMPLE_H

#include "schema.h"

#include <stdbool.h>
#include <stdint.h>

/* A worker's counters at the end of a second or phase; due, sent and bytes_out since the start. */
struct tick {
    uint32_t second;
    uint8_t phase; /* enum phase */
    uint16_t target;
    uint64_t due;
    uint64_t sent;
    uint64_t bytes_out;
    uint32_t in_flight;
    uint64_t backlog; /* due and not yet sent */
};

struct sample_record {
    bool is_tick;
    union {
        struct sample sample;
        struct tick tick;
    };
};

struct sample_queue {
    struct sample_record *records;
    uint32_t capacity; /* a power of two */
    _Alignas(64) uint32_t head; /* consumer's */
    _Alignas(64) uint32_t tail; /* producer's */
    uint32_t head_seen;         /* producer's copy of head */
};

/* Room for at least `capacity` records. Returns 0 or -ENOMEM. */
int sample_queue_init(struct sample_queue *q, uint32_t capacity);
void sample_queue_free(struct sample_queue *q);

/* Producer: how many records can be pushed now; looks at the consumer's index only where the cached
 * one leaves fewer than `wanted`. */
uint32_t sample_room(struct sample_queue *q, uint32_t wanted);

/* Producer: the place of the next record, to be filled in and then pushed. There must be room. */
struct sample_record *sample_next(struct sample_queue *q);
void sample_push(struct sample_queue *q);

/* Producer: how many records the consumer has not given back yet. */
uint32_t sample_queued(const struct sample_queue *q);

/* Consumer: how many records can be read now. */
uint32_t sample_ready(const struct sample_queue *q);

/* Consumer: the record `index` places behind the oldest. */
const struct sample_record *sample_at(const struct sample_queue *q, uint32_t index);

/* Consumer: gives the places of the oldest `count` records back. */
void sample_release(struct sample_queue *q, uint32_t count);

#endif
