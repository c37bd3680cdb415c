/* startline.c - a counter and a flag under one lock. */
#include "startline.h"

void startline_init(struct startline *startline)
{
    pthread_mutex_init(&startline->lock, NULL);
    pthread_cond_init(&startline->changed, NULL);
    startline->arrived = 0;
    startline->is_open = false;
}

void startline_free(struct startline *startline)
{
    pthread_mutex_destroy(&startline->lock);
    pthread_cond_destroy(&startline->changed);
}

void startline_pass(struct startline *startline)
{
    pthread_mutex_lock(&startline->lock);
    startline->arrived++;
    pthread_cond_broadcast(&startline->changed);
    while (!startline->is_open)
        pthread_cond_wait(&startline->changed, &startline->lock);
    pthread_mutex_unlock(&startline->lock);
}

void startline_await(struct startline *startline, uint32_t count)
{
    pthread_mutex_lock(&startline->lock);
    while (startline->arrived < count)
        pthread_cond_wait(&startline->changed, &startline->lock);
    pthread_mutex_unlock(&startline->lock);
}

void startline_open(struct startline *startline)
{
    pthread_mutex_lock(&startline->lock);
    startline->is_open = true;
    pthread_cond_broadcast(&startline->changed);
    pthread_mutex_unlock(&startline->lock);
}
