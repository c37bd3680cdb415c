/* startline.h - the start line: workers arrive and wait, the run opens it for all at once. */
#ifndef TARE_STARTLINE_H
#define TARE_STARTLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct startline {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t arrived;
    bool is_open;
};

void startline_init(struct startline *startline);
void startline_free(struct startline *startline);

/* A worker arrives, and waits until the line is open. */
void startline_pass(struct startline *startline);

/* Waits until `count` workers have arrived. */
void startline_await(struct startline *startline, uint32_t count);

/* Opens the line for good. */
void startline_open(struct startline *startline);

#endif
