/* course.c - medians over seconds, and the stretches that lie far from them. */
#include "course.h"

#include <stdlib.h>
#include <string.h>

/* Bins from the first to before the end. */
struct window {
    size_t first;
    size_t end;
};

static struct window find_window(const struct variant *variant)
{
    const struct timeline *timeline = &variant->timeline;
    struct window window = {0, timeline->bin_count};
    for (size_t i = 0; i < variant->run_count; i++) {
        const struct run *run = &variant->runs[i];
        const size_t first = (size_t)((run->warmup_ns + timeline->bin_ns - 1) / timeline->bin_ns);
        const size_t end = (size_t)((run->warmup_ns + run->measure_ns) / timeline->bin_ns);
        window.first = first > window.first ? first : window.first;
        window.end = end < window.end ? end : window.end;
    }
    return window;
}

static int compare_numbers(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Sorts the values; the lower median, 0 where there is none. */
static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_numbers);
    return count ? values[(count - 1) / 2] : 0;
}

static void find_medians(struct course *course, const struct timeline *timeline,
                         const struct window *window)
{
    double done[TIMELINE_BINS_MAX];
    double requests[TIMELINE_BINS_MAX];
    double p99[TIMELINE_BINS_MAX];
    size_t seconds = 0;
    size_t answered = 0;
    for (size_t i = window->first; i < window->end; i++, seconds++) {
        const struct time_bin *bin = &timeline->bins[i];
        done[seconds] = (double)bin->done;
        requests[seconds] = (double)bin->latency_count;
        if (bin->latency_count > 0)
            p99[answered++] = (double)bin->p99_ns;
    }
    course->median_done = median(done, seconds);
    course->has_p99 = median(requests, seconds) >= COURSE_SECOND_REQUESTS;
    course->median_p99_ns = (int64_t)median(p99, answered);
    course->least_p99_ns = answered ? (int64_t)p99[0] : 0;
    course->most_p99_ns = answered ? (int64_t)p99[answered - 1] : 0;
}

static bool is_stalled(const struct course *course, const struct time_bin *bin)
{
    return course->median_done >= COURSE_STALL_REQUESTS &&
           (double)bin->done < COURSE_STALL_SHARE * course->median_done;
}

static bool is_slow(const struct course *course, const struct time_bin *bin)
{
    return course->has_p99 && bin->latency_count >= COURSE_SECOND_REQUESTS &&
           (double)bin->p99_ns > COURSE_SLOW_TIMES * (double)course->median_p99_ns;
}

static struct course_stretches
find_stretches(const struct course *course, const struct timeline *timeline,
               const struct window *window,
               bool (*is)(const struct course *, const struct time_bin *))
{
    struct course_stretches found = {0};
    size_t size = 0;
    for (size_t i = window->first; i < window->end; i++) {
        size = is(course, &timeline->bins[i]) ? size + 1 : 0;
        found.count += size == 1;
        if (size > found.size) {
            found.size = size;
            found.first = i + 1 - size;
        }
    }
    for (size_t i = found.first; i < found.first + found.size; i++) {
        const int64_t p99_ns = timeline->bins[i].p99_ns;
        found.p99_ns = p99_ns > found.p99_ns ? p99_ns : found.p99_ns;
    }
    return found;
}

void course_find(struct course *course, const struct variant *variant)
{
    const struct timeline *timeline = &variant->timeline;
    const struct window window = find_window(variant);
    memset(course, 0, sizeof *course);
    if (window.end < window.first + COURSE_SECONDS_MIN)
        return;
    course->is_long_enough = true;
    find_medians(course, timeline, &window);
    course->stalls = find_stretches(course, timeline, &window, is_stalled);
    course->slow = find_stretches(course, timeline, &window, is_slow);
}
