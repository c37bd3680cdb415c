/* gate.h - the start line: workers arrive and wait, the run opens it for all at once. */
#ifndef TARE_GATE_H
#define TARE_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t arrived;
    bool is_open;
};

void gate_init(struct gate *gate);
void gate_free(struct gate *gate);

/* A worker arrives, and waits until the gate is open. */
void gate_pass(struct gate *gate);

/* Waits until `count` workers have arrived. */
void gate_await(struct gate *gate, uint32_t count);

/* Opens the gate for good. */
void gate_open(struct gate *gate);

#endif
