/* tally.c - counting samples into histograms that are made when first needed. */
#include "tally.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_WHOLE 3
#define DIGITS_SLICE 2

int tally_init(struct tally *tally, uint32_t targets, bool has_response)
{
    memset(tally, 0, sizeof *tally);
    tally->targets = targets;
    tally->has_response = has_response;
    tally->whole = calloc((size_t)PHASE_COUNT * targets * OUTCOME_COUNT, sizeof *tally->whole);
    return tally->whole ? 0 : -ENOMEM;
}

static void free_sets(struct tally_set *sets, size_t count)
{
    for (size_t i = 0; sets && i < count; i++) {
        for (int s = 0; s < SERIES_COUNT; s++) {
            if (sets[i].series[s])
                histogram_free(sets[i].series[s]);
            free(sets[i].series[s]);
        }
    }
    free(sets);
}

void tally_free(struct tally *tally)
{
    const size_t sets = (size_t)tally->targets * OUTCOME_COUNT;
    free_sets(tally->whole, PHASE_COUNT * sets);
    for (uint32_t i = 0; i < LIMIT_SLICES_OPEN; i++)
        free_sets(tally->slices[i].sets, sets);
}

static struct histogram *make_histogram(int digits)
{
    struct histogram *h = malloc(sizeof *h);
    if (h)
        histogram_init(h, digits);
    return h;
}

/* A value whose page is not in use yet, or which is out of range. */
static __attribute__((noinline)) int add_slowly(struct tally *tally, struct tally_set *set,
                                                enum series series, int digits, int64_t value_ns)
{
    struct histogram **const place = &set->series[series];
    if (digits == DIGITS_WHOLE) {
        tally->negative += value_ns < 0;
        tally->overflow += value_ns >> LIMIT_LATENCY_BITS > 0;
    }
    if (!*place)
        *place = make_histogram(digits);
    return *place ? histogram_record(*place, value_ns, 1) : -ENOMEM;
}

/* One value of one series. Of a slice only the buckets are asked for. Returns 0 or -ENOMEM. */
static inline __attribute__((always_inline)) int
add_value(struct tally *tally, struct tally_set *whole, struct tally_set *slice, enum series series,
          int64_t value_ns)
{
    struct histogram *const fine = whole->series[series];
    struct histogram *const coarse = slice->series[series];
    int error = 0;
    if (__builtin_expect(value_ns == 0, 0)) {
        whole->zeros[series]++;
        slice->zeros[series]++;
        return 0;
    }
    if (value_ns == SCHEMA_NS_NONE)
        return 0;
    if (__builtin_expect(!fine || !histogram_count(fine, HISTOGRAM_HALF_BITS_3, value_ns), 0))
        error |= add_slowly(tally, whole, series, DIGITS_WHOLE, value_ns);
    if (__builtin_expect(
            !coarse || !histogram_count_bucket(coarse, HISTOGRAM_HALF_BITS_2, value_ns), 0))
        error |= add_slowly(tally, slice, series, DIGITS_SLICE, value_ns);
    return error;
}

/* The times before a request is sent, where they are not all 0. */
static __attribute__((noinline)) int add_before_send(struct tally *tally, struct tally_set *whole,
                                                     struct tally_set *slice,
                                                     const struct sample *sample)
{
    return add_value(tally, whole, slice, SERIES_WAIT, sample->wait_ns) |
           add_value(tally, whole, slice, SERIES_CONNECT, sample->connect_ns) |
           add_value(tally, whole, slice, SERIES_TLS, sample->tls_ns);
}

/* The times from a transmit stamp, which few requests carry. */
static __attribute__((noinline)) int add_send_path(struct tally *tally, struct tally_set *whole,
                                                   struct tally_set *slice,
                                                   const struct sample *sample)
{
    const int64_t wire_ns = schema_wire_ns(sample->service_ns, sample->send_path_ns);
    return add_value(tally, whole, slice, SERIES_SEND_PATH, sample->send_path_ns) |
           add_value(tally, whole, slice, SERIES_WIRE, wire_ns);
}

/* Every series of a sample: schema_series_all_ns() lists them. Returns 0 or -ENOMEM. */
static int add_series(struct tally *tally, struct tally_set *whole, struct tally_set *slice,
                      const struct sample *sample, int64_t response_ns)
{
    int error = 0;
    if (__builtin_expect((sample->wait_ns | sample->connect_ns | sample->tls_ns) == 0, 1)) {
        whole->zeros_before_send++;
        slice->zeros_before_send++;
    } else {
        error |= add_before_send(tally, whole, slice, sample);
    }
    error |= add_value(tally, whole, slice, SERIES_SERVICE, sample->service_ns);
    error |= add_value(tally, whole, slice, SERIES_FIRST_BYTE, sample->first_byte_ns);
    error |= add_value(tally, whole, slice, SERIES_SEND_LAG, sample->send_lag_ns);
    error |= add_value(tally, whole, slice, SERIES_RECEIVE_LAG, sample->receive_lag_ns);
    if (tally->has_response && sample->last)
        error |= add_value(tally, whole, slice, SERIES_RESPONSE, response_ns);
    if (sample->send_path_ns != SCHEMA_NS_NONE)
        error |= add_send_path(tally, whole, slice, sample);
    return error;
}

/* Moves the counts of zeros into their histograms. Returns 0 or -ENOMEM. */
static int fold_zeros(struct tally_set *set, int digits)
{
    static const enum series before_send[] = {SERIES_WAIT, SERIES_CONNECT, SERIES_TLS};
    int error = 0;
    for (size_t i = 0; i < sizeof before_send / sizeof before_send[0]; i++)
        set->zeros[before_send[i]] += set->zeros_before_send;
    set->zeros_before_send = 0;
    for (int s = 0; s < SERIES_COUNT; s++) {
        if (set->zeros[s] == 0)
            continue;
        if (!set->series[s])
            set->series[s] = make_histogram(digits);
        error |= set->series[s] ? histogram_record(set->series[s], 0, set->zeros[s]) : -ENOMEM;
        set->zeros[s] = 0;
    }
    return error;
}

static void visit_sets(struct tally *tally, struct tally_set *sets, int digits,
                       struct tally_row *row, tally_visit *visit, void *context)
{
    for (uint32_t i = 0; i < tally->targets * OUTCOME_COUNT; i++) {
        row->target = (uint16_t)(i / OUTCOME_COUNT);
        row->outcome = (enum outcome)(i % OUTCOME_COUNT);
        tally->error |= fold_zeros(&sets[i], digits);
        for (int s = 0; s < SERIES_COUNT; s++) {
            const struct histogram *h = sets[i].series[s];
            uint32_t cursor = 0;
            row->series = (enum series)s;
            row->is_first = true;
            while (h && histogram_next(h, &cursor, &row->bucket)) {
                visit(context, row);
                row->is_first = false;
            }
        }
    }
}

static void close_slice(struct tally *tally, struct tally_slice *slice, tally_visit *visit,
                        void *context)
{
    struct tally_row row = {.slice_ns = slice->slice_ns, .phase = (enum phase)slice->phase};
    visit_sets(tally, slice->sets, DIGITS_SLICE, &row, visit, context);
    for (uint32_t i = 0; i < tally->targets * OUTCOME_COUNT; i++)
        for (int s = 0; s < SERIES_COUNT; s++)
            if (slice->sets[i].series[s]) /* its pages go too: a slice keeps what it needs */
                histogram_free(slice->sets[i].series[s]);
    slice->in_use = false;
}

/* The open slice of a key; else a free place, or the one that was idle longest, made free. */
static struct tally_slice *find_slice(struct tally *tally, int64_t slice_ns, uint8_t phase,
                                      tally_visit *visit, void *context)
{
    struct tally_slice *chosen = &tally->slices[0];
    for (uint32_t i = 0; i < LIMIT_SLICES_OPEN; i++) {
        struct tally_slice *slice = &tally->slices[i];
        if (slice->in_use && slice->slice_ns == slice_ns && slice->phase == phase)
            return slice;
        if (chosen->in_use && (!slice->in_use || slice->used_at < chosen->used_at))
            chosen = slice;
    }
    if (chosen->in_use)
        close_slice(tally, chosen, visit, context);
    if (!chosen->sets)
        chosen->sets = calloc((size_t)tally->targets * OUTCOME_COUNT, sizeof *chosen->sets);
    if (!chosen->sets)
        return NULL;
    chosen->in_use = true;
    chosen->slice_ns = slice_ns;
    chosen->end_ns = schema_slice_end_ns(slice_ns);
    chosen->phase = phase;
    return chosen;
}

/* Times before the start are of slice 0 too, and come to it the long way. */
static inline bool is_in_slice(const struct tally_slice *slice, const struct sample *sample)
{
    return sample->scheduled_ns >= slice->slice_ns && sample->scheduled_ns < slice->end_ns &&
           sample->phase == slice->phase;
}

static inline void count_sample(struct tally *tally, const struct sample *sample,
                                int64_t response_ns)
{
    const int64_t end_ns = sample->scheduled_ns + response_ns;
    tally->rows++;
    tally->sent += sample->service_ns != SCHEMA_NS_NONE;
    tally->bytes_in += sample->bytes_in;
    tally->last_end_ns = end_ns > tally->last_end_ns ? end_ns : tally->last_end_ns;
    if (sample->last) {
        tally->requests++;
        tally->outcomes[sample->phase][sample->outcome]++;
    }
}

int tally_add(struct tally *tally, const struct sample *sample, tally_visit *visit, void *context)
{
    CHECK(sample->target, <, tally->targets);
    const size_t set = (size_t)sample->target * OUTCOME_COUNT + sample->outcome;
    const size_t phase = (size_t)sample->phase * tally->targets * OUTCOME_COUNT;
    const int64_t response_ns = schema_response_ns(sample);
    struct tally_slice *slice = tally->current;
    if (__builtin_expect(!slice || !is_in_slice(slice, sample), 0))
        tally->current = slice = find_slice(tally, schema_slice_ns(sample->scheduled_ns),
                                            sample->phase, visit, context);
    if (__builtin_expect(!slice, 0))
        return -ENOMEM;
    count_sample(tally, sample, response_ns);
    slice->used_at = tally->rows;
    if (!sample->last) { /* histograms hold requests, as they ended */
        tally->retried[sample->outcome]++;
        return tally->error;
    }
    return add_series(tally, &tally->whole[phase + set], &slice->sets[set], sample, response_ns) |
           tally->error;
}

void tally_close_slices(struct tally *tally, tally_visit *visit, void *context)
{
    for (uint32_t i = 0; i < LIMIT_SLICES_OPEN; i++)
        if (tally->slices[i].in_use)
            close_slice(tally, &tally->slices[i], visit, context);
    tally->current = NULL;
}

void tally_visit_whole(struct tally *tally, tally_visit *visit, void *context)
{
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        struct tally_row row = {.slice_ns = SCHEMA_NS_NONE, .phase = (enum phase)phase};
        visit_sets(tally, tally->whole + (size_t)phase * tally->targets * OUTCOME_COUNT,
                   DIGITS_WHOLE, &row, visit, context);
    }
}

int tally_merge(struct tally *tally, enum phase phase, enum outcome_class class,
                enum series series, struct histogram *h)
{
    int error = 0;
    for (uint32_t i = 0; i < tally->targets * OUTCOME_COUNT; i++) {
        const size_t set = (size_t)phase * tally->targets * OUTCOME_COUNT + i;
        error |= fold_zeros(&tally->whole[set], DIGITS_WHOLE);
        const struct histogram *from = tally->whole[set].series[series];
        if (from && outcome_class((enum outcome)(i % OUTCOME_COUNT)) == class)
            error |= histogram_merge(h, from);
    }
    return error;
}
